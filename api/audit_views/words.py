"""The words that all sentences about a run share: names, times, lists, short forms of digests."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from audit.records import Record
from core.principal import SYSTEM_PERSON
from tools.catalogue.models import Catalogue

SHORT = 4
"""Digits at each end of a digest that are enough to compare two by eye."""

SERVICE = "Countersign"


@dataclass(frozen=True, slots=True)
class Sentence:
    """What is said of one step: `title` and `rest` together are the headline, `text` says more in plain words, and
    `detail` what was used for it."""

    title: str
    rest: str = ""
    text: str | None = None
    detail: str | None = None

    @property
    def headline(self) -> str:
        return f"{self.title} {self.rest}".strip()


@dataclass(frozen=True, slots=True)
class World:
    """What sentences need beside the records: people's names, the bank's tools, and why a text is missing."""

    names: Mapping[str, str]
    catalogue: Catalogue
    lost: str = "its words can no longer be read"
    """Said where a text is missing, with why."""
    terms: Mapping[str, str] = field(default_factory=dict[str, str])
    """Entries of the glossary that widened the run's search, by id: the term with what it stands for."""
    corrections: Mapping[str, str] = field(default_factory=dict[str, str])
    """What was written in the place of a form's fields, by the correction's id."""

    def name(self, person: str) -> str:
        """A person's name, the id where none is known, the service's own for itself."""
        return SERVICE if person == SYSTEM_PERSON else self.names.get(person, person)

    def tool(self, name: str) -> str:
        """What a tool does, in a few words; its bare name once it is gone from the catalogue."""
        tool = self.catalogue.get(name)
        return name if tool is None else tool.title


@dataclass(frozen=True, slots=True)
class Told:
    """A record, or an event without one, with the event that showed the same to the person, where there is one."""

    body: Mapping[str, Any]
    actor: str
    at: datetime
    shown: Mapping[str, Any]
    """The event's data; empty where there is none, or where its texts can't be read."""
    record: Record | None = None


def sentences(*parts: str | None) -> str | None:
    """The parts that say something, one after another; None where none does."""
    said = " ".join(part.strip() for part in parts if part and part.strip())
    return said or None


def listed(items: Iterable[str], *, last: str = "and") -> str:
    """`a, b and c`."""
    *first, end = list(items) or [""]
    return f"{', '.join(first)} {last} {end}" if first else end


def counted(number: int, one: str, many: str | None = None) -> str:
    """`1 passage`, `1,204 passages`."""
    return f"{number:,} {one if number == 1 else many or f'{one}s'}"


def short(digest: str) -> str:
    """`7f3a…c21e`."""
    return digest if len(digest) <= 2 * SHORT else f"{digest[:SHORT]}…{digest[-SHORT:]}"


def day(value: date | str) -> str:
    """`3 March 2026`."""
    at = date.fromisoformat(value) if isinstance(value, str) else value
    return f"{at.day} {at:%B %Y}"


def lasted(span: timedelta) -> str:
    """`38 ms`, `1 min 12 s`, `2 h 5 min`."""
    seconds = max(0.0, span.total_seconds())
    if seconds < 1:
        return f"{seconds * 1000:.0f} ms"
    if seconds < 60:
        return f"{seconds:.0f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest} s" if rest else f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    return f"{hours:,} h {minutes} min" if minutes else f"{hours:,} h"


def roles(names: Iterable[str]) -> str:
    """Roles in words: `staff and fraud desk`; `no role` where there is none."""
    return listed(name.replace("_", " ") for name in sorted(names)) or "no role"


def the_roles(names: Iterable[str]) -> str:
    """As a phrase: `the role staff`, `the roles staff and fraud desk`, `no role`."""
    known = sorted(names)
    return f"the {'role' if len(known) == 1 else 'roles'} {roles(known)}" if known else "no role"


def quoted(text: str) -> str:
    """Somebody's own words."""
    return f"“{text.strip()}”"
