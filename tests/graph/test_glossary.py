"""A turn with the bank's glossary: what it is told, recorded and written from, and that it is replayed."""

from dataclasses import replace
from uuid import UUID

import pytest

from core.clock import SystemClock
from core.principal import Principal
from gateway.embeddings import Embedder
from guardrails.reasons import ReasonCode
from retrieval.dense import MemoryDense
from retrieval.glossary.desk import GlossaryDesk, described
from retrieval.glossary.expander import GlossaryExpander
from retrieval.glossary.models import Draft
from retrieval.search import Searcher
from runs.models import RunStatus
from tests.graph.world import RECORDS, RETAINED, Told, World
from tests.graph.writers import USAGE, ScriptedWriter, claim

ASKED = "How long is an AFC retained by a creditor?"
AFC = Draft("AFC", ("application for credit",))


@pytest.fixture
def expanding(world: World, embedder: Embedder) -> World:
    search = Searcher(world.database, embedder, MemoryDense(), expander=GlossaryExpander(world.database))
    return replace(world, services=replace(world.services, search=search))


async def enter(world: World, draft: Draft) -> UUID:
    owner = Principal(world.principal.tenant, "pia", roles=frozenset({"policy_owner"}))
    async with world.database.transaction(owner) as tx:
        return (await GlossaryDesk(SystemClock()).add(tx, draft)).term.id


async def retire(world: World, entry: UUID) -> None:
    owner = Principal(world.principal.tenant, "pia", roles=frozenset({"policy_owner"}))
    async with world.database.transaction(owner) as tx:
        await GlossaryDesk(SystemClock()).retire(tx, entry)


def searched(told: Told) -> str | None:
    """What the finished search said for itself."""
    (detail,) = [
        event.data.get("detail")
        for event in told.events
        if event.kind == "stage" and (event.data["name"], event.data["status"]) == ("retrieve", "finished")
    ]
    return detail


async def test_an_entry_makes_an_unknown_abbreviation_answerable(expanding: World) -> None:
    before = await expanding.ask(ASKED)
    assert before.run.status is RunStatus.ABSTAINED
    assert before.outcome["code"] == ReasonCode.NAMED_THING_MISSING.value
    assert searched(before) is None
    assert "glossary" not in before.record("run.retrieved")

    entry = await enter(expanding, AFC)
    told = await expanding.ask(ASKED)
    assert told.run.status is RunStatus.ANSWERED
    assert told.claims[0] == RETAINED
    assert searched(told) == "Searched also for: application for credit"
    assert told.record("run.retrieved")["glossary"] == [str(entry)]
    assert "application" not in repr([record.body for record in told.records]), "records hold no words of a question"

    await retire(expanding, entry)
    found = await expanding.replayed(told.admitted)
    assert found.differences == ()
    async with expanding.database.transaction(expanding.system) as tx:
        assert await described(tx, [str(entry)]) == {str(entry): "AFC (application for credit)"}
    assert (await expanding.ask(ASKED)).run.status is RunStatus.ABSTAINED


async def test_under_todays_glossary_the_run_goes_another_way(expanding: World) -> None:
    entry = await enter(expanding, AFC)
    told = await expanding.ask(ASKED)
    await retire(expanding, entry)
    found = await expanding.under_today(told.admitted)
    assert not found.identical
    assert "record of " in found.differences[0].where or "events of " in found.differences[0].where


async def test_the_writer_reads_both_forms_and_a_question_without_terms_stays(expanding: World) -> None:
    entry = await enter(expanding, AFC)
    try:
        writer = ScriptedWriter([[claim(RETAINED, quote=True), USAGE]])
        await expanding.ask(ASKED, writer)
        await expanding.ask(RECORDS, writer)
    finally:
        await retire(expanding, entry)
    assert [task.question for task in writer.tasks] == [
        "How long is an AFC (application for credit) retained by a creditor?",
        RECORDS,
    ]
