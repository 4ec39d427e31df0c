"""`python -m audit verify` as an auditor runs it: 0 intact, 1 broken and where, 2 could not look."""

import base64
import json
import os
import subprocess
import sys
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from audit import ledger, pack_verify
from audit.notes import WITNESS, Verifier
from audit.records import Entry, RecordKind
from core.database import Database
from core.principal import Principal
from core.settings import ROOT
from deploy.migrate import DatabaseUrls
from tests.audit.bench import key, witnessed
from tests.superuser import superuser

NOW = datetime(2026, 3, 3, tzinfo=UTC)
RUN = UUID(int=7)


@pytest.fixture(scope="module", autouse=True)
async def some_records(database: Database) -> None:
    for tenant, count in (("harbour", 3), ("vale", 1)):
        async with database.transaction(Principal.system(tenant)) as tx:
            entries = [Entry(RecordKind.RUN_FINISHED, f"s{n}", {"n": n}, RUN) for n in range(count)]
            await ledger.append(tx, "thread:1", entries, actor="anna", at=NOW)


def audit(url: str, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    secret = base64.b64encode(bytes(range(32))).decode()
    base = {
        "PATH": os.environ["PATH"],
        "ENVIRONMENT": "development",
        "MASTER_KEY": secret,
        "AUDIT_LOG_KEY": secret,
        "AUDIT_LOG_NAME": "bank.example",
        "DATABASE_URL": url,
    }
    return subprocess.run(
        [sys.executable, "-m", "audit", *arguments],
        cwd=ROOT,
        env=base | environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def verify(url: str, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Without the witness that `make run` may have left in this checkout's settings."""
    offline = () if "WITNESS_URL" in environment else ("--offline",)
    return audit(url, "verify", *offline, *arguments, **environment)


def test_intact_chains_end_with_0(database_urls: DatabaseUrls) -> None:
    result = verify(database_urls.app)
    assert (result.returncode, result.stdout, result.stderr) == (
        0,
        "harbour: 3 records in 1 streams, all intact\nvale: 1 records in 1 streams, all intact\n",
        "",
    )


def test_a_tampered_record_ends_with_1_and_is_named(database_urls: DatabaseUrls) -> None:
    with superuser(database_urls) as admin:
        admin.execute("UPDATE app.audit_records SET actor = 'mallory' WHERE tenant = 'harbour' AND seq = 2")
    try:
        result = verify(database_urls.app)
        only_vale = verify(database_urls.app, "--tenant", "vale")
    finally:
        with superuser(database_urls) as admin:
            admin.execute("UPDATE app.audit_records SET actor = 'anna' WHERE tenant = 'harbour' AND seq = 2")
    assert (result.returncode, result.stdout) == (
        1,
        "harbour: 3 records in 1 streams, 1 BROKEN\n"
        "  thread:1, record 2: its content does not match its hash\n"
        "vale: 1 records in 1 streams, all intact\n",
    )
    assert only_vale.returncode == 0


@pytest.mark.parametrize(
    ("url", "environment", "message"),
    [
        ("postgresql://nobody@127.0.0.1:1/none", {}, "The database cannot be reached. Check DATABASE_URL."),
        ("", {"MASTER_KEY": "wrong"}, "MASTER_KEY must be"),
    ],
)
def test_what_cannot_be_looked_at_ends_with_2(url: str, environment: dict[str, str], message: str) -> None:
    result = verify(url, **environment)
    assert result.returncode == 2
    assert message in result.stderr
    assert "Traceback" not in result.stderr


def test_the_log_is_sealed_known_by_its_key_and_exported(database_urls: DatabaseUrls, tmp_path: Path) -> None:
    sealed = audit(database_urls.app, "seal")
    assert (sealed.returncode, sealed.stdout) == (
        0,
        "harbour: 3 records sealed, 3 in the log\nvale: 1 records sealed, 1 in the log\n",
    )
    assert audit(database_urls.app, "key").stdout == f"{key().verifier}\n{key('vale').verifier}\n"
    checked = verify(database_urls.app, "--tenant", "harbour", "--log-key", str(key().verifier))
    assert checked.stdout == "harbour: 3 records in 1 streams, 3 sealed, 0 cosigned, all intact\n"
    pack = tmp_path / "pack.zip"
    exported = audit(database_urls.app, "export", str(RUN), "--tenant", "harbour", "--out", str(pack))
    assert (exported.returncode, exported.stderr) == (0, "")
    said = pack_verify.verify(zipfile.ZipFile(pack).read, str(key().verifier), [])
    assert said[0] == f"verified: 3 records of run {RUN} of harbour"
    unknown = audit(database_urls.app, "export", str(uuid4()), "--tenant", "harbour", "--out", str(pack))
    assert (unknown.returncode, unknown.stderr) == (2, "There are no records of this run.\n")


async def test_a_log_that_was_cut_off_is_told_by_a_checkpoint_that_was_kept(
    database: Database, database_urls: DatabaseUrls, tmp_path: Path
) -> None:
    """Database and log fit each other in every way; only what somebody kept tells that there was more."""
    audit(database_urls.app, "seal")
    async with witnessed(tmp_path) as (client, witness):
        await client.cosign(database, "harbour")
        seen = await client.last_seen(key().verifier.name)
    assert seen is not None
    (tmp_path / "kept.txt").write_bytes(seen.content())
    trusted = ("--tenant", "harbour", "--witness-key", str(witness), "--checkpoint", str(tmp_path / "kept.txt"))
    whole = verify(database_urls.app, *trusted)
    assert whole.stdout == "harbour: 3 records in 1 streams, 3 sealed, 3 cosigned, all intact\n"
    with superuser(database_urls) as admin:
        admin.execute("SET session_replication_role = replica")
        for table in ("cosignatures", "checkpoints", "leaves", "records"):
            admin.execute(f"DELETE FROM app.audit_{table} WHERE tenant = 'harbour'".encode())
    cut = verify(database_urls.app, *trusted)
    assert (cut.returncode, cut.stdout) == (
        1,
        "harbour: 0 records in 0 streams, 1 BROKEN\n"
        "  the log at 3: a witness cosigned 3 records, and only 0 are in the log\n",
    )


def test_a_witness_that_can_not_be_asked_is_not_passed_over(database_urls: DatabaseUrls) -> None:
    witness = str(Verifier("witness.example/w", key().verifier.public_key, WITNESS))
    settings = {"WITNESS_URL": "http://127.0.0.1:1", "WITNESS_KEYS": json.dumps([witness])}
    unasked = verify(database_urls.app, "--tenant", "vale", **settings)
    assert unasked.returncode == 2
    assert "vale: the witness was not asked (or say --offline): it did not answer" in unasked.stderr
    assert verify(database_urls.app, "--tenant", "vale", "--offline", **settings).returncode == 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--log-key", "nonsense"), "A key or a checkpoint is not one"),
        (("--log-key", str(key("other").verifier)), "No --log-key is that of bank.example/"),
        (("--checkpoint", "/nowhere"), "No such file"),
    ],
)
def test_what_can_not_be_used_is_said(database_urls: DatabaseUrls, arguments: tuple[str, ...], message: str) -> None:
    result = verify(database_urls.app, *arguments)
    assert result.returncode == 2
    assert message in result.stderr
    assert "Traceback" not in result.stderr
