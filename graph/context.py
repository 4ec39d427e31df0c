"""Everything that enters a run from outside comes through its `RunContext`: clock, ids, model, search, settings.

Nodes call nothing else, so that a recorded run can be executed again from what its context gave it (`graph.outside`).
"""

from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Protocol
from uuid import UUID, uuid4

from pydantic import BaseModel

from audit.records import Entry, RecordKind
from core.clock import Clock
from core.crypto import DataKey, Keyring
from core.database import Database, Transaction
from core.principal import Principal
from gateway.embeddings import Embedder
from gateway.planning.ports import Planner
from gateway.writers.ports import Rewriter, Writer
from graph import inputs
from graph.as_of import NamedDay
from graph.errors import EvidenceChanged, RunCancelled, RunSuperseded
from graph.outside import Commit, Outside
from graph.shown import Shown
from guardrails.entailment import Entailment
from guardrails.fail_closed import NOBODY, Watch, find_in_thread
from guardrails.personal_data import PersonalDataDetector, Value, values_in
from guardrails.placeholders import Placeholders
from guardrails.scope import ScopeFinding
from guardrails.screening import Screening
from prompts.loader import Prompt, get
from retrieval.access import Scope
from retrieval.index.store import still_admitted
from retrieval.models import Evidence, Expansion, Passage
from retrieval.surroundings import Surroundings
from runs import store
from runs.events import ClaimReleased, Event, Stage, StageName
from runs.masks.keeping import KeptValue, keep
from runs.models import Exchange, Mode, Run, RunStatus
from tools.catalogue.models import Catalogue
from tools.connector.ports import Connector
from tools.people import directory
from tools.planning.builtin import BuiltInPlanner


class Screens(Protocol):
    """What a turn needs of the first guard; `guardrails.screening.Screener` is it."""

    async def screen(self, raw: str) -> Screening: ...


class Judges(Protocol):
    """What a turn needs of the judge of scope; `guardrails.scope.ScopeJudge` is it."""

    async def judge(self, text: str, *, mode: str = "answer") -> ScopeFinding: ...


class Search(Protocol):
    """What a turn needs of retrieval; `retrieval.search.Searcher` is it."""

    async def search(
        self, principal: Principal, query: str, *, k: int, as_of: date, libraries: Sequence[str] | None = None
    ) -> Evidence: ...

    async def around(
        self, principal: Principal, hits: Sequence[Passage], *, as_of: date, libraries: Sequence[str] | None = None
    ) -> Surroundings: ...


@dataclass(frozen=True, slots=True)
class Guards:
    """The guards that hold models or detectors; the others are functions."""

    screener: Screens
    scope: Judges
    personal_data: PersonalDataDetector
    entailment: Entailment | None = None
    """A model of the bank's own that decides whether a claim is supported as a whole."""
    detector: str = ""
    """The name of the one that finds personal data: one of another name finds other things."""
    covered: Mapping[str, str] = field(default_factory=dict[str, str])
    """The kinds of personal data that it looks for, and how."""


@dataclass(frozen=True, slots=True)
class Acting:
    """What the acting branch needs; absent where no system of the bank is configured."""

    catalogue: Catalogue
    connector: Connector
    built_in: BuiltInPlanner
    planner: Planner | None
    """A model that plans; where it is None or fails, the built-in planner does."""
    plan_prompt: Prompt
    schedule_expiry: Callable[[Transaction, UUID, datetime], Awaitable[None]]


def form_prompts() -> dict[Mode, Prompt]:
    """Those that are packaged."""
    return {mode: get(mode.value) for mode in Mode if mode is not Mode.ANSWER}


@dataclass(frozen=True, slots=True)
class Services:
    """What the composition root hands to every run of a process."""

    database: Database
    keyring: Keyring
    clock: Clock
    search: Search
    embedder: Embedder
    guards: Guards
    writer: Writer
    quoter: Writer
    """The built-in writer that only quotes: the last resort when a model's claims fail their checks."""
    rewriter: Rewriter | None
    answer_prompt: Prompt
    form_prompts: Mapping[Mode, Prompt] = field(default_factory=form_prompts)
    """How each form is written."""
    acting: Acting | None = None
    watch: Watch = NOBODY
    """Counts what the guards come to and how long they take."""


@dataclass(slots=True)
class Remark:
    """What a step has to say to the person beside that it is done."""

    text: str | None = None


@dataclass(slots=True)
class RunContext:
    """One execution of one run: who asked, the services, and what waits to be committed."""

    services: Services
    run: Run
    principal: Principal
    key: DataKey
    history: tuple[Exchange, ...]
    outside: Outside
    attempt: int = 1
    """Executions of the run so far, this one included: of two that think it theirs only the later one writes."""
    tries: int = 1
    """Those since the run last waited for a person."""
    shown: Shown = field(default_factory=Shown)
    """What an earlier, interrupted execution of this run has shown: its claims were checked, so they stand."""
    is_stopped: bool = False
    """The person asked to stop before anything had begun."""
    placeholders: Placeholders = field(default_factory=Placeholders)
    """The personal data of the conversation: models see what `placeholders.hide` leaves of a text."""
    masks_before: int = 0
    """How many values of it earlier turns have kept."""
    keeps_findings: bool = True
    """Whether what detectors find is an input of the run; runs recorded by earlier releases have none."""
    named: NamedDay | None = None
    """The day that words of the question named."""
    passages: tuple[Passage, ...] = ()
    """The evidence; whatever is shown of it or rests on it is checked against the person's rights once more."""
    released: list[int] = field(default_factory=list[int])
    """The claims that this execution has shown."""
    expansions: tuple[Expansion, ...] = ()
    """What the bank's glossary knew of the question's words."""
    common: tuple[str, ...] = ()
    """The question's terms that stand in many of the passages that the person may see."""
    reading_order: tuple[int, ...] = ()
    """The numbers of the evidence as its documents have them; a form's writer gets it so."""
    directly_before: Mapping[int, int] = field(default_factory=dict[int, int])
    """For numbers of the evidence, the number of what stands directly before it in its document."""
    spelt_out: str = ""
    """The question with what its abbreviations mean; empty where the glossary knows none."""
    effect_open: bool = False
    """A signed write is under way and what came of it is not kept yet: only a later execution may end this run."""
    _events: list[Event] = field(default_factory=list[Event])
    _entries: list[Entry] = field(default_factory=list[Entry])

    @property
    def acting(self) -> Acting:
        """The parts of the acting branch, for its own nodes: no other leads there without them."""
        if self.services.acting is None:
            raise RuntimeError("the acting branch was entered without a system to act in")
        return self.services.acting

    @property
    def as_of(self) -> date:
        """The day whose policy counts."""
        return self.run.question.as_of if self.named is None else self.named.day

    @property
    def system(self) -> Principal:
        """The worker's own identity, which writes the run's log and record."""
        return Principal.system(self.principal.tenant)

    def now(self) -> datetime:
        return self.outside.value("now", inputs.MOMENT, self.services.clock.now)

    async def learn(self, texts: Sequence[str]) -> None:
        """Have personal data found in texts that a model is to see, so that it can be hidden. Raises
        `GuardUnavailable`: nothing is shown to a model unsearched."""
        detector = self.services.guards.personal_data

        async def found() -> tuple[Value, ...]:
            return await find_in_thread(lambda: values_in(detector, texts))

        values = await self.outside.ask("personal", inputs.VALUES, found) if self.keeps_findings else await found()
        self.placeholders.learn(values)

    def new_id(self) -> UUID:
        return self.outside.value("id", inputs.ID, uuid4)

    def emit(self, event: Event) -> None:
        """Show an event with the next flush; a stage that was shown before a crash is not shown again."""
        if not (isinstance(event, Stage) and self.shown.has(event)):
            self._events.append(event)

    def is_waiting(self, kind: type[BaseModel]) -> bool:
        """Whether an event of this kind will be shown with the next flush."""
        return any(isinstance(event, kind) for event in self._events)

    def record(self, kind: RecordKind, step: str, body: dict[str, Any]) -> None:
        """Record what a step did with the next flush."""
        self._entries.append(Entry(kind, f"{self.run.id}:{step}", body, self.run.id))

    def enter(self, entry: Entry) -> None:
        """As `record`, for an entry that another part has made."""
        self._entries.append(entry)

    @asynccontextmanager
    async def stage(self, name: StageName) -> AsyncGenerator[Remark]:
        """Tell the person what is being done, how long it took, and what the step remarks."""
        started = self.now()
        self.emit(Stage(name=name, status="started"))
        remark = Remark()
        yield remark
        elapsed = (self.now() - started).total_seconds() * 1000
        self.emit(Stage(name=name, status="finished", ms=round(elapsed, 1), detail=remark.text))

    async def flush(self, step: str, also: Callable[[Transaction], Awaitable[None]] | None = None) -> None:
        """Commit what waits as one step: events and their records together, and what `also` changes, or neither.

        Raises `RunCancelled` when the person asked to stop, `RunSuperseded` when the run is no longer ours, and
        `EvidenceChanged` when they may no longer read all of the evidence.
        """
        claims = [event.index for event in self._events if isinstance(event, ClaimReleased)]
        async with self.outside.transaction() as tx:
            if await self.hold(tx):
                raise RunCancelled
            if also is not None:
                await also(tx)
            await self.commit_into(tx, step)
        self.released += claims

    async def hold(self, tx: Transaction) -> bool:
        """Keep the run ours until `tx` ends; whether the person asked to stop. Raises `RunSuperseded`, and
        `EvidenceChanged` when they may no longer read all of the evidence."""
        held = await self.outside.ask("hold", inputs.HELD, lambda: self._held(tx))
        if held == "lost":
            raise RunSuperseded
        if held == "changed":
            raise EvidenceChanged
        return held == "stop"

    async def _held(self, tx: Transaction) -> inputs.Held:
        held = await store.hold_run(tx, self.run.id, self.attempt)
        if held is None:
            return "lost"
        if held["stop"]:
            return "stop"
        return "ours" if await self._may_still_read(tx) else "changed"

    async def finish(
        self,
        tx: Transaction,
        status: RunStatus,
        usage: dict[str, Any],
        at: datetime,
        *,
        despite_stop: bool = False,
        on_evidence: bool = False,
    ) -> bool:
        """End the run, unless somebody has; see `runs.store.finish_run`. `on_evidence`: it ends with what rests on the
        evidence. Raises `EvidenceChanged` where the person may no longer read all of that."""

        async def finished() -> inputs.Finished:
            if not await store.finish_run(
                tx, self.run.id, self.attempt, status.value, usage, at, despite_stop=despite_stop
            ):
                return False
            return "changed" if on_evidence and not await self._may_still_read(tx) else True

        ended = await self.outside.ask("finish", inputs.FINISHED, finished)
        if ended == "changed":
            raise EvidenceChanged
        return ended

    async def _may_still_read(self, tx: Transaction) -> bool:
        """Whether the person, with today's roles, may read all of the evidence, and all of it is in force, as the
        transaction sees it that would show something of it."""
        if not self.passages:
            return True
        principal, asked = await directory.load(tx, self.principal.person), self.run.question
        scope = Scope.of(principal, self.as_of, asked.libraries)
        return await still_admitted(tx, scope, [passage.chunk_id for passage in self.passages])

    async def commit_into(self, tx: Transaction, step: str) -> None:
        """As `flush`, inside a transaction that also changes the run's state."""
        commit = Commit(step, self._events, self._entries, self.now())
        self._events, self._entries = [], []
        await self.outside.keep(tx, commit)
        masks = self.placeholders.masks[self.masks_before :]
        if masks:
            values = [KeptValue(mask.placeholder, mask.kind.value, mask.value) for mask in masks]
            run, after = self.run, self.masks_before
            await self.outside.leave(lambda: keep(tx, self.key, run.thread_id, run.id, values, after=after))

    def discard(self) -> None:
        """Forget what waits: the turn ends another way."""
        self._events.clear()
        self._entries.clear()
