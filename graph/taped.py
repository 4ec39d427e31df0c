"""The services of one run: the same as the process's, with what they answer taken as inputs of the run."""

from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.principal import Principal
from gateway.embeddings import Embedder
from gateway.planning.ports import Plan, Planner, PlanningTask
from gateway.writers.ports import ClaimDraft, Rewriter, Usage, Writer, WritingTask
from graph import inputs
from graph.context import Judges, Screens, Search, Services
from graph.guarded import SCOPE, SCREENING
from graph.outside import Outside
from guardrails.fail_closed import SoundDetector, Watch, sound_vectors
from guardrails.scope import ScopeFinding
from guardrails.screening import Screening
from retrieval.models import Evidence, Passage
from retrieval.surroundings import Surroundings
from tools.catalogue.models import Tool
from tools.connector.ports import Acting, Connector, Outcome


def taped(services: Services, outside: Outside) -> Services:
    """The services with everything that comes from outside the process, or from a model in it, taken as input."""
    guards = replace(
        services.guards,
        screener=_Screens(services.guards.screener, outside, services.watch),
        scope=_Judges(services.guards.scope, outside, services.watch),
        personal_data=SoundDetector(services.guards.personal_data),
    )
    acting = services.acting
    if acting is not None:
        planner = acting.planner and _Planner(acting.planner, outside)
        acting = replace(acting, connector=_Connector(acting.connector, outside), planner=planner)
    return replace(
        services,
        guards=guards,
        embedder=_Embedder(services.embedder),
        search=_Search(services.search, outside),
        writer=_Writer(services.writer, outside, "write"),
        quoter=_Writer(services.quoter, outside, "quote"),
        rewriter=services.rewriter and _Rewriter(services.rewriter, outside),
        acting=acting,
    )


@dataclass(frozen=True, slots=True)
class _Embedder:
    """The embedder as the guards of a turn use it: no vectors at all rather than unsound ones."""

    inner: Embedder

    @property
    def name(self) -> str:
        return self.inner.name

    @property
    def dimension(self) -> int:
        return self.inner.dimension

    async def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        return await sound_vectors(self.inner.embed)(texts)

    def close(self) -> None:
        """The process's own embedder stays open."""


@dataclass(frozen=True, slots=True)
class _Screens:
    inner: Screens
    outside: Outside
    watch: Watch

    async def screen(self, raw: str) -> Screening:
        return await self.outside.ask(
            "screening", inputs.SCREENING, lambda: SCREENING.ask(lambda: self.inner.screen(raw), self.watch)
        )


@dataclass(frozen=True, slots=True)
class _Judges:
    inner: Judges
    outside: Outside
    watch: Watch

    async def judge(self, text: str, *, mode: str = "answer") -> ScopeFinding:
        return await self.outside.ask(
            "scope", inputs.SCOPE, lambda: SCOPE.ask(lambda: self.inner.judge(text, mode=mode), self.watch)
        )


@dataclass(frozen=True, slots=True)
class _Search:
    inner: Search
    outside: Outside

    async def search(
        self, principal: Principal, query: str, *, k: int, as_of: date, libraries: Sequence[str] | None = None
    ) -> Evidence:
        return await self.outside.ask(
            "search",
            inputs.EVIDENCE,
            lambda: self.inner.search(principal, query, k=k, as_of=as_of, libraries=libraries),
        )

    async def around(
        self, principal: Principal, hits: Sequence[Passage], *, as_of: date, libraries: Sequence[str] | None = None
    ) -> Surroundings:
        return await self.outside.ask(
            "around",
            inputs.SURROUNDINGS,
            lambda: self.inner.around(principal, hits, as_of=as_of, libraries=libraries),
        )


@dataclass(frozen=True, slots=True)
class _Writer:
    inner: Writer
    outside: Outside
    kind: str

    @property
    def name(self) -> str:
        return self.inner.name

    def write(self, task: WritingTask) -> AsyncGenerator[ClaimDraft | Usage]:
        return self.outside.stream(self.kind, inputs.WRITTEN, lambda: self.inner.write(task))

    async def aclose(self) -> None:
        """The process's own writer stays open."""


@dataclass(frozen=True, slots=True)
class _Rewriter:
    inner: Rewriter
    outside: Outside

    @property
    def name(self) -> str:
        return self.inner.name

    async def rewrite(self, history: Sequence[tuple[str, str]], question: str) -> str:
        return await self.outside.ask("rewrite", inputs.TEXT, lambda: self.inner.rewrite(history, question))

    async def aclose(self) -> None:
        """The process's own rewriter stays open."""


@dataclass(frozen=True, slots=True)
class _Planner:
    inner: Planner
    outside: Outside

    @property
    def name(self) -> str:
        return self.inner.name

    async def plan(self, task: PlanningTask) -> Plan:
        return await self.outside.ask("plan", inputs.PLAN, lambda: self.inner.plan(task))

    async def aclose(self) -> None:
        """The process's own planner stays open."""


@dataclass(frozen=True, slots=True)
class _Connector:
    inner: Connector
    outside: Outside

    async def call(
        self, tool: Tool, args: Mapping[str, Any], acting: Acting, *, idempotency_key: str | None = None
    ) -> Any:
        return await self.outside.ask(
            "call",
            inputs.ANYTHING,
            lambda: self.inner.call(tool, args, acting, idempotency_key=idempotency_key),
        )

    async def outcome(self, idempotency_key: str, acting: Acting) -> Outcome | None:
        return await self.outside.ask(
            "outcome", inputs.MAYBE_OUTCOME, lambda: self.inner.outcome(idempotency_key, acting)
        )

    async def aclose(self) -> None:
        """The process's own connector stays open."""
