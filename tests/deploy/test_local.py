"""`make run` in a checkout of its own: it becomes ready, and Ctrl-C leaves no process behind."""

import asyncio
import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncGenerator
from pathlib import Path

import httpx
import psutil
import pytest

from core.settings import ROOT, Environment, Settings
from deploy.local import audit_log_key, core_banking_secret, env_file_for_development, remember
from gateway.export_model import export
from tests.gateway.conftest import MODEL_DIR

PACKAGES = (
    "core", "runs", "audit", "gateway", "prompts", "retrieval", "guardrails", "tools", "graph", "jobs", "api",
    "sandbox", "deploy", "web", "witness",
)  # fmt: skip
FOREIGN = ("DATABASE_", "OIDC_", "OPENAI_", "CORE_BANKING_", "AUDIT_", "WITNESS_")
READY_WITHIN_S = 120


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def _of(checkout: Path) -> list[str]:
    """The living processes that work in the checkout or were told about it."""
    found: list[str] = []
    for process in psutil.process_iter(["cmdline", "cwd", "status"]):
        info = process.info
        if info["status"] == psutil.STATUS_ZOMBIE or process.pid == os.getpid():
            continue
        if any(str(checkout) in str(part) for part in (info["cmdline"], info["cwd"])):
            found.append(f"{process.pid} {' '.join(info['cmdline'] or [])}")
    return found


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A copy of the code, with data of its own."""
    export(MODEL_DIR)
    for package in PACKAGES:
        shutil.copytree(ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path


@pytest.fixture
async def started(checkout: Path) -> AsyncGenerator[tuple[asyncio.subprocess.Process, str]]:
    """`python -m deploy local` on free ports, and its address."""
    port, issuer, model, core, witness = (_free_port() for _ in range(5))
    kept = {name: value for name, value in os.environ.items() if not name.startswith(FOREIGN)}
    settings = {
        "ENVIRONMENT": "development",
        "PORT": str(port),
        "SANDBOX_ISSUER": f"http://127.0.0.1:{issuer}",
        "SANDBOX_MODEL_PORT": str(model),
        "SANDBOX_CORE_PORT": str(core),
        "WITNESS_PORT": str(witness),
        "EMBEDDING_MODEL_DIR": str(MODEL_DIR),
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "deploy", "local", cwd=checkout, env=kept | settings, stdout=subprocess.PIPE
    )
    try:
        yield process, f"http://127.0.0.1:{port}"
    finally:
        if process.returncode is None:
            process.terminate()
            await process.wait()


async def _until_ready(url: str) -> None:
    async with asyncio.timeout(READY_WITHIN_S), httpx.AsyncClient(trust_env=False) as client:
        while True:
            try:
                if (await client.get(f"{url}/readyz")).status_code == 200:
                    return
            except httpx.TransportError:
                pass
            await asyncio.sleep(0.2)


def _kept(checkout: Path) -> list[str]:
    return (checkout / ".data/run.env").read_text().splitlines()


async def _until_cosigned(checkout: Path) -> str:
    """What `python -m audit verify` says, with the settings that the start left, once the witness has cosigned."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(FOREIGN)}
    async with asyncio.timeout(READY_WITHIN_S):
        while True:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "audit", "verify", "--tenant", "harbour"),
                cwd=checkout, env=kept | {"ENVIRONMENT": "development"}, stdout=subprocess.PIPE,
            )  # fmt: skip
            said = (await process.communicate())[0].decode()
            if process.returncode == 0 and "sealed" in said and " 0 cosigned" not in said:
                return said
            await asyncio.sleep(0.5)


async def test_ctrl_c_ends_everything(started: tuple[asyncio.subprocess.Process, str], checkout: Path) -> None:
    process, url = started
    await _until_ready(url)
    running = "\n".join(_of(checkout))
    assert all(
        part in running
        for part in ("deploy local", "sandbox serve", "witness serve", "-m api", "jobs work", "postgres")
    )
    async with httpx.AsyncClient(trust_env=False, follow_redirects=True) as client:
        page = await client.get(url, headers={"Accept": "text/html"})
    assert "Sign in with your bank account" in page.text
    said = (checkout / ".data/logs/sandbox.log").read_text()
    assert "core banking http://127.0.0.1:" in said
    for name, length in (("CORE_BANKING_SECRET", 64), ("AUDIT_LOG_KEY", 44)):
        [secret] = [line for line in _kept(checkout) if line.startswith(f"{name}=")]
        assert (len(secret), secret in running) == (len(name) + 1 + length, False)
    assert "all intact" in await _until_cosigned(checkout)
    process.send_signal(signal.SIGINT)
    output, _ = await asyncio.wait_for(process.communicate(), 60)
    assert process.returncode == 0
    assert output.decode().endswith("Stopped. Your data stays in .data/.\n")
    assert _of(checkout) == []
    assert (checkout / ".data/postgres/PG_VERSION").exists()


def test_the_core_banks_secret_is_made_once_and_kept(tmp_path: Path) -> None:
    run_env = tmp_path / ".data" / "run.env"
    remember(run_env, {"DATABASE_URL": "postgresql://a", "DATABASE_OWNER_URL": "postgresql://b"})
    made = core_banking_secret(_settings(run_env), run_env)
    remember(run_env, {"DATABASE_URL": "postgresql://c", "DATABASE_OWNER_URL": "postgresql://d"})
    assert run_env.read_text().splitlines() == [
        "# Written by make run.",
        f"CORE_BANKING_SECRET={made}",
        "DATABASE_URL=postgresql://c",
        "DATABASE_OWNER_URL=postgresql://d",
    ]
    assert core_banking_secret(_settings(run_env), run_env) == made
    assert run_env.stat().st_mode & 0o777 == 0o600


def _settings(run_env: Path) -> Settings:
    return Settings(_env_file=run_env, environment=Environment.DEVELOPMENT)  # pyright: ignore[reportCallIssue] -- a constructor option of pydantic-settings


def test_the_logs_key_is_made_once_and_kept(tmp_path: Path) -> None:
    """A log can't go on under another key: a second start must find the first one's."""
    run_env = tmp_path / ".data" / "run.env"
    made = audit_log_key(_settings(run_env), run_env)
    assert audit_log_key(_settings(run_env), run_env) == made
    assert len(_settings(run_env).audit_log_seed) == 32
    first = tmp_path / ".env"
    assert env_file_for_development(first, "master", made)
    assert not env_file_for_development(first, "another", "another")
    assert first.read_text().splitlines()[1:] == [
        "ENVIRONMENT=development",
        "MASTER_KEY=master",
        f"AUDIT_LOG_KEY={made}",
    ]
    assert first.stat().st_mode & 0o777 == 0o600
