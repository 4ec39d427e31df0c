"""A browser signs in, works under its session, and signs out; anything out of order is turned away."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.limits import SIGN_IN
from api.sign_in import local_path
from core.database import Database, connection
from core.principal import Principal
from guardrails.limits import INPUT_LIMITS
from tests.api.conftest import PERSONAS, Api

SESSION = "countersign_session"
ATTEMPT = "countersign_sign_in"


@dataclass(slots=True)
class Browser:
    api: Api
    client: httpx.AsyncClient

    async def begin(self, path: str = "/auth/login") -> dict[str, str]:
        """Start a sign-in; returns what the provider was asked."""
        reply = await self.client.get(path)
        assert reply.status_code == 303
        location = urlsplit(reply.headers["location"])
        assert f"{location.scheme}://{location.netloc}{location.path}" == f"{self.api.provider.issuer}/authorize"
        return {name: values[0] for name, values in parse_qs(location.query).items()}

    def grant(self, asked: Mapping[str, str], who: str = "anna", **changes: Any) -> str:
        """The provider's code for this person."""
        at = datetime.now(UTC)
        person = {"sub": who, **PERSONAS[who]}
        access: dict[str, Any] = changes.pop("access", {})
        identity: dict[str, Any] = {"aud": "countersign-web", "nonce": asked["nonce"], **person} | changes
        self.api.provider.codes["code-1"] = {
            "challenge": asked["code_challenge"],
            "tokens": {
                "token_type": "Bearer",
                "expires_in": 3600,
                "access_token": self.api.provider.token(at, **(person | access)),
                "id_token": self.api.provider.token(at, **identity),
            },
        }
        return "code-1"

    async def answer(self, **query: str) -> httpx.Response:
        return await self.client.get("/auth/callback", params=query)

    async def sign_in(self, who: str = "anna", path: str = "/auth/login") -> httpx.Response:
        asked = await self.begin(path)
        return await self.answer(code=self.grant(asked, who), state=asked["state"], iss=self.api.provider.issuer)

    async def csrf_token(self) -> str:
        page = (await self.client.get("/")).text
        return page.split('<meta name="csrf-token" content="')[1].split('"')[0]


@pytest.fixture
def browser(api: Api) -> Browser:
    return Browser(api, api.client({"Accept": "text/html"}))


async def test_anna_signs_in_works_and_signs_out(browser: Browser, api: Api, database: Database) -> None:
    first = await browser.client.get("/library?find=fees")
    assert (first.status_code, first.headers["location"]) == (303, "/sign-in?next=/library%3Ffind%3Dfees")
    welcome = await browser.client.get(first.headers["location"])
    assert '<a class="btn primary" href="/auth/login?next=/library%3Ffind%3Dfees">' in welcome.text

    asked = await browser.begin("/auth/login?next=/library%3Ffind%3Dfees")
    assert {name: asked[name] for name in sorted(asked) if name not in {"state", "nonce", "code_challenge"}} == {
        "client_id": "countersign-web",
        "code_challenge_method": "S256",
        "redirect_uri": f"{api.url}/auth/callback",
        "response_type": "code",
        "scope": "openid profile",
    }
    signed_in = await browser.answer(code=browser.grant(asked), state=asked["state"], iss=api.provider.issuer)
    assert (signed_in.status_code, signed_in.headers["location"]) == (303, "/library?find=fees")
    set_cookies = signed_in.headers.get_list("set-cookie")
    assert [cookie.split("=")[0] for cookie in set_cookies] == [SESSION, ATTEMPT]
    assert set_cookies[0].split("; ")[1:2] + set_cookies[0].split("; ")[3:] == [
        "Path=/",
        "HttpOnly",
        "SameSite=Lax",
    ]

    me = (await browser.client.get("/v1/me")).json()
    assert me.pop("expires_at").endswith("Z")
    assert me == {
        "person": "anna",
        "name": "Anna Keller",
        "tenant": "harbour",
        "branch": "001",
        "roles": ["staff"],
        "permissions": [
            "card:block",
            "case:read",
            "case:write",
            "chat:ask",
            "customer:read",
            "document:read",
            "limit:write",
            "search:query",
            "task:write",
        ],
    }
    page = await browser.client.get("/")
    assert "Anna Keller" in page.text
    assert "Harbour Bank · Branch 001" in page.text

    left = await browser.client.post(
        "/auth/logout", data={"csrf_token": await browser.csrf_token()}, headers={"Origin": api.url}
    )
    target = urlsplit(left.headers["location"])
    query = parse_qs(target.query)
    assert (left.status_code, f"{target.scheme}://{target.netloc}{target.path}") == (
        303,
        f"{api.provider.issuer}/logout",
    )
    assert query["post_logout_redirect_uri"] == [f"{api.url}/signed-out"]
    assert query["id_token_hint"]
    assert (await browser.client.get("/v1/me")).status_code == 401
    assert (await browser.client.get("/signed-out")).status_code == 200

    async with database.transaction(Principal("harbour", "anna", roles=frozenset({"staff"}))) as tx:
        cursor = await connection(tx).execute(
            "SELECT kind, actor FROM app.audit_records WHERE stream = 'sign-ins' ORDER BY seq"
        )
        assert [tuple(row.values()) for row in await cursor.fetchall()] == [
            ("session.signed_in", "anna"),
            ("session.signed_out", "anna"),
        ]
        cursor = await connection(tx).execute("SELECT person_id, name, branch, roles FROM app.people")
        assert [tuple(row.values()) for row in await cursor.fetchall()] == [("anna", "Anna Keller", "001", ["staff"])]


async def test_the_first_page_offers_questions_and_says_how_long_one_may_be(browser: Browser, api: Api) -> None:
    await browser.sign_in()
    page = (await browser.client.get("/")).text
    assert all(
        f'<button type="button" data-example>{text}</button>' in page
        for text in api.settings.example_questions["harbour"]
    )
    assert f'data-limit="{INPUT_LIMITS.characters}"' in page


async def test_the_pages_of_requests_open_for_who_is_signed_in(browser: Browser) -> None:
    one = f"/approvals/{uuid4()}"
    for path in ("/approvals", one, "/requests"):
        reply = await browser.client.get(path)
        assert (reply.status_code, reply.headers["location"]) == (303, f"/sign-in?next={path}")
    await browser.sign_in("sam")
    for path in ("/approvals", one, "/requests"):
        reply = await browser.client.get(path)
        assert (reply.status_code, "Sam Okafor" in reply.text) == (200, True), path
    assert (await browser.client.get("/approvals/x")).status_code == 422


async def test_no_decision_comes_from_another_site(browser: Browser, api: Api) -> None:
    await browser.sign_in("sam")
    token, path = await browser.csrf_token(), f"/v1/approvals/{uuid4()}/decision"
    body = {"decision": "approve", "digest": "0" * 64}
    wrong: list[dict[str, str]] = [
        {},
        {"Origin": "https://elsewhere.example", "X-CSRF-Token": token},
        {"Origin": api.url, "X-CSRF-Token": "stale"},
    ]
    for headers in wrong:
        assert (await browser.client.post(path, json=body, headers=headers)).status_code == 403
    ours = await browser.client.post(path, json=body, headers={"Origin": api.url, "X-CSRF-Token": token})
    assert ours.status_code == 404


async def test_a_wrong_address_still_shows_who_is_signed_in(browser: Browser) -> None:
    stranger = (await browser.client.get("/nowhere")).text
    await browser.sign_in()
    known = (await browser.client.get("/nowhere")).text
    for page, shows in ((stranger, False), (known, True)):
        assert "This page isn’t here" in page
        assert [part in page for part in ("Anna Keller", "Back to Ask", 'action="/auth/logout"')] == [shows] * 3


async def test_a_cookie_of_an_ended_session_is_worth_nothing(browser: Browser, api: Api) -> None:
    await browser.sign_in()
    stolen = browser.client.cookies[SESSION]
    token = await browser.csrf_token()
    await browser.client.post("/auth/logout", headers={"Origin": api.url, "X-CSRF-Token": token})
    thief = api.client()
    thief.cookies.set(SESSION, stolen)
    assert (await thief.get("/v1/me")).status_code == 401


async def test_a_forged_cookie_is_nobodys(api: Api, browser: Browser) -> None:
    await browser.sign_in()
    good = browser.client.cookies[SESSION]
    for forged in ["x", "", "ä", good[:-4] + "AAAA", "A" * 3000, good[::-1]]:
        reply = await api.client().get("/v1/me", headers={b"Cookie": f"{SESSION}={forged}".encode()})
        assert reply.status_code == 401
        assert reply.json()["code"] == "unauthenticated"


async def test_the_session_holds_no_token_in_clear(browser: Browser, database: Database) -> None:
    await browser.sign_in("carla")
    async with database.transaction(Principal("harbour", "carla")) as tx:
        cursor = await connection(tx).execute("SELECT sealed, id_hash FROM app.sessions")
        rows = await cursor.fetchall()
    assert rows
    assert all(b"eyJ" not in bytes(row["sealed"]) for row in rows)


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 403),
        ({"Origin": "http://evil.test", "X-CSRF-Token": "right"}, 403),
        ({"Origin": "null", "X-CSRF-Token": "right"}, 403),
        ({"X-CSRF-Token": "right"}, 403),
        ({"Origin": "own"}, 403),
        ({"Origin": "own", "X-CSRF-Token": "wrong"}, 403),
        ({"Origin": "own", "X-CSRF-Token": "right"}, 303),
    ],
    ids=str,
)
async def test_an_unsafe_request_needs_our_origin_and_the_sessions_token(
    browser: Browser, api: Api, headers: dict[str, str], status: int
) -> None:
    await browser.sign_in()
    real = {"own": api.url, "right": await browser.csrf_token()}
    sent = {name: real.get(value, value) for name, value in headers.items()}
    reply = await browser.client.post("/auth/logout", headers={"Accept": "*/*", **sent})
    assert reply.status_code == status


async def test_another_sessions_csrf_token_is_refused(browser: Browser, api: Api) -> None:
    other = Browser(api, api.client())
    await other.sign_in("pia")
    await browser.sign_in()
    headers = {"Origin": api.url, "X-CSRF-Token": await other.csrf_token(), "Accept": "*/*"}
    assert (await browser.client.post("/auth/logout", headers=headers)).status_code == 403


async def test_an_answer_that_this_browser_did_not_ask_for_is_refused(browser: Browser, api: Api) -> None:
    asked = await browser.begin()
    stranger = Browser(api, api.client())
    reply = await stranger.answer(code=browser.grant(asked), state=asked["state"])
    assert (reply.status_code, SESSION in stranger.client.cookies) == (400, False)
    assert api.provider.codes.pop("code-1")
    reply = await browser.answer(code=browser.grant(asked), state="another")
    assert (reply.status_code, SESSION in browser.client.cookies) == (400, False)


WRONG: list[tuple[dict[str, Any], int]] = [
    ({"nonce": "another"}, 401),
    ({"aud": "countersign-api"}, 401),
    ({"exp": 1}, 401),
    ({"sub": "carla"}, 400),
    ({"access": {"aud": "countersign-web"}}, 401),
    ({"access": {"tenant": "elsewhere"}}, 401),
    ({"access": {"sub": "carla"}}, 400),
]


@pytest.mark.parametrize(("changes", "status"), WRONG, ids=str)
async def test_tokens_that_do_not_fit_the_sign_in_start_no_session(
    browser: Browser, changes: dict[str, Any], status: int
) -> None:
    asked = await browser.begin()
    reply = await browser.answer(code=browser.grant(asked, **changes), state=asked["state"])
    assert (reply.status_code, SESSION in browser.client.cookies) == (status, False)
    assert reply.headers["content-type"].startswith("text/html")
    assert 'href="/auth/login"' in reply.text


async def test_declined_or_mixed_up_answers_start_no_session(browser: Browser) -> None:
    for wrong in [{"error": "access_denied"}, {"code": "c", "iss": "http://127.0.0.1:9"}, {"code": "unknown"}]:
        asked = await browser.begin()
        reply = await browser.answer(state=asked["state"], **wrong)
        assert (reply.status_code, SESSION in browser.client.cookies) == (400, False)


async def test_a_code_works_once(browser: Browser) -> None:
    asked = await browser.begin()
    query = {"code": browser.grant(asked), "state": asked["state"]}
    assert (await browser.answer(**query)).status_code == 303
    browser.client.cookies.clear()
    assert (await browser.answer(**query)).status_code == 400


async def test_signing_in_from_another_host_name_moves_to_ours_first(browser: Browser, api: Api) -> None:
    reply = await browser.client.get("/auth/login?next=/library", headers={"Host": "localhost:1"})
    assert (reply.status_code, reply.headers["location"]) == (303, f"{api.url}/auth/login?next=/library")


@pytest.mark.parametrize(
    "path", ["//evil.test", "/\\evil.test", "https://evil.test", "javascript:1", "/auth/logout", "/a\nb", "", "x"]
)
def test_only_local_paths_are_returned_to(path: str) -> None:
    assert local_path(path) == "/"


@given(st.text(max_size=40))
def test_a_return_path_never_leaves_this_service(path: str) -> None:
    there = urlsplit(local_path(path))
    assert (there.scheme, there.netloc) == ("", "")
    assert there.path.startswith("/")
    assert not there.path.startswith("//")


def test_a_local_path_is_kept() -> None:
    assert local_path("/library/1?page=2#p") == "/library/1?page=2#p"
    assert local_path("/" + "x" * SIGN_IN.return_to_chars) == "/"
