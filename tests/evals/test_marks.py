import random
from dataclasses import replace

from evals.marks import differences, some_sentences
from retrieval.chunking import chunk
from retrieval.parsing import parse
from tests.retrieval.pdf_samples import fee_policy

CONTENT = fee_policy()
CHUNKS = chunk(parse(CONTENT, "fees.pdf"))


def test_every_sentence_of_a_policy_is_marked_exactly() -> None:
    chosen = some_sentences(CHUNKS, 1_000, random.Random(1))
    assert len(chosen) > 40
    assert list(differences(CONTENT, chosen)) == []


def test_a_mark_that_is_off_is_found() -> None:
    moved = [
        replace(draft, boxes=tuple(replace(box, x0=box.x0 + 12, x1=box.x1 + 12) for box in draft.boxes))
        for draft in CHUNKS
    ]
    lower = [
        replace(draft, boxes=tuple(replace(box, y0=box.y0 + 9, y1=box.y1 + 9) for box in draft.boxes))
        for draft in CHUNKS
    ]
    for wrong in (moved, lower):
        chosen = some_sentences(wrong, 1_000, random.Random(1))
        assert len(list(differences(CONTENT, chosen))) > 0.9 * len(chosen)
