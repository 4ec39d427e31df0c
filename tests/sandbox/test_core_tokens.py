"""Service tokens of the core bank: one algorithm, one secret, every claim, and each token for one write."""

import base64
import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.sandbox.core_bank import NOTES, SECRET, CoreBank, bearer, claims, running

NOW = 1_800_000_000


@pytest.fixture(scope="module")
def bank(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CoreBank]:
    with running(tmp_path_factory.mktemp("core")) as bank:
        yield bank


def unsigned(content: dict[str, Any], algorithm: str) -> dict[str, str]:
    def part(value: Any) -> str:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()

    return {"Authorization": f"Bearer {part({'alg': algorithm, 'typ': 'JWT'})}.{part(content)}.{part('x')}"}


def good(**changes: Any) -> dict[str, Any]:
    return claims(NOW, **changes)


BAD: dict[str, dict[str, str]] = {
    "none": {},
    "no scheme": {"Authorization": "anna"},
    "basic": {"Authorization": "Basic YW5uYTpwdw=="},
    "no token": {"Authorization": "Bearer"},
    "two parts": {"Authorization": "Bearer a.b"},
    "huge": {"Authorization": "Bearer " + "a" * 5000 + ".b.c"},
    "unsigned": unsigned(good(), "none"),
    "unsigned, its algorithm claimed": unsigned(good(), "HS256"),
    "another secret": bearer(good(), SECRET + "x"),
    "an empty secret": bearer(good(), ""),
    "another algorithm": bearer(good(), algorithm="HS512"),
    "a critical header": bearer(good(), crit=["exp"]),
    "a key of its own": bearer(good(), jwk={"kty": "oct", "k": "AAAA"}),
    "another type": bearer(good(), typ="at+jwt"),
    "another issuer": bearer(good(iss="http://127.0.0.1:8090")),
    "another audience": bearer(good(aud="countersign-api")),
    "many audiences": bearer(good(aud=["core-banking", "countersign-api"])),
    "expired": bearer(good(iat=NOW - 60, exp=NOW - 6)),
    "from the future": bearer(good(iat=NOW + 60, exp=NOW + 90)),
    "too long a life": bearer(good(exp=NOW + 121)),
    "no life": bearer(good(exp=NOW)),
    "no exp": bearer(good(exp=None)),
    "no iat": bearer(good(iat=None)),
    "no jti": bearer(good(jti=None)),
    "no iss": bearer(good(iss=None)),
    "no aud": bearer(good(aud=None)),
    "no tenant": bearer(good(tenant=None)),
    "no person": bearer(good(act=None)),
    "a person without a name": bearer(good(act={"name": "anna"})),
    "a person in another claim": bearer(good(act=None, sub="anna")),
    "an empty person": bearer(good(act={"sub": ""})),
    "a person with a line break": bearer(good(act={"sub": "anna\nsam"})),
    "a list for a person": bearer(good(act={"sub": ["anna"]})),
    "signers that are no list": bearer(good(approved_by="sam")),
    "signers that are no names": bearer(good(approved_by=[1])),
    "too many signers": bearer(good(approved_by=["sam"] * 11)),
    "a time that is text": bearer(good(exp=str(NOW + 30))),
    "a time that is true": bearer(good(iat=True)),
}


@pytest.mark.parametrize("name", BAD)
def test_a_token_that_proves_nothing_is_refused(name: str, bank: CoreBank) -> None:
    bank.clock.at = NOW
    before = bank.effects()
    headers = BAD[name] | {"Idempotency-Key": "effect-of-one-approval"}
    replies = [
        bank.client.get("/v1/cases/C-1042", headers=BAD[name]),
        bank.client.post(NOTES, json={"text": "x"}, headers=headers),
        bank.client.get("/v1/operations/effect-of-one-approval", headers=BAD[name]),
    ]
    assert [(reply.status_code, reply.json()["code"]) for reply in replies] == [(401, "unauthenticated")] * 3
    assert {reply.json()["detail"] for reply in replies} == {"The service token is missing, wrong or expired."}
    assert bank.effects() == before


def test_a_bank_that_is_not_kept_here(bank: CoreBank) -> None:
    reply = bank.get("/v1/cases/C-1042", tenant="third")
    assert (reply.status_code, reply.json()["code"]) == (403, "unknown_tenant")


def test_a_token_serves_one_write_and_its_repetition(bank: CoreBank) -> None:
    stolen = bearer(claims(bank.clock()))

    def write(path: str, body: dict[str, Any], key: str) -> int:
        return bank.client.post(path, json=body, headers=stolen | {"Idempotency-Key": key}).status_code

    assert write(NOTES, {"text": "x"}, "stolen-key-1") == 201
    assert write(NOTES, {"text": "x"}, "stolen-key-1") == 201
    assert write(NOTES, {"text": "x"}, "stolen-key-2") == 401
    assert write("/v1/tasks", {"title": "x"}, "stolen-key-3") == 401
    assert [len(bank.effects(f"stolen-key-{number}")) for number in (1, 2, 3)] == [1, 0, 0]


def test_no_answer_tells_the_secret(bank: CoreBank) -> None:
    for headers in BAD.values():
        assert SECRET not in bank.client.get("/v1/cases/C-1042", headers=headers).text
