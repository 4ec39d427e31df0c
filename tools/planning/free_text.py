"""Finds the person's own words in an order: what comes after a colon, in quotation marks, after "that" or a dash.

The text is cut out as it was written, letter by letter.
"""

import re
from dataclasses import dataclass
from typing import Final

from tools.planning.folded import Folded
from tools.planning.hints import ToolWords
from tools.planning.values import spans
from tools.planning.wording import meaningful

_LINES: Final = 8
"""With nothing but identifiers, after the first; what comes behind them is text."""
_COLON: Final = re.compile(r":(?=\s|[\"'(\[])")
_DASH: Final = re.compile(r"\s-\s|\s?[–—]\s?")
_QUOTED: Final = re.compile(r"(?<![\w\"])\"(?P<inside>[^\"]+)\"(?!\w)")
_WHOLLY_QUOTED: Final = re.compile(r"\s*\"(?P<inside>[^\"]+)\"\.?\s*")
_NOT_A_CLAUSE: Final = re.compile(
    r"\s+(?:(?:the|this|that|my|our|his|her|their|your|a|an)\s+)?"
    r"(?:list|tasks|to-dos?|calendar|file|record|case|customer|client|card|account|one)\b"
)
_AFTER_COMMA: Final = re.compile(
    r"\s?,\s(?!(?:please|thanks|thank you|and|or|of|for|customer|client|case|card)\b)(?=\w+\W+\w)"
)
_LAST_LINE: Final = r"\s?\n[^\n\d]{0,40}?"
_LINKED: Final = r"(?:\s|\s?[,;-]\s)(?:to|on|in|for|at|of|about|under)\s(?:the\s)?(?:[a-z]+\s){0,2}?"


@dataclass(frozen=True, slots=True)
class Cut:
    """An order and the place of its free text; `start` equals `end` where it has none."""

    whole: Folded
    start: int
    end: int
    blank: tuple[int, int]
    """The text with its quotation marks: what the rules don't read."""
    quoted: bool = False

    @property
    def text(self) -> str | None:
        return self.whole.text[self.start : self.end].strip() or None

    @property
    def head(self) -> Folded:
        return self.whole.without(self.blank)


def cut_text(tool: ToolWords, words: Folded, after: int) -> Cut:
    """Cut the free text out of an order whose verb ends at offset `after`."""
    end = len(words.text)
    nothing = Cut(words, end, end, (end, end))
    if tool.text is None:
        return nothing
    line = words.low.find("\n", after) + 1 or end
    quotation = _QUOTED.search(words.low, after)
    marker = _marker(tool, words, after, line)
    if quotation is not None and (marker is None or quotation.start() < marker):
        return Cut(words, *quotation.span("inside"), quotation.span(), quoted=True)
    if marker is None:
        marker = _later_line(tool, words, line)
    return nothing if marker is None else _without_tail(tool, _rest(words, marker))


def _rest(words: Folded, start: int) -> Cut:
    """All that comes from `start` on; where it is one quotation, what stands in it."""
    end = len(words.text)
    whole = _WHOLLY_QUOTED.fullmatch(words.low, start)
    return (
        Cut(words, start, end, (start, end)) if whole is None else Cut(words, *whole.span("inside"), (start, end), True)
    )


def _marker(tool: ToolWords, words: Folded, after: int, line: int) -> int | None:
    """Where the text begins that the earliest marker of the line announces: a colon or a word, else a dash, else a
    comma after an identifier."""
    ends = [match.end() for match in _COLON.finditer(words.low, after, line)][:1]
    clauses = (match.end() for match in tool.after.finditer(words.low, after, line))
    ends += [end for end in clauses if _begins_a_clause(tool, words, end)][:1]
    if not ends:
        ends = [match.end() for match in _DASH.finditer(words.low, after, line)][:1]
    return min(ends) if ends else _after_comma(tool, words, after, line)


def _begins_a_clause(tool: ToolWords, words: Folded, end: int) -> bool:
    """Not "to case C-1042", "to my list" or "about customer 31-7750"."""
    rest = words.low[end:]
    if _NOT_A_CLAUSE.match(rest) or not rest.strip():
        return False
    first = end + len(rest) - len(rest.lstrip())
    return not any(start == first for named in tool.named for start, _ in spans(named, words))


def _after_comma(tool: ToolWords, words: Folded, after: int, line: int) -> int | None:
    """ "Add a note to case C-1042, address proof is missing"."""
    ends = [end for named in tool.named for _, end in spans(named, words) if after <= end <= line]
    found = _AFTER_COMMA.match(words.low, max(ends)) if ends else None
    return None if found is None else found.end()


def _later_line(tool: ToolWords, words: Folded, line: int) -> int | None:
    """The first later line that is more than an identifier: the reply to "what should the note say?"."""
    start = line
    for _ in range(_LINES):
        if start >= len(words.text):
            return None
        end = words.low.find("\n", start) + 1 or len(words.text)
        if not says_only_names(tool, words.part(start, end)):
            return start
        start = end
    return None if start >= len(words.text) else start


def says_only_names(tool: ToolWords, words: Folded) -> bool:
    """Whether nothing stands here but identifiers and the words around them, or nothing at all."""
    for named in tool.named:
        words = words.without(*spans(named, words))
    return all(word in tool.spoken for word in meaningful(words.low))


def _without_tail(tool: ToolWords, cut: Cut) -> Cut:
    """Where an identifier stands alone on the last line of the text, or a required one only at its very end
    ("… to case C-1042"), that end says where the text belongs and is none of it."""
    if cut.text is None or cut.quoted:
        return cut
    end = cut.start + len(cut.whole.text[cut.start :].rstrip(" .!\n"))
    for named in tool.named:
        if spans(named, cut.head) or named.pattern is None:
            continue
        link = f"(?:{_LAST_LINE}|{_LINKED})" if named.required else _LAST_LINE
        tail = re.compile(rf"{link}{named.pattern.pattern}\Z", re.IGNORECASE).search(cut.whole.low, cut.start, end)
        if tail is not None and cut.whole.text[cut.start : tail.start()].strip():
            return Cut(cut.whole, cut.start, tail.start(), (cut.start, tail.start()))
    return cut
