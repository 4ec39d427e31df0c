"""A process that stands still within a transaction: its locks would hold everybody up, the stop switch among them."""

import asyncio

import pytest

from core.database import Database, connection
from core.errors import Unavailable
from core.principal import Principal

ANNA = Principal("harbour", "anna")


async def test_who_stands_still_within_a_transaction_loses_it(database: Database) -> None:
    async with database.transaction(ANNA) as tx:
        row = await (await connection(tx).execute("SHOW idle_in_transaction_session_timeout")).fetchone()
    assert row == {"idle_in_transaction_session_timeout": "30s"}


async def frozen(database: Database, error: Exception | None) -> None:
    async with database.transaction(ANNA) as tx:
        await connection(tx).execute("SET LOCAL idle_in_transaction_session_timeout = 50")
        await asyncio.sleep(0.5)
        if error is not None:
            raise error
        await connection(tx).execute("SELECT 1")


@pytest.mark.parametrize("error", [None, ValueError()], ids=["goes on", "fails"])
async def test_who_wakes_up_again_is_told_that_nothing_was_changed(database: Database, error: Exception | None) -> None:
    with pytest.raises(Unavailable):
        await frozen(database, error)
    async with database.transaction(ANNA) as tx:
        assert await (await connection(tx).execute("SELECT 1 AS one")).fetchone() == {"one": 1}
