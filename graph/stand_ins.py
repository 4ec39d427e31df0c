"""The services of a replay: named as those of the recorded run were, and never asked for anything."""

from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NoReturn, cast

from core.database import Database
from core.principal import Principal
from gateway.planning.ports import Plan, PlanningTask
from gateway.writers.ports import ClaimDraft, Usage, WritingTask
from graph.context import Services
from guardrails.fail_closed import NOBODY
from prompts.loader import Prompt


class AskedInReplay(Exception):
    """A replay asked a model: its recorded answers were passed by."""


@dataclass(frozen=True, slots=True)
class _Named:
    name: str

    def write(self, _task: WritingTask, /) -> AsyncGenerator[ClaimDraft | Usage]:
        raise AskedInReplay(self.name)

    async def rewrite(self, _history: Sequence[tuple[str, str]], _question: str, /) -> str:
        raise AskedInReplay(self.name)

    async def plan(self, _task: PlanningTask, /) -> Plan:
        raise AskedInReplay(self.name)

    async def aclose(self) -> None:
        """Nothing is open."""


@dataclass(frozen=True, slots=True)
class _NoDatabase:
    def transaction(self, _principal: Principal, /) -> NoReturn:
        raise AskedInReplay("the database")


def as_recorded(services: Services, versions: Mapping[str, str], *, prompts_too: bool = True) -> Services:
    """The services under the names and versions that a run recorded, the models' and where wanted the prompts'."""
    acting = services.acting
    if acting is not None and "planner" in versions:
        planned_by_model = versions["planner"] != acting.built_in.name
        acting = replace(acting, planner=_Named(versions["planner"]) if planned_by_model else None)
    return replace(
        services,
        database=cast(Database, _NoDatabase()),
        writer=_Named(versions["writer"]),
        quoter=_Named(versions.get("quoter", services.quoter.name)),
        rewriter=_Named(versions["rewriter"]) if "rewriter" in versions else None,
        answer_prompt=_prompt(services.answer_prompt, versions["answer_prompt"])
        if prompts_too
        else services.answer_prompt,
        form_prompts={
            mode: _prompt(prompt, versions[f"{mode.value}_prompt"])
            if prompts_too and f"{mode.value}_prompt" in versions
            else prompt
            for mode, prompt in services.form_prompts.items()
        },
        acting=acting if "planner" in versions else None,
        watch=NOBODY,
    )


def _prompt(today: Prompt, recorded: str) -> Prompt:
    version, _, digest = recorded.rpartition(" ")
    return replace(today, version=version, hash=digest)
