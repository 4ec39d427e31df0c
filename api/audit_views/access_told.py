"""What is said of access on a day: plain sentences, each resting on something that was noted or recorded."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from api.audit_views.access import Edition, Happening, Meant, Noted, OnDay, Past, owns, reads
from api.audit_views.words import day, listed, the_roles
from audit.records import RecordKind
from core.principal import EVERYONE, Permission


@dataclass(slots=True)
class Finding:
    """The answer as it is told. `known`: everything that it rests on is on record."""

    past: Past
    known: bool = True
    reasons: list[str] = field(default_factory=list[str])
    edition: Edition | None = None
    """The one that counted on the day, else the last that could be opened on it."""

    @property
    def allowed(self) -> bool:
        return self.known and self.past.allowed

    def say(self, *reasons: str) -> None:
        self.reasons += reasons

    def unknown(self, reason: str) -> None:
        self.known = False
        self.say(f"{reason} What is not on record counts as no.")


def tell(asked: OnDay, found: Past, happenings: Sequence[Happening]) -> Finding:
    """`happenings`: all that the ledger holds of the document before the end of the day."""
    finding = Finding(found)
    _roles(asked, finding)
    _audience(asked, finding, happenings)
    if not found.noted or not found.meant:
        return finding
    _right(asked, finding)
    _edition(asked, finding)
    if found.allowed and not found.all_day:
        finding.say(f"So {asked.name} could read it for part of the day: {_times(asked, found.spans())}.")
    return finding


def edition_told(asked: OnDay, found: Past, edition: Edition) -> str:
    """Why one edition could or could not be read on the day."""
    spans = found.spans(edition.id)
    if spans == [(asked.start, asked.end)]:
        could = "Could be read all day"
    elif spans:
        could = f"Could be read {_times(asked, spans)}"
    else:
        could = "Could not be read"
    states = [state for state in (edition.state_at(part.since) for part in found.parts) if state is not None]
    if not spans and "published" not in states:
        return f"{could}: it was {_STATE_WORDS[states[-1]]}." if states else f"{could}: it was not there yet."
    if not spans:
        return f"{could}: it was published, but not for the roles of {asked.name}."
    rest = "answers could rest on it" if found.answered_from(edition.id) else "no answer rested on it"
    return f"{could}; {rest}."


_STATE_WORDS = {
    "parsing": "being read in",
    "draft": "not published",
    "failed": "not readable",
    "published": "published",
    "withdrawn": "withdrawn",
}


def _roles(asked: OnDay, finding: Finding) -> None:
    held = finding.past.noted
    if not held:
        finding.unknown(f"Up to {day(asked.on)}, no sign-in of {asked.name} is noted.")
        return
    first, *later = held
    if first.since <= asked.start:
        since = asked.local(first.since)
        finding.say(
            f"{asked.name} had {the_roles(first.roles)} on {day(asked.on)}: "
            f"so it was noted last, on {day(since.date())} at {since:%H:%M}."
        )
    else:
        finding.say(f"{asked.name} had {the_roles(first.roles)} since {_time(asked, first.since)} on {day(asked.on)}.")
    finding.say(*(f"From {_time(asked, each.since)} on it was {the_roles(each.roles)}." for each in later))


def _audience(asked: OnDay, finding: Finding, happenings: Sequence[Happening]) -> None:
    meant = finding.past.meant
    if not meant and asked.created_at >= asked.end:
        finding.say(f"The document {asked.document} did not exist yet.")
        return
    if not meant or not happenings:
        finding.unknown(f"The ledger tells nothing of the document {asked.document} up to that day.")
        return
    first, *later = meant
    finding.say(f"The document was meant for {_people(first)}.")
    finding.say(
        *(
            f"From {_time(asked, each.since)} on it was meant for {_people(each)}, "
            f"as {asked.names.get(each.changed_by, each.changed_by)} decided."
            for each in later
        )
    )
    if (recorded := _recorded(happenings)) != meant[-1].roles:
        finding.unknown(
            "The ledger tells another audience than the history of the document: "
            f"{listed(sorted(role.replace('_', ' ') for role in recorded)) or 'none'}."
        )


def _recorded(happenings: Sequence[Happening]) -> frozenset[str]:
    """The audience that the ledger names last."""
    told = [each.body for each in happenings if each.kind != RecordKind.DOCUMENT_AUDIENCE_PROPOSED]
    named = [body["audience"] for body in told if "audience" in body]
    return frozenset(str(role) for role in named[-1]) if named else frozenset()


def _right(asked: OnDay, finding: Finding) -> None:
    found = finding.past
    pairs = [(part.noted, part.meant) for part in found.parts if part.noted is not None and part.meant is not None]
    reading = [(noted, meant) for noted, meant in pairs if reads(noted, meant)]
    if not any(noted.may(Permission.DOCUMENT_READ) for noted, _ in pairs):
        finding.say("None of these roles includes the right to read documents.")
    elif not reading and any(owns(asked, noted) for noted, _ in pairs):
        finding.say(f"{asked.name} was not among them, but may open it as the policy owner who created it.")
    elif not reading:
        finding.say(f"So {asked.name} was not among those whom it was meant for.")
    elif shared := _shared(reading):
        finding.say(f"So {asked.name} was among them, by the role {listed(shared)}.")


def _shared(reading: Iterable[tuple[Noted, Meant]]) -> list[str]:
    """The roles that let the person in; none where everyone was."""
    roles = {role for noted, meant in reading if EVERYONE not in meant.roles for role in noted.roles & meant.roles}
    return sorted(role.replace("_", " ") for role in roles)


def _edition(asked: OnDay, finding: Finding) -> None:
    found = finding.past
    published = [
        each for each in found.editions if any(each.state_at(part.since) == "published" for part in found.parts)
    ]
    if not published:
        unpublished = any(part.open for part in found.parts)
        also = ", but a policy owner may open what is not published too" if unpublished else ""
        finding.say(f"No edition of it was published on {day(asked.on)}{also}.")
        return
    counting = [part.counting for part in found.parts if part.counting is not None]
    begun = [each for each in published if each.effective_from <= asked.on]
    finding.edition = next(
        (each for each in published if counting and each.id == counting[-1]),
        max(begun or published, key=lambda each: (each.effective_from, each.published_at)),
    )
    version = finding.edition.version
    of = version.capitalize() if version.lower().startswith("edition") else f"Edition {version}"
    if found.counted(finding.edition.id):
        finding.say(f"{of} was published and counted on that day, so answers could rest on it.")
    else:
        finding.say(
            f"{of} was published, but none counted on that day: it could be opened, and no answer rested on it."
        )


def _people(meant: Meant) -> str:
    if EVERYONE in meant.roles:
        return "everyone"
    return f"people with {'one of ' if len(meant.roles) > 1 else ''}{the_roles(meant.roles)}"


def _times(asked: OnDay, spans: Sequence[tuple[datetime, datetime]]) -> str:
    """`up to 10:00 and from 14:00 on`: what touches an end of the day does not name it."""

    def told(since: datetime, until: datetime) -> str:
        if until == asked.end:
            return f"from {_time(asked, since)} on"
        return (
            f"up to {_time(asked, until)}"
            if since == asked.start
            else (f"from {_time(asked, since)} to {_time(asked, until)}")
        )

    return listed(told(since, until) for since, until in spans)


def _time(asked: OnDay, at: datetime) -> str:
    return f"{asked.local(at):%H:%M}"
