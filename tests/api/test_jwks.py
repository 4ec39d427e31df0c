"""Key sets: only fitting keys sign, a provider that is down is survived, and nobody can make us ask it often."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from jose import jws
from jose.backends.cryptography_backend import CryptographyECKey

from api.jwks import Algorithm, ProviderKeys
from api.limits import TOKENS
from api.tokens import Refusal
from core.clock import FixedClock
from core.errors import Unavailable
from tests.api.bench import KEY, NOW, OTHER_KEY, Bench, build, forged
from tests.api.provider import ISSUER, Key, Provider, encode, new_key, sign


async def test_a_shared_secret_in_the_key_set_signs_nothing(bench: Bench) -> None:
    secret = b"a shared secret of some bytes..."
    bench.provider.keys.append({"kty": "oct", "kid": "sym", "k": encode(secret)})
    header = {"alg": "HS256", "kid": "sym", "typ": "JWT"}
    assert await bench.refusal(forged(header, bench.provider.claims(NOW), secret)) is Refusal.ALGORITHM
    header = {"alg": "RS256", "kid": "sym", "typ": "JWT"}
    assert await bench.refusal(forged(header, bench.provider.claims(NOW), secret)) is Refusal.KEY


async def test_two_keys_under_one_id_count_for_neither(bench: Bench) -> None:
    bench.provider.keys = [KEY.public, OTHER_KEY.public, Key("k1", OTHER_KEY.private).public]
    assert await bench.refusal(bench.token()) is Refusal.KEY
    assert await bench.verifier.verify(sign(bench.provider.claims(NOW), OTHER_KEY))


@pytest.mark.parametrize(
    "spoiled",
    [
        {"kty": "EC"},
        {"use": "enc"},
        {"alg": "RS512"},
        {"n": "!!"},
        {"n": 7},
        {"n": None},
        {"e": ""},
        {"d": "AQAB"},
    ],
    ids=str,
)
async def test_a_key_that_does_not_fit_signs_nothing(bench: Bench, spoiled: dict[str, Any]) -> None:
    bench.provider.keys = [KEY.public | spoiled, OTHER_KEY.public]
    assert await bench.refusal(bench.token()) is Refusal.KEY


async def test_a_short_key_signs_nothing(bench: Bench) -> None:
    short = new_key("short", bits=1024)
    bench.provider.keys = [short.public, KEY.public]
    assert await bench.refusal(sign(bench.provider.claims(NOW), short)) is Refusal.KEY


async def test_an_elliptic_curve_issuer_takes_its_own_algorithm_only(
    provider_http: tuple[Provider, httpx.AsyncClient],
) -> None:
    provider, http = provider_http
    private = dict(CryptographyECKey(ec.generate_private_key(ec.SECP256R1()), "ES256").to_dict())
    provider.keys = [{k: v for k, v in private.items() if k != "d"} | {"kid": "e1"}, KEY.public]
    bench = build(provider, http, algorithm=Algorithm.ES256)
    token = jws.sign(provider.claims(NOW), private, headers={"kid": "e1"}, algorithm="ES256")
    assert (await bench.verifier.verify(token)).principal.person == "anna"
    assert await bench.refusal(bench.token()) is Refusal.ALGORITHM


Spoil = Callable[[Provider], None]


def _down(provider: Provider) -> None:
    provider.down = True


def _body(body: bytes) -> Spoil:
    def spoil(provider: Provider) -> None:
        provider.body = body

    return spoil


FAULTS: dict[str, Spoil] = {
    "down": _down,
    "no json": _body(b"<html>"),
    "a list": _body(b"[]"),
    "no keys": _body(b'{"keys": []}'),
    "keys no list": _body(b'{"keys": {}}'),
    "too large": _body(b'{"keys": [], "x": "' + b"x" * TOKENS.document_bytes + b'"}'),
}


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS.keys())
async def test_without_any_key_set_the_service_says_that_it_cannot_tell(bench: Bench, fault: Spoil) -> None:
    fault(bench.provider)
    with pytest.raises(Unavailable) as caught:
        await bench.verifier.verify(bench.token())
    assert caught.value.headers["Retry-After"]


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS.keys())
async def test_the_last_good_keys_are_kept_for_a_day(bench: Bench, fault: Spoil) -> None:
    await bench.verifier.verify(bench.token())
    fault(bench.provider)
    bench.clock.at = NOW + timedelta(seconds=TOKENS.keys_usable_s)
    late = sign(bench.provider.claims(bench.clock.at), KEY)
    assert (await bench.verifier.verify(late)).principal.person == "anna"
    assert await bench.refusal(sign(bench.provider.claims(bench.clock.at), OTHER_KEY)) is Refusal.KEY
    bench.clock.at += timedelta(seconds=TOKENS.refresh_pause_s + 1)
    with pytest.raises(Unavailable):
        await bench.verifier.verify(late)


async def test_a_new_key_is_found_and_unknown_ids_ask_the_provider_seldom(bench: Bench) -> None:
    await bench.verifier.verify(bench.token())
    bench.provider.keys = [KEY.public, OTHER_KEY.public]
    token = sign(bench.provider.claims(NOW), OTHER_KEY)
    for _ in range(20):
        assert await bench.refusal(token) is Refusal.KEY
    assert bench.provider.requests == ["/.well-known/openid-configuration", "/jwks"]
    bench.clock.at = NOW + timedelta(seconds=TOKENS.refresh_pause_s + 1)
    assert (await bench.verifier.verify(token)).principal.person == "anna"
    assert len(bench.provider.requests) == 4


async def test_a_withdrawn_key_stops_counting_without_delaying_anyone(bench: Bench) -> None:
    token = bench.token()
    await bench.verifier.verify(token)
    bench.provider.keys = [OTHER_KEY.public]
    bench.clock.at = NOW + timedelta(seconds=TOKENS.keys_fresh_s + 1)
    assert await bench.verifier.verify(token)
    beside = bench.keys._background
    assert beside is not None
    await beside
    assert await bench.refusal(token) is Refusal.KEY


@pytest.mark.parametrize("wrong", ["http://127.0.0.1:2", None])
async def test_discovery_of_another_issuer_is_refused(
    provider_http: tuple[Provider, httpx.AsyncClient], wrong: str | None
) -> None:
    provider, http = provider_http
    bench = build(provider, http)
    provider.issuer = wrong or ""
    with pytest.raises(Unavailable):
        await bench.keys.provider()


async def test_plain_http_is_refused_outside_development(
    provider_http: tuple[Provider, httpx.AsyncClient],
) -> None:
    provider, http = provider_http
    keys = ProviderKeys(ISSUER, Algorithm.RS256, http, FixedClock(NOW), plain_http=False)
    with pytest.raises(Unavailable):
        await keys.provider()
    assert provider.requests == []
