"""Documents as queued work: a file is registered with its job in one transaction, then read by a worker."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid4

from procrastinate import App

from audit import ledger
from audit.records import DOCUMENTS_STREAM, Entry, RecordKind
from core.clock import Clock
from core.database import Database, Transaction
from core.errors import NotFound, PreconditionFailed, ProblemError, Unavailable, Unprocessable
from core.principal import Permission, Principal
from core.telemetry import logger
from gateway.errors import ModelUnavailable
from jobs import store
from jobs.queue import DOCUMENTS, READ_EDITION, Queue, TryAgain
from retrieval.documents.models import Edition, EditionState
from retrieval.documents.store import get_edition
from retrieval.editions.models import EditionMetadata, RegistrationOutcome
from retrieval.editions.store import publish_edition, register_edition, require_second_person, withdraw_edition
from retrieval.ingest import Reading, begin, read_in, reason
from retrieval.publishing import prospects
from retrieval.publishing.models import Publication, as_json
from retrieval.publishing.store import hold_document
from retrieval.reading.models import Attempt, Overtaken
from retrieval.reading.store import fail
from tools.people.directory import load

SHOW_FIRST = (
    "In this library an edition is published by a second policy owner who has seen what changed. "
    "Read GET /v1/editions/{edition_id}/changes, and send its digest."
)
CHANGED = "The edition, or what it is compared with, has changed since you looked. Look again, then decide."

READ = "read_edition"

_log = logger(__name__)


@dataclass(frozen=True, slots=True)
class Upload:
    """Where an uploaded file went. `job_id` can be asked for its progress, also when nothing was to be done;
    `is_under_way`: it is being read in, or will be."""

    edition_id: UUID
    job_id: UUID
    outcome: RegistrationOutcome
    is_under_way: bool


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

        The same file in the same place again changes nothing, and while it is being read in, leads to the job that
        reads it. Raises `Forbidden`, `Conflict`, `Unprocessable`.
        """
        async with self.database.transaction(principal) as tx:
            return await self.take_in(
                tx, metadata, filename=filename, media_type=media_type, content=content, publish=publish
            )

    async def take_in(
        self,
        tx: Transaction,
        metadata: EditionMetadata,
        *,
        filename: str,
        media_type: str,
        content: bytes,
        publish: bool = False,
    ) -> Upload:
        """As `upload`, within the caller's transaction. Where the library asks for a second policy owner nothing is
        published by a command either: the edition stays a draft until one has seen what changed."""
        now = self.clock.now()
        publish = publish and metadata.library not in self.two_owner_libraries
        registration = await register_edition(tx, metadata, filename=filename, media_type=media_type, content=content)
        edition_id = registration.edition_id
        is_new = registration.outcome is not RegistrationOutcome.UNCHANGED
        if not is_new and (open_job := await store.open_job(tx, edition_id)) is not None:
            return Upload(edition_id, open_job, registration.outcome, is_under_way=True)
        job_id = uuid4()
        await store.insert_job(tx, job_id, kind=READ, edition_id=edition_id, publish=publish, at=now)
        if not is_new:
            await store.finish_job(tx, job_id, state="succeeded", error=None, at=now)
            return Upload(edition_id, job_id, registration.outcome, is_under_way=False)
        await self.queue.read_edition(tx, job_id, registration.document_id)
        edition = await get_edition(tx, edition_id)
        await _record(tx, RecordKind.EDITION_UPLOADED, edition, f"{job_id}:upload", now)
        return Upload(edition_id, job_id, registration.outcome, is_under_way=True)

    async def publish(
        self, principal: Principal, edition_id: UUID, *, today: date, digest: str | None = None
    ) -> Edition:
        """Put a draft in force, with what is found of its days. Publishing what is in force changes nothing.

        `digest`: of what the publisher was shown. Raises `PreconditionFailed` where that is no longer so, and
        `Unprocessable` where the library asks for a second policy owner and none is given.
        """
        now = self.clock.now()
        async with self.database.transaction(principal) as tx:
            edition = await self._held(tx, edition_id)
            if edition.state is EditionState.PUBLISHED:
                return edition
            require_second_person(tx, edition, self.two_owner_libraries)
            prospect = await prospects.of_publishing(tx, edition, today=today, now=now)
            if digest is None and edition.library in self.two_owner_libraries:
                raise Unprocessable(SHOW_FIRST)
            if digest is not None and digest != prospect.digest:
                raise PreconditionFailed(CHANGED)
            publication = Publication(prospect.base, digest, prospect.findings)
            edition = await publish_edition(tx, edition_id, now, publication=publication)
            await _record_publication(tx, edition, publication, now)
        return edition

    async def withdraw(self, principal: Principal, edition_id: UUID, *, digest: str | None = None) -> Edition:
        """Take an edition out of force; `digest` and `PreconditionFailed` as in `publish`. Nothing is destroyed."""
        now = self.clock.now()
        async with self.database.transaction(principal) as tx:
            edition = await self._held(tx, edition_id)
            prospect = await prospects.of_withdrawing(tx, edition)
            if digest is not None and digest != prospect.digest:
                raise PreconditionFailed(CHANGED)
            edition = await withdraw_edition(tx, edition_id, now)
            found = [as_json(finding) for finding in prospect.findings]
            await _record(
                tx, RecordKind.EDITION_WITHDRAWN, edition, f"{edition_id}:withdraw", now, shown=digest, findings=found
            )
        return edition

    async def _held(self, tx: Transaction, edition_id: UUID) -> Edition:
        """The edition, while nobody else changes what counts of its document. The right to is read from what is noted
        of the person today, as for signatures: a token from before a demotion does not publish."""
        (await load(tx, tx.principal.person)).require(Permission.DOCUMENT_PUBLISH)
        edition = await get_edition(tx, edition_id)
        await hold_document(tx, edition.document)
        return await get_edition(tx, edition_id)

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
        `Unavailable`, for the queue to try again. Where another worker has taken the edition over, this one stops."""
        system = Principal.system(tenant)
        async with self.database.transaction(system) as tx:
            job = await store.job(tx, job_id)
            if job is None or not await store.start_job(tx, job_id, self.clock.now()):
                return
            edition_id: UUID = job["edition_id"]
            edition = await get_edition(tx, edition_id)

        async def progress(done: int, total: int) -> None:
            async with self.database.transaction(system) as tx:
                await store.note_progress(tx, job_id, done, total)

        error: ProblemError | None = None
        attempt: Attempt | None = None
        try:
            if edition.state is EditionState.PARSING:  # else a worker that was killed had read it already
                begun = await begin(self.database, system, edition_id, self.reading)
                attempt = begun.attempt
                await read_in(self.database, system, begun, self.reading, progress)
        except (Unavailable, ModelUnavailable):
            raise
        except Overtaken:
            _log.warning("edition.overtaken", job_id=str(job_id), edition_id=str(edition_id))
            return
        except ProblemError as problem:
            error = problem
        except Exception:  # noqa: BLE001 -- the outermost boundary of a job: a defect fails this file, visibly
            _log.exception("edition.not_read", job_id=str(job_id), edition_id=str(edition_id))
            error = ProblemError("The file could not be read because of a defect on our side. Tell support.")
        try:
            await self._finish(system, job_id, edition_id, attempt, error, publish=job["publish"])
        except Overtaken:
            _log.warning("edition.overtaken", job_id=str(job_id), edition_id=str(edition_id))

    async def _finish(
        self,
        system: Principal,
        job_id: UUID,
        edition_id: UUID,
        attempt: Attempt | None,
        error: ProblemError | None,
        *,
        publish: bool,
    ) -> None:
        """End the job by what became of the edition: another worker may have read it, a person published it."""
        now = self.clock.now()
        async with self.database.transaction(system) as tx:
            edition = await get_edition(tx, edition_id)
            if error is not None and attempt is not None and edition.state is EditionState.PARSING:
                await fail(tx, attempt, [reason(error)])
                edition = await get_edition(tx, edition_id)
            failed = edition.state is EditionState.FAILED
            kind = RecordKind.EDITION_FAILED if failed else RecordKind.EDITION_PARSED
            await _record(tx, kind, edition, f"{job_id}:read", now)
            if publish and edition.state is EditionState.DRAFT:
                await hold_document(tx, edition.document)
                # Days of the past are told by UTC here: what they are is no condition of publishing.
                prospect = await prospects.of_publishing(tx, edition, today=now.date(), now=now)
                publication = Publication(prospect.base, None, prospect.findings)
                edition = await publish_edition(tx, edition_id, now, publication=publication)
                await _record_publication(tx, edition, publication, now)
            problem = error or Unprocessable("The file could not be read.") if failed else None
            state = "failed" if failed else "succeeded"
            details = None if problem is None else problem.as_problem()
            await store.finish_job(tx, job_id, state=state, error=details, at=now)


async def _record_publication(tx: Transaction, edition: Edition, publication: Publication, now: datetime) -> None:
    kept = publication.as_json()
    more = {"base": kept["base"], "shown": kept["digest"], "findings": kept["findings"]}
    await _record(tx, RecordKind.EDITION_PUBLISHED, edition, f"{edition.edition_id}:publish", now, **more)


async def _record(tx: Transaction, kind: RecordKind, edition: Edition, step: str, now: datetime, **more: Any) -> None:
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
        **more,
    }
    await ledger.append(tx, DOCUMENTS_STREAM, [Entry(kind, step, body)], actor=tx.principal.person, at=now)


def _codes(codes: Sequence[str]) -> dict[str, int]:
    return {code: codes.count(code) for code in sorted(set(codes))}


def register(app: App, reader: EditionReader) -> None:
    """Teach the app to read editions."""

    @app.task(name=READ_EDITION, queue=DOCUMENTS, retry=TryAgain())
    async def read_edition(tenant: str, job_id: str) -> None:
        await reader.read(tenant, UUID(job_id))
