"""Calendar and findings against an oracle that looks at one day after another, as the search does in SQL."""

import uuid
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.database import Database, connection
from core.principal import Principal
from retrieval.access import IN_FORCE, Scope
from retrieval.editions.store import withdraw_edition
from retrieval.publishing.calendar import Term, calendar, counting_on
from retrieval.publishing.findings import Finding, FindingKind, of_publishing, of_withdrawing, said
from retrieval.publishing.store import published_terms
from tests.retrieval.shelf import Paper, draft, publish

BEGIN = date(2026, 1, 1)
SPAN = 24
DAYS = [BEGIN + timedelta(days=n) for n in range(SPAN + 6)]
OPEN = DAYS[-1]
"""Beyond every term that ends: what holds on this day holds for good."""


def day(n: int) -> date:
    return BEGIN + timedelta(days=n)


def term(number: int, first: int, until: int | None, published: int | None = None) -> Term:
    at = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(hours=number if published is None else published)
    return Term(UUID(int=number + 1), str(number), day(first), None if until is None else day(until), at)


def oracle(terms: Sequence[Term], on: date) -> UUID | None:
    """`IN_FORCE`, word for word."""
    for e in terms:
        if not (e.first <= on and (e.until is None or on < e.until)):
            continue
        if not any(other.first <= on and other.rank > e.rank for other in terms):
            return e.edition_id
    return None


@st.composite
def shelves(draw: st.DrawFn) -> list[Term]:
    """Editions in the order in which they are published; some at the same moment."""
    made: list[Term] = []
    for number in range(draw(st.integers(1, 6))):
        first = draw(st.integers(0, SPAN - 1))
        until = draw(st.none() | st.integers(first + 1, SPAN))
        made.append(term(number, first, until, draw(st.integers(0, 3))))
    return made


def within(finding: Finding, on: date) -> bool:
    return finding.first <= on and (finding.until is None or on < finding.until)


@given(shelves())
def test_the_calendar_is_what_counts_day_by_day(terms: list[Term]) -> None:
    stretches = calendar(terms)
    for on in [BEGIN - timedelta(days=1), *DAYS]:
        found = counting_on(on, stretches)
        assert (None if found is None else found.edition_id) == oracle(terms, on)
    assert [each.until for each in stretches[:-1]] == [each.first for each in stretches[1:]]
    assert stretches[-1].until is None
    assert all(one.edition_id != other.edition_id or one.edition_id is not None for one, other in pairwise(stretches))


@given(shelves(), st.integers(0, SPAN))
def test_what_is_found_at_publication_is_what_happens_day_by_day(terms: list[Term], today_at: int) -> None:
    *others, last = terms
    new = Term(last.edition_id, last.version, last.first, last.until, datetime(2026, 2, 1, tzinfo=UTC))
    today, after = day(today_at), [*others, new]
    found = of_publishing(new, others, today)
    begun = min(each.first for each in after)
    for on in DAYS:
        before_id, after_id = oracle(others, on), oracle(after, on)
        gap = after_id is None and on > begun
        assert gap == any(f.kind is FindingKind.GAP and within(f, on) for f in found)
        given_way = [f for f in found if f.kind in GIVE_WAY and within(f, on)]
        lost = before_id is not None and after_id != before_id
        assert [f.edition_id for f in given_way] == ([before_id] if lost else [])
        backdated = after_id == new.edition_id and on < today
        assert backdated == any(f.kind is FindingKind.BACKDATED and within(f, on) for f in found)
        own = new.first <= on and (new.until is None or on < new.until)
        early = [f for f in found if f.kind is FindingKind.ENDS_EARLY and within(f, on)]
        assert bool(early) == (own and after_id != new.edition_id)
    counts_from_today = any(oracle(after, on) == new.edition_id for on in DAYS if on >= today)
    assert any(f.kind is FindingKind.PAST for f in found) == (not counts_from_today)
    same_day = [f.edition_id for f in found if f.kind is FindingKind.SAME_FIRST_DAY]
    assert same_day == [oracle(others, new.first)] * bool(same_day)
    assert all(said(finding, today).endswith(".") for finding in found)


GIVE_WAY = {FindingKind.REPLACES, FindingKind.CUT_SHORT, FindingKind.SAME_FIRST_DAY}


@given(shelves(), st.data())
def test_what_is_found_at_withdrawal_is_what_happens_day_by_day(terms: list[Term], data: st.DataObject) -> None:
    gone = data.draw(st.sampled_from(terms))
    left = [each for each in terms if each is not gone]
    found = of_withdrawing(gone.edition_id, terms)
    for on in DAYS:
        here = [f for f in found if within(f, on)]
        if oracle(terms, on) != gone.edition_id:
            assert here == []
            continue
        instead = oracle(left, on)
        assert [(f.kind, f.edition_id) for f in here] == [
            (FindingKind.GAP if instead is None else FindingKind.COUNTS_AGAIN, instead)
        ]


TODAY = date(2026, 11, 20)


def dated(number: int, first: date, until: date | None = None) -> Term:
    return Term(UUID(int=number), f"2025-0{number}", first, until, datetime(2026, 1, number, tzinfo=UTC))


@pytest.mark.parametrize(
    ("new", "others", "told"),
    [
        (
            dated(2, date(2027, 3, 15)),
            [dated(1, date(2026, 1, 1), date(2027, 3, 1))],
            ["From 1 to 14 March 2027 no edition counts."],
        ),
        (
            dated(2, date(2027, 3, 1)),
            [dated(1, date(2026, 1, 1))],
            ["From 1 March 2027 on this edition replaces edition 2025-01."],
        ),
        (
            dated(2, date(2027, 3, 1)),
            [dated(1, date(2026, 1, 1), date(2027, 4, 6))],
            [
                "From 1 March to 5 April 2027 this edition replaces edition 2025-01, which was to count on those days.",
            ],
        ),
        (
            dated(3, date(2026, 1, 1), date(2026, 2, 1)),
            [dated(1, date(2026, 1, 1)), dated(2, date(2026, 3, 1))],
            [
                "Edition 2025-01 has the same first day. This edition replaces it on every day.",
                "This edition counts on no day from today on: its last day is 31 January 2026.",
                "Its first day is past: from 1 to 31 January 2026 questions about those days are answered from it.",
                "From 1 to 28 February 2026 no edition counts.",
            ],
        ),
        (
            dated(3, date(2026, 12, 1)),
            [dated(2, date(2026, 12, 2))],
            ["From 2 December 2026 on edition 2025-02, published already, replaces this one."],
        ),
    ],
)
def test_findings_in_words(new: Term, others: list[Term], told: list[str]) -> None:
    assert [said(finding, TODAY) for finding in of_publishing(new, others, TODAY)] == told


def test_a_withdrawal_in_words() -> None:
    first, second = dated(1, date(2026, 1, 1)), dated(2, date(2026, 6, 1))
    assert [said(finding, TODAY) for finding in of_withdrawing(second.edition_id, [first, second])] == [
        "Edition 2025-01 will count again from today."
    ]
    ended = dated(1, date(2026, 1, 1), date(2026, 11, 21))
    assert [said(finding, TODAY) for finding in of_withdrawing(second.edition_id, [ended, second])] == [
        "Edition 2025-01 will count again from today until 20 November 2026.",
        "From 21 November 2026 on no edition counts.",
    ]
    assert [said(finding, TODAY) for finding in of_withdrawing(first.edition_id, [first, second])] == [
        "From 1 January to 31 May 2026 no edition counts."
    ]


async def test_the_calendar_is_what_the_search_sees(database: Database) -> None:
    """The same days by the predicate itself, in SQL, with an edition withdrawn and a draft beside."""
    tenant = f"bank-{uuid.uuid4().hex[:8]}"
    pia = Principal(tenant, "pia", roles=frozenset({"policy_owner"}))
    spans = [(0, 10), (3, None), (3, 8), (12, 14), (18, None), (1, 20)]
    papers = [
        Paper("fees", ("The fee is 5.",), version=str(n), effective_from=day(first), effective_to=end(until))
        for n, (first, until) in enumerate(spans)
    ]
    ids = [await publish(database, pia, paper) for paper in papers]
    await draft(database, pia, Paper("fees", ("A draft.",), version="draft", effective_from=day(2)))
    async with database.transaction(pia) as tx:
        await withdraw_edition(tx, ids[4])
        terms = await published_terms(tx, "fees")
    assert {each.edition_id for each in terms} == {*ids} - {ids[4]}
    stretches = calendar(terms)
    for on in DAYS:
        async with database.transaction(pia) as tx:
            cursor = await connection(tx).execute(
                f"""SELECT e.id FROM app.editions e JOIN app.documents d ON d.tenant = e.tenant AND d.id = e.document_id
                    WHERE {IN_FORCE}""",
                Scope.of(pia, on, None).parameters(),
            )
            found = [row["id"] for row in await cursor.fetchall()]
        counts = counting_on(on, stretches)
        assert found == ([] if counts is None or counts.edition_id is None else [counts.edition_id])


def end(until: int | None) -> date | None:
    return None if until is None else day(until)
