import base64
import hashlib
import json
import stat
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import httpx

from sandbox.identity.app import create_identity_app
from sandbox.identity.keys import load_or_create_key
from sandbox.server import serving
from sandbox.settings import SandboxSettings
from tests.sandbox.test_identity import ASK, answer_of, exchange, get_code


def test_starters_at_the_same_moment_agree_on_one_key(tmp_path: Path) -> None:
    with ThreadPoolExecutor(4) as starters:
        keys = list(starters.map(load_or_create_key, [tmp_path / "sandbox"] * 4))
    assert len({key.kid for key in keys}) == 1
    assert [path.name for path in (tmp_path / "sandbox").iterdir()] == ["signing-key.pem"]


def test_the_key_is_private_and_named_by_its_thumbprint(sandbox_data: Path) -> None:
    key = load_or_create_key(sandbox_data)
    assert stat.S_IMODE((sandbox_data / "signing-key.pem").stat().st_mode) == 0o600
    [public] = key.public_jwks()["keys"]
    members = json.dumps({name: public[name] for name in ("e", "kty", "n")}, separators=(",", ":"))
    thumbprint = base64.urlsafe_b64encode(hashlib.sha256(members.encode()).digest()).rstrip(b"=").decode()
    assert (key.kid, public["kid"]) == (thumbprint, thumbprint)  # RFC 7638
    assert len(base64.urlsafe_b64decode(f"{public['n']}==")) == 2048 // 8


async def test_a_restarted_provider_publishes_the_same_key(sandbox_data: Path) -> None:
    settings = SandboxSettings(environment="development", data_dir=sandbox_data)
    published: list[object] = []
    for _ in range(2):
        with serving(lambda address: create_identity_app(replace(settings, issuer=address))) as address:
            async with httpx.AsyncClient(base_url=address, trust_env=False) as client:
                published.append((await client.get("/jwks.json")).json())
    assert published[0] == published[1]


async def test_a_configured_client_secret_is_required(sandbox_data: Path) -> None:
    settings = SandboxSettings(environment="development", data_dir=sandbox_data, client_secret="s3 cret")
    with serving(lambda address: create_identity_app(replace(settings, issuer=address))) as address:
        async with httpx.AsyncClient(base_url=address, trust_env=False) as client:
            for wrong in ({}, {"client_secret": "other"}):
                reply = await exchange(client, await get_code(client), **wrong)
                assert (reply.status_code, reply.json()["error"]) == (401, "invalid_client")
            assert "code" in answer_of(await client.post("/authorize", data={**ASK, "persona": "sam"}))
            right = await exchange(client, await get_code(client), client_secret="s3 cret")
            assert right.status_code == 200
