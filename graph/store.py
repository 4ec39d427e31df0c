"""LangGraph's Postgres saver under forced row-level security: each cursor is a transaction of one tenant."""

from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import ChannelVersions, Checkpoint, CheckpointMetadata, CheckpointTuple
from langgraph.checkpoint.postgres.aio import AsyncPostgresSaver
from psycopg import AsyncCursor
from psycopg.rows import DictRow, dict_row

from core.database import Database, connection
from core.principal import Principal
from graph.errors import RunSuperseded
from graph.serde import SealedSerializer

_SCHEMA = "SET LOCAL search_path = langgraph, app"
_STILL_OURS = "SELECT 1 FROM app.runs WHERE id = %s AND attempts = %s FOR NO KEY UPDATE"


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

    def __init__(
        self,
        database: Database,
        principal: Principal,
        serde: SealedSerializer,
        *,
        fence: tuple[UUID, int] | None = None,
        is_new: bool = False,
        is_over: Callable[[], bool] = lambda: False,
        before: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        super().__init__(database.pool, serde=serde)
        self._database = database
        self._principal = principal
        self._fence = fence
        """The run and the execution of it that writes: one that another has overtaken writes nothing more."""
        self._is_new = is_new
        """The run has no checkpoint yet, so none is looked for: a transaction less in every turn."""
        self._is_over = is_over
        """The run has ended: its checkpoints are gone, and the database would leave out any that came later."""
        self._before = before
        """What is to be done before each checkpoint."""

    async def aget_tuple(self, config: RunnableConfig) -> CheckpointTuple | None:
        return None if self._is_new else await super().aget_tuple(config)

    async def aput(
        self,
        config: RunnableConfig,
        checkpoint: Checkpoint,
        metadata: CheckpointMetadata,
        new_versions: ChannelVersions,
    ) -> RunnableConfig:
        if self._is_over():
            return config
        self._is_new = False
        if self._before is not None:
            await self._before()
        return await super().aput(config, checkpoint, metadata, new_versions)

    @asynccontextmanager
    async def _cursor(self, *, pipeline: bool = False) -> AsyncGenerator[AsyncCursor[DictRow]]:
        async with self._database.transaction(self._principal) as tx:
            conn = connection(tx)
            await conn.execute(_SCHEMA)
            if not pipeline:
                async with conn.cursor(binary=True, row_factory=dict_row) as cursor:
                    yield cursor
                return
            if self._fence is not None:
                held = await conn.execute(_STILL_OURS, self._fence)
                if await held.fetchone() is None:
                    raise RunSuperseded
            async with conn.pipeline(), conn.cursor(binary=True, row_factory=dict_row) as cursor:
                yield cursor

    async def setup(self) -> None:
        """The tables come with our migrations."""
        raise NotImplementedError("run `python -m deploy migrate` instead")

    def __reduce__(self) -> Any:
        raise TypeError("a saver holds a key and can't be pickled")
