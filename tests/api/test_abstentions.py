"""Compliance lists what had no answer by topic: what is grouped, what is not told, and to whom."""

from collections.abc import AsyncGenerator
from uuid import UUID

import httpx
import pytest

from core.clock import SystemClock
from core.database import Database
from core.principal import Principal
from deploy.migrate import DatabaseUrls
from jobs.erasure.erasing import erase
from jobs.erasure.models import ErasureReason
from tests.api.audited import CIRCULAR, QUESTION, House, got, open_house, words_in
from tests.api.provider import Provider

GOLD = (
    "How long does the bank keep gold bars in the Zurich vault?",
    "May a customer see his gold bars in the Zurich vault?",
    "Who counts gold bars in the Zurich vault?",
)
DRESS = "Which colour of dress may a teller wear in Lisbon?"


@pytest.fixture(scope="module")
async def house(provider: Provider, database: Database, database_urls: DatabaseUrls) -> AsyncGenerator[House]:
    async with open_house(provider, database, database_urls) as house:
        yield house


@pytest.fixture(scope="module")
async def asked(house: House) -> dict[str, str]:
    """Runs by question; the last was answered."""
    await house.publish("lost-cards", CIRCULAR, title="Circular 4: Lost cards")
    runs = {question: await house.ask("anna" if at else "lea", question) for at, question in enumerate(GOLD)}
    runs[DRESS] = await house.ask("anna", DRESS)
    runs[QUESTION] = await house.ask("anna", QUESTION)
    return runs


@pytest.fixture(scope="module")
def carla(house: House) -> httpx.AsyncClient:
    return house.api.as_("carla")


async def test_questions_about_the_same_are_one_topic(carla: httpx.AsyncClient, asked: dict[str, str]) -> None:
    listed = await got(carla, "/v1/audit/abstentions")
    assert (listed["runs"], listed["wordless"], listed["cut"], listed["next_cursor"]) == (4, 0, False, None)
    gold, dress = listed["items"]
    assert set(gold["terms"]) <= {"gold", "bars", "zurich", "vault"}
    assert len(gold["terms"]) == 3
    assert (gold["runs"], gold["people"]) == (3, 2)
    assert [each["question"] for each in gold["examples"]] == list(reversed(GOLD))
    assert [each["run_id"] for each in gold["examples"]] == [asked[question] for question in reversed(GOLD)]
    assert {each["code"]: each["count"] for each in gold["codes"]} == {"named_thing_missing": 3}
    assert [each["document"] for each in gold["documents"]] == ["lost-cards"]
    assert (dress["runs"], dress["terms"], dress["examples"][0]["question"]) == (1, [], DRESS)
    assert QUESTION not in words_in(listed)


async def test_pages_meet_and_a_look_is_on_record(
    house: House, carla: httpx.AsyncClient, asked: dict[str, str]
) -> None:
    first = await got(carla, "/v1/audit/abstentions", limit=1)
    second = await got(carla, "/v1/audit/abstentions", limit=1, cursor=first["next_cursor"])
    whole = await got(carla, "/v1/audit/abstentions")
    assert first["items"] + second["items"] == whole["items"]
    assert second["next_cursor"] is None
    looked = (await house.reads())[-1]
    assert looked.actor == "carla"
    assert looked.body == {
        "what": "abstentions",
        "from": whole["since"],
        "to": whole["until"],
        "found": 2,
        "further": False,
    }
    assert not any(word in words_in(dict(looked.body)) for word in ("gold", "vault", "dress"))


async def test_only_compliance_of_the_own_bank_looks(house: House, asked: dict[str, str]) -> None:
    for person in ("anna", "sam", "pia"):
        assert (await house.api.as_(person).get("/v1/audit/abstentions")).status_code == 403
    token = house.api.token("boris", roles=["compliance"])
    other = house.api.client({"Authorization": f"Bearer {token}"})
    assert (await got(other, "/v1/audit/abstentions"))["items"] == []


async def test_days_and_wrong_days(carla: httpx.AsyncClient, asked: dict[str, str]) -> None:
    assert (await got(carla, "/v1/audit/abstentions", **{"from": "2020-01-01", "to": "2020-01-31"}))["items"] == []
    backwards = await carla.get("/v1/audit/abstentions", params={"from": "2026-02-01", "to": "2026-01-01"})
    assert (backwards.status_code, backwards.json()["code"]) == (422, "unprocessable")


async def test_an_erased_conversation_drops_out(house: House, carla: httpx.AsyncClient, asked: dict[str, str]) -> None:
    run = await got(house.api.as_("anna"), f"/v1/runs/{asked[DRESS]}")
    async with house.database.transaction(Principal.system("harbour")) as tx:
        thread, now = UUID(run["thread_id"]), SystemClock().now()
        await erase(tx, thread, actor="operator:root", reason=ErasureReason.REQUEST, now=now)
    listed = await got(carla, "/v1/audit/abstentions")
    assert (listed["runs"], listed["wordless"]) == (3, 1)
    assert "Lisbon" not in words_in(listed)
