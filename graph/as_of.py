"""The day that a question about the past is about: "What applied on 3 March 2017?".

A date in a question is far more often part of its subject ("a loan opened on 3 March 2017") than the day whose policy
is asked for, and taking the one for the other answers from the wrong editions. So a day counts only where the words
bind it to what holds: a rule, a policy or a fee that applied, was in force, counted, or an edition of that time. Two
such days, or a word for the present beside one, are no day. A month or a year stands for its last day, which is said
with the answer.
"""

import re
from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Final

MONTHS: Final = (
    "january february march april may june july august september october november december".split()  # noqa: SIM905
)
_FIRST_YEAR, _LAST_YEAR = 1900, 2199


class DayReading(StrEnum):
    """How the words became a day."""

    DAY = "day"
    END_OF_MONTH = "end_of_month"
    END_OF_YEAR = "end_of_year"
    PRESENT = "present"
    """The month or year under way: its present day."""
    DAY_BEFORE = "day_before"


@dataclass(frozen=True, slots=True)
class NamedDay:
    """The day, the words that named it, how they were read, and the question without them."""

    day: date
    words: str
    reading: DayReading
    without: str


@dataclass(frozen=True, slots=True)
class _Time:
    """A day, month or year: its first and its last day."""

    first: date
    last: date


_MONTH: Final = "(?:" + "|".join(f"{name}|{name[:3]}\\.?" for name in MONTHS) + "|sept\\.?)"
_DAY_NUMBER: Final = r"(?:0?[1-9]|[12]\d|3[01])(?:st|nd|rd|th)?"
_YEAR: Final = r"(?:19|20|21)\d\d"
_TIME: Final = (
    rf"(?:the\s+)?(?:(?P<iso>{_YEAR}-\d\d-\d\d)"
    rf"|(?P<dmy>{_DAY_NUMBER}\s+(?:of\s+)?{_MONTH},?\s+{_YEAR})"
    rf"|(?P<mdy>{_MONTH}\s+{_DAY_NUMBER},?\s+{_YEAR})"
    rf"|(?P<month>{_MONTH},?\s+(?:of\s+)?{_YEAR})"
    rf"|(?:(?:the\s+)?year\s+)?(?P<year>{_YEAR})"
    r"|(?P<relative>yesterday|last\s+(?:month|year)))(?![\w-])(?!\.\d)"
)
_ANY_TIME: Final = re.sub(r"\?P<\w+>", "?:", _TIME)

_RULE: Final = (
    r"(?:polic(?:y|ies)|rules?|regulations?|requirements?|procedures?|guidelines?|guidance|circulars?|handbooks?|manuals?|"
    r"standards?|limits?|thresholds?|deadlines?|time\s+limits?|fees?|charges?|fee\s+schedules?|schedules?|tariffs?|"
    r"price\s+lists?|rates?|editions?|versions?|terms|conditions|law)"
)
_PAPER: Final = (
    r"(?:edition|version|fee\s+schedule|schedule\s+of\s+fees|tariff|price\s+list|handbook|manual|circular|"
    r"polic(?:y|ies)|rules|rulebook|guidelines)"
)
# Between what holds and its time: a few words, none of which opens another clause or is about somebody's own case.
_APART: Final = (
    r"(?:\s+(?!(?:if|when|whenever|where|who|whose|that|which|but|opened|made|received|filed|dated|signed|issued|reported|"
    r"bought|sold|closed|charged|posted|sent|submitted|requested|notified|discovered|since|after|before|until|by|and|or)"
    r"\b)[\w'’/&-]+){0,8}?"
)
_WAS: Final = r"(?:(?:was|were|is|are|will\s+be)\s+(?:then\s+|still\s+|already\s+)?)"
_IN_FORCE: Final = r"(?:in\s+force|in\s+effect|in\s+place|applicable)"
_AT: Final = (
    r"(?:\s*,?\s+(?:back\s+)?(?P<at>on|in|at|as\s+of|as\s+at|during|before|prior\s+to)\s+|"
    r"\s*,?\s+(?=yesterday|last\s))"
)
# "Which daily limit", and nothing that would be another clause: "what notice do we give for a rate change" is one.
_WHICH: Final = (
    r"\b(?:what|which)(?:\s+(?!(?:do|does|did|is|are|was|were|be|if|when|happens|we|you|i|they|must|should|can|may|to|"
    r"customers?|clients?|people|persons?|applicants?)\b)[\w'’-]+){0,4}?"
)

# What binds a time to what holds. Each has one time; the group `cut` is what the question is searched without.
_BINDING: Final = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        # Which limit applied on …; what was effective in …; what will apply on …
        rf"{_WHICH}(?:{_APART}\s+{_WAS}(?:{_IN_FORCE}|effective|valid)|\s+(?:applied|counted|held|will\s+apply))"
        rf"{_APART}(?P<cut>{_AT}{_TIME})",
        # The fee for wires that was in effect before …; the rules in force on …
        rf"\b{_RULE}{_APART}\s+(?:(?:that|which)\s+)?{_WAS}?{_IN_FORCE}{_APART}(?P<cut>{_AT}{_TIME})",
        # What did the policy say on …; which rules did we apply in …
        rf"\bdid\s+(?:the\s+|our\s+)?(?:(?:we|you|the\s+bank)\s+apply|[\w-]*\s*\b{_RULE}(?:\s+[\w-]+){{0,2}}?\s+"
        rf"(?:apply|hold|say|require|allow|provide)){_APART}(?P<cut>{_AT}{_TIME})",
        # Policy as of …; the fee schedule of …
        rf"\b{_RULE}(?P<cut>\s*,?\s+(?P<at>as\s+of|as\s+at)\s+{_TIME})",
        rf"\b{_PAPER}(?P<cut>\s+(?P<at>of|from|dated)\s+{_TIME})",
        # As of 3 March 2017, what …; What …, as of 3 March 2017?
        rf"^\W*(?P<cut>(?P<at>as\s+of|as\s+at)\s+{_TIME}\s*[,:]?)",
        rf"(?<=\w)(?P<cut>\s*,\s+(?P<at>as\s+of|as\s+at)\s+{_TIME})\W*$",
        # Did we ask for identification as of 3 March 2017? But not: is the interest calculated as of 3 March 2017?
        rf"\b(?:did|do|does|must|may|can|could|should|had|have)\s+(?:we|i|you|they|staff|tellers?|the\s+(?:bank|branch))\b"
        rf"[^.?!]*?(?<!ed)(?P<cut>\s+(?P<at>as\s+of|as\s+at)\s+{_TIME})\W*$",
        # Under the 2016 edition of Regulation E; under the 2016 edition, …
        rf"(?P<cut>\bthe\s+{_TIME}\s+(?:edition|version)\s+of)\b",
        rf"(?P<cut>\b(?:under|in|by)\s+the\s+{_TIME}\s+(?:edition|version))\b(?!\s+of\b)",
        # Last year's fee schedule; the March 2017 fee schedule
        rf"(?P<cut>\b{_TIME}['’]s?)(?:\s+[\w-]+){{0,2}}?\s+{_PAPER}\b",
        rf"\bthe(?P<cut>\s+{_TIME})\s+{_PAPER}\b",
        # On 3 March 2017, what was the fee at that time?
        rf"(?P<cut>\b(?P<at>on|in)\s+{_TIME})(?=.*\b(?:at\s+that\s+time|back\s+then)\b)",
        rf"\b(?:at\s+that\s+time|back\s+then)\b(?P<cut>\s*,?\s*\(?(?:(?P<at>on|in)\s+)?{_TIME}\)?)",
        # What was the wire fee on 3 March 2017?; In 2016, what was the limit …
        rf"\b(?:was|were)\b{_APART}\s+{_RULE}(?P<cut>{_AT}{_TIME})\W*$",
        rf"^\W*(?P<cut>(?:back\s+)?(?P<at>on|in)\s+{_TIME}\s*,)(?=\s*(?:what|which|how)\b.*\b(?:was|were|did)\b.*\b{_RULE}\b)",
    )
)
_PRESENT: Final = re.compile(
    r"\b(?:today|now|nowadays|currently|at\s+present|these\s+days|this\s+year|at\s+the\s+moment)\b", re.I
)
_BALANCE: Final = re.compile(
    r"\b(?:balances?|amounts?|values?|statements?|positions?|holdings|owed|due|outstanding)\s*$", re.I
)
_LONGEST: Final = 2_000
"""Characters of a question that are looked at: a longer one is pasted, and the rules are for a few sentences."""


def named_day(question: str, today: date) -> NamedDay | None:
    """The day whose policy the question asks for; None where it names none, more than one, or the present too."""
    if len(question) > _LONGEST or _PRESENT.search(question) or not re.search(_ANY_TIME, question, re.IGNORECASE):
        return None
    found = list(_found(question, today))
    if not found or len({each.day for each in found}) > 1:
        return None
    return min(found, key=lambda each: len(each.without))


def is_about_today(question: str) -> bool:
    """Whether the question says itself that it is about the present, so that an earlier one's day does not go on."""
    return _PRESENT.search(question) is not None


def _found(question: str, today: date) -> Iterator[NamedDay]:
    for pattern in _BINDING:
        for match in pattern.finditer(question):
            time = _time(match, today)
            if time is None or _BALANCE.search(question[: match.start("cut")]):
                continue
            start, end = match.span("cut")
            words = " ".join(match["cut"].split()).strip(" ,:()")
            at = " ".join((match.groupdict().get("at") or "").lower().split())
            day, reading = _read(time, before=at in ("before", "prior to"), today=today)
            article = "the" if words.endswith(("'", "’", "s")) and match["cut"].rstrip()[-2:-1] in "'’" else ""
            yield NamedDay(day, words, reading, _tidied(question[:start], article, question[end:]))


def _read(time: _Time, *, before: bool, today: date) -> tuple[date, DayReading]:
    if before:
        return time.first - timedelta(days=1), DayReading.DAY_BEFORE
    if time.first == time.last:
        return time.first, DayReading.DAY
    if time.first <= today <= time.last:
        return today, DayReading.PRESENT
    is_month = (time.first.year, time.first.month) == (time.last.year, time.last.month)
    return time.last, DayReading.END_OF_MONTH if is_month else DayReading.END_OF_YEAR


def _time(match: re.Match[str], today: date) -> _Time | None:
    if match["iso"]:
        year, month, number = (int(part) for part in match["iso"].split("-"))
        return _day(year, month, number)
    if match["relative"]:
        return _relative(match["relative"].lower(), today)
    if match["year"]:
        return _Time(date(int(match["year"]), 1, 1), date(int(match["year"]), 12, 31))
    written = match["dmy"] or match["mdy"] or match["month"]
    year = int(re.findall(_YEAR, written)[-1])
    name = re.search(r"[a-z]{3,}", re.sub(r"\d+(?:st|nd|rd|th)|\bof\b", " ", written.lower()))
    month = 0 if name is None else _month_number(name.group())
    if match["month"]:
        return _Time(date(year, month, 1), date(year, month, monthrange(year, month)[1]))
    return _day(year, month, int(re.findall(r"\d+", written)[0]))


def _month_number(name: str) -> int:
    return next(number for number, month in enumerate(MONTHS, start=1) if month.startswith(name[:3]))


def _day(year: int, month: int, number: int) -> _Time | None:
    """The day; None for one that the calendar does not have."""
    if not 1 <= month <= 12 or not 1 <= number <= monthrange(year, month)[1]:
        return None
    return _Time(date(year, month, number), date(year, month, number))


def _relative(words: str, today: date) -> _Time:
    if words == "yesterday":
        return _Time(today - timedelta(days=1), today - timedelta(days=1))
    if words.endswith("year"):
        return _Time(date(today.year - 1, 1, 1), date(today.year - 1, 12, 31))
    last = today.replace(day=1) - timedelta(days=1)
    return _Time(last.replace(day=1), last)


def _tidied(*parts: str) -> str:
    """The question without the words of the day, with its spaces and its first letter in order."""
    text = re.sub(r"\s+([?.,;:!])", r"\1", " ".join(" ".join(parts).split())).strip(" ,:;")
    return text[:1].upper() + text[1:]


def said(named: NamedDay) -> str:
    """How the words became the day, where that is not plain."""
    match named.reading:
        case DayReading.DAY:
            return ""
        case DayReading.END_OF_MONTH | DayReading.END_OF_YEAR:
            period = "month" if named.reading is DayReading.END_OF_MONTH else "year"
            return f"Your question says “{named.words}”: the last day of that {period} was taken."
        case DayReading.PRESENT:
            return f"Your question says “{named.words}”: that time is not over, so its present day was taken."
        case DayReading.DAY_BEFORE:
            return f"Your question says “{named.words}”: the day before was taken."
