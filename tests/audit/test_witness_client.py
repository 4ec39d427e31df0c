"""Asking a witness that answers, is down, knows more, or lies."""

from collections.abc import AsyncGenerator, Awaitable, Callable
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from audit import sealing
from audit.notes import Verifier, open_checkpoint
from audit.tree import store
from audit.tree.store import KeptCosignature, WitnessReply
from audit.witness_client import Witness, WitnessClient, WitnessUnreachable
from core.clock import FixedClock
from core.database import Database
from core.principal import Principal
from deploy.migrate import DatabaseUrls
from tests.audit.bench import NOW, append, key, seal, witnessed
from tests.superuser import superuser


@pytest.fixture(scope="module")
async def witness(tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[tuple[WitnessClient, Verifier]]:
    async with witnessed(tmp_path_factory.mktemp("witness")) as pair:
        yield pair


async def kept(database: Database, tenant: str = "harbour") -> tuple[list[KeptCosignature], list[WitnessReply]]:
    async with database.transaction(Principal.system(tenant)) as tx:
        return await store.cosignatures(tx), await store.replies(tx)


async def test_a_checkpoint_is_cosigned_once_and_the_next_after_it(
    database: Database, witness: tuple[WitnessClient, Verifier]
) -> None:
    client, verifier = witness
    assert await client.cosign(database, "harbour") is None
    assert await client.last_seen(key().verifier.name) is None
    await append(database, "a", 3)
    await seal(database)
    assert await client.cosign(database, "harbour") == WitnessReply(verifier.name, "cosigned", "", 3, NOW)
    assert await client.cosign(database, "harbour") is None
    for _ in range(2):
        await append(database, "a", 2)
        await seal(database)
    assert await client.cosign(database, "harbour") == WitnessReply(verifier.name, "cosigned", "", 7, NOW)
    cosignatures, replies = await kept(database)
    assert [(each.size, each.witness, each.signed_at) for each in cosignatures] == [
        (3, verifier.name, NOW.replace(microsecond=0)),
        (7, verifier.name, NOW.replace(microsecond=0)),
    ]
    assert replies == [WitnessReply(verifier.name, "cosigned", "", 7, NOW)]
    seen = await client.last_seen(key().verifier.name)
    assert seen is not None
    assert open_checkpoint(seen, key().verifier).size == 7


async def test_what_it_forgot_to_keep_it_asks_for_again(
    database: Database, database_urls: DatabaseUrls, witness: tuple[WitnessClient, Verifier]
) -> None:
    """An answer lost on its way, or cosignatures removed: the witness says what it knows, and cosigns that again."""
    client, verifier = witness
    await append(database, "a", 3)
    await seal(database)
    await client.cosign(database, "harbour")
    before, _ = await kept(database)
    with superuser(database_urls) as admin:
        admin.execute("SET session_replication_role = replica")
        admin.execute("DELETE FROM app.audit_cosignatures")
    reply = await client.cosign(database, "harbour")
    assert reply == WitnessReply(verifier.name, "cosigned", "", before[-1].size, NOW)
    assert (await kept(database))[0] == [before[-1]]


async def test_tenants_are_logs_of_their_own(database: Database, witness: tuple[WitnessClient, Verifier]) -> None:
    client, verifier = witness
    await append(database, "a", 2, tenant="vale")
    await seal(database, tenant="vale")
    assert await client.cosign(database, "vale") == WitnessReply(verifier.name, "cosigned", "", 2, NOW)
    assert [each.size for each in (await kept(database, "vale"))[0]] == [2]


async def test_a_witness_that_is_down_delays_cosigning_and_nothing_else(database: Database) -> None:
    verifier = key("down").verifier
    async with httpx.AsyncClient() as http:
        client = WitnessClient(http, Witness("http://127.0.0.1:1", (verifier,)), FixedClock(NOW))
        await append(database, "a", 2)
        size = (await seal(database)).size
        reply = await client.cosign(database, "harbour")
        assert reply == WitnessReply(verifier.name, "unreachable", "it did not answer (ConnectError)", size, NOW)
        with pytest.raises(WitnessUnreachable, match="did not answer"):
            await client.last_seen(key().verifier.name)
        await append(database, "a", 2)
        assert (await seal(database)).size == size + 2


async def test_a_log_that_went_back_is_refused(
    database: Database, database_urls: DatabaseUrls, witness: tuple[WitnessClient, Verifier]
) -> None:
    """A database brought back from before: shorter it is told so, and grown over the witness's size it has no proof."""
    client, verifier = witness
    await append(database, "a", 8, tenant="lone")
    await seal(database, tenant="lone")
    await client.cosign(database, "lone")
    with superuser(database_urls) as admin:
        admin.execute("SET session_replication_role = replica")
        for table in ("cosignatures", "checkpoints", "leaves", "waiting", "records"):
            admin.execute(f"DELETE FROM app.audit_{table} WHERE tenant = 'lone'".encode())
    await append(database, "a", 5, tenant="lone")
    await seal(database, tenant="lone")
    reply = await client.cosign(database, "lone")
    assert reply == WitnessReply(verifier.name, "refused", "it knows a log of 8 records, ours has 5", 5, NOW)
    await append(database, "a", 3, tenant="lone")
    await seal(database, tenant="lone")
    reply = await client.cosign(database, "lone")
    assert reply == WitnessReply(verifier.name, "refused", "409: it knows another log of the same size", 8, NOW)
    await append(database, "a", 3, tenant="lone")
    await seal(database, tenant="lone")
    reply = await client.cosign(database, "lone")
    assert reply is not None
    assert (reply.outcome, reply.detail[:4]) == ("refused", "422:")
    assert await kept(database, "lone") == ([], [reply])


Answer = Callable[[Request], Awaitable[Response]]


async def ask(database: Database, verifier: Verifier, body: bytes | str, status: int = 200) -> WitnessReply | None:
    """What is made of an answer to a log with an uncosigned checkpoint."""

    async def answer(_request: Request) -> Response:
        return Response(body, status)

    app = Starlette(routes=[Route("/add-checkpoint", answer, methods=["POST"])])
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app)) as http:
        return await WitnessClient(http, Witness("http://liar", (verifier,)), FixedClock(NOW)).cosign(database, "liars")


@pytest.mark.parametrize(
    ("body", "status", "outcome", "detail"),
    [
        ("busy", 503, "unreachable", "it answered 503"),
        ("slow down", 429, "unreachable", "it answered 429"),
        ("x" * 70_000, 200, "unreachable", "its answer is too long"),
        ("", 200, "refused", "its answer: the last signature line is not ended"),
        (b"\xff\n", 200, "refused", "its answer: a signature line has another form"),
        ("— liar AAAAAAAA\n", 200, "refused", "its answer has no cosignature of a key that is trusted"),
        ("no\n", 403, "refused", "403: no"),
        ("99\n", 409, "refused", "it knows a log of 99 records, ours has 2"),
        ("-1\n", 409, "refused", "it knows a log of -1 records, ours has 2"),
        ("9" * 5000, 409, "refused", f"it knows a log of {'9' * 24} records, ours has 2"),
        ("1\n", 409, "refused", "409: it knows another log of the same size"),
    ],
)
async def test_a_lie_is_not_kept(database: Database, body: bytes | str, status: int, outcome: str, detail: str) -> None:
    if not (await seal_liars(database)):
        await append(database, "a", 2, tenant="liars")
        await seal_liars(database)
    verifier = key("liar").verifier
    assert await ask(database, verifier, body, status) == WitnessReply(verifier.name, outcome, detail, 2, NOW)
    assert (await kept(database, "liars"))[0] == []


async def seal_liars(database: Database) -> int:
    return (await sealing.seal_all(database, "liars", key("liars"), NOW)).size


async def test_a_cosignature_of_another_checkpoint_is_not_kept(database: Database, tmp_path: Path) -> None:
    """A witness's true signature, under a text that is not the one that was sent."""
    await append(database, "other", 1, tenant="liars")
    size = await seal_liars(database)
    async with witnessed(tmp_path) as (client, verifier):
        await append(database, "other", 1)
        await seal(database)
        await client.cosign(database, "harbour")
        foreign = next(each for each in reversed((await kept(database))[0]) if each.witness == verifier.name)
        reply = await ask(database, verifier, foreign.line)
    detail = "its answer: the signature of witness.example/w does not hold"
    assert reply == WitnessReply(verifier.name, "refused", detail, size, NOW)
    assert (await kept(database, "liars"))[0] == []
