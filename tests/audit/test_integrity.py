"""What the banner says of a ledger, and how soon a walk in steps finds what a whole walk finds."""

from collections.abc import AsyncGenerator
from datetime import timedelta
from typing import Any

import httpx
import pytest

from audit import integrity
from audit.integrity import LedgerWatch
from audit.notes import Verifier
from audit.tree import store
from audit.tree.store import WitnessReply
from audit.witness_client import Witness, WitnessClient
from core.clock import FixedClock
from core.database import Database, connection
from core.principal import Principal
from deploy.migrate import DatabaseUrls
from tests.audit.bench import NOW, append, key, seal, told, witnessed
from tests.superuser import superuser

LATER = FixedClock(NOW + timedelta(seconds=5))


@pytest.fixture(autouse=True)
def at_every_look(monkeypatch: pytest.MonkeyPatch) -> None:
    """Looks follow each other at once here."""
    monkeypatch.setattr(integrity, "SPACING_S", 0.0)


@pytest.fixture(scope="module")
async def witness(tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[tuple[WitnessClient, Verifier]]:
    async with witnessed(tmp_path_factory.mktemp("witness")) as pair:
        yield pair


def watch(database: Database, witness: tuple[WitnessClient, Verifier] | None = None) -> LedgerWatch:
    client, verifiers = (None, ()) if witness is None else (witness[0], (witness[1],))
    return LedgerWatch(
        database, lambda tenant: key(tenant).verifier, LATER, interval_s=2.0, witnesses=verifiers, client=client
    )


async def told_of(watch: LedgerWatch, tenant: str = "harbour") -> dict[str, Any]:
    state = await watch.integrity(tenant)
    return {
        name: getattr(state, name) for name in ("ok", "records", "sealed_size", "cosigned_size", "waiting", "faults")
    }


def whole(records: int, sealed: int, cosigned: int) -> dict[str, Any]:
    return {
        "ok": True,
        "records": records,
        "sealed_size": sealed,
        "cosigned_size": cosigned,
        "waiting": records - sealed,
        "faults": (),
    }


async def test_the_banner_follows_sealing_and_cosigning(
    database: Database, witness: tuple[WitnessClient, Verifier]
) -> None:
    looking = watch(database, witness)
    assert await told_of(looking, "lone") == whole(0, 0, 0)
    await append(database, "a", 3, tenant="lone")
    assert await told_of(looking, "lone") == whole(3, 0, 0)
    await seal(database, tenant="lone")
    uncosigned = await looking.integrity("lone")
    assert (uncosigned.sealed_size, uncosigned.sealed_at, uncosigned.cosigned_size) == (3, NOW, 0)
    assert (uncosigned.window_s, uncosigned.witness) == (5.0, "witness.example/w")
    await witness[0].cosign(database, "lone")
    cosigned = await looking.integrity("lone")
    assert (cosigned.cosigned_size, cosigned.cosigned_at, cosigned.window_s) == (3, NOW.replace(microsecond=0), 2.0)
    assert cosigned.walked_at == LATER.now()
    assert cosigned.ok


async def test_without_a_witness_there_is_no_window(database: Database) -> None:
    state = await watch(database).integrity("nobody")
    assert (state.ok, state.witness, state.window_s) == (True, None, None)


async def test_an_altered_record_turns_it_red_and_is_named_and_back(
    database: Database, database_urls: DatabaseUrls, witness: tuple[WitnessClient, Verifier]
) -> None:
    await append(database, "a", 4)
    await seal(database)
    await witness[0].cosign(database, "harbour")
    looking = watch(database, witness)
    assert (await looking.integrity("harbour")).ok
    change = "UPDATE app.audit_records SET actor = '{}' WHERE tenant = 'harbour' AND stream = 'a' AND seq = 2"
    with superuser(database_urls) as admin:
        admin.execute(change.format("mallory").encode())
        red = await looking.integrity("harbour")
        admin.execute(change.format("anna").encode())
    assert [(fault.stream, fault.seq, fault.reason) for fault in red.faults] == [
        ("a", 2, "its content does not match its hash")
    ]
    assert not red.ok
    assert (await looking.integrity("harbour")).ok


async def test_a_walk_in_small_steps_finds_the_same(
    database: Database,
    database_urls: DatabaseUrls,
    witness: tuple[WitnessClient, Verifier],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Records are appended and sealed between the steps; what is found stays told until a whole walk finds it gone."""
    monkeypatch.setattr(integrity, "BUDGET", 4)
    await append(database, "steps", 11, tenant="vale")
    await seal(database, tenant="vale")
    looking = watch(database, witness)
    for step in range(12):
        assert (await looking.integrity("vale")).ok
        await append(database, f"more-{step}", 1, tenant="vale")
        await seal(database, tenant="vale")
    with superuser(database_urls) as admin:
        admin.execute("SET session_replication_role = replica")
        admin.execute("DELETE FROM app.audit_records WHERE tenant = 'vale' AND stream = 'steps' AND seq = 11")
    looks = [await looking.integrity("vale") for _ in range(60)]
    assert looks[-1].faults == looks[-20].faults != ()
    assert told(await looking.verify("vale")) == [("steps", 11, "it was sealed at position 10 and is gone")]
    assert (looks[-1].faults[0].stream, looks[-1].faults[0].seq) == ("steps", 11)


async def test_a_witness_that_refuses_is_a_fault_and_one_that_is_away_is_not(
    database: Database, witness: tuple[WitnessClient, Verifier]
) -> None:
    verifier = witness[1]

    async def replied(outcome: str) -> None:
        async with database.transaction(Principal.system("replies")) as tx:
            await store.note_reply(tx, WitnessReply(verifier.name, outcome, "why", 7, NOW))

    await replied("refused")
    refused = await watch(database, witness).integrity("replies")
    assert [(fault.stream, fault.seq, fault.reason) for fault in refused.faults] == [
        ("log", 7, "the witness refuses to cosign: why")
    ]
    await replied("unreachable")
    async with httpx.AsyncClient() as http:
        away = WitnessClient(http, Witness("http://127.0.0.1:1", (verifier,)), FixedClock(NOW))
        state = await watch(database, (away, verifier)).integrity("replies")
    assert (state.ok, state.witness_trouble) == (
        True, "the witness could not be asked what it has seen: it did not answer (ConnectError)",
    )  # fmt: skip


async def test_a_database_from_before_is_told_from_what_the_witness_saw(
    database: Database, database_urls: DatabaseUrls, witness: tuple[WitnessClient, Verifier]
) -> None:
    """The log went back by as much as can be: nothing in it is wrong, but the witness has seen more."""
    await append(database, "back", 4, tenant="harbour")
    size = (await seal(database)).size
    await witness[0].cosign(database, "harbour")
    tables = ("cosignatures", "checkpoints", "leaves", "waiting", "records")
    with superuser(database_urls) as admin:
        admin.execute("SET session_replication_role = replica")
        for table in tables:
            admin.execute(f"DELETE FROM app.audit_{table} WHERE tenant = 'harbour'".encode())
    state = await watch(database, witness).integrity("harbour")
    assert [(fault.stream, fault.reason) for fault in state.faults] == [
        ("log", f"a witness cosigned {size} records, and only 0 are in the log")
    ]


async def test_looking_needs_no_more_than_the_applications_rights(database: Database) -> None:
    async with database.transaction(Principal.system("harbour")) as tx:
        cursor = await connection(tx).execute("SELECT current_user AS me")
        row = await cursor.fetchone()
    assert row is not None
    assert row["me"] == "countersign_app"
