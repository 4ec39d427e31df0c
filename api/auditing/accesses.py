"""Answers whether a person could read a document on a day."""

from dataclasses import dataclass
from datetime import date, timedelta

from api.audit_views.access import Finding, Happening, Noted, OnDay, access
from api.auditing.reads import Reads
from api.days import Days
from api.schemas.approvals import PersonView
from api.schemas.audit import AccessAnswer, EditionThen
from audit.past import store
from core.errors import Forbidden, NotFound, Unprocessable
from core.principal import Principal
from tools.people.directory import load


@dataclass(frozen=True, slots=True)
class Accesses:
    """Works it out from people's noted sign-ins and the ledger's records of the document."""

    reads: Reads
    days: Days

    async def answer(self, principal: Principal, user: str, document: str, on: date) -> AccessAnswer:
        """`document`: a key, or an edition's id. Raises `NotFound` for an unknown document, `Unprocessable` for a day
        that has not begun."""
        tenant = principal.tenant
        if on > self.days.today(tenant):
            raise Unprocessable("The day lies in the future. Choose today or an earlier day.")
        start, end = self.days.begins(tenant, on), self.days.begins(tenant, on + timedelta(days=1))
        async with self.reads.look(principal) as look:
            tx = look.tx
            known = await store.document(tx, document)
            if known is None:
                raise NotFound("There is no such document.")
            noted = [Noted(row["seen_at"], frozenset(row["roles"])) for row in await store.person_until(tx, user, end)]
            happenings = [Happening(**row) for row in await store.edition_records(tx, known["key"], end)]
            try:
                today = await load(tx, user)
            except Forbidden:
                today = None
            await look.note("access", user=user, document=known["key"], on=on.isoformat())
        name = user if today is None else today.name
        asked = OnDay(user, name, known["key"], on, start, end, lambda at: self.days.spoken(tenant, at))
        found = access(asked, noted, happenings, created_by=known["created_by"], created_at=known["created_at"])
        _compare_with_today(found, name, today, known["audience"])
        return _answer(asked, found, today)


def _compare_with_today(found: Finding, name: str, today: Principal | None, audience: list[str]) -> None:
    if today is None:
        found.say(f"{name} has never signed in here, so nobody is known by that name.")
    elif found.roles is not None and today.roles != found.roles:
        found.say(f"Today the roles of {name} are others.")
    if found.audience is not None and sorted(audience) != found.audience:
        found.say("The document is kept for another audience today than the ledger tells.")


def _answer(asked: OnDay, found: Finding, today: Principal | None) -> AccessAnswer:
    edition = found.edition
    return AccessAnswer(
        user=PersonView(person=asked.user, name=asked.name),
        document=asked.document,
        on=asked.on,
        allowed=found.allowed and found.known,
        known=found.known,
        reasons=found.reasons,
        roles_then=None if found.roles is None else sorted(found.roles),
        roles_today=None if today is None else sorted(today.roles),
        audience=found.audience,
        edition=None
        if edition is None
        else EditionThen(
            edition_id=edition.id,
            version=edition.version,
            effective_from=edition.effective_from,
            effective_to=edition.effective_to,
            in_force=edition.is_in_force(asked.on),
        ),
    )
