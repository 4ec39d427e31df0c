"""Documents through the queue: read, put in force, recorded; the same again changes nothing, a bad one harms none."""

from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any
from uuid import UUID

import numpy as np
import pytest
from numpy.typing import NDArray
from reportlab.pdfgen.canvas import Canvas

from audit import store as audit_store
from audit.records import DOCUMENTS_STREAM
from audit.verify import verify
from core.clock import FixedClock
from core.database import Database, connection
from core.errors import NotFound
from core.principal import Principal
from deploy.migrate import DatabaseUrls
from gateway.embeddings import Embedder
from gateway.errors import ModelUnavailable
from jobs import documents, store
from jobs.documents import DocumentDesk, EditionReader
from jobs.ingest import Report, ingest
from jobs.manifest import Incoming
from jobs.queue import DOCUMENTS, Queue, queue_app
from jobs.service import working
from retrieval.chunking import chunks
from retrieval.documents.models import EditionState
from retrieval.documents.store import get_edition
from retrieval.editions.models import EditionMetadata, RegistrationOutcome
from retrieval.ingest import Reading, store_edition
from retrieval.models import ParsedDocument
from retrieval.parsing import parse
from retrieval.parsing.spool import here
from tests.superuser import superuser
from tools.people.directory import Directory

NOON = datetime(2026, 3, 3, 12, tzinfo=UTC)
SYSTEM = Principal.system("harbour")
PAUL = Principal("harbour", "paul", roles=frozenset({"policy_owner"}))
MARKDOWN = "# Fees\n\n## 1 Cards\n\nA replacement card costs $10 from the second one on.\n"
TEXT = "Opening hours\n\nThe branch opens at nine and closes at four on every business day.\n"


@dataclass(slots=True)
class Office:
    """A desk where files come in, and a reader in this process."""

    database: Database
    desk: DocumentDesk
    reader: EditionReader
    folder: Path

    def file(self, name: str, content: str | bytes, **metadata: Any) -> Incoming:
        path = self.folder / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return Incoming(path, about(path.stem, **metadata))

    async def take_in(self, *items: Incoming) -> Report:
        return await ingest(self.database, self.desk, "harbour", items)

    async def editions(self, document: str) -> list[tuple[str, str, int | None]]:
        """Version, state and number of chunks."""
        async with self.database.transaction(SYSTEM) as tx:
            cursor = await connection(tx).execute(
                """SELECT e.version, e.state, e.chunk_count FROM app.editions e
                   JOIN app.documents d ON d.tenant = e.tenant AND d.id = e.document_id
                   WHERE d.key = %s ORDER BY e.effective_from, e.version""",
                (document,),
            )
            return [(row["version"], row["state"], row["chunk_count"]) for row in await cursor.fetchall()]

    async def recorded(self, document: str) -> list[str]:
        async with self.database.transaction(SYSTEM) as tx:
            records = await audit_store.stream_records(tx, DOCUMENTS_STREAM)
        return [record.kind for record in records if record.body["document"] == document]

    async def job(self, job_id: UUID) -> dict[str, Any]:
        async with self.database.transaction(SYSTEM) as tx:
            row = await store.job(tx, job_id)
        assert row is not None
        return row

    async def upload(self, key: str, content: str = MARKDOWN, *, publish: bool = True) -> documents.Upload:
        return await self.desk.upload(
            PAUL,
            about(key),
            filename=f"{key}.md",
            media_type="text/markdown",
            content=content.encode(),
            publish=publish,
        )


def about(key: str, **changes: Any) -> EditionMetadata:
    metadata = EditionMetadata(
        document=key,
        title=key.capitalize(),
        library="policies",
        version="1",
        effective_from=date(2025, 1, 1),
        audience=("*",),
    )
    return replace(metadata, **changes)


def pdf(*pages: str) -> bytes:
    content = BytesIO()
    canvas = Canvas(content)
    for text in pages:
        for number, line in enumerate(text.splitlines()):
            canvas.drawString(72, 720 - 16 * number, line)
        canvas.showPage()
    canvas.save()
    return content.getvalue()


@pytest.fixture
async def office(
    database: Database, database_urls: DatabaseUrls, embedder: Embedder, tmp_path: Path
) -> AsyncGenerator[Office]:
    with superuser(database_urls) as admin:
        admin.execute("TRUNCATE queue.procrastinate_jobs CASCADE")
    app = queue_app(database_urls.app)
    clock = FixedClock(NOON)
    reader = EditionReader(database, Reading(parse=here(parse), chunks=chunks, embedder=embedder), clock)
    documents.register(app, reader)
    await Directory(database).note(PAUL, NOON, asserted_at=NOON, signing_limit=None)
    async with app.open_async():
        yield Office(database, DocumentDesk(database, Queue(app), clock), reader, tmp_path)


@pytest.fixture
async def working_office(office: Office) -> AsyncGenerator[Office]:
    """The office with its worker running."""
    async with working(office.desk.queue.app, queues=[DOCUMENTS], concurrency=1):
        yield office


async def test_each_kind_of_file_is_read_and_put_in_force(working_office: Office) -> None:
    office = working_office
    body = "Cash at the counter\nTwo tellers count every delivery of cash together."
    report = await office.take_in(
        office.file("fees.md", MARKDOWN), office.file("hours.txt", TEXT), office.file("cash.pdf", pdf(body))
    )
    assert report == Report(added=["fees.md", "hours.txt", "cash.pdf"])
    for key in ("fees", "hours", "cash"):
        ((version, state, chunks),) = await office.editions(key)
        assert (version, state) == ("1", "published")
        assert chunks is not None
        assert chunks > 0
        assert await office.recorded(key) == ["edition.uploaded", "edition.parsed", "edition.published"]
    assert (await verify(office.database, "harbour")).faults == ()


async def test_the_same_file_again_changes_nothing(working_office: Office) -> None:
    office = working_office
    first = office.file("same.md", MARKDOWN)
    assert await office.take_in(first) == Report(added=["same.md"])
    before, recorded = await office.editions("same"), await office.recorded("same")
    assert await office.take_in(first) == Report(unchanged=["same.md"])
    assert (await office.editions("same"), await office.recorded("same")) == (before, recorded)


async def test_a_new_edition_keeps_the_old(working_office: Office) -> None:
    office = working_office
    await office.take_in(office.file("cards.md", MARKDOWN))
    newer = office.file("cards.md", MARKDOWN.replace("$10", "$12"), version="2", effective_from=date(2026, 1, 1))
    assert await office.take_in(newer) == Report(added=["cards.md"])
    assert [(version, state) for version, state, _ in await office.editions("cards")] == [
        ("1", "published"),
        ("2", "published"),
    ]


async def test_a_broken_file_is_reported_and_stops_no_other(working_office: Office) -> None:
    office = working_office
    broken = office.file("broken.pdf", b"%PDF-1.7\nnot really")
    empty = office.file("empty.txt", "")
    gone = office.file("gone.txt", TEXT)
    gone.path.unlink()
    taken = office.file("fees-again.md", "# Other\n\nAnother text.\n", document="fees-first")
    first = office.file("fees-first.md", MARKDOWN)
    fine = office.file("fine.md", MARKDOWN)
    report = await office.take_in(broken, empty, gone, first, taken, fine)
    assert report.added == ["fees-first.md", "fine.md"]
    assert sorted(report.failed) == ["broken.pdf", "empty.txt", "fees-again.md", "gone.txt"]
    assert sorted({problem.split(":")[0] for problem in report.problems}) == sorted(report.failed)
    assert [state for _, state, _ in await office.editions("broken")] == ["failed"]
    assert await office.recorded("broken") == ["edition.uploaded", "edition.failed"]


async def test_a_failed_file_is_read_again_when_it_comes_again(working_office: Office) -> None:
    office = working_office
    reading = office.reader.reading
    broken = office.file("later.md", MARKDOWN)

    def failing(content: bytes, filename: str) -> ParsedDocument:
        raise ValueError("a defect of ours with tulip-8823 in it")

    object.__setattr__(office.reader, "reading", replace(reading, parse=here(failing)))
    report = await office.take_in(broken)
    assert report.failed == ["later.md"]
    assert report.problems == ["later.md: The file could not be read because of a defect on our side. Tell support."]
    object.__setattr__(office.reader, "reading", reading)
    assert await office.take_in(broken) == Report(added=["later.md"])
    assert [state for _, state, _ in await office.editions("later")] == ["published"]


async def test_a_registered_file_and_its_job_are_one(office: Office, database_urls: DatabaseUrls) -> None:
    """Rolled back together; and the queue holds ids only."""

    async def take_in_and_fail() -> None:
        async with office.database.transaction(PAUL) as tx:
            await office.desk.take_in(
                tx, about("lost"), filename="lost.md", media_type="text/markdown", content=MARKDOWN.encode()
            )
            raise KeyError

    with pytest.raises(KeyError):
        await take_in_and_fail()
    assert await office.editions("lost") == []
    upload = await office.upload("queued")
    with superuser(database_urls) as admin:
        queued = admin.execute("SELECT task_name, queue_name, lock, args FROM queue.procrastinate_jobs").fetchall()
        document = admin.execute("SELECT id FROM app.documents WHERE key = 'queued'").fetchone()
    assert document is not None
    assert queued == [
        ("documents.read", "documents", f"document:{document[0]}", {"tenant": "harbour", "job_id": str(upload.job_id)}),
    ]


@pytest.mark.parametrize("published", [False, True])
async def test_a_reader_killed_after_reading_finishes_the_second_time(office: Office, published: bool) -> None:
    key = f"half-{published}"
    upload = await office.upload(key)
    await store_edition(office.database, SYSTEM, upload.edition_id, office.reader.reading)
    if published:
        await office.desk.publish(PAUL, upload.edition_id, today=NOON.date())
    await office.reader.read("harbour", upload.job_id)
    job = await office.job(upload.job_id)
    assert (job["state"], job["error"], job["finished_at"]) == ("succeeded", None, NOON)
    assert [state for _, state, _ in await office.editions(key)] == ["published"]
    assert sorted(await office.recorded(key)) == ["edition.parsed", "edition.published", "edition.uploaded"]
    await office.reader.read("harbour", upload.job_id)
    assert await office.job(upload.job_id) == job


class Overloaded:
    """An embedder that can't take any more."""

    name = "overloaded"

    async def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        raise ModelUnavailable("overloaded")


async def test_an_overload_leaves_the_job_to_be_done_again(office: Office) -> None:
    upload = await office.upload("overload")
    reader = EditionReader(office.database, replace(office.reader.reading, embedder=Overloaded()), FixedClock(NOON))
    with pytest.raises(ModelUnavailable):
        await reader.read("harbour", upload.job_id)
    assert (await office.job(upload.job_id))["state"] == "running"
    await office.reader.read("harbour", upload.job_id)
    assert (await office.job(upload.job_id))["state"] == "succeeded"
    assert [state for _, state, _ in await office.editions("overload")] == ["published"]


async def test_a_draft_waits_for_its_owner_and_every_step_is_recorded(office: Office) -> None:
    upload = await office.upload("draft", publish=False)
    await office.reader.read("harbour", upload.job_id)
    assert [state for _, state, _ in await office.editions("draft")] == ["draft"]
    edition = await office.desk.publish(PAUL, upload.edition_id, today=NOON.date())
    assert (edition.state, edition.published_by) == (EditionState.PUBLISHED, "paul")
    assert await office.desk.publish(PAUL, upload.edition_id, today=NOON.date()) == edition
    withdrawn = await office.desk.withdraw(PAUL, upload.edition_id)
    assert withdrawn.state is EditionState.WITHDRAWN
    assert await office.recorded("draft") == [
        "edition.uploaded",
        "edition.parsed",
        "edition.published",
        "edition.withdrawn",
    ]


async def test_a_command_does_not_stand_for_the_second_owner(working_office: Office) -> None:
    desk = replace(working_office.desk, two_owner_libraries=frozenset({"policies"}))
    office = replace(working_office, desk=desk)
    report = await office.take_in(office.file("two-owners.md", MARKDOWN))
    assert (report.added, report.problems) == (
        ["two-owners.md"],
        ["two-owners.md: a draft. In the library policies a second policy owner publishes."],
    )
    assert [state for _, state, _ in await office.editions("two-owners")] == ["draft"]


async def test_a_job_is_seen_by_those_who_see_its_edition(office: Office) -> None:
    upload = await office.upload("mine", publish=False)
    assert (await office.desk.job(PAUL, upload.job_id))["state"] == "queued"
    for stranger in (
        Principal("harbour", "anna", roles=frozenset({"staff"})),
        Principal("vale", "paul", roles=frozenset({"policy_owner"})),
        Principal.system("vale"),
    ):
        with pytest.raises(NotFound, match=r"^There is no such job of yours\.$"):
            await office.desk.job(stranger, upload.job_id)


async def test_the_same_file_uploaded_again_has_a_finished_job(office: Office) -> None:
    first = await office.upload("twice")
    await office.reader.read("harbour", first.job_id)
    again = await office.upload("twice")
    assert (again.edition_id, again.outcome) == (first.edition_id, RegistrationOutcome.UNCHANGED)
    assert (await office.job(again.job_id))["state"] == "succeeded"
    assert (await office.job(again.job_id))["created_at"] - NOON == timedelta(0)


async def test_another_tenants_reader_does_nothing(office: Office) -> None:
    upload = await office.upload("foreign")
    await office.reader.read("vale", upload.job_id)
    assert (await office.job(upload.job_id))["state"] == "queued"
    async with office.database.transaction(SYSTEM) as tx:
        assert (await get_edition(tx, upload.edition_id)).state is EditionState.PARSING
