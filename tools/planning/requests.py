"""Takes a message apart into the things it asks for, one after another.

Within free text only an order that is joined to it by "and", "also" or "then" and names its own record begins
something new: what somebody pastes into a note must not become an order of its own.
"""

import re
from collections.abc import Sequence
from typing import Final

from tools.planning.folded import Folded, fold
from tools.planning.hints import ToolWords
from tools.planning.lookups import read_lookup
from tools.planning.orders import Reading, read_order
from tools.planning.wording import QUESTION

_SEPARATORS: Final = 48
"""Places at which one request is tried to be told from the next; a long note keeps what comes after them."""
MOST: Final = 8
"""Requests in one message. Who asks for more is told so."""
_LOOSE: Final = re.compile(r"[,;.!?]?\s+(?:and|then|also|plus)\s+|[,;.!?]\s+|\s*\n\s*")
_JOINED: Final = re.compile(r"[,;]\s+(?:and|then|also)\s+|[.!]\s+(?=(?:and|also|then)\b)")
_BEFORE_ORDER: Final = re.compile(r"[.!,;]\s+|\s*\n\s*")
_PREAMBLE_CHARACTERS: Final = 300


def read_message(tools: Sequence[ToolWords], message: str) -> list[Reading]:
    """What the message asks of these tools, in order, up to one more than MOST; nothing where it is a question about
    policy."""
    words = fold(message)
    readings: list[Reading] = []
    start = _first(tools, words)
    while start is not None and len(readings) <= MOST:
        end, following = _end(tools, words, start)
        reading = _read(tools, words.part(0, end), start)
        if reading is not None:
            readings.append(reading)
        words = words.part(following or end, len(words.text))
        start = None if following is None else 0
    return readings


def _first(tools: Sequence[ToolWords], words: Folded) -> int | None:
    """Where the first request begins: at once, or after words that tell what happened."""
    if _read(tools, words, 0) is not None:
        return 0
    for found in list(_BEFORE_ORDER.finditer(words.low))[:_SEPARATORS]:
        if found.start() > _PREAMBLE_CHARACTERS or "?" in words.low[: found.start()]:
            return None
        reading = _read(tools, words, found.end())
        if reading is not None and reading.named and not reading.bare:
            return found.end()
    return None


def _end(tools: Sequence[ToolWords], words: Folded, start: int) -> tuple[int, int | None]:
    """Where the request that begins at `start` ends, and where the next one begins."""
    reading = _read(tools, words, start)
    if reading is None:
        return len(words.text), None
    text_begins, text_ends = reading.cut.blank
    for found in list(_LOOSE.finditer(words.low, start))[:_SEPARATORS]:
        in_text = text_begins <= found.start() < text_ends
        if found.start() < reading.begins or (in_text and reading.cut.quoted):
            continue
        joined = _JOINED.match(words.low, found.start()) if in_text else found
        if joined is None:
            continue
        following = _read(tools, words.part(joined.end(), len(words.text)), 0)
        if following is not None and not following.bare and (following.named or not in_text):
            return found.start() + words.low[found.start()].count("."), joined.end()
    return len(words.text), None


def _read(tools: Sequence[ToolWords], words: Folded, start: int) -> Reading | None:
    order = read_order(_writes(tools), words, start)
    if order is not None:
        return order
    return read_lookup([tool for tool in tools if tool.reads], words, start)


def _writes(tools: Sequence[ToolWords]) -> list[ToolWords]:
    return [tool for tool in tools if not tool.reads]


def is_question(message: str) -> bool:
    """Whether a reply asks something itself instead of adding to an earlier request."""
    low = fold(message).low.strip()
    return low.endswith("?") or QUESTION.match(low) is not None
