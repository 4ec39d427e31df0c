"""Paragraph markers: "(c)", "(b)(1)(i)", "1.", "iv.", "4.2.1", "a)".

A marker's kinds say which series it may belong to: "(i)" is a letter and a roman numeral, and only its neighbours
tell which. `follows` decides whether one marker can come after another in the same series.
"""

import re
from dataclasses import dataclass

_ROMAN = re.compile(r"m{0,3}(cm|cd|d?c{0,3})(xc|xl|l?x{0,3})(ix|iv|v?i{0,3})")
_ROMAN_VALUES = {"i": 1, "v": 5, "x": 10, "l": 50, "c": 100, "d": 500, "m": 1000}
_IN_BRACKETS = re.compile(r"(?:\(([a-z]{1,5}|[A-Z]{1,5}|\d{1,3})\)\s*)+")
_ONE_IN_BRACKETS = re.compile(r"\(([A-Za-z]{1,5}|\d{1,3})\)")
_DOTTED = re.compile(r"(\d{1,3}|[ivxlc]{1,7}|[IVXLC]{1,7}|[A-Z]|[a-z])\.(?=\s)")
_CLOSED = re.compile(r"(\d{1,3}|[ivxlc]{1,7}|[A-Z]|[a-z])\)(?=\s)")
# Reserved items leave gaps; where a marker may be two things, small ones: "(i)" after "(a)" is a numeral, not the
# ninth letter.
_MISSING_ITEMS = 4
# No list counts this far in roman numerals, and "(c)" is a letter.
_LARGEST_ROMAN = 49
_DECIMAL = re.compile(r"([1-9]\d?(?:\.[1-9]\d?){1,5})\.?(?=\s+[A-Z“\"(])")


@dataclass(frozen=True, slots=True)
class Marker:
    """One enumerator. `label` as printed; `series` maps each kind it may belong to, to its ordinal there."""

    label: str
    series: tuple[tuple[str, int], ...]

    def follows(self, other: "Marker") -> bool:
        """Whether this is the next of some series that `other` belongs to."""
        theirs = dict(other.series)
        return any(theirs.get(kind) == ordinal - 1 for kind, ordinal in self.series)

    def resembles(self, other: "Marker") -> bool:
        """Whether both may belong to one series with a few items missing, or this one begins it anew."""
        theirs = dict(other.series)
        missing = _MISSING_ITEMS if len(self.series) > 1 else 1_000
        return any(
            kind in theirs and (ordinal == 1 or 0 < ordinal - theirs[kind] <= missing) for kind, ordinal in self.series
        )


def markers_of(text: str) -> tuple[Marker, ...]:
    """The markers at the start of a paragraph, outermost first; empty when there is none."""
    bracketed = _IN_BRACKETS.match(text)
    if bracketed:
        found: list[Marker] = []
        for match in _ONE_IN_BRACKETS.finditer(bracketed.group()):
            series = _series(match.group(1), "()")
            if not series:
                break
            found.append(Marker(match.group(), series))
        return tuple(found)
    decimal = _DECIMAL.match(text)
    if decimal:
        *parents, last = decimal.group(1).split(".")
        return (Marker(decimal.group(1), ((f"decimal {'.'.join(parents)}", int(last)),)),)
    for pattern, style in ((_DOTTED, "."), (_CLOSED, ")")):
        single = pattern.match(text)
        if single:
            series = _series(single.group(1), style)
            return (Marker(single.group(), series),) if series else ()
    return ()


def is_only_markers(text: str) -> bool:
    """Whether a paragraph is nothing but its markers, as where "(a)" stands alone above "(1) …"."""
    return _IN_BRACKETS.fullmatch(text.strip()) is not None


def _series(token: str, style: str) -> tuple[tuple[str, int], ...]:
    if token.isdigit():
        return ((f"number {style}", int(token)),)
    case = "upper" if token.isupper() else "lower"
    lowered = token.lower()
    series: list[tuple[str, int]] = []
    if len(set(lowered)) == 1 and (len(lowered) <= 2 or lowered not in {"iii", "xxx", "ccc", "mmm"}):
        letter = ord(lowered[0]) - ord("a") + 1
        series.append((f"{case} letter {style}", letter + 26 * (len(lowered) - 1)))
    if _ROMAN.fullmatch(lowered) and _roman(lowered) <= _LARGEST_ROMAN:
        series.append((f"{case} roman {style}", _roman(lowered)))
    return tuple(series)


def _roman(token: str) -> int:
    values = [_ROMAN_VALUES[letter] for letter in token]
    return sum(
        -value if value < following else value for value, following in zip(values, [*values[1:], 0], strict=True)
    )
