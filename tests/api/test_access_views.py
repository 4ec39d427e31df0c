"""Access on a day, worked out and told: pure functions, tried at their edges and against a look at every minute."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.audit_views.access import Happening, Meant, Noted, OnDay, past
from api.audit_views.access_told import Finding, edition_told, tell
from api.days import Days
from audit.records import RecordKind
from core.clock import SystemClock

START = datetime(2026, 3, 3, tzinfo=UTC)
NOON = START + timedelta(hours=12)
DAY = timedelta(days=1)
EDITION = str(UUID(int=9))


def on_day(user: str = "anna", *, created_by: str = "pia", zone: str = "UTC") -> OnDay:
    days = Days(SystemClock(), {"harbour": zone})
    return OnDay(
        user=user,
        name="Anna",
        document="fees",
        on=date(2026, 3, 3),
        start=days.begins("harbour", date(2026, 3, 3)),
        end=days.begins("harbour", date(2026, 3, 4)),
        local=lambda at: days.local("harbour", at),
        created_by=created_by,
        created_at=START - 10 * DAY,
        names={"pia": "Pia Novak"},
    )


def happened(kind: RecordKind, at: datetime, actor: str = "pia", **body: Any) -> Happening:
    described = {"edition": EDITION, "version": "1", "effective_from": "2026-01-01", "effective_to": None}
    return Happening(kind.value, at, actor, {**described, "audience": ["staff"], **body})


PUBLISHED = happened(RecordKind.EDITION_PUBLISHED, START - 9 * DAY)
WITHDRAWN = happened(RecordKind.EDITION_WITHDRAWN, NOON)


def since(days: float, *roles: str) -> Noted:
    return Noted(START - days * DAY, frozenset(roles))


def meant(days: float, *roles: str, by: str = "pia") -> Meant:
    return Meant(START - days * DAY, frozenset(roles), by)


def changed(days: float, *roles: str) -> Happening:
    """What the ledger holds of a change of the audience."""
    body = {"document": "fees", "audience": sorted(roles), "number": 2}
    return Happening(RecordKind.DOCUMENT_AUDIENCE_CHANGED.value, START - days * DAY, "pia", body)


def could(
    noted: Sequence[Noted],
    happenings: Sequence[Happening],
    audiences: Sequence[Meant] = (meant(10, "staff"),),
    asked: OnDay | None = None,
) -> Finding:
    asked = asked or on_day()
    return tell(asked, past(asked, noted, audiences, happenings), happenings)


def test_what_counts_is_the_day_and_not_today() -> None:
    found = could([since(5, "staff")], [PUBLISHED])
    assert (found.allowed, found.known, found.past.all_day) == (True, True, True)
    assert found.reasons == [
        "Anna had the role staff on 3 March 2026: so it was noted last, on 26 February 2026 at 00:00.",
        "The document was meant for people with the role staff.",
        "So Anna was among them, by the role staff.",
        "Edition 1 was published and counted on that day, so answers could rest on it.",
    ]
    assert not could([since(5, "staff"), since(3, "hr")], [PUBLISHED]).allowed, "the earlier note was replaced"


def test_roles_that_changed_within_the_day_count_each_for_its_part() -> None:
    found = could([since(5, "hr"), since(-0.5, "staff")], [PUBLISHED])
    assert (found.allowed, found.past.all_day, found.past.spans()) == (True, False, [(NOON, START + DAY)])
    assert found.reasons[1] == "From 12:00 on it was the role staff."
    assert found.reasons[-1] == "So Anna could read it for part of the day: from 12:00 on."


def test_an_audience_that_changed_within_the_day_counts_for_its_part() -> None:
    audiences = [meant(10, "staff"), meant(-0.25, "hr"), meant(-0.5, "hr", "staff"), meant(-0.75, "hr")]
    ledger = [PUBLISHED, changed(-0.25, "hr"), changed(-0.5, "hr", "staff"), changed(-0.75, "hr")]
    found = could([since(5, "staff")], ledger, audiences)
    hours = [(a.hour, b.hour) for a, b in found.past.spans()]
    assert (found.allowed, hours) == (True, [(0, 6), (12, 18)])
    assert found.reasons == [
        "Anna had the role staff on 3 March 2026: so it was noted last, on 26 February 2026 at 00:00.",
        "The document was meant for people with the role staff.",
        "From 06:00 on it was meant for people with the role hr, as Pia Novak decided.",
        "From 12:00 on it was meant for people with one of the roles hr and staff, as Pia Novak decided.",
        "From 18:00 on it was meant for people with the role hr, as Pia Novak decided.",
        "So Anna was among them, by the role staff.",
        "Edition 1 was published and counted on that day, so answers could rest on it.",
        "So Anna could read it for part of the day: up to 06:00 and from 12:00 to 18:00.",
    ]
    told = edition_told(on_day(), found.past, found.past.editions[0])
    assert told == "Could be read up to 06:00 and from 12:00 to 18:00; answers could rest on it."


def test_the_audience_of_the_day_counts_and_not_that_of_before_or_after() -> None:
    audiences = [meant(10, "staff"), meant(4, "hr")]
    ledger = [PUBLISHED, changed(4, "hr")]
    found = could([since(5, "staff")], ledger, audiences)
    assert (found.allowed, found.known) == (False, True)
    assert found.reasons[1:3] == [
        "The document was meant for people with the role hr.",
        "So Anna was not among those whom it was meant for.",
    ]


def test_a_history_that_the_ledger_does_not_tell_is_not_believed() -> None:
    found = could([since(5, "staff")], [PUBLISHED], [meant(10, "hr"), meant(4, "staff", by="mallory")])
    assert found.known, "what was published for staff and is for staff is no contradiction"
    altered = could([since(5, "staff")], [happened(RecordKind.EDITION_PUBLISHED, START - 9 * DAY, audience=["hr"])])
    assert (altered.allowed, altered.known) == (False, False)
    assert altered.reasons[2] == (
        "The ledger tells another audience than the history of the document: hr. What is not on record counts as no."
    )


EVERYONE = replace(PUBLISHED, body={**PUBLISHED.body, "audience": ["*"]})


@pytest.mark.parametrize(
    ("noted", "happenings", "audience", "known"),
    [
        ([], [PUBLISHED], "staff", False),
        ([since(5, "staff")], [], "staff", False),
        ([since(5, "hr")], [PUBLISHED], "staff", True),
        ([since(5, "teller")], [EVERYONE], "*", True),
        ([since(5, "staff")], [happened(RecordKind.EDITION_PARSED, START - DAY)], "staff", True),
        ([since(5, "staff")], [PUBLISHED, replace(WITHDRAWN, at=START - timedelta(hours=1))], "staff", True),
    ],
    ids=["never signed in", "nothing recorded", "not meant for her", "no right to read", "a draft", "withdrawn"],
)
def test_no_access(noted: list[Noted], happenings: list[Happening], audience: str, known: bool) -> None:
    found = could(noted, happenings, [meant(10, audience)])
    assert (found.allowed, found.known) == (False, known)
    assert any("What is not on record counts as no." in reason for reason in found.reasons) is not known


def test_what_did_not_exist_yet_is_known_not_to() -> None:
    found = could([since(5, "staff")], [], [], replace(on_day(), created_at=START + 2 * DAY))
    assert (found.allowed, found.known) == (False, True)
    assert found.reasons[-1] == "The document fees did not exist yet."


def test_what_was_withdrawn_within_the_day_was_open_until_then() -> None:
    found = could([since(5, "staff")], [PUBLISHED, WITHDRAWN])
    assert (found.allowed, found.past.spans()) == (True, [(START, NOON)])
    (edition,) = found.past.editions
    assert (edition.last("published"), edition.last("withdrawn")) == (PUBLISHED.at, NOON), "kept when withdrawn"
    assert edition_told(on_day(), found.past, edition) == "Could be read up to 12:00; answers could rest on it."


def test_an_owner_opens_what_is_not_published() -> None:
    draft = [happened(RecordKind.EDITION_UPLOADED, START - DAY, actor="paul", audience=["hr"])]
    hers, his = on_day("pia"), on_day("paul")
    assert could([since(5, "policy_owner")], draft, [meant(10, "hr")], hers).allowed
    assert not could([since(5, "policy_owner")], draft, [meant(10, "hr")], his).allowed, "uploading is not creating"
    assert not could([since(5, "staff")], draft, [meant(10, "hr")], hers).allowed, "she is no policy owner any more"
    told = could([since(5, "policy_owner", "hr")], draft, [meant(10, "hr")], his)
    assert told.reasons[-1] == (
        "No edition of it was published on 3 March 2026, but a policy owner may open what is not published too."
    )


def test_which_edition_counted() -> None:
    ended = happened(RecordKind.EDITION_PUBLISHED, START - 9 * DAY, effective_to="2026-02-01")
    found = could([since(5, "staff")], [ended])
    assert found.allowed
    assert found.edition is not None
    assert not found.past.counted(found.edition.id)
    assert found.reasons[-1].endswith("none counted on that day: it could be opened, and no answer rested on it.")
    later = happened(
        RecordKind.EDITION_PUBLISHED, NOON, edition=str(UUID(int=10)), version="2", effective_from="2026-03-03"
    )
    both = could([since(5, "staff")], [PUBLISHED, later])
    assert both.edition is not None
    assert both.edition.version == "2"
    assert [edition_told(on_day(), both.past, each) for each in both.past.editions] == [
        "Could be read all day; answers could rest on it.",
        "Could be read from 12:00 on; answers could rest on it.",
    ]


def test_a_day_is_the_tenants_own() -> None:
    """New York's 3 March 2026 lasts from 05:00 to 05:00 UTC."""
    asked = on_day(zone="America/New_York")
    assert (asked.start, asked.end) == (START + timedelta(hours=5), START + timedelta(hours=29))
    found = could([since(5, "staff"), since(-0.125, "hr"), since(-1.125, "staff")], [PUBLISHED], asked=asked)
    assert found.past.spans() == [(START + timedelta(hours=27), asked.end)]
    assert found.reasons[0].endswith("the role hr on 3 March 2026: so it was noted last, on 2 March 2026 at 22:00.")
    assert found.reasons[-1] == "So Anna could read it for part of the day: from 22:00 on."


def test_the_days_on_which_clocks_change_have_their_own_length() -> None:
    days = Days(SystemClock(), {"harbour": "Europe/London"})
    hours = [
        (days.begins("harbour", day + DAY) - days.begins("harbour", day)) / timedelta(hours=1)
        for day in (date(2026, 3, 29), date(2026, 10, 25), date(2026, 7, 1))
    ]
    assert hours == [23, 25, 24]
    assert days.local("harbour", START).tzinfo == ZoneInfo("Europe/London")


MINUTES = st.integers(-2_000, 2_000)
ROLES = st.sampled_from([("staff",), ("hr",), ("policy_owner", "hr"), ("policy_owner",), ("teller",)])
KINDS = st.sampled_from([RecordKind.EDITION_PARSED, RecordKind.EDITION_PUBLISHED, RecordKind.EDITION_WITHDRAWN])


@given(
    noted=st.lists(st.tuples(MINUTES, ROLES), max_size=4, unique_by=lambda each: each[0]),
    audiences=st.lists(
        st.tuples(MINUTES, st.sampled_from([("staff",), ("hr",), ("*",), ("hr", "staff")])),
        max_size=4,
        unique_by=lambda each: each[0],
    ),
    happenings=st.lists(st.tuples(MINUTES, KINDS), max_size=4, unique_by=lambda each: each[0]),
    minute=st.integers(0, 1_439),
    user=st.sampled_from(["anna", "pia"]),
)
def test_each_minute_of_the_day_is_told_as_it_was(
    noted: list[tuple[int, tuple[str, ...]]],
    audiences: list[tuple[int, tuple[str, ...]]],
    happenings: list[tuple[int, RecordKind]],
    minute: int,
    user: str,
) -> None:
    """Against the rule of `retrieval.access`, applied to what was the latest at that minute."""
    asked, at = on_day(user), START + timedelta(minutes=minute)
    notes = [Noted(START + timedelta(minutes=m), frozenset(roles)) for m, roles in sorted(noted)]
    means = [Meant(START + timedelta(minutes=m), frozenset(roles), "pia") for m, roles in sorted(audiences)]
    events = [happened(kind, START + timedelta(minutes=m)) for m, kind in sorted(happenings, key=lambda each: each[0])]
    found = past(asked, notes, means, [each for each in events if each.at < asked.end])

    roles = next((note.roles for note in reversed(notes) if note.since <= at), frozenset[str]())
    audience = next((mean.roles for mean in reversed(means) if mean.since <= at), None)
    kind = next((RecordKind(each.kind) for each in reversed(events) if each.at <= at), None)
    reader, owner = not roles.isdisjoint({"staff", "policy_owner"}), "policy_owner" in roles
    included = audience is not None and ("*" in audience or not roles.isdisjoint(audience))
    expected = (
        kind is not None
        and audience is not None
        and reader
        and ((included and (kind is RecordKind.EDITION_PUBLISHED or owner)) or (owner and user == "pia"))
    )
    assert any(begin <= at < end for begin, end in found.spans()) is expected
    told = tell(asked, found, events)
    assert all(reason.endswith(".") and "None" not in reason.removeprefix("None of these") for reason in told.reasons)
