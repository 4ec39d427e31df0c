"""`python -m evals whole-path --data DIR [--keep DIR]`: what the guards cost and keep out, end to end.

The golden questions are asked of the whole service, then again with each guard in turn letting everything pass, and
with none of those that can refuse or withhold an answer. What a guard costs are useful answers that are there without
it; what it keeps out are false ones.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from evals.gates import GOLDEN_GATE
from evals.golden import QUESTIONS, Graded, asked_of, chosen, documents, load, scores
from evals.golden_questions import GoldenQuestion, Mark
from evals.service import ScratchOptions, scratch_service
from evals.unguarded import OPENED

ALL: Final = "all guards"
NONE: Final = "none"
MOST_LOST: Final = 0.02
"""The share of useful answers that all guards together may cost."""
_TOLD: Final = ("useful_rate", "false_rate", "miss_rate", "by_risk", "by_code")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--data", type=Path, metavar="DIR", help="the development data, for questions over regulations")
    parser.add_argument("--questions", type=Path, default=QUESTIONS, metavar="DIR", help="a folder of *.yaml")
    parser.add_argument("--only", action="append", metavar="ID", help="ids that begin so (repeatable); no gate then")
    parser.add_argument("--without", action="append", choices=[*OPENED, NONE], help="only these variants (repeatable)")
    parser.add_argument("--concurrency", type=int, default=2, metavar="N", help="questions at once (default 2)")
    parser.add_argument(
        "--keep", type=Path, metavar="DIR", help="keep the database here: a second run reads nothing in"
    )


def run(args: argparse.Namespace) -> dict[str, Any]:
    """The figures of the whole, and for each guard what changes without it."""
    questions, left_out = chosen(load(args.questions), data=args.data, only=args.only)
    variants = [ALL, *(args.without or [*OPENED, NONE])]
    graded = {variant: _asked(args, questions, variant) for variant in variants}
    whole = scores(graded[ALL], whole=False)
    found = {variant: scores(each, whole=False) for variant, each in graded.items()}
    return {
        "questions": len(questions),
        "left_out": left_out,
        **{name: whole[name] for name in _TOLD},
        "variants": {variant: _row(found[variant]) | compared(graded[ALL], graded[variant]) for variant in variants},
        "gate": {"false_rate": GOLDEN_GATE.false, "lost_to_guards": MOST_LOST},
        "gate_passed": None if args.only else _passed(found),
    }


def compared(whole: Sequence[Graded], other: Sequence[Graded]) -> dict[str, list[str]]:
    """By id: useful answers that only the other has, and false ones that only the other gives."""
    marks = {one.question.id: one.grade.mark for one in whole}
    useful = [one for one in other if one.question.expect == "answer" and one.grade.mark is Mark.RIGHT]
    return {
        "cost": [one.question.id for one in useful if marks[one.question.id] is not Mark.RIGHT],
        "kept_out": [
            one.question.id
            for one in other
            if one.grade.mark is Mark.WRONG and marks[one.question.id] is not Mark.WRONG
        ],
    }


def _row(found: dict[str, Any]) -> dict[str, Any]:
    return {name: found[name] for name in ("right", "wrong", "missed", "useful_rate", "false_rate", "miss_rate")}


def _passed(found: dict[str, dict[str, Any]]) -> bool:
    without = found.get(NONE, found[ALL])
    lost = (without["useful_rate"] or 0.0) - (found[ALL]["useful_rate"] or 0.0)
    return found[ALL]["false_rate"] <= GOLDEN_GATE.false and lost <= MOST_LOST


def _asked(args: argparse.Namespace, questions: Sequence[GoldenQuestion], variant: str) -> list[Graded]:
    print(f"  {variant if variant in (ALL, NONE) else f'without {variant}'}", file=sys.stderr, flush=True)
    command = [sys.executable, "-m", "api"]
    if variant != ALL:
        command = [sys.executable, "-m", "evals.unguarded", *([*OPENED] if variant == NONE else [variant])]
    options = ScratchOptions(documents(args.data), keep=args.keep, api_command=command)
    with scratch_service(options) as service:
        return asked_of(service, questions, args.concurrency)
