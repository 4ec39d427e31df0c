"""Which paragraphs of a PDF are headings, and how deep: from its outline, else from size and weight."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from retrieval.parsing.pdf_lines import Line

_LONGEST_HEADING = 250
_LONGEST_TITLE = 160
_NUMBERED = re.compile(r"(\d{1,2}(?:\.\d{1,2}){0,4})\.?\s+\S")
_NO_HEADING_END = (";", ",", ":")
_SPACES = re.compile(r"\s+")
# Levels below every level of the outline, for headings that it leaves out.
_BELOW_OUTLINE = 100

Look = tuple[float, bool]


@dataclass(frozen=True, slots=True)
class Outline:
    """The document's bookmarks: levels by page and title, spaces left out (titles lose them where they wrap)."""

    levels: Mapping[tuple[int, str], int]

    def level(self, page: int, text: str) -> int | None:
        key = squeezed(text)
        for candidate in (page, page - 1, page + 1):
            if (candidate, key) in self.levels:
                return self.levels[candidate, key]
        return None


def squeezed(text: str) -> str:
    return _SPACES.sub("", text).casefold()


def read_outline(document: Any, most: int) -> Outline:
    """The bookmarks of an open `pypdfium2.PdfDocument` (lock held), at most `most` of them."""
    levels: dict[tuple[int, str], int] = {}
    for bookmark in document.get_toc(max_depth=12):
        target = bookmark.get_dest()
        index = target.get_index() if target is not None else None
        if index is not None:
            levels.setdefault((index + 1, squeezed(str(bookmark.get_title()))), int(bookmark.level))
        if len(levels) >= most:
            break
    return Outline(levels)


class HeadingFinder:
    """Tells headings from text; made once over all paragraphs of a document."""

    def __init__(self, paragraphs: Sequence[Sequence[Line]], outline: Outline) -> None:
        self._outline = outline
        sizes: Counter[float] = Counter()
        for paragraph in paragraphs:
            for line in paragraph:
                sizes[line.size] += len(line.text)
        self._body = sizes.most_common(1)[0][0] if sizes else 0.0
        self._levels = self._levels_by_look(paragraphs)

    def level(self, paragraph: Sequence[Line]) -> int | None:
        """The heading's level (smaller is further out), or None for text."""
        text = joined_text(paragraph)
        listed = self._outline.level(paragraph[0].page, text)
        if listed is not None:
            return 10 * listed
        if not self._looks_like_heading(paragraph, text):
            return None
        return self._levels[_look(paragraph)] + _depth(text)

    def is_run_in_title(self, paragraph: Sequence[Line]) -> bool:
        """Whether a paragraph in the body's size is all italic: a title without a level."""
        text = joined_text(paragraph)
        return all(line.italic for line in paragraph) and is_title_like(text)

    def _looks_like_heading(self, paragraph: Sequence[Line], text: str) -> bool:
        if len(text) > _LONGEST_HEADING or text.endswith(_NO_HEADING_END) or not any(map(str.isalpha, text)):
            return False
        larger = paragraph[0].size >= self._body + 0.8
        bold = all(line.bold for line in paragraph)
        ends_sentence = text.endswith(".") and not _NUMBERED.match(text) and not text.startswith("§")
        if larger:
            return not ends_sentence or bold
        return bold and len(text) <= _LONGEST_TITLE and not ends_sentence and paragraph[0].size >= self._body - 0.6

    def _levels_by_look(self, paragraphs: Sequence[Sequence[Line]]) -> dict[Look, int]:
        """Levels for looks: as the outline has them; the others ranked by size and weight, below or by themselves."""
        levels: dict[Look, int] = {}
        unlisted: set[Look] = set()
        for paragraph in paragraphs:
            text = joined_text(paragraph)
            listed = self._outline.level(paragraph[0].page, text)
            if listed is not None:
                levels.setdefault(_look(paragraph), 10 * listed)
            elif self._looks_like_heading(paragraph, text):
                unlisted.add(_look(paragraph))
        base = _BELOW_OUTLINE if levels else 0
        ranked = sorted(unlisted - levels.keys(), reverse=True)
        return {**{look: base + 10 * rank for rank, look in enumerate(ranked)}, **levels}


def joined_text(paragraph: Sequence[Line]) -> str:
    return " ".join(line.text for line in paragraph)


def is_title_like(text: str) -> bool:
    """Whether an emphasised paragraph reads as a title: short, and no clause of a sentence."""
    return len(text) <= _LONGEST_TITLE and not text.endswith(_NO_HEADING_END) and any(map(str.isalpha, text))


def _look(paragraph: Sequence[Line]) -> Look:
    return round(paragraph[0].size), all(line.bold for line in paragraph)


def _depth(text: str) -> int:
    """How far "2.1" stands below "2" when both look alike."""
    numbered = _NUMBERED.match(text)
    return numbered.group(1).count(".") if numbered else 0
