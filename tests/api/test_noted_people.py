"""Every way in notes the person: roles and limit of the newest token, whichever token comes last."""

from datetime import UTC, datetime
from typing import Any

import pytest

from core.database import Database
from core.principal import Principal
from tests.api.conftest import Api
from tests.api.test_sign_in import Browser
from tools.people.directory import load_signer
from tools.people.models import Signer


async def noted(database: Database, person: str) -> Signer:
    async with database.transaction(Principal.system("harbour")) as tx:
        return await load_signer(tx, person)


async def call(api: Api, person: str, **claims: Any) -> int:
    token = api.token("anna", sub=person, name=person, branch=None, **claims)
    return (await api.client({"Authorization": f"Bearer {token}"}).get("/v1/me")).status_code


@pytest.mark.parametrize("claims", [{"signing_limit": 20_000}, {"signing_limit": 0}, {}])
async def test_a_bearer_token_is_noted_with_its_limit(api: Api, database: Database, claims: dict[str, Any]) -> None:
    who = f"tess-{len(claims)}-{claims.get('signing_limit')}"
    assert await call(api, who, roles=["supervisor"], **claims) == 200
    principal = Principal("harbour", who, who, roles=frozenset({"supervisor"}))
    assert await noted(database, who) == Signer(principal, claims.get("signing_limit"))


async def test_a_valid_token_from_before_the_demotion_raises_nobody(api: Api, database: Database) -> None:
    now = int(datetime.now(UTC).timestamp())
    before = {"roles": ["supervisor"], "signing_limit": 50_000, "iat": now - 1800}
    assert await call(api, "toni", **before) == 200
    assert await call(api, "toni", roles=["staff"], iat=now) == 200
    demoted = await noted(database, "toni")
    assert (demoted.principal.roles, demoted.signing_limit) == (frozenset({"staff"}), None)
    assert await call(api, "toni", **before) == 200
    assert await noted(database, "toni") == demoted


async def test_a_token_whose_limit_cannot_be_read_changes_nothing(api: Api, database: Database) -> None:
    assert await call(api, "tara", roles=["supervisor"], signing_limit=100) == 200
    known = await noted(database, "tara")
    for limit in ("1000000", 1e6, -1, True, [1]):
        assert await call(api, "tara", roles=["supervisor"], signing_limit=limit) == 401
    assert await noted(database, "tara") == known


async def test_a_browsers_session_is_noted_the_same_way(api: Api, database: Database) -> None:
    browser = Browser(api, api.client({"Accept": "text/html"}))
    asked = await browser.begin()
    code = browser.grant(asked, "carla", access={"signing_limit": 7_500})
    await browser.answer(code=code, state=asked["state"], iss=api.provider.issuer)
    assert (await browser.client.get("/v1/me")).status_code == 200
    assert (await noted(database, "carla")).signing_limit == 7_500
