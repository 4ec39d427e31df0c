"""The plays of the replay campaign in which somebody wants something done: every way that a request can end."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any, Final

from core.errors import Conflict
from evals.replay_stage import Asked, Stage
from evals.replay_stand_ins import FailingBank, Moved, ScriptedPlanner
from gateway.errors import ModelUnavailable
from gateway.planning.ports import PlannedCall
from runs import store
from tools.connector.ports import ToolUnavailable

NOTES: Final = (
    "address proof is missing",
    "Called her at 4 pm; she will send the utility bill, signed, by Friday.",
    "Paid by card 4111 1111 1111 1111, asks for a receipt",
    'Kundin wünscht Rückruf – "dringend"',
)
TASKS: Final = ("call back about the utility bill", "check the power of attorney", "send the fee schedule")
WHYS: Final = ("it was stolen", "it was lost", "fraud is suspected")
SIGNERS: Final = ("sam", "sofia")


def request(stage: Stage) -> str:
    """A note, a card block or a small change of a limit: one signature by somebody else."""
    case_id, customer_id, card = stage.world.new_case()
    kind, amount = stage.chance.choice(("card", "transfer")), stage.chance.randrange(500, 9_000, 50)
    return stage.chance.choice(
        (
            f"Add a note to case {case_id}: {stage.chance.choice(NOTES)}",
            f"Block card {card} of customer {customer_id}, {stage.chance.choice(WHYS)}",
            f"Set the daily {kind} limit of customer {customer_id} to ${amount:,}",
        )
    )


def note(stage: Stage) -> str:
    return f"Add a note to case {stage.world.new_case()[0]}: {stage.chance.choice(NOTES)}"


def signer(chance: Random) -> str:
    return chance.choice(SIGNERS)


async def signed(stage: Stage, text: str | None = None) -> Asked:
    """Asked for and signed, not executed yet."""
    asked = await stage.ask(text or request(stage))
    await stage.decide(signer(stage.chance), asked)
    return asked


async def looked_up(stage: Stage) -> None:
    case_id, customer_id, _ = stage.world.new_case()
    await stage.ask(
        stage.chance.choice(
            (f"What is the state of case {case_id}?", f"Look up customer {customer_id}", f"Show case {case_id}")
        )
    )


async def looked_up_in_vain(stage: Stage) -> None:
    await stage.ask(f"What is the state of case C-{stage.chance.randrange(9000, 9999)}?")


async def looked_up_while_away(stage: Stage) -> None:
    """The bank's system does not answer a look-up."""
    planner = ScriptedPlanner([ModelUnavailable("away"), PlannedCall("case_lookup", {"case_id": "C-1042"})])
    bank = _AwayForReadings(stage.world.bank, ToolUnavailable("No reply."))
    await stage.ask(f"What is the state of case {stage.world.new_case()[0]}?", bank=bank, planner=planner)


class _AwayForReadings(FailingBank):
    async def call(self, *_: Any, **__: Any) -> Any:
        raise self.error


async def asked_for_what_is_missing(stage: Stage) -> None:
    """The next message completes the request."""
    first = await stage.ask(f"Please add a note to the case: {stage.chance.choice(NOTES[:2])}")
    asked = await stage.ask(f"case {stage.world.new_case()[0]}", thread_id=first.thread_id)
    await stage.decide(signer(stage.chance), asked)
    await stage.run(asked)


async def approved(stage: Stage) -> None:
    await stage.run(await signed(stage))


async def approved_by_two(stage: Stage) -> None:
    amount = stage.chance.randrange(10_500, 20_000, 500)
    asked = await stage.ask(f"Raise the daily card limit of customer {stage.world.new_case()[1]} to ${amount:,}")
    for who in stage.chance.sample(SIGNERS, 2):
        await stage.decide(who, asked)
        await stage.run(asked)


async def approved_by_oneself(stage: Stage) -> None:
    about = stage.chance.choice(("", f" for customer {stage.world.new_case()[1]}"))
    asked = await stage.ask(f"Create a task{about}: {stage.chance.choice(TASKS)}")
    await stage.decide("anna", asked)
    await stage.run(asked)


async def two_in_one_message(stage: Stage) -> None:
    case_id, customer_id, card = stage.world.new_case()
    asked = await stage.ask(
        f"Add a note to case {case_id}: called her, and block card {card} of customer {customer_id}, it was lost"
    )
    for _ in range(2):
        await stage.decide(signer(stage.chance), asked)
        await stage.run(asked)


async def planned_by_a_model(stage: Stage) -> None:
    case_id = stage.world.new_case()[0]
    text = stage.chance.choice(NOTES)
    calls = [
        PlannedCall("case_lookup", {"case_id": case_id}),
        PlannedCall("case_add_note", {"case_id": case_id, "text": text}),
    ]
    planner = ScriptedPlanner([*calls[stage.chance.randrange(2) :]])
    asked = await stage.ask(f"Add a note to case {case_id}: {text}", planner=planner)
    await stage.decide(signer(stage.chance), asked)
    await stage.run(asked, planner=planner)


async def planned_after_a_failure(stage: Stage) -> None:
    """The model that plans fails, so the built-in planner does."""
    planner = ScriptedPlanner([ModelUnavailable("away"), ModelUnavailable("away")])
    asked = await stage.ask(request(stage), planner=planner)
    await stage.decide(signer(stage.chance), asked)
    await stage.run(asked, planner=planner)


async def denied(stage: Stage) -> None:
    case_id, customer_id, _ = stage.world.new_case()
    limit: Mapping[str, Any] = {"customer_id": customer_id, "kind": "daily_card"}
    call = stage.chance.choice(
        (
            PlannedCall("drop_all_tables", {"n": 10**30}),
            PlannedCall("drop_all_tables", {"name": "x"}),
            PlannedCall("case_add_note", {"case_id": case_id}),
            PlannedCall("case_add_note", {"case_id": "../customers/31-7750", "text": "x"}),
            PlannedCall("case_add_note", {"case_id": case_id, "text": "x", "more": True}),
            PlannedCall("limit_change", {**limit, "amount": 10**30}),
            PlannedCall("limit_change", {**limit, "amount": 12.5}),
            PlannedCall("limit_change", {**limit, "amount": 5000.0}),
        )
    )
    await stage.ask(f"Add a note to case {case_id}: done", planner=ScriptedPlanner([call]))


async def edited(stage: Stage) -> None:
    asked = await stage.ask(note(stage))
    first, second = stage.chance.sample(SIGNERS, 2)
    args = {**(await stage.waiting(asked)).call.args, "text": "Address proof is missing since May."}
    await stage.decide(first, asked, "edit", args=args)
    if stage.chance.random() < 0.3:
        await stage.decide(second, asked, "reject", reason="Not like this.")
    else:
        await stage.decide(second, asked)
    await stage.run(asked)


async def rejected(stage: Stage) -> None:
    asked = await stage.ask(request(stage))
    await stage.decide(signer(stage.chance), asked, "reject", reason="Wrong case.")
    await stage.run(asked)


async def expired(stage: Stage) -> None:
    asked = await stage.ask(request(stage))
    later = replace(stage.world.decisions, clock=Moved(timedelta(hours=2)))
    await later.expire(asked.person.tenant, (await stage.waiting(asked)).id)
    await stage.run(asked)


async def withdrawn_by_the_maker(stage: Stage) -> None:
    asked = await stage.ask(request(stage))
    await stage.cancel(asked)
    await stage.run(asked)


async def stopped_while_it_waits(stage: Stage) -> None:
    """The stop is noted at the moment in which somebody signs: the signature is not taken."""
    asked = await stage.ask(request(stage))
    async with stage.world.database.transaction(stage.world.system) as tx:
        await store.request_cancel(tx, asked.run_id, datetime.now(UTC))
    with suppress(Conflict):
        await stage.decide(signer(stage.chance), asked)
