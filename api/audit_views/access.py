"""Whether a person could read a document on a day, and why: from what was noted of the person and recorded of the
document by then. What is not on record counts as no, and is said."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from api.audit_views.words import day, listed, the_roles
from audit.records import RecordKind
from core.principal import EVERYONE, ROLE_PERMISSIONS, Permission

Spoken = Callable[[datetime], str]
"""A moment as the time of day in the tenant's time zone."""


@dataclass(frozen=True, slots=True)
class Noted:
    """What sign-ins said of the person from a moment on."""

    since: datetime
    roles: frozenset[str]

    def may(self, permission: Permission) -> bool:
        return any(permission in ROLE_PERMISSIONS.get(role, ()) for role in self.roles)


@dataclass(frozen=True, slots=True)
class Happening:
    """What was recorded of an edition of the document."""

    kind: str
    at: datetime
    actor: str
    body: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class OnDay:
    """The question: who, which document, and the day from its first moment up to, not with, the next day's."""

    user: str
    name: str
    document: str
    on: date
    start: datetime
    end: datetime
    spoken: Spoken


@dataclass(frozen=True, slots=True)
class Edition:
    """An edition that could be opened on the day by those for whom it was."""

    id: UUID
    version: str
    effective_from: date
    effective_to: date | None
    published_at: datetime

    def is_in_force(self, on: date) -> bool:
        return self.effective_from <= on and (self.effective_to is None or on < self.effective_to)


@dataclass(slots=True)
class Finding:
    """The answer as it is worked out."""

    allowed: bool = False
    known: bool = True
    reasons: list[str] = field(default_factory=list[str])
    roles: frozenset[str] | None = None
    audience: list[str] | None = None
    edition: Edition | None = None

    def say(self, *reasons: str) -> None:
        self.reasons += reasons

    def unknown(self, reason: str) -> None:
        self.known = False
        self.say(f"{reason} What is not on record counts as no.")


def access(
    asked: OnDay, noted: Sequence[Noted], happenings: Sequence[Happening], *, created_by: str, created_at: datetime
) -> Finding:
    """`noted` and `happenings`: all before the end of the day, the first first. `created_*`: of the document."""
    found = Finding()
    held = _held(asked, noted)
    editions = _open_editions(asked, happenings)
    _say_roles(asked, found, held)
    _say_document(asked, found, happenings, created_at)
    if not held or found.audience is None:
        return found
    owns = created_by == asked.user or any(
        each.kind == RecordKind.EDITION_UPLOADED and each.actor == asked.user for each in happenings
    )
    reading = [each for each in held if _reads(each, found.audience, owns=owns)]
    _say_right(asked, found, held, reading, owns=owns)
    drafts = any(each.may(Permission.DOCUMENT_WRITE) for each in reading)
    _say_edition(asked, found, editions, drafts=drafts)
    found.allowed = bool(reading) and (bool(editions) or drafts)
    return found


def _held(asked: OnDay, noted: Sequence[Noted]) -> list[Noted]:
    """What held at some moment of the day: what was noted last before it, and what it changed to."""
    before = [each for each in noted if each.since < asked.start]
    return [*before[-1:], *(each for each in noted if asked.start <= each.since < asked.end)]


def _reads(noted: Noted, audience: Sequence[str], *, owns: bool) -> bool:
    if not noted.may(Permission.DOCUMENT_READ):
        return False
    in_audience = EVERYONE in audience or not noted.roles.isdisjoint(audience)
    return in_audience or (owns and noted.may(Permission.DOCUMENT_WRITE))


def _say_roles(asked: OnDay, found: Finding, held: Sequence[Noted]) -> None:
    if not held:
        found.unknown(f"Up to {day(asked.on)}, no sign-in of {asked.name} is noted.")
        return
    found.roles = frozenset[str]().union(*(each.roles for each in held))
    first, *later = held
    since = f"since {asked.spoken(first.since)} on" if first.since >= asked.start else "on"
    found.say(f"{asked.name} had {the_roles(first.roles)} {since} {day(asked.on)}, as the last sign-in said.")
    found.reasons += [f"From {asked.spoken(each.since)} on it was {the_roles(each.roles)}." for each in later]


def _say_document(asked: OnDay, found: Finding, happenings: Sequence[Happening], created_at: datetime) -> None:
    if not happenings:
        if created_at >= asked.end:
            found.say(f"The document {asked.document} did not exist yet.")
        else:
            found.unknown(f"The ledger tells nothing of the document {asked.document} up to that day.")
        return
    found.audience = sorted(str(role) for role in happenings[-1].body.get("audience", []))
    meant = (
        "everyone"
        if EVERYONE in found.audience
        else f"people with {'one of ' if len(found.audience) > 1 else ''}{the_roles(found.audience)}"
    )
    found.say(f"The document was meant for {meant}.")


def _say_right(asked: OnDay, found: Finding, held: Sequence[Noted], reading: Sequence[Noted], *, owns: bool) -> None:
    if not any(each.may(Permission.DOCUMENT_READ) for each in held):
        found.say("None of these roles includes the right to read documents.")
    elif not reading:
        found.say(f"So {asked.name} was not among those whom it was meant for.")
    elif found.audience is not None and EVERYONE not in found.audience:
        shared = sorted({role for each in reading for role in each.roles} & set(found.audience))
        if shared:
            found.say(
                f"So {asked.name} was among them, by the role {listed(role.replace('_', ' ') for role in shared)}."
            )
        elif owns:
            found.say(f"{asked.name} was not among them, but may open it as the policy owner who put it in.")


def _say_edition(asked: OnDay, found: Finding, editions: Sequence[Edition], *, drafts: bool) -> None:
    if not editions:
        also = ", but a policy owner may open what is not published too" if drafts else ""
        found.say(f"No edition of it was published on {day(asked.on)}{also}.")
        return
    begun = [each for each in editions if each.effective_from <= asked.on]
    order: Callable[[Edition], tuple[date, datetime]] = lambda each: (each.effective_from, each.published_at)  # noqa: E731
    found.edition = max(begun or editions, key=order)
    of = f"Edition {found.edition.version}"
    if found.edition.is_in_force(asked.on):
        found.say(f"{of} was published and counted on that day, so answers could rest on it.")
    else:
        found.say(f"{of} was published, but none counted on that day: it could be opened, and no answer rested on it.")


def _open_editions(asked: OnDay, happenings: Sequence[Happening]) -> list[Edition]:
    """The editions that were published at some moment of the day."""
    published: dict[str, Happening] = {}
    withdrawn: dict[str, datetime] = {}
    for each in happenings:
        edition = str(each.body.get("edition"))
        if each.kind == RecordKind.EDITION_PUBLISHED:
            published[edition] = each
            withdrawn.pop(edition, None)
        elif each.kind == RecordKind.EDITION_WITHDRAWN:
            withdrawn[edition] = each.at
    return [
        _edition(edition, each)
        for edition, each in published.items()
        if edition not in withdrawn or withdrawn[edition] >= asked.start
    ]


def _edition(edition: str, published: Happening) -> Edition:
    body = published.body
    until = body.get("effective_to")
    return Edition(
        id=UUID(edition),
        version=str(body.get("version", "")),
        effective_from=date.fromisoformat(str(body["effective_from"])),
        effective_to=None if until is None else date.fromisoformat(str(until)),
        published_at=published.at,
    )
