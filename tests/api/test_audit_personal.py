"""Other people's runs: placeholders in the place of personal data, and itself only where asked for, on record."""

import io
import zipfile
from collections.abc import AsyncGenerator

import httpx
import pytest

from core.database import Database
from deploy.migrate import DatabaseUrls
from tests.api.audited import CIRCULAR, QUESTION, TOLD, House, got, open_house
from tests.api.provider import Provider
from tests.api.test_audit_stories import sealed_pack

CARD = "4111 1111 1111 1111"
ASKED = f"{QUESTION} It is {CARD} of Mrs Ilse Brandhofer."


@pytest.fixture(scope="module")
async def house(provider: Provider, database: Database, database_urls: DatabaseUrls) -> AsyncGenerator[House]:
    async with open_house(provider, database, database_urls) as house:
        await house.publish("lost-cards", CIRCULAR, title="Circular 4: Lost cards")
        yield house


@pytest.fixture(scope="module")
def carla(house: House) -> httpx.AsyncClient:
    return house.api.as_("carla")


async def test_compliance_sees_placeholders_unless_it_asks_for_more(house: House, carla: httpx.AsyncClient) -> None:
    run = await house.ask("anna", ASKED)
    hidden = f"{QUESTION} It is [card number 1] of Mrs [name 1]."
    story = await got(carla, f"/v1/audit/runs/{run}")
    assert (story["run"]["question"], story["run"]["answer"]["text"]) == (hidden, TOLD)
    assert story["run"]["person"]["name"] == "Anna Keller"
    assert story["steps"][0]["title"].startswith("Asked by Anna Keller")
    (listed,) = [each for each in (await got(carla, "/v1/audit/runs"))["items"] if each["run_id"] == run]
    assert listed["question"] == hidden
    seen = str([story, listed])
    assert "Brandhofer" not in seen
    assert "4111 1111" not in seen
    whole = await got(carla, f"/v1/audit/runs/{run}", personal="true")
    assert whole["run"]["question"] == ASKED
    looks = [dict(record.body) for record in await house.reads()][-3:]
    assert looks[0] == {"what": "run", "run": run, "texts": "readable"}
    assert looks[2] == {"what": "run", "run": run, "texts": "readable", "personal": True}


async def test_what_the_banks_system_returned_is_hidden_and_its_numbers_are_not(
    house: House, carla: httpx.AsyncClient
) -> None:
    run = await house.ask("anna", "Look up customer 31-7750")
    own = await got(house.api.as_("anna"), f"/v1/runs/{run}")
    assert "Miriam Osei" in str(own)
    story = await got(carla, f"/v1/audit/runs/{run}")
    assert "Osei" not in str(story)
    assert "[name 1]" in story["run"]["answer"]["text"]
    assert "31-7750" in story["run"]["answer"]["text"]
    assert story["evidence"][0]["result"]["name"] == "[name 1]"


async def test_who_signs_sees_what_they_sign(house: House, carla: httpx.AsyncClient) -> None:
    asked = await house.propose("anna", f"Add a note to case C-1042: the card {CARD} was returned by post")
    shown = await got(house.api.as_("sam"), f"/v1/approvals/{asked['approval_id']}")
    assert CARD in shown["args"]["text"]
    story = await got(carla, f"/v1/audit/runs/{asked['run_id']}")
    assert story["approvals"][0]["args"]["text"] == "the card [card number 1] was returned by post"
    assert "4111" not in str(story)


async def test_a_pack_holds_placeholders_unless_asked_for_more(house: House, carla: httpx.AsyncClient) -> None:
    run = await house.ask("anna", ASKED)
    for query, holds in (("", False), ("?personal=true", True)):
        reply = await sealed_pack(carla, f"/v1/audit/runs/{run}/export{query}")
        pack = zipfile.ZipFile(io.BytesIO(reply.content))
        assert ("Brandhofer" in "".join(pack.read(name).decode() for name in pack.namelist())) is holds


async def test_it_takes_the_right(house: House) -> None:
    run = await house.ask("anna", ASKED)
    for who in ("anna", "sam"):
        assert (await house.api.as_(who).get(f"/v1/audit/runs/{run}?personal=true")).status_code == 403
