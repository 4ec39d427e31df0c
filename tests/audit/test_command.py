"""`python -m audit verify` as an auditor runs it: 0 intact, 1 broken and where, 2 could not look."""

import base64
import os
import subprocess
import sys
from datetime import UTC, datetime

import pytest

from audit import ledger
from audit.records import Entry, RecordKind
from core.database import Database
from core.principal import Principal
from core.settings import ROOT
from deploy.migrate import DatabaseUrls
from tests.superuser import superuser

NOW = datetime(2026, 3, 3, tzinfo=UTC)


@pytest.fixture(scope="module", autouse=True)
async def some_records(database: Database) -> None:
    for tenant, count in (("harbour", 3), ("vale", 1)):
        async with database.transaction(Principal.system(tenant)) as tx:
            entries = [Entry(RecordKind.RUN_FINISHED, f"s{n}", {"n": n}) for n in range(count)]
            await ledger.append(tx, "thread:1", entries, actor="anna", at=NOW)


def verify(url: str, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    key = base64.b64encode(bytes(range(32))).decode()
    base = {"PATH": os.environ["PATH"], "ENVIRONMENT": "development", "MASTER_KEY": key, "DATABASE_URL": url}
    return subprocess.run(
        [sys.executable, "-m", "audit", "verify", *arguments],
        cwd=ROOT,
        env=base | environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


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
