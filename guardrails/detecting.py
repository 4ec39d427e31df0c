"""The personal data detector of a process: structured kinds by Presidio, names by rules and by a pipeline if there is
one. Composition roots build it; what it found in a text is remembered by the text's digest."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from threading import Lock
from typing import Final, Protocol

from guardrails.names import find_by_words
from guardrails.personal_data import STRUCTURED, PersonalDataKind, PersonalDatum, resolve_overlaps
from guardrails.presidio import PresidioDetector
from guardrails.spacy_names import SpacyNames

_REMEMBERED: Final = 4096
"""Texts: some hundred evidence passages come again and again. Only places and kinds are kept, no text."""

_BY_WORDS: Final = {
    PersonalDataKind.NAME: "titles, cue words, common given names",
    PersonalDataKind.ADDRESS: "number and way, cue words",
    PersonalDataKind.BIRTH: "a date beside words for birth",
}


class FindsNames(Protocol):
    """A model that finds names. Blocking."""

    @property
    def name(self) -> str: ...

    def find(self, text: str) -> Sequence[PersonalDatum]: ...


@dataclass(slots=True)
class Detector:
    """Safe to share between threads. What a part of it raises goes on: the caller refuses (invariant 12)."""

    structured: PresidioDetector
    names: FindsNames | None = None
    _found: dict[bytes, list[PersonalDatum]] = field(default_factory=dict[bytes, list[PersonalDatum]])
    _lock: Lock = field(default_factory=Lock)

    @property
    def name(self) -> str:
        return "rules-2" if self.names is None else f"rules-2 + {self.names.name}"

    @property
    def covered(self) -> Mapping[PersonalDataKind, str]:
        found = {
            kind: "form, check digits, words beside it" for kind in PersonalDataKind if kind in STRUCTURED
        } | _BY_WORDS
        if self.names is not None:
            found[PersonalDataKind.NAME] += f", {self.names.name}"
        return found

    def find(self, text: str) -> list[PersonalDatum]:
        key = sha256(text.encode("utf-8", "surrogatepass")).digest()
        known = self._found.get(key)
        if known is not None:
            return list(known)
        found = [*self.structured.find(text), *find_by_words(text)]
        if self.names is not None:
            found += self.names.find(text)
        resolved = resolve_overlaps(found)
        with self._lock:
            if len(self._found) >= _REMEMBERED:
                del self._found[next(iter(self._found))]
            self._found[key] = resolved
        return list(resolved)


def build(spacy_model: str | Path | None = None) -> Detector:
    """With the pipeline of that name or folder for names, where one is given. Raises `PipelineUnusable`."""
    return Detector(PresidioDetector(), None if spacy_model is None else SpacyNames(spacy_model))
