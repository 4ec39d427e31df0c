"""Numbers of a workbook as its reader sees them: "12.5 %", "€1,200.00", "3-Mar-26".

Numbers, percentages, currencies, dates and times are written as their format says. Dates whose format depends on the
reader's country are written as year-month-day. A format beyond that (fractions, conditions) shows the plain number.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from functools import cache
from typing import Final

BUILT_IN: Final = {
    1: "0", 2: "0.00", 3: "#,##0", 4: "#,##0.00", 9: "0%", 10: "0.00%", 11: "0.00E+00",
    14: "yyyy-mm-dd", 15: "d-mmm-yy", 16: "d-mmm", 17: "mmm-yy", 18: "h:mm AM/PM", 19: "h:mm:ss AM/PM",
    20: "h:mm", 21: "h:mm:ss", 22: "yyyy-mm-dd h:mm", 37: "#,##0;(#,##0)", 38: "#,##0;(#,##0)",
    39: "#,##0.00;(#,##0.00)", 40: "#,##0.00;(#,##0.00)", 45: "mm:ss", 46: "[h]:mm:ss", 47: "mm:ss.0",
}  # fmt: skip
"""The formats that files name by number only."""

_TOKEN = re.compile(
    r'"(?P<quoted>[^"]*)"|\\(?P<escaped>.)|_.|\*.|\[\$(?P<currency>[^\]-]*)[^\]]*\]|\[(?P<elapsed>h+|m+|s+)\]'
    r"|(?P<condition>\[[<>=][^\]]*\])|\[[^\]]*\]|(?P<general>General)|(?P<noon>AM/PM|A/P)"
    r"|(?P<date>y+|m+|d+|h+|s+)|(?P<digits>[#0?][#0?,]*(?:\.[#0?]*)?,*|\.[#0?]+)|(?P<percent>%)"
    r"|(?P<beyond>[/E@])|(?P<literal>.)",
    re.IGNORECASE | re.DOTALL,
)
_SECTION = re.compile(r'(?:"[^"]*"|\\.|\[[^\]]*\]|[^;"\\\[])*', re.DOTALL)
_MONTHS: Final = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip
_DAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_LAST_SERIAL: Final = 2_958_466
_LONGEST_FORMAT: Final = 255
_MOST_DECIMALS: Final = 30

_Tokens = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class _Section:
    """One part of a format: its tokens, and what they make of it."""

    tokens: _Tokens
    is_date: bool
    is_beyond: bool


def shown(number: str, code: str, *, since_1904: bool = False) -> str:
    """The number, as it stands in the file, as the format `code` shows it. "" where the format hides it."""
    try:
        value = Decimal(number)
    except InvalidOperation:
        return number
    if not value.is_finite() or abs(value.adjusted()) > 320:
        return number
    sections = _sections(code[:_LONGEST_FORMAT])
    index = 0
    if len(sections) > 1 and value < 0:
        index = 1
    elif len(sections) > 2 and value == 0:
        index = 2
    section = sections[index]
    if any(part.is_beyond for part in sections):
        return plain(value)
    if section.is_date:
        return _moment(value, section.tokens, since_1904=since_1904) or plain(value)
    if not section.tokens and len(sections) > 1:
        return ""
    return _number(abs(value) if index == 1 else value, section.tokens)


def plain(value: Decimal) -> str:
    """A number as the format "General" shows it: up to 11 figures."""
    rounded = +value.normalize().__round__(max(0, 10 - max(value.adjusted(), 0))) if value else Decimal(0)
    return f"{rounded.normalize():f}" if -10 < value.adjusted() < 16 else f"{float(value):.5E}"


@cache
def _sections(code: str) -> tuple[_Section, ...]:
    found: list[_Section] = []
    position = 0
    while position <= len(code) and len(found) < 4:
        match = _SECTION.match(code, position)
        text = match.group() if match else ""
        tokens = _tokens(text)
        kinds = {kind for kind, _ in tokens}
        dated = bool(kinds & {"date", "elapsed", "noon"})
        digits = sum(kind == "digits" for kind, _ in tokens)
        beyond = bool(kinds & {"condition"}) or (not dated and (digits > 1 or bool(kinds & {"beyond"})))
        found.append(_Section(tokens, dated, beyond))
        position += len(text) + 1
    return tuple(found)


def _tokens(text: str) -> tuple[tuple[str, str], ...]:
    tokens: list[tuple[str, str]] = []
    for match in _TOKEN.finditer(text):
        kind = match.lastgroup
        if kind is not None:
            known = "literal" if kind in ("quoted", "escaped", "currency") else kind
            tokens.append((known, match.group(kind)))
    return tuple(tokens)


def _number(value: Decimal, tokens: _Tokens) -> str:
    percents = sum(kind == "percent" for kind, _ in tokens)
    written: list[str] = []
    for kind, text in tokens:
        if kind == "digits":
            written.append(_digits(abs(value) * 100**percents, text))
        elif kind == "general":
            written.append(plain(abs(value)))
        elif kind in ("literal", "percent"):
            written.append(text)
    shown_text = "".join(written).strip() if tokens else plain(abs(value))
    return f"-{shown_text}" if value < 0 and any(map(str.isdigit, shown_text)) else shown_text


def _digits(value: Decimal, pattern: str) -> str:
    whole, _, decimals = pattern.rstrip(",").partition(".")
    value = value.scaleb(-3 * (len(pattern) - len(pattern.rstrip(","))))
    places = min(len(decimals), _MOST_DECIMALS)
    try:
        rounded = value.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)
    except InvalidOperation:
        return plain(value)
    figures, _, fraction = f"{rounded:f}".partition(".")
    least = decimals.count("0")
    while len(fraction) > least and fraction.endswith("0"):
        fraction = fraction[:-1]
    figures = figures.lstrip("0").rjust(whole.replace(",", "").replace("#", "").count("0"), "0")
    if "," in whole:
        figures = f"{int(figures):,}".rjust(len(figures), "0") if figures else figures
    return f"{figures}.{fraction}" if fraction else figures


def _moment(value: Decimal, tokens: _Tokens, *, since_1904: bool) -> str | None:
    """A date or time, or None for a number that is none."""
    if not 0 <= value < _LAST_SERIAL:
        return None
    # Day 60 of the older calendar is 29 February 1900, which there was not.
    days = 0 if since_1904 else -1 if value >= 60 else 0
    first = datetime(1904, 1, 1) if since_1904 else datetime(1899, 12, 31)  # noqa: DTZ001 -- a wall clock's time
    try:
        moment = first + timedelta(days=days + int(value), seconds=round(float(value % 1) * 86_400))
    except OverflowError:
        return None
    twelve = any(kind == "noon" for kind, _ in tokens)
    written: list[str] = []
    for index, (kind, text) in enumerate(tokens):
        if kind == "date":
            minutes = text[0] in "mM" and len(text) < 3 and _is_minutes(tokens, index)
            written.append(_field(moment, text.lower(), minutes=minutes, twelve=twelve))
        elif kind == "elapsed":
            written.append(str(int(value * {"h": 24, "m": 1440, "s": 86_400}[text[0].lower()])))
        elif kind == "noon":
            written.append("AM" if moment.hour < 12 else "PM")
        elif kind in ("literal", "beyond"):
            written.append(text)
    return "".join(written).strip()


def _is_minutes(tokens: _Tokens, index: int) -> bool:
    """Whether an "m" means minutes: it follows hours or stands before seconds."""
    before = next((text for kind, text in reversed(tokens[:index]) if kind in ("date", "elapsed")), "")
    after = next((text for kind, text in tokens[index + 1 :] if kind in ("date", "elapsed")), "")
    return before[:1] in ("h", "H") or after[:1] in ("s", "S")


def _field(moment: datetime, text: str, *, minutes: bool, twelve: bool) -> str:
    width = len(text)
    match text[0]:
        case "y":
            return f"{moment.year:04}" if width > 2 else f"{moment.year % 100:02}"
        case "m" if minutes:
            return f"{moment.minute:0{width}}"
        case "m":
            name = _MONTHS[moment.month - 1]
            return (f"{moment.month:0{width}}", name[:3], name, name[0])[max(0, min(width, 5) - 2)]
        case "d":
            name = _DAYS[moment.weekday()]
            return f"{moment.day:0{width}}" if width < 3 else name[:3] if width == 3 else name
        case "h":
            return f"{(moment.hour % 12 or 12) if twelve else moment.hour:0{min(width, 2)}}"
        case _:
            return f"{moment.second:0{min(width, 2)}}"
