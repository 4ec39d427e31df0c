"""Invariant 2 at the doors: two banks with the same readable shelf under the same ids, one of them with thousands of
documents more that its staff may not read. Every reply to the staff of the one is the reply to that of the other."""

import re
import uuid
from collections.abc import Sequence
from random import Random
from typing import Any

import httpx
import pytest

from deploy.migrate import DatabaseUrls
from tests.api.conftest import Api
from tests.retrieval import noise
from tests.retrieval.noise import Hidden, NotNow, Shape, Sheet
from tests.superuser import superuser

QUIET, NOISY = "vale", "harbour"
CURSOR = re.compile(rb'"next_cursor":"[^"]+"')
"""Cursors are sealed anew each time; that there is one, and its length, is compared."""


@pytest.fixture(scope="module")
def shelf(database_urls: DatabaseUrls) -> list[Sheet]:
    rng = Random(11)
    shelf = noise.readable_shelf(rng)
    with superuser(database_urls) as conn:
        for tenant in (QUIET, NOISY):
            noise.put(conn, tenant, shelf)
    return shelf


@pytest.fixture(scope="module")
def hidden(shelf: list[Sheet], database_urls: DatabaseUrls) -> list[Sheet]:
    rng = Random(12)
    sheets = [sheet for kind in Hidden for shape in Shape for sheet in noise.hidden(rng, kind, shape, shelf, 30)]
    with superuser(database_urls) as conn:
        noise.put(conn, NOISY, sheets)
        noise.put(conn, "elsewhere", noise.hidden(rng, NotNow.ELSEWHERE, Shape.COPY, shelf, 200))
    assert len(sheets) > 2_000
    return sheets


@pytest.fixture
def readers(api: Api) -> tuple[httpx.AsyncClient, httpx.AsyncClient]:
    """Somebody of the quiet bank, and of the noisy one, with the same roles."""
    return tuple(
        api.client({"Authorization": f"Bearer {api.token('anna', tenant=tenant, roles=['staff', 'fraud_desk'])}"})
        for tenant in (QUIET, NOISY)
    )  # type: ignore[return-value]


async def replies(
    readers: Sequence[httpx.AsyncClient], method: str, path: str, **request: Any
) -> list[tuple[int, dict[str, str], bytes]]:
    """Status, headers and body as each of them gets it, without what is drawn by chance."""
    got: list[tuple[int, dict[str, str], bytes]] = []
    for client in readers:
        reply = await client.request(method, path, **request)
        request_id = reply.headers["x-request-id"]
        headers = {name: value for name, value in reply.headers.items() if name not in ("date", "x-request-id")}
        body = reply.content.replace(request_id.encode(), b"")
        got.append((reply.status_code, headers, CURSOR.sub(lambda found: b"%d" % len(found[0]), body)))
    return got


async def alike(readers: Sequence[httpx.AsyncClient], method: str, path: str, **request: Any) -> tuple[int, bytes]:
    quiet, noisy = await replies(readers, method, path, **request)
    assert quiet == noisy, path
    return quiet[0], quiet[2]


SEARCHES: list[dict[str, Any]] = [
    {"query": "card error notice"},
    {"query": "card error notice", "k": 50},
    {"query": "1005.11(c)(1)(ii)(A)", "k": 50},
    {"query": "zanzibarine quokka"},
    {"query": "Circular on fee", "libraries": ["cards"]},
    {"query": "fee", "libraries": ["lib3"]},
    {"query": "fee", "libraries": ["cards", "no-such"], "as_of": "2027-06-01"},
    {"query": "fee", "as_of": "2024-01-01"},
    {"query": "fee", "explain": True},
    {"query": " "},
    {"query": "fee", "k": 51},
    {"query": "fee", "k": 0},
    {"query": "fee", "libraries": []},
]


@pytest.mark.usefixtures("hidden")
async def test_every_search_is_answered_alike(readers: tuple[httpx.AsyncClient, httpx.AsyncClient]) -> None:
    statuses = [(await alike(readers, "POST", "/v1/search", json=body))[0] for body in SEARCHES]
    assert statuses[:8] == [200] * 8
    assert statuses[8:] == [403, 422, 422, 422, 422]


@pytest.mark.usefixtures("hidden")
@pytest.mark.parametrize("limit", [1, 7, 24, 100])
async def test_every_page_of_the_library_is_alike(
    readers: tuple[httpx.AsyncClient, httpx.AsyncClient], limit: int
) -> None:
    quiet, noisy = [[await client.get("/v1/documents", params={"limit": limit})] for client in readers]
    for client, pages in zip(readers, (quiet, noisy), strict=True):
        while cursor := pages[-1].json()["next_cursor"]:
            pages.append(await client.get("/v1/documents", params={"limit": limit, "cursor": cursor}))
    assert [page.json()["items"] for page in quiet] == [page.json()["items"] for page in noisy]
    assert sum(len(page.json()["items"]) for page in quiet) == 24


@pytest.mark.usefixtures("hidden")
async def test_everything_that_she_may_open_is_alike(
    readers: tuple[httpx.AsyncClient, httpx.AsyncClient], shelf: list[Sheet]
) -> None:
    for sheet in shelf:
        for path in ("", "/text", "/pages/1"):
            await alike(readers, "GET", f"/v1/editions/{sheet.edition}{path}")
        for ordinal in range(len(sheet.texts)):
            status, _ = await alike(readers, "GET", f"/v1/chunks/{uuid.uuid5(sheet.edition, str(ordinal))}")
            assert status == 200


async def test_what_she_may_not_open_is_as_what_is_not_there(
    readers: tuple[httpx.AsyncClient, httpx.AsyncClient], hidden: list[Sheet]
) -> None:
    """Its ids, keys and chunks are unknown to the quiet bank: the same words for both."""
    for sheet in Random(3).sample(hidden, 60):
        chunk = uuid.uuid5(sheet.edition, "0")
        for method, path in (
            ("GET", f"/v1/editions/{sheet.edition}"),
            ("GET", f"/v1/editions/{sheet.edition}/text"),
            ("GET", f"/v1/editions/{sheet.edition}/text?chunk={chunk}"),
            ("GET", f"/v1/editions/{sheet.edition}/pages/1"),
            ("GET", f"/v1/chunks/{chunk}"),
            ("POST", f"/v1/editions/{sheet.edition}/publish"),
            ("POST", f"/v1/editions/{sheet.edition}/withdraw"),
            ("GET", f"/v1/documents/{sheet.key}/audience"),
        ):
            status, _ = await alike(readers, method, path)
            assert status in {403, 404}, path


async def test_a_policy_owner_of_another_desk_is_told_nothing_but_that_a_key_is_taken(
    api: Api, hidden: list[Sheet]
) -> None:
    owners = [
        api.client({"Authorization": f"Bearer {api.token('pia', tenant=tenant, roles=['policy_owner'])}"})
        for tenant in (QUIET, NOISY)
    ]
    for client in owners:
        assert (await client.get("/v1/me")).status_code == 200
    unreadable = [s for s in hidden if s.is_new_document and s.audience in [("hr2",), ("compliance", "supervisor")]]
    for sheet in unreadable[:40]:
        for path in (f"/v1/editions/{sheet.edition}", f"/v1/documents/{sheet.key}/audience"):
            assert (await alike(owners, "GET", path))[0] == 404
        for path in ("publish", "withdraw"):
            assert (await alike(owners, "POST", f"/v1/editions/{sheet.edition}/{path}"))[0] in {404, 403}
    assert (await alike(owners, "POST", "/v1/search", json={"query": "card", "k": 50, "explain": True}))[0] == 200
