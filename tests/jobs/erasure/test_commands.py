"""`python -m jobs erase` and `retain`: what they say, and that no file of a table keeps a destroyed key."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import psycopg
import pytest
from pydantic import SecretStr

from audit import store as audit_store
from audit.records import thread_stream
from core.database import Database
from core.errors import NotFound, Unavailable
from core.principal import Principal
from core.settings import Environment, Settings
from deploy.embedded_postgres import EmbeddedPostgres
from deploy.migrate import DatabaseUrls
from jobs.__main__ import _parser, main
from jobs.erasure import commands
from jobs.erasure.commands import AGAIN, NO_OWNER
from jobs.erasure.models import CLEANING_LIMITS, CleaningLimits
from runs import store
from runs.conversations import Admitted
from tests.runs.conversation import Talk
from tests.superuser import superuser

HARBOUR = Principal.system("harbour")
NOBODY = "postgresql://nobody@127.0.0.1:1/none"


@pytest.fixture
def talk(database: Database) -> Talk:
    return Talk(database, Principal("harbour", "anna"), at=datetime.now(UTC))


async def command(urls: DatabaseUrls, *arguments: str, owner: str | None = None) -> int:
    settings = Settings(
        _env_file=None,  # type: ignore[call-arg]
        environment=Environment.DEVELOPMENT,
        database_url=SecretStr(urls.app),
        database_owner_url=SecretStr(urls.owner if owner is None else owner),
    )
    return await commands.run(settings, _parser().parse_args(arguments))


async def erase(urls: DatabaseUrls, thread_id: UUID, **options: str) -> int:
    arguments = ("--tenant", "harbour", "--thread", str(thread_id), "--reason", "order", "--by", "operator:cleo")
    return await command(urls, "erase", *arguments, **options)


async def ended(talk: Talk, text: str = "How long?") -> Admitted:
    run = await talk.ask(text)
    await talk.finish(run)
    return run


async def wrapped_key(database: Database, run: Admitted) -> bytes | None:
    async with database.transaction(HARBOUR) as tx:
        row = await store.thread_key(tx, run.thread_id)
    assert row is not None
    return None if row["wrapped"] is None else bytes(row["wrapped"])


def files_with(postgres: EmbeddedPostgres, urls: DatabaseUrls, needle: bytes) -> list[Path]:
    """The files of tables and indexes that hold these bytes, as they are on disk."""
    with superuser(urls) as admin:
        admin.execute("CHECKPOINT")
    return [path for path in (postgres.data / "base").rglob("*") if path.is_file() and needle in path.read_bytes()]


async def test_no_file_of_a_table_keeps_a_destroyed_key(
    talk: Talk, database_urls: DatabaseUrls, postgres: EmbeddedPostgres, capsys: pytest.CaptureFixture[str]
) -> None:
    run, other = await ended(talk), await ended(talk)
    with superuser(database_urls) as admin:
        admin.execute("ANALYZE")  # as the server does by itself: its statistics hold samples of values
    key, kept = await wrapped_key(talk.database, run), await wrapped_key(talk.database, other)
    assert key is not None
    assert kept is not None
    assert len(files_with(postgres, database_urls, key)) == 1
    assert await erase(database_urls, run.thread_id) == 0
    assert files_with(postgres, database_urls, key) == []
    assert len(files_with(postgres, database_urls, kept)) == 1
    assert [await wrapped_key(talk.database, each) for each in (run, other)] == [None, kept]
    async with talk.database.transaction(HARBOUR) as tx:
        (record,) = await audit_store.stream_records(tx, thread_stream(run.thread_id))
    assert (record.kind, record.actor, record.body["reason"]) == ("thread.erased", "operator:cleo", "order")
    assert capsys.readouterr().out.splitlines()[0] == f"{run.thread_id} erased, with 1 run."


async def test_without_the_owner_it_is_erased_and_says_what_is_left_to_do(
    talk: Talk, database_urls: DatabaseUrls, capsys: pytest.CaptureFixture[str]
) -> None:
    run = await ended(talk)
    for owner, why in (("", NO_OWNER), (NOBODY, "The tables' owner cannot connect")):
        with pytest.raises(Unavailable) as caught:
            await erase(database_urls, run.thread_id, owner=owner)
        assert caught.value.detail.startswith(why)
        assert caught.value.detail.endswith(AGAIN)
    assert await wrapped_key(talk.database, run) is None
    assert await erase(database_urls, run.thread_id) == 0
    assert capsys.readouterr().out.splitlines()[1:3] == [f"{run.thread_id} was erased before."] * 2


async def test_a_table_in_use_is_not_waited_for_long(
    talk: Talk, database_urls: DatabaseUrls, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = await ended(talk)
    monkeypatch.setattr("jobs.erasure.store.CLEANING_LIMITS", CleaningLimits(wait=timedelta(milliseconds=50)))
    assert CLEANING_LIMITS.wait > timedelta(seconds=1)
    with psycopg.connect(database_urls.owner) as conn:
        conn.execute("LOCK TABLE app.thread_keys IN ACCESS SHARE MODE")
        with pytest.raises(Unavailable, match="in use"):
            await erase(database_urls, run.thread_id)
    assert await wrapped_key(talk.database, run) is None


async def test_those_after_an_older_backup_are_erased_again_at_once(
    talk: Talk, database_urls: DatabaseUrls, capsys: pytest.CaptureFixture[str]
) -> None:
    first, waiting = await ended(talk), await talk.ask()
    ids = [str(run.thread_id) for run in (first, waiting)]
    assert await command(database_urls, "erase", "--tenant", "harbour", "--reason", "request", "--thread", *ids) == 0
    assert capsys.readouterr().out.splitlines()[:2] == [
        f"{ids[0]} erased, with 1 run.",
        f"{ids[1]} erased, with 1 run, 1 of them cancelled.",
    ]
    assert [await wrapped_key(talk.database, run) for run in (first, waiting)] == [None, None]


async def test_no_such_conversation_changes_nothing(database_urls: DatabaseUrls) -> None:
    with pytest.raises(NotFound):
        await erase(database_urls, uuid4())


async def test_retention_shows_first_and_erases_when_told(
    talk: Talk, database_urls: DatabaseUrls, capsys: pytest.CaptureFixture[str]
) -> None:
    young = await ended(talk)
    talk.at = datetime.now(UTC) - timedelta(days=40)
    old = await ended(talk)
    asked = ("retain", "--tenant", "harbour", "--days", "30")
    assert await command(database_urls, *asked) == 0
    assert await wrapped_key(talk.database, old) is not None
    assert await command(database_urls, *asked, "--erase") == 0
    assert [await wrapped_key(talk.database, run) is None for run in (old, young)] == [True, False]
    assert await command(database_urls, *asked, "--erase") == 0
    assert capsys.readouterr().out.splitlines() == [
        "1 conversation would be erased. Nothing was; add --erase to do it.",
        f"{old.thread_id} erased, with 1 run.",
        "1 conversation erased, 0 left because somebody went on with them.",
        "The tables were rewritten. Older backups and archived WAL still hold the key until they are gone.",
        "0 conversations erased, 0 left because somebody went on with them.",
    ]


@pytest.mark.parametrize(
    "wrong",
    [
        ["retain", "--tenant", "harbour", "--days", "0"],
        ["retain", "--tenant", "harbour"],
        ["erase", "--tenant", "harbour", "--thread", "x", "--reason", "order"],
        ["erase", "--tenant", "harbour", "--thread", str(uuid4()), "--reason", "because"],
        ["erase", "--thread", str(uuid4()), "--reason", "order"],
    ],
)
def test_a_wrong_command_is_refused(wrong: list[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(wrong)
    assert caught.value.code == 2
