"""Words into fragments and lines, and the lines that repeat on every page out of the way."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass, replace
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


@dataclass(frozen=True, eq=False)
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
    """The pages without headers and footers: what repeats at one height on many pages, page numbers aside."""
    seen: dict[_MarginKey, list[tuple[int, list[int]]]] = defaultdict(list)
    for page in pages:
        for line in page.fragments:
            key = _margin_key(page, line)
            if key is not None:
                # A neighbouring height counts too: pages are set to a fraction of a point differently.
                for shift in (-1, 0, 1):
                    seen[key[0], key[1] + shift].append((page.number, _numbers(line)))
    least = max(2, round(0.4 * len(pages))) if len(pages) < 12 else max(5, round(0.2 * len(pages)))
    repeating = {key for key, places in seen.items() if _repeats(places, least)}

    return [
        replace(page, fragments=tuple(line for line in page.fragments if line not in margin))
        for page in pages
        for margin in [_margin_lines(page, repeating)]
    ]


_MarginKey = tuple[str, int]


def _margin_key(page: PageLines, line: Line) -> _MarginKey | None:
    """The line's text without its numbers, and its height in steps of two points; None outside the margins."""
    if _MARGIN * page.height < line.baseline < (1 - _MARGIN) * page.height:
        return None
    return _DIGITS.sub("#", line.text), round(line.baseline / 2)


def _margin_lines(page: PageLines, repeating: Set[_MarginKey]) -> list[Line]:
    """The header's and footer's lines: from the page's edge inwards as long as all that stands at a height repeats,
    so that a table's row which stands at one height on two pages is safe."""
    heights: dict[int, list[tuple[Line, bool]]] = defaultdict(list)
    for line in page.fragments:
        key = _margin_key(page, line)
        if key is not None:
            repeats = key in repeating or _PAGE_NUMBER.fullmatch(key[0]) is not None
            heights[key[1]].append((line, repeats))
    found: list[Line] = []
    top = [height for height in sorted(heights) if 2 * height < page.height / 2]
    bottom = [height for height in sorted(heights, reverse=True) if 2 * height >= page.height / 2]
    for inwards in (top, bottom):
        for height in inwards:
            if not all(repeats for _, repeats in heights[height]):
                break
            found.extend(line for line, _ in heights[height])
    return found


def _numbers(line: Line) -> list[int]:
    return [int(digits[:9]) for digits in _DIGITS.findall(line.text)]


def _repeats(places: Sequence[tuple[int, list[int]]], least: int) -> bool:
    """Whether a text stands on enough pages, its numbers constant or counting with the pages: rows of a table may
    stand at one height on two pages and differ in their figures only."""
    if len({number for number, _ in places}) < least:
        return False
    first_page, first = places[0]
    return all(
        all(is_number in (was, was + page - first_page) for is_number, was in zip(numbers, first, strict=True))
        for page, numbers in places
    )
