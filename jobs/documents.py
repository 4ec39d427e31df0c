"""Documents as queued work: a file is registered with its job in one transaction, then read by a worker."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from procrastinate import App, RetryStrategy

from audit import ledger
from audit.records import DOCUMENTS_STREAM, Entry, RecordKind
from core.clock import Clock
from core.database import Database, Transaction
from core.errors import NotFound, ProblemError, Unavailable
from core.principal import Permission, Principal
from jobs import store
from jobs.queue import DOCUMENTS, READ_EDITION, Queue
from retrieval.documents.models import Edition
from retrieval.documents.store import get_edition
from retrieval.editions.models import EditionMetadata, RegistrationOutcome
from retrieval.editions.store import publish_edition, register_edition, withdraw_edition
from retrieval.ingest import Reading, store_edition

READ = "read_edition"
RETRY_WAIT_S = 2


@dataclass(frozen=True, slots=True)
class Upload:
    """Where an uploaded file went. `job_id` can be asked for its progress, also when nothing was to be done."""

    edition_id: UUID
    job_id: UUID
    outcome: RegistrationOutcome


@dataclass(frozen=True, slots=True)
class DocumentDesk:
    """Where files come in and editions are put in force; each change stands in the ledger with its transaction."""

    database: Database
    queue: Queue
    clock: Clock
    two_owner_libraries: frozenset[str] = frozenset()

    async def upload(
        self,
        principal: Principal,
        metadata: EditionMetadata,
        *,
        filename: str,
        media_type: str,
        content: bytes,
        publish: bool = False,
    ) -> Upload:
        """Register a file and queue its reading; `publish` puts it in force once it is read.

        The same file in the same place again changes nothing. Raises `Forbidden`, `Conflict`, `Unprocessable`.
        """
        now = self.clock.now()
        async with self.database.transaction(principal) as tx:
            registration = await register_edition(
                tx, metadata, filename=filename, media_type=media_type, content=content
            )
            job_id = uuid4()
            edition_id = registration.edition_id
            await store.insert_job(tx, job_id, kind=READ, edition_id=edition_id, publish=publish, at=now)
            if registration.outcome is RegistrationOutcome.UNCHANGED:
                await store.finish_job(tx, job_id, state="succeeded", error=None, at=now)
                return Upload(edition_id, job_id, registration.outcome)
            await self.queue.read_edition(tx, job_id)
            edition = await get_edition(tx, edition_id)
            await _record(tx, RecordKind.EDITION_UPLOADED, edition, f"{job_id}:upload", now)
        return Upload(edition_id, job_id, registration.outcome)

    async def publish(self, principal: Principal, edition_id: UUID) -> Edition:
        """Put a draft in force. Publishing what is in force changes nothing."""
        principal.require(Permission.DOCUMENT_PUBLISH)
        now = self.clock.now()
        async with self.database.transaction(principal) as tx:
            edition = await get_edition(tx, edition_id)
            if edition.published_at is not None and edition.state.value == "published":
                return edition
            edition = await publish_edition(tx, edition_id, now, second_person_libraries=self.two_owner_libraries)
            await _record(tx, RecordKind.EDITION_PUBLISHED, edition, f"{edition_id}:publish", now)
        return edition

    async def withdraw(self, principal: Principal, edition_id: UUID) -> Edition:
        """Take an edition out of force."""
        now = self.clock.now()
        async with self.database.transaction(principal) as tx:
            edition = await withdraw_edition(tx, edition_id)
            await _record(tx, RecordKind.EDITION_WITHDRAWN, edition, f"{edition_id}:withdraw", now)
        return edition

    async def job(self, principal: Principal, job_id: UUID) -> dict[str, Any]:
        """A job of the principal's own tenant whose edition it may see. Raises `NotFound`."""
        async with self.database.transaction(principal) as tx:
            row = await store.job(tx, job_id)
            if row is None or row["edition_id"] is None:
                raise NotFound("There is no such job of yours.")
            try:
                await get_edition(tx, row["edition_id"])
            except NotFound as error:
                raise NotFound("There is no such job of yours.") from error
        return row


@dataclass(frozen=True, slots=True)
class EditionReader:
    """Does the reading of one job, in the worker."""

    database: Database
    reading: Reading
    clock: Clock

    async def read(self, tenant: str, job_id: UUID) -> None:
        """Read the job's edition in. A file that can't be read fails the job with what to change; an outage raises
        `Unavailable`, for the queue to try again."""
        system = Principal.system(tenant)
        async with self.database.transaction(system) as tx:
            job = await store.job(tx, job_id)
            if job is None or not await store.start_job(tx, job_id, self.clock.now()):
                return
        edition_id: UUID = job["edition_id"]

        async def progress(done: int, total: int) -> None:
            async with self.database.transaction(system) as tx:
                await store.note_progress(tx, job_id, done, total)

        try:
            await store_edition(self.database, system, edition_id, self.reading, progress)
        except Unavailable:
            raise
        except ProblemError as error:
            await self._finish(system, job_id, edition_id, error=error)
            return
        await self._finish(system, job_id, edition_id, publish_for=job["person_id"] if job["publish"] else None)

    async def _finish(
        self,
        system: Principal,
        job_id: UUID,
        edition_id: UUID,
        *,
        error: ProblemError | None = None,
        publish_for: str | None = None,
    ) -> None:
        now = self.clock.now()
        async with self.database.transaction(system) as tx:
            edition = await get_edition(tx, edition_id)
            kind = RecordKind.EDITION_PARSED if error is None else RecordKind.EDITION_FAILED
            await _record(tx, kind, edition, f"{job_id}:read", now)
            if publish_for is not None:
                edition = await publish_edition(tx, edition_id, now)
                await _record(tx, RecordKind.EDITION_PUBLISHED, edition, f"{edition_id}:publish", now)
            state = "succeeded" if error is None else "failed"
            problem = None if error is None else error.as_problem()
            await store.finish_job(tx, job_id, state=state, error=problem, at=now)


async def _record(tx: Transaction, kind: RecordKind, edition: Edition, step: str, now: datetime) -> None:
    body: dict[str, Any] = {
        "edition": str(edition.edition_id),
        "document": edition.document,
        "version": edition.version,
        "effective_from": edition.effective_from.isoformat(),
        "effective_to": None if edition.effective_to is None else edition.effective_to.isoformat(),
        "library": edition.library,
        "audience": sorted(edition.audience),
        "sha256": edition.sha256,
        "state": edition.state.value,
        "pages": edition.page_count,
        "chunks": edition.chunk_count,
        "problems": _codes([problem.code for problem in edition.problems]),
    }
    await ledger.append(tx, DOCUMENTS_STREAM, [Entry(kind, step, body)], actor=tx.principal.person, at=now)


def _codes(codes: Sequence[str]) -> dict[str, int]:
    return {code: codes.count(code) for code in sorted(set(codes))}


def register(app: App, reader: EditionReader) -> None:
    """Teach the app to read editions."""

    @app.task(
        name=READ_EDITION, queue=DOCUMENTS, retry=RetryStrategy(wait=RETRY_WAIT_S, retry_exceptions=[Unavailable])
    )
    async def read_edition(tenant: str, job_id: str) -> None:
        await reader.read(tenant, UUID(job_id))
