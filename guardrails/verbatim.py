"""Does a text stand in a passage word for word, and does what was left off its sentence take nothing back?"""

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Final

from guardrails.normalise import squeeze
from guardrails.words import EXCEPTION, NEGATION
from retrieval.sentences import sentences

_GAP: Final = re.compile(r"\s*(?:\[\s*(?:…|\.\.\.)\s*\]|…|\.\.\.)\s*")
_MIN_QUOTE: Final = 3  # words; a shorter piece says nothing by itself
# A condition right behind a piece, one that the sentence begins with, or a piece that ends in the midst of one.
_CONDITION_BEHIND: Final = re.compile(
    r"\W*(?:but (?:\w+ ){0,3})?(?:if|when|where|provided|as long as|so long as|until)\b"
)
_CONDITION_BEFORE: Final = re.compile(r"\W*(?:[\d.]+\W+)?(?:if|when|where|once|provided|in case)\b[^,]*,\W*$")
_IS_CONDITION: Final = re.compile(r"\b(?:if|when|where|provided|as long as)\b[^,;.]*$")
_AND: Final = re.compile(r"\W*and\b")
_AROUND: Final = "\"' .,;:"


def stands_verbatim(text: str, source: str) -> bool:
    """True where `text` stands in `source` word for word and what was left off its sentence takes nothing back.

    Pieces joined by an ellipsis must follow each other in the source. Blanks, quotation marks and dashes are
    compared in one form; case must agree but for the first letter.
    """
    whole, spans = _lines(source)
    position = 0
    for piece in _GAP.split(squeeze(text).strip(_AROUND)):
        bare = piece.strip(_AROUND)
        start = _locate(bare, whole, position)
        if start < 0 or len(bare.split()) < _MIN_QUOTE:
            return False
        position = start + len(bare)
        if _takes_back(whole, spans, start, position):
            return False
    return position > 0


@lru_cache(maxsize=64)
def _lines(source: str) -> tuple[str, Sequence[tuple[int, int]]]:
    # Lines stay apart for the sentence splitter: a table's rows and a list's items are sentences of their own.
    lined = "\n".join(squeeze(line) for line in source.splitlines() if line.strip())
    return lined.replace("\n", " "), sentences(lined)


def _locate(piece: str, whole: str, after: int) -> int:
    found = [m.start() for m in re.finditer(re.escape(piece[1:]), whole[max(after - 1, 0) :])] if piece else []
    for offset in found:
        start = offset + max(after - 1, 0) - 1
        end = start + len(piece)
        edges = (start <= 0 or not whole[start - 1].isalnum()) and (end >= len(whole) or not whole[end].isalnum())
        if start >= 0 and whole[start].casefold() == piece[0].casefold() and edges:
            return start
    return -1


def _takes_back(whole: str, spans: Sequence[tuple[int, int]], start: int, end: int) -> bool:
    """True where the rest of the first and last sentence touched has a negation, an exception or a condition."""
    for first, last in spans:
        if last <= start or first >= end:
            continue
        before, behind = whole[first : max(first, start)].casefold(), whole[min(last, end) : last].casefold()
        left_off = f"{before} | {behind}"
        if NEGATION.search(left_off) or EXCEPTION.search(left_off) or _CONDITION_BEHIND.match(behind):
            return True
        if _CONDITION_BEFORE.match(before) or (
            _IS_CONDITION.search(whole[start:end].casefold()) and _AND.match(behind)
        ):
            return True
    return False
