"""Personal data of a structured kind: what it is, and how it is masked reversibly before a model sees the text.

A detector only finds spans (`presidio.PresidioDetector` is the one in use); masking and restoring are here, so that
the detector can be replaced. Placeholders such as "[card number 1]" are stable within a text: the same value gets the
same placeholder. The mapping back is personal data itself: keep it in memory or sealed, never in a log.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from guardrails.checksums import digits_of


class PersonalDataKind(StrEnum):
    """The kinds covered; the value is what stands in the placeholder."""

    CARD = "card number"
    IBAN = "IBAN"
    SSN = "social security number"
    PHONE = "phone number"
    EMAIL = "e-mail address"
    IP = "IP address"
    ROUTING = "routing number"
    ACCOUNT = "account number"


@dataclass(frozen=True, slots=True)
class PersonalDatum:
    """A span `[start, end)` of the text that was searched, and the detector's confidence (0 to 1)."""

    start: int
    end: int
    kind: PersonalDataKind
    score: float


class PersonalDataDetector(Protocol):
    """Finds personal data. Blocking and CPU-bound: call it in a thread. Results don't overlap, in order of place."""

    def find(self, text: str) -> list[PersonalDatum]: ...


@dataclass(frozen=True, slots=True)
class Mask:
    """One placeholder and the value behind it (hidden from `repr`, so that no log shows it)."""

    placeholder: str
    kind: PersonalDataKind
    value: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Masked:
    """The text with placeholders, and the masks in order of first appearance."""

    text: str
    masks: tuple[Mask, ...]


def comparable(value: str) -> str:
    """The form in which two spellings of a value are the same: digits, or the folded text where there are few."""
    digits = digits_of(value)
    return digits if len(digits) >= 6 else "".join(value.casefold().split())


def mask(text: str, found: Sequence[PersonalDatum]) -> Masked:
    """Replaces the spans of `found` (which must not overlap) by typed, numbered placeholders."""
    masks: dict[tuple[PersonalDataKind, str], Mask] = {}
    pieces: list[str] = []
    cursor = 0
    for datum in sorted(found, key=lambda d: d.start):
        value = text[datum.start : datum.end]
        key = (datum.kind, comparable(value))
        if key not in masks:
            number = 1 + sum(kind is datum.kind for kind, _ in masks)
            masks[key] = Mask(f"[{datum.kind} {number}]", datum.kind, value)
        pieces += [text[cursor : datum.start], masks[key].placeholder]
        cursor = datum.end
    return Masked("".join([*pieces, text[cursor:]]), tuple(masks.values()))


def restore(text: str, masks: Sequence[Mask]) -> str:
    """Puts the values back where their placeholders stand; only for someone who may see them."""
    for entry in masks:
        text = text.replace(entry.placeholder, entry.value)
    return text


def resolve_overlaps(found: Sequence[PersonalDatum]) -> list[PersonalDatum]:
    """Keeps the stronger of two overlapping spans (then the longer, then the earlier), in order of place."""
    kept: list[PersonalDatum] = []
    for datum in sorted(found, key=lambda d: (-d.score, d.start - d.end, d.start)):
        if all(datum.end <= other.start or datum.start >= other.end for other in kept):
            kept.append(datum)
    return sorted(kept, key=lambda d: d.start)
