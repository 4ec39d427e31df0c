"""The crash test: that its plan is the seed's, that it sees what may not happen, and 25 rounds of it."""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from audit.records import Record, RecordKind
from core.settings import ROOT
from evals.crash_bank import Books, CoreBank
from evals.crash_checks import Finding, check_journal, check_records, check_story
from evals.crash_people import Seen
from evals.crash_plan import Moment, Round, Victim, Wish, plan
from evals.crash_round import Story

ROUNDS = 25
WISH = Wish("anna", "harbour", "C-1042", "customer called the Eastbrook branch", ("sam",), True, 1, False)
RECEIPT = "The note was added to case C-1042 as N-7."
KINDS = ("run.started", "approval.required", "approval.decided", "tool.result", "answer", "run.finished")


def test_a_seed_draws_the_same_rounds_and_no_text_twice() -> None:
    rounds = [plan(7, number) for number in range(400)]
    assert rounds == [plan(7, number) for number in range(400)]
    assert rounds != [plan(8, number) for number in range(400)]
    texts = [wish.text for one in rounds for wish in one.wishes]
    assert len(set(texts)) == len(texts) == 1600
    assert not any(character.isdigit() for text in texts for character in text)


def test_rounds_strike_everything_at_every_moment_under_every_fault() -> None:
    rounds: list[Round] = [plan(3, number) for number in range(200)]
    assert {blow.victim for one in rounds for blow in one.blows} == set(Victim)
    assert {blow.moment for one in rounds for blow in one.blows} == set(Moment)
    assert {rule["fault"] for one in rounds for rule in one.rules} == {
        "slow", "slow_after", "http_500", "http_500_after", "drop", "drop_after", "in_progress",
    }  # fmt: skip
    assert all(1 <= len(one.blows) <= 3 for one in rounds)
    assert {wish.approve for one in rounds for wish in one.wishes} == {True, False}


def books(*notes: tuple[str, str, str]) -> Books:
    return Books(CoreBank("http://127.0.0.1:1", "", ""), notes={WISH.text: set(notes)} if notes else {})


ONE = ("harbour", "C-1042", "N-7")
SEEN = [Seen(number, kind, {}) for number, kind in enumerate(KINDS, start=1)]


def story(*, signed: bool = True, **changes: Any) -> Story:
    """A request that went well, but for the changes."""
    parts: dict[str, Any] = {
        "wish": WISH,
        "run_id": "r-1",
        "approval_id": "a-1",
        "is_over": True,
        "is_read": True,
        "seen": list(SEEN),
        "kept": list(SEEN),
        "run": {"status": "answered", "answer": RECEIPT} if signed else {"status": "rejected", "answer": None},
        "approval": {"status": "executed", "signatures": [{"decision": "approve"}]}
        if signed
        else {"status": "rejected", "signatures": [{"decision": "reject"}]},
    }
    return Story(**(parts | changes))


def test_finds_nothing_where_all_is_well() -> None:
    assert check_story(story(), books(ONE)) == []
    assert check_story(story(signed=False), books()) == []
    for code in ("tools_suspended", "injection"):
        refused = {"status": "refused", "outcome": {"event": "refused", "data": {"code": code}}}
        assert check_story(story(approval={}, run=refused), books()) == []


@pytest.mark.parametrize(
    ("told", "notes", "expected"),
    [
        (story(), [ONE, ("harbour", "C-1042", "N-8")], {Finding.DUPLICATED}),
        (story(), [], {Finding.LOST}),
        (story(run={"status": "failed"}), [], {Finding.LOST, Finding.RECEIPT_MISSING}),
        (story(signed=False), [ONE], {Finding.UNSIGNED}),
        (story(is_over=False), [ONE], {Finding.STUCK}),
        (story(is_over=False, approval={}, run={}), [], {Finding.STUCK}),
        (story(is_read=False), [], {Finding.UNREADABLE}),
        (story(run={"status": "answered", "answer": RECEIPT.replace("7", "6")}), [ONE], {Finding.RECEIPT_MISSING}),
        (story(), [("harbour", "C-1043", "N-7")], {Finding.RECEIPT_MISSING}),
        (story(approval={"status": "approved", "signatures": [{"decision": "approve"}]}), [ONE],
         {Finding.RECEIPT_MISSING}),
        (story(approval={}, run={"status": "failed"}), [], {Finding.ENDED_UNSIGNED}),
        (story(signed=False, run={"status": "failed"}), [], {Finding.ENDED_UNSIGNED}),
        (story(seen=[*SEEN, SEEN[-1]]), [ONE], {Finding.EVENT_TWICE, Finding.EVENT_MISSING}),
        (story(seen=SEEN[:2] + SEEN[3:]), [ONE], {Finding.EVENT_MISSING}),
        (story(kept=[*SEEN, replace(SEEN[3], seq=7)], seen=[*SEEN, replace(SEEN[3], seq=7)]), [ONE],
         {Finding.EVENT_TWICE}),
    ],
)  # fmt: skip
def test_finds_what_may_not_happen(told: Story, notes: list[tuple[str, str, str]], expected: set[Finding]) -> None:
    assert {found.finding for found in check_story(told, books(*notes))} == expected


def test_finds_a_second_effect_and_one_that_nobody_signed_in_the_journal() -> None:
    kept = books()
    kept.effects.update({("harbour", "k1"): 1, ("harbour", "k2"): 2})
    assert [found.finding for found in check_journal(kept, signed=2)] == [Finding.DUPLICATED]
    assert [found.finding for found in check_journal(kept, signed=1)] == [Finding.DUPLICATED, Finding.UNSIGNED]


def record(kind: RecordKind) -> Record:
    fields: dict[str, Any] = dict.fromkeys(Record.__slots__) | {"kind": kind, "run_id": "r-1"}
    return Record(**fields)


def test_finds_a_record_that_is_missing_or_there_twice() -> None:
    whole = [
        record(kind)
        for kind in (
            RecordKind.RUN_ADMITTED,
            RecordKind.APPROVAL_REQUESTED,
            RecordKind.APPROVAL_APPROVED,
            RecordKind.EFFECT_STARTED,
            RecordKind.EFFECT_DONE,
            RecordKind.RUN_FINISHED,
        )
    ]
    assert check_records([story()], whole) == []
    for broken in (whole[:-1], [*whole, whole[4]]):
        assert [found.finding for found in check_records([story()], broken)] == [Finding.RECORD_WRONG]
    assert check_records([story(signed=False)], whole[:2]) == []
    assert [found.finding for found in check_records([story(signed=False)], whole)] == [Finding.RECORD_WRONG]


def test_nothing_is_done_twice_lost_or_stuck(tmp_path: Path) -> None:
    """The measurement itself; its seed is new each time, and said where it finds something."""
    command = [sys.executable, "-m", "evals", "crash", "--rounds", str(ROUNDS), "--json", str(tmp_path / "figures")]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=1800, check=False)
    said = f"{done.stderr[-6000:]}\n{done.stdout[-6000:]}"
    assert done.returncode == 0, said
    figures = json.loads((tmp_path / "figures").read_text())
    assert figures["found"] == [], said
    assert (figures["rounds"], figures["requests"]) == (ROUNDS, 4 * ROUNDS)
    assert figures["signed"] > 2 * ROUNDS
    assert sum(figures["kills"].values()) >= ROUNDS
    assert sum(figures["faults"].values()) > 0
