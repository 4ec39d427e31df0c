"""Answers whether a person could read a document on a day."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from api.audit_views.access import Edition, Happening, Meant, Noted, OnDay, past
from api.audit_views.access_told import Finding, edition_told, tell
from api.audit_views.words import SERVICE
from api.auditing.reads import Reads
from api.days import Days
from api.schemas.approvals import PersonView
from api.schemas.audit_access import AccessAnswer, AudienceThen, EditionAccess, EditionThen, RolesThen, SpanThen
from audit.past import store
from core.errors import Forbidden, NotFound, Unprocessable
from core.principal import SYSTEM_PERSON, Principal
from retrieval.documents.models import EditionState
from tools.approvals.reading import names
from tools.people.directory import load


@dataclass(frozen=True, slots=True)
class Accesses:
    """Works it out from people's noted sign-ins, the history of the audience and the ledger's records."""

    reads: Reads
    days: Days

    async def answer(self, principal: Principal, user: str, document: str, on: date) -> AccessAnswer:
        """`document`: a key, or an edition's id. Raises `NotFound` for an unknown document, `Unprocessable` for a day
        that has not begun."""
        tenant = principal.tenant
        if on > self.days.today(tenant):
            raise Unprocessable("The day lies in the future. Choose today or an earlier day.")
        start, end = self.days.begins(tenant, on), self.days.begins(tenant, on + timedelta(days=1))
        end = min(end, self.reads.clock.now())
        async with self.reads.look(principal) as look:
            tx = look.tx
            known = await store.document(tx, document)
            if known is None:
                raise NotFound("There is no such document.")
            noted = [Noted(row["seen_at"], frozenset(row["roles"])) for row in await store.person_until(tx, user, end)]
            meant = [_meant(row) for row in await store.audiences(tx, known["id"])]
            happenings = [Happening(**row) for row in await store.document_records(tx, known["key"], end)]
            people = {who: name for who, (name, _) in (await names(tx, [each.changed_by for each in meant])).items()}
            try:
                today = await load(tx, user)
            except Forbidden:
                today = None
            await look.note("access", user=user, document=known["key"], on=on.isoformat())
        asked = OnDay(
            user=user,
            name=user if today is None else today.name,
            document=known["key"],
            on=on,
            start=start,
            end=end,
            local=lambda at: self.days.local(tenant, at),
            created_by=known["created_by"],
            created_at=known["created_at"],
            names=people,
        )
        found = past(asked, noted, [each for each in meant if each.since < end], happenings)
        finding = tell(asked, found, happenings)
        _compare_with_today(asked, finding, today, meant[-1:], known["audience"])
        return _answer(asked, finding, today, known["library"])


def _meant(row: Mapping[str, Any]) -> Meant:
    return Meant(row["changed_at"], frozenset(row["audience"]), row["changed_by"])


def _compare_with_today(
    asked: OnDay, finding: Finding, today: Principal | None, latest: Sequence[Meant], audience: Iterable[str]
) -> None:
    if today is None:
        finding.say(f"{asked.name} has never signed in here, so nobody is known by that name.")
    elif finding.past.noted and today.roles != finding.past.noted[-1].roles:
        finding.say(f"Today the roles of {asked.name} are others.")
    if [each.roles for each in latest] != [frozenset(audience)]:
        finding.unknown("The document is kept for another audience today than its history tells.")
    elif latest[-1].since >= asked.end:
        finding.say("Today it is meant for others.")


def _answer(asked: OnDay, finding: Finding, today: Principal | None, library: str) -> AccessAnswer:
    found, edition = finding.past, finding.edition
    return AccessAnswer(
        user=PersonView(person=asked.user, name=asked.name),
        document=asked.document,
        on=asked.on,
        allowed=finding.allowed,
        all_day=finding.allowed and found.all_day,
        spans=_spans(found.spans()),
        known=finding.known,
        reasons=finding.reasons,
        roles_then=sorted({role for each in found.noted for role in each.roles}) if found.noted else None,
        roles_today=None if today is None else sorted(today.roles),
        noted=[RolesThen(since=each.since, roles=sorted(each.roles)) for each in found.noted],
        audience=sorted(found.meant[-1].roles) if found.meant else None,
        audiences=[
            AudienceThen(
                since=each.since, audience=sorted(each.roles), changed_by=_person(asked.names, each.changed_by)
            )
            for each in found.meant
        ],
        library=library,
        edition=None if edition is None else _then(finding, edition),
        editions=[_access(asked, finding, each) for each in reversed(found.editions)],
    )


def _then(finding: Finding, edition: Edition) -> EditionThen:
    return EditionThen(
        edition_id=edition.id,
        version=edition.version,
        effective_from=edition.effective_from,
        effective_to=edition.effective_to,
        in_force=finding.past.counted(edition.id),
    )


def _access(asked: OnDay, finding: Finding, edition: Edition) -> EditionAccess:
    return EditionAccess(
        **_then(finding, edition).model_dump(),
        state=EditionState(edition.states[-1][1]),
        published_at=edition.last("published"),
        withdrawn_at=edition.last("withdrawn"),
        spans=_spans(finding.past.spans(edition.id)),
        reason=edition_told(asked, finding.past, edition),
    )


def _spans(spans: Iterable[tuple[datetime, datetime]]) -> list[SpanThen]:
    return [SpanThen(since=since, until=until) for since, until in spans]


def _person(names: Mapping[str, str], person: str) -> PersonView:
    return PersonView(person=person, name=SERVICE if person == SYSTEM_PERSON else names.get(person, person))
