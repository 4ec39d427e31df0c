"""Changing a form: the person's own words beside the checked ones, once per key, on record, gone with the key."""

from typing import Any
from uuid import uuid4

import httpx
import pytest

from core.database import Database, connection
from core.principal import Principal
from runs.corrections import book
from tests.api.conftest import Api
from tests.api.streams import ask

CHECKED = "The bank decides within 10 business days."
OWN = "The bank decides within 10 business days; Lena Ortiz promised five."


async def form_of(person: httpx.AsyncClient) -> str:
    """A run with a checklist of one item."""
    events = await ask(person, "checklist", mode="checklist")
    return events[0].data["run_id"]


async def correct(person: httpx.AsyncClient, run_id: str, key: str | None = None, **body: Any) -> httpx.Response:
    headers = {} if key is None else {"Idempotency-Key": key}
    return await person.post(
        f"/v1/runs/{run_id}/corrections", json={"field": "item1", "text": OWN, **body}, headers=headers
    )


async def test_a_form_comes_with_the_answer_and_is_said_to_be_whole(anna: httpx.AsyncClient) -> None:
    events = await ask(anna, "checklist", mode="checklist")
    assert events[0].data["release"] == "whole"
    (answer,) = [event for event in events if event.kind == "answer"]
    assert answer.data["structured"]["kind"] == "checklist"
    run = (await anna.get(f"/v1/runs/{events[0].data['run_id']}")).json()
    assert (run["mode"], run["outcome"]["data"]["structured"]) == ("checklist", answer.data["structured"])
    assert "corrections" not in run, "nothing new is said where there is none"


async def test_both_texts_remain(anna: httpx.AsyncClient, database: Database) -> None:
    run_id = await form_of(anna)
    first = await correct(anna, run_id, text="Five days.")
    second = await correct(anna, run_id)
    assert (first.status_code, second.status_code) == (201, 201)
    run = (await anna.get(f"/v1/runs/{run_id}")).json()
    assert [(c["field"], c["text"], c["person"]) for c in run["corrections"]] == [
        ("item1", "Five days.", "anna"),
        ("item1", OWN, "anna"),
    ]
    assert run["outcome"]["data"]["structured"]["items"][0]["text"] == CHECKED
    conversation = (await anna.get(f"/v1/threads/{run['thread_id']}")).json()
    assert conversation["runs"][0]["corrections"] == run["corrections"]
    async with database.transaction(Principal.system("harbour")) as tx:
        rows = await (
            await connection(tx).execute("SELECT sealed FROM app.corrections WHERE run_id = %s", (run_id,))
        ).fetchall()
        assert len(rows) == 2
        assert not any(b"Lena" in bytes(row["sealed"]) for row in rows)
        cursor = await connection(tx).execute(
            "SELECT actor, body FROM app.audit_records WHERE run_id = %s AND kind = 'field.corrected' ORDER BY seq",
            (run_id,),
        )
        records = await cursor.fetchall()
    assert [(each["actor"], each["body"]["field"]) for each in records] == [("anna", "item1")] * 2
    assert records[0]["body"]["checked"] == records[1]["body"]["checked"]
    assert records[0]["body"]["text"] != records[1]["body"]["text"]
    assert "Lena" not in str(records)


async def test_the_same_key_changes_a_field_once(anna: httpx.AsyncClient) -> None:
    run_id, key = await form_of(anna), str(uuid4())
    first, again = [await correct(anna, run_id, key) for _ in range(2)]
    assert (first.status_code, first.json()) == (201, again.json())
    assert len((await anna.get(f"/v1/runs/{run_id}")).json()["corrections"]) == 1
    assert (await correct(anna, run_id, key, text="Other words.")).status_code == 409


@pytest.mark.parametrize(
    "body",
    [
        {"text": ""},
        {"text": " \n"},
        {"text": "x" * 2_001},
        {"text": "nul \x00"},
        {"text": 7},
        {"field": "item2"},
        {"field": "item1'; --"},
        {"field": ""},
        {"confidence": 1.0},
        {"basis": "checked"},
    ],
    ids=lambda body: repr(body)[:40],
)
async def test_what_is_no_correction_is_refused(anna: httpx.AsyncClient, body: dict[str, Any]) -> None:
    run_id = await form_of(anna)
    assert (await correct(anna, run_id, **body)).status_code == 422
    assert "corrections" not in (await anna.get(f"/v1/runs/{run_id}")).json()


async def test_only_a_form_of_ones_own_can_be_changed(anna: httpx.AsyncClient, sam: httpx.AsyncClient) -> None:
    run_id = await form_of(anna)
    for stranger in (await correct(sam, run_id), await correct(anna, str(uuid4()))):
        assert (stranger.status_code, stranger.json()["code"]) == (404, "not_found")
    plain = (await ask(anna, "x"))[0].data["run_id"]
    none = await correct(anna, plain)
    assert (none.status_code, none.json()["code"]) == (409, "conflict")


async def test_a_hidden_conversation_can_be_changed_an_erased_one_not(
    anna: httpx.AsyncClient, database: Database
) -> None:
    run_id = await form_of(anna)
    thread = (await anna.get(f"/v1/runs/{run_id}")).json()["thread_id"]
    await anna.post(f"/v1/threads/{thread}/hide")
    assert (await correct(anna, run_id)).status_code == 201, "hiding takes nothing but its place in the list"
    async with database.transaction(Principal.system("harbour")) as tx:
        await connection(tx).execute("UPDATE app.thread_keys SET wrapped = NULL WHERE thread_id = %s", (thread,))
    gone = await correct(anna, run_id, text="Later.")
    assert (gone.status_code, gone.json()["code"]) == (410, "gone")


async def test_there_is_an_end_to_changing(anna: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(book, "MOST", 2)
    run_id = await form_of(anna)
    assert [(await correct(anna, run_id, text=f"{n}")).status_code for n in range(3)] == [201, 201, 409]


async def test_compliance_reads_what_was_changed(api: Api, anna: httpx.AsyncClient) -> None:
    run_id = await form_of(anna)
    await correct(anna, run_id)
    told = (await api.as_("carla").get(f"/v1/audit/runs/{run_id}")).json()
    (step,) = [each for each in told["steps"] if each["kind"] == "field.corrected"]
    assert OWN.replace("Lena Ortiz", "[name 1]") in step["text"], "personal data only where it is asked for"
    told = (await api.as_("carla").get(f"/v1/audit/runs/{run_id}?personal=true")).json()
    (open_step,) = [each for each in told["steps"] if each["kind"] == "field.corrected"]
    assert OWN in open_step["text"]
    assert "nobody checked" in step["detail"]
    assert told["run"]["answer"]["structured"]["items"][0]["text"] == CHECKED
