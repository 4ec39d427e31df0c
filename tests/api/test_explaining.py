"""Why a passage was found: for those who may ask, and with nothing in it that they may not read."""

import httpx
import pytest

from jobs.documents import EditionReader
from retrieval.stages import Stage
from tests.api.conftest import Api
from tests.api.requests import told
from tests.api.uploads import HTML, metadata, take_in

ASKED = {"query": "block a lost card", "explain": True}
LEAD_IN = "The zoning quorum of the assembly counts. " * 18 + "Where it is met, the branch does the following:"
CUT_OFF = (
    f"<h1>Voting</h1><h2>Quorum</h2><p>{LEAD_IN}</p><p>(a) {'it tells the tenants in writing; ' * 24}</p>".encode()
)


async def test_each_hit_is_explained_stage_by_stage(pia: httpx.AsyncClient, reader: EditionReader) -> None:
    await take_in(pia, reader, metadata("lost-cards"))
    plain = (await pia.post("/v1/search", json={"query": ASKED["query"]})).json()["passages"]
    explained = (await pia.post("/v1/search", json=ASKED)).json()["passages"]
    assert explained
    for hit in explained:
        explanation = hit["explanation"]
        names = [stage["stage"] for stage in explanation["stages"]]
        assert names == [stage.value for stage in Stage if stage.value in names], "in the order in which they run"
        assert {Stage.LEXICAL, Stage.DENSE} <= set(names)
        scores = {stage["stage"]: stage["score"] for stage in explanation["stages"]}
        assert scores["dense"] == explanation["dense"]
        assert explanation["candidates"] >= len(explained)
    assert [hit | {"explanation": None} for hit in explained] == plain, "being explained changes nothing"


async def test_ranks_before_and_after_follow_on_each_other(pia: httpx.AsyncClient, reader: EditionReader) -> None:
    for number in range(3):
        await take_in(pia, reader, metadata(f"ranked-{number}"), HTML.replace(b"call", b"call, rule %d" % number))
    hits = [hit for hit in (await pia.post("/v1/search", json=ASKED)).json()["passages"] if hit["beside"] is None]
    for hit in hits:
        stages = {stage["stage"]: stage for stage in hit["explanation"]["stages"]}
        assert stages["lexical"]["before"] is stages["dense"]["before"] is None, "each begins a list"
        assert stages["phrases"]["before"] == stages["lexical"]["after"]
        assert stages["learned"]["before"] == stages["weighting"]["after"]
        assert stages["diversity"]["before"] == stages["learned"]["after"]
        assert stages["diversity"]["after"] == hit["ref"]
        assert stages["diversity"]["score"] is None
        assert stages["learned"]["score"] == hit["score"]


async def test_what_completes_a_cut_off_hit_comes_behind_the_hits_and_names_it(
    pia: httpx.AsyncClient, reader: EditionReader
) -> None:
    await take_in(pia, reader, metadata("quorum"), CUT_OFF)
    asked = {"query": "zoning quorum of the assembly", "k": 1}
    hit, beside = (await pia.post("/v1/search", json=asked | {"explain": True})).json()["passages"]
    assert (hit["ref"], hit["beside"]) == (1, None)
    assert hit["text"].endswith("the branch does the following:")
    assert (beside["ref"], beside["beside"], beside["edition_id"]) == (2, 1, hit["edition_id"])
    assert beside["text"].startswith("(a) ")
    assert beside["explanation"]["stages"][-1] == {"stage": "neighbours", "score": None, "before": None, "after": 2}
    plain = (await pia.post("/v1/search", json=asked)).json()["passages"]
    assert [passage["beside"] for passage in plain] == [None, 1], "told without an explanation too"


@pytest.mark.parametrize(("who", "status"), [("anna", 403), ("sam", 403), ("pia", 200), ("paul", 200), ("carla", 200)])
async def test_who_may_ask_why(api: Api, who: str, status: int) -> None:
    client = api.as_(who)
    reply = await client.post("/v1/search", json=ASKED)
    assert reply.status_code == status
    assert (await client.post("/v1/search", json=ASKED | {"explain": False})).status_code == 200
    if status == 403:
        assert told(reply) == (403, "forbidden")
        assert "policy owners and compliance" in reply.json()["detail"]


async def test_what_is_hidden_is_in_no_explanation(api: Api, reader: EditionReader) -> None:
    pia, paul = api.as_("pia"), api.as_("paul")
    await take_in(pia, reader, metadata("shared-cards"))
    before = (await paul.post("/v1/search", json=ASKED)).content
    for number in range(5):
        await take_in(pia, reader, metadata(f"hr-cards-{number}", audience=["hr"], library="hr"))
    assert (await paul.post("/v1/search", json=ASKED)).content == before
    assert (await pia.post("/v1/search", json=ASKED)).content != before
