"""The plays of the replay campaign behind a signature: what is void, what the bank refuses, what dies on the way."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final

from core.database import Transaction
from evals.replay_requests import SIGNERS, note, request, signed, signer
from evals.replay_stage import Stage
from evals.replay_stand_ins import FailingBank, Killed, Moved, Outage
from evals.replay_world import PEOPLE
from graph.limits import ACTING_LIMITS
from runs.models import RunStatus
from tools.connector.ports import ToolUnavailable

SETTLED_LATER: Final = ACTING_LIMITS.write_for + timedelta(minutes=1)


async def voided_by_a_demotion(stage: Stage) -> None:
    """Whoever signed, or whoever asked, has lost the right since."""
    asked = await signed(stage, note(stage))
    mark = (await stage.waiting(asked)).signatures[-1]
    lost = stage.chance.choice((mark.person, "anna"))
    await stage.world.note(replace(PEOPLE[lost], roles=frozenset()))
    try:
        await stage.run(asked)
    finally:
        await stage.world.note(PEOPLE[lost])


async def voided_by_a_stop(stage: Stage) -> None:
    asked = await signed(stage)
    async with Stopped(stage, "writes"):
        await stage.run(asked)


async def held_up_by_a_stop(stage: Stage) -> None:
    """What is asked for while a stop is in force."""
    text = stage.chance.choice((request(stage), f"What is the state of case {stage.world.new_case()[0]}?"))
    async with Stopped(stage, "all"):
        await stage.ask(text)


class Stopped:
    """A block during which the tenant's tools are stopped."""

    def __init__(self, stage: Stage, scope: str) -> None:
        self._stops, self._scope = stage.world.stops, scope

    async def __aenter__(self) -> None:
        self._stop = await self._stops.stop(PEOPLE["sam"], self._scope, "Strange requests.")

    async def __aexit__(self, *_: object) -> None:
        for who in SIGNERS:
            await self._stops.restart(PEOPLE[who], self._stop.id)


async def stopped_after_it_was_done(stage: Stage) -> None:
    """The process died behind the effect, and tools are stopped before the next looks."""
    asked = await signed(stage)
    await stage.run(asked, bank=FailingBank(stage.world.bank, Killed(), is_done=True))
    async with Stopped(stage, "all"):
        await stage.run(asked)


async def refused_by_the_bank(stage: Stage) -> None:
    case_id, customer_id, _ = stage.world.new_case("closed")
    await stage.run(
        await signed(
            stage,
            stage.chance.choice(
                (f"Add a note to case {case_id}: late", f"Block card 1111 of customer {customer_id}, it was lost")
            ),
        )
    )


async def away_and_back(stage: Stage) -> None:
    """No reply for a while, within one execution or for several."""
    asked = await signed(stage)
    away = FailingBank(
        stage.world.bank,
        ToolUnavailable("No reply."),
        times=stage.chance.randint(1, 7),
        is_done=stage.chance.random() < 0.5,
    )
    for _ in range(4):
        await stage.run(asked, bank=away)


async def never_back(stage: Stage) -> None:
    """Nobody can find out what came of it in time."""
    asked = await signed(stage)
    away = FailingBank(stage.world.bank, ToolUnavailable("No reply."), times=1_000, is_done=stage.chance.random() < 0.5)
    if stage.chance.random() < 0.5:
        await stage.run(asked, bank=away)
    await stage.run(asked, bank=away, clock=Moved(SETTLED_LATER))


async def killed_before_the_effect(stage: Stage) -> None:
    await _killed(stage, is_done=False)


async def killed_after_the_effect(stage: Stage) -> None:
    await _killed(stage, is_done=True)


async def _killed(stage: Stage, *, is_done: bool) -> None:
    asked = await signed(stage)
    for _ in range(stage.chance.randint(1, 4)):
        await stage.run(asked, bank=FailingBank(stage.world.bank, Killed(), is_done=is_done))
    await stage.run(asked)


async def shut_down(stage: Stage) -> None:
    """Workers stop while they have it, at any moment of two requests."""
    case_id, customer_id, card = stage.world.new_case()
    asked = await stage.admit(
        f"Add a note to case {case_id}: called her, and block card {card} of customer {customer_id}, it was lost"
    )
    for _ in range(3):
        for _ in range(stage.chance.randint(0, 2)):
            await stage.shut_down(asked, 0.3)
        if await stage.settle(asked) is RunStatus.PAUSED:
            await stage.decide(signer(stage.chance), asked)
    await stage.settle(asked)


async def killed_while_asking(stage: Stage) -> None:
    """The process dies in the transaction that asks for the signature; the next asks."""

    async def dies(_tx: Transaction, _approval: Any, _at: datetime) -> None:
        raise Killed

    asked = await stage.ask(request(stage), schedule_expiry=dies)
    await stage.run(asked)
    await stage.decide(signer(stage.chance), asked)
    await stage.run(asked)


async def out_of_reach(stage: Stage) -> None:
    """The database can't be reached from some moment on, before the signature or after it."""
    asked = await stage.admit(request(stage))
    for _ in range(stage.chance.randint(0, 2)):
        await stage.run(asked, clock=Outage(stage.chance.randint(1, 16)))
    await stage.run(asked)
    await stage.decide(signer(stage.chance), asked)
    for _ in range(stage.chance.randint(1, 3)):
        await stage.run(asked, clock=Outage(stage.chance.randint(1, 14)))
    await stage.run(asked)
