"""What is no whole number of dollars is asked for again, never taken for one."""

import pytest

from gateway.planning.ports import PlanningTask, ToolSpec
from tools.catalogue.load import CORE_BANKING, load
from tools.planning.builtin import BuiltInPlanner

CATALOGUE = load(CORE_BANKING)
TOOLS = tuple([ToolSpec(t.name, t.description, t.schema, t.effect.value) for t in CATALOGUE.tools.values()])
AGAIN = "Say the new limit in whole dollars, such as $2,500."


async def planned(amount: str) -> object:
    words = f"Set the daily card limit of customer 31-7750 to {amount}"
    plan = await BuiltInPlanner(CATALOGUE).plan(PlanningTask(words, TOOLS, (), ""))
    return plan.calls[0].args["amount"] if plan.calls else plan.missing


NONE = (
    "5000 cents|5000 yen|4000 pesos|5'000|(500)|-500|3000 more|$3,000 more|3000 dollars more|3000 dollars and 50 cents"
)
NO_FORM = "2.500|€5,000|5k|1e4|½ million|5 000|10,00|0x500|CHF 3000"
WHOLE = "5000|$5,000|5000 dollars|5000 bucks please|5000.|5,000.00|5000 from 2000|5000, she travels|5000 because"


@pytest.mark.parametrize("amount", [*NONE.split("|"), *NO_FORM.split("|")])
async def test_what_is_no_whole_number_of_dollars_is_asked_for_again(amount: str) -> None:
    assert await planned(amount) == AGAIN


@pytest.mark.parametrize("amount", WHOLE.split("|"))
async def test_whole_dollars_are_taken(amount: str) -> None:
    assert await planned(amount) == 5000
