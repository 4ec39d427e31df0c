"""Requests for signatures hung on real runs, decided through the product's own door, and what became of them."""

import itertools
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from audit import ledger
from audit import store as audit_store
from audit.records import Record, thread_stream
from core.clock import FixedClock
from core.crypto import DataKey, Keyring
from core.database import Database, Transaction, connection
from core.errors import ProblemError
from core.principal import Principal
from runs import conversations, log, store
from runs.conversations import NewIds
from runs.events import Release
from runs.models import Question, StoredEvent
from tests.tools.catalogue_sample import CATALOGUE
from tools.approvals import reading, requests
from tools.approvals.decisions import Decisions
from tools.approvals.models import Approval, Choice
from tools.calls.calls import keep_call
from tools.catalogue.models import Catalogue
from tools.models import Argument, Call, Decision, Effect, Origin, Proposal, Ruling, Signature
from tools.people.directory import Directory

KEYRING = Keyring(bytes(range(32)))
MORNING = datetime(2026, 3, 3, 9, tzinfo=UTC)
NOTE_ARGS = {"case_id": "C-1042", "text": "Address proof is missing"}
REQUEST = "Add a note to case C-1042: Address proof is missing"


def person(name: str, *roles: str, tenant: str = "harbour") -> Principal:
    return Principal(tenant, name, name=f"{name.title()} Doe", branch="001", roles=frozenset(roles))


ANNA = person("anna", "staff")
OMAR = person("omar", "analyst")
SAM = person("sam", "supervisor")
SOFIA = person("sofia", "supervisor")
SASHA = person("sasha", "supervisor", tenant="vale")
PEOPLE = (ANNA, OMAR, SAM, SOFIA, SASHA)
_SECONDS = itertools.count()
LIMITS = {"sam": 20_000, "sofia": 50_000}


@dataclass(slots=True)
class Desk:
    """A bank's requests; the clock moves when a test moves it."""

    database: Database
    clock: FixedClock = field(default_factory=lambda: FixedClock(MORNING))
    catalogue: Catalogue = CATALOGUE
    resumed: list[UUID] = field(default_factory=list[UUID])
    scheduled: list[tuple[UUID, datetime]] = field(default_factory=list[tuple[UUID, datetime]])

    @property
    def decisions(self) -> Decisions:
        return Decisions(self.database, KEYRING, self.catalogue, self.clock, self.resume, self.schedule_expiry)

    async def resume(self, tx: Transaction, run_id: UUID, thread_id: UUID) -> None:
        await store.requeue_run(tx, run_id)
        self.resumed.append(run_id)

    async def schedule_expiry(self, tx: Transaction, approval_id: UUID, at: datetime) -> None:
        self.scheduled.append((approval_id, at))

    async def sign_in(self, *people: Principal) -> None:
        """Each with a token that is newer than all before."""
        for each in people:
            issued = MORNING + timedelta(seconds=next(_SECONDS))
            directory = Directory(self.database)
            limit = LIMITS.get(each.person)
            await directory.note(each, self.clock.now(), asserted_at=issued, signing_limit=limit)

    async def ask(
        self,
        tool: str = "case_add_note",
        args: Mapping[str, Any] | None = None,
        *,
        maker: Principal = ANNA,
        signature: Signature | None = None,
        paused: bool = True,
    ) -> Approval:
        """A run that waits for a signature, or is about to."""
        allowed = self.catalogue.tools[tool]
        args = NOTE_ARGS if args is None else args
        now = self.clock.now()
        async with self.database.transaction(maker) as tx:
            admitted = await conversations.admit(
                tx,
                KEYRING,
                Question(text=REQUEST, as_of=now.date()),
                thread_id=None,
                ids=NewIds(uuid4(), uuid4(), uuid4()),
                release=Release.CLAIM,
                now=now,
            )
        arguments = tuple(
            Argument(name, allowed.labels.get(name, name), value, str(value), Origin.USER, "your message", False)
            for name, value in args.items()
        )
        wanted = signature or allowed.signature
        decision = Decision(Ruling.APPROVE, wanted, "other_signs", "Another person signs.", arguments)
        proposal = Proposal(uuid4(), admitted.run_id, 1, Call(tool, args), decision)
        async with self.system(maker.tenant) as tx:
            started = await store.start_run(tx, admitted.run_id, now)
            assert started is not None
            await keep_call(tx, admitted.key, proposal, Effect.WRITE, now)
            approval = await requests.open_approval(
                tx,
                admitted.key,
                self.catalogue,
                proposal,
                approval_id=uuid4(),
                thread_id=admitted.thread_id,
                maker=maker.person,
                request=REQUEST,
                now=now,
            )
            event = requests.required_event(approval, allowed)
            await log.append(tx, admitted.key, approval.run_id, "act:1", [event], now)
            entry = requests.requested_entry(approval)
            await ledger.append(tx, thread_stream(approval.thread_id), [entry], actor=maker.person, at=now)
            if paused:
                assert await store.pause_run(tx, admitted.run_id, started["attempts"])
        return approval

    async def decide(
        self,
        who: Principal,
        approval: Approval,
        decision: Choice = "approve",
        *,
        digest: str | None = None,
        reason: str | None = None,
        args: Mapping[str, Any] | None = None,
    ) -> Approval:
        if decision == "reject" and reason is None:
            reason = "Not the right case."
        seen = approval.digest if digest is None else digest
        return await self.decisions.decide(who, approval.id, decision, seen, reason=reason, args=args)

    async def refusal(self, *args: Any, **more: Any) -> tuple[int, str]:
        """Status and detail of the problem that a decision ends in."""
        try:
            approval = await self.decide(*args, **more)
        except ProblemError as problem:
            return problem.status, problem.detail
        raise AssertionError(f"it was decided: {approval.state}")

    def system(self, tenant: str = "harbour") -> Any:
        return self.database.transaction(Principal.system(tenant))

    async def load(self, approval: Approval) -> Approval:
        async with self.system() as tx:
            loaded = await reading.load(tx, KEYRING, approval.id)
        assert loaded is not None
        return loaded

    async def key(self, approval: Approval) -> DataKey:
        async with self.system() as tx:
            _run, key = await conversations.get_run(tx, KEYRING, approval.run_id)
        return key

    async def left(self, approval: Approval) -> "Left":
        """Everything that stands in the database about a request and its run."""
        async with self.system() as tx:
            loaded = await reading.load(tx, KEYRING, approval.id)
            run, key = await conversations.get_run(tx, KEYRING, approval.run_id)
            events = await log.read(tx, key, approval.run_id)
            records = await audit_store.stream_records(tx, thread_stream(approval.thread_id))
            count = "SELECT count(*) AS n FROM app.approvals WHERE run_id = %s"
            counted = await (await connection(tx).execute(count, (approval.run_id,))).fetchone()
        assert loaded is not None
        assert counted is not None
        return Left(loaded, run.status.value, events, records, counted["n"])


@dataclass(frozen=True, slots=True)
class Left:
    """What a test compares before and after."""

    approval: Approval
    run: str
    events: list[StoredEvent]
    records: list[Record]
    requests: int

    @property
    def told(self) -> list[str]:
        """Kinds of the events since the request."""
        kinds = [event.kind for event in self.events]
        return kinds[kinds.index("approval.required") + 1 :]

    @property
    def recorded(self) -> list[tuple[str, str]]:
        """Kind and actor of the records since the request."""
        return [(record.kind, record.actor) for record in self.records][1:]


def roles(who: Principal, *names: str) -> Principal:
    """The person with other roles."""
    return replace(who, roles=frozenset(names))
