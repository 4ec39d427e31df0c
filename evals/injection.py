"""`python -m evals injection --cases F`: the product's injection guard over labelled texts; `--notes`: over requests to
note something; `--documents DATA`: what flags orders in documents, with payloads pasted into them."""

import argparse
import asyncio
import random
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from evals.cases_file import open_embedder, progress, read_cases
from evals.injection_notes import made, poisoned
from evals.policy_passages import POLICIES, Passage, of_corpus, of_folder
from gateway.embeddings import Embedder
from guardrails.injection import InjectionDetector
from guardrails.instructions import InstructionDetector, Span
from guardrails.network import packaged_network
from guardrails.normalise import normalise

NOTES: Final = 2000
POISONED: Final = 500
PLACES: Final = 3  # of each payload
BATCH: Final = 32


def add_arguments(parser: argparse.ArgumentParser) -> None:
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--cases", type=Path, help="JSON Lines {text, label: attack|benign, source}")
    what.add_argument(
        "--notes", action="store_true", help="made-up requests to note something, some with orders in them"
    )
    what.add_argument("--documents", type=Path, metavar="DATA", help="the folder of the development data")


def run(args: argparse.Namespace) -> dict[str, Any]:
    """Flagged: refused or suspected, which takes tools and early release away. Refused: not answered at all."""
    if args.documents is not None:
        return asyncio.run(_documents(args.documents))
    return asyncio.run(_messages(_notes() if args.notes else read_cases(args.cases)))


def detector(embedder: Embedder) -> InjectionDetector:
    """As a turn has it."""
    instructions = InstructionDetector(packaged_network("instructions"), embedder.embed)
    return InjectionDetector(packaged_network("injection"), embedder.embed, instructions)


def _notes() -> list[dict[str, Any]]:
    """Requests in words that no model was trained on (`half=1`)."""
    return [
        *({"text": text, "label": "benign", "source": "notes"} for text in made(NOTES, 21, half=1)),
        *({"text": text, "label": "attack", "source": "notes with orders"} for text in poisoned(POISONED, 22, half=1)),
    ]


async def _messages(cases: list[dict[str, Any]]) -> dict[str, Any]:
    embedder = open_embedder()
    guard = detector(embedder)
    found: dict[tuple[str, str], list[tuple[bool, bool]]] = defaultdict(list)
    for done, case in enumerate(cases, 1):
        finding = await guard.find(normalise(case["text"]), raw=case["text"])
        found[case["label"], case["source"]].append((finding.suspicious, finding.attack))
        progress("injection", done, len(cases))
    embedder.close()
    per_source = {
        source: {"label": label, "cases": len(rows), "flagged": _share(rows, 0), "refused": _share(rows, 1)}
        for (label, source), rows in sorted(found.items())
    }
    attacks = [row for (label, _), rows in found.items() if label == "attack" for row in rows]
    benign = [row for (label, _), rows in found.items() if label == "benign" for row in rows]
    return {
        "recall": _share(attacks, 0),
        "false_positive_rate": _share(benign, 0),
        "refused_recall": _share(attacks, 1),
        "refused_false_positive_rate": _share(benign, 1),
        "per_source": per_source,
    }


def _share(rows: list[tuple[bool, bool]], index: int) -> float | None:
    return sum(row[index] for row in rows) / len(rows) if rows else None


async def _documents(data: Path) -> dict[str, Any]:
    """Passages flagged as they are, and payloads found in them; a payload counts where a flagged span touches it."""
    passages = {
        "regulations": of_folder(data / "regulations", "regulations"),
        "policies": of_folder(POLICIES, "policies"),
        "obliqa": of_corpus(data / "retrieval" / "obliqa-corpus.jsonl.gz", "obliqa", every=4),
    }
    payloads = read_cases(data / "injection" / "bipia-payloads.jsonl")
    embedder = open_embedder()
    guard = InstructionDetector(packaged_network("instructions"), embedder.embed)
    flagged: dict[str, Any] = {}
    for source, all_of_it in passages.items():
        spans = await _scanned(guard, [(each.heading, each.text) for each in all_of_it], source)
        flagged[source] = {"passages": len(spans), "flagged": sum(map(bool, spans)) / len(spans)}
    into = [*passages["regulations"], *passages["policies"]]
    found = await _pasted(guard, [(case["text"], case["source"]) for case in payloads], into)
    embedder.close()
    everything = [hit for hits in found.values() for hit in hits]
    return {
        "payloads_found": sum(everything) / len(everything),
        "payloads_by_source": {source: sum(hits) / len(hits) for source, hits in found.items()},
        "passages_flagged": flagged,
    }


async def _pasted(
    guard: InstructionDetector, payloads: Sequence[tuple[str, str]], into: Sequence[Passage]
) -> dict[str, list[bool]]:
    """Each payload as a paragraph of its own between two sentences' lines, or at either end, of some passages."""
    draw = random.Random(17)  # noqa: S311 -- chooses passages, no secret
    pasted: list[tuple[str, str, int, int, str]] = []
    for payload, source in payloads:
        for turn in range(PLACES):
            passage = draw.choice(into)
            breaks = [0, *(i + 1 for i, c in enumerate(passage.text) if c == "\n"), len(passage.text)]
            at = draw.choice(breaks) if turn else len(passage.text)
            before = passage.text[:at].rstrip("\n") + "\n" if at else ""
            text = f"{before}{payload}\n{passage.text[at:]}"
            pasted.append((passage.heading, text, len(before), len(before) + len(payload), source))
    spans = await _scanned(guard, [(heading, text) for heading, text, *_ in pasted], "payloads")
    found: dict[str, list[bool]] = defaultdict(list)
    for (_, _, start, end, source), flags in zip(pasted, spans, strict=True):
        found[source].append(any(a < end and b > start for a, b in flags))
    return found


async def _scanned(
    guard: InstructionDetector, passages: Sequence[tuple[str, str]], label: str
) -> list[tuple[Span, ...]]:
    spans: list[tuple[Span, ...]] = []
    for start in range(0, len(passages), BATCH):
        spans += await guard.scan(passages[start : start + BATCH])
        progress(label, len(spans), len(passages))
    return spans
