"""Words into fragments and lines, and the lines that repeat on every page out of the way."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from retrieval.parsing.pdf_words import Word

# In ems. Words further apart than this belong to different cells or columns; justified text stays below.
_COLUMN_GAP = 1.5
# In ems. Baselines of one line differ by less (superscripts by up to 0.4).
_SAME_BASELINE = 0.3
# Headers and footers stand in this share of the page's height, at the top and at the bottom.
_MARGIN = 0.14
_PAGE_NUMBER = re.compile(r"(page\s*)?[-–—]?\s*#(\s*(of|/)\s*#)?\s*[-–—]?", re.IGNORECASE)
_DIGITS = re.compile(r"\d+")


@dataclass(frozen=True)
class Line:
    """Words next to each other on one baseline. Fragments of a line are lines too, until they are joined."""

    page: int
    words: tuple[Word, ...]

    @cached_property
    def text(self) -> str:
        return " ".join(word.text for word in self.words)

    @cached_property
    def x0(self) -> float:
        return self.words[0].x0

    @cached_property
    def x1(self) -> float:
        return max(word.x1 for word in self.words)

    @cached_property
    def y0(self) -> float:
        return min(word.y0 for word in self.words)

    @cached_property
    def y1(self) -> float:
        return max(word.y1 for word in self.words)

    @cached_property
    def baseline(self) -> float:
        return Counter(round(word.baseline, 1) for word in self.words).most_common(1)[0][0]

    @cached_property
    def size(self) -> float:
        return Counter(word.style.size for word in self.words).most_common(1)[0][0]

    @cached_property
    def bold(self) -> bool:
        return all(word.style.bold for word in self.words)

    @cached_property
    def italic(self) -> bool:
        return all(word.style.italic for word in self.words)


@dataclass(frozen=True, slots=True)
class PageLines:
    """The fragments of one page in the order in which the file draws them."""

    number: int
    width: float
    height: float
    fragments: tuple[Line, ...]


def fragments_of(page: int, words: Iterable[Word]) -> tuple[Line, ...]:
    """Group words that follow each other on one baseline without a wide gap."""
    fragments: list[Line] = []
    current: list[Word] = []
    for word in words:
        if current and not _adjacent(current[-1], word):
            fragments.append(Line(page, tuple(current)))
            current = []
        current.append(word)
    if current:
        fragments.append(Line(page, tuple(current)))
    return tuple(fragments)


def _adjacent(before: Word, word: Word) -> bool:
    em = max(before.style.size, word.style.size)
    gap = word.x0 - before.x1
    if not -0.5 * em <= gap <= _COLUMN_GAP * em:
        return False
    smaller = min(before.style.size, word.style.size) < 0.8 * em
    # A footnote mark is smaller and raised; it stands close to its word.
    reach = 0.5 if smaller and gap < 0.3 * em else _SAME_BASELINE
    return abs(word.baseline - before.baseline) <= reach * em


def same_line(left: Line, right: Line) -> bool:
    """Whether `right` goes on where `left` ends: same baseline, to its right."""
    em = max(left.size, right.size)
    return abs(left.baseline - right.baseline) <= _SAME_BASELINE * em and right.x0 >= left.x1 - 0.5 * em


def joined(fragments: Sequence[Line]) -> list[Line]:
    """Fragments into whole lines: neighbours in drawing order that share a baseline."""
    lines: list[Line] = []
    for fragment in fragments:
        if lines and same_line(lines[-1], fragment):
            lines[-1] = Line(fragment.page, lines[-1].words + fragment.words)
        else:
            lines.append(fragment)
    return lines


def without_margins(pages: Sequence[PageLines]) -> list[PageLines]:
    """The pages without headers and footers: what repeats at one height, numbers aside, on many pages."""
    seen: Counter[tuple[str, int]] = Counter()
    for page in pages:
        keys = {_margin_key(page, line) for line in page.fragments}
        # A neighbouring height counts too: pages are set to a fraction of a point differently.
        seen.update({(text, height + shift) for text, height in filter(None, keys) for shift in (-1, 0, 1)})
    least = max(2, round(0.4 * len(pages))) if len(pages) < 12 else max(5, round(0.2 * len(pages)))

    def is_margin(page: PageLines, line: Line) -> bool:
        key = _margin_key(page, line)
        return key is not None and (seen[key] >= least or _PAGE_NUMBER.fullmatch(key[0]) is not None)

    return [
        PageLines(
            page.number,
            page.width,
            page.height,
            tuple(line for line in page.fragments if not is_margin(page, line)),
        )
        for page in pages
    ]


def _margin_key(page: PageLines, line: Line) -> tuple[str, int] | None:
    if _MARGIN * page.height < line.baseline < (1 - _MARGIN) * page.height:
        return None
    return _DIGITS.sub("#", line.text), round(line.baseline / 2)
