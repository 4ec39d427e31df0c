"""`python -m evals pii --cases F`: what the personal data detector finds, by span overlap."""

import argparse
from collections import Counter
from pathlib import Path
from typing import Any, Final

from evals.cases_file import progress, read_cases
from guardrails.personal_data import PersonalDataKind
from guardrails.presidio import PresidioDetector

_KINDS: Final = {
    "CREDIT_CARD": PersonalDataKind.CARD,
    "US_SSN": PersonalDataKind.SSN,
    "PHONE_NUMBER": PersonalDataKind.PHONE,
    "EMAIL_ADDRESS": PersonalDataKind.EMAIL,
    "IP_ADDRESS": PersonalDataKind.IP,
    "IBAN_CODE": PersonalDataKind.IBAN,
    "IBAN": PersonalDataKind.IBAN,
    "ABA_ROUTING_NUMBER": PersonalDataKind.ROUTING,
    "ROUTING_NUMBER": PersonalDataKind.ROUTING,
    "US_BANK_NUMBER": PersonalDataKind.ACCOUNT,
    "ACCOUNT_NUMBER": PersonalDataKind.ACCOUNT,
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--cases", type=Path, required=True, help="JSON Lines {text, spans: [{start, end, type}]}")


def run(args: argparse.Namespace) -> dict[str, Any]:
    """Precision, recall and F2 per kind and overall, over the kinds that are covered."""
    cases = read_cases(args.cases)
    detector = PresidioDetector()
    hit, missed, false = Counter[str](), Counter[str](), Counter[str]()
    for done, case in enumerate(cases, 1):
        wanted = [(s["start"], s["end"], _KINDS[s["type"]]) for s in case["spans"] if s["type"] in _KINDS]
        found = detector.find(case["text"])
        for start, end, kind in wanted:
            got = any(d.kind is kind and d.start < end and start < d.end for d in found)
            (hit if got else missed)[kind.name] += 1
        for datum in found:
            if not any(datum.kind is kind and datum.start < end and start < datum.end for start, end, kind in wanted):
                false[datum.kind.name] += 1
        progress("pii", done, len(cases))
    kinds = sorted({*hit, *missed, *false})
    overall = _scores(hit.total(), missed.total(), false.total())
    return {"overall": overall, "per_type": {k: _scores(hit[k], missed[k], false[k]) for k in kinds}}


def _scores(hit: int, missed: int, false: int) -> dict[str, float | int | None]:
    recall = hit / (hit + missed) if hit + missed else None
    precision = hit / (hit + false) if hit + false else None
    f2 = 5 * hit / (5 * hit + 4 * missed + false) if hit + missed + false else None
    return {"precision": precision, "recall": recall, "f2": f2, "hit": hit, "missed": missed, "false": false}
