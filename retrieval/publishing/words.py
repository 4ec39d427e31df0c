"""What changed between two sentences, word by word, with figures set apart: they are what a reader must not miss."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum
from typing import Final

_WORD: Final = re.compile(r"\s+|[^\W_]+(?:[.,:'’/-][^\W_]+)*|[^\w\s]|_")
_FIGURE: Final = re.compile(
    r"\d|^(?:zero|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|fifteen|twenty|thirty|forty|fifty|sixty|"
    r"ninety|hundred|thousand|million|half|twice|double|third|quarter)$",
    re.IGNORECASE,
)
_UNITS: Final = frozenset("$€£¥%")


class Change(StrEnum):
    SAME = "same"
    REMOVED = "removed"
    ADDED = "added"


@dataclass(frozen=True, slots=True)
class Part:
    """Words that stayed, went or came; `figure`: a number, an amount, a date or a unit of one."""

    change: Change
    text: str
    figure: bool = False


def words(text: str) -> list[str]:
    """The words, signs and spaces of a text; together they are the text."""
    return _WORD.findall(text)


def is_figure(word: str) -> bool:
    return word in _UNITS or _FIGURE.search(word) is not None


def all_of(text: Sequence[str], change: Change) -> tuple[Part, ...]:
    """The words of a text that stayed, went or came as a whole."""
    return _joined([(change, word) for word in text])


def compared(old: Sequence[str], new: Sequence[str]) -> tuple[Part, ...]:
    """The words of both texts in the order in which a reader meets them."""
    found: list[tuple[Change, str]] = []
    for tag, i1, i2, j1, j2 in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "equal":
            found += [(Change.SAME, word) for word in old[i1:i2]]
        else:
            found += [(Change.REMOVED, word) for word in old[i1:i2]]
            found += [(Change.ADDED, word) for word in new[j1:j2]]
    return _joined(found)


def _joined(marked: list[tuple[Change, str]]) -> tuple[Part, ...]:
    """Neighbours of one kind as one part. Among what stayed figures are nothing special."""
    parts: list[Part] = []
    for change, word in marked:
        figure = change is not Change.SAME and is_figure(word)
        last = parts[-1] if parts else None
        if last is not None and last.change is change and (last.figure == figure or word.isspace()):
            parts[-1] = Part(change, last.text + word, last.figure)
        else:
            parts.append(Part(change, word, figure))
    return tuple(parts)
