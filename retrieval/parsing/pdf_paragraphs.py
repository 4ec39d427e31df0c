"""Lines into paragraphs: by the pitch of their baselines first, then by markers, short lines and indents.

Pitch is compared with the smallest one common in the document at that size: paragraphs stand further apart than
their own lines in most documents. Where they don't, a paragraph begins at a marker or bullet, or after a line that
stopped short of the right edge at the end of a sentence.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from retrieval.parsing.markers import is_only_markers, markers_of
from retrieval.parsing.normalise import BULLETS
from retrieval.parsing.pdf_lines import Line

# Share of the common pitch above which a new paragraph begins (the regulations' paragraphs: 1.21).
_PARAGRAPH_PITCH = 1.12
# In ems: lines of one paragraph never stand further apart (double spacing is 2.3 to 2.4).
_LARGEST_PITCH = 2.5
# In ems, where a size has too few lines to show its pitch: a wrapped heading.
_DEFAULT_PITCH = 1.45
# Points by which sizes of one style differ at most.
_SAME_SIZE = 0.6
_ENDS = (".", ";", ":", "!", "?", "—", ".”", '."', ".)", "; and", "; or", ", and", ", or")


@dataclass(frozen=True, slots=True)
class Pitches:
    """The line pitch (points) of each font size, whether the document sets paragraphs apart, and its body's size."""

    by_size: dict[float, float]
    spaced: bool
    body: float

    def of(self, line: Line) -> float:
        return self.by_size.get(round(line.size), _DEFAULT_PITCH * line.size)


def measure_pitches(lines: Sequence[Line]) -> Pitches:
    """The smallest common pitch for each rounded font size."""
    seen: dict[float, Counter[float]] = defaultdict(Counter)
    for line, following in pairwise(lines):
        pitch = following.baseline - line.baseline
        alike = abs(line.size - following.size) <= _SAME_SIZE and line.page == following.page
        if alike and 0.9 * line.size <= pitch <= _LARGEST_PITCH * line.size:
            seen[round(line.size)][round(2 * pitch) / 2] += 1
    by_size: dict[float, float] = {}
    wider = total = 0
    for size, counts in seen.items():
        enough = max(2, 0.15 * max(counts.values()))
        common = [pitch for pitch, count in counts.items() if count >= enough]
        if common:
            by_size[size] = min(*common, _LARGEST_PITCH * size)
            wider += sum(count for pitch, count in counts.items() if pitch > _PARAGRAPH_PITCH * by_size[size])
            total += sum(counts.values())
    sizes: Counter[float] = Counter()
    for line in lines:
        sizes[line.size] += len(line.text)
    body = sizes.most_common(1)[0][0] if sizes else 0.0
    return Pitches(by_size, spaced=total > 0 and wider >= 0.08 * total, body=body)


def paragraphs(lines: Sequence[Line], pitches: Pitches) -> list[list[Line]]:
    """The lines of a stretch without tables, grouped; a paragraph may run over a page's or column's end."""
    grouped: list[list[Line]] = []
    right = 0.0
    for run in _runs(lines):
        right_before, right = right, max(line.x1 for line in run)
        left = min(line.x0 for line in run)
        for index, line in enumerate(run):
            if not grouped:
                grouped.append([line])
            elif index == 0:
                _add(grouped, line, joins=_goes_on(grouped[-1][-1], line, right_before))
            else:
                _add(grouped, line, joins=not _begins(grouped[-1], line, pitches, right, right - left))
    return grouped


def _add(grouped: list[list[Line]], line: Line, *, joins: bool) -> None:
    if joins:
        grouped[-1].append(line)
    else:
        grouped.append([line])


def _runs(lines: Sequence[Line]) -> list[list[Line]]:
    """Lines that go down one page or column without a jump."""
    runs: list[list[Line]] = []
    for line in lines:
        last = runs[-1][-1] if runs else None
        if last is None or last.page != line.page or line.baseline < last.baseline - 0.3 * line.size:
            runs.append([line])
        else:
            runs[-1].append(line)
    return runs


def _begins(paragraph: Sequence[Line], line: Line, pitches: Pitches, right: float, width: float) -> bool:
    """Whether `line` begins a paragraph below the lines of `paragraph` in the same run."""
    last = paragraph[-1]
    if abs(last.size - line.size) > _SAME_SIZE or last.bold != line.bold:
        return True
    if line.baseline - last.baseline > _PARAGRAPH_PITCH * max(pitches.of(line), 0.9 * line.size):
        return True
    if last.bold and last.size > 1.15 * pitches.body and markers_of(line.text):
        return True
    if line.text[0] in BULLETS or is_only_markers(last.text):
        return True
    if not _centred_alike(last, line) and last.size > 1.15 * pitches.body and last.bold:
        return True
    ended = last.text.endswith(_ENDS)
    # A line that stopped where the next word had fitted was ended on purpose.
    short = last.x1 + 0.15 * width + line.words[0].x1 - line.words[0].x0 < right
    if markers_of(line.text):
        return short or (ended and not pitches.spaced)
    indented = len(paragraph) > 1 and abs(line.x0 - last.x0) > 6
    return ended and (short or (indented and not pitches.spaced)) and not line.text[0].islower()


def _centred_alike(line: Line, other: Line) -> bool:
    """Whether two lines of a heading share their left edge or their centre."""
    return abs(line.x0 - other.x0) <= 6 or abs(line.x0 + line.x1 - other.x0 - other.x1) <= 12


def _goes_on(last: Line, line: Line, right: float) -> bool:
    """Whether the first line of a page or column continues the paragraph whose `last` line ended the one before,
    at whose right edge `right` its lines turn."""
    if abs(last.size - line.size) > _SAME_SIZE or last.bold != line.bold or last.italic != line.italic:
        return False
    if is_only_markers(last.text) or line.text[0] in BULLETS:
        return False
    if line.text[0].islower():
        return not markers_of(line.text) and not last.text.endswith((".", "!", "?"))
    first_word = line.words[0]
    had_room = last.x1 + (first_word.x1 - first_word.x0) + 0.3 * line.size < right
    return not had_room and not last.text.endswith(_ENDS)
