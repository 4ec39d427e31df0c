"""`python -m jobs ingest`: take files in, show how far it is, end when the work has."""

import asyncio
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from core.database import Database
from core.errors import PayloadTooLarge, ProblemError, Unavailable
from core.principal import Principal
from jobs import store
from jobs.documents import DocumentDesk
from jobs.manifest import SUFFIXES, Incoming
from retrieval.documents.models import EditionState
from retrieval.documents.store import get_edition
from retrieval.limits import PARSE_LIMITS

POLL_S = 0.25


@dataclass(slots=True)
class Report:
    """What became of the files: names by outcome, and each problem as `file, page: what`."""

    added: list[str] = field(default_factory=list[str])
    unchanged: list[str] = field(default_factory=list[str])
    failed: list[str] = field(default_factory=list[str])
    problems: list[str] = field(default_factory=list[str])


async def ingest(database: Database, desk: DocumentDesk, tenant: str, items: Sequence[Incoming]) -> Report:
    """Register every file, wait until each is read, and report. A file that fails stops no other."""
    principal = Principal.system(tenant)
    report = Report()
    waiting: dict[UUID, tuple[str, UUID]] = {}
    for item in items:
        try:
            await _register(desk, principal, item, waiting, report)
        except Unavailable:
            raise
        except ProblemError as error:
            report.failed.append(item.path.name)
            report.problems.append(f"{item.path.name}: {error.detail}")
        except OSError as error:
            report.failed.append(item.path.name)
            report.problems.append(f"{item.path.name}: it cannot be opened: {error.strerror}")
    await _wait(database, principal, waiting, report)
    return report


async def _register(
    desk: DocumentDesk,
    principal: Principal,
    item: Incoming,
    waiting: dict[UUID, tuple[str, UUID]],
    report: Report,
) -> None:
    size = item.path.stat().st_size
    if size > PARSE_LIMITS.max_bytes:
        raise PayloadTooLarge(f"It has {size:,} bytes; at most {PARSE_LIMITS.max_bytes:,} are read. Split it.")
    upload = await desk.upload(
        principal,
        item.metadata,
        filename=item.path.name,
        media_type=SUFFIXES.get(item.path.suffix.lower(), "application/octet-stream"),
        content=await asyncio.to_thread(item.path.read_bytes),
        publish=True,
    )
    if upload.is_under_way:  # also where a command that was broken off had begun it
        waiting[upload.job_id] = (item.path.name, upload.edition_id)
    else:
        report.unchanged.append(item.path.name)


async def _wait(
    database: Database, principal: Principal, waiting: dict[UUID, tuple[str, UUID]], report: Report
) -> None:
    """Follow the jobs with a bar per file under way."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(file=sys.stderr)) as bars:
        files = bars.add_task("files", total=len(waiting))
        shown = {job_id: bars.add_task(name, total=None, visible=False) for job_id, (name, _) in waiting.items()}
        while waiting:
            for job_id in list(waiting):
                async with database.transaction(principal) as tx:
                    row = await store.job(tx, job_id)
                if row is None or row["state"] == "queued":
                    continue
                bars.update(shown[job_id], completed=row["done"], total=row["total"] or None, visible=True)
                if row["state"] in ("succeeded", "failed"):
                    bars.update(shown[job_id], visible=False)
                    bars.advance(files)
                    name, edition_id = waiting.pop(job_id)
                    await _note(database, principal, name, edition_id, report, failed=row["state"] == "failed")
            await asyncio.sleep(POLL_S if waiting else 0)


async def _note(
    database: Database, principal: Principal, name: str, edition_id: UUID, report: Report, *, failed: bool
) -> None:
    async with database.transaction(principal) as tx:
        edition = await get_edition(tx, edition_id)
    (report.failed if failed else report.added).append(name)
    for problem in edition.problems:
        place = name if problem.page is None else f"{name}, page {problem.page}"
        report.problems.append(f"{place}: {problem.detail}")
    if edition.state is EditionState.DRAFT:
        report.problems.append(f"{name}: a draft. In the library {edition.library} a second policy owner publishes.")
