"""LangGraph's Postgres saver under forced row-level security: each cursor is a transaction of one tenant."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

from langgraph.checkpoint.postgres.aio import AsyncPostgresSaver
from psycopg import AsyncCursor
from psycopg.rows import DictRow, dict_row

from core.database import Database, connection
from core.principal import Principal
from graph.serde import SealedSerializer

_SCHEMA = "SET LOCAL search_path = langgraph, app"


def _by_tenant(query: str) -> str:
    """The saver's upsert, on our primary keys, which begin with the tenant."""
    return query.replace("ON CONFLICT (thread_id", "ON CONFLICT (tenant, thread_id")


class TenantSaver(AsyncPostgresSaver):
    """A saver for one run, cheap to make: the stock one serialises everybody behind one lock.

    The tables' `tenant` columns default to the transaction's tenant, so the saver's own statements fit unchanged.
    """

    UPSERT_CHECKPOINT_BLOBS_SQL = _by_tenant(AsyncPostgresSaver.UPSERT_CHECKPOINT_BLOBS_SQL)
    UPSERT_CHECKPOINTS_SQL = _by_tenant(AsyncPostgresSaver.UPSERT_CHECKPOINTS_SQL)
    UPSERT_CHECKPOINT_WRITES_SQL = _by_tenant(AsyncPostgresSaver.UPSERT_CHECKPOINT_WRITES_SQL)
    INSERT_CHECKPOINT_WRITES_SQL = _by_tenant(AsyncPostgresSaver.INSERT_CHECKPOINT_WRITES_SQL)

    def __init__(self, database: Database, principal: Principal, serde: SealedSerializer) -> None:
        super().__init__(database.pool, serde=serde)
        self._database = database
        self._principal = principal

    @asynccontextmanager
    async def _cursor(self, *, pipeline: bool = False) -> AsyncGenerator[AsyncCursor[DictRow]]:
        async with self._database.transaction(self._principal) as tx:
            conn = connection(tx)
            await conn.execute(_SCHEMA)
            if not pipeline:
                async with conn.cursor(binary=True, row_factory=dict_row) as cursor:
                    yield cursor
                return
            async with conn.pipeline(), conn.cursor(binary=True, row_factory=dict_row) as cursor:
                yield cursor

    async def setup(self) -> None:
        """The tables come with our migrations."""
        raise NotImplementedError("run `python -m deploy migrate` instead")

    def __reduce__(self) -> Any:
        raise TypeError("a saver holds a key and can't be pickled")
