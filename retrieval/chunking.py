"""Chunks: passages that can stand alone as a citation.

A chunk never crosses a heading, never cuts a sentence, and is the document's own text, so that a quote can be checked
against it and marked on its page. Among all ways to group the paragraphs below one heading, the cheapest is taken
(dynamic programming over `_cost`): passages near the target length, cut before the outermost markers, with lead-ins
("… shall retain:") beside their first items.
"""

import hashlib
import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate, pairwise

from retrieval.limits import CHUNK_SIZES
from retrieval.models import Block, BlockKind, Box, ChunkDraft, ParsedDocument
from retrieval.sentences import sentences

# Weights of `_cost`, in units of a passage that holds nothing. Set by reading the regulations' chunks.
_CUT_AFTER_LEAD_IN = 0.8
_CUT_PER_DEPTH = 0.15
_STARTS_INSIDE = 0.5
_SIBLINGS_JOINED = 0.25
_BEYOND_TARGET = 0.5
# A lead-in up to this share of its chunk is a title.
_TITLE_SHARE = 0.2


@dataclass(frozen=True, slots=True)
class _Part:
    """A block, or as much of a long one as fits; the least that a chunk is made of."""

    text: str
    section: tuple[str, ...]
    page: int | None
    boxes: tuple[Box, ...]
    leads_in: bool = False
    # A further part of a table, which repeats the header row: never joined to the part before.
    apart: bool = False


def chunk(document: ParsedDocument) -> list[ChunkDraft]:
    """The document's chunks in reading order, numbered from 0. Headings are in their section paths only."""
    return list(chunks(document.blocks))


def chunks(blocks: Iterable[Block]) -> Iterator[ChunkDraft]:
    """As `chunk`, of a document's blocks: no more of them are held than stand below one heading."""
    ordinal = 0
    for depth, below in _below_headings(blocks):
        parts = [part for block in below for part in _parts(block)]
        for group in _grouped(parts, depth):
            yield _draft(ordinal, group)
            ordinal += 1


def _below_headings(blocks: Iterable[Block]) -> Iterator[tuple[int, list[Block]]]:
    """The blocks between one heading and the next, as far as they are looked at together, with the depth of the
    heading's path."""
    depth, group = 0, list[Block]()
    for block in blocks:
        if group and (block.kind is BlockKind.HEADING or len(group) == CHUNK_SIZES.blocks_together):
            yield depth, group
            group = []
        if block.kind is BlockKind.HEADING:
            depth = len(block.section)
        else:
            group.append(block)
    if group:
        yield depth, group


def _parts(block: Block) -> list[_Part]:
    if block.kind is BlockKind.TABLE:
        return _table_parts(block)
    whole = _Part(block.text, block.section, block.page, block.boxes, leads_in=block.text.endswith((":", "—")))
    if len(block.text) <= CHUNK_SIZES.ceiling:
        return [whole]
    return [_cut(whole, start, end) for start, end in _stretches(block.text)]


def _stretches(text: str) -> list[tuple[int, int]]:
    """Spans of whole sentences of about equal length, none beyond the target unless one sentence is."""
    aim = len(text) / -(-len(text) // CHUNK_SIZES.target)
    spans: list[tuple[int, int]] = []
    for start, end in _bounded_sentences(text):
        if spans and end - spans[-1][0] <= CHUNK_SIZES.ceiling and spans[-1][1] - spans[-1][0] < 0.85 * aim:
            spans[-1] = (spans[-1][0], end)
        else:
            spans.append((start, end))
    return spans


def _bounded_sentences(text: str) -> Iterator[tuple[int, int]]:
    for start, end in sentences(text):
        position = start
        while end - position > CHUNK_SIZES.longest_sentence:
            cut = text.rfind(" ", position + 1, position + CHUNK_SIZES.target)
            cut = cut if cut > position else position + CHUNK_SIZES.target
            yield position, cut
            position = cut + (text[cut] == " ")
        yield position, end


def _table_parts(block: Block) -> list[_Part]:
    """The table whole, or stretches of rows, each below the header row."""
    whole = _Part(block.text, block.section, block.page, block.boxes)
    if len(block.text) <= CHUNK_SIZES.ceiling:
        return [whole]
    ends = [match + 1 for match, character in enumerate(block.text) if character == "\n"]
    rows = list(pairwise([0, *ends, len(block.text) + 1]))
    header = _cut(whole, 0, rows[0][1] - 1)
    stretches: list[tuple[int, int]] = []
    for start, end in rows[1:]:
        if stretches and len(header.text) + end - stretches[-1][0] <= CHUNK_SIZES.target:
            stretches[-1] = (stretches[-1][0], end)
        else:
            stretches.append((start, end))
    if not stretches:
        return [whole]
    return [
        replace(_below(header, _cut(whole, start, end - 1)), apart=index > 0)
        for index, (start, end) in enumerate(stretches)
    ]


def _below(header: _Part, rows: _Part) -> _Part:
    shift = len(header.text) + 1
    moved = (replace(box, start=box.start + shift, end=box.end + shift) for box in rows.boxes)
    return replace(rows, text=f"{header.text}\n{rows.text}", boxes=(*header.boxes, *moved))


def _cut(part: _Part, start: int, end: int) -> _Part:
    """`part` reduced to the characters from `start` to `end`, its boxes with it."""
    boxes = tuple(
        replace(box, start=max(box.start, start) - start, end=min(box.end, end) - start)
        for box in part.boxes
        if box.start < end and box.end > start
    )
    page = boxes[0].page if boxes else part.page
    return _Part(part.text[start:end], part.section, page, boxes, part.leads_in and end == len(part.text))


def _grouped(parts: Sequence[_Part], heading_depth: int) -> list[Sequence[_Part]]:
    """The cheapest way to part `parts`, all below one heading, into chunks."""
    depths = [len(part.section) - heading_depth for part in parts]
    ends = list(accumulate((len(part.text) + 1 for part in parts), initial=0))
    best: list[tuple[float, int]] = [(0.0, 0)]
    for end in range(1, len(parts) + 1):
        options: list[tuple[float, int]] = []
        # The least depth behind `start` and how many parts have it, kept while going back: a list of thousands of
        # short lines would else take time that grows with the square of those in a chunk.
        behind, siblings = math.inf, 0
        for start in range(end - 1, -1, -1):
            size = ends[end] - ends[start] - 1
            if options and (size > CHUNK_SIZES.ceiling or parts[start + 1].apart):
                break
            depth = depths[start]
            inside, joined = depth > behind, siblings if depth >= behind else 0
            options.append((best[start][0] + _cost(parts, depths, end, size, inside=inside, siblings=joined), start))
            siblings = 1 if depth < behind else siblings + (depth == behind)
            behind = min(behind, depth)
        best.append(min(options))
    groups: list[Sequence[_Part]] = []
    end = len(parts)
    while end:
        start = best[end][1]
        groups.append(parts[start:end])
        end = start
    return groups[::-1]


def _cost(parts: Sequence[_Part], depths: Sequence[int], end: int, size: int, *, inside: bool, siblings: int) -> float:
    """What a chunk that ends before `parts[end]` costs: its length, its insides, and the cut behind it. `inside`: its
    first part is deeper than another; `siblings`: how many behind the first part are outermost."""
    target, ceiling = CHUNK_SIZES.target, CHUNK_SIZES.ceiling
    if size <= target:
        cost = (1 - size / target) ** 2
    else:
        cost = _BEYOND_TARGET * (min(size, ceiling) - target) ** 2 / (ceiling - target) ** 2
    if inside:
        cost += _STARTS_INSIDE
    if size > CHUNK_SIZES.small and siblings:
        cost += _SIBLINGS_JOINED
    if end < len(parts) and not parts[end].apart:
        leads_in = parts[end - 1].leads_in or depths[end] > depths[end - 1]
        cost += _CUT_AFTER_LEAD_IN if leads_in else _CUT_PER_DEPTH * max(0, depths[end] - 1)
    return cost


def _draft(ordinal: int, parts: Sequence[_Part]) -> ChunkDraft:
    text, boxes = "", list[Box]()
    for part in parts:
        text += "\n" if text else ""
        boxes.extend(replace(box, start=box.start + len(text), end=box.end + len(text)) for box in part.boxes)
        text += part.text
    pages = [part.page for part in parts if part.page is not None]
    return ChunkDraft(
        ordinal=ordinal,
        text=text,
        section=_section(parts),
        page=pages[0] if pages else None,
        page_end=max(box.page for box in boxes) if boxes else None,
        boxes=tuple(boxes),
        sha256=hashlib.sha256(text.encode()).hexdigest(),
    )


def _section(parts: Sequence[_Part]) -> tuple[str, ...]:
    """The path that the parts share. A title before its only item ("(c) Time limits." before "(1) …") is left out of
    account: such a chunk is cited as (c)(1)."""
    total = sum(len(part.text) for part in parts)
    skipped = first = 0
    while first + 1 < len(parts) and len(parts[first + 1].section) > len(parts[first].section):
        skipped += len(parts[first].text)
        if skipped > _TITLE_SHARE * total:
            break
        first += 1
    return _common([part.section for part in parts[first:]])


def _common(sections: Sequence[tuple[str, ...]]) -> tuple[str, ...]:
    """The path that all sections begin with."""
    shortest, longest = min(sections), max(sections)
    length = 0
    while length < min(len(shortest), len(longest)) and shortest[length] == longest[length]:
        length += 1
    return shortest[:length]
