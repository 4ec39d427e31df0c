"""What a run of the replay campaign meets outside: models, banks and clocks that do as a script says."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import Any, Final, NoReturn
from uuid import uuid4

from core.errors import Unavailable
from core.principal import Principal
from gateway.planning.ports import Plan, PlannedCall, PlanningTask
from gateway.writers.ports import ClaimDraft, Usage, WritingTask
from graph.context import Search
from retrieval.models import Evidence, Passage
from retrieval.sentences import sentences
from retrieval.surroundings import Surroundings
from tools.catalogue.models import Tool
from tools.connector.memory import MemoryConnector
from tools.connector.ports import Acting, Outcome

LONG_ENOUGH: Final = 40
"""Characters of a sentence that says something."""


class Killed(BaseException):
    """The process ends here: no handler of the product catches it."""


class Says(StrEnum):
    """What a model writes next."""

    TRUE = "true"
    """A sentence of the passages, cited rightly."""
    QUOTED = "quoted"
    INVENTED = "invented"
    """A figure that no passage has."""
    UNCITED = "uncited"
    """A true sentence, cited to a passage that is not there."""
    UNRELATED = "unrelated"
    EMPTY = "empty"


Step = Says | BaseException | Callable[[], Awaitable[object]]
"""A claim to write, an error to raise, or something to wait for."""


@dataclass(slots=True)
class ScriptedModel:
    """A `Writer`: each call follows the next script, the last one for ever. `first`: the sentence to begin with."""

    scripts: Sequence[Sequence[Step]]
    first: int = 0
    name: str = "scripted-1"
    _calls: int = 0

    async def write(self, task: WritingTask) -> AsyncGenerator[ClaimDraft | Usage]:
        script = self.scripts[min(self._calls, len(self.scripts) - 1)]
        self._calls += 1
        for number, step in enumerate(script):
            if isinstance(step, BaseException):
                raise step
            if isinstance(step, Says):
                yield _draft(step, task, self.first + number)
            else:
                await step()
        yield Usage(model=self.name, input_tokens=11 + self.first, output_tokens=7 * len(script), calls=1)

    async def aclose(self) -> None:
        """Nothing is open."""


def _draft(says: Says, task: WritingTask, number: int) -> ClaimDraft:
    said = [
        (source.ref, source.text[start:end])
        for source in task.sources[:3]
        for start, end in sentences(source.text)
        if end - start >= LONG_ENOUGH
    ] or [(task.sources[0].ref, task.sources[0].text)]
    ref, text = said[number % len(said)]
    match says:
        case Says.TRUE | Says.QUOTED:
            return ClaimDraft(text, (ref,), quote=says is Says.QUOTED)
        case Says.INVENTED:
            return ClaimDraft(
                f"The customer has to pay {number + 7391:,} dollars within 83 months.", (ref,), quote=False
            )
        case Says.UNCITED:
            return ClaimDraft(text, (99,), quote=False)
        case Says.UNRELATED:
            return ClaimDraft("The cafeteria serves soup on the second floor of the museum.", (ref,), quote=False)
        case Says.EMPTY:
            return ClaimDraft("  ", (ref,), quote=False)


@dataclass(slots=True)
class ScriptedRewriter:
    """A `Rewriter` that says one thing, or fails."""

    says: str | Exception
    name: str = "rewriter-1"

    async def rewrite(self, history: Sequence[tuple[str, str]], question: str) -> str:  # noqa: ARG002 -- see the port
        if isinstance(self.says, Exception):
            raise self.says
        return self.says

    async def aclose(self) -> None:
        """Nothing is open."""


@dataclass(slots=True)
class ScriptedPlanner:
    """A `Planner` that plans these calls, one at a time, or fails."""

    plans: list[PlannedCall | Exception]
    name: str = "planner-1"

    async def plan(self, task: PlanningTask) -> Plan:  # noqa: ARG002 -- see the port
        planned = self.plans.pop(0) if self.plans else None
        if isinstance(planned, Exception):
            raise planned
        return Plan(calls=() if planned is None else (planned,), planner=self.name)

    async def aclose(self) -> None:
        """Nothing is open."""


@dataclass(slots=True)
class FailingBank:
    """The bank's system: the next `times` writes end in `error`, before they are done or after."""

    inner: MemoryConnector
    error: BaseException
    times: int = 1
    is_done: bool = False

    async def call(
        self, tool: Tool, args: Mapping[str, Any], acting: Acting, *, idempotency_key: str | None = None
    ) -> Any:
        if idempotency_key is None or self.times == 0:
            return await self.inner.call(tool, args, acting, idempotency_key=idempotency_key)
        self.times -= 1
        if self.is_done:
            await self.inner.call(tool, args, acting, idempotency_key=idempotency_key)
        raise self.error

    async def outcome(self, idempotency_key: str, acting: Acting) -> Outcome | None:
        return await self.inner.outcome(idempotency_key, acting)

    async def aclose(self) -> None:
        """The world's own bank stays open."""


@dataclass(frozen=True, slots=True)
class Moved:
    """A clock that is ahead of ours."""

    by: timedelta

    def now(self) -> datetime:
        return datetime.now(UTC) + self.by


@dataclass(slots=True)
class Outage:
    """A clock that is reached `left` times more; then it can't be, like everything else in an outage."""

    left: int

    def now(self) -> datetime:
        self.left -= 1
        if self.left < 0:
            raise Unavailable("The database can't be reached.")
        return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class OtherEvidence:
    """A search that finds the passages in another order: documents have changed since."""

    inner: Search

    async def search(
        self, principal: Principal, query: str, *, k: int, as_of: date, libraries: Sequence[str] | None = None
    ) -> Evidence:
        found = await self.inner.search(principal, query, k=k, as_of=as_of, libraries=libraries)
        passages = [replace(p, ref=ref) for ref, p in enumerate(reversed(found.passages), start=1)]
        return replace(found, passages=tuple(passages))

    async def around(
        self, principal: Principal, hits: Sequence[Passage], *, as_of: date, libraries: Sequence[str] | None = None
    ) -> Surroundings:
        return await self.inner.around(principal, hits, as_of=as_of, libraries=libraries)


@dataclass(frozen=True, slots=True)
class ClosedSince:
    """A search that found a passage which is closed to its person by the time that something of it is shown."""

    inner: Search

    async def search(
        self, principal: Principal, query: str, *, k: int, as_of: date, libraries: Sequence[str] | None = None
    ) -> Evidence:
        found = await self.inner.search(principal, query, k=k, as_of=as_of, libraries=libraries)
        return replace(found, passages=(*found.passages[:-1], replace(found.passages[-1], chunk_id=uuid4())))

    async def around(
        self, principal: Principal, hits: Sequence[Passage], *, as_of: date, libraries: Sequence[str] | None = None
    ) -> Surroundings:
        return await self.inner.around(principal, hits, as_of=as_of, libraries=libraries)


@dataclass(frozen=True, slots=True)
class BrokenSearch:
    """A search that fails."""

    error: Exception

    async def search(
        self,
        principal: Principal,  # noqa: ARG002 -- see the port
        query: str,  # noqa: ARG002
        *,
        k: int,  # noqa: ARG002
        as_of: date,  # noqa: ARG002
        libraries: Sequence[str] | None = None,  # noqa: ARG002
    ) -> Evidence:
        raise self.error


@dataclass(frozen=True, slots=True)
class Nobody:
    """Stands for every model, search and system while runs are replayed: a replay asks nobody."""

    name: str = field(default="nobody")

    def __getattr__(self, asked: str) -> Any:
        def refuse(*_: object, **__: object) -> NoReturn:
            raise AssertionError(f"a replay asked for {asked}")

        return refuse


async def for_ever() -> None:
    """A model that says nothing more."""
    await asyncio.Event().wait()
