"""The core banking system of the crash test: told how to fail, asked what it really did."""

import os
import sys
from collections import Counter
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import httpx

from core.clock import SystemClock
from core.settings import ROOT
from evals.child_process import ChildProcess
from evals.service import SANDBOX_WITHIN_S
from tools.catalogue.load import CORE_BANKING, load
from tools.connector.http import DIRECT, HttpConnector
from tools.connector.ports import Acting

READ_NOTE_CASE: Final = "case_lookup"


@dataclass(frozen=True, slots=True)
class CoreBank:
    """Where it is, the secret that its service tokens are signed with, and the one that opens its fault switch."""

    url: str
    secret: str
    fault_secret: str


@contextmanager
def core_bank(folder: Path) -> Generator[CoreBank]:
    """One of our own on a free port, its records under `folder`, ended with the block."""
    secret, fault_secret = os.urandom(32).hex(), os.urandom(32).hex()
    environment = {
        **os.environ,
        "ENVIRONMENT": "development",
        "CORE_BANKING_SECRET": secret,
        "SANDBOX_FAULT_SECRET": fault_secret,
        "SANDBOX_DATA_DIR": str(folder / "corebank"),
        "PYTHONUNBUFFERED": "1",
    }
    command = [sys.executable, "-m", "sandbox", "serve-core", "--port", "0"]
    log = folder / "corebank.log"
    with ChildProcess.start("the core bank", command, environment=environment, log=log, cwd=ROOT) as bank:
        url = bank.wait_until(lambda: bank.said("core banking "), within_s=SANDBOX_WITHIN_S)
        yield CoreBank(url, secret, fault_secret)


@dataclass(slots=True)
class Books:
    """What the bank has on record, read anew after each round: every note once seen, every effect of its journal."""

    bank: CoreBank
    http: httpx.AsyncClient = field(default_factory=lambda: httpx.AsyncClient(mounts=DIRECT, timeout=10))
    notes: dict[str, set[tuple[str, str, str]]] = field(default_factory=dict[str, set[tuple[str, str, str]]])
    """By text: tenant, case and id of each note with it."""
    effects: Counter[tuple[str, str]] = field(default_factory=Counter[tuple[str, str]])
    """By tenant and idempotency key: how often it was carried out."""
    last_effect: int = 0

    async def fail(self, rules: Sequence[Mapping[str, Any]], seed: int) -> None:
        """Have it fail by these rules from now on."""
        await self._control("PUT", "/control/faults", {"rules": list(rules), "seed": seed})

    async def behave(self) -> Counter[str]:
        """Have it fail no more; how often each fault has happened since `fail`."""
        rules = (await self._control("GET", "/control/faults"))["rules"]
        await self._control("DELETE", "/control/faults")
        hits = Counter[str]()
        for rule in rules:
            hits[rule["fault"]] += rule["hits"]
        return +hits

    async def read(self, cases: Sequence[tuple[str, str]]) -> None:
        """Read the journal, and these cases (tenant and id). Each shows its newest 50 notes, so read it often."""
        journal = await self._control("GET", f"/control/effects?after={self.last_effect}")
        for effect in journal["items"]:
            self.effects[effect["tenant"], effect["key"]] += 1
            self.last_effect = effect["number"]
        lookup = load(CORE_BANKING).tools[READ_NOTE_CASE]
        connector = HttpConnector(self.bank.url, self.bank.secret, clock=SystemClock())
        try:
            for tenant, case_id in cases:
                case = await connector.call(lookup, {"case_id": case_id}, Acting(tenant, "crash-test"))
                for note in case["notes"]:
                    self.notes.setdefault(note["text"], set()).add((tenant, case_id, note["id"]))
        finally:
            await connector.aclose()

    async def _control(self, method: str, path: str, body: object = None) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {self.bank.fault_secret}"}
        reply = await self.http.request(method, f"{self.bank.url}{path}", json=body, headers=headers)
        return reply.raise_for_status().json()
