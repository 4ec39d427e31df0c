"""Where in a message a value stands: in what form it may be written, and what it may not be mistaken for."""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final

from tools.provenance.scanning import Kind, Token, scan

Scalar = str | int | float | bool

_ACCOUNT: Final = re.compile(r"[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}|[0-9]{7,34}")
_DAY_FORMS: Final = ("%Y-%m-%d", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S")


@dataclass(frozen=True, slots=True)
class Match:
    """Tokens `start` to `end` of the tokens that were searched."""

    start: int
    end: int


def is_clean(value: str) -> bool:
    """No invisible characters, and no letters that only look like others' (full-width, ligatures)."""
    return unicodedata.normalize("NFKC", value) == value and all(
        unicodedata.category(character) not in {"Cf", "Cc", "Co", "Cn", "Cs"} or character == "\n"
        for character in value
    )


def is_opaque(value: str) -> bool:
    """Whether it is an identifier rather than words: compared character by character."""
    tokens = [token for token in scan(value) if token.kind is not Kind.MARK]
    return len(value.split()) == 1 and not (len(tokens) == 1 and tokens[0].kind is Kind.WORD)


def find(value: Scalar, tokens: Sequence[Token]) -> list[Match]:
    """Everywhere that the value is written, as a whole: "12" is not in "1200", "Alice" not in "Alice Smith"."""
    if isinstance(value, bool):
        return []
    if isinstance(value, int | float):
        return list(_find_number(Decimal(str(value)), tokens))
    if not value.strip() or not is_clean(value):
        return []
    if as_day(value) is not None:
        return _find_day(value, tokens)
    if is_opaque(value.strip()):
        return list(_find_opaque(value.strip(), tokens))
    return list(_find_words(value, tokens))


def as_day(value: str) -> datetime | None:
    """The day and time that the value is, if it is one."""
    for form in _DAY_FORMS:
        try:
            return datetime.strptime(value.strip(), form)  # noqa: DTZ007 (a day as people write it has no zone)
        except ValueError:
            continue
    return None


def _find_number(value: Decimal, tokens: Sequence[Token]) -> Iterator[Match]:
    for index, token in enumerate(tokens):
        if isinstance(token.value, Decimal) and token.value == value:
            yield Match(index, index + 1)


def _find_day(value: str, tokens: Sequence[Token]) -> list[Match]:
    wanted = as_day(value)
    if wanted is None:
        return []
    days = [
        Match(index, index + 1)
        for index, token in enumerate(tokens)
        if token.kind is Kind.DAY
        and isinstance(token.value, tuple)
        and token.value[1:] == (wanted.month, wanted.day)
        and token.value[0] in {None, wanted.year}
    ]
    if len(value.strip()) <= len("2026-01-01"):
        return days
    minutes = wanted.hour * 60 + wanted.minute
    timed = any(token.kind is Kind.TIME and token.value == minutes for token in tokens)
    return days if timed else []


def _find_opaque(value: str, tokens: Sequence[Token]) -> Iterator[Match]:
    loose = "@" in value or value.isupper() or "://" in value or value.startswith("www.")
    for index, token in enumerate(tokens):
        same = token.text == value or (loose and token.low == value.casefold())
        if same and (token.kind is Kind.OPAQUE or token.text == value):
            yield Match(index, index + 1)
    if _ACCOUNT.fullmatch(value):
        yield from _find_spaced(value, tokens)


def _find_spaced(value: str, tokens: Sequence[Token]) -> Iterator[Match]:
    """An account number as people write it, in groups: `GB29 NWBK 6016 1331 9268 19`."""
    for start in range(len(tokens)):
        joined = ""
        for end in range(start, len(tokens)):
            if not tokens[end].text.isalnum():
                break
            joined += tokens[end].text.upper()
            if joined == value and end > start:
                yield Match(start, end + 1)
            if len(joined) >= len(value):
                break


def _find_words(value: str, tokens: Sequence[Token]) -> Iterator[Match]:
    wanted = [token.low for token in scan(value) if token.kind is not Kind.MARK]
    places = [index for index, token in enumerate(tokens) if token.kind is not Kind.MARK]
    if not wanted:
        return
    for at in range(len(places) - len(wanted) + 1):
        window = places[at : at + len(wanted)]
        if [tokens[index].low for index in window] == wanted:
            match = Match(window[0], window[-1] + 1)
            if len(wanted) > 4 or not _is_part_of_name(match, tokens):
                yield match


def _is_part_of_name(match: Match, tokens: Sequence[Token]) -> bool:
    """Whether a capitalised word joins on, so that somebody else is named: `Sarah` in `Sarah Baker`."""
    inside = tokens[match.start : match.end]
    if inside[0].alone_in_quotes or not (inside[0].text[:1].isupper() and inside[-1].text[:1].isupper()):
        return False
    after = tokens[match.end] if match.end < len(tokens) else None
    before = tokens[match.start - 1] if match.start else None
    starts = match.start == 1 or (match.start > 1 and tokens[match.start - 2].kind is Kind.MARK)
    return _joins(after, inside[-1]) or (not starts and _joins(before, inside[0]))


def _joins(token: Token | None, beside: Token) -> bool:
    return (
        token is not None
        and token.kind is Kind.WORD
        and token.text[:1].isupper()
        and token.text != "I"
        and token.in_quotation == beside.in_quotation
        and not token.alone_in_quotes
        and not token.starts_line
    )
