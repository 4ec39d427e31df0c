"""Who may read a document: seen and changed by its policy owners, in one transaction with its record."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from api.audit_views.words import SERVICE
from api.limits import AUDIENCES
from api.schemas.approvals import PersonView
from api.schemas.audiences import AudienceEntry, AudienceOutcome, AudienceState, AudienceView, WaitingAudience
from audit import ledger
from audit.records import DOCUMENTS_STREAM, Entry, RecordKind
from core.clock import Clock
from core.crypto import Keyring
from core.database import Transaction
from core.errors import Conflict, Forbidden, NotFound, Unprocessable
from core.principal import EVERYONE, ROLE_PERMISSIONS, SYSTEM_PERSON, Permission, Principal
from retrieval.audiences import store
from retrieval.audiences.models import Audience, AudienceChange, AudienceProposal
from tools.approvals.reading import names
from tools.people.directory import known_roles, load


@dataclass(frozen=True, slots=True)
class Audiences:
    """Reads and changes audiences. Whoever does needs the right in her token and in the newest note of her."""

    keyring: Keyring
    clock: Clock
    two_owner_libraries: frozenset[str] = frozenset()

    async def view(self, tx: Transaction, document: str) -> AudienceView:
        """The audience with its history, the newest first. Raises `Forbidden`, `NotFound`."""
        audience = await _changeable(tx, document)
        history = (await store.history(tx, audience.document_id))[: -AUDIENCES.listed - 1 : -1]
        waiting = await self._waiting(tx, audience)
        involved = {change.changed_by for change in history} | {proposal.proposed_by for proposal in waiting}
        involved |= {change.proposed_by for change in history if change.proposed_by is not None}
        people = {
            person: PersonView(person=person, name=name)
            for person, (name, _) in (await names(tx, sorted(involved))).items()
        }
        return AudienceView(
            document=audience.document,
            library=audience.library,
            audience=sorted(audience.roles),
            number=audience.number,
            since=audience.since,
            two_owners=audience.library in self.two_owner_libraries,
            roles=sorted(await _nameable(tx, audience) - {EVERYONE}),
            history=[self._entry(tx, audience, change, people) for change in history],
            waiting=[self._asked(tx, proposal, people) for proposal in waiting],
        )

    async def change(
        self, tx: Transaction, document: str, wanted: Collection[str], *, reason: str, seen: int | None
    ) -> AudienceOutcome:
        """Give the document another audience; in a library of two owners a wider one waits for the second.

        `seen`: the number of the audience that the caller looked at. Raises `Forbidden`, `NotFound`, `Conflict` where
        it was changed since, and `Unprocessable` for an audience that nobody is in.
        """
        audience = await _changeable(tx, document)
        roles = frozenset({EVERYONE}) if EVERYONE in wanted else frozenset(wanted)
        await _check(tx, audience, roles)
        if seen is not None and seen != audience.number:
            raise Conflict("Somebody else changed who may read this meanwhile. Look again, then decide.")
        if roles == audience.roles:
            return _outcome(tx, audience, AudienceState.UNCHANGED, roles, audience.number)
        now = self.clock.now()
        if audience.library in self.two_owner_libraries and audience.widens_to(roles):
            first = await self._other_owner(tx, audience, roles)
            if first is None:
                await self._propose(tx, audience, roles, reason, now)
                return _outcome(tx, audience, AudienceState.WAITING, roles, audience.number)
            return await self._change(tx, audience, roles, reason, now, proposed_by=first.proposed_by)
        return await self._change(tx, audience, roles, reason, now, proposed_by=None)

    async def _change(
        self,
        tx: Transaction,
        audience: Audience,
        roles: frozenset[str],
        reason: str,
        now: datetime,
        *,
        proposed_by: str | None,
    ) -> AudienceOutcome:
        place = _of_change(tx, audience.document_id, audience.number + 1)
        sealed = self.keyring.seal(reason.encode(), place)
        number = await store.change(tx, audience, roles, proposed_by=proposed_by, reason=sealed, at=now)
        body = {**_body(audience, roles, number), "reason": self.keyring.digest(reason.encode(), place)}
        if proposed_by is not None:
            body["proposed_by"] = proposed_by
        step = f"{audience.document_id}:audience:{number}"
        await _record(tx, Entry(RecordKind.DOCUMENT_AUDIENCE_CHANGED, step, body), now)
        return _outcome(tx, audience, AudienceState.CHANGED, roles, number)

    async def _propose(
        self, tx: Transaction, audience: Audience, roles: frozenset[str], reason: str, now: datetime
    ) -> None:
        """Ask for it, unless the caller asks for it already."""
        waiting = await self._waiting(tx, audience)
        if any(each.roles == roles and each.proposed_by == tx.principal.person for each in waiting):
            return
        if len(waiting) >= AUDIENCES.waiting:
            raise Conflict("Too many changes of this audience wait for a second policy owner. Agree to one of them.")
        proposal = uuid4()
        place = _of_proposal(tx, proposal)
        sealed = self.keyring.seal(reason.encode(), place)
        await store.propose(tx, audience, roles, proposal_id=proposal, reason=sealed, at=now)
        body = {**_body(audience, roles, audience.number + 1), "reason": self.keyring.digest(reason.encode(), place)}
        await _record(tx, Entry(RecordKind.DOCUMENT_AUDIENCE_PROPOSED, f"{proposal}:proposed", body), now)

    async def _other_owner(self, tx: Transaction, audience: Audience, roles: frozenset[str]) -> AudienceProposal | None:
        """The same request of another person, who could still change it today."""
        for proposal in await self._waiting(tx, audience):
            if proposal.roles != roles or proposal.proposed_by == tx.principal.person:
                continue
            try:
                if _may_change(await load(tx, proposal.proposed_by), audience):
                    return proposal
            except Forbidden:  # nobody is known by that name any more
                continue
        return None

    async def _waiting(self, tx: Transaction, audience: Audience) -> list[AudienceProposal]:
        return await store.open_proposals(tx, audience, self.clock.now() - AUDIENCES.proposals_open)

    def _entry(
        self, tx: Transaction, audience: Audience, change: AudienceChange, people: dict[str, PersonView]
    ) -> AudienceEntry:
        reason = None
        if change.sealed_reason is not None:
            place = _of_change(tx, audience.document_id, change.number)
            reason = self.keyring.open(change.sealed_reason, place).decode()
        return AudienceEntry(
            number=change.number,
            audience=sorted(change.roles),
            changed_by=_person(people, change.changed_by),
            proposed_by=None if change.proposed_by is None else _person(people, change.proposed_by),
            reason=reason,
            changed_at=change.changed_at,
        )

    def _asked(self, tx: Transaction, proposal: AudienceProposal, people: dict[str, PersonView]) -> WaitingAudience:
        return WaitingAudience(
            audience=sorted(proposal.roles),
            proposed_by=_person(people, proposal.proposed_by),
            reason=self.keyring.open(proposal.sealed_reason, _of_proposal(tx, proposal.id)).decode(),
            proposed_at=proposal.proposed_at,
            own=proposal.proposed_by == tx.principal.person,
        )


async def _changeable(tx: Transaction, document: str) -> Audience:
    """The audience that the caller may change by her token, and by the newest that is known of her."""
    audience = await store.changeable(tx, document)
    today = await load(tx, tx.principal.person)
    today.require(Permission.DOCUMENT_PUBLISH)
    if not _may_change(today, audience):
        raise NotFound(store.NO_DOCUMENT)
    return audience


def _may_change(person: Principal, audience: Audience) -> bool:
    """Policy owners whom it is meant for, or who created it."""
    return person.may(Permission.DOCUMENT_PUBLISH) and (
        person.person == audience.created_by or _is_meant_for(person, audience.roles)
    )


def _is_meant_for(person: Principal, roles: Collection[str]) -> bool:
    return EVERYONE in roles or not person.roles.isdisjoint(roles)


async def _nameable(tx: Transaction, audience: Audience) -> set[str]:
    """Roles that mean somebody: the product's own, what people here were seen with, and what it is meant for now."""
    return {EVERYONE, *ROLE_PERMISSIONS, *await known_roles(tx), *audience.roles}


async def _check(tx: Transaction, audience: Audience, roles: Collection[str]) -> None:
    unknown = sorted(set(roles) - await _nameable(tx, audience))
    if unknown:
        raise Unprocessable(
            f"Nobody here was ever seen with the role {', '.join(unknown)}. Check how it is written: "
            "a document for a role that nobody has would be read by nobody."
        )


def _outcome(
    tx: Transaction, audience: Audience, state: AudienceState, wanted: Collection[str], number: int
) -> AudienceOutcome:
    roles = audience.roles if state is AudienceState.WAITING else wanted
    person = tx.principal
    return AudienceOutcome(
        document=audience.document,
        state=state,
        audience=sorted(roles),
        wanted=sorted(wanted),
        number=number,
        still_yours=person.person == audience.created_by or _is_meant_for(person, roles),
    )


def _body(audience: Audience, roles: Collection[str], number: int) -> dict[str, Any]:
    return {
        "document": audience.document,
        "library": audience.library,
        "number": number,
        "was": sorted(audience.roles),
        "audience": sorted(roles),
    }


async def _record(tx: Transaction, entry: Entry, now: datetime) -> None:
    await ledger.append(tx, DOCUMENTS_STREAM, [entry], actor=tx.principal.person, at=now)


def _person(people: dict[str, PersonView], person: str) -> PersonView:
    name = SERVICE if person == SYSTEM_PERSON else person
    return people.get(person) or PersonView(person=person, name=name)


def _of_change(tx: Transaction, document_id: UUID, number: int) -> str:
    return f"audience-reason|{tx.principal.tenant}|{document_id}|{number}"


def _of_proposal(tx: Transaction, proposal_id: UUID) -> str:
    return f"audience-proposal|{tx.principal.tenant}|{proposal_id}"
