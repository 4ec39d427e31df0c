"""What somebody tried who wanted an effect out of place: past a stop, past its own end, or told wrongly."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from core.clock import FixedClock
from core.database import Database
from core.principal import Principal
from gateway.embeddings import Embedder
from graph import calling
from graph.context import Guards
from graph.limits import ActingLimits
from graph.store import TenantSaver
from guardrails.linear import packaged
from guardrails.scope import ScopeFinding, ScopeJudge
from runs import store
from runs.models import RunStatus
from tests.graph.acting import NOTE, SAM, SOFIA, ActingWorld, open_acting
from tests.graph.test_restarts import ProcessKilled
from tests.graph.test_turns import check_complete
from tests.graph.world import Told, open_world
from tools.approvals import store as approvals
from tools.approvals.models import ApprovalState
from tools.catalogue.models import Tool
from tools.connector.memory import MemoryConnector
from tools.connector.ports import Acting, Outcome, ToolUnavailable
from tools.models import Effect
from tools.planning.builtin import BuiltInPlanner

LOOK_UP = "What is the state of case C-1042?"


@pytest.fixture
def bank() -> MemoryConnector:
    return MemoryConnector()


@pytest.fixture
async def acting(database: Database, embedder: Embedder, guards: Guards, bank: MemoryConnector) -> ActingWorld:
    return await open_acting(await open_world(database, embedder, guards), bank)


def notes(bank: MemoryConnector) -> list[str]:
    return [note["text"] for note in bank.banks["harbour"].cases["C-1042"]["notes"]]


class Between:
    """The bank's system, with something that happens before or after each call."""

    def __init__(self, inner: MemoryConnector) -> None:
        self.inner = inner
        self.called: list[str] = []

    async def before(self, tool: Tool) -> None:
        self.called.append(tool.name)

    async def after(self, tool: Tool, result: Any) -> Any:
        return result

    async def call(
        self, tool: Tool, args: Mapping[str, Any], acting: Acting, *, idempotency_key: str | None = None
    ) -> Any:
        await self.before(tool)
        return await self.after(tool, await self.inner.call(tool, args, acting, idempotency_key=idempotency_key))

    async def outcome(self, idempotency_key: str, acting: Acting) -> Outcome | None:
        return await self.inner.outcome(idempotency_key, acting)

    async def aclose(self) -> None:
        await self.inner.aclose()


@pytest.mark.parametrize("scope", ["all", "tool:case_lookup"])
async def test_a_stop_holds_look_ups_too(acting: ActingWorld, bank: MemoryConnector, scope: str) -> None:
    spy = Between(bank)
    stop = await acting.stops.stop(SAM, scope, "Records are read by somebody who should not.")
    try:
        told = await acting.ask(LOOK_UP, connector=spy)
    finally:
        for who in (SAM, SOFIA):
            await acting.stops.restart(who, stop.id)
    check_complete(told)
    assert (told.run.status, told.outcome["code"], spy.called) == (RunStatus.REFUSED, "tools_stopped", [])


async def test_what_was_done_is_told_although_its_tool_is_gone_since(
    acting: ActingWorld, bank: MemoryConnector
) -> None:
    """The worker dies between effect and receipt, and the next comes with a catalogue without that tool."""

    class Dies(Between):
        async def after(self, tool: Tool, result: Any) -> Any:
            if tool.effect is Effect.WRITE:
                raise ProcessKilled
            return result

    told = await acting.ask(NOTE)
    await acting.decide(SAM, told)
    with pytest.raises(ProcessKilled):
        await acting.go_on(told.admitted, connector=Dies(bank))
    left = {name: tool for name, tool in acting.catalogue.tools.items() if name != "case_add_note"}
    told = await acting.go_on(told.admitted, catalogue=replace(acting.catalogue, version="2", tools=left))
    assert (await acting.waiting(told)).state is ApprovalState.EXECUTED
    assert "effect.done" in told.recorded
    assert notes(bank)[-1] == "address proof is missing"


async def test_a_worker_that_was_taken_for_dead_sends_nothing_more(acting: ActingWorld, bank: MemoryConnector) -> None:
    """Else what it sends again could be done after the next worker has found that nothing was done."""

    class Superseded(Between):
        async def before(self, tool: Tool) -> None:
            await super().before(tool)
            async with acting.world.database.transaction(Principal.system("harbour")) as tx:
                await store.start_run(tx, told.run.id, datetime.now(UTC))
            raise ToolUnavailable("No reply.")

    told = await acting.ask(NOTE)
    await acting.decide(SAM, told)
    slow = Superseded(bank)
    await acting.go_on(told.admitted, connector=slow)
    assert slow.called == ["case_add_note"]


async def test_clocks_that_differ_do_not_hide_the_request_that_is_signed(
    acting: ActingWorld, bank: MemoryConnector
) -> None:
    """The first request was changed where the clock is ahead; the second is made, and signed, before that hour."""
    told = await acting.ask(
        "Add a note to case C-1042: called the customer, and block card 4417 of customer 31-7750, it was stolen"
    )
    asked = await acting.waiting(told)
    ahead = replace(acting.decisions, clock=FixedClock(datetime.now(UTC) + timedelta(seconds=30)))
    args = {**asked.call.args, "text": "called her"}
    await ahead.decide(SAM, asked.id, "edit", asked.digest, args=args)
    await acting.decide(SOFIA, told)
    told = await acting.go_on(told.admitted)
    assert (await acting.waiting(told)).tool == "card_block"
    await acting.decide(SAM, told)
    told = await acting.go_on(told.admitted)
    assert told.run.status is RunStatus.ANSWERED


async def test_a_result_without_a_canonical_form_is_kept(acting: ActingWorld, bank: MemoryConnector) -> None:
    class Odd(Between):
        async def after(self, tool: Tool, result: Any) -> Any:
            return {**result, "row": 2**60}

    told = await acting.ask(NOTE)
    await acting.decide(SAM, told)
    told = await acting.go_on(told.admitted, connector=Odd(bank))
    assert told.run.status is RunStatus.ANSWERED
    told = await acting.ask(LOOK_UP, connector=Odd(bank))
    assert told.run.status is RunStatus.ANSWERED


async def test_who_signs_reads_all_that_was_asked_for(acting: ActingWorld) -> None:
    told = await acting.ask("Please add a note to the case: address proof is missing")
    told = await acting.ask("case C-1042", told.admitted.thread_id)
    asked = await acting.waiting(told)
    assert asked.request == "Please add a note to the case: address proof is missing\ncase C-1042"


async def killed_before_its_checkpoint(acting: ActingWorld, monkeypatch: pytest.MonkeyPatch) -> Told:
    async def killed(*_: Any) -> None:
        raise ProcessKilled

    admitted = await acting.world.admit(NOTE)
    with monkeypatch.context() as patch:
        patch.setattr(TenantSaver, "aput", killed)
        with pytest.raises(ProcessKilled):
            await acting.go_on(admitted)
    return await acting.world.told(admitted)


@pytest.mark.parametrize("signed", [True, False])
async def test_a_run_that_begins_anew_without_a_bank_leaves_nothing_open(
    acting: ActingWorld, bank: MemoryConnector, monkeypatch: pytest.MonkeyPatch, *, signed: bool
) -> None:
    before = notes(bank)
    told = await killed_before_its_checkpoint(acting, monkeypatch)
    if signed:
        await acting.decide(SAM, told)
    await acting.world.runner(acting=None).run("harbour", told.run.id)
    told = await acting.world.told(told.admitted)
    check_complete(told)
    assert (await acting.waiting(told)).state is ApprovalState.VOIDED
    assert ("approval.voided" in told.recorded, notes(bank)) == (True, before)


class Otherwise(ScopeJudge):
    """A rewriter or a judge that takes every message for a question about policy this time."""

    async def judge(self, text: str, *, follow_up: bool = False, mode: str = "answer") -> ScopeFinding:
        return await super().judge("When is a lost debit card blocked?", follow_up=follow_up, mode=mode)


def _deaf(_planner: BuiltInPlanner, _text: str) -> bool:
    return False


async def test_a_signed_request_is_done_although_the_next_worker_would_not_see_a_request(
    acting: ActingWorld, bank: MemoryConnector, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = await killed_before_its_checkpoint(acting, monkeypatch)
    await acting.decide(SAM, told)
    services = acting.world.services
    judge = Otherwise(packaged("scope"), services.embedder.embed, actions_available=True)
    made = acting.acting()
    monkeypatch.setattr(BuiltInPlanner, "recognises", _deaf)
    await acting.world.runner(acting=made, guards=replace(services.guards, scope=judge)).run("harbour", told.run.id)
    told = await acting.world.told(told.admitted)
    assert (told.run.status, notes(bank)[-1]) == (RunStatus.ANSWERED, "address proof is missing")
    assert (await acting.waiting(told)).state is ApprovalState.EXECUTED


async def test_nobody_hides_one_request_among_hundreds(acting: ActingWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calling, "ACTING_LIMITS", ActingLimits(open_requests=await open_requests(acting) + 1))
    asked = await acting.ask(NOTE)
    assert asked.run.status is RunStatus.PAUSED
    told = await acting.ask(NOTE)
    check_complete(told)
    assert (told.run.status, told.outcome["code"]) == (RunStatus.REFUSED, "too_many_open")
    assert "tool.proposed" not in told.kinds
    await acting.decide(SAM, asked, "reject", reason="Once is enough.")
    assert (await acting.ask(NOTE)).run.status is RunStatus.PAUSED


async def open_requests(acting: ActingWorld) -> int:
    """Those that other tests have left."""
    async with acting.world.database.transaction(acting.world.system) as tx:
        return await approvals.open_of(tx, "anna", datetime.now(UTC))
