"""`python -m evals marks`: whether a marked sentence's boxes hold that sentence on the page, and nothing else."""

import argparse
import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from evals.errors import CannotMeasure
from retrieval.chunking import chunk
from retrieval.models import Box, ChunkDraft
from retrieval.page_images import boxes_within
from retrieval.parsing import parse
from retrieval.parsing.normalise import visible
from retrieval.parsing.pdf_words import frame_of
from retrieval.parsing.pdfium import opened, opened_page
from retrieval.sentences import sentences

SEED: Final = 20_261_120
# PDFium counts a letter that reaches into the rectangle: lines above and below do, by their accents and tails.
_INSET: Final = 0.25
# Spaces, and what parsing joins or writes between cells; underscores of a form stand below the line.
_NOT_COMPARED = re.compile(r"[\s|_\x02\ufffe\u00ad-]+")
_SHOWN: Final = 5


@dataclass(frozen=True, slots=True)
class Difference:
    """A sentence and what stands under its marks instead."""

    page: int | None
    sentence: str
    marked: str


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The task's options."""
    parser.add_argument("--data", type=Path, required=True, help="a folder of PDFs")
    parser.add_argument("--sentences", type=int, default=400, help="of each file, at random")
    parser.add_argument("--seed", type=int, default=SEED)


def run(args: argparse.Namespace) -> dict[str, Any]:
    """Compare random sentences of each PDF with the text under their marks."""
    files = sorted(args.data.glob("*.pdf"))
    if not files:
        raise CannotMeasure(f"There is no PDF in {args.data}.")
    found: dict[str, Any] = {}
    for path in files:
        content = path.read_bytes()
        chance = random.Random(args.seed)  # noqa: S311 -- a sample, not a secret
        chosen = some_sentences(chunk(parse(content, path.name)), args.sentences, chance)
        wrong = list(differences(content, chosen))
        found[path.name] = {
            "sentences": len(chosen),
            "wrong": len(wrong),
            "examples": [[item.page, item.sentence, item.marked] for item in wrong[:_SHOWN]],
        }
    wrong_in_all = sum(item["wrong"] for item in found.values())
    return {
        "sentences": sum(item["sentences"] for item in found.values()),
        "wrong": wrong_in_all,
        "gate_passed": wrong_in_all == 0,
        "files": found,
    }


Sentence = tuple[ChunkDraft, int, int]


def some_sentences(chunks: Sequence[ChunkDraft], count: int, chance: random.Random) -> list[Sentence]:
    """Up to `count` sentences: a passage, and where in it the sentence stands."""
    every = [(draft, start, end) for draft in chunks for start, end in sentences(draft.text)]
    return chance.sample(every, min(count, len(every)))


def differences(content: bytes, chosen: Sequence[Sentence]) -> Iterator[Difference]:
    """The sentences under whose marks something else stands."""
    with opened(content) as document:
        for draft, start, end in chosen:
            boxes = boxes_within(draft.boxes, start, end)
            marked = "".join(_text_within(document, box) for box in boxes)
            if _compared(marked) != _compared(draft.text[start:end]):
                yield Difference(draft.page, draft.text[start:end], marked)


def _text_within(document: Any, box: Box) -> str:
    with opened_page(document, box.page) as page:
        frame = frame_of(page)
        if frame.turns:
            raise CannotMeasure("Pages that are turned can't be compared.")
        inset = _INSET * (box.y1 - box.y0)
        text = page.get_textpage()
        try:
            return str(
                text.get_text_bounded(
                    left=frame.left + box.x0,
                    bottom=frame.top - box.y1 + inset,
                    right=frame.left + box.x1,
                    top=frame.top - box.y0 - inset,
                )
            )
        finally:
            text.close()


def _compared(text: str) -> str:
    return _NOT_COMPARED.sub("", visible(_NOT_COMPARED.sub(" ", text)))
