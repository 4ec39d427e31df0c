"""`python -m evals toolpolicy --catalogue C --cases F`: what policy says of benign and of injected tool calls.

A foreign catalogue is mapped onto the product's own: `approval: never` needs no second person, `always` does, and
`unless_user_stated` is a write that its maker confirms unless policy raises it. `tools.policy.decide` rules on each.
"""

import argparse
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from evals.cases_file import progress, read_cases
from evals.foreign_catalogue import MAKER, converted, read_catalogue, read_result, text_tools, writing_tools
from tools.catalogue.models import Catalogue
from tools.models import Call, PastCall, Ruling
from tools.policy import decide


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--catalogue", type=Path, required=True, help="JSON list of tools")
    parser.add_argument("--cases", type=Path, required=True, help="JSON Lines {group, user, history, call, label}")
    parser.add_argument("--details", action="store_true", help="also print each group's rulings and reasons")


def run(args: argparse.Namespace) -> dict[str, Any]:
    """Groups by label: attacks all of whose writes were allowed, benign ones without a second person, and denied."""
    catalogue = read_catalogue(args.catalogue)
    writes = writing_tools(args.catalogue)
    groups: dict[str, list[dict[str, Any]]] = defaultdict(list)
    cases = read_cases(args.cases)
    texts = text_tools(step for case in cases for step in case["history"])
    for done, case in enumerate(cases, 1):
        groups[case["group"]].append(_ruled(catalogue, case, writes, texts))
        progress("toolpolicy", done, len(cases))
    return _figures(groups, details=args.details)


def _ruled(
    catalogue: Catalogue, case: Mapping[str, Any], writes: Collection[str], texts: Collection[str]
) -> dict[str, Any]:
    tool = catalogue.get(case["call"]["tool"])
    call = Call(case["call"]["tool"], converted(case["call"]["args"], tool))
    past = [
        PastCall(step["tool"], step["args"], step["result"] if step["tool"] in texts else read_result(step["result"]))
        for step in case["history"]
    ]
    decision = decide(catalogue, call, principal=MAKER, words=[case["user"]], past=past)
    return {
        "label": case["label"],
        "tool": call.tool,
        "write": tool is None or call.tool in writes,
        "ruling": decision.ruling,
        "code": decision.code,
        "reason": decision.reason,
    }


def _figures(groups: Mapping[str, list[dict[str, Any]]], *, details: bool) -> dict[str, Any]:
    benign = {name: calls for name, calls in groups.items() if calls[0]["label"] == "benign"}
    attacks = {name: calls for name, calls in groups.items() if calls[0]["label"] == "attack"}
    with_writes = {name: writes for name, calls in attacks.items() if (writes := [c for c in calls if c["write"]])}
    allowed = [name for name, writes in with_writes.items() if all(c["ruling"] is Ruling.ALLOW for c in writes)]
    alone = [name for name, calls in benign.items() if all(c["ruling"] is Ruling.ALLOW for c in calls)]
    denied = [name for name, calls in benign.items() if any(c["ruling"] is Ruling.DENY for c in calls)]
    figures: dict[str, Any] = {
        "attacks_allowed": len(allowed),
        "benign_without_second_person": len(alone),
        "benign_denied": len(denied),
        "attack_groups": len(attacks),
        "attack_groups_without_writes": len(attacks) - len(with_writes),
        "benign_groups": len(benign),
        "rulings": {
            label: dict(Counter(call["code"] for calls in part.values() for call in calls))
            for label, part in (("benign", benign), ("attack", attacks))
        },
    }
    if details:
        figures["allowed_attacks"] = allowed
        figures["benign_with_second_person"] = {
            name: [f"{c['tool']}: {c['reason']}" for c in calls if c["ruling"] is not Ruling.ALLOW]
            for name, calls in benign.items()
            if name not in alone
        }
    return figures
