"""Any edit, deletion, insertion or exchange within a stream is found, and what is intact is never blamed."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from audit.chain import GENESIS, Fault, Head, faults, link
from audit.records import Entry, Record, RecordKind

START = datetime(2026, 3, 3, 9, tzinfo=UTC)
bodies = st.dictionaries(
    st.text(st.characters(codec="ascii"), max_size=5), st.integers(-1000, 1000) | st.text(max_size=5), max_size=3
)


def chain(stream: str, bodies: Sequence[dict[str, object]]) -> list[Record]:
    head = Head()
    records: list[Record] = []
    for number, body in enumerate(bodies):
        entry = Entry(RecordKind.CLAIM_RELEASED, f"step-{number}", body, UUID(int=number))
        at = START + timedelta(microseconds=number)
        record = link(head, entry, tenant="harbour", stream=stream, actor="anna", at=at)
        head = Head(record.seq, record.hash)
        records.append(record)
    return records


streams = st.lists(bodies, min_size=1, max_size=6)


def places(records: Sequence[Record]) -> list[tuple[str, int]]:
    return [(fault.stream, fault.seq) for fault in faults(records)]


def test_the_first_record_follows_nothing_and_the_next_follows_it() -> None:
    first, second = chain("a", [{}, {}])
    assert (first.seq, first.prev_hash, second.seq, second.prev_hash) == (1, GENESIS, 2, first.hash)
    assert first.hashed_fields() == {
        "tenant": "harbour",
        "stream": "a",
        "seq": 1,
        "kind": "claim.released",
        "at": "2026-03-03T09:00:00.000000+00:00",
        "actor": "anna",
        "run_id": "00000000-0000-0000-0000-000000000000",
        "step": "step-0",
        "body": {},
        "prev_hash": GENESIS,
    }


def test_a_hash_does_not_depend_on_the_zone_that_a_moment_was_read_in() -> None:
    record = chain("a", [{}])[0]
    elsewhere = replace(record, at=record.at.astimezone(timezone(timedelta(hours=5))))
    assert list(faults([elsewhere])) == []


@given(st.lists(streams, max_size=3))
def test_intact_streams_have_no_fault(all_bodies: list[list[dict[str, object]]]) -> None:
    records = [record for n, bodies in enumerate(all_bodies) for record in chain(f"s{n}", bodies)]
    assert list(faults(records)) == []


EDITS = {
    "tenant": "vale",
    "stream": "t",
    "kind": "run.finished",
    "at": START - timedelta(microseconds=1),
    "actor": "omar",
    "run_id": None,
    "step": "other",
    "body": {"changed": True},
    "prev_hash": "f" * 64,
    "hash": "f" * 64,
}


@given(streams, st.data())
def test_an_edit_of_any_field_is_found_where_it_is(bodies: list[dict[str, object]], data: st.DataObject) -> None:
    records = chain("s", bodies)
    at = data.draw(st.integers(0, len(records) - 1))
    name = data.draw(st.sampled_from(sorted(EDITS)))
    edited = [*records[:at], replace(records[at], **{name: EDITS[name]}), *records[at + 1 :]]
    assert places(edited)[0] == (edited[at].stream, at + 1)


@given(streams, st.data())
def test_a_rehashed_edit_is_found_at_the_next_record(bodies: list[dict[str, object]], data: st.DataObject) -> None:
    records = chain("s", [*bodies, {"last": 1}])
    at = data.draw(st.integers(0, len(records) - 2))
    head = Head(at, records[at - 1].hash) if at else Head()
    forged = link(
        head, Entry(RecordKind.RUN_FINISHED, "x", {}), tenant="harbour", stream="s", actor="mallory", at=START
    )
    assert places([*records[:at], forged, *records[at + 1 :]]) == [("s", at + 2)]


@given(streams, st.data())
def test_a_deletion_before_the_end_is_found(bodies: list[dict[str, object]], data: st.DataObject) -> None:
    records = chain("s", [*bodies, {"last": 1}])
    at = data.draw(st.integers(0, len(records) - 2))
    kept = [*records[:at], *records[at + 1 :]]
    assert list(faults(kept)) == [Fault("harbour", "s", at + 2, f"record {at + 1} is missing before record {at + 2}")]


@given(streams, st.data())
def test_an_insertion_is_found(bodies: list[dict[str, object]], data: st.DataObject) -> None:
    records = chain("s", bodies)
    at = data.draw(st.integers(0, len(records) - 1))
    extra = replace(records[at], step="inserted", body={"forged": True})
    for forged in ([*records[: at + 1], extra, *records[at + 1 :]], [*records[:at], extra, *records[at:]]):
        assert len(places(forged)) == 1


@given(streams, st.data())
def test_an_exchange_is_found(bodies: list[dict[str, object]], data: st.DataObject) -> None:
    records = chain("s", [*bodies, {"last": 1}])
    one = data.draw(st.integers(0, len(records) - 2))
    other = data.draw(st.integers(one + 1, len(records) - 1))
    swapped = list(records)
    swapped[one] = replace(records[other], seq=one + 1)
    swapped[other] = replace(records[one], seq=other + 1)
    assert places(swapped)[0] == ("s", one + 1)


@given(streams, streams, st.data())
def test_a_record_of_another_stream_does_not_fit(
    bodies: list[dict[str, object]], others: list[dict[str, object]], data: st.DataObject
) -> None:
    records, foreign = chain("s", bodies), chain("t", others)
    at = data.draw(st.integers(0, min(len(records), len(foreign)) - 1))
    moved = [*records[:at], replace(foreign[at], stream="s"), *records[at + 1 :]]
    assert places(moved)[0] == ("s", at + 1)


def test_each_broken_stream_is_named_once_at_its_first_fault() -> None:
    one, two, three = (chain(name, [{}, {}, {}, {}]) for name in "abc")
    for broken in (one, three):
        broken[1] = replace(broken[1], actor="mallory")
        broken[3] = replace(broken[3], actor="mallory")
    assert list(faults([*one, *two, *three])) == [
        Fault("harbour", "a", 2, "its content does not match its hash"),
        Fault("harbour", "c", 2, "its content does not match its hash"),
    ]
