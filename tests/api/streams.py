"""Reads event streams as a client does."""

import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx


@dataclass(frozen=True, slots=True)
class Event:
    id: int
    kind: str
    data: dict[str, Any]


async def read(response: httpx.Response) -> AsyncGenerator[Event]:
    """The events of a response as they arrive; comments are left out."""
    fields: dict[str, str] = {}
    async for line in response.aiter_lines():
        if not line:
            if "data" in fields:
                yield Event(int(fields["id"]), fields["event"], json.loads(fields["data"]))
            fields = {}
        elif not line.startswith(":"):
            name, _, value = line.partition(": ")
            fields[name] = value


@asynccontextmanager
async def streaming(
    client: httpx.AsyncClient, method: str, path: str, **request: Any
) -> AsyncGenerator[tuple[httpx.Response, AsyncGenerator[Event]]]:
    """An open stream and its events."""
    async with client.stream(method, path, **request) as response:
        events = read(response)
        try:
            yield response, events
        finally:
            await events.aclose()


async def ask(client: httpx.AsyncClient, message: str, **more: Any) -> list[Event]:
    """Ask and read to the end."""
    headers = more.pop("headers", {})
    body = {"message": message, **more}
    async with streaming(client, "POST", "/v1/chat/stream", json=body, headers=headers) as (response, events):
        assert response.status_code == 200, await response.aread()
        return [event async for event in events]


async def events_of(client: httpx.AsyncClient, run_id: str, after: int | None = None) -> list[Event]:
    """The events of a run to its end."""
    headers = {} if after is None else {"Last-Event-ID": str(after)}
    async with streaming(client, "GET", f"/v1/runs/{run_id}/events", headers=headers) as (response, events):
        assert response.status_code == 200, await response.aread()
        return [event async for event in events]
