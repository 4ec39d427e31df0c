"""A bank to ask: published policies, a signed-in person, and turns with a writer of the test's choice."""

from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID, uuid4

from audit import store as audit_store
from audit.records import Record, thread_stream
from core.clock import SystemClock
from core.crypto import Keyring
from core.database import Database, connection
from core.principal import Principal
from gateway.embeddings import Embedder
from gateway.writers.extractive import ExtractiveWriter
from gateway.writers.ports import Writer
from graph.build import build
from graph.context import Guards, Services
from graph.execute import TurnRunner
from graph.replay import Replay, replay, under_today
from prompts import loader
from retrieval.chunking import chunks
from retrieval.dense import MemoryDense
from retrieval.editions.models import EditionMetadata
from retrieval.editions.store import publish_edition, register_edition
from retrieval.ingest import Flags, Reading, store_edition
from retrieval.parsing import parse
from retrieval.parsing.spool import here
from retrieval.search import Searcher
from retrieval.sentences import sentences
from retrieval.terms import terms
from runs import conversations, log
from runs.conversations import Admitted, NewIds
from runs.events import Release
from runs.models import Mode, Question, Run, StoredEvent
from tools.people.directory import Directory

KEYRING = Keyring(bytes(range(32)))
TODAY = date(2026, 3, 3)
ANNA = Principal("harbour", "anna", name="Anna Keller", roles=frozenset({"staff"}))

POLICIES = {
    "records": """# Retention of credit records

## 1 Applications for credit

An application for credit is retained for 25 months after the bank notified the applicant of the action taken.
An application for business credit is retained for 12 months after that notice.

## 2 Prescreened solicitations

The text of a prescreened solicitation is retained for 25 months after the offer was made.
""",
    "lost-cards": """# Lost and stolen cards

## 1 Blocking

A lost debit card is blocked at once when the customer reports the loss.

## 2 What the customer owes

A customer who reports a lost debit card within two business days owes at most $50.
A customer who reports later than two business days owes at most $500.
""",
    "cash": """# Cash at the counter

## 1 Counting

Two tellers count every delivery of cash together and both sign the delivery slip.
The vault is opened under dual control only.
""",
}
RECORDS = "How long is an application for credit retained?"
RETAINED = (
    "An application for credit is retained for 25 months after the bank notified the applicant of the action taken."
)
BUSINESS = "An application for business credit is retained for 12 months after that notice."


@dataclass(slots=True)
class World:
    """Everything that a turn needs but the writer."""

    services: Services
    principal: Principal = field(default=ANNA)

    @property
    def database(self) -> Database:
        return self.services.database

    @property
    def system(self) -> Principal:
        return Principal.system(self.principal.tenant)

    def runner(self, writer: Writer | None = None, **changes: Any) -> TurnRunner:
        """Turns with this writer (the quoting one by default) and whatever else a test changes."""
        services = replace(self.services, writer=writer or self.services.quoter, **changes)
        return TurnRunner(services, build())

    async def admit(self, text: str, thread_id: UUID | None = None, asked: Question | None = None) -> Admitted:
        async with self.database.transaction(self.principal) as tx:
            return await conversations.admit(
                tx,
                KEYRING,
                asked or Question(text=text, as_of=TODAY),
                thread_id=thread_id,
                ids=NewIds(uuid4(), uuid4(), uuid4()),
                release=Release.CLAIM,
                now=self.services.clock.now(),
            )

    async def ask(
        self,
        text: str,
        writer: Writer | None = None,
        thread_id: UUID | None = None,
        mode: Mode = Mode.ANSWER,
        **changes: Any,
    ) -> "Told":
        """Admit a question, execute it, and read what was told."""
        admitted = await self.admit(text, thread_id, Question(text=text, as_of=TODAY, mode=mode))
        await self.runner(writer, **changes).run(self.principal.tenant, admitted.run_id)
        return await self.told(admitted)

    async def told(self, admitted: Admitted) -> "Told":
        async with self.database.transaction(self.principal) as tx:
            run, key = await conversations.get_run(tx, KEYRING, admitted.run_id)
            events = await log.read(tx, key, admitted.run_id)
            run, _ = await conversations.get_run(tx, KEYRING, admitted.run_id)  # no older than its events
        async with self.database.transaction(self.system) as tx:
            records = await audit_store.stream_records(tx, thread_stream(admitted.thread_id))
        return Told(admitted, run, events, records)

    async def replayed(self, admitted: Admitted, **changes: Any) -> Replay:
        """The run executed again from its inputs, by services that could not answer anything."""
        return await replay(self.runner(**changes), self.principal.tenant, admitted.run_id)

    async def under_today(self, admitted: Admitted, **changes: Any) -> Replay:
        return await under_today(self.runner(**changes), self.principal.tenant, admitted.run_id)


@dataclass(frozen=True, slots=True)
class Told:
    """What a run left: its state, its events and its records."""

    admitted: Admitted
    run: Run
    events: list[StoredEvent]
    stream: list[Record]
    """The records of the whole thread."""

    @property
    def kinds(self) -> list[str]:
        """The events in short: `stage` with its name and status."""
        return [f"{e.kind}:{e.data['name']}:{e.data['status']}" if e.kind == "stage" else e.kind for e in self.events]

    @property
    def claims(self) -> list[str]:
        return [event.data["text"] for event in self.events if event.kind == "claim"]

    @property
    def outcome(self) -> dict[str, Any]:
        """The last event but one."""
        return self.events[-2].data

    @property
    def records(self) -> list[Record]:
        """The records of this run, with the chain around them."""
        return [record for record in self.stream if record.run_id == self.admitted.run_id]

    @property
    def recorded(self) -> list[str]:
        return [record.kind for record in self.records]

    def record(self, kind: str) -> dict[str, Any]:
        """The body of the only record of a kind."""
        (body,) = [dict(record.body) for record in self.records if record.kind == kind]
        return body


async def open_world(database: Database, embedder: Embedder, guards: Guards) -> World:
    """Publish the policies, where they are not, and note anna as signed in."""
    quoter = ExtractiveWriter(embedder, sentences, terms)
    services = Services(
        database=database,
        keyring=KEYRING,
        clock=SystemClock(),
        search=Searcher(database, embedder, MemoryDense()),
        embedder=embedder,
        guards=guards,
        writer=quoter,
        quoter=quoter,
        rewriter=None,
        answer_prompt=loader.get("answer"),
    )
    world = World(services)
    async with database.transaction(world.system) as tx:
        published = await (await connection(tx).execute("SELECT 1 FROM app.editions")).fetchone()
    for key, text in POLICIES.items() if published is None else ():
        await publish(world, key, text)
    await Directory(database).note(ANNA, datetime.now(UTC), asserted_at=datetime.now(UTC), signing_limit=None)
    return world


async def publish(
    world: World,
    key: str,
    text: str,
    *,
    version: str = "1",
    since: date = date(2025, 1, 1),
    audience: tuple[str, ...] = ("*",),
    by: Principal | None = None,
    flags: Flags | None = None,
) -> UUID:
    """Take a Markdown policy in and put it in force, the way a worker does; `by`: who puts it in force."""
    metadata = EditionMetadata(
        document=key,
        title=text.partition("\n")[0].strip("# "),
        library="policies",
        version=version,
        effective_from=since,
        audience=audience,
    )
    reading = Reading(parse=here(parse), chunks=chunks, embedder=world.services.embedder, flags=flags)
    async with world.database.transaction(world.system) as tx:
        registered = await register_edition(
            tx, metadata, filename=f"{key}.md", media_type="text/markdown", content=text.encode()
        )
    await store_edition(world.database, world.system, registered.edition_id, reading)
    async with world.database.transaction(by or world.system) as tx:
        await publish_edition(tx, registered.edition_id, datetime.now(UTC))
    return registered.edition_id
