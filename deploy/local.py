"""`make run`: everything on one machine, for development: database, sandbox bank, witness, service, document reader."""

import asyncio
import base64
import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from core.settings import PLACEHOLDER_AUDIT_LOG_KEY, PLACEHOLDER_CORE_BANKING_SECRET, ROOT, Settings
from deploy import embedded_postgres
from deploy.embedded_postgres import EmbeddedPostgres
from deploy.migrate import DatabaseUrls, prepare
from deploy.processes import Process

DATA = ROOT / ".data"
RUN_ENV = DATA / "run.env"
WITNESS = DATA / "witness"
DATABASE = "countersign"
READY_TIMEOUT_S = 120
POSTGRES_CHECK_S = 2.0

SEEDS = (("harbour", ROOT / "sandbox/policies"), ("vale", ROOT / "sandbox/policies/vale"))


class CannotStart(Exception):
    """Something is missing or in the way; the text says what to do."""


async def run_locally() -> None:
    """Start everything, say where it is, and stop everything on Ctrl-C or SIGTERM. Raises `CannotStart`."""
    settings = Settings()
    if not settings.is_development:
        raise CannotStart(
            "`make run` is for development. Set ENVIRONMENT=development in .env, or see docs/operations.md."
        )
    sandbox_ports = (_port(settings.sandbox_issuer), settings.sandbox_model_port, settings.sandbox_core_port)
    for port in (settings.port, *sandbox_ports, settings.witness_port):
        _require_free(settings.host, port)
    stopping = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    server, urls = await asyncio.to_thread(_database, settings)
    made = {
        "DATABASE_URL": urls.app,
        "CORE_BANKING_SECRET": core_banking_secret(settings, RUN_ENV),
        "AUDIT_LOG_KEY": audit_log_key(settings, RUN_ENV),
    }
    witness = await asyncio.to_thread(_witness, settings, made)
    processes = _processes(settings, {**made, **witness.settings}, witness.log_keys)
    guard = asyncio.create_task(_keep_postgres(server, stopping)) if server else None
    try:
        for process in processes:
            process.start()
        await _serve(settings, processes, stopping)
    finally:
        print("Stopping…", flush=True)
        await asyncio.gather(*(process.stop() for process in processes))
        if guard is not None:
            guard.cancel()
            with suppress(asyncio.CancelledError):
                await guard
        if server is not None:
            await asyncio.to_thread(server.stop)
        print("Stopped. Your data stays in .data/.", flush=True)


async def _serve(settings: Settings, processes: list[Process], stopping: asyncio.Event) -> None:
    hopeless = [asyncio.create_task(process.hopeless.wait()) for process in processes]
    stop = asyncio.create_task(stopping.wait())
    ready = asyncio.create_task(_until_ready(settings.base_url))
    try:
        await asyncio.wait([ready, stop, *hopeless], return_when=asyncio.FIRST_COMPLETED)
        if ready.done() and not stopping.is_set():
            await ready
            print(f"\n  Countersign is ready: {settings.base_url}\n  Sign in as anna, for example. Stop with Ctrl-C.\n")
            print("  The sandbox banks' policies are read in the background the first time.", flush=True)
            await asyncio.wait([stop, *hopeless], return_when=asyncio.FIRST_COMPLETED)
        for process in processes:
            if process.hopeless.is_set():
                raise CannotStart(f"{process.name} keeps ending at once. Its log says why: {process.log}")
    finally:
        for task in (stop, ready, *hopeless):
            task.cancel()


def _database(settings: Settings) -> tuple[EmbeddedPostgres | None, DatabaseUrls]:
    """The configured database, or our own under `.data/`, brought to the present schema."""
    configured = os.environ.get("DATABASE_URL") or _from_env_file("DATABASE_URL")
    if configured:
        owner = settings.database_owner_url.get_secret_value()
        admin = settings.database_admin_url.get_secret_value()
        if not owner or not admin:
            raise CannotStart("With DATABASE_URL, set DATABASE_OWNER_URL and DATABASE_ADMIN_URL too (.env.example).")
        urls = DatabaseUrls(admin=admin, owner=owner, app=configured)
        prepare(urls)
        return None, urls
    print("  starting PostgreSQL (embedded, data in .data/postgres)…", flush=True)
    server = embedded_postgres.start(DATA / "postgres")
    urls = server.urls(DATABASE)
    prepare(urls)
    remember(RUN_ENV, {"DATABASE_URL": urls.app, "DATABASE_OWNER_URL": urls.owner})
    return server, urls


def core_banking_secret(settings: Settings, run_env: Path) -> str:
    """The secret that the service and the sandbox's core bank share: the configured one, else one made for this
    machine and kept, so that what was started before goes on."""
    configured = settings.core_banking_secret.get_secret_value()
    if configured != PLACEHOLDER_CORE_BANKING_SECRET:  # also one that an earlier start wrote to `.data/run.env`
        return configured
    made = secrets.token_hex(32)
    remember(run_env, {"CORE_BANKING_SECRET": made})
    return made


def audit_log_key(settings: Settings, run_env: Path) -> str:
    """The key that signs the audit log: the configured one, else one made for this machine and kept."""
    configured = settings.audit_log_key.get_secret_value()
    if configured != PLACEHOLDER_AUDIT_LOG_KEY:
        return configured
    made = base64.b64encode(os.urandom(32)).decode()
    remember(run_env, {"AUDIT_LOG_KEY": made})
    return made


@dataclass(frozen=True, slots=True)
class LocalWitness:
    """How the service knows its witness, and the logs that ours is told of; none where another one is configured."""

    settings: Mapping[str, str]
    log_keys: Sequence[str]


def _witness(settings: Settings, made: Mapping[str, str]) -> LocalWitness:
    if os.environ.get("WITNESS_URL") or _from_env_file("WITNESS_URL"):
        return LocalWitness({}, ())
    environment = {**os.environ, **made, "ENVIRONMENT": settings.environment.value}
    [key] = _lines("witness", "key", "--data", str(WITNESS), environment=environment)
    known = {
        "WITNESS_URL": f"http://127.0.0.1:{settings.witness_port}",
        "WITNESS_KEYS": json.dumps([key]),
    }
    remember(RUN_ENV, known)
    return LocalWitness(known, _lines("audit", "key", environment=environment | known))


def _lines(*arguments: str, environment: Mapping[str, str]) -> list[str]:
    """What a command of ours prints. Raises `CannotStart` with what it says is wrong."""
    command = [sys.executable, "-m", *arguments]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise CannotStart(done.stderr.strip())
    return done.stdout.splitlines()


def remember(run_env: Path, values: Mapping[str, str]) -> None:
    """Write settings beside those that stand in `.data/run.env`, for processes that are started by hand."""
    lines = run_env.read_text().splitlines() if run_env.exists() else ["# Written by make run."]
    kept = [line for line in lines if line.partition("=")[0] not in values]
    run_env.parent.mkdir(parents=True, exist_ok=True)
    run_env.touch(mode=0o600)
    run_env.chmod(0o600)
    run_env.write_text("\n".join([*kept, *(f"{name}={value}" for name, value in values.items())]) + "\n")


def _from_env_file(name: str) -> str | None:
    path = ROOT / ".env"
    if not path.exists():
        return None
    lines = (line.partition("=") for line in path.read_text().splitlines() if not line.lstrip().startswith("#"))
    return next((value.strip().strip("\"'") for key, _, value in lines if key.strip() == name), None)


def _processes(settings: Settings, made: Mapping[str, str], log_keys: Sequence[str]) -> list[Process]:
    logs = DATA / "logs"
    logs.mkdir(parents=True, exist_ok=True)
    environment = {
        **os.environ,
        **made,
        "ENVIRONMENT": settings.environment.value,
        # Several threads of a numeric library on two busy cores are slower than one.
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "PYTHONUNBUFFERED": "1",
    }

    def process(name: str, *arguments: str) -> Process:
        return Process(name, [sys.executable, "-m", *arguments], environment, logs / f"{name}.log", ROOT)

    sandbox_ports = [
        "--port", str(_port(settings.sandbox_issuer)), "--model-port", str(settings.sandbox_model_port),
        "--core-port", str(settings.sandbox_core_port),
    ]  # fmt: skip
    seeds = [argument for tenant, folder in SEEDS for argument in ("--seed", f"{tenant}={folder / 'manifest.json'}")]
    known = [argument for key in log_keys for argument in ("--log-key", key)]
    witness = ["witness", "serve", "--data", str(WITNESS), "--port", str(settings.witness_port), *known]
    return [
        process("sandbox", "sandbox", "serve", *sandbox_ports),
        *([process("witness", *witness)] if known else []),
        process("api", "api"),
        process("reader", "jobs", "work", "--queue", "documents", *seeds),
    ]


async def _keep_postgres(server: EmbeddedPostgres, stopping: asyncio.Event) -> None:
    """Start the embedded server again when it was killed."""
    while not stopping.is_set():
        await asyncio.sleep(POSTGRES_CHECK_S)
        if not await asyncio.to_thread(server.is_running) and not stopping.is_set():
            print("  PostgreSQL ended unexpectedly; starting it again", flush=True)
            await asyncio.to_thread(embedded_postgres.start, server.data)


async def _until_ready(base_url: str) -> None:
    for _ in range(READY_TIMEOUT_S * 4):
        if await asyncio.to_thread(_is_ready, base_url):
            return
        await asyncio.sleep(0.25)
    raise CannotStart(f"The service did not become ready within {READY_TIMEOUT_S} s. See .data/logs/api.log.")


def _is_ready(base_url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{base_url}/readyz", timeout=2) as response:  # noqa: S310 -- our own address
            return response.status == 200
    except (urllib.error.URLError, OSError):
        return False


def _port(address: str) -> int:
    return int(address.rsplit(":", 1)[1].strip("/"))


def _require_free(host: str, port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise CannotStart(
                f"Port {port} on {host} is in use. Is Countersign running already? Stop it, or set another port "
                "in .env (PORT, SANDBOX_ISSUER, SANDBOX_MODEL_PORT, SANDBOX_CORE_PORT, WITNESS_PORT)."
            ) from error


def env_file_for_development(path: Path, master_key: str, log_key: str) -> bool:
    """Write a first `.env` for a laptop; False when there is one, which is left as it is."""
    if path.exists():
        return False
    path.write_text(
        "# Written by make setup for this machine. Every setting: .env.example\n"
        f"ENVIRONMENT=development\nMASTER_KEY={master_key}\nAUDIT_LOG_KEY={log_key}\n"
    )
    path.chmod(0o600)
    return True
