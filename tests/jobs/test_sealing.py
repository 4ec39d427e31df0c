"""The sealing job: every tenant, again and again, whatever one of them or the witness does."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import httpx
from structlog.testing import capture_logs

from audit.tree import store
from audit.witness_client import Witness, WitnessClient
from core.clock import FixedClock
from core.database import Database
from core.principal import Principal
from core.settings import Environment, Settings
from deploy.migrate import DatabaseUrls
from jobs.sealing import Sealer, sealing
from tests.audit.bench import NOW, append, check, key, told, witnessed
from tests.superuser import superuser


def sealer(database: Database, client: WitnessClient | None = None, interval_s: float = 0.001) -> Sealer:
    return Sealer(database, ("harbour", "vale"), key, FixedClock(NOW), client, interval_s)


async def sizes(database: Database, tenant: str) -> tuple[int, int]:
    async with database.transaction(Principal.system(tenant)) as tx:
        cosigned = [each.size for each in await store.cosignatures(tx)]
        return await store.size(tx), max(cosigned, default=0)


async def test_every_tenant_is_sealed_and_cosigned(database: Database, tmp_path: Path) -> None:
    await append(database, "a", 3)
    await append(database, "a", 2, tenant="vale")
    async with witnessed(tmp_path) as (client, _):
        job = sealer(database, client)
        await job.round()
        assert [await sizes(database, tenant) for tenant in ("harbour", "vale")] == [(3, 3), (2, 2)]
        await append(database, "a", 1)
        await job.round()
        assert [await sizes(database, tenant) for tenant in ("harbour", "vale")] == [(4, 4), (2, 2)]


async def test_a_witness_that_is_away_is_told_of_once_and_asked_less_often(database: Database, tmp_path: Path) -> None:
    async with witnessed(tmp_path) as (_, verifier), httpx.AsyncClient() as http:
        away = WitnessClient(http, Witness("http://127.0.0.1:1", (verifier,)), FixedClock(NOW))
        job = sealer(database, away, interval_s=60.0)
        with capture_logs() as logs:
            for _ in range(3):
                await append(database, "b", 1)
                await job.round()
    assert [(each["event"], each["tenant"], each["why"]) for each in logs] == [
        ("witness.not_cosigned", "harbour", "unreachable: it did not answer (ConnectError)"),
    ]
    assert told(await check(database)) == []


async def test_a_tenant_whose_log_is_broken_keeps_no_other_waiting(
    database: Database, database_urls: DatabaseUrls
) -> None:
    job = sealer(database)
    await job.round()
    with superuser(database_urls) as admin:
        admin.execute("SET session_replication_role = replica")
        admin.execute("CREATE TABLE public.l AS TABLE app.audit_leaves")
        admin.execute("UPDATE app.audit_leaves SET leaf = sha256('x') WHERE tenant = 'harbour'")
        for tenant in ("harbour", "vale"):
            await append(database, "c", 1, tenant=tenant)
        before = await sizes(database, "harbour"), await sizes(database, "vale")
        with capture_logs() as logs:
            await job.round()
            await job.round()
        after = await sizes(database, "harbour"), await sizes(database, "vale")
        admin.execute(
            """UPDATE app.audit_leaves SET leaf = l.leaf FROM public.l
               WHERE (l.tenant, l.position) = (audit_leaves.tenant, audit_leaves.position)"""
        )
        admin.execute("DROP TABLE public.l")
    assert [(each["event"], each["tenant"]) for each in logs] == [("sealing.stopped", "harbour")]
    assert (after[0], after[1][0]) == (before[0], before[1][0] + 1)
    await job.round()
    assert (await sizes(database, "harbour"))[0] == before[0][0] + 1


async def test_it_goes_on_beside_a_process_until_that_ends(database: Database) -> None:
    settings = Settings(environment=Environment.DEVELOPMENT, sealing_interval_s=0.01)
    await append(database, "d", 1, tenant="beside")
    changed = settings.model_copy(
        update={"oidc_issuers": (settings.oidc_issuers[0].model_copy(update={"tenants": ("beside",)}),)}
    )
    async with sealing(changed, database, FixedClock(datetime(2026, 3, 3, tzinfo=UTC))):
        await until_sealed(database, 1)
        await append(database, "d", 1, tenant="beside")
        await until_sealed(database, 2)
    await append(database, "d", 1, tenant="beside")
    assert (await sizes(database, "beside"))[0] == 2


async def until_sealed(database: Database, size: int) -> None:
    for _ in range(3000):
        if (await sizes(database, "beside"))[0] == size:
            return
        await asyncio.sleep(0.01)
    raise AssertionError("nothing was sealed")
