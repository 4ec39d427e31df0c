"""kill -9 of the core bank amid writes: what was answered is there, and trying all again leaves one effect each."""

import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import httpx

from tests.sandbox.core_bank import NOTES, SECRET, SWITCH, bearer, claims
from tests.sandbox.test_commands import ROOT, environment

ROUNDS = 4
WRITES = 24


@contextmanager
def started(data: Path) -> Generator[tuple[subprocess.Popen[str], httpx.Client]]:
    env = environment(data, CORE_BANKING_SECRET=SECRET, SANDBOX_FAULT_SECRET="of-the-switch")
    command = [sys.executable, "-m", "sandbox", "serve-core", "--port", "0"]
    with subprocess.Popen(command, cwd=ROOT, env=env, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        address = process.stdout.readline().removeprefix("core banking ").strip()
        try:
            with httpx.Client(base_url=address, trust_env=False, timeout=30) as client:
                yield process, client
        finally:
            process.kill()


def write(client: httpx.Client, key: str) -> bytes | None:
    """The reply, or None where none came."""
    headers = bearer(claims()) | {"Idempotency-Key": key}
    try:
        reply = client.post(NOTES, json={"text": key}, headers=headers)
    except httpx.TransportError:
        return None
    assert reply.status_code == 201
    return reply.content


def effects(client: httpx.Client, key: str) -> int:
    return client.get("/control/effects", params={"key": key}, headers=SWITCH).json()["count"]


def test_what_was_answered_is_kept_and_nothing_is_done_twice(tmp_path: Path) -> None:
    chance = random.Random(20261120)
    answered: dict[str, bytes] = {}
    asked: list[str] = []
    for number in range(ROUNDS):
        keys = [f"effect-{number}-{one:03}" for one in range(WRITES)]
        asked += keys
        with started(tmp_path) as (process, client):

            def work(part: list[str], client: httpx.Client = client) -> None:
                for key in part:
                    if (reply := write(client, key)) is not None:
                        answered[key] = reply

            threads = [threading.Thread(target=work, args=(keys[lane::4],)) for lane in range(4)]
            for thread in threads:
                thread.start()
            time.sleep(chance.uniform(0.0, 0.15))
            process.send_signal(signal.SIGKILL)
            for thread in threads:
                thread.join()
    with started(tmp_path) as (_, client):
        assert {key: write(client, key) for key in answered} == answered
        for key in asked:
            write(client, key)
        assert {effects(client, key) for key in asked} == {1}
        case = client.get("/v1/cases/C-1042", headers=bearer(claims())).json()
    assert case["notes_total"] == 2 + len(asked)
    assert 0 < len(answered) < len(asked)
