"""What comes in: once, by those who may, and what is not valid is refused with what to change; lists and search."""

from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from api.routes.documents import MEDIA_TYPES
from jobs.documents import EditionReader
from jobs.manifest import SUFFIXES
from tests.api.conftest import Api
from tests.api.uploads import HTML, metadata, send, take_in
from tests.retrieval.office_samples import docx, p, sheet, xlsx


async def test_the_same_upload_twice_is_one_edition(pia: httpx.AsyncClient) -> None:
    key = {"Idempotency-Key": str(uuid4())}
    first, second = [await send(pia, metadata("twice"), headers=key) for _ in range(2)]
    assert first.json() == second.json()
    other = await send(pia, metadata("twice", version="2"), headers=key)
    assert (other.status_code, other.json()["code"]) == (409, "idempotency_mismatch")
    without_key = await send(pia, metadata("twice"))
    assert without_key.json()["edition_id"] == first.json()["edition_id"]
    another_file = await send(pia, metadata("twice"), HTML + b"x")
    assert (another_file.status_code, another_file.json()["code"]) == (409, "conflict")


BAD: list[tuple[Any, str, int]] = [
    ("{", "a.html", 422),
    ("[]", "a.html", 422),
    (metadata("x", audience=[]), "a.html", 422),
    (metadata("x", audience="*"), "a.html", 422),
    (metadata("x", effective_from="soon"), "a.html", 422),
    (metadata("x", effective_to="2025-01-01"), "a.html", 422),
    (metadata(""), "a.html", 422),
    (metadata("x", title="nul \x00"), "a.html", 422),
    (metadata("x", owner="carla"), "a.html", 422),
    (metadata("x"), "a.exe", 415),
    (metadata("x"), "a", 415),
    (metadata("x"), "a.doc", 415),
]


@pytest.mark.parametrize(("described", "filename", "status"), BAD, ids=lambda value: repr(value)[:40])
async def test_an_upload_that_is_not_valid_is_refused(
    pia: httpx.AsyncClient, described: Any, filename: str, status: int
) -> None:
    reply = await send(pia, described, filename=filename)
    assert reply.status_code == status
    assert reply.headers["content-type"] == "application/problem+json"


async def test_uploading_needs_the_right_and_both_parts(anna: httpx.AsyncClient, pia: httpx.AsyncClient) -> None:
    assert (await send(anna, metadata("x"))).status_code == 403
    assert (await pia.post("/v1/documents", data={"metadata": "{}"})).status_code == 422
    assert (await pia.post("/v1/documents", json=metadata("x"))).status_code == 422


async def test_a_file_that_cannot_be_read_says_why(pia: httpx.AsyncClient, reader: EditionReader) -> None:
    reply = await send(pia, metadata("broken"), b"%PDF-1.7 broken", "broken.pdf")
    await reader.read("harbour", UUID(reply.json()["job_id"]))
    job = (await pia.get(f"/v1/jobs/{reply.json()['job_id']}")).json()
    assert job["state"] == "failed"
    assert job["error"]["detail"]
    edition = (await pia.get(f"/v1/editions/{reply.json()['edition_id']}")).json()
    assert edition["state"] == "failed"
    assert edition["problems"][0]["detail"] == job["error"]["detail"]


@pytest.mark.parametrize(
    ("filename", "content", "ending"),
    [
        ("limits.docx", docx(p("Limits", "H1") + p("A teller pays out 5,000 EUR a day.")), "wordprocessingml.document"),
        ("limits.xlsx", xlsx(sheet("Limits", ["Role", "Limit"], ["Teller", 5000])), "spreadsheetml.sheet"),
    ],
)
async def test_office_files_are_taken_in(
    pia: httpx.AsyncClient, reader: EditionReader, filename: str, content: bytes, ending: str
) -> None:
    edition = await take_in(pia, reader, metadata(filename.replace(".", "-")), content, filename)
    found = (await pia.get(f"/v1/editions/{edition}")).json()
    assert found["media_type"] == f"application/vnd.openxmlformats-officedocument.{ending}"
    assert (found["state"], found["problems"]) == ("published", [])
    text = (await pia.get(f"/v1/editions/{edition}/text")).text
    assert "eller" in text


def test_the_service_and_the_command_take_the_same_files() -> None:
    assert MEDIA_TYPES == SUFFIXES


async def test_documents_are_paged_by_key(pia: httpx.AsyncClient, reader: EditionReader) -> None:
    for key in ("zz-1", "zz-2", "zz-3"):
        await take_in(pia, reader, metadata(key), HTML + key.encode())
    seen: list[str] = []
    cursor: str | None = None
    while True:
        page = (await pia.get("/v1/documents", params={"limit": "2", **({"cursor": cursor} if cursor else {})})).json()
        assert len(page["items"]) <= 2
        seen += [document["key"] for document in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert seen == sorted(set(seen))
    assert seen[-3:] == ["zz-1", "zz-2", "zz-3"]


@pytest.mark.parametrize(
    "body",
    [{}, {"query": ""}, {"query": "   "}, {"query": "x", "k": 0}, {"query": "x", "k": 51}, {"query": "x", "as_of": 5}],
    ids=repr,
)
async def test_a_search_that_is_not_valid_is_refused(anna: httpx.AsyncClient, body: dict[str, Any]) -> None:
    reply = await anna.post("/v1/search", json=body)
    assert (reply.status_code, reply.json()["code"]) == (422, "unprocessable")


async def test_search_needs_the_right(api: Api) -> None:
    assert (await api.as_("nobody").post("/v1/search", json={"query": "x"})).status_code == 403
    assert (await api.as_("nobody").get("/v1/documents")).status_code == 403
