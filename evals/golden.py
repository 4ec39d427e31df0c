"""`python -m evals golden [--data DIR]`: the golden questions, asked over HTTP as the people who would ask them."""

import argparse
import asyncio
import sys
import time
from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from core.settings import ROOT
from evals.asking import Reply, ask_in_turn, found_at
from evals.errors import DataError
from evals.gates import GOLDEN_GATE
from evals.golden_questions import ABSTAINING, GoldenFileError, GoldenQuestion, Grade, Mark, grade, load_golden
from evals.service import Documents, ScratchOptions, Service, running_service, scratch_service
from evals.stream import Connection
from guardrails.risk import Kind, Risk, weigh_risk

QUESTIONS: Final = Path(__file__).parent / "golden"
POLICIES: Final = ROOT / "sandbox" / "policies"
OVER_REGULATIONS: Final = "reg-"
REGULATIONS: Final = "regulations"


@dataclass(frozen=True, slots=True)
class Graded:
    """A question with what came of it; `seconds` for all its turns, `place` as `found_at` says."""

    question: GoldenQuestion
    reply: Reply
    grade: Grade
    seconds: float
    place: int | None = None


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--data", type=Path, metavar="DIR", help="the development data, for questions over regulations")
    parser.add_argument("--questions", type=Path, default=QUESTIONS, metavar="DIR", help="a folder of *.yaml")
    parser.add_argument("--only", action="append", metavar="ID", help="ids that begin so (repeatable); no gate then")
    parser.add_argument("--show", action="store_true", help="print every answer with its citations")
    parser.add_argument(
        "--model", action="store_true", help="let the sandbox model server write, not the built-in writer"
    )
    parser.add_argument("--concurrency", type=int, default=2, metavar="N", help="questions at once (default 2)")
    parser.add_argument("--url", help="a running service with the documents in it, such as http://127.0.0.1:8080")
    parser.add_argument(
        "--keep", type=Path, metavar="DIR", help="keep the database here: a second run reads nothing in"
    )


def run(args: argparse.Namespace) -> dict[str, Any]:
    """Ask and grade. `gate_passed` is None where only some questions were picked."""
    questions, left_out = chosen(load(args.questions), data=args.data, only=args.only)
    if left_out:
        _say(f"left out {left_out} questions over the regulations: they need --data DIR")
    with _service(args) as service:
        graded = asked_of(service, questions, args.concurrency, show=args.show)
        models = dict(service.readiness.get("models", {}))
    return scores(graded, whole=not args.only) | {"left_out": left_out, "models": models}


def asked_of(
    service: Service, questions: Sequence[GoldenQuestion], concurrency: int, *, show: bool = False
) -> list[Graded]:
    """The questions, asked of this service by their personas, and graded."""
    tokens = {person: service.token(person) for person in sorted({q.persona for q in questions})}
    return asyncio.run(_ask_all(service.base_url, tokens, questions, concurrency, show=show))


def load(folder: Path) -> list[GoldenQuestion]:
    if not folder.is_dir():
        raise DataError(folder, "there is no such folder of questions")
    try:
        return load_golden(folder)
    except GoldenFileError as error:
        raise DataError(folder, str(error)) from error


def chosen(
    questions: Sequence[GoldenQuestion], *, data: Path | None, only: Sequence[str] | None
) -> tuple[list[GoldenQuestion], int]:
    """The questions to ask, and how many were left out because their documents are not at hand."""
    wanted = [q for q in questions if only is None or q.id.startswith(tuple(only))]
    if not wanted:
        raise DataError(QUESTIONS, f"no question's id begins with {' or '.join(only or [])}")
    asked = [q for q in wanted if data is not None or not q.id.startswith(OVER_REGULATIONS)]
    return asked, len(wanted) - len(asked)


def _service(args: argparse.Namespace) -> AbstractContextManager[Service]:
    if args.url is not None:
        return running_service(args.url)
    return scratch_service(ScratchOptions(documents(args.data), with_model=args.model, keep=args.keep))


def documents(data: Path | None) -> list[Documents]:
    """What the questions are over: the policies of both sandbox banks, and the regulations where they are at hand."""
    found = [
        Documents("harbour", POLICIES / "manifest.json"),
        Documents("vale", POLICIES / "vale" / "manifest.json"),
    ]
    if data is not None:
        manifest = data / REGULATIONS / "manifest.json"
        if not manifest.is_file():
            raise DataError(manifest, "there is no manifest of the regulations")
        found.append(Documents("harbour", manifest, library=REGULATIONS, audience="*"))
    return found


async def _ask_all(
    base_url: str, tokens: dict[str, str], questions: Sequence[GoldenQuestion], concurrency: int, *, show: bool
) -> list[Graded]:
    waiting = iter(questions)
    graded: list[Graded] = []

    async def work() -> None:
        connection = Connection(base_url)
        try:
            for question in waiting:
                graded.append(await _grade_one(connection, tokens[question.persona], question))
                _say(_line(graded[-1], len(graded), len(questions)))
                if show:
                    _say(_shown(graded[-1]))
        finally:
            await connection.close()

    await asyncio.gather(*(work() for _ in range(max(1, concurrency))))
    order = {question.id: place for place, question in enumerate(questions)}
    return sorted(graded, key=lambda one: order[one.question.id])


async def _grade_one(connection: Connection, token: str, question: GoldenQuestion) -> Graded:
    options: dict[str, Any] = {} if question.as_of is None else {"as_of": question.as_of.isoformat()}
    if question.libraries:
        options["libraries"] = list(question.libraries)
    begun = time.monotonic()
    reply = await ask_in_turn(connection, token, question.turns, **options)
    result = grade(question, reply.outcome, reply.text, reply.citations)
    seconds = time.monotonic() - begun
    return Graded(question, reply, result, seconds, await found_at(connection, token, question, **options))


def scores(graded: Sequence[Graded], *, whole: bool) -> dict[str, Any]:
    """The figures: `useful_rate` over the questions that have an answer; over all, `false_rate`, and `miss_rate`: those
    answered wrongly, or withheld or answered in part though there is an answer."""
    answerable = [one for one in graded if one.question.expect == "answer"]
    wrong = _count(graded, Mark.WRONG)
    useful_rate = _count(answerable, Mark.RIGHT) / len(answerable) if answerable else None
    false_rate = wrong / len(graded) if graded else None
    missed = _count(graded, Mark.MISSED)
    passed = (useful_rate is None or useful_rate >= GOLDEN_GATE.useful) and (false_rate or 0) <= GOLDEN_GATE.false
    return {
        "questions": len(graded),
        "right": _count(graded, Mark.RIGHT),
        "wrong": wrong,
        "missed": missed,
        "abstained": sum(one.reply.outcome in ABSTAINING for one in graded),
        "answerable": len(answerable),
        "found_by_search": sum(one.place is not None for one in graded),
        "useful_rate": useful_rate,
        "false_rate": false_rate,
        "miss_rate": (wrong + missed) / len(graded) if graded else None,
        "by_risk": by_risk(graded),
        "by_code": by_code(graded),
        "gate": {"useful_rate": GOLDEN_GATE.useful, "false_rate": GOLDEN_GATE.false},
        "gate_passed": passed if whole else None,
        "per_question": [_entry(one) for one in graded],
    }


def by_risk(graded: Sequence[Graded]) -> dict[str, dict[str, int]]:
    """What came of the questions of each risk, as their last turn by itself has it."""
    found: dict[str, dict[str, int]] = {}
    for risk in Risk:
        members = [one for one in graded if risk_of(one.question) is risk]
        answerable = [one for one in members if one.question.expect == "answer"]
        found[risk.value] = {
            "questions": len(members),
            "answerable": len(answerable),
            "useful": _count(answerable, Mark.RIGHT),
            "wrong": _count(members, Mark.WRONG),
            "missed": _count(members, Mark.MISSED),
        }
    return found


def by_code(graded: Sequence[Graded]) -> dict[str, dict[str, int]]:
    """By the reason for which there was no answer: where that was right, and where there is one."""
    codes = sorted({one.reply.code for one in graded if one.reply.code})
    return {
        code: {
            "right": sum(one.grade.mark is Mark.RIGHT for one in graded if one.reply.code == code),
            "withheld": sum(one.grade.mark is not Mark.RIGHT for one in graded if one.reply.code == code),
        }
        for code in codes
    }


def risk_of(question: GoldenQuestion) -> Risk:
    return weigh_risk(question.turns[-1], Kind.POLICY_QUESTION).risk


def _count(graded: Iterable[Graded], mark: Mark) -> int:
    return sum(one.grade.mark is mark for one in graded)


def _entry(one: Graded) -> dict[str, Any]:
    return {
        "id": one.question.id,
        "expect": one.question.expect,
        "mark": one.grade.mark.value,
        "outcome": one.reply.outcome,
        "reason": one.grade.reason,
        "code": one.reply.code,
        "risk": risk_of(one.question).value,
        "found_at": one.place,
        "seconds": round(one.seconds, 3),
    }


def _line(one: Graded, done: int, total: int) -> str:
    why = f" [{one.reply.reason}]" if one.reply.reason and one.grade.mark is not Mark.RIGHT else ""
    found = f" (search has it at {one.place})" if one.place and one.grade.mark is not Mark.RIGHT else ""
    return f"{done:>3}/{total} {one.grade.mark.value:<6} {one.question.id}: {one.grade.reason}{why}{found}"


def _shown(one: Graded) -> str:
    asked = [f"    > {turn}" for turn in one.question.turns]
    cited = [f"    [{c.document} {c.effective_from} › {' › '.join(c.section)}]" for c in one.reply.citations]
    return "\n".join([*asked, f"    {one.reply.text or one.reply.reason}", *cited])


def _say(text: str) -> None:
    print(f"  {text}", file=sys.stderr, flush=True)
