"""Each guard of a turn killed, slow, or answering nonsense: the turn ends with a code and answers nothing."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

import numpy as np
import pytest

from gateway.embeddings import OnnxEmbedder
from gateway.errors import ModelUnavailable
from graph import requests, writing
from guardrails import limits
from guardrails.fail_closed import Guard
from guardrails.intent import Intent
from guardrails.limits import GuardLimits
from guardrails.reasons import EXPLANATIONS, ReasonCode
from guardrails.scope import ScopeFinding
from guardrails.screening import Screening
from guardrails.sufficiency import Sufficiency
from guardrails.verdict import allow
from jobs import assembly
from runs.models import RunStatus
from tests.gateway.conftest import MODEL_DIR
from tests.graph.acting import open_acting
from tests.graph.test_restarts import PARAPHRASE
from tests.graph.test_turns import check_complete, until_shown
from tests.graph.world import RECORDS, Told, World
from tests.graph.writers import USAGE, ScriptedWriter, claim
from tools.connector.memory import MemoryConnector

NAN = float("nan")
SCREENED = Screening(allow(NAN), RECORDS, RECORDS, (), False, NAN, ())
JUDGED = ScopeFinding(allow(1.0), Intent.QUESTION, NAN)


async def for_ever() -> None:
    await asyncio.Event().wait()


class Does:
    """Whatever is asked of it, it raises, hangs or gives this."""

    name, dimension = "broken-1", 384
    covered = MappingProxyType[Any, str]({})

    def __init__(self, fault: str, nonsense: Any) -> None:
        self.fault, self.nonsense = fault, nonsense

    async def asked(self, *_: Any, **__: Any) -> Any:
        if self.fault == "raised":
            raise ModelUnavailable("the process was killed: secret")
        if self.fault == "slow":
            await for_ever()
        return self.nonsense

    screen = judge = embed = asked

    def find(self, text: str) -> Any:
        return self.at_once()

    def at_once(self, *_: Any) -> Any:
        if self.fault == "raised":
            raise RuntimeError("secret")
        if self.fault == "slow":
            time.sleep(0.5)
        return self.nonsense

    def close(self) -> None:
        return None


Breaking = Callable[[World, pytest.MonkeyPatch, str], dict[str, Any]]


def screening(world: World, _: pytest.MonkeyPatch, fault: str) -> dict[str, Any]:
    return {"guards": replace(world.services.guards, screener=Does(fault, SCREENED))}


def judging(world: World, _: pytest.MonkeyPatch, fault: str) -> dict[str, Any]:
    return {"guards": replace(world.services.guards, scope=Does(fault, JUDGED))}


def weighing(_: World, patch: pytest.MonkeyPatch, fault: str) -> dict[str, Any]:
    patch.setattr(requests, "assess", Does(fault, Sufficiency(allow(0.9), NAN, {})).at_once)
    return {}


def checking(_: World, patch: pytest.MonkeyPatch, fault: str) -> dict[str, Any]:
    patch.setattr(writing, "check", Does(fault, allow(NAN)).asked)
    return {}


def embedding_for_a_claim(world: World, _: pytest.MonkeyPatch, fault: str) -> dict[str, Any]:
    broken = Does(fault, np.full((2, 384), NAN, dtype=np.float32))
    broken.name = world.services.embedder.name
    return {"embedder": broken}


@dataclass(frozen=True, slots=True)
class Case:
    breaks: Breaking
    named: Guard
    ends: RunStatus
    asked_the_model: bool = False


CASES = {
    "screening": Case(screening, Guard.SCREENING, RunStatus.REFUSED),
    "scope": Case(judging, Guard.SCOPE, RunStatus.REFUSED),
    "sufficiency": Case(weighing, Guard.SUFFICIENCY, RunStatus.ABSTAINED),
    "claim": Case(checking, Guard.CLAIM, RunStatus.ABSTAINED, asked_the_model=True),
    "embedder": Case(embedding_for_a_claim, Guard.EMBEDDER, RunStatus.ABSTAINED, asked_the_model=True),
}


@pytest.fixture
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits ten seconds. Only what hangs takes this long."""
    monkeypatch.setattr(limits, "GUARD_LIMITS", GuardLimits(0.6, 0.4, 0.4, 0.4, 0.4, 0.4, embedder=0.25))


def check_closed(told: Told, status: RunStatus, guard: str, fault: str) -> None:
    check_complete(told)
    code = ReasonCode.GUARD_UNAVAILABLE
    explained = EXPLANATIONS[code]
    assert told.run.status is status
    assert (told.outcome["code"], told.outcome["reason"]) == (code.value, explained.reason)
    assert told.outcome["next_step"] == explained.next_step
    assert told.record("guard.failed") == {"guard": guard, "fault": fault}
    assert told.record("run.finished") == {"status": status.value, "code": code.value}
    assert "answer" not in told.kinds
    assert "secret" not in str([event.data for event in told.events]) + str([r.body for r in told.records])


@pytest.mark.usefixtures("soon")
@pytest.mark.parametrize("fault", ["raised", "slow", "nonsense"])
@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
async def test_a_turn_without_one_of_its_guards_answers_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch, case: Case, fault: str
) -> None:
    writer = ScriptedWriter([[claim(PARAPHRASE), USAGE]])
    told = await world.ask(RECORDS, writer, **case.breaks(world, monkeypatch, fault))
    check_closed(told, case.ends, case.named.value, fault)
    assert told.claims == []
    assert bool(writer.tasks) is case.asked_the_model
    assert (await world.replayed(told.admitted)).differences == ()


@pytest.mark.usefixtures("soon")
@pytest.mark.parametrize("fault", ["raised", "slow", "nonsense"])
async def test_the_screening_names_the_detector_that_failed(
    world: World, embedder: OnnxEmbedder, monkeypatch: pytest.MonkeyPatch, fault: str
) -> None:
    broken_detector: Callable[[Any], Any] = lambda _: Does(fault, [None])  # noqa: E731
    monkeypatch.setattr(assembly.detecting, "build", broken_detector)
    broken = assembly.guards(embedder)
    told = await world.ask(RECORDS, ScriptedWriter([[]]), guards=broken)
    check_closed(told, RunStatus.REFUSED, "personal_data", fault)


@pytest.mark.usefixtures("soon")
@pytest.mark.parametrize(
    ("fault", "vectors"),
    [
        ("raised", None),
        ("slow", None),
        ("nonsense", None),
        ("nonsense", np.full((1, 384), NAN, dtype=np.float32)),
        ("nonsense", np.zeros((1, 384), dtype=np.float32)),
        ("nonsense", np.ones((1, 3), dtype=np.float32)),
    ],
)
async def test_without_its_embedder_the_first_guard_refuses(world: World, fault: str, vectors: Any) -> None:
    broken = assembly.guards(Does(fault, vectors))
    told = await world.ask(RECORDS, ScriptedWriter([[]]), guards=broken)
    check_closed(told, RunStatus.REFUSED, "embedder", fault)


async def test_an_embedder_that_was_closed_under_the_turn_refuses_it(world: World) -> None:
    """The model of the process is gone: its thread has ended."""
    embedder = OnnxEmbedder(MODEL_DIR)
    broken = assembly.guards(embedder)
    embedder.close()
    told = await world.ask(RECORDS, ScriptedWriter([[]]), guards=broken, embedder=embedder)
    check_closed(told, RunStatus.REFUSED, "embedder", "raised")


async def test_what_was_shown_before_a_guard_failed_is_withdrawn(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    admitted = await world.admit(RECORDS)

    async def break_the_check() -> None:
        await until_shown(world, admitted, "claim")
        monkeypatch.setattr(writing, "check", Does("raised", None).asked)

    steps: list[Any] = [claim(PARAPHRASE), break_the_check, claim("Credit records are retained, too."), USAGE]
    await world.runner(ScriptedWriter([steps])).run("harbour", admitted.run_id)
    told = await world.told(admitted)
    check_closed(told, RunStatus.ABSTAINED, "claim", "raised")
    assert (told.claims, told.outcome["withdrawn"], told.outcome["nearest"]) == ([PARAPHRASE], [0], [])
    assert (await world.replayed(admitted)).differences == ()


async def test_earlier_turns_are_not_shown_to_a_model_unsearched(world: World) -> None:
    """The detector fails on the history only: the question itself has been searched already."""
    first = await world.ask(RECORDS)
    guards = replace(world.services.guards, personal_data=Does("raised", None))
    told = await world.ask("And for business credit?", ScriptedWriter([[]]), first.admitted.thread_id, guards=guards)
    check_closed(told, RunStatus.REFUSED, "personal_data", "raised")
    assert (await world.replayed(told.admitted)).differences == ()


class Plans:
    """A planner that must not be asked."""

    name = "planner-1"

    async def plan(self, task: Any) -> Any:
        raise AssertionError("a request was shown to a model unsearched")

    async def aclose(self) -> None:
        return None


@pytest.mark.parametrize("nonsense", [None, [None]])
async def test_a_request_is_not_shown_to_a_model_unsearched(world: World, nonsense: Any) -> None:
    bank = MemoryConnector()
    acting = await open_acting(world, bank)
    guards = replace(world.services.guards, personal_data=Does("nonsense", nonsense))
    admitted = await world.admit("Add a note to case C-1042: address proof is missing")
    await world.runner(acting=acting.acting(planner=Plans()), guards=guards).run("harbour", admitted.run_id)
    told = await world.told(admitted)
    check_complete(told)
    assert (told.run.status, told.outcome["code"]) == (RunStatus.REFUSED, "guard_unavailable")
    assert told.record("guard.failed") == {"guard": "personal_data", "fault": "nonsense"}
    assert "approval.required" not in told.kinds
