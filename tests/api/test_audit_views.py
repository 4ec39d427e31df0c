"""What is said of a run, of an edit, of access on a day: pure functions, tried at their edges."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.audit_views.access import Finding, Happening, Noted, OnDay, access
from api.audit_views.changes import changes, changes_by_approval
from api.audit_views.path import path
from api.audit_views.story import NO_RECORD, story
from api.audit_views.words import World, counted, lasted, listed, short, the_roles
from audit.chain import Head, link
from audit.records import Entry, Record, RecordKind
from runs.models import StoredEvent
from tools.approvals.models import Approval, ApprovalState
from tools.catalogue.load import CORE_BANKING, load
from tools.models import Argument, Call, Origin, Signature

NOON = datetime(2026, 3, 3, 12, tzinfo=UTC)
START = datetime(2026, 3, 3, tzinfo=UTC)
WORLD = World({"anna": "Anna Keller", "sam": "Sam Okafor"}, load(CORE_BANKING))
RUN = UUID(int=7)
EDITION = str(UUID(int=9))


def on_day(user: str = "anna") -> OnDay:
    end = START + timedelta(days=1)
    return OnDay(user, "Anna", "fees", date(2026, 3, 3), START, end, lambda at: f"{at:%H:%M}")


def happened(kind: RecordKind, at: datetime, actor: str = "pia", **body: Any) -> Happening:
    described = {"edition": EDITION, "version": "1", "effective_from": "2026-01-01", "effective_to": None}
    return Happening(kind.value, at, actor, {**described, "audience": ["staff"], **body})


PUBLISHED = happened(RecordKind.EDITION_PUBLISHED, START - timedelta(days=9))


def could(noted: list[Noted], happenings: list[Happening], user: str = "anna", created_by: str = "pia") -> Finding:
    return access(on_day(user), noted, happenings, created_by=created_by, created_at=START - timedelta(days=10))


def since(days: float, *roles: str) -> Noted:
    return Noted(START - timedelta(days=days), frozenset(roles))


def test_what_counts_is_the_day_and_not_today() -> None:
    found = could([since(5, "staff")], [PUBLISHED])
    assert (found.allowed, found.known, found.roles) == (True, True, {"staff"})
    assert found.reasons == [
        "Anna had the role staff on 3 March 2026, as the last sign-in said.",
        "The document was meant for people with the role staff.",
        "So Anna was among them, by the role staff.",
        "Edition 1 was published and counted on that day, so answers could rest on it.",
    ]
    assert not could([since(5, "staff"), since(3, "hr")], [PUBLISHED]).allowed, "the earlier note was replaced"


def test_roles_that_changed_within_the_day_count_each_for_its_part() -> None:
    found = could([since(5, "hr"), since(-0.5, "staff")], [PUBLISHED])
    assert (found.allowed, found.roles) == (True, {"hr", "staff"})
    assert found.reasons[1] == "From 12:00 on it was the role staff."


@pytest.mark.parametrize(
    ("noted", "happenings", "known"),
    [
        ([], [PUBLISHED], False),
        ([since(5, "staff")], [], False),
        ([since(5, "hr")], [PUBLISHED], True),
        ([since(5, "teller")], [replace(PUBLISHED, body={**PUBLISHED.body, "audience": ["*"]})], True),
        ([since(5, "staff")], [happened(RecordKind.EDITION_PARSED, START - timedelta(1))], True),
        (
            [since(5, "staff")],
            [PUBLISHED, happened(RecordKind.EDITION_WITHDRAWN, START - timedelta(hours=1))],
            True,
        ),
    ],
    ids=["never signed in", "nothing recorded", "not meant for her", "no right to read", "a draft", "withdrawn"],
)
def test_no_access(noted: list[Noted], happenings: list[Happening], known: bool) -> None:
    found = could(noted, happenings)
    assert (found.allowed, found.known) == (False, known)
    assert any("What is not on record counts as no." in reason for reason in found.reasons) is not known


def test_what_was_withdrawn_within_the_day_was_still_open_in_it() -> None:
    assert could([since(5, "staff")], [PUBLISHED, happened(RecordKind.EDITION_WITHDRAWN, NOON)]).allowed


def test_an_owner_opens_what_is_not_published() -> None:
    draft = [happened(RecordKind.EDITION_UPLOADED, START - timedelta(1), actor="pia", audience=["hr"])]
    assert could([since(5, "policy_owner")], draft, "pia").allowed
    assert not could([since(5, "policy_owner")], draft, "paul").allowed
    assert not could([since(5, "staff")], draft, "pia").allowed, "she is no policy owner any more"


def test_which_edition_counted() -> None:
    ended = happened(RecordKind.EDITION_PUBLISHED, START - timedelta(9), effective_to="2026-02-01")
    found = could([since(5, "staff")], [ended])
    assert found.allowed
    assert found.edition is not None
    assert not found.edition.is_in_force(date(2026, 3, 3))
    later = happened(
        RecordKind.EDITION_PUBLISHED, START, edition=str(UUID(int=10)), version="2", effective_from="2026-03-03"
    )
    newer = could([since(5, "staff")], [PUBLISHED, later]).edition
    assert newer is not None
    assert newer.version == "2"


def records(*entries: tuple[RecordKind | str, dict[str, Any]]) -> list[Record]:
    made: list[Record] = []
    head = Head()
    for number, (kind, body) in enumerate(entries):
        entry = Entry(RecordKind.RUN_SCREENED, f"step {number}", body, RUN)
        record = link(
            head, entry, tenant="harbour", stream="thread:x", actor="anna", at=NOON + timedelta(seconds=number)
        )
        made.append(replace(record, kind=str(kind)))
        head = Head(record.seq, record.hash)
    return made


def event(seq: int, kind: str, **data: Any) -> StoredEvent:
    return StoredEvent(seq, kind, {"run_id": str(RUN), "at": "2026-03-03T12:00:09Z", **data})


def test_a_kind_that_nobody_foresaw_is_told_plainly() -> None:
    (step,) = story(records(("thread.moved", {"to": "archive"})), [], {}, WORLD)
    assert (step.title, step.text) == ("Recorded thread moved, for Anna Keller", "With to.")


def test_what_the_glossary_added_to_a_search_is_told_by_its_entries() -> None:
    known, unknown = str(UUID(int=1)), "no id at all"
    world = replace(WORLD, terms={known: "PEP (politically exposed person)"})
    body = {"candidates": 3, "roles": ["staff"], "passages": [], "glossary": [known, unknown]}
    (step,) = story(records((RecordKind.RUN_RETRIEVED, body)), [], {}, world)
    assert step.text is not None
    assert step.text.endswith(
        "Searched also by the bank's glossary: PEP (politically exposed person) and an entry that is not known."
    )
    (plain,) = story(records((RecordKind.RUN_RETRIEVED, body | {"glossary": []})), [], {}, world)
    assert "glossary" not in (plain.text or "")


@given(st.sampled_from(list(RecordKind)))
def test_every_kind_has_a_sentence_even_without_its_fields(kind: RecordKind) -> None:
    (step,) = story(records((kind, {})), [], {}, WORLD)
    assert step.title
    assert (step.title[0].isupper(), step.title.strip()) == (True, step.title)
    assert "None" not in " ".join(said for said in (step.title, step.text, step.detail) if said is not None)


def test_an_event_without_its_record_is_told_as_such() -> None:
    call, approval = str(uuid4()), str(uuid4())
    events = [
        event(1, "stage", name="act", status="started"),
        event(2, "tool.result", call_id=call, tool="case_add_note", ok=True, summary="The note was added."),
        event(
            3,
            "approval.decided",
            approval_id=approval,
            decision="approve",
            decided_by="sam",
            decided_by_name="Sam Okafor",
            done=True,
            reason=None,
        ),
        event(4, "error", status=500, detail="It failed.", code="internal_error"),
        event(5, "run.finished", status="failed"),
    ]
    steps = story([], events, {}, WORLD)
    assert [(step.title, step.record) for step in steps] == [
        ("Done once in Core Banking", None),
        ("Signed by Sam Okafor", None),
        ("Failed and finished", None),
    ]
    assert all(step.detail == NO_RECORD for step in steps)
    assert steps[-1].text == "Told to the person: “It failed.”"


def test_the_way_through_the_machine() -> None:
    kinds = [
        RecordKind.RUN_ADMITTED,
        RecordKind.RUN_SCREENED,
        RecordKind.RUN_UNDERSTOOD,
        RecordKind.TOOL_PROPOSED,
        RecordKind.TOOL_READ,
        RecordKind.TOOL_PROPOSED,
        RecordKind.APPROVAL_REQUESTED,
        RecordKind.RUN_PAUSED,
        RecordKind.APPROVAL_EDITED,
        RecordKind.APPROVAL_REQUESTED,
        RecordKind.APPROVAL_APPROVED,
        RecordKind.RUN_RESUMED,
        RecordKind.EFFECT_STARTED,
        RecordKind.EFFECT_DONE,
    ]
    taken = records(*((kind, {}) for kind in kinds))
    ended = records((RecordKind.RUN_FINISHED, {"status": "answered"}))
    assert path([*taken, *ended]) == ["screen", "understand", "act", "sign", "perform", "act", "record"]
    cut = records((RecordKind.RUN_FINISHED, {"status": "failed"}))
    assert path([*taken, *cut]) == ["screen", "understand", "act", "sign", "perform"]
    assert path([]) == []


def approval(follows: UUID | None = None, **values: str) -> Approval:
    arguments = [
        Argument(name, name.title(), value, value, Origin.USER, "said in the request") for name, value in values.items()
    ]
    return Approval(
        id=uuid4(),
        run_id=RUN,
        thread_id=uuid4(),
        call_id=uuid4(),
        tool="case_add_note",
        catalogue_version="1",
        digest="d",
        signature=Signature.OTHER,
        signers=frozenset({"supervisor"}),
        makers=("anna",),
        state=ApprovalState.PENDING,
        follows=follows,
        created_at=NOON,
        expires_at=NOON + timedelta(hours=1),
        closed_at=None,
        call=Call("case_add_note", values),
        arguments=tuple(arguments),
        summary="",
        reason="",
        request="",
    )


def test_a_difference_names_what_was_changed_added_and_left_out() -> None:
    first = approval(case="C-1", text="old", due="today")
    second = approval(first.id, case="C-1", text="new", card="4411")
    expected = [("Text", "old", "new"), ("Card", None, "4411"), ("Due", "today", None)]
    assert changes(first, second) == expected
    assert changes_by_approval([first, second]) == {second.id: expected}
    assert changes_by_approval([second]) == {}, "what it follows is not of this run"


def test_words() -> None:
    assert [lasted(timedelta(seconds=s)) for s in (0.038, 7, 72, 120, 7_500, -1)] == [
        "38 ms",
        "7 s",
        "1 min 12 s",
        "2 min",
        "2 h 5 min",
        "0 ms",
    ]
    assert (listed([]), listed(["a"]), listed(["a", "b", "c"])) == ("", "a", "a, b and c")
    assert (counted(1, "passage"), counted(1_204, "passage")) == ("1 passage", "1,204 passages")
    assert (short("7f3a00000000c21e"), short("abc")) == ("7f3a…c21e", "abc")
    assert [the_roles(each) for each in ([], ["staff"], ["staff", "fraud_desk"])] == [
        "no role",
        "the role staff",
        "the roles fraud desk and staff",
    ]
