"""Files as a policy owner sends them."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import httpx

from jobs.documents import EditionReader

HTML = b"<html><body><h1>Lost cards</h1><p>Block a lost card within one hour of the call.</p></body></html>"


def metadata(document: str, **changes: Any) -> dict[str, Any]:
    return {
        "document": document,
        "title": f"Circular {document}",
        "library": "cards",
        "version": "1",
        "effective_from": "2026-01-01",
        "audience": ["*"],
    } | changes


async def send(
    client: httpx.AsyncClient,
    described: Mapping[str, Any] | str,
    content: bytes = HTML,
    filename: str = "circular.html",
    headers: dict[str, str] | None = None,
) -> httpx.Response:
    text = described if isinstance(described, str) else httpx.Request("POST", "http://x", json=described).content
    return await client.post(
        "/v1/documents", files={"file": (filename, content)}, data={"metadata": text}, headers=headers
    )


async def take_in(
    client: httpx.AsyncClient, reader: EditionReader, described: Mapping[str, Any], *file: Any, publish: bool = True
) -> str:
    """Upload, read and perhaps publish; the edition's id."""
    reply = await send(client, described, *file)
    assert reply.status_code == 202, reply.text
    await reader.read("harbour", UUID(reply.json()["job_id"]))
    edition_id: str = reply.json()["edition_id"]
    if publish:
        published = await client.post(f"/v1/editions/{edition_id}/publish")
        assert (published.status_code, published.json()["state"]) == (200, "published")
    return edition_id
