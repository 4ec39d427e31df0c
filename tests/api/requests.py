"""Asks for signatures and decides about them as clients do."""

from dataclasses import dataclass
from typing import Any

import httpx

from tests.api.acting import do
from tests.api.conftest import Api
from tests.api.streams import Event, events_of, streaming

NOTE = do("case_add_note", case_id="C-1042", text="Address proof is missing.")
TASK = do("task_create", title="Call Miriam Osei")


def note(text: str) -> str:
    """The question that asks for a note of this text."""
    return do("case_add_note", case_id="C-1042", text=text)


def limit(amount: int) -> str:
    """The question that asks for a transfer limit of this amount."""
    return do("limit_change", customer_id="31-7750", kind="daily_transfer", amount=amount)


def told(reply: httpx.Response) -> tuple[int, str]:
    """Status and code of a problem."""
    return reply.status_code, reply.json()["code"]


@dataclass(frozen=True, slots=True)
class Requested:
    """A request that waits: what its maker's stream showed."""

    id: str
    run: str
    thread: str
    digest: str
    shown: dict[str, Any]

    @property
    def path(self) -> str:
        return f"/v1/approvals/{self.id}"

    def sign(self, decision: str = "approve", **more: Any) -> dict[str, Any]:
        """The body of a decision."""
        return {"decision": decision, "digest": self.digest, **more}


async def request(client: httpx.AsyncClient, message: str = NOTE) -> Requested:
    """Ask for it, and read until it waits for a signature."""
    async with streaming(client, "POST", "/v1/chat/stream", json={"message": message}) as (response, events):
        assert response.status_code == 200, await response.aread()
        started = await anext(events)
        async for event in events:
            if event.kind == "approval.required":
                return Requested(
                    event.data["approval_id"],
                    started.data["run_id"],
                    started.data["thread_id"],
                    event.data["digest"],
                    event.data,
                )
    raise AssertionError("nothing was asked for")


async def decide(client: httpx.AsyncClient, asked: Requested, decision: str = "approve", **more: Any) -> httpx.Response:
    headers = more.pop("headers", {})
    return await client.post(f"{asked.path}/decision", json=asked.sign(decision, **more), headers=headers)


async def ended(client: httpx.AsyncClient, asked: Requested) -> list[Event]:
    """The run's events to its end."""
    return await events_of(client, asked.run)


async def status_of(client: httpx.AsyncClient, asked: Requested) -> str:
    reply = await client.get(asked.path)
    assert reply.status_code == 200, reply.text
    return str(reply.json()["status"])


def done(api: Api, text: str) -> int:
    """How often a note of this text was really added in the bank."""
    return sum(effect.args.get("text") == text for effect in api.bank.effects)
