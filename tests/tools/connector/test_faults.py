"""A caller that asks what became of a lost reply, against a bank that fails at random: every write once, none lost."""

import asyncio
from typing import Any

import pytest

from tests.tools.connector.conftest import FAULTS, CoreBank
from tools.catalogue.models import Catalogue
from tools.connector.http import HttpConnector
from tools.connector.ports import Acting, ToolUnavailable

ANNA = Acting("harbour", "anna", ("sam",))
RULES: list[dict[str, Any]] = [
    {"fault": fault, "probability": 0.12}
    for fault in ("drop", "drop_after", "http_500", "http_500_after", "in_progress")
]
WRITES = 60


async def carried_out(connector: HttpConnector, catalogue: Catalogue, key: str) -> Any:
    """As a worker does: try, ask what became of it, try again with the same key."""
    args = {"case_id": "C-1042", "text": key}
    for _ in range(100):
        try:
            done = await connector.outcome(key, ANNA)
            if done is not None:
                return done.result
            return await connector.call(catalogue.tools["case_add_note"], args, ANNA, idempotency_key=key)
        except ToolUnavailable:
            await asyncio.sleep(0)
    raise AssertionError(f"{key} was never carried out")


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_every_write_once_and_none_lost(
    seed: int, http_connector: HttpConnector, core_bank: CoreBank, catalogue: Catalogue
) -> None:
    core_bank.client.put("/control/faults", json={"rules": RULES, "seed": seed}, headers=FAULTS).raise_for_status()
    keys = [f"effect-{seed}-{number:04}" for number in range(WRITES)]
    notes = await asyncio.gather(*(carried_out(http_connector, catalogue, key) for key in keys))
    hits = [rule["hits"] for rule in core_bank.client.get("/control/faults", headers=FAULTS).json()["rules"]]
    assert all(hits)
    assert [note["text"] for note in notes] == keys
    assert len({note["id"] for note in notes}) == WRITES
    assert sorted(effect["key"] for effect in core_bank.effects()) == keys
