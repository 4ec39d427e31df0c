"""Takes a message apart into the things it asks for, one after another.

Within free text only an order that is joined to it by "and", "also" or "then" and names its own record begins
something new: what somebody pastes into a note must not become an order of its own.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
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
_SENTENCE: Final = re.compile(r"[.!]\s+|\s*\n\s*")
_PREAMBLE_CHARACTERS: Final = 300


@dataclass(frozen=True, slots=True)
class Requested:
    """One thing that a message asks for. `own_words` are those it was read from."""

    reading: Reading
    own_words: Folded


def read_message(tools: Sequence[ToolWords], message: str) -> list[Requested]:
    """What the message asks of these tools, in order, up to one more than MOST; nothing where it is a question about
    policy."""
    words = fold(message)
    start = _first(tools, words)
    requested: list[Requested] = []
    while start is not None and len(requested) <= MOST:
        rest = words.part(start, len(words.text))
        end, following = _end(tools, rest)
        own = rest.part(0, end)
        reading = _read(tools, own)
        if reading is not None:
            requested.append(Requested(reading, own))
        start = None if following is None else start + following
    return requested


def _first(tools: Sequence[ToolWords], words: Folded) -> int | None:
    """Where the first request begins: at once, or after sentences that tell what happened."""
    if _read(tools, words) is not None:
        return 0
    for found in list(_SENTENCE.finditer(words.low))[:_SEPARATORS]:
        if found.start() > _PREAMBLE_CHARACTERS or "?" in words.low[: found.start()]:
            return None
        reading = read_order(_writes(tools), words.part(found.end(), len(words.text)))
        if reading is not None and reading.named:
            return found.end()
    return None


def _end(tools: Sequence[ToolWords], rest: Folded) -> tuple[int, int | None]:
    """Where the request at the beginning of `rest` ends, and where the next one begins."""
    reading = _read(tools, rest)
    blank = (len(rest.text),) * 2 if reading is None else reading.cut.blank
    for found in list(_LOOSE.finditer(rest.low))[:_SEPARATORS]:
        in_text = blank[0] <= found.start() < blank[1]
        if found.start() == 0 or (in_text and (reading is None or reading.cut.quoted)):
            continue
        joined = _JOINED.match(rest.low, found.start()) if in_text else found
        if joined is None:
            continue
        following = _read(tools, rest.part(joined.end(), len(rest.text)))
        if following is not None and not following.bare and (following.named or not in_text):
            return found.start() + rest.low[found.start()].count("."), joined.end()
    return len(rest.text), None


def _read(tools: Sequence[ToolWords], words: Folded) -> Reading | None:
    order = read_order(_writes(tools), words)
    return order if order is not None else read_lookup([tool for tool in tools if tool.reads], words)


def _writes(tools: Sequence[ToolWords]) -> list[ToolWords]:
    return [tool for tool in tools if not tool.reads]


def is_question(message: str) -> bool:
    """Whether a reply asks something itself instead of adding to an earlier request."""
    low = fold(message).low.strip()
    return low.endswith("?") or QUESTION.match(low) is not None
