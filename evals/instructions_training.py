"""Fits what flags orders in documents: `python -m evals instructions-training --data ../shared/data [--write]`.

Attacks are our own payloads (`cases/injection/payloads_training.txt`) in passages of the sandbox's policies, the
regulations and ObliQA; all else in those passages is not. Five folds by document, so that a document's editions are in
one; our frozen payloads and BIPIA's, which are never trained on, are reported beside.
"""

import argparse
import asyncio
import random
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from evals.cases_file import embed_all, injection_lines, open_embedder, read_cases
from evals.network import Recipe, fit_network
from evals.policy_passages import POLICIES, Passage, of_corpus, of_folder
from guardrails.instructions import FEATURES, Request, features, requests
from guardrails.network import SmallNetwork, to_json
from guardrails.thresholds import INSTRUCTION

TARGET: Final = Path("guardrails/models/instructions.json")
RECIPE: Final = Recipe(hidden=16, l2=3e-3, networks=3)
ATTACK_WEIGHT: Final = 2.0
PLACES: Final = 3  # of each payload
FOLDS: Final = 5
OBLIQA_EVERY: Final = 4
SHOWN: Final = (0.3, 0.4, 0.5, 0.6, 0.7)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--data", type=Path, required=True, help="the folder of the development data")
    parser.add_argument("--write", action="store_true", help="replace the shipped weights")


def run(args: argparse.Namespace) -> dict[str, Any]:
    """Cross-validated share of passages flagged and of payloads found, by source."""
    return asyncio.run(_train(args.data, write=args.write))


@dataclass(frozen=True, slots=True)
class _Sample:
    """A sentence that looks like a request; `place` numbers its passage, or its payload."""

    request: Request
    source: str
    family: str
    place: int


async def _train(data: Path, *, write: bool) -> dict[str, Any]:
    passages = [
        *of_folder(data / "regulations", "regulations"),
        *of_folder(POLICIES, "policies"),
        *of_corpus(data / "retrieval" / "obliqa-corpus.jsonl.gz", "obliqa", OBLIQA_EVERY),
    ]
    samples = [
        _Sample(request, each.source, each.family, place)
        for place, each in enumerate(passages)
        for request in requests(each.heading, each.text)
    ]
    payloads = {
        "own": injection_lines("payloads_training"),
        "frozen": injection_lines("payloads_frozen"),
        "bipia": [case["text"] for case in read_cases(data / "injection" / "bipia-payloads.jsonl")],
    }
    for source, texts in payloads.items():
        samples += planted(source, texts, passages)
    embedder = open_embedder()
    vectors = await embed_all(embedder, [each.request.text for each in samples], label="embedding")
    embedder.close()
    x = np.stack([features(each.request, v) for each, v in zip(samples, vectors, strict=True)]).astype(np.float64)
    sources = np.asarray([each.source for each in samples])
    scores = _cross_validated(x, samples, sources)
    if write:
        known = np.isin(sources, ("regulations", "policies", "obliqa", "own"))
        origin = f"python -m evals instructions-training --data … --write; {int(known.sum())} sentences; {RECIPE}"
        TARGET.write_text(to_json(_fit(x[known], sources[known] == "own", origin)), encoding="utf-8")
    counts = {name: sum(p.source == name for p in passages) for name in ("regulations", "policies", "obliqa")}
    counts |= {name: len(texts) * PLACES for name, texts in payloads.items()}
    return {"threshold": INSTRUCTION.flag, "cross_validated": _report(samples, scores, counts)}


def planted(source: str, texts: list[str], passages: list[Passage]) -> list[_Sample]:
    """Each payload at the end of some passages; the sentence of it that looks most like a request."""
    draw = random.Random(11)  # noqa: S311 -- chooses passages, no secret
    found: list[_Sample] = []
    for number, payload in enumerate(texts):
        for turn in range(PLACES):
            into = draw.choice(passages)
            text = f"{into.text}\n{payload}"
            own = [each for each in requests(into.heading, text) if each.start >= len(into.text)]
            place = number * PLACES + turn
            found += [_Sample(each, source, f"{source} {number}", place) for each in own]
    return found


def _cross_validated(x: NDArray[np.float64], samples: list[_Sample], sources: NDArray[np.str_]) -> NDArray[np.float64]:
    families = sorted({each.family for each in samples})
    order = np.random.default_rng(1).permutation(len(families))
    fold_of = {family: int(order[i]) % FOLDS for i, family in enumerate(families)}
    fold = np.asarray([fold_of[each.family] for each in samples])
    known = np.isin(sources, ("regulations", "policies", "obliqa", "own"))
    scores = np.zeros(len(samples))
    for k in range(FOLDS):
        train, test = known & (fold != k), fold == k
        scores[test] = _fit(x[train], sources[train] == "own", "").scores(x[test].astype(np.float32))
    return scores


def _fit(x: NDArray[np.float64], attack: NDArray[np.bool_], origin: str) -> SmallNetwork:
    plain = len(FEATURES) - 384
    gain = np.concatenate([np.full(plain, 0.5), np.full(384, 0.4)])
    weight = np.where(attack, ATTACK_WEIGHT, 1.0)
    return fit_network(FEATURES, x, attack.astype(np.float64), weight, gain, RECIPE, origin)


def _report(samples: list[_Sample], scores: NDArray[np.float64], counts: dict[str, int]) -> dict[str, Any]:
    """By source: the share of passages (or of pasted payloads) with a sentence at or above each threshold."""
    return {
        source: {
            "passages": total,
            **{
                str(level): len(
                    {s.place for s, p in zip(samples, scores, strict=True) if s.source == source and p >= level}
                )
                / total
                for level in SHOWN
            },
        }
        for source, total in counts.items()
    }
