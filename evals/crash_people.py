"""The people of the crash test at their browsers: whatever fails is sent again under the same key, a stream that broke
is taken up again from its last event."""

import asyncio
import json
import time
from collections import Counter
from collections.abc import AsyncGenerator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Final

import httpx

AGAIN_S: Final = 0.1
ANSWER_WITHIN_S: Final = 15.0
STREAM_SILENT_S: Final = 20.0
"""The service sends a comment every 15 s."""

TRY_AGAIN: Final = frozenset({429, 500, 502, 503, 504})


@dataclass(frozen=True, slots=True)
class Seen:
    """One event of a run as its stream sent it."""

    seq: int
    kind: str
    data: Mapping[str, Any]


@dataclass(slots=True)
class Trouble:
    """What clients met and had to try again for. A reply 500 says that the service met a defect."""

    broken: int = 0
    """Connections refused or broken."""
    statuses: Counter[int] = field(default_factory=Counter[int])


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who is signed in."""

    name: str
    token: str
    http: httpx.AsyncClient
    trouble: Trouble

    async def get(self, path: str) -> dict[str, Any]:
        """The JSON object there. Raises `Refused` where the answer is no and stays no."""
        return await self._send("GET", path, None, None)

    async def post(self, path: str, body: Mapping[str, Any], key: str) -> dict[str, Any]:
        """The JSON object that answers, however often it takes under this key. Raises `Refused`."""
        return await self._send("POST", path, body, key)

    async def events(self, run_id: str, after: int = 0) -> AsyncGenerator[Seen]:
        """Every event of a run until it has finished, across as many connections as it takes."""
        while True:
            try:
                async with self.http.stream(
                    "GET",
                    f"/v1/runs/{run_id}/events",
                    headers=self._headers() | {"Last-Event-ID": str(after)},
                    timeout=httpx.Timeout(ANSWER_WITHIN_S, read=STREAM_SILENT_S),
                ) as reply:
                    if reply.status_code == 204:
                        return
                    if reply.status_code == 200:
                        async for seen in _events(reply):
                            after = seen.seq
                            yield seen
                            if seen.kind == "run.finished":
                                return
                    else:
                        self.trouble.statuses[reply.status_code] += 1
            except httpx.TransportError:
                self.trouble.broken += 1
            await asyncio.sleep(AGAIN_S)

    async def _send(self, method: str, path: str, body: Mapping[str, Any] | None, key: str | None) -> dict[str, Any]:
        headers = self._headers() | ({} if key is None else {"Idempotency-Key": key})
        while True:
            try:
                reply = await self.http.request(method, path, json=body, headers=headers, timeout=ANSWER_WITHIN_S)
            except httpx.TransportError:
                self.trouble.broken += 1
            else:
                if reply.status_code < 400:
                    return reply.json()
                self.trouble.statuses[reply.status_code] += 1
                if reply.status_code not in TRY_AGAIN:
                    raise Refused(reply.status_code, reply.json())
            await asyncio.sleep(AGAIN_S)

    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}


class Refused(Exception):
    """A problem document that trying again does not change."""

    def __init__(self, status: int, problem: Mapping[str, Any]) -> None:
        super().__init__(f"{status} {problem.get('code', '')}: {problem.get('detail', '')}")
        self.status = status
        self.code = str(problem.get("code", ""))


async def _events(reply: httpx.Response) -> AsyncGenerator[Seen]:
    fields: dict[str, str] = {}
    async for line in reply.aiter_lines():
        if line:
            name, _, value = line.partition(":")
            fields[name] = value.removeprefix(" ")
        elif "data" in fields:
            yield Seen(int(fields["id"]), fields["event"], json.loads(fields["data"]))
            fields = {}


async def until_ready(base_url: str, http: httpx.AsyncClient, within_s: float) -> bool:
    """Whether the service says that it can serve, within so long."""
    deadline = time.monotonic() + within_s
    while time.monotonic() < deadline:
        with suppress(httpx.TransportError):
            if (await http.get(f"{base_url}/readyz", timeout=5)).status_code == 200:
                return True
        await asyncio.sleep(AGAIN_S)
    return False
