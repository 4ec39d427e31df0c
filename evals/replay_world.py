"""One bank for the whole replay campaign: a scratch database, the product's own parts, policies, people, a bank to act
in. Only the models and the bank's system are stand-ins.
"""

import tempfile
from collections.abc import AsyncGenerator, Generator, Iterator
from contextlib import asynccontextmanager, contextmanager
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Final

from core.clock import SystemClock
from core.crypto import Keyring
from core.database import Database
from core.principal import Principal
from core.settings import ROOT, Environment, Settings
from deploy import embedded_postgres
from deploy.migrate import DatabaseUrls, prepare
from evals.golden_questions import GoldenQuestion, load_golden
from graph.execute import TurnRunner
from jobs import assembly
from jobs.manifest import SUFFIXES, Defaults, Incoming, incoming
from jobs.queue import Queue, queue_app
from retrieval.chunking import chunks
from retrieval.editions.store import publish_edition, register_edition
from retrieval.ingest import Reading, store_edition
from retrieval.parsing import parse
from retrieval.parsing.spool import here
from tools.approvals.decisions import Decisions
from tools.connector.memory import MemoryConnector
from tools.people.directory import Directory
from tools.stops.switch import StopSwitch

TENANT: Final = "harbour"
POLICIES: Final = ROOT / "sandbox" / "policies"
QUESTIONS: Final = Path(__file__).parent / "golden"
TAKEN_IN: Final = (
    "branch-hours",
    "cash-handling",
    "complaints",
    "counter-data-protection",
    "dormant-accounts",
    "kyc-checklist",
    "lost-cards",
    "minors-accounts",
    "power-of-attorney",
)
"""Documents, with every edition: enough to answer most of the golden questions and to leave some without an answer."""

DAY: Final = date(2026, 11, 20)
"""Whose policies count where a question names no day: the golden questions are of that day or later that year."""


def _person(name: str, *roles: str) -> Principal:
    return Principal(TENANT, name, name=name.capitalize(), branch="001", roles=frozenset(roles))


PEOPLE: Final = {
    person.person: person
    for person in (
        _person("anna", "staff"),
        _person("omar", "analyst", "fraud_desk"),
        _person("sam", "supervisor"),
        _person("sofia", "supervisor"),
        _person("carla", "compliance"),
        _person("pia", "policy_owner", "hr"),
    )
}
SIGNING_LIMITS: Final = {"sam": 20_000, "sofia": 50_000}


@dataclass(slots=True)
class World:
    """Where the runs of a campaign happen."""

    database: Database
    keyring: Keyring
    runner: TurnRunner
    decisions: Decisions
    queue: Queue
    bank: MemoryConnector
    questions: dict[str, list[GoldenQuestion]]
    """`answered` and `abstained`: what ought to become of them."""
    system: Principal = field(default_factory=lambda: Principal.system(TENANT))
    _numbers: Iterator[int] = field(default_factory=lambda: count(1))

    @property
    def stops(self) -> StopSwitch:
        return StopSwitch(self.database, self.keyring, SystemClock(), self.decisions.catalogue)

    def new_case(self, state: str = "open") -> tuple[str, str, str]:
        """A case and a customer that nobody else asks about, with the last digits of a card of theirs."""
        number = next(self._numbers)
        records, case_id, customer_id = self.bank.banks[TENANT], f"C-{3000 + number}", f"44-{1000 + number}"
        customer, case = deepcopy(records.customers["31-7750"]), deepcopy(records.cases["C-1042"])
        card = f"{5000 + number}"
        customer |= {
            "id": customer_id,
            "cases": [case_id],
            "cards": [{"last4": card, "kind": "debit", "state": "active"}],
        }
        records.customers[customer_id] = customer
        records.cases[case_id] = case | {"id": case_id, "state": state, "customer_id": customer_id}
        return case_id, customer_id, card

    async def note(self, person: Principal) -> None:
        """The person has signed in now."""
        now = datetime.now(UTC)
        limit = SIGNING_LIMITS.get(person.person) if "supervisor" in person.roles else None
        # A directory of its own each time: one remembers what it has written.
        await Directory(self.database).note(person, now, asserted_at=now, signing_limit=limit)


@asynccontextmanager
async def open_world(urls: DatabaseUrls) -> AsyncGenerator[World]:
    """Load the models, take the policies in, sign everybody in."""
    settings = Settings(
        environment=Environment.DEVELOPMENT,
        openai_api_key=None,
        openai_base_url=None,
        bedrock_model=None,
        core_banking_url="http://127.0.0.1:1",  # never called: the bank in memory takes its place
    )
    app = queue_app(urls.app, pool_size=2)
    async with app.open_async():
        database = await Database(urls.app, min_size=2, max_size=12).open()
        parts = assembly.assemble(settings, database)
        try:
            yield await _furnished(parts, database, Queue(app))
        finally:
            await parts.aclose()
            await database.close()


async def _furnished(parts: assembly.Parts, database: Database, queue: Queue) -> World:
    keyring, clock, bank = Keyring(bytes(range(32))), SystemClock(), MemoryConnector()
    if parts.connector is not None:
        await parts.connector.aclose()
    acting = assembly.Parts(
        parts.gateway, parts.searcher, parts.guards, parts.active_guards, parts.catalogue, connector=bank
    )
    world = World(
        database,
        keyring,
        acting.runner(database, keyring, clock, queue),
        acting.decisions(database, keyring, clock, queue),
        queue,
        bank,
        _questions(),
    )
    reading = Reading(parse=here(parse), chunks=chunks, embedder=parts.gateway.embedder)
    for item in _policies():
        await take_in(world.database, world.system, item, reading)
    for person in PEOPLE.values():
        await world.note(person)
    return world


def _policies() -> list[Incoming]:
    items = incoming([], POLICIES / "manifest.json", Defaults(None, None, DAY))
    return [item for item in items if item.metadata.document in TAKEN_IN]


async def take_in(database: Database, system: Principal, item: Incoming, reading: Reading) -> None:
    """One edition of one document, read and in force."""
    async with database.transaction(system) as tx:
        registered = await register_edition(
            tx,
            item.metadata,
            filename=item.path.name,
            media_type=SUFFIXES[item.path.suffix],
            content=item.path.read_bytes(),
        )
    await store_edition(database, system, registered.edition_id, reading)
    async with database.transaction(system) as tx:
        await publish_edition(tx, registered.edition_id, datetime.now(UTC) - timedelta(minutes=1))


def _questions() -> dict[str, list[GoldenQuestion]]:
    """The golden questions of this bank, by what the documents that were taken in can do for them."""
    found: dict[str, list[GoldenQuestion]] = {"answered": [], "abstained": []}
    for question in load_golden(QUESTIONS):
        if question.persona in PEOPLE and not question.id.startswith("reg-"):
            known = question.expect == "answer" and all(place.document in TAKEN_IN for place in question.must_cite)
            found["answered" if known else "abstained"].append(question)
    return found


@contextmanager
def scratch_database(name: str) -> Generator[DatabaseUrls]:
    """A migrated database of a server of our own, gone at the end."""
    with tempfile.TemporaryDirectory(prefix="cs-") as folder:
        server = embedded_postgres.start(Path(folder) / "pg")
        try:
            urls = server.urls(name)
            prepare(urls)
            yield urls
        finally:
            server.stop()
