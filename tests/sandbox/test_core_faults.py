"""The core bank's fault switch: what each fault leaves behind, chances that repeat, and who may turn it."""

import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from sandbox.corebank.app import create_core_app
from sandbox.server import serving
from sandbox.settings import SandboxSettings
from tests.sandbox.core_bank import NOTES, SWITCH, CoreBank, running

KEY = "effect-of-one-approval"


@pytest.fixture
def bank(tmp_path: Path) -> Iterator[CoreBank]:
    with running(tmp_path) as bank:
        yield bank


def answer(bank: CoreBank, key: str = KEY) -> int | str:
    """The status of a write's reply, or how the connection ended."""
    try:
        return bank.write(NOTES, {"text": "x"}, key).status_code
    except httpx.RemoteProtocolError:
        return "dropped"


@pytest.mark.parametrize(
    ("fault", "seen", "done"),
    [
        ("none", 201, 1),
        ("slow", 201, 1),
        ("slow_after", 201, 1),
        ("http_500", 500, 0),
        ("http_500_after", 500, 1),
        ("drop", "dropped", 0),
        ("drop_after", "dropped", 1),
        ("in_progress", 409, 0),
    ],
)
def test_what_each_fault_leaves_behind(bank: CoreBank, fault: str, seen: int | str, done: int) -> None:
    bank.fail({"fault": fault, "count": 1, "delay_ms": 50})
    assert (answer(bank), len(bank.effects(KEY))) == (seen, done)
    assert (answer(bank), len(bank.effects(KEY))) == (201, 1)
    assert bank.get("/v1/cases/C-1042").json()["notes_total"] == 3


def test_chances_repeat_with_their_seed(bank: CoreBank) -> None:
    rules = ({"fault": "drop", "probability": 0.2}, {"fault": "http_500_after", "probability": 0.4})

    def replies(seed: int) -> list[int | str]:
        bank.fail(*rules, seed=seed)
        return [answer(bank, f"effect-{seed}-{number}") for number in range(40)]

    first = replies(7)
    assert {"dropped", 500, 201} == set(first)
    assert replies(7) == first
    assert replies(8) != first


def test_a_rule_keeps_to_its_operations_and_its_count(bank: CoreBank) -> None:
    bank.fail({"fault": "http_500", "count": 2, "operations": ["addCaseNote"]})
    assert bank.get("/v1/cases/C-1042").status_code == 200
    assert [answer(bank, f"effect-{number}") for number in range(4)] == [500, 500, 201, 201]
    shown = bank.client.get("/control/faults", headers=SWITCH).json()
    assert shown["rules"][0]["hits"] == 2
    assert bank.client.delete("/control/faults", headers=SWITCH).json() == {"rules": []}


def test_a_write_that_comes_to_its_turn_after_its_token_expired_is_not_done(bank: CoreBank) -> None:
    """What `outcome` says of a lost request becomes final: a late one is refused when it would commit."""
    bank.fail({"fault": "slow", "delay_ms": 1_500, "count": 1})
    seen: list[int | str] = []
    late = threading.Thread(target=lambda: seen.append(answer(bank)))
    late.start()
    while not bank.client.get("/control/faults", headers=SWITCH).json()["rules"][0]["hits"]:
        time.sleep(0.01)
    bank.clock.at += 36
    assert bank.get(f"/v1/operations/{KEY}").json()["code"] == "unknown_operation"
    late.join()
    assert (seen, bank.effects(KEY)) == ([401], [])


@pytest.mark.parametrize(
    "body",
    [
        {"rules": [{"fault": "explode"}]},
        {"rules": [{"fault": "slow", "probability": 2}]},
        {"rules": [{"fault": "slow", "often": 2}]},
        {"seed": 1},
    ],
)
def test_a_wrong_setting_changes_nothing(bank: CoreBank, body: dict[str, Any]) -> None:
    assert bank.client.put("/control/faults", json=body, headers=SWITCH).status_code == 422
    assert answer(bank) == 201


def test_the_switch_needs_its_secret(bank: CoreBank) -> None:
    for headers in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": "of-the-switch"}):
        assert bank.client.get("/control/faults", headers=headers).status_code == 401
        assert bank.client.get("/control/effects", headers=headers).status_code == 401
        rules = {"rules": [{"fault": "http_500"}]}
        assert bank.client.put("/control/faults", json=rules, headers=headers).status_code == 401
    assert bank.client.get("/control/effects?after=x", headers=SWITCH).status_code == 404
    assert answer(bank) == 201


def test_without_a_secret_there_is_no_switch(tmp_path: Path) -> None:
    settings = SandboxSettings("development", data_dir=tmp_path)
    with serving(lambda _: create_core_app(settings)) as address:
        for given in ({}, SWITCH, {"Authorization": "Bearer None"}, {"Authorization": "Bearer"}):
            assert httpx.get(f"{address}/control/faults", headers=given, trust_env=False).status_code == 404
            assert httpx.get(f"{address}/control/effects", headers=given, trust_env=False).status_code == 404
