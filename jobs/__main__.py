"""`python -m jobs work | ingest | digest | erase | retain`: the worker process, and what is done by command."""

import argparse
import asyncio
import signal
import sys
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

from procrastinate import App
from pydantic import ValidationError

from core.clock import SystemClock
from core.crypto import Keyring
from core.database import Database
from core.errors import ProblemError, Unprocessable
from core.settings import Settings
from core.telemetry import configure_logging, logger
from gateway.errors import ModelError
from jobs import assembly, digests, documents, metrics
from jobs.documents import DocumentDesk, EditionReader
from jobs.erasure import commands as erasure
from jobs.ingest import Report, ingest
from jobs.manifest import Defaults, incoming
from jobs.queue import APPROVALS, DOCUMENTS, DOCUMENTS_AT_ONCE, TURNS, Queue, queue_app
from jobs.sealing import sealing
from jobs.service import working
from jobs.worker import Heartbeat

_log = logger(__name__)


@asynccontextmanager
async def _opened(settings: Settings) -> AsyncGenerator[tuple[Database, App]]:
    url = settings.database_url.get_secret_value()
    database = await Database(url, max_size=settings.database_pool_size).open()
    try:
        app = queue_app(url)
        async with app.open_async():
            yield database, app
    finally:
        await database.close()


def _read_documents(app: App, settings: Settings, database: Database) -> None:
    reading = assembly.reading(
        settings.embedding_model_dir, threads=settings.ingest_threads or assembly.available_cores()
    )
    documents.register(app, EditionReader(database, reading, SystemClock()))


async def _work(settings: Settings, arguments: argparse.Namespace) -> int:
    """Work on queues until SIGTERM, after taking in the seeds that are new."""
    stopping = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    async with AsyncExitStack() as stack:
        database, app = await stack.enter_async_context(_opened(settings))
        queues: list[str] = arguments.queue or [TURNS, DOCUMENTS]
        heartbeat = Heartbeat(settings.worker_heartbeat_s, settings.worker_dead_after_s)
        await stack.enter_async_context(sealing(settings, database))
        # A worker for each kind: documents must never take the places of turns.
        places: list[tuple[list[str], int]] = []
        if DOCUMENTS in queues:
            _read_documents(app, settings, database)
            places.append(([DOCUMENTS], DOCUMENTS_AT_ONCE))
        if TURNS in queues:
            parts = assembly.assemble(settings, database)
            stack.push_async_callback(parts.aclose)
            watch = stack.enter_context(metrics.served(settings.host, settings.worker_metrics_port))
            assembly.register(app, parts, database, Keyring(settings.master_key_bytes), SystemClock(), watch)
            places.append(([TURNS, APPROVALS], settings.worker_concurrency))
        workers = [
            await stack.enter_async_context(working(app, queues=names, concurrency=most, heartbeat=heartbeat))
            for names, most in places
        ]
        seeds: list[str] = arguments.seed or []
        for seed in seeds:
            tenant, _, manifest = seed.partition("=")
            await _seed(database, app, settings, tenant, Path(manifest))
        await stopping.wait()
        for worker in workers:
            worker.stop()  # all at once, so that their times to end do not add up
    return 0


async def _seed(database: Database, app: App, settings: Settings, tenant: str, manifest: Path) -> None:
    items = incoming([], manifest, Defaults(None, None, datetime.now(UTC).date()))
    report = await ingest(database, _desk(database, app, settings), tenant, items)
    _log.info("seeded", tenant=tenant, added=len(report.added), unchanged=len(report.unchanged))
    for problem in report.problems:
        _log.info("seed.problem", problem=problem)


def _desk(database: Database, app: App, settings: Settings) -> DocumentDesk:
    return DocumentDesk(database, Queue(app), SystemClock(), frozenset(settings.two_owner_libraries))


async def _ingest(settings: Settings, arguments: argparse.Namespace) -> int:
    tenant = _tenant(settings, arguments)
    audience = tuple(role.strip() for role in arguments.audience.split(",")) if arguments.audience else None
    defaults = Defaults(arguments.library, audience, datetime.now(UTC).date())
    items = incoming(arguments.paths, arguments.manifest, defaults)
    async with _opened(settings) as (database, app):
        _read_documents(app, settings, database)
        heartbeat = Heartbeat(settings.worker_heartbeat_s, settings.worker_dead_after_s)
        async with working(app, queues=[DOCUMENTS], concurrency=DOCUMENTS_AT_ONCE, heartbeat=heartbeat):
            report = await ingest(database, _desk(database, app, settings), tenant, items)
    return _say(report)


async def _digest(settings: Settings, arguments: argparse.Namespace) -> int:
    async with _opened(settings) as (database, _):
        async for line in digests.lines(database, _tenant(settings, arguments), arguments.document):
            print(line)
    return 0


def _tenant(settings: Settings, arguments: argparse.Namespace) -> str:
    tenant: str | None = arguments.tenant or ("harbour" if settings.is_development else None)
    if tenant is None:
        raise Unprocessable("Say whose documents these are: --tenant T.")
    return tenant


def _say(report: Report) -> int:
    for problem in report.problems:
        print(problem)
    print(f"{len(report.added)} added, {len(report.unchanged)} unchanged, {len(report.failed)} failed")
    return 1 if report.failed else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m jobs", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    work = commands.add_parser("work", help="work on the queue until stopped")
    work.add_argument("--queue", action="append", choices=[TURNS, DOCUMENTS], help="only this queue (repeatable)")
    work.add_argument("--seed", action="append", metavar="TENANT=MANIFEST", help="documents to take in first")
    taking = commands.add_parser("ingest", help="take documents in, and end when they are read")
    taking.add_argument("paths", nargs="*", type=Path, metavar="PATH", help="files or folders")
    taking.add_argument("--manifest", type=Path, help="JSON list of files with their metadata")
    taking.add_argument("--tenant", help="whose documents (default in development: harbour)")
    taking.add_argument("--library", help="the library they belong to")
    taking.add_argument("--audience", metavar="ROLE,…", help="who may read them (default: everyone of the tenant)")
    digest = commands.add_parser("digest", help="a digest of what the index holds of each edition")
    digest.add_argument("document", nargs="?", metavar="KEY", help="only this document's editions")
    digest.add_argument("--tenant", help="whose documents (default in development: harbour)")
    erasure.add_parsers(commands)
    return parser


COMMANDS = {"work": _work, "ingest": _ingest, "digest": _digest, "erase": erasure.run, "retain": erasure.run}


def main(argv: list[str] | None = None) -> int:
    arguments = _parser().parse_args(argv)
    try:
        settings = Settings()
        configure_logging(settings.log_level, json_lines=settings.log_json)
        return asyncio.run(COMMANDS[arguments.command](settings, arguments))
    except (ProblemError, ModelError) as error:
        print(getattr(error, "detail", error), file=sys.stderr)
        return 2
    except ValidationError as error:
        print(f"The settings are wrong: {error}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
