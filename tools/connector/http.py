"""The connector over HTTP: bounded exchanges, straight with the configured address and nobody else."""

import asyncio
from collections.abc import Callable, Mapping
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any, Final, TypeVar

import httpx
import orjson

from core.clock import Clock
from tools.catalogue.models import Tool
from tools.connector.limits import LIMITS
from tools.connector.placing import Placed, checked_key, place
from tools.connector.ports import Acting, Outcome, ToolUnavailable
from tools.connector.replies import Hiccup, Reply, outcome_of, result_of
from tools.connector.service_token import ServiceTokens
from tools.models import Effect

DIRECT: Final = {"all://127.0.0.1": None, "all://localhost": None}
"""A system on this machine is reached directly, whatever proxy the environment names."""

OPERATIONS: Final = "/v1/operations/"
IDLE_S: Final = 2.0
"""Idle connections are closed before a server does so (uvicorn: after 5 s): a write must not meet a closing one."""

_Meaning = TypeVar("_Meaning")


class HttpConnector:
    """Implements `Connector`. `base_url` is the address before `/v1`; `secret` signs the service tokens.

    A given `http` client stays its owner's to close.
    """

    def __init__(self, base_url: str, secret: str, *, clock: Clock, http: httpx.AsyncClient | None = None) -> None:
        self._base_url = base_url.rstrip("/")
        self._tokens = ServiceTokens(secret)
        self._clock = clock
        self._is_owner = http is None
        self._http = http or _client()

    async def call(
        self, tool: Tool, args: Mapping[str, Any], acting: Acting, *, idempotency_key: str | None = None
    ) -> Any:
        """See `Connector.call`."""
        request, writes = place(tool, args), tool.effect is Effect.WRITE
        key = checked_key(idempotency_key) if writes else None
        tries = 1 if writes else 2
        return await self._answer(request, acting, key, result_of, seconds=tool.timeout_s, tries=tries)

    async def outcome(self, idempotency_key: str, acting: Acting) -> Outcome | None:
        """See `Connector.outcome`."""
        request = Placed("GET", OPERATIONS + checked_key(idempotency_key), None)
        return await self._answer(request, acting, None, outcome_of, seconds=LIMITS.outcome_timeout_s, tries=2)

    async def aclose(self) -> None:
        """See `Connector.aclose`."""
        if self._is_owner:
            await self._http.aclose()

    async def _answer(
        self,
        request: Placed,
        acting: Acting,
        key: str | None,
        meaning: Callable[[Reply], _Meaning],
        *,
        seconds: float,
        tries: int,
    ) -> _Meaning:
        """What the reply means, within `seconds` for all tries together."""
        try:
            async with asyncio.timeout(seconds):
                for _ in range(tries - 1):
                    try:
                        return meaning(await self._exchange(request, acting, key, seconds))
                    except Hiccup:
                        await asyncio.sleep(LIMITS.retry_after_s)
                return meaning(await self._exchange(request, acting, key, seconds))
        except (TimeoutError, httpx.TimeoutException) as error:
            raise ToolUnavailable("The bank's system did not answer in time.") from error

    async def _exchange(self, request: Placed, acting: Acting, key: str | None, seconds: float) -> Reply:
        """One request and its whole reply. Raises `Hiccup` where the connection failed."""
        headers = {
            "Authorization": f"Bearer {self._tokens.token(acting, self._clock.now())}",
            "Accept": "application/json, application/problem+json",
            "Accept-Encoding": "identity",  # an unpacked reply could be a thousand times as long
        }
        if key is not None:
            headers["Idempotency-Key"] = key
        if request.body is not None:
            headers["Content-Type"] = "application/json"
        content = None if request.body is None else orjson.dumps(request.body)
        url = self._base_url + request.target
        try:
            async with self._http.stream(
                request.method, url, content=content, headers=headers, timeout=seconds, follow_redirects=False
            ) as response:
                return Reply(response.status_code, response.headers, await _bounded(response))
        except httpx.TimeoutException:
            raise
        except httpx.TransportError as error:
            raise Hiccup("The bank's system can't be reached, or broke off.") from error


async def _bounded(response: httpx.Response) -> bytes:
    if response.headers.get("content-encoding", "identity") != "identity":
        raise ToolUnavailable("The bank's system answered in an encoding that was not asked for.")
    body = bytearray()
    async for chunk in response.aiter_bytes():
        body += chunk
        if len(body) > LIMITS.reply_bytes:
            raise ToolUnavailable("The bank's system answered with more than is read.")
    return bytes(body)


def _client() -> httpx.AsyncClient:
    """A client without memory: a cookie that came with one person's reply must not go out with another's request."""
    return httpx.AsyncClient(
        mounts=DIRECT,
        cookies=CookieJar(policy=DefaultCookiePolicy(allowed_domains=[])),
        limits=httpx.Limits(max_connections=100, max_keepalive_connections=20, keepalive_expiry=IDLE_S),
    )
