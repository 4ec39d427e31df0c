"""`python -m evals pii --cases F`, `--generated N [--half frozen]`, `--documents FOLDER`: what personal data is found.

By span overlap and kind; for `--documents`, what is taken for personal data in texts that hold next to none.
"""

import argparse
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from evals.cases_file import progress, read_cases
from evals.pii_cases.generated import HALVES, cases
from guardrails.detecting import build
from guardrails.personal_data import STRUCTURED, PersonalDataDetector, PersonalDataKind
from retrieval.chunking import chunks
from retrieval.parsing import parse

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
    "PERSON": PersonalDataKind.NAME,
    "STREET_ADDRESS": PersonalDataKind.ADDRESS,
}
_LOOSE: Final = frozenset({PersonalDataKind.NAME, PersonalDataKind.ADDRESS, PersonalDataKind.BIRTH})
"""Found by words beside them: counted apart."""

_SHOWN: Final = 400


def add_arguments(parser: argparse.ArgumentParser) -> None:
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--cases", type=Path, help="JSON Lines {text, spans: [{start, end, type}]}")
    source.add_argument("--generated", type=int, metavar="N", help="so many cases of our own")
    source.add_argument("--documents", type=Path, help="a folder of documents in which nothing should be found")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--half", choices=HALVES, default="frozen", help="of the sentences (default: %(default)s)")
    parser.add_argument("--spacy-model", help="name or folder of a spaCy pipeline that finds names")
    parser.add_argument("--errors", action="store_true", help="print what was missed or wrongly found")


def run(args: argparse.Namespace) -> dict[str, Any]:
    """Precision, recall and F2 per kind and overall, over the structured kinds; names and addresses apart."""
    detector = build(args.spacy_model)
    if args.documents is not None:
        return {"task": "pii", "detector": detector.name} | _documents(detector, args.documents)
    found = read_cases(args.cases) if args.cases is not None else list(cases(args.generated, args.seed, args.half))
    return {"task": "pii", "detector": detector.name} | measure(detector, found, errors=args.errors)


def measure(
    detector: PersonalDataDetector, wanted: Sequence[Mapping[str, Any]], *, errors: bool = False
) -> dict[str, Any]:
    """The figures over cases, with the errors where they are wanted."""
    hit, missed, false = Counter[PersonalDataKind](), Counter[PersonalDataKind](), Counter[PersonalDataKind]()
    wrong: list[str] = []
    for done, case in enumerate(wanted, 1):
        text = case["text"]
        spans = [(s["start"], s["end"], _KINDS[s["type"]]) for s in case["spans"] if s["type"] in _KINDS]
        found = [d for d in detector.find(text) if d.kind is not PersonalDataKind.BRACKETED]
        for start, end, kind in spans:
            got = any(d.kind is kind and d.start < end and start < d.end for d in found)
            (hit if got else missed)[kind] += 1
            if not got:
                wrong.append(f"missed {kind} {text[start:end]!r} in {text!r}")
        for datum in found:
            if not any(datum.kind is kind and datum.start < end and start < datum.end for start, end, kind in spans):
                false[datum.kind] += 1
                wrong.append(f"false {datum.kind} {text[datum.start : datum.end]!r} in {text!r}")
        progress("pii", done, len(wanted))
    kinds = sorted({*hit, *missed, *false}, key=lambda kind: kind.name)
    result: dict[str, Any] = {
        "cases": len(wanted),
        "overall": _scores(*(sum(each[kind] for kind in STRUCTURED) for each in (hit, missed, false))),
        "per_type": {k.name: _scores(hit[k], missed[k], false[k]) for k in kinds if k in STRUCTURED},
        "by_words": {k.name: _scores(hit[k], missed[k], false[k]) for k in kinds if k in _LOOSE},
    }
    return result | ({"errors": wrong[:_SHOWN]} if errors else {})


def _documents(detector: PersonalDataDetector, folder: Path) -> dict[str, Any]:
    """What is found in the passages of documents, by kind."""
    passages = 0
    found: Counter[tuple[str, str]] = Counter()
    files = [path for path in sorted(folder.rglob("*")) if path.suffix in (".pdf", ".html", ".md", ".txt")]
    for done, path in enumerate(files, 1):
        for draft in chunks(parse(path.read_bytes(), path.name).blocks):
            passages += 1
            text = "\n".join((" › ".join(draft.section), draft.text))
            found.update((d.kind.name, text[d.start : d.end]) for d in detector.find(text))
        progress("documents", done, len(files))
    shown = [f"{kind}: {value!r} ×{count}" for (kind, value), count in found.most_common(_SHOWN * 3)]
    return {"files": len(files), "passages": passages, "found": found.total(), "values": shown}


def _scores(hit: int, missed: int, false: int) -> dict[str, float | int | None]:
    recall = hit / (hit + missed) if hit + missed else None
    precision = hit / (hit + false) if hit + false else None
    f2 = 5 * hit / (5 * hit + 4 * missed + false) if hit + missed + false else None
    return {"precision": precision, "recall": recall, "f2": f2, "hit": hit, "missed": missed, "false": false}
