"""Every figure, date, amount, percentage and period of a text, in one comparable form each.

"ten business days", "10 business days" and "ten (10) business days" are one quantity; "10 days" and "10 months" are
three different ones. `missing` tells which quantities of a claim its sources don't have: the check that keeps a wrong
number from ever being released.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

_UNITS: Final = {
    "zero": 0, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9,
    "ten": 10, "eleven": 11, "twelve": 12, "thirteen": 13, "fourteen": 14, "fifteen": 15, "sixteen": 16,
    "seventeen": 17, "eighteen": 18, "nineteen": 19, "twice": 2, "thrice": 3, "dozen": 12,
}  # fmt: skip
_TENS: Final = {
    "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90,
}  # fmt: skip
_SCALES: Final = {"hundred": 100, "thousand": 1_000, "million": 1_000_000, "billion": 1_000_000_000}
_ORDINALS: Final = {
    "third": 3, "fourth": 4, "fifth": 5, "sixth": 6, "seventh": 7, "eighth": 8, "ninth": 9, "tenth": 10,
    "fifteenth": 15, "twentieth": 20, "thirtieth": 30, "sixtieth": 60, "ninetieth": 90,
}  # fmt: skip
_MONTHS: Final = {
    "january": 1, "jan": 1, "february": 2, "feb": 2, "march": 3, "mar": 3, "april": 4, "apr": 4, "may": 5, "june": 6,
    "jun": 6, "july": 7, "jul": 7, "august": 8, "aug": 8, "september": 9, "sep": 9, "sept": 9, "october": 10,
    "oct": 10, "november": 11, "nov": 11, "december": 12, "dec": 12,
}  # fmt: skip
_MONTH: Final = "|".join(sorted(_MONTHS, key=len, reverse=True))
_WORD_NUMBER: Final = "|".join([*_UNITS, *_TENS, *_SCALES])
_NUMBER: Final = rf"(?:\d[\d,]*(?:\.\d+)?|(?:{_WORD_NUMBER})(?:(?:[\s-]|\sand\s)(?:{_WORD_NUMBER}))*)"
_SCALE: Final = r"(?:\s?(?P<scale>thousand|million|billion|m|bn|k)\b)?"
_PERIOD: Final = (
    r"business[ -]days?|banking[ -]days?|working[ -]days?|calendar[ -]days?|days?|weeks?|months?|quarters?|years?|"
    r"hours?|minutes?"
)

PERIODS: Final = frozenset({"business day", "day", "week", "month", "quarter", "year", "hour", "minute"})
"""The kinds of a quantity that are periods."""

_DATE_FORMS: Final = (
    re.compile(r"\b(?P<y>\d{4})-(?P<m>\d{2})-(?P<d>\d{2})\b"),
    re.compile(rf"\b(?P<mon>{_MONTH})\.?\s+(?P<d>\d{{1,2}})(?:st|nd|rd|th)?(?:,?\s+(?P<y>\d{{4}}))?\b"),
    re.compile(rf"\b(?P<d>\d{{1,2}})(?:st|nd|rd|th)?\s+(?:of\s+)?(?P<mon>{_MONTH})\b\.?(?:,?\s+(?P<y>\d{{4}}))?"),
    re.compile(r"\b(?P<m>\d{1,2})/(?P<d>\d{1,2})/(?P<y>\d{4})\b"),
)
_VERB_AHEAD: Final = re.compile(r"\s+(?!(?:and|or|to|until|of|in|at|each|every|is|are|was)\b)[a-z]")
_CITATION: Final = re.compile(
    r"(?:§+\s*|\b(?:sections?|part|paragraphs?|regulation|article|appendix|chapter|subpart|cfr|circular)\.?\s+)"
    r"[\w.-]*\d[\w.-]*(?:\([\w]{1,5}\))*|\b\d{2,4}\.\d{1,3}(?:\([\w]{1,5}\))+|\b\d{4}\.\d{1,3}\b|"
    r"\b\d{1,2}\s+(?:cfr|u\.?s\.?c\.?)\s+(?:part\s+)?[\d.]+|"
    r"\[\d{1,2}\]|\b[a-z]-\d{2,}\b"
)
_MONEY: Final = re.compile(
    rf"(?P<sign>[$€£]|\b(?:usd|eur|gbp|us\$))\s?(?P<n>{_NUMBER}){_SCALE}|"
    rf"\b(?P<n2>{_NUMBER}){_SCALE.replace('scale', 'scale2')}\s?(?P<unit>dollars?|usd|euros?|eur|pounds?|gbp|"
    rf"cents?)\b(?!\s?\d)"
)
_PERCENT: Final = re.compile(
    rf"\b(?P<n>{_NUMBER})\s?(?:%|per\s?cent\b|percent(?:age points?)?\b)|\b(?P<bp>\d+)\s?basis points?\b"
)
_DURATION: Final = re.compile(
    rf"\b(?P<n>{_NUMBER}|{'|'.join(_ORDINALS)}|an?|(?:a )?single|half a)(?:st|nd|rd|th)?(?:\s?\(\s?[\w-]+\s?\))?"
    rf"(?P<list>(?:,?\s(?:or|to|and|through)\s|-to-)(?:{_NUMBER}))?[\s-]+(?P<unit>{_PERIOD})\b"
)
_EDITION: Final = re.compile(
    rf"\b(?:edition|version|revision|release|v)\.?\s?(?:no\.?\s|number\s)?(?P<n>\d+(?:\.\d+)*)\b(?!\s+\w+\s+\d{{4}})|"
    rf"\b(?P<o>first|second|{'|'.join(_ORDINALS)})\s+(?:edition|version|revision)\b"
)
# "$2 a month", "1.5 percent per year", "annually"
_RATE: Final = re.compile(
    rf"(?:(?<!\bfor )(?<!\bin )(?<!\bof )(?<!\bthan )(?<!\bwithin )(?<!\bafter )(?<!\bleast )(?<!\bmost )(?<!\bonce )"
    rf"(?<!\bhalf )(?<!\bor )(?<!\bto )(?<!\bis )(?<!\bbefore )(?<!\bover )(?<!\bfrom )(?<!\babout )(?<=[a-z\x00] )"
    rf"(?:an?|each|every)|\bper) (?P<unit>{_PERIOD})\b|\b(?P<often>daily|weekly|monthly|quarterly|"
    r"yearly|annual(?:ly)?)\b"
)
_OFTEN: Final = {"daily": "day", "weekly": "week", "monthly": "month", "quarterly": "quarter"}
_PLAIN: Final = re.compile(rf"(?<![\w.])(?P<n>{_NUMBER})(?:st|nd|rd|th)?(?![\w])")
# No figure is as long; reading one takes time that grows with its square.
_ENDLESS: Final = re.compile(r"[\d,]{40,}")
_CURRENCY: Final = {
    "$": "usd", "us$": "usd", "usd": "usd", "dollar": "usd", "€": "eur", "eur": "eur", "euro": "eur", "£": "gbp",
    "gbp": "gbp", "pound": "gbp", "cent": "cent",
}  # fmt: skip
_FACTOR: Final = {"thousand": 1e3, "k": 1e3, "million": 1e6, "m": 1e6, "billion": 1e9, "bn": 1e9}


@dataclass(frozen=True, slots=True)
class Quantity:
    """A value with its kind: `date` (ISO or MM-DD), a currency, `percent`, a period's unit, `rate`, `edition`,
    `citation` or `number`."""

    kind: str
    value: str


def number_of(text: str) -> float | None:
    """The value of digits or number words ("twenty-five", "1,000", "two hundred and ten"); None if neither."""
    plain = text.replace(",", "")
    if re.fullmatch(r"\d+(?:\.\d+)?", plain):
        return float(plain)
    total, current = 0.0, 0.0
    for word in re.split(r"[\s-]+", text):
        if word in _UNITS or word in _TENS:
            current += _UNITS.get(word, 0) or _TENS.get(word, 0)
        elif word == "hundred":
            current = max(current, 1) * 100
        elif word in _SCALES:
            total, current = total + max(current, 1) * _SCALES[word], 0.0
        elif word != "and":
            return None
    return total + current


def _show(value: float) -> str:
    return f"{value:.6f}".rstrip("0").rstrip(".")


def _dates(text: str) -> Iterator[tuple[re.Match[str], Quantity]]:
    for form in _DATE_FORMS:
        for match in form.finditer(text):
            part = match.groupdict()
            month = int(part["m"]) if part.get("m") else _MONTHS[part["mon"]]
            day, year = int(part["d"]), part.get("y")
            if part.get("mon") == "may" and not year and _VERB_AHEAD.match(text, match.end()):
                continue  # "those of 16 and 17 may pay"
            if 1 <= month <= 12 and 1 <= day <= 31:
                yield match, Quantity("date", f"{year + '-' if year else ''}{month:02d}-{day:02d}")


def _money(text: str) -> Iterator[tuple[re.Match[str], Quantity]]:
    for match in _MONEY.finditer(text):
        value = number_of(match["n"] or match["n2"])
        scale = match["scale"] or match["scale2"]
        unit = _CURRENCY[(match["sign"] or match["unit"]).rstrip("s")]
        if value is not None:
            value *= _FACTOR.get(scale, 1.0) if scale else 1.0
            kind, value = ("usd", value / 100) if unit == "cent" else (unit, value)
            yield match, Quantity(kind, _show(value))


def _percents(text: str) -> Iterator[tuple[re.Match[str], Quantity]]:
    for match in _PERCENT.finditer(text):
        value = float(match["bp"]) / 100 if match["bp"] else number_of(match["n"])
        if value is not None:
            yield match, Quantity("percent", _show(value))


def _durations(text: str) -> Iterator[tuple[re.Match[str], Quantity]]:
    for match in _DURATION.finditer(text):
        unit = match["unit"].replace("-", " ").removesuffix("s")
        unit = {"banking day": "business day", "working day": "business day", "calendar day": "day"}.get(unit, unit)
        first = match["n"]
        values = [
            1.0
            if first in ("a", "an", "single", "a single")
            else 0.5
            if first == "half a"
            else _ORDINALS.get(first) or number_of(first)
        ]
        if match["list"]:
            values.append(number_of(re.sub(r"^(?:,?\s(?:or|to|and|through)\s|-to-)", "", match["list"])))
        for value in values:
            if value is not None and not (first in ("a", "an") and unit in ("day", "business day")):
                yield match, Quantity(unit, _show(value))


def _rates(text: str) -> Iterator[tuple[re.Match[str], Quantity]]:
    for match in _RATE.finditer(text):
        often = match["often"]
        yield match, Quantity("rate", _OFTEN.get(often, "year") if often else match["unit"].removesuffix("s"))


def _editions(text: str) -> Iterator[tuple[re.Match[str], Quantity]]:
    for match in _EDITION.finditer(text):
        number = match["n"] or _ORDINALS.get(match["o"]) or {"first": 1, "second": 2}[match["o"]]
        yield match, Quantity("edition", str(number))


def _citations(text: str) -> Iterator[tuple[re.Match[str], Quantity]]:
    for match in _CITATION.finditer(text):
        if any(c.isdigit() for c in match.group()) and not match.group().startswith("["):
            tail = re.search(r"[\w.-]*\d[\w.-]*(?:\(\w{1,5}\))*$", match.group())
            yield match, Quantity("citation", tail.group().rstrip(".") if tail else match.group())


def _numbers(text: str) -> Iterator[tuple[re.Match[str], Quantity]]:
    for match in _PLAIN.finditer(text):
        value = number_of(match["n"])
        # "one" is a pronoun far more often than a figure.
        if value is not None and match["n"] not in ("one", "zero"):
            yield match, Quantity("number", _show(value))


@dataclass(frozen=True, slots=True)
class Found:
    """A quantity with its place in the text it was read from."""

    quantity: Quantity
    start: int
    end: int


def quantities(text: str) -> list[Quantity]:
    """The quantities of `text` in no special order; a longer reading takes its characters from the shorter ones."""
    return [found.quantity for found in located(" ".join(text.casefold().split()))]


def located(text: str) -> list[Found]:
    """As `quantities`, with places; `text` in lower case."""
    rest = text.replace("–", "-").replace("‑", "-")
    rest = re.sub(r"\[\d{1,2}\]", lambda match: " " * len(match.group()), rest)
    found: list[Found] = []
    for reader in (_dates, _editions, _citations, _money, _percents, _rates, _durations, _numbers):
        spans: list[tuple[int, int]] = []
        for match, quantity in reader(rest):
            found.append(Found(quantity, *match.span()))
            spans.append(match.span())
        for start, end in spans:
            rest = rest[:start] + "\x00" * (end - start) + rest[end:]
    return found


def missing(claim: str, source: str, headings: str = "") -> list[Quantity]:
    """The quantities of the claim that the source text doesn't have. One too long to be a figure counts as missing.
    Headings have sections, editions and dates to name, and no figures of a rule."""
    endless = _ENDLESS.search(claim)
    if endless is not None:
        return [Quantity("number", endless.group())]
    wanted = list(dict.fromkeys(quantities(claim)))
    if not wanted:
        return []
    had = quantities(_ENDLESS.sub(" ", source))
    names = ("citation", "edition", "date")
    named = [quantity for quantity in quantities(_ENDLESS.sub(" ", headings)) if quantity.kind in names]
    return [
        quantity
        for quantity in wanted
        if not _has(quantity, had, source) and not (quantity.kind in names and _has(quantity, named, headings))
    ]


def _has(quantity: Quantity, had: list[Quantity], source: str) -> bool:
    if quantity in had:
        return True
    if quantity.kind == "citation":
        # A claim may name the section its source stands in, or a paragraph of it.
        return any(q.kind == "citation" and _same_section(quantity.value, q.value) for q in had) or (
            re.search(rf"(?<![\w.]){re.escape(quantity.value)}(?![\w])", source.casefold()) is not None
        )
    if quantity.kind == "date":
        return any(q.kind == "date" and q.value.endswith(quantity.value) for q in had) or _year_apart(quantity, had)
    if quantity.kind == "number":
        return any(q.value == quantity.value for q in had if q.kind != "date") or _in_date(quantity.value, had)
    return False


def _same_section(claimed: str, stands: str) -> bool:
    return stands == claimed or stands.startswith(claimed + "(") or stands.startswith(claimed + ".")


def _year_apart(quantity: Quantity, had: list[Quantity]) -> bool:
    """ "1 July 2018" of a source that says "1 July" and elsewhere "2018"."""
    year, _, day = quantity.value.partition("-")
    if len(year) != 4 or Quantity("date", day) not in had:
        return False
    return Quantity("number", year) in had or any(q.kind == "date" and q.value.startswith(year + "-") for q in had)


def _in_date(value: str, had: list[Quantity]) -> bool:
    return len(value) == 4 and any(q.kind == "date" and q.value.startswith(value + "-") for q in had)
