"""Who may look into the audit, that every look is on record, and what a look refuses: tokens, rights, bounds."""

import asyncio
from typing import Any
from uuid import uuid4

import httpx
import pytest

from audit.records import Record
from audit.store import stream_records
from core.database import Database
from core.principal import Principal
from deploy.migrate import DatabaseUrls
from tests.api.audited import found, got, spoken
from tests.api.conftest import Api, serving_api
from tests.api.provider import Provider
from tests.api.requests import NOTE, decide, ended, request
from tests.api.streams import ask
from tests.api.test_sign_in import Browser
from tests.superuser import superuser

DAY = "2026-03-03"
ACCESS = {"user": "anna", "document": "x", "on": DAY}


@pytest.fixture(scope="module")
def carla(api: Api) -> httpx.AsyncClient:
    return api.as_("carla")


@pytest.fixture(scope="module")
async def run(api: Api) -> str:
    return str((await ask(api.as_("anna"), "How long?"))[0].data["run_id"])


async def reads(database: Database) -> list[Record]:
    async with database.transaction(Principal.system("harbour")) as tx:
        return await stream_records(tx, "audit-reads")


def doors(run: str) -> list[tuple[str, str, dict[str, Any]]]:
    """Every way into the audit."""
    return [
        ("GET", "/v1/audit/runs", {}),
        ("GET", f"/v1/audit/runs/{run}", {}),
        ("POST", f"/v1/audit/runs/{run}/replay", {"json": {}}),
        ("GET", f"/v1/audit/runs/{run}/export", {}),
        ("GET", "/v1/audit/access", {"params": ACCESS}),
        ("GET", "/v1/audit/overview", {}),
        ("GET", "/v1/audit/integrity", {}),
        ("POST", "/v1/audit/verify", {"json": {}}),
    ]


async def test_only_compliance_comes_in(api: Api, run: str, database: Database) -> None:
    before = len(await reads(database))
    for who in ("anna", "omar", "sam", "pia", "alex", "nobody", "boris", "sasha"):
        client = api.as_(who)
        for method, path, more in doors(run):
            reply = await client.request(method, path, **more)
            assert (reply.status_code, reply.json()["code"]) == (403, "forbidden"), (who, path)
            assert "audit:read" in reply.json()["detail"]
    for method, path, more in doors(run):
        assert (await api.client().request(method, path, **more)).status_code == 401
    assert len(await reads(database)) == before


async def test_an_old_token_is_no_way_in(api: Api, run: str) -> None:
    """Who was compliance until today's sign-in said otherwise."""
    claims = {"sub": "cleo", "name": "Cleo"}
    old = api.client({"Authorization": f"Bearer {api.token('carla', **claims)}"})
    assert await found(old, user="anna")
    await asyncio.sleep(1.1)  # tokens are told apart by the second of their issue
    new = api.client({"Authorization": f"Bearer {api.token('carla', **claims, roles=['staff'])}"})
    assert (await new.get("/v1/me")).status_code == 200
    for method, path, more in doors(run):
        assert (await old.request(method, path, **more)).status_code == 403, path


async def test_every_look_is_on_record_without_texts(
    api: Api, carla: httpx.AsyncClient, run: str, database: Database
) -> None:
    before = await reads(database)
    await found(carla, user="anna", case="C-1042", outcome=["answered", "acted"], **{"from": DAY})
    await got(carla, f"/v1/audit/runs/{run}")
    await got(carla, "/v1/audit/overview", **{"from": DAY, "to": DAY})
    await carla.post("/v1/audit/verify", json={})
    await got(api.as_("alex"), "/v1/usage", **{"from": DAY, "to": DAY})
    looks = (await reads(database))[len(before) :]
    assert [(look.kind, look.actor, look.body["what"]) for look in looks] == [
        ("audit.read", "carla", "runs"),
        ("audit.read", "carla", "run"),
        ("audit.read", "carla", "overview"),
        ("audit.read", "carla", "verify"),
        ("audit.read", "alex", "usage"),
    ]
    search = dict(looks[0].body)
    (subject,) = search.pop("subjects")
    assert search == {
        "what": "runs",
        "user": "anna",
        "from": "2026-03-03T00:00:00+00:00",
        "until": None,
        "outcomes": ["acted", "answered"],
        "tool": None,
        "document": None,
        "code": None,
        "found": 0,
        "further": False,
    }
    assert len(subject) == 64
    assert "1042" not in str(looks)
    assert looks[1].body["run"] == run


async def test_the_state_of_the_ledger_may_be_asked_all_the_time(carla: httpx.AsyncClient, database: Database) -> None:
    """The banner asks every few seconds; it tells of nobody, and a record for each would never let the ledger rest."""
    before = await reads(database)
    state = await got(carla, "/v1/audit/integrity")
    assert (state["ok"], state["faults"], state["witness"], state["cosigned_size"]) == (True, [], None, 0)
    assert state["records"] == state["sealed_size"] + state["waiting"] > 0
    assert await reads(database) == before


async def test_without_its_record_nothing_is_shown(
    api: Api, carla: httpx.AsyncClient, run: str, database_urls: DatabaseUrls
) -> None:
    with superuser(database_urls) as conn:
        conn.execute(
            """CREATE FUNCTION public.no_look() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                   IF NEW.stream = 'audit-reads' THEN RAISE EXCEPTION 'the ledger is full'; END IF;
                   RETURN NEW;
               END $$"""
        )
        conn.execute(
            "CREATE TRIGGER no_look BEFORE INSERT ON app.audit_records FOR EACH ROW EXECUTE FUNCTION public.no_look()"
        )
    try:
        for method, path, more in doors(run):
            if path in ("/v1/audit/integrity", "/v1/audit/access"):
                continue
            reply = await carla.request(method, path, **more)
            assert reply.status_code == 500, path
            assert set(reply.json()) == {"type", "title", "status", "detail", "code", "request_id"}
            assert "How long" not in reply.text
    finally:
        with superuser(database_urls) as conn:
            conn.execute("DROP TRIGGER no_look ON app.audit_records")
    assert (await carla.get("/v1/audit/runs")).status_code == 200


@pytest.mark.parametrize(
    "query",
    [
        "limit=0",
        "limit=101",
        "limit=x",
        "user=",
        "user=" + "x" * 201,
        "user=%00",
        "outcome=done",
        "outcome=",
        "&".join(["outcome=answered"] * 21),
        "from=yesterday",
        "from=2026-02-30",
        "from=1",
        "from=1999-12-31",
        "to=9999-12-31",
        "from=2026-03-04&to=2026-03-03",
        "case=",
        "who=anna",
        "cursor=" + "x" * 2_000,
    ],
    ids=lambda query: query[:20],
)
async def test_a_search_has_bounds(carla: httpx.AsyncClient, query: str) -> None:
    reply = await carla.get(f"/v1/audit/runs?{query}")
    assert (reply.status_code, reply.json()["code"]) == (422, "unprocessable"), reply.text


@pytest.mark.parametrize("query", ["from=2024-01-01&to=2025-01-01", "from=2026-03-04&to=2026-03-03", "to=2101-01-01"])
@pytest.mark.parametrize("path", ["/v1/audit/overview", "/v1/usage"])
async def test_figures_have_bounds(api: Api, path: str, query: str) -> None:
    client = api.as_("alex" if path == "/v1/usage" else "carla")
    assert (await client.get(f"{path}?{query}")).status_code == 422


async def test_a_cursor_is_its_persons_and_this_lists_own(api: Api, carla: httpx.AsyncClient, run: str) -> None:
    await ask(api.as_("anna"), "How long?")
    cursor = (await got(carla, "/v1/audit/runs", limit=1))["next_cursor"]
    cleo = api.client({"Authorization": f"Bearer {api.token('carla', sub='clea')}"})
    for client, path in [(cleo, "/v1/audit/runs"), (carla, "/v1/threads"), (carla, "/v1/approvals")]:
        assert (await client.get(path, params={"cursor": cursor})).status_code == 400
    assert (await carla.get("/v1/audit/runs", params={"cursor": f"{cursor[:-2]}AA"})).status_code == 400


@pytest.mark.parametrize("path", ["/v1/audit/runs/x", "/v1/audit/runs/1%27%20OR%201=1", "/v1/audit/runs/x/export"])
async def test_what_is_no_id_is_refused(carla: httpx.AsyncClient, path: str) -> None:
    assert (await carla.get(path)).status_code == 422


async def test_what_does_not_exist(carla: httpx.AsyncClient) -> None:
    gone = uuid4()
    for method, path, more in doors(str(gone)):
        if str(gone) in path:
            assert (await carla.request(method, path, **more)).status_code == 404, path
    assert (await carla.post(f"/v1/audit/runs/{gone}/replay", json={"policy": "tomorrow"})).status_code == 422
    assert (await carla.post("/v1/audit/verify", json={"all": True})).status_code == 422


async def test_a_restless_reader_is_slowed(api: Api, run: str) -> None:
    restless = api.client({"Authorization": f"Bearer {api.token('carla', sub='rhea')}"})
    replies = [await restless.post("/v1/audit/verify", json={}) for _ in range(25)]
    refused = [reply for reply in replies if reply.status_code == 429]
    assert len(refused) >= 3
    assert int(refused[0].headers["retry-after"]) >= 1


async def test_a_request_that_nobody_signed_in_time(api: Api, carla: httpx.AsyncClient, sam: httpx.AsyncClient) -> None:
    anna = api.as_("anna")
    asked = await request(anna, f"late {NOTE}")
    assert (await decide(sam, asked)).status_code == 410
    await ended(anna, asked)
    story = await got(carla, f"/v1/audit/runs/{asked.run}")
    assert spoken(story)[-2:] == ["Expired because nobody signed it in time", "Finished as expired"]
    assert story["path"][-1] == "sign"
    assert (story["approvals"][0]["status"], story["run"]["status"]) == ("expired", "expired")
    assert story["steps"][-1]["actor"] is None, "the service itself closed it"
    assert asked.run in await found(carla, outcome="expired")


async def test_the_ledger_is_walked_on_demand(carla: httpx.AsyncClient, run: str) -> None:
    told = (await carla.post("/v1/audit/verify", json={})).json()
    assert (told["ok"], told["faults"]) == (True, [])
    assert told["records"] > told["streams"] > 1


async def test_what_two_tenants_ask_stays_apart(provider: Provider, database_urls: DatabaseUrls) -> None:
    async with serving_api(provider, database_urls.app, connected=False) as alone:
        token = alone.token("carla", sub="vito", name="Vito", tenant="vale")
        vito = alone.client({"Authorization": f"Bearer {token}"})
        await ask(alone.as_("boris"), "How long?")
        items = (await got(vito, "/v1/audit/runs"))["items"]
        assert {item["person"]["person"] for item in items} == {"boris"}
        carla = alone.as_("carla")
        assert "boris" not in str(await got(carla, "/v1/audit/runs"))
        assert (await carla.get(f"/v1/audit/runs/{items[0]['run_id']}")).status_code == 404


PAGES = ("overview", "runs", f"runs/{uuid4()}", "access", "integrity")


async def test_a_page_asks_to_sign_in_first(api: Api) -> None:
    client = api.client()
    for page in PAGES:
        reply = await client.get(f"/audit/{page}")
        assert (reply.status_code, reply.headers["location"].startswith("/sign-in?next=")) == (303, True)


async def test_only_compliance_sees_that_there_are_pages(api: Api) -> None:
    for who, status in (("anna", 403), ("sam", 403), ("carla", 200)):
        browser = Browser(api, api.client({"Accept": "text/html"}))
        await browser.sign_in(who)
        home = (await browser.client.get("/")).text
        assert ("/audit/" in home) == (status == 200), who
        assert (await browser.client.get("/audit")).status_code == 303
        for page in PAGES:
            assert (await browser.client.get(f"/audit/{page}")).status_code == status, (who, page)
