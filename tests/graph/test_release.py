"""Release by risk: sentence by sentence, all together, or nothing where one of them fails."""

import asyncio

import pytest

from runs.models import RunStatus
from tests.graph.test_turns import INVENTED, PARAPHRASE, check_complete, until_shown
from tests.graph.world import BUSINESS, RECORDS, World
from tests.graph.writers import USAGE, ScriptedWriter, claim

STANDARD = "Must an application for credit be retained?"
HIGH = "How long is a rejected application for credit retained?"
WHOLE = "Shown as a whole, once every sentence is checked"


@pytest.mark.parametrize(("question", "risk"), [(RECORDS, "low"), (STANDARD, "standard"), (HIGH, "high")])
async def test_only_what_is_of_low_risk_is_shown_while_the_model_writes(world: World, question: str, risk: str) -> None:
    go_on = asyncio.Event()
    writer = ScriptedWriter([[claim(PARAPHRASE), go_on.wait, claim(BUSINESS), USAGE]])
    admitted = await world.admit(question)
    turn = asyncio.create_task(world.runner(writer).run("harbour", admitted.run_id))
    await until_shown(world, admitted, "claim" if risk == "low" else "sources")
    for _ in range(3):
        await asyncio.sleep(0.02)
    before = (await world.told(admitted)).kinds.count("claim")
    go_on.set()
    await turn
    told = await world.told(admitted)
    check_complete(told)
    assert (before, told.claims) == (1 if risk == "low" else 0, [PARAPHRASE, BUSINESS])
    assert (told.record("run.understood")["risk"], told.record("run.understood")["kind"]) == (risk, "policy_question")


async def test_of_high_risk_nothing_is_shown_of_an_attempt_in_which_a_sentence_fails(world: World) -> None:
    writer = ScriptedWriter([[claim(BUSINESS), claim(INVENTED), USAGE], [claim(PARAPHRASE), USAGE]])
    told = await world.ask(HIGH, writer)
    check_complete(told)
    assert (told.claims, [c["index"] for c in told.outcome["claims"]]) == ([PARAPHRASE], [0])
    assert told.record("run.written")["failed_checks"] == 1
    low = await world.ask(RECORDS, ScriptedWriter([[claim(BUSINESS), claim(INVENTED), USAGE], [claim(PARAPHRASE)]]))
    assert low.claims == [BUSINESS, PARAPHRASE]


async def test_of_high_risk_a_model_that_keeps_failing_is_replaced_by_quotes(world: World) -> None:
    writer = ScriptedWriter([[claim(PARAPHRASE), claim(INVENTED), USAGE]])
    told = await world.ask(HIGH, writer)
    check_complete(told)
    assert told.run.status is RunStatus.ANSWERED
    assert PARAPHRASE not in told.claims
    assert all(c["quote"] for c in told.outcome["claims"])
    assert [task.feedback is None for task in writer.tasks] == [True, False]


async def test_a_follow_up_that_turns_out_stricter_says_that_it_is_held_back(world: World) -> None:
    first = await world.ask(HIGH)
    told = await world.ask("And for business credit?", thread_id=first.run.thread_id)
    details = [e.data.get("detail") for e in told.events if e.kind == "stage" and e.data["name"] == "understand"]
    assert (told.record("run.understood")["risk"], details[-1]) == ("high", WHOLE)
    alone = await world.ask(HIGH)
    details = [e.data.get("detail") for e in alone.events if e.kind == "stage" and e.data["name"] == "understand"]
    assert details[-1] is None


async def test_what_was_taken_back_is_taken_back_again_in_a_replay(world: World) -> None:
    told = await world.ask(HIGH, ScriptedWriter([[claim(PARAPHRASE), claim(INVENTED), USAGE], [claim(BUSINESS)]]))
    replayed = await world.replayed(told.admitted)
    assert (replayed.identical, replayed.differences) == (True, ())
