"""Tokens that prove nothing are refused, each for its own reason and all alike to the caller."""

import base64
import json
from datetime import timedelta
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jose import jws
from jose.backends.cryptography_backend import CryptographyRSAKey

from api.limits import TOKENS
from api.tokens import ClaimNames, Identity, Refusal, TokenRefused
from core.principal import Principal
from tests.api.bench import KEY, NOW, OTHER_KEY, Bench, build, forged, issuer
from tests.api.provider import ISSUER, Key, Provider, encode, sign


async def test_a_good_token_names_its_person(bench: Bench) -> None:
    assert await bench.verifier.verify(bench.token()) == Identity(
        principal=Principal(
            tenant="harbour", person="anna", name="Anna Keller", branch="001", roles=frozenset({"staff"})
        ),
        issuer=ISSUER,
        issued_at=NOW,
        expires_at=NOW + timedelta(hours=1),
        signing_limit=None,
    )


async def test_the_claims_names_are_settings(provider_http: tuple[Provider, httpx.AsyncClient]) -> None:
    names = ClaimNames(
        person="oid", name="display", tenant="entity", branch="cost_centre", roles="groups", signing_limit="cap"
    )
    bench = build(*provider_http, claims=names)
    token = bench.token(oid="a-1", display="Anna", entity="harbour", cost_centre="9", groups=["hr"], cap=5)
    identity = await bench.verifier.verify(token)
    assert identity.signing_limit == 5
    assert identity.principal == Principal(
        tenant="harbour", person="a-1", name="Anna", branch="9", roles=frozenset({"hr"})
    )
    assert await bench.refusal(bench.token()) is Refusal.CLAIM


@pytest.mark.parametrize("leave_out", ["name", "branch", "roles"])
async def test_name_branch_and_roles_may_be_missing(bench: Bench, leave_out: str) -> None:
    principal = (await bench.verifier.verify(bench.token(**{leave_out: None}))).principal
    blank: dict[str, Any] = {"name": "anna", "branch": None, "roles": frozenset()}
    assert getattr(principal, leave_out) == blank[leave_out]


@pytest.mark.parametrize("limit", [0, 20_000, TOKENS.signing_limit])
async def test_a_signing_limit_comes_from_the_token(bench: Bench, limit: int) -> None:
    assert (await bench.verifier.verify(bench.token(signing_limit=limit))).signing_limit == limit


@pytest.mark.parametrize(
    "limit", [-1, True, False, 20_000.0, 0.5, 1e400, "20000", "", [20_000], {}, TOKENS.signing_limit + 1, 10**40]
)
async def test_a_signing_limit_that_cannot_be_read_refuses_the_token(bench: Bench, limit: Any) -> None:
    assert await bench.refusal(bench.token(signing_limit=limit)) is Refusal.SIGNING_LIMIT


async def test_null_is_not_the_absence_of_a_signing_limit(bench: Bench) -> None:
    token = sign(bench.provider.claims(NOW) | {"signing_limit": None}, KEY)
    assert await bench.refusal(token) is Refusal.SIGNING_LIMIT


async def test_a_token_tells_when_it_was_issued_to_the_fraction(bench: Bench) -> None:
    issued = NOW - timedelta(milliseconds=250)
    assert (await bench.verifier.verify(bench.token(iat=issued.timestamp()))).issued_at == issued


CLAIMS: list[tuple[dict[str, Any], Refusal]] = [
    ({"exp": int(NOW.timestamp()) - TOKENS.leeway_s}, Refusal.EXPIRED),
    ({"exp": None}, Refusal.CLAIM),
    ({"exp": "tomorrow"}, Refusal.CLAIM),
    ({"exp": True}, Refusal.CLAIM),
    ({"exp": 1e400}, Refusal.CLAIM),
    ({"iat": None}, Refusal.CLAIM),
    ({"iat": int(NOW.timestamp()) + TOKENS.leeway_s + 1}, Refusal.TIME),
    ({"nbf": int(NOW.timestamp()) + TOKENS.leeway_s + 1}, Refusal.TIME),
    ({"aud": None}, Refusal.AUDIENCE),
    ({"aud": "another-api"}, Refusal.AUDIENCE),
    ({"aud": ["another-api"]}, Refusal.AUDIENCE),
    ({"aud": ["countersign-api", 7]}, Refusal.AUDIENCE),
    ({"aud": {"countersign-api": 1}}, Refusal.AUDIENCE),
    ({"aud": "countersign-web"}, Refusal.AUDIENCE),
    ({"iss": None}, Refusal.ISSUER),
    ({"iss": "http://127.0.0.1:2"}, Refusal.ISSUER),
    ({"iss": [ISSUER]}, Refusal.ISSUER),
    ({"sub": None}, Refusal.CLAIM),
    ({"sub": ""}, Refusal.CLAIM),
    ({"sub": 7}, Refusal.CLAIM),
    ({"sub": "system"}, Refusal.CLAIM),
    ({"sub": "an\x00na"}, Refusal.CLAIM),
    ({"sub": "a" * 300}, Refusal.CLAIM),
    ({"tenant": None}, Refusal.CLAIM),
    ({"tenant": "vale"}, Refusal.TENANT),
    ({"tenant": ["harbour"]}, Refusal.CLAIM),
    ({"roles": "staff"}, Refusal.CLAIM),
    ({"roles": ["staff", 1]}, Refusal.CLAIM),
    ({"roles": ["*"]}, Refusal.CLAIM),
    ({"roles": [f"r{n}" for n in range(300)]}, Refusal.CLAIM),
    ({"branch": 1}, Refusal.CLAIM),
    ({"name": {"first": "Anna"}}, Refusal.CLAIM),
]


@pytest.mark.parametrize(("changes", "reason"), CLAIMS, ids=[repr(c)[:50] for c, _ in CLAIMS])
async def test_a_wrong_claim_is_refused(bench: Bench, changes: dict[str, Any], reason: Refusal) -> None:
    assert await bench.refusal(bench.token(**changes)) is reason


async def test_leeway_admits_a_clock_that_is_a_little_off(bench: Bench) -> None:
    at = int(NOW.timestamp())
    token = bench.token(exp=at - TOKENS.leeway_s + 1, iat=at + TOKENS.leeway_s, nbf=at + TOKENS.leeway_s)
    assert (await bench.verifier.verify(token)).principal.person == "anna"


@pytest.mark.parametrize("name", ["crit", "jku", "jwk", "x5u", "x5c"])
async def test_a_header_that_brings_its_own_key_or_demands_is_refused(bench: Bench, name: str) -> None:
    value: Any = ["exp"] if name in {"crit", "x5c"} else KEY.public if name == "jwk" else f"{ISSUER}/jwks"
    token = sign(bench.provider.claims(NOW), KEY, **{name: value})
    assert await bench.refusal(token) is Refusal.HEADER


async def test_another_kind_of_token_is_refused(bench: Bench) -> None:
    assert await bench.refusal(sign(bench.provider.claims(NOW), KEY, typ="logout+jwt")) is Refusal.HEADER
    assert (await bench.verifier.verify(sign(bench.provider.claims(NOW), KEY, typ="at+jwt"))).issuer == ISSUER


@pytest.mark.parametrize("algorithm", ["none", "None", "NONE", "", None])
async def test_an_unsigned_token_is_refused(bench: Bench, algorithm: str | None) -> None:
    header = {"alg": algorithm, "kid": "k1", "typ": "JWT"}
    claims = bench.provider.claims(NOW)
    assert await bench.refusal(forged(header, claims, None)) is Refusal.MALFORMED
    assert await bench.refusal(forged(header, claims, b"x")) is Refusal.ALGORITHM


def public_key_forms() -> list[bytes]:
    public = CryptographyRSAKey(KEY.public, "RS256").prepared_key
    return [
        public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo),
        public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo),
        public.public_bytes(Encoding.PEM, PublicFormat.PKCS1),
        json.dumps(KEY.public).encode(),
    ]


@pytest.mark.parametrize("secret", public_key_forms(), ids=["der", "pem", "pkcs1", "jwk"])
@pytest.mark.parametrize("algorithm", ["HS256", "HS384", "HS512"])
async def test_the_public_key_as_a_shared_secret_is_refused(bench: Bench, secret: bytes, algorithm: str) -> None:
    header = {"alg": algorithm, "kid": "k1", "typ": "JWT"}
    assert await bench.refusal(forged(header, bench.provider.claims(NOW), secret)) is Refusal.ALGORITHM


async def test_another_algorithm_of_the_same_family_is_refused(bench: Bench) -> None:
    token = jws.sign(bench.provider.claims(NOW), KEY.private, headers={"kid": "k1"}, algorithm="RS512")
    assert await bench.refusal(token) is Refusal.ALGORITHM


async def test_a_foreign_key_under_a_known_id_is_refused(bench: Bench) -> None:
    token = sign(bench.provider.claims(NOW), Key("k1", OTHER_KEY.private))
    assert await bench.refusal(token) is Refusal.SIGNATURE


async def test_altered_claims_are_refused(bench: Bench) -> None:
    head, _, signature = bench.token().split(".")
    altered = f"{head}.{encode(bench.provider.claims(NOW, roles=['compliance']))}.{signature}"
    assert await bench.refusal(altered) is Refusal.SIGNATURE


@pytest.mark.parametrize("key_id", ["", "unknown", "x" * 300, 7, None])
async def test_an_unknown_key_id_is_refused_although_the_signature_fits(bench: Bench, key_id: Any) -> None:
    token = sign(bench.provider.claims(NOW), KEY, kid=key_id)
    assert await bench.refusal(token) is Refusal.KEY


MALFORMED = [
    "",
    ".",
    "..",
    "a.b",
    "a.b.c",
    "a.b.c.d",
    "a.b.c.d.e",
    "ä.b.c",
    "e30.e30.e30",
    "bnVsbA.e30.e30",
    "x" * 20,
]


@pytest.mark.parametrize("token", MALFORMED)
async def test_a_malformed_token_is_refused(bench: Bench, token: str) -> None:
    assert await bench.refusal(token) in {Refusal.MALFORMED, Refusal.ISSUER}


async def test_an_oversized_token_is_refused_before_it_is_read(bench: Bench) -> None:
    assert await bench.refusal(bench.token(more="x" * TOKENS.token_chars)) is Refusal.TOO_LARGE


async def test_deeply_nested_claims_are_refused(bench: Bench) -> None:
    nested = base64.urlsafe_b64encode(b"[" * 3000).rstrip(b"=").decode()
    head, _, signature = bench.token().split(".")
    assert await bench.refusal(f"{head}.{nested}.{signature}") is Refusal.MALFORMED


@given(
    position=st.integers(min_value=0, max_value=2000),
    letter=st.sampled_from("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.= "),
)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_a_token_with_one_letter_changed_never_speaks_for_another(
    bench: Bench, position: int, letter: str
) -> None:
    token = bench.token()
    position %= len(token)
    changed = token[:position] + letter + token[position + 1 :]
    good = await bench.verifier.verify(token)
    try:
        identity = await bench.verifier.verify(changed)
    except TokenRefused:
        return
    assert identity == good  # the unused bits of the last letter of the signature


def id_claims(bench: Bench, **changes: Any) -> str:
    return bench.token(**({"aud": "countersign-web", "nonce": "n1"} | changes))


async def test_an_id_token_must_answer_this_sign_in(bench: Bench) -> None:
    assert (await bench.verifier.verify_id_token(id_claims(bench), issuer=issuer(), nonce="n1"))["sub"] == "anna"
    for changes, nonce, reason in [
        ({}, "n2", Refusal.NONCE),
        ({"nonce": None}, "", Refusal.NONCE),
        ({"aud": "countersign-api"}, "n1", Refusal.AUDIENCE),
        ({"azp": "someone-else"}, "n1", Refusal.AUDIENCE),
    ]:
        with pytest.raises(TokenRefused) as caught:
            await bench.verifier.verify_id_token(id_claims(bench, **changes), issuer=issuer(), nonce=nonce)
        assert caught.value.reason is reason
