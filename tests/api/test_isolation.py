"""With the real search, guards and graph: nobody sees what is another tenant's or not meant for them, by any door."""

import asyncio
import json
from collections.abc import AsyncGenerator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from api.app import create_app
from core.clock import SystemClock
from core.database import Database
from core.settings import ROOT, SANDBOX_EXAMPLES, Settings
from deploy.migrate import DatabaseUrls
from gateway.export_model import export
from jobs import assembly
from jobs.assembly import Parts
from jobs.documents import EditionReader
from tests.api.conftest import Api, settings_for
from tests.api.provider import Provider
from tests.api.requests import Requested, decide, ended, request
from tests.api.serving import free_socket, serving
from tests.api.streams import Event, ask, events_of, streaming
from tests.api.uploads import metadata, send
from tests.gateway.conftest import MODEL_DIR
from tools.connector.memory import MemoryConnector

POLICIES = ROOT / "sandbox/policies"
PAY = "What happens to the pay of an employee during a disciplinary suspension?"
CASH = SANDBOX_EXAMPLES["harbour"][0]
VALE = SANDBOX_EXAMPLES["vale"][0]


@dataclass(frozen=True, slots=True)
class Shelved:
    """A published document, and the run of somebody who may read it and was answered from it."""

    edition: str
    job: str
    title: str
    chunk: str
    run: str
    thread: str

    def doors(self) -> list[tuple[str, str, dict[str, Any] | None]]:
        """Every way to one of its parts by id."""
        edition, run, thread = f"/v1/editions/{self.edition}", f"/v1/runs/{self.run}", f"/v1/threads/{self.thread}"
        return [
            ("GET", edition, None),
            ("GET", f"{edition}/text", None),
            ("GET", f"{edition}/text?chunk={self.chunk}", None),
            ("GET", f"{edition}/pages/1", None),
            ("GET", f"{edition}/pages/1?chunk={self.chunk}", None),
            ("GET", f"/v1/chunks/{self.chunk}", None),
            ("GET", f"/v1/jobs/{self.job}", None),
            *_doors_of_run(run, thread, self.thread),
        ]

    @property
    def ids(self) -> list[str]:
        return [self.edition, self.job, self.chunk, self.run, self.thread]


@dataclass(frozen=True, slots=True)
class Asked:
    """A request for a signature, and the run of the person who asked."""

    request: Requested

    def doors(self) -> list[tuple[str, str, dict[str, Any] | None]]:
        """Every way to one of its parts by id."""
        asked = self.request
        run, thread = f"/v1/runs/{asked.run}", f"/v1/threads/{asked.thread}"
        return [*self.doors_of_signers(), *_doors_of_run(run, thread, asked.thread)]

    def doors_of_signers(self) -> list[tuple[str, str, dict[str, Any] | None]]:
        asked = self.request
        decisions = [asked.sign(), asked.sign("reject", reason="no"), asked.sign("edit", args={"case_id": "C-1043"})]
        return [("GET", asked.path, None), *(("POST", f"{asked.path}/decision", body) for body in decisions)]

    @property
    def ids(self) -> list[str]:
        return [self.request.id, self.request.run, self.request.thread, self.request.shown["call_id"]]


def _doors_of_run(run: str, thread: str, thread_id: str) -> list[tuple[str, str, dict[str, Any] | None]]:
    return [
        ("GET", run, None),
        ("GET", f"{run}/events", None),
        ("POST", f"{run}/cancel", None),
        ("POST", f"{run}/feedback", {"rating": "up"}),
        ("GET", thread, None),
        ("POST", f"{thread}/hide", None),
        ("POST", f"{thread}/runs", {"message": "x"}),
        ("POST", "/v1/chat/stream", {"message": "x", "thread_id": thread_id}),
    ]


@dataclass(slots=True)
class Bank:
    """The service with its real parts, and whoever fills its shelves."""

    api: Api
    reader: EditionReader

    async def publish(self, owner: httpx.AsyncClient, tenant: str, file: Path, described: dict[str, Any]) -> list[str]:
        """The edition's id and its job's, once it is in force."""
        reply = await send(owner, described, await asyncio.to_thread(file.read_bytes), file.name)
        assert reply.status_code == 202, reply.text
        ids = [reply.json()["edition_id"], reply.json()["job_id"]]
        await self.reader.read(tenant, UUID(ids[1]))
        assert (await owner.post(f"/v1/editions/{ids[0]}/publish")).status_code == 200
        return ids

    async def shelve(
        self, owner: httpx.AsyncClient, tenant: str, file: Path, described: dict[str, Any], question: str
    ) -> Shelved:
        edition, job = await self.publish(owner, tenant, file, described)
        told = await ask(owner, question)
        (answer,) = [event for event in told if event.kind == "answer"]
        (chunk, *_) = [source["chunk_id"] for source in answer.data["sources"] if source["edition_id"] == edition]
        started = told[0].data
        return Shelved(edition, job, described["title"], chunk, started["run_id"], started["thread_id"])


@pytest.fixture(scope="module")
async def bank(provider: Provider, database: Database, database_urls: DatabaseUrls) -> AsyncGenerator[Bank]:
    export(MODEL_DIR)
    listening = free_socket()
    settings = settings_for(
        provider, database_urls.app, listening, embedding_model_dir=MODEL_DIR, questions_burst=1_000
    )
    reader = EditionReader(database, assembly.reading(MODEL_DIR), SystemClock())
    core = MemoryConnector()

    def assemble(settings: Settings, database: Database) -> Parts:
        return replace(assembly.assemble(settings, database), connector=core)

    async with serving(create_app(settings, assemble=assemble), listening) as url:
        bank = Bank(Api(url, provider, settings, bank=core), reader)
        yield bank
        for client in bank.api.clients:
            await client.aclose()


@pytest.fixture(scope="module")
def pia(bank: Bank) -> httpx.AsyncClient:
    """Harbour's policy owner of the personnel department."""
    return bank.api.as_("pia")


@pytest.fixture(scope="module")
async def hr(bank: Bank, pia: httpx.AsyncClient) -> Shelved:
    """What only the personnel department may read."""
    described = metadata("hr-disciplinary", title="HR Procedure 6", library="hr", audience=["hr"])
    return await bank.shelve(pia, "harbour", POLICIES / "hr-disciplinary-2025-11-01.pdf", described, PAY)


@pytest.fixture(scope="module")
async def cash(bank: Bank, pia: httpx.AsyncClient) -> Shelved:
    """What everyone of Harbour may read."""
    described = metadata("cash-handling", title="Circular 11: Cash", library="branch")
    return await bank.shelve(pia, "harbour", POLICIES / "cash-handling-2026-09-01.pdf", described, CASH)


@pytest.fixture(scope="module")
async def vale(bank: Bank) -> Shelved:
    """What everyone of Vale may read."""
    token = bank.api.token("pia", sub="vera", name="Vera", tenant="vale", roles=["policy_owner"])
    vera = bank.api.client({"Authorization": f"Bearer {token}"})
    described = metadata("cash-desk", title="Instruction 2: The cash desk", library="branch")
    return await bank.shelve(vera, "vale", POLICIES / "vale/cash-desk-2025-10-01.md", described, VALE)


async def _finds_nothing(client: httpx.AsyncClient, hidden: Shelved | Asked) -> None:
    """Every door answers as if it led nowhere, word for word."""
    for method, path, body in hidden.doors():
        theirs = await client.request(method, path, json=body)
        elsewhere = json.dumps([path, body])
        for known in hidden.ids:
            elsewhere = elsewhere.replace(known, str(uuid4()))
        nowhere = await client.request(method, json.loads(elsewhere)[0], json=json.loads(elsewhere)[1])
        assert (theirs.status_code, theirs.json()["code"]) == (404, "not_found"), path
        assert theirs.json() | {"request_id": ""} == nowhere.json() | {"request_id": ""}, path


async def _is_told_nothing(client: httpx.AsyncClient, hidden: Shelved, question: str) -> None:
    """No list, no search and no answer mentions it, whatever is asked."""
    seen = [(await client.get(path)).text for path in ("/v1/documents", "/v1/threads", "/v1/approvals")]
    for query in (question, hidden.title):
        body = {"query": query, "k": 50}
        seen.append((await client.post("/v1/search", json=body)).text)
        seen.append(str(await ask(client, query)))
    for known in [*hidden.ids, hidden.title]:
        assert known not in "\n".join(seen)


async def test_staff_see_nothing_of_the_personnel_departments(bank: Bank, hr: Shelved, cash: Shelved) -> None:
    anna = bank.api.as_("anna")
    await _finds_nothing(anna, hr)
    await _is_told_nothing(anna, hr, PAY)
    assert [event.kind for event in await ask(anna, PAY)][-2] == "abstained"
    assert [event.kind for event in await ask(anna, CASH)][-2] == "answer", "her own documents are there"


async def test_a_document_is_open_to_all_but_a_run_to_nobody_else(bank: Bank, cash: Shelved) -> None:
    anna = bank.api.as_("anna")
    for method, path, body in cash.doors():
        reply = await anna.request(method, path, json=body)
        private = any(part in f"{path} {body}" for part in (cash.run, cash.thread))
        assert (reply.status_code == 404) == private, path
    assert (await anna.get(f"/v1/editions/{cash.edition}/pages/1")).headers["content-type"] == "image/png"


async def test_another_tenants_staff_see_nothing(bank: Bank, hr: Shelved, cash: Shelved, vale: Shelved) -> None:
    boris, anna = bank.api.as_("boris"), bank.api.as_("anna")
    for client, hidden, question in [(boris, cash, CASH), (boris, hr, PAY), (anna, vale, VALE)]:
        await _finds_nothing(client, hidden)
        await _is_told_nothing(client, hidden, question)
    assert vale.edition in str(await ask(boris, VALE))


async def test_the_same_name_in_another_tenant_is_another_person(bank: Bank, cash: Shelved) -> None:
    namesake = bank.api.client({"Authorization": f"Bearer {bank.api.token('pia', tenant='vale')}"})
    await _finds_nothing(namesake, cash)
    await _is_told_nothing(namesake, cash, CASH)


async def test_a_stream_under_way_is_its_owners_alone(bank: Bank, cash: Shelved) -> None:
    anna, omar = bank.api.as_("anna"), bank.api.as_("omar")
    body = {"message": CASH}
    async with streaming(anna, "POST", "/v1/chat/stream", json=body) as (_, events):
        run_id = (await anext(events)).data["run_id"]
        assert (await omar.get(f"/v1/runs/{run_id}/events")).status_code == 404
        assert [event async for event in events][-1].kind == "run.finished"
    assert len(await events_of(anna, run_id)) > 5


ORDER = "Add a note to case C-1042: address proof is missing"


async def test_a_request_is_its_makers_and_signers_alone(bank: Bank) -> None:
    anna, sam = bank.api.as_("anna"), bank.api.as_("sam")
    asked = Asked(await request(anna, ORDER))
    others = ["omar", "pia", "paul", "carla", "boris", "sasha"]
    clients = [bank.api.as_(who) for who in others]
    clients.append(bank.api.client({"Authorization": f"Bearer {bank.api.token('anna', tenant='vale')}"}))
    clients.append(bank.api.client({"Authorization": f"Bearer {bank.api.token('sam', tenant='vale')}"}))
    for client in clients:
        await _finds_nothing(client, asked)
        seen = [(await client.get(path)).text for path in ("/v1/approvals", "/v1/approvals/counts", "/v1/threads")]
        assert not [known for known in asked.ids if known in "".join(seen)]
    for method, path, body in asked.doors():
        if (method, path, body) in asked.doors_of_signers():
            continue  # hers to decide, but the conversation is anna's alone
        assert (await sam.request(method, path, json=body)).status_code == 404, path
    shown = (await sam.get(asked.request.path)).json()
    assert (shown["status"], shown["thread_id"]) == ("pending", None)
    assert (await decide(sam, asked.request)).status_code == 200
    assert (await ended(anna, asked.request))[-1].data["status"] == "answered"
    (effect,) = bank.api.bank.effects
    assert (effect.tool, effect.acting.person, effect.acting.approved_by) == ("case_add_note", "anna", ("sam",))


def _without_chance(events: list[Event]) -> list[tuple[str, Any]]:
    """What a turn told, but for its ids, times and durations."""
    dropped = {"run_id", "thread_id", "at", "ms"}
    return [(event.kind, {name: told for name, told in event.data.items() if name not in dropped}) for event in events]


async def test_what_she_may_not_read_changes_no_byte(bank: Bank, pia: httpx.AsyncClient, cash: Shelved) -> None:
    anna = bank.api.as_("anna")

    async def seen(client: httpx.AsyncClient) -> list[Any]:
        bodies = [{"query": query, "k": 20} for query in (CASH, PAY, "USD 2,000", "vault")]
        replies = [(await client.post("/v1/search", json=body)).content for body in bodies]
        return [*replies, (await client.get("/v1/documents")).content, _without_chance(await ask(client, CASH))]

    for_anna, for_pia = await seen(anna), await seen(pia)
    described = metadata("hr-cash", title="HR on cash", library="hr", audience=["hr"])
    (edition, _) = await bank.publish(pia, "harbour", POLICIES / "cash-handling-2025-07-01.md", described)
    assert await seen(anna) == for_anna
    assert await seen(pia) != for_pia, "whoever may read it sees it"
    assert (await pia.post(f"/v1/editions/{edition}/withdraw")).status_code == 200
    assert await seen(anna) == for_anna
