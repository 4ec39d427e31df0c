"""What is kept under an idempotency key tells nothing of the request, and is gone after a day."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from api.idempotency import Idempotency, Reply
from core.canonical import digest
from core.clock import FixedClock
from core.crypto import Keyring
from core.database import Database, connection
from core.errors import IdempotencyMismatch
from core.principal import Principal

ANNA, OMAR = Principal("harbour", "anna"), Principal("harbour", "omar")
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
REQUEST = {"ask": {"message": "Is Frau Beispiel insolvent?"}}


async def repeat(
    database: Database, principal: Principal, key: str, at: datetime, request: dict[str, Any] = REQUEST
) -> str:
    """The moment of the request whose reply is given: its own, or that of the one that it repeats."""

    async def make() -> Reply:
        return Reply(202, {"made": at.isoformat()})

    async with database.transaction(principal) as tx:
        reply = await Idempotency(Keyring(b"k" * 32), FixedClock(at)).once(tx, key, request, make)
    return str(reply.body["made"])


async def kept(database: Database) -> list[dict[str, Any]]:
    async with database.transaction(Principal.system("harbour")) as tx:
        cursor = await connection(tx).execute(
            "SELECT person_id, key, request_digest FROM app.idempotency_keys ORDER BY person_id, key"
        )
        return [dict(row) for row in await cursor.fetchall()]


async def test_the_same_request_under_two_keys_or_by_two_people_leaves_no_common_mark(database: Database) -> None:
    for principal, key in ((ANNA, "one"), (ANNA, "two"), (OMAR, "one")):
        await repeat(database, principal, key, NOON)
    digests = {row["request_digest"] for row in await kept(database)}
    assert len(digests) == 3
    assert digest(REQUEST) not in digests
    assert "Beispiel" not in json.dumps(await kept(database))


async def test_keys_older_than_a_day_go_with_their_owners_next_one(database: Database) -> None:
    later, next_day = NOON + timedelta(hours=1), NOON + timedelta(days=1, minutes=1)
    assert await repeat(database, ANNA, "old", NOON) == NOON.isoformat()
    assert await repeat(database, ANNA, "older", NOON) == NOON.isoformat()
    assert await repeat(database, ANNA, "young", later) == later.isoformat()
    assert await repeat(database, OMAR, "omars", NOON) == NOON.isoformat()
    assert await repeat(database, ANNA, "old", next_day) == next_day.isoformat()
    assert [(row["person_id"], row["key"]) for row in await kept(database) if row["key"] not in {"one", "two"}] == [
        ("anna", "old"),
        ("anna", "young"),
        ("omar", "omars"),
    ]
    assert await repeat(database, ANNA, "young", next_day) == later.isoformat()


async def test_another_request_under_a_kept_key_is_refused(database: Database) -> None:
    await repeat(database, ANNA, "mine", NOON)
    with pytest.raises(IdempotencyMismatch):
        await repeat(database, ANNA, "mine", NOON, {"ask": {"message": "Something else"}})
