"""Whether a person could read a document on a day, and why: from what was noted of the person, from the history of the
document's audience, and from what was recorded of its editions by then. What is not on record counts as no.

A day is cut at every moment at which something changed; in each part one thing holds.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import pairwise
from typing import Any, TypeVar
from uuid import UUID

from audit.records import RecordKind
from core.principal import EVERYONE, ROLE_PERMISSIONS, Permission


@dataclass(frozen=True, slots=True)
class Noted:
    """What sign-ins said of the person from a moment on."""

    since: datetime
    roles: frozenset[str]

    def may(self, permission: Permission) -> bool:
        return any(permission in ROLE_PERMISSIONS.get(role, ()) for role in self.roles)


@dataclass(frozen=True, slots=True)
class Meant:
    """For whom the document was meant from a moment on, and who decided so."""

    since: datetime
    roles: frozenset[str]
    changed_by: str

    def includes(self, roles: Iterable[str]) -> bool:
        return EVERYONE in self.roles or not self.roles.isdisjoint(roles)


Since = TypeVar("Since", Noted, Meant)


@dataclass(frozen=True, slots=True)
class Happening:
    """What was recorded of the document or one of its editions."""

    kind: str
    at: datetime
    actor: str
    body: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class OnDay:
    """The question: who, which document, and the day from its first moment up to, not with, `end`: the next day's, or
    now where the day is not over. `local`: a moment in the tenant's time zone; `names`: of people."""

    user: str
    name: str
    document: str
    on: date
    start: datetime
    end: datetime
    local: Callable[[datetime], datetime]
    created_by: str
    created_at: datetime
    names: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True, slots=True)
class Edition:
    """An edition, and what became of it by the end of the day."""

    id: UUID
    version: str
    effective_from: date
    effective_to: date | None
    states: tuple[tuple[datetime, str], ...]

    def state_at(self, moment: datetime) -> str | None:
        """None where it was not there yet."""
        return next((state for since, state in reversed(self.states) if since <= moment), None)

    def last(self, state: str) -> datetime | None:
        """When it came into that state last."""
        return next((since for since, each in reversed(self.states) if each == state), None)

    @property
    def published_at(self) -> datetime:
        """When it was published last, else when it came in."""
        return self.last("published") or self.states[0][0]

    def covers(self, on: date) -> bool:
        return self.effective_from <= on and (self.effective_to is None or on < self.effective_to)


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the day in which nothing changed, with what held in it."""

    since: datetime
    until: datetime
    noted: Noted | None
    meant: Meant | None
    open: frozenset[UUID]
    """The editions that the person could open."""
    counting: UUID | None
    """The edition that answers could rest on, for those who could open it."""

    @property
    def reads(self) -> bool:
        """Whether the person, in this part of the day, could read what was published of the document."""
        return self.noted is not None and self.meant is not None and reads(self.noted, self.meant)


@dataclass(frozen=True, slots=True)
class Past:
    """All that is on record of the question, worked out."""

    noted: tuple[Noted, ...]
    """What held on the day: noted last before it, then what changed in it."""
    meant: tuple[Meant, ...]
    editions: tuple[Edition, ...]
    """In the order in which they came."""
    parts: tuple[Part, ...]

    @property
    def allowed(self) -> bool:
        return any(part.open for part in self.parts)

    @property
    def all_day(self) -> bool:
        return all(part.open for part in self.parts)

    def spans(self, edition: UUID | None = None) -> list[tuple[datetime, datetime]]:
        """When that edition, or any, could be read; parts that touch are one."""
        spans: list[tuple[datetime, datetime]] = []
        for part in self.parts:
            if not (part.open if edition is None else edition in part.open):
                continue
            if spans and spans[-1][1] == part.since:
                spans[-1] = (spans[-1][0], part.until)
            else:
                spans.append((part.since, part.until))
        return spans

    def counted(self, edition: UUID) -> bool:
        """Whether answers to somebody could rest on it at some moment of the day."""
        return any(part.counting == edition for part in self.parts)

    def answered_from(self, edition: UUID) -> bool:
        """Whether answers to this person could rest on it at some moment of the day."""
        return any(part.counting == edition and edition in part.open for part in self.parts)


def past(asked: OnDay, noted: Sequence[Noted], meant: Sequence[Meant], happenings: Sequence[Happening]) -> Past:
    """Each sequence: all before the end of the day, the first first."""
    editions = _editions(happenings)
    held = _holding(noted, asked)
    audiences = _holding(meant, asked)
    moments = [asked.start, *_within(asked, held, audiences, editions), asked.end]
    parts = [_part(asked, since, until, held, audiences, editions) for since, until in pairwise(moments)]
    return Past(held, audiences, editions, tuple(parts))


def reads(noted: Noted, meant: Meant) -> bool:
    """Whether these roles read what is published for that audience."""
    return noted.may(Permission.DOCUMENT_READ) and meant.includes(noted.roles)


def owns(asked: OnDay, noted: Noted) -> bool:
    """Whether the person opens it as the policy owner who created it."""
    return asked.user == asked.created_by and _edits(noted)


def _edits(noted: Noted) -> bool:
    return noted.may(Permission.DOCUMENT_READ) and noted.may(Permission.DOCUMENT_WRITE)


def _holding(timeline: Sequence[Since], asked: OnDay) -> tuple[Since, ...]:
    """What held at some moment of the day: the last from before it, and what it changed to."""
    before = [each for each in timeline if each.since <= asked.start]
    return (*before[-1:], *(each for each in timeline if asked.start < each.since < asked.end))


def _within(asked: OnDay, held: Sequence[Noted], meant: Sequence[Meant], editions: Sequence[Edition]) -> list[datetime]:
    """The moments of the day at which something changed."""
    moments = {each.since for each in (*held, *meant)} | {since for each in editions for since, _ in each.states}
    return sorted(moment for moment in moments if asked.start < moment < asked.end)


def _part(
    asked: OnDay,
    since: datetime,
    until: datetime,
    held: Sequence[Noted],
    audiences: Sequence[Meant],
    editions: Sequence[Edition],
) -> Part:
    noted = next((each for each in reversed(held) if each.since <= since), None)
    meant = next((each for each in reversed(audiences) if each.since <= since), None)
    published = [each for each in editions if each.state_at(since) == "published"]
    opened: list[Edition] = []
    if noted is not None and meant is not None:
        if owns(asked, noted) or (reads(noted, meant) and _edits(noted)):
            opened = [each for each in editions if each.state_at(since) is not None]
        elif reads(noted, meant):
            opened = published
    begun = [each for each in published if each.effective_from <= asked.on]
    newest = max(begun, key=lambda each: (each.effective_from, each.published_at, each.id), default=None)
    counting = newest.id if newest is not None and newest.covers(asked.on) else None
    return Part(since, until, noted, meant, frozenset(each.id for each in opened), counting)


_STATES = {
    RecordKind.EDITION_UPLOADED: "parsing",
    RecordKind.EDITION_PARSED: "draft",
    RecordKind.EDITION_FAILED: "failed",
    RecordKind.EDITION_PUBLISHED: "published",
    RecordKind.EDITION_WITHDRAWN: "withdrawn",
}
"""The state that each record leaves an edition in, unless it names another: a file read twice is a draft once."""


def _editions(happenings: Sequence[Happening]) -> tuple[Edition, ...]:
    of: dict[str, list[Happening]] = {}
    for each in happenings:
        if each.kind in _STATES and "edition" in each.body:
            of.setdefault(str(each.body["edition"]), []).append(each)
    return tuple(_edition(edition, each) for edition, each in of.items())


def _edition(edition: str, happened: Sequence[Happening]) -> Edition:
    body = happened[-1].body
    until = body.get("effective_to")
    return Edition(
        id=UUID(edition),
        version=str(body.get("version", "")),
        effective_from=date.fromisoformat(str(body["effective_from"])),
        effective_to=None if until is None else date.fromisoformat(str(until)),
        states=tuple((each.at, str(each.body.get("state") or _STATES[RecordKind(each.kind)])) for each in happened),
    )
