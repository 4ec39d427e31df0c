"""What is said of a run, of an edit, of access on a day: pure functions, tried at their edges."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from hypothesis import given
from hypothesis import strategies as st

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
WORLD = World({"anna": "Anna Keller", "sam": "Sam Okafor"}, load(CORE_BANKING))
RUN = UUID(int=7)


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
