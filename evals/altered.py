"""`python -m evals altered [--data DIR] [--set frozen|tuning]`: altered claims stopped, and faithful ones passed.

Each claim goes through `guardrails.claims.check` with its question and evidence, as in a run.
"""

import argparse
import asyncio
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from evals.altered_cases import FOLDERS, FROZEN_SHA256, Kind, files_digest, load_groups
from evals.altered_evidence import Editions, Posed, pose
from evals.cases_file import open_embedder, progress
from evals.errors import CannotMeasure
from evals.gates import ALTERED_GATE
from guardrails.claims import check
from guardrails.detecting import build
from guardrails.verdict import Verdict

_SHOWN: Final = 1_200
"""Characters of a passage that `--verbose` prints."""


@dataclass(frozen=True, slots=True)
class Checked:
    """A claim and the verdict on it."""

    posed: Posed
    verdict: Verdict

    @property
    def went_wrong(self) -> bool:
        """An altered claim that was released, or a faithful one that was not."""
        return bool(self.verdict) != (self.posed.case.kind is Kind.FAITHFUL)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--data", type=Path, metavar="DIR", help="the development data, for claims over regulations")
    parser.add_argument("--set", choices=sorted(FOLDERS), default="frozen", help="which claims (default frozen)")
    parser.add_argument(
        "--verbose", action="store_true", help="print the claims that went wrong, beside their passages"
    )
    parser.add_argument("--read", action="store_true", help="only print every claim beside its passages; check nothing")


def run(args: argparse.Namespace) -> dict[str, Any]:
    """Check every claim. `gate_passed` is None where the claims over the regulations were left out."""
    folder = FOLDERS[args.set]
    if args.set == "frozen" and files_digest(folder) != FROZEN_SHA256:
        raise CannotMeasure(f"{folder} is not what was frozen: its files have changed.")
    groups = load_groups(folder)
    at_hand = [group for group in groups if args.data is not None or not group.over_regulations]
    editions = Editions(at_hand, args.data)
    posed = [pose(group, case, editions) for group in at_hand for case in group.claims]
    left_out = sum(len(group.claims) for group in groups) - len(posed)
    if args.read:
        _say(posed)
        return {"set": args.set, "read": len(posed)}
    checked = asyncio.run(check_all(posed))
    if args.verbose:
        for one in checked:
            if one.went_wrong:
                print(f"\n=== {one.verdict.code}", file=sys.stderr)
                _say([one.posed])
    return {"set": args.set, "left_out": left_out} | scores(checked, whole=left_out == 0)


async def check_all(posed: Sequence[Posed]) -> list[Checked]:
    """Every claim, one after the other."""
    embedder = open_embedder()
    personal_data = build()
    checked: list[Checked] = []
    try:
        for done, one in enumerate(posed, 1):
            verdict = await check(one.draft, one.sources, one.question, embedder.embed, personal_data)
            checked.append(Checked(one, verdict))
            progress("check", done, len(posed))
    finally:
        embedder.close()
    return checked


def scores(checked: Sequence[Checked], *, whole: bool) -> dict[str, Any]:
    """`stopped`: share of altered claims not released; `passed`: share of faithful ones released; both by kind."""
    altered = [one for one in checked if one.posed.case.kind is not Kind.FAITHFUL]
    faithful = [one for one in checked if one.posed.case.kind is Kind.FAITHFUL]
    stopped = _share(sum(not one.verdict for one in altered), len(altered))
    passed = _share(sum(bool(one.verdict) for one in faithful), len(faithful))
    reached = stopped is not None and stopped >= ALTERED_GATE.stopped
    reached = reached and passed is not None and passed >= ALTERED_GATE.passed
    return {
        "altered": len(altered),
        "faithful": len(faithful),
        "stopped": stopped,
        "passed": passed,
        "gate": {"stopped": ALTERED_GATE.stopped, "passed": ALTERED_GATE.passed},
        "gate_passed": reached if whole else None,
        "by_kind": {kind.value: _of_kind([one for one in checked if one.posed.case.kind is kind]) for kind in Kind},
        "released_altered": [one.posed.case.id for one in altered if one.went_wrong],
        "withheld_faithful": [one.posed.case.id for one in faithful if one.went_wrong],
    }


def _of_kind(checked: Sequence[Checked]) -> dict[str, Any]:
    released = sum(bool(one.verdict) for one in checked)
    codes = Counter(str(one.verdict.code) for one in checked if not one.verdict)
    return {
        "claims": len(checked),
        "released": released,
        "withheld": len(checked) - released,
        "withheld_for": dict(sorted(codes.items(), key=lambda item: (-item[1], item[0]))),
    }


def _share(count: int, of: int) -> float | None:
    return count / of if of else None


def _say(posed: Sequence[Posed]) -> None:
    for one in posed:
        print(f"\n[{one.case.id}] {one.case.kind}: {one.draft.text}", file=sys.stderr)
        print(f"    asked: {one.question}\n    wrong: {one.case.why or '(faithful)'}", file=sys.stderr)
        for ref in one.draft.citations:
            source = one.sources[ref]
            text = " ".join(source.text.split())[:_SHOWN]
            print(f"    cites [{ref} of {len(one.sources)}] {source.heading}: {text}", file=sys.stderr)
