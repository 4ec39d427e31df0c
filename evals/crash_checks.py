"""What must hold of every request whatever was killed, and what was found not to."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from audit.records import Record, RecordKind
from evals.crash_bank import Books
from evals.crash_people import Seen
from evals.crash_round import Story
from guardrails.reasons import ReasonCode


class Finding(StrEnum):
    """What may not happen; the names under which it is counted."""

    DUPLICATED = "duplicated"
    LOST = "lost"
    STUCK = "stuck"
    UNSIGNED = "unsigned"
    RECEIPT_MISSING = "receipts_missing"
    EVENT_TWICE = "events_twice"
    EVENT_MISSING = "events_missing"
    LEDGER_FAULT = "ledger_faults"
    RECORD_WRONG = "records_wrong"
    JOB_LEFT = "jobs_left"
    ENDED_UNSIGNED = "ended_before_signature"
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True)
class Found:
    """One thing that may not happen, with enough to look for its cause."""

    finding: Finding
    detail: str


ONCE: Final = frozenset(
    {"run.started", "tool.proposed", "approval.required", "approval.decided", "tool.result", "answer", "run.finished"}
)
_OF_A_SIGNED_NOTE: Final = (
    RecordKind.RUN_ADMITTED,
    RecordKind.APPROVAL_REQUESTED,
    RecordKind.APPROVAL_APPROVED,
    RecordKind.EFFECT_STARTED,
    RecordKind.EFFECT_DONE,
    RecordKind.RUN_FINISHED,
)


def is_signed(story: Story) -> bool:
    """Whether somebody's approval of it is on record."""
    return any(mark["decision"] == "approve" for mark in story.approval.get("signatures", []))


def is_screened_out(story: Story) -> bool:
    """Whether the screener took the message for an attack, or half so: then it is refused, whatever is killed."""
    outcome: Mapping[str, Any] = story.run.get("outcome") or {}
    return outcome.get("data", {}).get("code") in (ReasonCode.INJECTION.value, ReasonCode.TOOLS_SUSPENDED.value)


def check_story(story: Story, books: Books) -> list[Found]:
    """One request against what the bank has on record."""
    wish = story.wish
    told = f"run {story.run_id}, {wish.message!r}" + "".join(f"; {trouble}" for trouble in story.trouble)
    if not story.is_read:
        return [Found(Finding.UNREADABLE, told)]
    notes = books.notes.get(wish.text, set())
    found: list[tuple[Finding, str]] = []
    if len(notes) > 1:
        found.append((Finding.DUPLICATED, f"the note is there as {sorted(notes)}"))
    if is_signed(story) and not notes:
        found.append((Finding.LOST, f"it was signed and is not there; its run is {story.run.get('status')}"))
    if notes and not is_signed(story):
        found.append((Finding.UNSIGNED, f"the note is there and nobody signed it: {sorted(notes)}"))
    if not story.is_over:
        found.append((Finding.STUCK, f"its run is {story.run.get('status')}, its request {_status(story)}"))
    else:
        found += _ending(story, sorted(notes))
        found += _events(story.seen, story.kept)
    return [Found(finding, f"{why} ({told})") for finding, why in found]


def _status(story: Story) -> str:
    return str(story.approval.get("status", "not there"))


def _ending(story: Story, notes: Sequence[tuple[str, str, str]]) -> list[tuple[Finding, str]]:
    """That the run's end says what happened."""
    status, answer = story.run.get("status"), str(story.run.get("answer"))
    if not story.approval:
        if is_screened_out(story):
            return []
        return [(Finding.ENDED_UNSIGNED, f"its run ended as {status} before anybody was asked")]
    expected = ("answered", "executed") if is_signed(story) else ("rejected", "rejected")
    if (status, _status(story)) != expected:
        kind = Finding.RECEIPT_MISSING if is_signed(story) else Finding.ENDED_UNSIGNED
        return [(kind, f"its run is {status}, its request {_status(story)}, where {expected} was due")]
    if is_signed(story) and notes:
        receipt = f"The note was added to case {story.wish.case_id} as {notes[0][2]}."
        if notes[0][:2] != (story.wish.tenant, story.wish.case_id) or answer != receipt:
            return [(Finding.RECEIPT_MISSING, f"its answer is {answer!r}, where {receipt!r} was due")]
    return []


def _events(seen: Sequence[Seen], kept: Sequence[Seen]) -> list[tuple[Finding, str]]:
    """That what was seen live, across broken connections, is what the log holds, each once and in order."""
    found: list[tuple[Finding, str]] = []
    times = Counter(event.kind for event in kept)
    numbers = [event.seq for event in seen]
    twice = sorted(kind for kind in ONCE if times[kind] > 1)
    if twice or len(set(numbers)) != len(numbers):
        found.append((Finding.EVENT_TWICE, f"twice: {twice}; numbers seen: {numbers}"))
    if [event.seq for event in kept] != list(range(1, len(kept) + 1)) or list(seen) != list(kept):
        found.append((Finding.EVENT_MISSING, f"seen {[(e.seq, e.kind) for e in seen]}, kept {len(kept)}"))
    return found


def check_journal(books: Books, signed: int) -> list[Found]:
    """All of the bank's journal at the end: each key once, and as many effects as were signed."""
    found = [
        Found(Finding.DUPLICATED, f"{times} effects under one key: {key}")
        for key, times in books.effects.items()
        if times > 1
    ]
    if len(books.effects) > signed:
        found.append(Found(Finding.UNSIGNED, f"{len(books.effects)} effects, but {signed} requests were signed"))
    return found


def check_records(stories: Iterable[Story], records: Iterable[Record]) -> list[Found]:
    """That the ledger holds what happened to each signed request exactly once, and no effect of any other."""
    kinds: dict[str, Counter[str]] = {}
    for record in records:
        kinds.setdefault(str(record.run_id), Counter())[record.kind] += 1
    found: list[Found] = []
    for story in stories:
        held = kinds.get(story.run_id, Counter())
        if is_signed(story):
            wrong = [kind.value for kind in _OF_A_SIGNED_NOTE if story.is_over and held[kind] != 1]
        else:
            wrong = [kind.value for kind in (RecordKind.EFFECT_STARTED, RecordKind.EFFECT_DONE) if held[kind]]
        if wrong:
            told = {kind: held[kind] for kind in wrong}
            found.append(Found(Finding.RECORD_WRONG, f"run {story.run_id} has {told}"))
    return found
