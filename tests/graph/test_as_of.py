"""Questions about a day in the past: which words name one, and that the whole turn keeps to it."""

from datetime import date
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.database import connection
from graph.as_of import DayReading, NamedDay, named_day, said
from runs.models import Question, RunStatus
from tests.graph.world import Told, World, publish

TODAY = date(2026, 11, 20)


@pytest.mark.parametrize(
    ("question", "day", "without"),
    [
        ("What applied on 3 March 2017?", "2017-03-03", "What applied?"),
        ("Which limit applied on March 3rd, 2017?", "2017-03-03", "Which limit applied?"),
        ("What fee applied to wire transfers on 2017-03-03?", "2017-03-03", "What fee applied to wire transfers?"),
        ("What rules were in force before 1 July 2024?", "2024-06-30", "What rules were in force?"),
        ("What was in force in March 2017?", "2017-03-31", "What was in force?"),
        ("What did Regulation E require in 2016?", "2016-12-31", "What did Regulation E require?"),
        ("What was last year's fee schedule?", "2025-12-31", "What was the fee schedule?"),
        (
            "How long may we take under the 2016 edition of Regulation E?",
            "2016-12-31",
            "How long may we take under Regulation E?",
        ),
        ("As of 3 March 2017, how long do we keep records?", "2017-03-03", "How long do we keep records?"),
        ("Policy as of 3rd of March 2017: what is the limit?", "2017-03-03", "Policy: what is the limit?"),
        ("On 3 March 2017, what did a card cost at that time?", "2017-03-03", "What did a card cost at that time?"),
        ("What was the wire fee on 3 March 2017?", "2017-03-03", "What was the wire fee?"),
        ("What does the fee schedule of Sept. 2020 say?", "2020-09-30", "What does the fee schedule say?"),
        ("Which retention rule applied yesterday?", "2026-11-19", "Which retention rule applied?"),
        ("What will apply on 1 January 2027?", "2027-01-01", "What will apply?"),
        ("What applied in November 2026?", "2026-11-20", "What applied?"),
        (
            "From what amount did we ask for ID on cash withdrawals as of 10 March 2026?",
            "2026-03-10",
            "From what amount did we ask for ID on cash withdrawals?",
        ),
    ],
)
def test_words_that_bind_a_day_to_what_holds(question: str, day: str, without: str) -> None:
    found = named_day(question, TODAY)
    assert found is not None
    assert (found.day.isoformat(), found.without) == (day, without)


@pytest.mark.parametrize(
    "question",
    [
        "What are the rules for transfers after 1 January 2025?",
        "How do I handle a loan opened on 3 March 2017?",
        "What applies to a complaint received on 3 March 2017?",
        "A client applied on 3 March 2017 for a loan: which documents do we keep?",
        "A late fee applied on 3 March 2017 is disputed: what do we do?",
        "What is the deadline for a dispute filed in March 2017?",
        "What was the deadline for a complaint received on 3 March 2017?",
        "What notice do we give for a rate change effective on 1 July 2027?",
        "What was the account balance as of 3 March 2017?",
        "Do we report the amount owed as of 3 March 2017?",
        "Did we state the balance as of 3 March 2017?",
        "May we use interest calculated as of 3 March 2017?",
        "Which customers opened accounts in 2016?",
        "What is today's limit compared with what applied in 2016?",
        "What applied on 3 March 2017 and what applied on 3 March 2018?",
        "What does the 2016 Prepaid Rule cover?",
        "What is the rule for interest that was in effect when the loan opened on 3 March 2017?",
        "Which fee applies to cards issued before 1 July 2024?",
        "What applied on 31 February 2017?",
        "What applied on 03/04/2017?",
        "What applied on 3 March?",
        "How long do we keep records?",
    ],
)
def test_a_date_that_is_part_of_the_subject_names_no_day(question: str) -> None:
    assert named_day(question, TODAY) is None


@given(st.lists(st.sampled_from(["what", "applied", "in", "force", "on", "3", "March", "2017", "the", "policy", "?"])))
def test_no_text_breaks_the_rules(words: list[str]) -> None:
    text = " ".join(words)
    found = named_day(text, TODAY)
    assert found is None or found.words in " ".join(text.split())


def test_what_is_said_of_how_the_day_was_read() -> None:
    def told(reading: DayReading) -> str:
        return said(NamedDay(TODAY, "in March 2017", reading, ""))

    assert [told(reading) for reading in (DayReading.DAY, DayReading.END_OF_MONTH, DayReading.DAY_BEFORE)] == [
        "",
        "Your question says “in March 2017”: the last day of that month was taken.",
        "Your question says “in March 2017”: the day before was taken.",
    ]


OLD = "# Safe deposit boxes\n\n## Rent\n\nThe yearly rent of a small safe deposit box is 40 dollars.\n"
NEW = "# Safe deposit boxes\n\n## Rent\n\nThe yearly rent of a small safe deposit box is 55 dollars.\n"
RENT = "What was the yearly rent of a small safe deposit box"


@pytest.fixture(scope="module")
async def boxes(world: World) -> tuple[UUID, UUID]:
    """Two editions of one document: from 2020 and from 2024 on."""
    first = await publish(world, "boxes", OLD, version="2020", since=date(2020, 1, 1))
    return first, await publish(world, "boxes", NEW, version="2024", since=date(2024, 1, 1))


async def ask(world: World, text: str, thread: UUID | None = None, *, given: date | None = None) -> Told:
    question = Question(text=text, as_of=given or TODAY, asked_on=TODAY, as_of_given=given is not None)
    admitted = await world.admit(text, thread, question)
    await world.runner().run(world.principal.tenant, admitted.run_id)
    return await world.told(admitted)


async def test_a_day_in_the_question_chooses_the_editions_and_is_told(world: World, boxes: tuple[UUID, UUID]) -> None:
    told = await ask(world, f"{RENT}, as of March 2022?")
    assert told.run.status is RunStatus.ANSWERED
    assert "40 dollars" in told.claims[0]
    assert {source["edition_id"] for source in told.outcome["sources"]} == {str(boxes[0])}
    assert (told.outcome["as_of"], told.outcome["day"]) == (
        "2022-03-31",
        {
            "words": "as of March 2022",
            "note": "Your question says “as of March 2022”: the last day of that month was taken.",
            "question": f"{RENT}?",
        },
    )
    understood, retrieved = told.record("run.understood"), told.record("run.retrieved")
    assert (understood["as_of"], understood["as_of_by"], retrieved["as_of"]) == (
        "2022-03-31",
        "end_of_month",
        "2022-03-31",
    )
    assert (await world.replayed(told.admitted)).identical
    async with world.database.transaction(world.system) as tx:
        cursor = await connection(tx).execute(
            "SELECT edition_id FROM app.edition_citations WHERE run_id = %s", (told.run.id,)
        )
        assert [row["edition_id"] for row in await cursor.fetchall()] == [boxes[0]]


async def test_without_a_day_today_counts_and_the_events_are_as_before(world: World, boxes: tuple[UUID, UUID]) -> None:
    told = await ask(world, "What is the yearly rent of a small safe deposit box?")
    assert "55 dollars" in told.claims[0]
    assert "day" not in told.outcome
    assert "as_of" not in told.record("run.understood")
    assert {source["edition_id"] for source in told.outcome["sources"]} == {str(boxes[1])}


async def test_the_day_of_the_request_outranks_the_words(world: World, boxes: tuple[UUID, UUID]) -> None:
    told = await ask(world, f"{RENT}, as of 1 June 2022?", given=date(2021, 5, 1))
    assert told.record("run.retrieved")["as_of"] == "2021-05-01"
    assert "as_of" not in told.record("run.understood")


async def test_a_follow_up_keeps_the_day_until_it_says_otherwise(world: World, boxes: tuple[UUID, UUID]) -> None:
    first = await ask(world, f"{RENT}, as of 1 June 2022?")
    thread = first.admitted.thread_id
    days = [
        (await ask(world, text, thread)).record("run.retrieved")["as_of"]
        for text in ("And who pays it?", "And what was the rent, as of 1 June 2024?", "And today?")
    ]
    assert days == ["2022-06-01", "2024-06-01", TODAY.isoformat()]


async def test_a_day_before_the_first_edition_abstains_and_says_from_when_on(
    world: World, boxes: tuple[UUID, UUID]
) -> None:
    told = await ask(world, f"{RENT}, as of 1 June 2019?")
    assert told.run.status is RunStatus.ABSTAINED
    assert (told.outcome["code"], told.outcome["reason"], told.outcome["as_of"]) == (
        "no_edition_then",
        "No edition that counted on 1 June 2019 answers this. From 1 January 2020 on one does.",
        "2019-06-01",
    )
    assert (await world.replayed(told.admitted)).identical


async def test_the_first_day_is_told_only_of_documents_that_the_caller_may_read(
    world: World, boxes: tuple[UUID, UUID]
) -> None:
    secret = OLD.replace("Safe deposit boxes", "Garage").replace("safe deposit box", "parking bay in the garage")
    question = "What was the yearly rent of a small parking bay in the garage, as of 1 June 2019?"
    before = await ask(world, question)
    await publish(world, "garage", secret, since=date(2021, 1, 1), audience=("hr",))
    hidden = await ask(world, question)
    assert [told.outcome["code"] for told in (before, hidden)] != ["no_edition_then"] * 2
    assert hidden.outcome | {"run_id": "", "at": ""} == before.outcome | {"run_id": "", "at": ""}
    await publish(world, "garage-for-all", secret, since=date(2021, 1, 1))
    assert (await ask(world, question)).outcome["code"] == "no_edition_then"
