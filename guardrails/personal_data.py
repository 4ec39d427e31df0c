"""Personal data: which kinds there are, what a detector finds, and when two spellings are one value.

A detector only finds spans; hiding and putting back is `guardrails.placeholders`, so that detectors can be replaced.
"""

from collections.abc import Iterable, Sequence
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
    NAME = "name"
    ADDRESS = "street address"
    BIRTH = "date of birth"
    BRACKETED = "bracketed text"
    """No personal data: text that looks like a placeholder, and must not be taken for one."""


STRUCTURED = frozenset(
    {
        PersonalDataKind.CARD,
        PersonalDataKind.IBAN,
        PersonalDataKind.SSN,
        PersonalDataKind.PHONE,
        PersonalDataKind.EMAIL,
        PersonalDataKind.IP,
        PersonalDataKind.ROUTING,
        PersonalDataKind.ACCOUNT,
    }
)
"""What has a form or a check digit."""

_NUMBERS = STRUCTURED - {PersonalDataKind.IBAN, PersonalDataKind.EMAIL, PersonalDataKind.IP}


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


Value = tuple[PersonalDataKind, str]
"""A kind and a value of it as it was spelt."""


def values_in(detector: PersonalDataDetector, texts: Iterable[str]) -> tuple[Value, ...]:
    """What a detector finds in some texts, each value once. Blocking."""
    found = [(datum.kind, text[datum.start : datum.end]) for text in texts for datum in detector.find(text)]
    return tuple(dict.fromkeys(found))


def comparable(kind: PersonalDataKind, value: str) -> str:
    """The form in which two spellings of a value are the same."""
    if kind in _NUMBERS:
        return digits_of(value)
    if kind is PersonalDataKind.IBAN:
        return "".join(c for c in value.upper() if c.isalnum())
    return value if kind is PersonalDataKind.BRACKETED else " ".join(value.casefold().split())


def adds_personal_data(text: str, allowed: Iterable[str], detector: PersonalDataDetector) -> bool:
    """Whether a text holds personal data that stands in none of the texts `allowed`. Blocking."""
    found = {(kind, comparable(kind, value)) for kind, value in values_in(detector, [text])}
    if not found:
        return False
    return not found <= {(kind, comparable(kind, value)) for kind, value in values_in(detector, allowed)}


def resolve_overlaps(found: Sequence[PersonalDatum]) -> list[PersonalDatum]:
    """Keeps the stronger of two overlapping spans (then the longer, then the earlier), in order of place."""
    kept: list[PersonalDatum] = []
    for datum in sorted(found, key=lambda d: (-d.score, d.start - d.end, d.start)):
        if all(datum.end <= other.start or datum.start >= other.end for other in kept):
            kept.append(datum)
    return sorted(kept, key=lambda d: d.start)
