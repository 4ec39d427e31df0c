"""What publishing or withdrawing an edition does to the days of its document: gaps, overlaps, days that are past.

Findings are told before and stored with the act. They warn and forbid nothing: a gap may be what the bank wants.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from uuid import UUID

from retrieval.publishing.calendar import Stretch, Term, calendar, counting_on, earlier


class FindingKind(StrEnum):
    """`gap`: none counts though one did before. `replaces`: an edition without an end gives way. `cut_short`: one whose
    end was given gives way before it. `same_first_day`: one with the same first day never counts again. `ends_early`:
    a later edition is published already and ends this one. `past`: this one counts on no day from today on.
    `backdated`: days before today are decided anew. `counts_again`: after a withdrawal an earlier one counts."""

    GAP = "gap"
    REPLACES = "replaces"
    CUT_SHORT = "cut_short"
    SAME_FIRST_DAY = "same_first_day"
    ENDS_EARLY = "ends_early"
    PAST = "past"
    BACKDATED = "backdated"
    COUNTS_AGAIN = "counts_again"

    @property
    def warns(self) -> bool:
        """Whether somebody should look again; the rest is what a succession of editions is about."""
        return self is not FindingKind.REPLACES


@dataclass(frozen=True, slots=True)
class Finding:
    """Days `[first, until)`, None for no end, and the other edition that it is about, where there is one."""

    kind: FindingKind
    first: date
    until: date | None
    edition_id: UUID | None = None
    version: str | None = None


def of_publishing(draft: Term, others: Sequence[Term], today: date) -> tuple[Finding, ...]:
    """What is found when `draft`, the newest, joins the document's other published editions."""
    before, after = calendar(others), calendar([*others, draft])
    own = next(each for each in after if each.edition_id == draft.edition_id)
    found = [*_given_way(draft, others, before), *_cut_itself(draft, after, own)]
    if own.until is not None and own.until <= today:
        found.append(Finding(FindingKind.PAST, own.first, own.until))
    if own.first < today:
        found.append(Finding(FindingKind.BACKDATED, own.first, earlier(own.until, today)))
    return (*found, *_gaps(after))


def of_withdrawing(edition_id: UUID, published: Sequence[Term]) -> tuple[Finding, ...]:
    """What becomes of the days on which a published edition counts: an earlier one counts again, or none does."""
    before = calendar(published)
    after = calendar([term for term in published if term.edition_id != edition_id])
    found: list[Finding] = []
    for own in before:
        if own.edition_id != edition_id:
            continue
        for each in after:
            first, until = max(own.first, each.first), earlier(own.until, each.until)
            if until is None or first < until:
                again = FindingKind.GAP if each.edition_id is None else FindingKind.COUNTS_AGAIN
                found.append(Finding(again, first, until, each.edition_id, each.version))
        begins = after[0].first if after else None
        uncovered = earlier(own.until, begins)
        if uncovered is None or own.first < uncovered:
            found.append(Finding(FindingKind.GAP, own.first, uncovered))
    return tuple(sorted(found, key=lambda finding: finding.first))


def _given_way(draft: Term, others: Sequence[Term], before: Sequence[Stretch]) -> list[Finding]:
    """The edition that loses days: the one that counted, or would have, on the draft's first day."""
    lost = counting_on(draft.first, before)
    if lost is None or lost.edition_id is None:
        return []
    loser = next(term for term in others if term.edition_id == lost.edition_id)
    if loser.first == draft.first:
        kind = FindingKind.SAME_FIRST_DAY
    else:
        kind = FindingKind.REPLACES if loser.until is None else FindingKind.CUT_SHORT
    return [Finding(kind, draft.first, lost.until, loser.edition_id, loser.version)]


def _cut_itself(draft: Term, after: Sequence[Stretch], own: Stretch) -> list[Finding]:
    if own.until is None or own.until == draft.until:
        return []
    follower = next(each for each in after if each.first == own.until)
    return [Finding(FindingKind.ENDS_EARLY, own.until, draft.until, follower.edition_id, follower.version)]


def _gaps(stretches: Iterable[Stretch]) -> list[Finding]:
    return [Finding(FindingKind.GAP, each.first, each.until) for each in stretches if each.edition_id is None]


def said(finding: Finding, today: date) -> str:
    """The finding in plain words, with dates."""
    days = spoken(finding.first, finding.until)
    edition = named(finding.version or "")
    match finding.kind:
        case FindingKind.GAP:
            return f"{days} no edition counts."
        case FindingKind.REPLACES:
            return f"{days} this edition replaces {edition}."
        case FindingKind.CUT_SHORT:
            return f"{days} this edition replaces {edition}, which was to count on those days."
        case FindingKind.SAME_FIRST_DAY:
            return f"{_opening(edition)} has the same first day. This edition replaces it on every day."
        case FindingKind.ENDS_EARLY:
            return f"{days} {edition}, published already, replaces this one."
        case FindingKind.PAST:
            return f"This edition counts on no day from today on: its last day is {date_of(_last(finding.until))}."
        case FindingKind.BACKDATED:
            return f"Its first day is past: {_inside(days)} questions about those days are answered from it."
        case FindingKind.COUNTS_AGAIN:
            return _again(finding, edition, today)


def _again(finding: Finding, edition: str, today: date) -> str:
    if finding.until is not None and finding.until <= today:
        days = _inside(spoken(finding.first, finding.until))
        return f"Of the past, {days}, {edition} counts again."
    if finding.first > today:
        return f"{_opening(edition)} will count again {_inside(spoken(finding.first, finding.until))}."
    end = "" if finding.until is None else f" until {date_of(_last(finding.until))}"
    return f"{_opening(edition)} will count again from today{end}."


def named(version: str) -> str:
    """`edition 3`, also where the version is called so itself."""
    return f"e{version[1:]}" if version.lower().startswith("edition") else f"edition {version}"


def _opening(text: str) -> str:
    return text[:1].upper() + text[1:]


def _inside(days: str) -> str:
    return days[:1].lower() + days[1:]


def spoken(first: date, until: date | None) -> str:
    """Days `[first, until)` with the last day named: `From 1 to 14 March 2027`."""
    if until is None:
        return f"From {date_of(first)} on"
    last = _last(until)
    if first == last:
        return f"On {date_of(first)}"
    if (first.year, first.month) == (last.year, last.month):
        return f"From {first.day} to {date_of(last)}"
    begins = f"{first.day} {first:%B}" if first.year == last.year else date_of(first)
    return f"From {begins} to {date_of(last)}"


def date_of(day: date) -> str:
    """`14 March 2027`."""
    return f"{day.day} {day:%B %Y}"


def _last(until: date | None) -> date:
    return date.max if until is None else until - timedelta(days=1)
