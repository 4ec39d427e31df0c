"""The service under measurement: one of our own over a scratch database, or one that runs already.

Everything goes through the product's own doors: `python -m sandbox`, `python -m jobs ingest`, `python -m api`, HTTP.
"""

import base64
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Any, Final

from core.settings import ROOT
from deploy import embedded_postgres
from deploy.migrate import prepare
from evals.child_process import ChildProcess
from evals.errors import ServiceError

DATABASE: Final = "evals"
LOOPBACK: Final = "127.0.0.1"
READY_WITHIN_S: Final = 120.0
SANDBOX_WITHIN_S: Final = 30.0
_FOREIGN_SETTINGS: Final = (
    "OPENAI_",
    "BEDROCK_",
    "AWS_",
    "DATABASE_",
    "OIDC_",
    "CORE_BANKING_",
    "SANDBOX_",
    "PUBLIC_URL",
    "WORKER",
    "AUDIT_LOG_",
    "WITNESS_",
)
_API: Final = (sys.executable, "-m", "api")


@dataclass(frozen=True, slots=True)
class Documents:
    """What `python -m jobs ingest` takes in before the service starts, for one tenant."""

    tenant: str
    manifest: Path
    library: str | None = None
    audience: str | None = None


@dataclass(frozen=True, slots=True)
class ScratchOptions:
    """How our own service is to be: `with_model`: the sandbox model server writes; `keep`: where its database stays."""

    documents: Sequence[Documents] = ()
    with_model: bool = False
    keep: Path | None = None
    settings: Mapping[str, str] = field(default_factory=dict[str, str])
    api_command: Sequence[str] = _API


@dataclass(frozen=True, slots=True)
class Service:
    """A service that is ready. `readiness` is what `/readyz` says: its guards and models."""

    base_url: str
    environment: Mapping[str, str]
    readiness: Mapping[str, Any]
    model_url: str | None = None
    cpu_s: Callable[[], float] = float
    """Processor seconds that the API has used so far; 0 where it is not ours."""

    def token(self, persona: str, **claims: str) -> str:
        """An access token of a persona of the sandbox banks; `claims` replace its claims."""
        bent = [argument for name, value in claims.items() for argument in ("--claim", f"{name}={value}")]
        return _command(self.environment, "sandbox", "token", persona, *bent).splitlines()[-1]

    def control_model(self, **settings: float) -> None:
        """Tell the sandbox model server how to reply. Raises `ServiceError` where there is none."""
        if self.model_url is None:
            raise ServiceError("This service was started without the sandbox model server.")
        request = urllib.request.Request(  # noqa: S310 -- our own loopback server
            f"{self.model_url.removesuffix('/v1')}/control", json.dumps(settings).encode(), method="POST"
        )
        with urllib.request.urlopen(request, timeout=10):  # noqa: S310 -- our own loopback server
            pass


@contextmanager
def running_service(url: str) -> Generator[Service]:
    """A service that somebody else started, such as `make run`, with tokens of the sandbox that it trusts."""
    base_url = url.rstrip("/")
    ready = _readiness(base_url)
    if ready is None:
        raise ServiceError(f"{base_url}/readyz does not answer 200. Is the service running?")
    yield Service(base_url, {**os.environ, "ENVIRONMENT": "development"}, ready)


@contextmanager
def scratch_service(options: ScratchOptions) -> Generator[Service]:
    """Database, sandbox bank and API on free ports, all ended with the block, also on Ctrl-C and SIGTERM.

    Raises `ServiceError` with the end of the log of what did not start.
    """
    with ExitStack() as stack:
        stack.enter_context(_ending_on_sigterm())
        folder = _folder(options.keep, stack)
        _say("starting a database of our own")
        server = embedded_postgres.start(folder / "pg")
        stack.callback(server.stop)
        urls = server.urls(DATABASE)
        prepare(urls)
        environment = _environment(folder, urls.app)
        sandbox = stack.enter_context(_sandbox(environment, folder))
        issuer = sandbox.wait_until(lambda: sandbox.said("identity provider "), within_s=SANDBOX_WITHIN_S)
        model_url = sandbox.wait_until(lambda: sandbox.said("model server "), within_s=SANDBOX_WITHIN_S)
        core_url = sandbox.wait_until(lambda: sandbox.said("core banking "), within_s=SANDBOX_WITHIN_S)
        environment |= _issued_by(issuer) | {"CORE_BANKING_URL": core_url}
        if options.with_model:
            environment |= {"OPENAI_API_KEY": "scripted", "OPENAI_BASE_URL": model_url}
        environment |= options.settings
        for documents in options.documents:
            _ingest(environment, documents)
        _say("starting the service")
        base_url = f"http://{LOOPBACK}:{environment['PORT']}"
        api = stack.enter_context(
            ChildProcess.start(
                "the API", options.api_command, environment=environment, log=folder / "api.log", cwd=ROOT
            )
        )
        readiness = api.wait_until(lambda: _readiness(base_url), within_s=READY_WITHIN_S)
        yield Service(base_url, environment, readiness, model_url if options.with_model else None, api.cpu_s)


def _ingest(environment: Mapping[str, str], documents: Documents) -> None:
    arguments = ["--manifest", str(documents.manifest), "--tenant", documents.tenant]
    if documents.library is not None:
        arguments += ["--library", documents.library]
    if documents.audience is not None:
        arguments += ["--audience", documents.audience]
    _say(f"taking in {documents.manifest} for {documents.tenant}")
    said = _command(environment, "jobs", "ingest", *arguments)
    _say(said.strip().splitlines()[-1])


def _command(environment: Mapping[str, str], *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", *arguments],
        env=dict(environment),
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    if done.returncode != 0 or not done.stdout.strip():
        command = " ".join(arguments[:2])
        raise ServiceError(f"`python -m {command}` failed (status {done.returncode}). {done.stdout.strip()[-2000:]}")
    return done.stdout


def _folder(keep: Path | None, stack: ExitStack) -> Path:
    if keep is not None:
        keep.mkdir(parents=True, exist_ok=True)
        return keep.resolve()
    folder = Path(tempfile.mkdtemp(prefix="cs-evals-"))
    stack.callback(shutil.rmtree, folder, ignore_errors=True)
    return folder


def _environment(folder: Path, database_url: str) -> dict[str, str]:
    """The caller's environment without settings that would lead to another database, model or identity provider."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(_FOREIGN_SETTINGS)}
    return inherited | {
        "ENVIRONMENT": "development",
        "DATABASE_URL": database_url,
        "MASTER_KEY": base64.b64encode(os.urandom(32)).decode(),
        "CORE_BANKING_SECRET": os.urandom(32).hex(),
        # A log of its own: the witness of `make run`, which a file of settings may name, must not take it for that one.
        "AUDIT_LOG_KEY": base64.b64encode(os.urandom(32)).decode(),
        "AUDIT_LOG_NAME": "scratch.invalid/log",
        "SANDBOX_DATA_DIR": str(folder / "sandbox"),
        "HOST": LOOPBACK,
        "PORT": str(_free_port()),
        "LOG_LEVEL": "WARNING",
        # How fast a person may ask is not what is measured.
        "QUESTIONS_PER_SECOND": "10000",
        "QUESTIONS_BURST": "100000",
        "QUESTIONS_WAITING": "100000",
        # Several threads of a numeric library on two busy cores are slower than one.
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "PYTHONUNBUFFERED": "1",
    }


def _sandbox(environment: Mapping[str, str], folder: Path) -> ChildProcess:
    command = [sys.executable, "-m", "sandbox", "serve", "--port", "0", "--model-port", "0", "--core-port", "0"]
    return ChildProcess.start(
        "the sandbox bank", command, environment=environment, log=folder / "sandbox.log", cwd=ROOT
    )


def _issued_by(issuer: str) -> dict[str, str]:
    """Settings that trust our sandbox, whatever a developer's `.env` says."""
    trusted = [{"issuer": issuer, "tenants": ["harbour", "vale"]}]
    return {"SANDBOX_ISSUER": issuer, "OIDC_ISSUERS": json.dumps(trusted)}


def _readiness(base_url: str) -> dict[str, Any] | None:
    try:
        with urllib.request.urlopen(f"{base_url}/readyz", timeout=5) as response:  # noqa: S310 -- http by our own hand
            return json.loads(response.read())
    except (urllib.error.URLError, OSError):
        return None


def _free_port() -> int:
    with socket.create_server((LOOPBACK, 0)) as listener:
        return int(listener.getsockname()[1])


@contextmanager
def _ending_on_sigterm() -> Generator[None]:
    def end(_number: int, _frame: FrameType | None) -> None:
        raise SystemExit(128 + signal.SIGTERM)

    before = signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _say(text: str) -> None:
    print(f"  {text}", file=sys.stderr, flush=True)
