"""A person's message as tokens: words, numbers, amounts, days, identifiers, and what she put in quotation marks.

A number that is part of a day, a time or an identifier is not a number here: "June 13" says nothing about a file 13,
and "C-1042" nothing about the amount 1042. Nothing is folded that makes two different values look the same.
"""

import re
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from enum import Enum
from typing import Final


class Kind(Enum):
    WORD = "word"
    NUMBER = "number"
    MONEY = "money"
    DAY = "day"
    TIME = "time"
    OPAQUE = "opaque"
    """An address, a file name, an account or any other identifier: compared character by character."""
    MARK = "mark"
    """Punctuation."""


@dataclass(frozen=True, slots=True)
class Token:
    """`value` is set for numbers, amounts, days (year None where none was given) and times (minutes of the day)."""

    text: str
    kind: Kind
    value: Decimal | tuple[int | None, int, int] | int | None = None
    alone_in_quotes: bool = False
    in_quotation: int | None = None
    """The number of the quotation of several words that it stands in: somebody's words, not an order."""
    starts_line: bool = False
    possessive: bool = False
    """`Alice's`: the text is `Alice`."""
    to_be_written: bool = False
    """It stands behind the colon of an order to write something: what is to be written, not what is to be done."""

    @property
    def low(self) -> str:
        return self.text.casefold()


_TYPOGRAPHIC: Final = str.maketrans(
    {
        "‘": "'", "’": "'", "“": '"', "”": '"', "‐": "-", "‑": "-", "–": "-", "\u00a0": " ", "\u202f": " ",
        "\u2009": " ", "´": "'", "`": "'", "«": '"', "»": '"',
    }
)  # fmt: skip
MONTHS: Final = {
    name: number
    for number, names in enumerate(
        (
            "january jan", "february feb", "march mar", "april apr", "may", "june jun", "july jul", "august aug",
            "september sep sept", "october oct", "november nov", "december dec",
        ),
        start=1,
    )
    for name in names.split()
}  # fmt: skip
_SCALE: Final = {"k": 1_000, "thousand": 1_000, "m": 1_000_000, "million": 1_000_000}
_NUMBER_WORDS: Final = {
    word: number
    for number, word in enumerate(
        "zero one two three four five six seven eight nine ten eleven twelve".split()  # noqa: SIM905
    )
}
CURRENCIES: Final = frozenset(
    "dollar dollars usd euro euros eur pound pounds gbp cents chf francs bucks".split()  # noqa: SIM905
)
_MONTH: Final = "|".join(sorted(MONTHS, key=len, reverse=True))
_CURRENCY: Final = "|".join(sorted(CURRENCIES))
_TH: Final = "(?:st|nd|rd|th)?"
_AMOUNT: Final = r"[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]+)?|[0-9]+(?:\.[0-9]+)?"
_END: Final = r"(?![\w@-])(?![.,/:][\w])"
_RULES: Final = [
    ("iso", re.compile(rf"([0-9]{{4}})-([0-9]{{2}})-([0-9]{{2}})(?=T[0-9]{{2}}:|{_END})")),
    ("us", re.compile(rf"([0-9]{{1,2}})/([0-9]{{1,2}})/([0-9]{{4}}){_END}")),
    ("mdy", re.compile(rf"({_MONTH})\.?\s+([0-9]{{1,2}}){_TH}(?:,?\s+([0-9]{{4}}))?{_END}", re.I)),
    ("dmy", re.compile(rf"([0-9]{{1,2}}){_TH}(?:\s+of)?\s+({_MONTH})\b\.?(?:,?\s+([0-9]{{4}}){_END})?", re.I)),
    ("time", re.compile(rf"T?([0-9]{{1,2}}):([0-9]{{2}})(?::[0-9]{{2}})?(?:\s?([ap])\.?m\.?)?{_END}", re.I)),
    ("hour", re.compile(rf"([0-9]{{1,2}})\s?([ap])\.?m\.?{_END}", re.I)),
    ("sign", re.compile(rf"[$€£]\s?({_AMOUNT})\s?(k|m|thousand|million)?{_END}", re.I)),
    ("money", re.compile(rf"({_AMOUNT})\s?(k|m|thousand|million)?\s?(?:{_CURRENCY}|€|£){_END}", re.I)),
    ("code", re.compile(rf"(?:usd|eur|gbp|chf)\s?({_AMOUNT}){_END}", re.I)),
    ("number", re.compile(rf"({_AMOUNT})(k|\s(?:thousand|million))?{_END}", re.I)),
]  # fmt: skip
_QUOTATION: Final = re.compile(
    r"(?P<mark>[\"'])(?P<inner>(?:(?!(?P=mark))[^\n]|(?P=mark)(?=\w)){1,400}?)(?P=mark)(?!\w)"
)
_CHUNK: Final = re.compile(r"[^\s\"()\[\]{}<>,;!?.:][^\s\"()\[\]{}<>,;!?]*")
_WORD: Final = re.compile(r"[^\W\d_]+(?:['-][^\W\d_]+)*'?")
_GLUED: Final = re.compile(r"^(.*[a-z)])\.([A-Z][a-z]*(?:'[a-z]+)?)$")


def fold(text: str) -> str:
    """The text with the typographic forms of quotation marks, hyphens and blanks as plain ones."""
    return text.translate(_TYPOGRAPHIC)


def scan(text: str) -> tuple[Token, ...]:
    """The tokens of a message, in their order."""
    return tuple(_scan(fold(text), new_line=True))


def _scan(folded: str, *, new_line: bool) -> list[Token]:
    tokens: list[Token] = []
    position = quotations = 0
    while position < len(folded):
        character = folded[position]
        if character.isspace():
            new_line = new_line or character == "\n"
            position += 1
            continue
        quotation = _QUOTATION.match(folded, position) if _may_open(folded, position) else None
        if quotation is not None:
            quotations += 1
            found, position = _quoted(quotation["inner"], quotations), quotation.end()
        else:
            token, position = _next(folded, position)
            found = [token]
        if new_line and found:
            found[0] = replace(found[0], starts_line=True)
            new_line = False
        tokens.extend(found)
    return tokens


def _quoted(inner: str, number: int) -> list[Token]:
    """One word in quotation marks is a name; several are somebody's words."""
    tokens = _scan(inner, new_line=False)
    if len(tokens) == 1:
        return [replace(tokens[0], alone_in_quotes=True)]
    if len(inner.split()) == 1:
        return [Token(inner.strip(), Kind.OPAQUE, alone_in_quotes=True)]
    return [replace(token, in_quotation=number) for token in tokens]


def _may_open(text: str, position: int) -> bool:
    return text[position] in "\"'" and (position == 0 or not text[position - 1].isalnum())


def _next(text: str, position: int) -> tuple[Token, int]:
    previous = text[position - 1] if position else " "
    if not (previous.isalnum() or previous in "_@"):
        for name, rule in _RULES:
            found = rule.match(text, position)
            token = None if found is None else _valued(name, found)
            if found is not None and token is not None:
                return token, found.end()
    chunk = _CHUNK.match(text, position)
    if chunk is None:
        return Token(text[position], Kind.MARK), position + 1
    word = _trimmed(chunk[0])
    if not word:
        return Token(text[position], Kind.MARK), position + 1
    glued = _GLUED.match(word)
    if glued is not None and not _WORD.fullmatch(word):
        word = glued[1]
    return _atom(word), position + len(word)


def _trimmed(chunk: str) -> str:
    word = chunk.rstrip(".:'*")
    return word if word.strip("'*") else ""


def _atom(word: str) -> Token:
    bare = word.removesuffix("'s")
    owns = bare != word
    if not _WORD.fullmatch(word):
        return Token(bare, Kind.OPAQUE, possessive=owns)
    number = _NUMBER_WORDS.get(word.casefold())
    return Token(bare, Kind.WORD, None if number is None else Decimal(number), possessive=owns)


def _valued(name: str, found: re.Match[str]) -> Token | None:
    parts = found.groups()
    match name:
        case "iso":
            return _day(found, int(parts[0]), int(parts[1]), int(parts[2]))
        case "us":
            return _day(found, int(parts[2]), int(parts[0]), int(parts[1]))
        case "mdy":
            return _day(found, parts[2] and int(parts[2]), MONTHS[parts[0].casefold()], int(parts[1]))
        case "dmy":
            return _day(found, parts[2] and int(parts[2]), MONTHS[parts[1].casefold()], int(parts[0]))
        case "time" | "hour":
            minute = int(parts[1]) if name == "time" else 0
            return _time(found, int(parts[0]), minute, parts[-1])
        case _:
            number = Decimal(parts[0].replace(",", ""))
            scale = _SCALE.get((parts[1] or "").strip().casefold(), 1) if len(parts) > 1 else 1
            return Token(found[0], Kind.NUMBER if name == "number" else Kind.MONEY, number * scale)


def _day(found: re.Match[str], year: int | str | None, month: int, day: int) -> Token | None:
    known = int(year) if year else None
    try:
        date(known or 2024, month, day)
    except ValueError:
        return None
    return Token(found[0], Kind.DAY, (known, month, day))


def _time(found: re.Match[str], hour: int, minute: int, half: str | None) -> Token | None:
    if minute > 59 or hour > (23 if half is None else 12):
        return None
    if half is not None:
        hour = hour % 12 + (12 if half.casefold() == "p" else 0)
    return Token(found[0], Kind.TIME, hour * 60 + minute)
