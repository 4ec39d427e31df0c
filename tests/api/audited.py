"""The service with its real parts over a bank in memory, one circular on its shelf, and ways to look as compliance."""

import json
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

import httpx

from api.app import create_app
from audit.records import Record
from audit.store import stream_records
from core.clock import SystemClock
from core.database import Database
from core.principal import Principal
from core.settings import Settings
from deploy.migrate import DatabaseUrls
from gateway.export_model import export
from jobs import assembly
from jobs.assembly import Parts
from jobs.documents import EditionReader
from tests.api.conftest import Api, settings_for
from tests.api.provider import Provider
from tests.api.serving import free_socket, serving
from tests.api.streams import ask, events_of, streaming
from tests.api.uploads import metadata, send
from tests.gateway.conftest import MODEL_DIR
from tools.connector.memory import MemoryConnector

CIRCULAR = """# Lost and stolen cards

## 1 Blocking

A lost debit card is blocked at once when the customer reports the loss.

## 2 What the customer owes

A customer who reports a lost debit card within two business days owes at most $50.
A customer who reports later than two business days owes at most $500.
"""
QUESTION = "When is a lost debit card blocked?"
TOLD = "A lost debit card is blocked at once when the customer reports the loss."
NOTE = "Add a note to case C-1042: address proof is missing"


@dataclass(slots=True)
class House:
    """The running service and whoever fills its shelf."""

    api: Api
    reader: EditionReader
    database: Database

    async def publish(self, key: str, text: str, **described: Any) -> str:
        """The edition's id, once it is in force; by pia."""
        pia = self.api.as_("pia")
        reply = await send(pia, metadata(key, **described), text.encode(), f"{key}.md")
        assert reply.status_code == 202, reply.text
        await self.reader.read("harbour", UUID(reply.json()["job_id"]))
        edition = str(reply.json()["edition_id"])
        assert (await pia.post(f"/v1/editions/{edition}/publish")).status_code == 200
        return edition

    async def ask(self, who: str, message: str, **more: Any) -> str:
        """The run, once it has ended."""
        told = await ask(self.api.as_(who), message, **more)
        return str(told[0].data["run_id"])

    async def propose(self, who: str, message: str = NOTE) -> dict[str, Any]:
        """What was to be signed, with the run, once that waits for it."""
        client = self.api.as_(who)
        async with streaming(client, "POST", "/v1/chat/stream", json={"message": message}) as (response, events):
            assert response.status_code == 200, await response.aread()
            asked: dict[str, Any] = {}
            async for event in events:
                if event.kind == "approval.required":
                    asked = event.data
                if event.kind == "run.paused":
                    return asked
        raise AssertionError("nothing was asked for")

    async def decide(self, who: str, asked: dict[str, Any], decision: str = "approve", **more: Any) -> dict[str, Any]:
        body = {"decision": decision, "digest": asked["digest"], **more}
        path = f"/v1/approvals/{asked.get('approval_id') or asked['id']}/decision"
        reply = await self.api.as_(who).post(path, json=body)
        assert reply.status_code == 200, reply.text
        decided: dict[str, Any] = reply.json()
        return decided

    async def ended(self, who: str, run: str) -> None:
        assert (await events_of(self.api.as_(who), run))[-1].kind == "run.finished"

    async def reads(self, tenant: str = "harbour") -> Sequence[Record]:
        """The looks on record."""
        async with self.database.transaction(Principal.system(tenant)) as tx:
            return await stream_records(tx, "audit-reads")


@asynccontextmanager
async def open_house(provider: Provider, database: Database, urls: DatabaseUrls) -> AsyncGenerator[House]:
    """Real graph, guards, search and planner; a bank in memory."""
    export(MODEL_DIR)
    listening = free_socket()
    settings = settings_for(provider, urls.app, listening, embedding_model_dir=MODEL_DIR, questions_burst=1_000)
    core = MemoryConnector()

    def assemble(settings: Settings, database: Database) -> Parts:
        return replace(assembly.assemble(settings, database), connector=core)

    async with serving(create_app(settings, assemble=assemble), listening) as url:
        reader = EditionReader(database, assembly.reading(MODEL_DIR), SystemClock())
        house = House(Api(url, provider, settings, bank=core), reader, database)
        yield house
        for client in house.api.clients:
            await client.aclose()


async def found(client: httpx.AsyncClient, **filters: Any) -> list[str]:
    """The runs that fit, by id."""
    return [item["run_id"] for item in (await got(client, "/v1/audit/runs", **filters))["items"]]


async def got(client: httpx.AsyncClient, path: str, **query: Any) -> dict[str, Any]:
    reply = await client.get(path, params=query)
    assert reply.status_code == 200, reply.text
    whole: dict[str, Any] = reply.json()
    return whole


def spoken(story: dict[str, Any]) -> list[str]:
    """The headlines of a story."""
    return [step["title"] for step in story["steps"]]


def words_in(value: Any) -> str:
    """All of a reply as text, to look for what must not be in it."""
    return json.dumps(value, ensure_ascii=False)
