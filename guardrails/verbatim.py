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
    """True where the rest of the first and last sentence touched has a negation or an exception."""
    for first, last in spans:
        if last <= start or first >= end:
            continue
        left_off = f"{whole[first : max(first, start)]} | {whole[min(last, end) : last]}".casefold()
        if NEGATION.search(left_off) or EXCEPTION.search(left_off):
            return True
    return False
