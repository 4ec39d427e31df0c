"""The personal data of one conversation behind typed, numbered placeholders: hidden for models, put back for readers.

A value has one placeholder in a whole conversation, also where it is spelt otherwise. Text that merely looks like a
placeholder, in a question or in a document, is hidden behind one of its own, so that nothing typed is ever filled in.
What a model gives back counts only where it is a placeholder letter for letter, and one that was put before it.
The mapping is personal data itself: keep it in memory or sealed, never in a log.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from guardrails.personal_data import Mask, PersonalDataKind, Value, comparable

_KINDS: Final = "|".join(sorted((re.escape(kind.value) for kind in PersonalDataKind), key=len, reverse=True))
_EXACT: Final = re.compile(rf"\[(?:{_KINDS}) [1-9][0-9]{{0,3}}\]")

_KINDS_LOOSELY: Final = _KINDS.replace("\\ ", r"[\W_]*").replace("\\-", r"[\W_]*")
_ALIKE: Final = re.compile(
    r"[\[{(<⟦【［〔]+[\s_]*(?:" + _KINDS_LOOSELY + r")[\s_#:.\-]*[0-9０-９]+[\s_]*[\]})>⟧】］〕]+", re.IGNORECASE
)
"""What a reader, or a program that means well, could take for a placeholder."""

_REMAINS: Final = re.compile(
    rf"[\[［⟦【][\s_]*(?:{_KINDS_LOOSELY})[\s_]*[0-9０-９•]|(?:{_KINDS_LOOSELY})[\s_]*[0-9０-９]+[\s_]*[\]］⟧】]|"
    r"[\[［⟦【][\s_]*•[\s_]*[\]］⟧】]",
    re.IGNORECASE,
)
"""What is left of a broken one, once whole ones are taken out."""

_TITLED: Final = re.compile(r"\b(?:Mr|Mrs|Ms|Miss|Mx|Dr|Prof)\.? (?=\[name \d)")
_NAMELESS: Final = {PersonalDataKind.NAME.value: "", PersonalDataKind.BRACKETED.value: ""}

_SURNAME_LETTERS: Final = 4
_WORDS_TOO: Final = """
    april august bank banks best bill bills brand brown card case cash chase close cook court cross date day
    days drive field finance ford form grant green hall hill home house june king lane last law long main
    march mark marks may miles moon more note order page park past price public rich road rose sales short
    small smart speed spring state stone street summer trust wall well west white will winter wise wood work
    young
"""
_NO_SURNAMES: Final = frozenset(_WORDS_TOO.split())
"""Words of a bank's English that are surnames too: alone they are taken for the words."""


def found_in(text: str) -> list[str]:
    """The placeholders that stand in the text, letter for letter."""
    return _EXACT.findall(text)


def plain(text: str) -> str:
    """The text with the bare name of the kind for each placeholder, and nothing for that of a person: what is searched
    for, and whose figures count."""
    if "[" not in text:
        return text
    untitled = _TITLED.sub("", text)
    named = _EXACT.sub(lambda m: _NAMELESS.get(kind := m.group()[1:-1].rsplit(" ", 1)[0], kind), untitled)
    return " ".join(named.split()) if named != text else text


def fits(text: str, *allowed: str) -> bool:
    """Whether every placeholder in a model's text stands, letter for letter, in one of the texts `allowed`, and
    nothing else in it could be taken for one."""
    known = {placeholder for each in allowed for placeholder in _EXACT.findall(each)}
    if any(placeholder not in known for placeholder in _EXACT.findall(text)):
        return False
    rest = _EXACT.sub("•", text)
    return _ALIKE.search(rest) is None and _REMAINS.search(rest) is None


@dataclass(slots=True)
class Placeholders:
    """What is known of a conversation's personal data. Not for use from two threads at once."""

    _masks: list[Mask] = field(default_factory=list[Mask])
    _numbers: dict[tuple[PersonalDataKind, str], int] = field(default_factory=dict[tuple[PersonalDataKind, str], int])
    _by_value: dict[str, str] = field(default_factory=dict[str, str])
    _pattern: re.Pattern[str] | None = None

    @classmethod
    def of(cls, masks: Iterable[Mask]) -> "Placeholders":
        """As an earlier turn left it: `masks` in their order."""
        made = cls()
        for mask in masks:
            made._adopt(mask)
        return made

    @property
    def masks(self) -> tuple[Mask, ...]:
        """Every spelling of every value, in the order in which they were met; of one placeholder the first is put
        back."""
        return tuple(self._masks)

    def learn(self, values: Iterable[Value]) -> None:
        """Give each value its placeholder, the one that it has already where it is known."""
        for kind, value in values:
            if value in self._by_value or not value.strip():
                continue
            key = (kind, comparable(kind, value))
            number = self._numbers.get(key) or 1 + max(
                (n for (k, _), n in self._numbers.items() if k is kind), default=0
            )
            self._adopt(Mask(f"[{kind} {number}]", kind, value))

    def hide(self, text: str, *, is_document: bool = False) -> str:
        """The text with a placeholder for each value that is known. A document's own words are not taken for a name of
        one word that somebody has in the conversation."""
        self.learn((PersonalDataKind.BRACKETED, m.group()) for m in _ALIKE.finditer(text))
        if not is_document:
            self._learn_surnames(text)
        if not self._masks:
            return text

        def placeholder(found: re.Match[str]) -> str:
            value = found.group()
            is_name = (
                is_document and " " not in value and self._by_value[value].startswith(f"[{PersonalDataKind.NAME} ")
            )
            return value if is_name else self._by_value[value]

        return self._values().sub(placeholder, text)

    def restore(self, text: str) -> str:
        """Every known placeholder filled in, once: what is put in is not looked at again."""
        values: dict[str, str] = {}
        for mask in self._masks:
            values.setdefault(mask.placeholder, mask.value)
        return _EXACT.sub(lambda m: values.get(m.group(), m.group()), text)

    def kind_of(self, placeholder: str) -> PersonalDataKind | None:
        """The kind behind a placeholder; None where it stands for nothing."""
        return next((mask.kind for mask in self._masks if mask.placeholder == placeholder), None)

    def _adopt(self, mask: Mask) -> None:
        if mask.value in self._by_value:
            return
        self._masks.append(mask)
        number = int(mask.placeholder[1:-1].rsplit(" ", 1)[1])
        self._numbers.setdefault((mask.kind, comparable(mask.kind, mask.value)), number)
        self._by_value[mask.value] = mask.placeholder
        self._pattern = None

    def _values(self) -> re.Pattern[str]:
        if self._pattern is None:
            longest_first = sorted(self._by_value, key=lambda value: (-len(value), value))
            self._pattern = re.compile("|".join(map(_bounded, longest_first)))
        return self._pattern

    def _learn_surnames(self, text: str) -> None:
        """The last word of a known name, where it stands alone: "Lopez" of "Maria Lopez"."""
        names = [mask.value for mask in self._masks if mask.kind is PersonalDataKind.NAME and " " in mask.value]
        for name in names:
            surname = name.rsplit(" ", 1)[1]
            if len(surname) < _SURNAME_LETTERS or surname.casefold() in _NO_SURNAMES or surname in self._by_value:
                continue
            if re.search(_bounded(surname), text.replace(name, " ")):
                self.learn([(PersonalDataKind.NAME, surname)])


def _bounded(value: str) -> str:
    """The value where it is not part of a longer word or number."""
    before = r"(?<!\w)" if value[0].isalnum() else ""
    after = r"(?!\w)" if value[-1].isalnum() else ""
    return before + re.escape(value) + after
