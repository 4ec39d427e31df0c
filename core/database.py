"""The database: a pool of connections and the tenant-scoped transaction, the only way to reach a row."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from functools import lru_cache
from typing import LiteralString, Self

from psycopg import AsyncConnection, InterfaceError, OperationalError, sql
from psycopg.abc import Params
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.errors import IdleInTransactionSessionTimeout
from psycopg.rows import DictRow, dict_row
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from core.errors import Unavailable
from core.principal import EVERYONE, Permission, Principal

SEARCH_PATH = "app,queue,public"
"""`queue` lies on the path so that a job can be deferred inside the caller's transaction; `public` holds pgvector."""

FROZEN_AFTER_S = 30
"""A process that stands still within a transaction (suspended, or cut off) loses it after this long, and with it its
locks: else one worker could hold up the stop switch, and behind that all work of its tenant, for hours. Ours wait for
nothing but the database within one, and an act under an `Idempotency-Key` for its own transaction."""

_SETTINGS = ("app.tenant", "app.person", "app.system", "app.roles", "app.drafts")
_SCOPE: LiteralString = "SELECT " + ", ".join(f"set_config('{name}', %s, true)" for name in _SETTINGS)
_BEGIN = sql.SQL("BEGIN; " + _SCOPE.replace("%s", "{}"))
"""One round trip instead of two; there are some ten transactions in a turn."""

Pool = AsyncConnectionPool[AsyncConnection[DictRow]]


class Transaction:
    """An open transaction of one principal. Opaque: only stores turn it into a connection."""

    __slots__ = ("_connection", "principal")

    def __init__(self, connection: AsyncConnection[DictRow], principal: Principal) -> None:
        self._connection = connection
        self.principal = principal


def connection(tx: Transaction) -> AsyncConnection[DictRow]:
    """The connection behind a transaction; for `store.py` files alone."""
    return tx._connection  # the one door out of the opaque value


class Database:
    """A pool over `DATABASE_URL`. Row-level security holds because every statement runs in `transaction()`."""

    def __init__(self, url: str, *, min_size: int = 2, max_size: int = 16, timeout_s: float = 5.0) -> None:
        conninfo = with_options(url)
        self.url = conninfo
        self.pool: Pool = AsyncConnectionPool(
            conninfo,
            min_size=min_size,
            max_size=max_size,
            timeout=timeout_s,
            max_lifetime=1800,
            # Prepared at once: the same few statements come again on every connection.
            kwargs={"autocommit": True, "row_factory": dict_row, "prepare_threshold": 0},
            open=False,
            name="countersign",
        )

    async def open(self, *, wait: bool = True) -> Self:
        """Open the pool; raises `Unavailable` when the database can't be reached in time."""
        try:
            await self.pool.open(wait=wait, timeout=self.pool.timeout)
        except PoolTimeout as error:
            await self.pool.close()
            raise Unavailable("The database cannot be reached. Check DATABASE_URL.") from error
        return self

    async def close(self) -> None:
        """Close every connection."""
        await self.pool.close()

    @asynccontextmanager
    async def connect(self, first: bytes = b"") -> AsyncGenerator[AsyncConnection[DictRow]]:
        """A pooled connection in autocommit mode that has answered `first`. Without a tenant set in it, it sees no
        tenant's row. For stores."""
        try:
            conn = await self._answering(first)
            try:
                async with conn:
                    yield conn
            finally:
                await self.pool.putconn(conn)
        except (OperationalError, InterfaceError, PoolTimeout, IdleInTransactionSessionTimeout) as error:
            raise Unavailable("The database cannot be reached; nothing was changed. Try again shortly.") from error

    async def _answering(self, first: bytes) -> AsyncConnection[DictRow]:
        """A connection that answers its first statement, so that looking whether it is alive costs no round trip.

        Where one has died its siblings did too, so all are replaced at once: the pool's own `check=` waits a second
        and more after each dead one, and gives up before it has a live one.
        """
        conn = await self.pool.getconn()
        try:
            await conn.execute(first, prepare=False)
        except (OperationalError, InterfaceError):
            await self.pool.putconn(conn)
            await self.pool.check()
        except BaseException:
            await self.pool.putconn(conn)
            raise
        else:
            return conn
        conn = await self.pool.getconn()
        try:
            await conn.execute(first, prepare=False)
        except BaseException:
            await self.pool.putconn(conn)
            raise
        return conn

    @asynccontextmanager
    async def transaction(self, principal: Principal) -> AsyncGenerator[Transaction]:
        """A transaction in which row-level security admits this principal's rows only.

        Commits when the block ends, rolls back when it raises. A lost database raises `Unavailable`.
        """
        async with self.connect(_begin_as(principal)) as conn:
            try:
                yield Transaction(conn, principal)
            except BaseException:
                if not conn.closed:
                    await conn.execute("ROLLBACK")
                raise
            await conn.execute("COMMIT")

    async def look(self, principal: Principal, query: LiteralString, values: Params) -> list[DictRow]:
        """The rows of one statement that reads, in a transaction of its own and in one round trip. For stores.

        Raises `Unavailable` as `transaction` does; a connection that has died is replaced first. Who gives it up does
        not break it off: a pipeline that is left halfway leaves its connection to the next in that state.
        """
        looking = asyncio.ensure_future(self._look(principal, query, values))
        try:
            return await asyncio.shield(looking)
        except asyncio.CancelledError:
            looking.add_done_callback(_forget)
            raise

    async def _look(self, principal: Principal, query: LiteralString, values: Params) -> list[DictRow]:
        try:
            conn = await self.pool.getconn()
            try:
                return await _look(conn, principal, query, values)
            except (OperationalError, InterfaceError):
                if not conn.closed:
                    raise
            except asyncio.CancelledError:  # the program ends
                await conn.close()
                raise
            finally:
                await self.pool.putconn(conn)
            await self.pool.check()
            async with self.pool.connection() as conn:
                return await _look(conn, principal, query, values)
        except (OperationalError, InterfaceError, PoolTimeout) as error:
            raise Unavailable("The database cannot be reached. Try again shortly.") from error


def _forget(looked: asyncio.Future[list[DictRow]]) -> None:
    """Nobody asks any more what came of it."""
    if not looked.cancelled():
        looked.exception()


async def _look(
    conn: AsyncConnection[DictRow], principal: Principal, query: LiteralString, values: Params
) -> list[DictRow]:
    """Between two synchronisations of a pipeline the statements are one transaction."""
    async with conn.pipeline():
        await conn.execute(_SCOPE, _scope(principal))
        cursor = await conn.execute(query, values)
    return await cursor.fetchall()


@lru_cache(maxsize=4096)
def _begin_as(principal: Principal) -> bytes:
    return _BEGIN.format(*(sql.Literal(value) for value in _scope(principal))).as_bytes()


@lru_cache(maxsize=4096)
def _scope(principal: Principal) -> tuple[str, ...]:
    return (
        principal.tenant,
        principal.person,
        "on" if principal.is_system else "",
        _array([EVERYONE, *sorted(principal.roles)]),
        "on" if principal.may(Permission.DOCUMENT_WRITE) else "",
    )


def _array(texts: Sequence[str]) -> str:
    """PostgreSQL's input form of an array; role names come from the bank's directory and may hold any character."""
    quoted = (text.replace("\\", "\\\\").replace('"', '\\"') for text in texts)
    return "{" + ",".join(f'"{text}"' for text in quoted) + "}"


def with_options(url: str, more: str = "") -> str:
    """The connection string with our search path, an end to transactions that stand still, without server-side JIT,
    which costs more than it gives here, and with `more` of the server's options."""
    options = str(conninfo_to_dict(url).get("options") or "")
    ours = f"-c search_path={SEARCH_PATH} -c jit=off -c idle_in_transaction_session_timeout={FROZEN_AFTER_S}s"
    return make_conninfo(url, options=f"{options} {ours} {more}".strip())
