"""Requests for a signature as a caller sees them, and the caller's decisions about them."""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from api.approval_views import involved, shown
from api.cursors import Cursors
from api.facts import FactReader
from api.idempotency import About, Acts, Reply
from api.results import results
from api.schemas.approvals import ApprovalDetail, ApprovalView, Counts, DecisionBody
from api.schemas.common import Page
from core.clock import Clock
from core.crypto import Keyring
from core.database import Database, Transaction
from core.errors import Unavailable
from core.principal import Principal
from runs.sealing import thread_key
from tools.approvals import reading
from tools.approvals.decisions import Decisions
from tools.approvals.models import Approval, ApprovalState
from tools.approvals.reading import Whose
from tools.approvals.rights import by_both
from tools.approvals.store import Filter
from tools.catalogue.models import Catalogue
from tools.connector.ports import Connector

UNCONNECTED = "No core banking system is connected to this service, so nothing can be decided. Tell your administrator."
UNCONNECTED_RETRY_S = 60
"""An administrator has to act first; asking every few seconds helps nobody."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a list is to show; None: whatever it is."""

    whose: Whose
    states: frozenset[ApprovalState] | None = None
    tool: str | None = None
    maker: str | None = None
    branch: str | None = None

    def filter(self, now: datetime) -> Filter:
        """A queue of what is to be signed leaves out what can't be any more; other lists show all that there is."""
        is_queue = self.whose == "checker" and self.states == frozenset({ApprovalState.PENDING})
        return Filter(
            states=None if self.states is None else sorted(self.states),
            tool=self.tool,
            maker=self.maker,
            branch=self.branch,
            open_at=now if is_queue else None,
        )


@dataclass(frozen=True, slots=True)
class Signing:
    """Lists, shows and decides. What somebody may see and do follows from the roles that the directory noted."""

    database: Database
    keyring: Keyring
    clock: Clock
    catalogue: Catalogue
    connector: Connector | None
    decisions: Decisions
    facts: FactReader
    acts: Acts
    cursors: Cursors

    async def page(self, principal: Principal, wanted: Wanted, *, limit: int, cursor: str | None) -> Page[ApprovalView]:
        """One page of the caller's list, the latest first. Raises `BadRequest` for a wrong cursor."""
        place = self.cursors.read(principal, cursor)
        before = None if place is None else (datetime.fromisoformat(place[0]), UUID(place[1]))
        only = wanted.filter(self.clock.now())
        async with self._as_system(principal) as tx:
            found = await reading.list_for(
                tx, self.keyring, principal, whose=wanted.whose, only=only, before=before, limit=limit + 1
            )
            items = await self._views(tx, principal, found[:limit])
        last = found[limit - 1] if len(found) > limit else None
        following = None if last is None else [last.created_at.isoformat(), str(last.id)]
        return Page(items=items, next_cursor=None if following is None else self.cursors.make(principal, following))

    async def counts(self, principal: Principal) -> Counts:
        """What waits for the caller, and for others on the caller's behalf."""
        async with self._as_system(principal) as tx:
            found = await reading.waiting(tx, self.keyring, self.catalogue, principal, self.clock.now())
        return Counts(to_sign=found.to_sign, oldest_at=found.oldest_at, requests_open=found.requests_open)

    async def one(self, principal: Principal, approval_id: UUID) -> ApprovalDetail:
        """One request beside the bank's present state. Raises `NotFound` for what the caller may not see."""
        async with self._as_system(principal) as tx:
            approval = await reading.load_for(tx, self.keyring, principal, approval_id)
            (view,) = await self._views(tx, principal, [approval])
            viewer = by_both(principal, await reading.signer_today(tx, principal)).principal
        is_open = approval.state is ApprovalState.PENDING
        facts = await self.facts.read(viewer, approval) if is_open else None
        return ApprovalDetail(**view.model_dump(), facts=facts)

    async def decide(
        self, principal: Principal, approval_id: UUID, body: DecisionBody, *, idempotency_key: str | None
    ) -> ApprovalView:
        """Decide once. Raises what `Decisions.decide` raises, and `Unavailable` without a bank's system."""
        if self.connector is None:
            raise Unavailable(UNCONNECTED, retry_after_s=UNCONNECTED_RETRY_S)

        async def make() -> Reply:
            approval = await self.decisions.decide(
                principal, approval_id, body.decision, body.digest, reason=body.reason, args=body.args
            )
            async with self._as_system(principal) as tx:
                (view,) = await self._views(tx, principal, [approval])
                key = await thread_key(tx, self.keyring, approval.thread_id)
            return Reply(200, view.model_dump(mode="json", by_alias=True), About(approval.thread_id, key))

        request = {"decide": str(approval_id), "body": body.model_dump(mode="json")}
        reply = await self.acts.once(principal, idempotency_key, request, make)
        return ApprovalView.model_validate(reply.body)

    def _as_system(self, principal: Principal) -> AbstractAsyncContextManager[Transaction]:
        """Row-level security shows a person only what she made; what she may sign, `reading` decides by code."""
        return self.database.transaction(Principal.system(principal.tenant))

    async def _views(self, tx: Transaction, principal: Principal, approvals: Sequence[Approval]) -> list[ApprovalView]:
        """Approvals that the caller may see, as they are shown to her."""
        signer = by_both(principal, await reading.signer_today(tx, principal))
        people = await reading.names(tx, sorted({person for approval in approvals for person in involved(approval)}))
        came = await results(tx, self.keyring, approvals)
        now = self.clock.now()
        return [
            shown(approval, signer, self.catalogue, people, now=now, result=came.get(approval.id))
            for approval in approvals
        ]
