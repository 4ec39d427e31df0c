import hashlib
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from retrieval.chunking import chunk
from retrieval.limits import CHUNK_SIZES
from retrieval.models import Block, BlockKind, Box, ChunkDraft, ParsedDocument
from retrieval.parsing import parse
from retrieval.sentences import sentences
from tests.retrieval.pdf_samples import fee_policy


def chunks(markdown: str) -> list[ChunkDraft]:
    return chunk(parse(markdown.encode(), "policy.md"))


def sentence(words: int, name: str = "word") -> str:
    return " ".join([name.capitalize(), *[name] * (words - 1)]) + "."


def test_small_siblings_share_a_chunk_under_their_common_path() -> None:
    (only,) = chunks(
        "# Policy\n\n## 1. Records\n\n(a) A bank keeps:\n\n(1) the form; and\n\n(2) the reply.\n\n(b) For a year."
    )
    text = "(a) A bank keeps:\n(1) the form; and\n(2) the reply.\n(b) For a year."
    assert only == ChunkDraft(0, text, ("1. Records",), None, None, (), hashlib.sha256(text.encode()).hexdigest())


def test_a_chunk_never_crosses_a_heading() -> None:
    drafts = chunks("# P\n\n## 1. One\n\nFirst.\n\n### 1.1 Deeper\n\nSecond.\n\n## 2. Two\n\nThird.")
    assert [(draft.ordinal, draft.section, draft.text) for draft in drafts] == [
        (0, ("1. One",), "First."),
        (1, ("1. One", "1.1 Deeper"), "Second."),
        (2, ("2. Two",), "Third."),
    ]


def test_large_items_stand_alone_and_a_lead_in_stays_with_its_first_item() -> None:
    items = [f"({number}) {sentence(120, f'item{number}')}" for number in (1, 2, 3)]
    drafts = chunks("## Rules\n\n(a) A creditor shall retain for 25 months:\n\n" + "\n\n".join(items))
    assert [(draft.section, draft.text[:40]) for draft in drafts] == [
        (("(a)", "(1)"), "(a) A creditor shall retain for 25 month"),
        (("(a)", "(2)"), "(2) Item2 item2 item2 item2 item2 item2 "),
        (("(a)", "(3)"), "(3) Item3 item3 item3 item3 item3 item3 "),
    ]
    assert items[0] in drafts[0].text


def test_a_long_paragraph_is_cut_between_sentences_only() -> None:
    said = [sentence(25, f"word{number}") for number in range(12)]
    drafts = chunks("## Long\n\n" + " ".join(said))
    assert len(drafts) == 3
    assert " ".join(draft.text for draft in drafts) == " ".join(said)
    assert max(len(draft.text) for draft in drafts) <= CHUNK_SIZES.ceiling
    for before, after in pairwise(drafts):
        assert before.text.endswith(".")
        assert after.text.startswith("Word")


def test_one_sentence_is_never_cut_unless_it_is_no_sentence() -> None:
    (whole,) = chunks(sentence(400))
    assert len(whole.text) > CHUNK_SIZES.ceiling
    pieces = chunks("data " * 2000)
    assert len(pieces) > 1
    assert " ".join(piece.text for piece in pieces) == ("data " * 2000).strip()


def test_a_long_table_is_cut_between_rows_and_repeats_its_header() -> None:
    rows = [f"| Service number {number} with its description | {number}.00 EUR |" for number in range(80)]
    drafts = chunks("## Fees\n\n| Service | Fee |\n|---|---|\n" + "\n".join(rows))
    lines = [draft.text.split("\n") for draft in drafts]
    assert len(drafts) > 2
    assert {header for header, *_ in lines} == {"Service | Fee"}
    assert [row for _, *rest in lines for row in rest] == [row.strip("| ") for row in rows]
    assert all(len(draft.text) <= CHUNK_SIZES.ceiling for draft in drafts)


def test_boxes_keep_to_their_characters_through_cutting_and_joining() -> None:
    document = parse(fee_policy(), "fee-policy.pdf")
    words = {
        (box.page, box.x0, box.y0): block.text[box.start : box.end] for block in document.blocks for box in block.boxes
    }
    drafts = chunk(document)
    for draft in drafts:
        assert draft.boxes
        for box in draft.boxes:
            assert draft.text[box.start : box.end] == words[box.page, box.x0, box.y0]
    tables = [draft for draft in drafts if draft.text.startswith("Service | Fee | Note")]
    assert (tables[0].page, tables[0].page_end) == (1, 1)
    assert tables[-1].page_end == 3


@st.composite
def documents(draw: st.DrawFn) -> ParsedDocument:
    blocks: list[Block] = []
    for _ in range(draw(st.integers(0, 25))):
        kind = draw(st.sampled_from(BlockKind))
        depth = draw(st.integers(0, 3))
        section = ("§ 1", "(a)", "(1)")[:depth]
        count = draw(st.integers(1, 400 if kind is not BlockKind.HEADING else 5))
        text = "\n".join(["Row | cell"] * count) if kind is BlockKind.TABLE else "A fee is due. " * count
        text = text.strip()
        boxes = (Box(1, 0, 0, 10, 10, 0, len(text)),)
        blocks.append(Block(kind, text, section, 1, boxes))
    return ParsedDocument("text/plain", None, (), tuple(blocks))


@settings(max_examples=40, deadline=None)
@given(documents())
def test_every_text_is_in_the_chunks_once_in_order(document: ParsedDocument) -> None:
    drafts = chunk(document)
    assert [draft.ordinal for draft in drafts] == list(range(len(drafts)))
    expected = [block.text for block in document.blocks if block.kind not in {BlockKind.HEADING, BlockKind.TABLE}]
    found = [line for draft in drafts for line in draft.text.split("\n") if " | " not in line]
    assert "".join("".join(expected).split()) == "".join("".join(found).split())
    for draft in drafts:
        assert draft.text == draft.text.strip() != ""
        assert draft.sha256 == hashlib.sha256(draft.text.encode()).hexdigest()
        assert all(0 <= box.start < box.end <= len(draft.text) for box in draft.boxes)
        assert sentences(draft.text)


def test_headings_alone_make_no_chunk() -> None:
    assert chunks("# Policy\n\n## 1. Empty\n\n## 2. Empty too") == []


@pytest.mark.parametrize("text", ["One.", sentence(20)])
def test_a_document_of_one_paragraph_is_one_chunk(text: str) -> None:
    assert [draft.text for draft in chunks(text)] == [text]


def test_thousands_of_one_letter_lines_lose_nothing_and_keep_to_their_size() -> None:
    blocks = tuple(Block(BlockKind.LIST_ITEM, "ab"[n % 2], ("1 Codes", "(a)")[: 1 + n % 2]) for n in range(4_000))
    drafts = chunk(ParsedDocument("text/plain", None, (), blocks, ()))
    assert "\n".join(draft.text for draft in drafts).split("\n") == [block.text for block in blocks]
    assert max(len(draft.text) for draft in drafts) <= CHUNK_SIZES.ceiling
