import base64
import re
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from jose import jwt

from sandbox.identity.codes import s256
from sandbox.identity.personas import PERSONAS
from tests.sandbox.conftest import NOON, RunningProvider

VERIFIER = "v" * 64
CALLBACK = "http://127.0.0.1:8080/auth/callback"
ASK = {
    "client_id": "countersign-web",
    "redirect_uri": CALLBACK,
    "response_type": "code",
    "scope": "openid profile",
    "state": "state-1",
    "nonce": "nonce-1",
    "code_challenge": s256(VERIFIER),
    "code_challenge_method": "S256",
}


async def ask(browser: httpx.AsyncClient, method: str, values: dict[str, str]) -> httpx.Response:
    """The authorization request by GET as a link sends it, or by POST as the page's form does."""
    if method == "GET":
        return await browser.get("/authorize", params=values)
    return await browser.post("/authorize", data=values)


async def get_code(browser: httpx.AsyncClient, persona: str = "anna", **changes: str) -> str:
    reply = await browser.post("/authorize", data={**ASK, **changes, "persona": persona})
    assert reply.status_code == 303
    return answer_of(reply)["code"]


def answer_of(reply: httpx.Response) -> dict[str, str]:
    assert reply.headers["location"].startswith(CALLBACK + "?")
    return {name: value for name, [value] in parse_qs(urlsplit(reply.headers["location"]).query).items()}


async def exchange(browser: httpx.AsyncClient, issued: str, **changes: str) -> httpx.Response:
    form = {
        "grant_type": "authorization_code",
        "code": issued,
        "redirect_uri": CALLBACK,
        "client_id": "countersign-web",
        "code_verifier": VERIFIER,
    }
    return await browser.post("/token", data={**form, **changes})


async def claims_of(browser: httpx.AsyncClient, token: str, audience: str) -> dict[str, object]:
    """Claims after verification with the published key that the token names."""
    header = jwt.get_unverified_header(token)
    keys = (await browser.get("/jwks.json")).json()["keys"]
    [key] = [key for key in keys if key["kid"] == header["kid"]]
    return jwt.decode(token, key, algorithms=["RS256"], audience=audience, options={"verify_exp": False})


def hidden_fields(page: str) -> dict[str, str]:
    return dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', page))


async def test_discovery_names_the_endpoints(browser: httpx.AsyncClient, provider: RunningProvider) -> None:
    found = (await browser.get("/.well-known/openid-configuration")).json()
    issuer = provider.issuer
    assert {name: found[name] for name in found if name.endswith(("endpoint", "issuer", "uri"))} == {
        "issuer": issuer,
        "authorization_endpoint": f"{issuer}/authorize",
        "token_endpoint": f"{issuer}/token",
        "end_session_endpoint": f"{issuer}/logout",
        "jwks_uri": f"{issuer}/jwks.json",
    }
    assert found["code_challenge_methods_supported"] == ["S256"]
    assert found["id_token_signing_alg_values_supported"] == ["RS256"]


async def test_published_keys_hold_nothing_private(browser: httpx.AsyncClient) -> None:
    [key] = (await browser.get("/jwks.json")).json()["keys"]
    assert set(key) == {"kty", "kid", "use", "alg", "n", "e"}


async def test_sign_in_from_page_to_verified_tokens(browser: httpx.AsyncClient, provider: RunningProvider) -> None:
    page = await browser.get("/authorize", params=ASK)
    assert hidden_fields(page.text) == ASK
    reply = await browser.post("/authorize", data={**hidden_fields(page.text), "persona": "anna"})
    answer = answer_of(reply)
    assert answer == {"code": answer["code"], "state": "state-1", "iss": provider.issuer}

    tokens = await exchange(browser, answer["code"])
    assert tokens.headers["cache-control"] == "no-store"
    body = tokens.json()
    assert {name: body[name] for name in ("token_type", "expires_in", "scope")} == {
        "token_type": "Bearer",
        "expires_in": 3600,
        "scope": "openid",
    }
    person = {
        "iss": provider.issuer,
        "sub": "anna",
        "name": "Anna Keller",
        "tenant": "harbour",
        "branch": "001",
        "roles": ["staff"],
        "iat": int(NOON),
        "exp": int(NOON) + 3600,
    }
    access = await claims_of(browser, body["access_token"], "countersign-api")
    assert len(str(access.pop("jti"))) == 36
    assert access == {**person, "aud": "countersign-api", "client_id": "countersign-web", "scope": "openid"}
    identity = await claims_of(browser, body["id_token"], "countersign-web")
    assert len(str(identity.pop("jti"))) == 36
    assert identity == {**person, "aud": "countersign-web", "nonce": "nonce-1", "auth_time": int(NOON)}
    assert jwt.get_unverified_header(body["access_token"])["typ"] == "at+jwt"
    assert jwt.get_unverified_header(body["id_token"])["typ"] == "JWT"


async def test_roles_and_tenant_of_every_persona(browser: httpx.AsyncClient) -> None:
    seen: dict[str, tuple[object, ...]] = {}
    for name in PERSONAS:
        tokens = (await exchange(browser, await get_code(browser, name))).json()
        claims = await claims_of(browser, tokens["access_token"], "countersign-api")
        seen[name] = (claims["tenant"], claims["roles"], claims.get("branch"), claims.get("signing_limit"))
    assert seen == {
        "anna": ("harbour", ["staff"], "001", None),
        "omar": ("harbour", ["analyst", "fraud_desk"], None, None),
        "sam": ("harbour", ["supervisor"], "001", 20_000),
        "sofia": ("harbour", ["supervisor"], None, 50_000),
        "lea": ("harbour", ["supervisor"], "002", None),
        "carla": ("harbour", ["compliance"], None, None),
        "pia": ("harbour", ["policy_owner", "hr"], None, None),
        "paul": ("harbour", ["policy_owner", "fraud_desk"], None, None),
        "boris": ("vale", ["staff"], None, None),
        "sasha": ("vale", ["supervisor"], None, None),
    }


async def test_a_code_works_once(browser: httpx.AsyncClient) -> None:
    code = await get_code(browser)
    assert (await exchange(browser, code)).status_code == 200
    again = await exchange(browser, code)
    assert (again.status_code, again.json()["error"]) == (400, "invalid_grant")


async def test_a_code_expires_after_a_minute(browser: httpx.AsyncClient, provider: RunningProvider) -> None:
    young, old = await get_code(browser), await get_code(browser)
    try:
        provider.clock.at = NOON + 59.9
        assert (await exchange(browser, young)).status_code == 200
        provider.clock.at = NOON + 60
        late = await exchange(browser, old)
    finally:
        provider.clock.at = NOON
    assert (late.status_code, late.json()["error"]) == (400, "invalid_grant")


@pytest.mark.parametrize(
    ("changes", "status", "error"),
    [
        ({"code_verifier": "w" * 64}, 400, "invalid_grant"),
        ({"code_verifier": s256(VERIFIER)}, 400, "invalid_grant"),
        ({"code_verifier": "ü" * 43}, 400, "invalid_grant"),
        ({"code_verifier": ""}, 400, "invalid_request"),
        ({"redirect_uri": "http://localhost:8080/auth/callback"}, 400, "invalid_grant"),
        ({"code": "made-up"}, 400, "invalid_grant"),
        ({"client_id": "somebody-else"}, 401, "invalid_client"),
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
    ],
)
async def test_an_exchange_that_differs_is_refused(
    changes: dict[str, str], status: int, error: str, browser: httpx.AsyncClient
) -> None:
    reply = await exchange(browser, await get_code(browser), **changes)
    assert (reply.status_code, reply.json()["error"]) == (status, error)


async def test_a_wrong_verifier_spends_the_code(browser: httpx.AsyncClient) -> None:
    code = await get_code(browser)
    await exchange(browser, code, code_verifier="w" * 64)
    assert (await exchange(browser, code)).json()["error"] == "invalid_grant"


@pytest.mark.parametrize(
    "redirect_uri",
    [
        "http://evil.example/auth/callback",
        CALLBACK + "/",
        CALLBACK + "?next=x",
        "http://127.0.0.1:8080/auth/callbackx",
        "HTTP://127.0.0.1:8080/auth/callback",
        "",
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_no_redirect_to_an_unregistered_address(
    method: str, redirect_uri: str, browser: httpx.AsyncClient
) -> None:
    values = {**ASK, "redirect_uri": redirect_uri, "persona": "anna", "prompt": "none", "login_hint": "anna"}
    reply = await ask(browser, method, values)
    assert reply.status_code == 400
    assert "location" not in reply.headers
    assert "not registered" in reply.text


async def test_no_redirect_for_an_unknown_client(browser: httpx.AsyncClient) -> None:
    reply = await browser.get("/authorize", params={**ASK, "client_id": '"><script>x</script>'})
    assert (reply.status_code, "location" in reply.headers) == (400, False)
    assert "<script>" not in reply.text


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"scope": "profile"}, "invalid_scope"),
        ({"state": ""}, "invalid_request"),
        ({"nonce": ""}, "invalid_request"),
        ({"code_challenge": ""}, "invalid_request"),
        ({"code_challenge": "short"}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge_method": ""}, "invalid_request"),
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_a_weak_request_goes_back_with_an_error(
    method: str, changes: dict[str, str], error: str, browser: httpx.AsyncClient
) -> None:
    values = {**ASK, **changes, "persona": "anna"}
    answer = answer_of(await ask(browser, method, values))
    assert (answer["error"], "code" in answer) == (error, False)


async def test_nobody_or_an_unknown_person_gets_no_code(browser: httpx.AsyncClient) -> None:
    for persona in ({}, {"persona": "mallory"}):
        reply = await browser.post("/authorize", data={**ASK, **persona})
        assert (reply.status_code, "location" in reply.headers) == (400, False)


async def test_the_page_runs_no_script_and_lets_the_form_reach_the_client(browser: httpx.AsyncClient) -> None:
    page = await browser.get("/authorize", params={**ASK, "state": '"><script>alert(1)</script>'})
    assert page.headers["content-security-policy"] == (
        "default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'; "
        "form-action 'self' http://127.0.0.1:8080"
    )
    assert "<script" not in page.text
    assert " style=" not in page.text
    stylesheet = await browser.get("/sign-in.css")
    assert stylesheet.headers["content-type"].startswith("text/css")
    assert "url(" not in stylesheet.text


async def test_the_page_groups_people_by_bank(browser: httpx.AsyncClient) -> None:
    page = (await browser.get("/authorize", params=ASK)).text
    found = re.findall(r'<h2[^>]*>([^<]+)</h2>|name="persona" value="(\w+)"', page)
    assert [bank or person for bank, person in found] == [
        "Harbour Bank",
        *("anna", "omar", "sam", "sofia", "lea", "carla", "pia", "paul"),
        "Vale Bank",
        *("boris", "sasha"),
    ]


async def test_a_login_hint_comes_first_with_the_focus(browser: httpx.AsyncClient) -> None:
    page = (await browser.get("/authorize", params={**ASK, "login_hint": "sasha"})).text
    assert re.findall(r'value="(\w+)"( autofocus)?>\s+<span class="initials"', page)[0] == (
        "sasha",
        " autofocus",
    )
    assert page.count('value="sasha"') == 2  # her one card, and the hint sent along
    unknown = (await browser.get("/authorize", params={**ASK, "login_hint": "mallory"})).text
    assert ("autofocus" in unknown, "Continue as" in unknown) == (False, False)


async def test_prompt_none_signs_in_the_hinted_person_only(browser: httpx.AsyncClient) -> None:
    quiet = {**ASK, "prompt": "none"}
    answer = answer_of(await browser.get("/authorize", params={**quiet, "login_hint": "omar"}))
    tokens = (await exchange(browser, answer["code"])).json()
    assert (await claims_of(browser, tokens["access_token"], "countersign-api"))["sub"] == "omar"
    assert answer_of(await browser.get("/authorize", params=quiet))["error"] == "login_required"


async def test_sign_out_redirects_to_registered_addresses_only(browser: httpx.AsyncClient) -> None:
    home = {"post_logout_redirect_uri": "http://127.0.0.1:8080/", "state": "s 1"}
    assert (await browser.get("/logout", params=home)).headers["location"] == ("http://127.0.0.1:8080/?state=s+1")
    assert (await browser.post("/logout", data=home)).status_code == 303
    elsewhere = await browser.get("/logout", params={"post_logout_redirect_uri": "http://evil.example/"})
    assert (elsewhere.status_code, "location" in elsewhere.headers) == (400, False)
    plain = await browser.get("/logout")
    assert (plain.status_code, "You are signed out" in plain.text) == (200, True)


async def test_a_public_client_may_send_its_id_by_basic(browser: httpx.AsyncClient) -> None:
    code = await get_code(browser)
    credentials = base64.b64encode(b"countersign-web:").decode()
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": CALLBACK,
        "code_verifier": VERIFIER,
    }
    unreadable = await browser.post("/token", data=form, headers={"Authorization": "Basic !!!"})
    assert (unreadable.status_code, unreadable.json()["error"]) == (401, "invalid_client")
    reply = await browser.post("/token", data=form, headers={"Authorization": f"Basic {credentials}"})
    assert reply.status_code == 200
