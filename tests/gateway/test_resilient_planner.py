from dataclasses import dataclass, replace

import pytest

from gateway.errors import ModelError, ModelNonsense, ModelRefused, ModelUnavailable
from gateway.limits import RESILIENCE
from gateway.planning.ports import Plan, PlannedCall, Planner, PlanningTask
from gateway.planning.resilient import ResilientPlanner
from tests.gateway.planning_tasks import FIRST

LIMITS = replace(RESILIENCE, breaker_threshold=2, breaker_open_s=60.0)


@dataclass
class Scripted:
    """Plans a call in its own name, or raises."""

    name: str
    error: ModelError | None = None
    asked: int = 0
    closed: bool = False

    async def plan(self, task: PlanningTask) -> Plan:
        self.asked += 1
        if self.error is not None:
            raise self.error
        return Plan(calls=(PlannedCall(self.name, {}),), planner=self.name)

    async def aclose(self) -> None:
        self.closed = True


def resilient(*planners: Planner) -> ResilientPlanner:
    return ResilientPlanner(planners, LIMITS)


@pytest.mark.parametrize("error", [ModelUnavailable("x"), ModelNonsense("x"), ModelRefused("x")])
async def test_the_next_plans_where_one_fails(error: ModelError) -> None:
    first, second = Scripted("a", error), Scripted("b")
    planner = resilient(first, second)
    assert (planner.name, (await planner.plan(FIRST)).planner) == ("a", "b")
    assert (first.asked, second.asked) == (1, 1)
    assert planner.describe() == [
        {"planner": "a", "breaker": "closed", "calls": 1, "plans": 0, "failures": 1},
        {"planner": "b", "breaker": "closed", "calls": 1, "plans": 1, "failures": 0},
    ]


async def test_the_last_one_s_error_reaches_the_caller() -> None:
    with pytest.raises(ModelRefused):
        await resilient(Scripted("a", ModelNonsense("x")), Scripted("b", ModelRefused("x"))).plan(FIRST)


async def test_one_that_is_down_is_left_alone_for_a_while() -> None:
    first, second = Scripted("a", ModelUnavailable("x")), Scripted("b")
    planner = resilient(first, second)
    for _ in range(4):
        assert (await planner.plan(FIRST)).planner == "b"
    assert first.asked == 2
    assert [state["breaker"] for state in planner.describe()] == ["opened", "closed"]


async def test_nonsense_is_no_outage() -> None:
    first = Scripted("a", ModelNonsense("x"))
    planner = resilient(first, Scripted("b"))
    for _ in range(4):
        await planner.plan(FIRST)
    assert first.asked == 4


async def test_the_only_one_being_down_is_an_error_of_a_model() -> None:
    planner = resilient(Scripted("a", ModelUnavailable("x")))
    for _ in range(3):
        with pytest.raises(ModelUnavailable):
            await planner.plan(FIRST)


async def test_closing_closes_all() -> None:
    planners = [Scripted("a"), Scripted("b")]
    await resilient(*planners).aclose()
    assert [planner.closed for planner in planners] == [True, True]
