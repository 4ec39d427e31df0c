"""kill -9 of the reader and of the database while files come in: the same index in the end, and seen at once.

Real processes: `python -m jobs ingest`, killed at seeded moments and run again, over a PostgreSQL of the test's own.
"""

import asyncio
import os
import random
import signal
import subprocess
import sys
from collections.abc import AsyncGenerator, Iterator
from contextlib import asynccontextmanager
from io import BytesIO
from pathlib import Path

import psutil
import psycopg
import pytest
from psycopg import sql
from reportlab.pdfgen.canvas import Canvas

from core.database import Database, connection
from core.errors import Unavailable
from core.principal import Principal
from core.settings import ROOT
from deploy import embedded_postgres
from deploy.embedded_postgres import EmbeddedPostgres
from deploy.migrate import DatabaseUrls
from jobs import digests
from tests.mortal_postgres import kill_postgres, mortal_postgres

SEED = 20261120
KILLS = 4
PAGES = 24
BATCH_S = 0.2
SYSTEM = Principal.system("harbour")


def manual(pages: int, seed: int = SEED) -> bytes:
    """A PDF of made-up rules under numbered headings, three passages or so a page."""
    chance = random.Random(seed)
    words = ["account", "card", "customer", "branch", "teller", "limit", "notice", "dispute", "ledger", "signature"]
    content = BytesIO()
    canvas = Canvas(content, invariant=True)
    for page in range(1, pages + 1):
        canvas.setFont("Helvetica-Bold", 13)
        canvas.drawString(72, 760, f"{page} Rules about the {chance.choice(words)}")
        canvas.setFont("Helvetica", 10)
        for line in range(38):
            sentence = " ".join(chance.choice(words) for _ in range(12))
            canvas.drawString(72, 735 - 16 * line, f"{sentence.capitalize()} {page}.{line}.")
        canvas.showPage()
    canvas.save()
    return content.getvalue()


@pytest.fixture(scope="module")
def mortal() -> Iterator[EmbeddedPostgres]:
    with mortal_postgres("ingests") as server:
        yield server


@pytest.fixture(scope="module")
def urls(mortal: EmbeddedPostgres) -> DatabaseUrls:
    """Each batch of vectors takes a while to store, so that a busy machine also meets a reader in mid-file."""
    urls = mortal.urls("ingests")
    with psycopg.connect(urls.admin, dbname="ingests", autocommit=True) as admin:
        admin.execute(
            sql.SQL(
                """CREATE FUNCTION app.dawdle() RETURNS trigger LANGUAGE plpgsql AS $$
                BEGIN PERFORM pg_sleep({}); RETURN NULL; END $$;
                CREATE TRIGGER dawdle AFTER INSERT ON app.chunk_vectors EXECUTE FUNCTION app.dawdle()"""
            ).format(sql.Literal(BATCH_S))
        )
    return urls


@asynccontextmanager
async def opened(urls: DatabaseUrls) -> AsyncGenerator[Database]:
    database = await Database(urls.app, min_size=1, max_size=2, timeout_s=2).open()
    yield database
    await database.close()


def start(urls: DatabaseUrls, file: Path, log: Path) -> subprocess.Popen[bytes]:
    """`python -m jobs ingest FILE`, in a session of its own."""
    environment = {
        "PATH": os.environ["PATH"],
        "ENVIRONMENT": "development",
        "DATABASE_URL": urls.app,
        "OMP_NUM_THREADS": "1",
        "WORKER_HEARTBEAT_S": "0.2",
        "WORKER_DEAD_AFTER_S": "1",
        "LOG_LEVEL": "WARNING",
    }
    with log.open("ab") as output:
        return subprocess.Popen(
            [sys.executable, "-m", "jobs", "ingest", str(file), "--library", "rules"],
            cwd=ROOT,
            env=environment,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )


async def ended(process: subprocess.Popen[bytes], log: Path) -> str:
    """Its last line, once it has ended well."""
    status = await asyncio.to_thread(process.wait, 120)
    text = await asyncio.to_thread(log.read_text)
    assert status == 0, text
    return text.strip().splitlines()[-1]


async def until_begun(database: Database, key: str, *, attempts: int = 1, vectors: int = 0) -> None:
    """Wait until so many workers have taken the document's edition up, and stored that many of its vectors."""
    while True:
        try:
            async with database.transaction(SYSTEM) as tx:
                cursor = await connection(tx).execute(
                    """SELECT e.attempt, (SELECT count(*) FROM app.chunk_vectors v WHERE v.edition_id = e.id) AS vectors
                       FROM app.editions e JOIN app.documents d ON d.id = e.document_id WHERE d.key = %s""",
                    (key,),
                )
                row = await cursor.fetchone()
        except Unavailable:
            row = None
        if row is not None and row["attempt"] >= attempts and row["vectors"] >= vectors:
            return
        await asyncio.sleep(0.02)


async def state_of(database: Database, key: str) -> tuple[str, int, int, int]:
    """State, attempts, chunks and vectors of the document's one edition."""
    async with database.transaction(SYSTEM) as tx:
        cursor = await connection(tx).execute(
            """SELECT e.state, e.attempt, e.chunk_count,
                   (SELECT count(*) FROM app.chunk_vectors v WHERE v.edition_id = e.id) AS vectors
               FROM app.editions e JOIN app.documents d ON d.id = e.document_id WHERE d.key = %s""",
            (key,),
        )
        row = await cursor.fetchone()
    assert row is not None
    return row["state"], row["attempt"], row["chunk_count"], row["vectors"]


async def digest_of(database: Database, key: str) -> str:
    (line,) = [line async for line in digests.lines(database, "harbour", key)]
    return line.split()[0]


def kill(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGKILL)
    process.wait()


async def test_killed_at_any_moment_it_ends_in_the_same_index(urls: DatabaseUrls, tmp_path: Path) -> None:
    """Several files at once, killed again and again; each run says what it did, and the last that all is in."""
    chance = random.Random(SEED)
    log = tmp_path / "undisturbed.log"
    file = tmp_path / "undisturbed.pdf"
    file.write_bytes(manual(PAGES))
    assert await ended(start(urls, file, log), log) == "1 added, 0 unchanged, 0 failed"
    folder = tmp_path / "incoming"
    folder.mkdir()
    (folder / "killed.pdf").write_bytes(manual(PAGES))
    (folder / "beside.pdf").write_bytes(manual(8, seed=1))
    log = tmp_path / "killed.log"
    progress: list[int] = []
    async with asyncio.timeout(400), opened(urls) as database:
        whole = await digest_of(database, "undisturbed")
        for number in range(KILLS):
            process = start(urls, folder, log)
            # By turns while the file is parsed and its text stored, and while vectors are.
            more = 1 + max(progress, default=0) if number % 2 else 0
            await until_begun(database, "killed", attempts=number + 1, vectors=more)
            await asyncio.sleep(chance.uniform(0, BATCH_S))
            orphans = psutil.Process(process.pid).children(recursive=True) if process.poll() is None else []
            kill(process)
            _, alive = await asyncio.to_thread(psutil.wait_procs, orphans, 10)
            assert alive == []
            state, _, _, vectors = await state_of(database, "killed")
            progress.append(vectors)
            if state != "parsing":
                break
            assert [line async for line in digests.lines(database, "harbour", None) if " killed " in line] == []
        assert await ended(start(urls, folder, log), log) in (
            "2 added, 0 unchanged, 0 failed",
            "1 added, 1 unchanged, 0 failed",
            "0 added, 2 unchanged, 0 failed",  # the last kill met a reader that had just finished
        )
        assert await digest_of(database, "killed") == whole
        state, attempts, chunks, vectors = await state_of(database, "killed")
    assert (state, chunks) == ("published", vectors)
    assert attempts >= len(progress) > 1
    assert progress == sorted(progress), "what was embedded is kept"
    assert 0 < max(progress[:2]) < chunks, "it was killed in the middle"
    assert await ended(start(urls, folder, log), log) == "0 added, 2 unchanged, 0 failed"


async def test_a_database_killed_in_the_middle_is_waited_for(
    mortal: EmbeddedPostgres, urls: DatabaseUrls, tmp_path: Path
) -> None:
    log = tmp_path / "database.log"
    file = tmp_path / "database.pdf"
    file.write_bytes(manual(PAGES))
    async with asyncio.timeout(180), opened(urls) as database:
        process = start(urls, file, log)
        await until_begun(database, "database", vectors=1)
        await asyncio.to_thread(kill_postgres, mortal)
        with pytest.raises(Unavailable):
            await state_of(database, "database")
        await asyncio.sleep(1)
        await asyncio.to_thread(embedded_postgres.start, mortal.data)
        status = await asyncio.to_thread(process.wait, 120)
        if status == 0:
            assert await ended(process, log) == "1 added, 0 unchanged, 0 failed"
        else:  # the command gives up with its database; the work it began is there for whoever comes next
            assert await ended(start(urls, file, log), log) in (
                "1 added, 0 unchanged, 0 failed",
                "0 added, 1 unchanged, 0 failed",  # only its end was left to be told
            )
        assert await digest_of(database, "database") == await digest_of(database, "undisturbed")


async def test_a_full_disk_in_the_middle_is_waited_for(
    mortal: EmbeddedPostgres, urls: DatabaseUrls, tmp_path: Path
) -> None:
    """PostgreSQL says 53100 when a disk is full; here from a trigger, at every batch of vectors."""
    log = tmp_path / "disk.log"
    file = tmp_path / "disk.pdf"
    file.write_bytes(manual(PAGES))
    with psycopg.connect(urls.admin, dbname="ingests", autocommit=True) as admin:
        admin.execute(
            """CREATE FUNCTION app.full() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = '53100'; END $$;
            CREATE TRIGGER disk_full BEFORE INSERT ON app.chunk_vectors EXECUTE FUNCTION app.full()"""
        )
        async with asyncio.timeout(180), opened(urls) as database:
            process = start(urls, file, log)
            await until_begun(database, "disk", attempts=2)  # it was tried, and is tried again
            state, _, _, vectors = await state_of(database, "disk")
            assert (state, vectors) == ("parsing", 0)
            admin.execute("DROP TRIGGER disk_full ON app.chunk_vectors; DROP FUNCTION app.full()")
            assert await ended(process, log) == "1 added, 0 unchanged, 0 failed"
            assert await digest_of(database, "disk") == await digest_of(database, "undisturbed")
