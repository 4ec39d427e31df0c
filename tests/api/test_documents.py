"""Documents come in, are read, published and shown; who may not read one can't tell that it exists."""

import io
from datetime import date, timedelta
from uuid import UUID, uuid4

import httpx
import numpy as np
from PIL import Image

from jobs.documents import EditionReader
from tests.api.conftest import Api
from tests.api.uploads import HTML, metadata, send, take_in
from tests.retrieval.pdf_samples import fee_policy

TODAY = date.today()  # noqa: DTZ011 -- the service's own day, in UTC as this machine's


async def test_a_file_is_uploaded_read_published_and_found(
    pia: httpx.AsyncClient, anna: httpx.AsyncClient, reader: EditionReader
) -> None:
    accepted = await send(pia, metadata("lost-cards"))
    assert (accepted.status_code, set(accepted.json())) == (202, {"edition_id", "job_id"})
    edition_id, job_id = accepted.json()["edition_id"], accepted.json()["job_id"]
    job = (await pia.get(f"/v1/jobs/{job_id}")).json()
    assert {name: job[name] for name in ("state", "progress", "edition_id", "error", "finished_at")} == {
        "state": "queued",
        "progress": {"done": 0, "total": 0},
        "edition_id": edition_id,
        "error": None,
        "finished_at": None,
    }
    assert (await pia.get(f"/v1/editions/{edition_id}")).json()["state"] == "parsing"
    assert (await anna.get(f"/v1/editions/{edition_id}")).status_code == 404
    assert (await anna.get(f"/v1/jobs/{job_id}")).status_code == 404

    await reader.read("harbour", UUID(job_id))
    job = (await pia.get(f"/v1/jobs/{job_id}")).json()
    assert (job["state"], job["progress"]["done"]) == ("succeeded", job["progress"]["total"])
    assert (await anna.get(f"/v1/editions/{edition_id}")).status_code == 404
    assert "lost-cards" not in (await anna.get("/v1/documents")).text

    assert (await anna.post(f"/v1/editions/{edition_id}/publish")).status_code == 403
    assert (await pia.post(f"/v1/editions/{edition_id}/publish")).json()["in_force"] is True
    listed = (await anna.get("/v1/documents")).json()["items"]
    assert [document for document in listed if document["key"] == "lost-cards"] == [
        {
            "key": "lost-cards",
            "title": "Circular lost-cards",
            "library": "cards",
            "audience": ["*"],
            "classification": None,
            "editions": [
                {
                    "id": edition_id,
                    "version": "1",
                    "effective_from": "2026-01-01",
                    "effective_to": None,
                    "state": "published",
                    "pages": None,
                    "in_force": True,
                }
            ],
        }
    ]
    found = (await anna.post("/v1/search", json={"query": "block a lost card"})).json()
    assert found["passages"][0]["edition_id"] == edition_id
    assert found["passages"][0]["explanation"] is None
    passage = (await anna.get(f"/v1/chunks/{found['passages'][0]['chunk_id']}")).json()
    assert (passage["text"], passage["page"]) == (found["passages"][0]["text"], None)
    text = (await anna.get(f"/v1/editions/{edition_id}/text", params={"chunk": passage["id"]})).json()
    assert [item["marked"] for item in text["items"] if item["chunk_id"] == passage["id"]] == [True]
    assert (await anna.get(f"/v1/editions/{edition_id}/pages/1")).status_code == 404

    assert (await pia.post(f"/v1/editions/{edition_id}/withdraw")).json()["state"] == "withdrawn"
    for path in (f"/v1/editions/{edition_id}", f"/v1/chunks/{passage['id']}", f"/v1/editions/{edition_id}/text"):
        assert (await anna.get(path)).status_code == 404
    again = await pia.post(f"/v1/editions/{edition_id}/withdraw")
    assert (again.status_code, again.json()["code"]) == (409, "conflict")


async def test_a_page_is_an_image_with_the_passage_marked(
    pia: httpx.AsyncClient, anna: httpx.AsyncClient, reader: EditionReader
) -> None:
    edition_id = await take_in(pia, reader, metadata("fees"), fee_policy(), "fees.pdf")
    edition = (await anna.get(f"/v1/editions/{edition_id}")).json()
    assert edition["pages"] >= 2
    passage = (await anna.post("/v1/search", json={"query": "who decides on fees, the pricing board", "k": 1})).json()
    chunk_id = passage["passages"][0]["chunk_id"]
    chunk = (await anna.get(f"/v1/chunks/{chunk_id}")).json()
    assert chunk["boxes"]
    assert (round(chunk["page_width"]), round(chunk["page_height"])) == (595, 842)

    path = f"/v1/editions/{edition_id}/pages/{chunk['page']}"
    plain = await anna.get(path)
    marked = await anna.get(path, params={"chunk": chunk_id})
    part = await anna.get(path, params={"chunk": chunk_id, "start": 0, "end": 10})
    assert len({plain.content, marked.content, part.content}) == 3
    for reply in (plain, marked, part):
        assert reply.headers["content-type"] == "image/png"
        assert reply.headers["cache-control"] == "private, no-cache"
        assert Image.open(io.BytesIO(reply.content)).size[0] > 800
    yellow = [_yellow(reply.content) for reply in (plain, part, marked)]
    assert yellow[0] == 0
    assert 0 < yellow[1] < yellow[2]

    same = await anna.get(path, headers={"If-None-Match": plain.headers["etag"]})
    assert (same.status_code, same.content, same.headers["etag"]) == (304, b"", plain.headers["etag"])
    other = await anna.get(path, params={"chunk": chunk_id}, headers={"If-None-Match": plain.headers["etag"]})
    assert other.status_code == 200

    for wrong in ("0", "999", "100001", "x"):
        reply = await anna.get(f"/v1/editions/{edition_id}/pages/{wrong}")
        assert reply.status_code in {404, 422}
    assert (await anna.get(path, params={"chunk": str(uuid4())})).status_code == 404

    await pia.post(f"/v1/editions/{edition_id}/withdraw")
    gone = await anna.get(path, headers={"If-None-Match": plain.headers["etag"]})
    assert gone.status_code == 404


def _yellow(png: bytes) -> int:
    pixels = np.asarray(Image.open(io.BytesIO(png)).convert("RGB")).astype(np.int16)
    return int(np.count_nonzero(pixels[:, :, 0] > pixels[:, :, 2] + 60))


async def test_what_is_not_meant_for_somebody_cannot_be_told_from_nothing(
    api: Api, pia: httpx.AsyncClient, anna: httpx.AsyncClient, reader: EditionReader
) -> None:
    secret = metadata("hr-secret", library="hr", audience=["hr"], title="Disciplinary procedure")
    query = {"query": "disciplinary hearing of staff procedure"}
    before = (await anna.post("/v1/search", json=query)).content, (await anna.get("/v1/documents")).content
    edition_id = await take_in(pia, reader, secret, fee_policy(), "hr.pdf")
    assert (await pia.get(f"/v1/editions/{edition_id}")).status_code == 200
    after = (await anna.post("/v1/search", json=query)).content, (await anna.get("/v1/documents")).content
    assert before == after
    chunk_id = (await pia.get(f"/v1/editions/{edition_id}/text")).json()["items"][0]["chunk_id"]
    for client in (anna, api.as_("boris"), api.as_("carla")):
        for path in (
            f"/v1/editions/{edition_id}",
            f"/v1/editions/{edition_id}/text",
            f"/v1/editions/{edition_id}/pages/1",
            f"/v1/chunks/{chunk_id}",
        ):
            theirs = await client.get(path)
            missing = await client.get(path.replace(edition_id, str(uuid4())).replace(chunk_id, str(uuid4())))
            assert theirs.status_code == missing.status_code == 404
            assert theirs.json() | {"request_id": ""} == missing.json() | {"request_id": ""}
    paul = api.as_("paul")
    assert (await paul.post(f"/v1/editions/{edition_id}/withdraw")).status_code == 404
    taken = await send(paul, metadata("hr-secret"))
    assert taken.status_code == 409
    assert "hr" not in taken.json()["detail"].lower().replace("hr-secret", "")


async def test_the_latest_published_edition_that_has_begun_is_in_force(
    pia: httpx.AsyncClient, anna: httpx.AsyncClient, reader: EditionReader
) -> None:
    days = [TODAY - timedelta(days=30), TODAY - timedelta(days=3), TODAY + timedelta(days=30)]
    ids = [
        await take_in(
            pia,
            reader,
            metadata("limits", version=str(number), effective_from=day.isoformat()),
            HTML + bytes([65 + number]),
        )
        for number, day in enumerate(days)
    ]
    draft = await take_in(
        pia, reader, metadata("limits", version="draft", effective_from=TODAY.isoformat()), HTML + b"d", publish=False
    )
    listed = (await anna.get("/v1/documents")).json()["items"]
    editions = next(document for document in listed if document["key"] == "limits")["editions"]
    assert {edition["id"]: edition["in_force"] for edition in editions} == {
        ids[0]: False,
        ids[1]: True,
        ids[2]: False,
    }
    assert [edition["id"] for edition in (await anna.get(f"/v1/editions/{ids[0]}")).json()["editions"]] == [
        ids[2],
        ids[1],
        ids[0],
    ]
    assert draft in (await pia.get(f"/v1/editions/{ids[0]}")).text
