"""Lines into running text with the boxes that cover it."""

import re
from collections.abc import Sequence

from retrieval.models import Box
from retrieval.parsing.pdf_lines import Line
from retrieval.parsing.pdf_words import Word
from retrieval.sentences import sentences

# "§ 1005.31(b)" broken before "(1)": one citation.
_ENDS_IN_MARKER = re.compile(r"[\w.]*(\([a-zA-Z0-9]{1,4}\))+$")
_BEGINS_WITH_MARKER = re.compile(r"\([a-zA-Z0-9]{1,4}\)")
# "30- to 60-day": this hyphen keeps its space.
_SUSPENDED = frozenset({"to", "and", "or"})


class TextJoiner:
    """Joins words to text; knows the document's words, to tell a broken word from a compound at a line's end."""

    def __init__(self, lines: Sequence[Line]) -> None:
        self._known = {word.text.strip(".,;:()“”\"'").lower() for line in lines for word in line.words}

    def join(self, lines: Sequence[Line]) -> tuple[str, tuple[Box, ...]]:
        """The text of a paragraph and its boxes: one per line, parted where a sentence begins within the line."""
        text, places = "", list[tuple[int, Word, Line]]()
        previous: Word | None = None
        for line in lines:
            for index, word in enumerate(line.words):
                if previous is not None:
                    text = self._glued(text, previous, word, breaks=index == 0)
                places.append((len(text), word, line))
                text += word.text
                previous = word
        if previous is not None and previous.hyphenated:
            text += "-"
        return text, _boxes(text, places)

    def _glued(self, text: str, previous: Word, word: Word, *, breaks: bool) -> str:
        """`text`, ready for `word` to be added: with a space, a hyphen or nothing."""
        if previous.hyphenated:
            if word.text in _SUSPENDED:
                return text + "- "
            return text if not breaks or self._is_broken_word(previous, word) else text + "-"
        if breaks:
            if previous.text.endswith("-") and len(previous.text) > 1:
                return text if word.text not in _SUSPENDED else text + " "
            if len(previous.text) > 1 and previous.text.endswith(("—", "/")):
                return text
            if _ENDS_IN_MARKER.search(previous.text) and _BEGINS_WITH_MARKER.match(word.text):
                return text
        return text + " "

    def _is_broken_word(self, previous: Word, word: Word) -> bool:
        head, tail = previous.text.strip("(“\"'").lower(), word.text.rstrip(".,;:()”\"'").lower()
        return head + tail in self._known and f"{head}-{tail}" not in self._known


def _boxes(text: str, places: Sequence[tuple[int, Word, Line]]) -> tuple[Box, ...]:
    starts = {start for start, _ in sentences(text)}
    boxes: list[Box] = []
    group: list[tuple[int, Word, Line]] = []
    for index, place in enumerate(places):
        group.append(place)
        following = places[index + 1] if index + 1 < len(places) else None
        if following is None or following[2] is not place[2] or following[0] in starts:
            boxes.append(_box(group, len(text) if following is None else following[0], text))
            group = []
    return tuple(boxes)


def _box(group: Sequence[tuple[int, Word, Line]], end: int, text: str) -> Box:
    start, _, line = group[0]
    words = [word for _, word, _ in group]
    return Box(
        page=line.page,
        x0=round(min(word.x0 for word in words), 2),
        y0=round(min(word.y0 for word in words), 2),
        x1=round(max(word.x1 for word in words), 2),
        y1=round(max(word.y1 for word in words), 2),
        start=start,
        end=len(text[:end].rstrip()),
    )
