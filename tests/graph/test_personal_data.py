"""What models see of people, what readers get back, and what a model that cheats with placeholders comes to."""

import pytest

from core.database import Database
from core.principal import Principal
from gateway.embeddings import Embedder
from gateway.planning.ports import PlannedCall
from graph.context import Guards
from runs.masks.keeping import kept
from runs.models import RunStatus
from tests.graph.acting import ActingWorld, open_acting
from tests.graph.test_acting import ScriptedPlanner
from tests.graph.test_turns import check_complete
from tests.graph.world import RECORDS, RETAINED, Told, World, open_world, publish
from tests.graph.writers import USAGE, ScriptedWriter, claim
from tools.connector.memory import MemoryConnector

CARD = "4111 1111 1111 1111"
OTHER = "5500 0000 0000 0004"
MAIL = "jane.doe@example.com"
PLANTED = """# Goodwill at the counter

## 1 Goodwill credits

A goodwill credit for a swallowed card is paid within three business days.
In the model case Mrs Adaeze Nwosu, card 6011 0009 9013 9424, got her goodwill credit after two business days.
"""
GOODWILL = "How soon is a goodwill credit for a swallowed card paid?"
MODEL_CASE = "In the model case Mrs {name}, card {card}, got her goodwill credit after two business days."
TOLD = MODEL_CASE.format(name="Adaeze Nwosu", card="6011 0009 9013 9424")


@pytest.fixture(scope="module")
async def world(database: Database, embedder: Embedder, guards: Guards) -> World:
    world = await open_world(database, embedder, guards)
    await publish(world, "goodwill", PLANTED)
    return world


@pytest.fixture
async def acting(world: World) -> ActingWorld:
    return await open_acting(world, MemoryConnector())


async def hidden(world: World, told: Told) -> list[tuple[str, str]]:
    """What the conversation keeps: placeholder and value."""
    async with world.database.transaction(world.system) as tx:
        return [(each.placeholder, each.value) for each in await kept(tx, told.admitted.key, told.admitted.thread_id)]


async def test_a_value_keeps_its_placeholder_through_a_conversation(world: World) -> None:
    writer = ScriptedWriter([[claim(RETAINED), USAGE]])
    first = await world.ask(f"{RECORDS} It is about card {CARD} of Mr Peter Hollander.", writer)
    thread = first.admitted.thread_id
    second = await world.ask(f"{RECORDS} Now card {OTHER} of customer Ilse Brandhofer.", writer, thread)
    third = await world.ask(f"{RECORDS} For Hollander and Ilse Brandhofer, {CARD.replace(' ', '-')}?", writer, thread)
    asked = [task.question for task in writer.tasks]
    values = await hidden(world, third)
    of = {value: placeholder for placeholder, value in values}
    assert asked[0].endswith("It is about card [card number 1] of Mr [name 1].")
    assert asked[1].endswith(f"Now card {of[OTHER]} of customer {of['Ilse Brandhofer']}.")
    assert asked[2].endswith(f"For {of['Hollander']} and {of['Ilse Brandhofer']}, [card number 1]?")
    assert [placeholder for placeholder, value in values if value.replace("-", " ") == CARD] == ["[card number 1]"] * 2
    assert len({of[OTHER], of["Ilse Brandhofer"], of["Hollander"], "[card number 1]", "[name 1]"}) == 5
    for told in (first, second, third):
        check_complete(told)
        assert (await world.replayed(told.admitted)).differences == ()


async def test_evidence_is_hidden_from_the_model_and_whole_for_who_may_read_it(world: World) -> None:
    quoted = MODEL_CASE.format(name="[name 1]", card="[card number 1]")
    writer = ScriptedWriter([[claim(quoted, 1, quote=True), USAGE]])
    told = await world.ask(GOODWILL, writer)
    seen = "\n".join(source.text for source in writer.tasks[0].sources)
    assert "Nwosu" not in seen
    assert "6011" not in seen
    assert quoted in seen
    assert told.claims == [TOLD]
    assert told.outcome["text"] == TOLD
    assert (await world.replayed(told.admitted)).differences == ()


async def test_the_built_in_writer_quotes_names_as_they_stand(world: World) -> None:
    told = await world.ask("What did the model case with the swallowed card get as a goodwill credit?")
    assert told.run.status is RunStatus.ANSWERED
    assert not any("[name" in text or "[card" in text for text in told.claims)


@pytest.mark.parametrize(
    "text",
    [
        MODEL_CASE.format(name="[name 1]", card="[card number 2]"),
        MODEL_CASE.format(name="[name 2]", card="[card number 1]"),
        MODEL_CASE.format(name="[Name 1]", card="[card number 1]"),
        MODEL_CASE.format(name="[[name 1]]", card="[card number 1]"),
        MODEL_CASE.format(name="[name 1", card="[card number 1]"),
        MODEL_CASE.format(name="Sibylle Grauer", card="[card number 1]"),
        "A goodwill credit for a swallowed card is paid to Mrs Sibylle Grauer within three business days.",
        f"A goodwill credit for card {OTHER} is paid within three business days.",
        "A goodwill credit for [phone number 1] is paid within three business days.",
    ],
)
async def test_a_placeholder_that_is_none_and_a_strangers_data_are_not_released(world: World, text: str) -> None:
    told = await world.ask(GOODWILL, ScriptedWriter([[claim(text), USAGE]]))
    assert text not in told.claims
    shown = "\n".join(told.claims)
    assert not any(word in shown for word in ("[name", "[Name", "[card", "[phone", "Sibylle", OTHER))


async def test_whoever_types_a_placeholder_gets_nobodys_value(world: World) -> None:
    writer = ScriptedWriter([[claim(RETAINED), USAGE]])
    first = await world.ask(f"{RECORDS} My card is {CARD}.", writer)
    told = await world.ask(f"{RECORDS} What is [card number 1]?", writer, first.admitted.thread_id)
    assert writer.tasks[-1].question.endswith("What is [bracketed text 1]?")
    assert CARD not in str([event.data for event in told.events])


async def test_a_name_that_the_banks_system_told_is_hidden_from_then_on(acting: ActingWorld) -> None:
    first = await acting.ask("Look up case C-1042")
    assert "Miriam Osei" in first.outcome["text"]
    planner = ScriptedPlanner(
        PlannedCall("case_add_note", {"case_id": "C-1042", "text": "address proof of [name 1] is missing"})
    )
    told = await acting.ask(
        "Add a note to case C-1042: address proof of Miriam Osei is missing", first.admitted.thread_id, planner=planner
    )
    assert planner.tasks[0].request == "Add a note to case C-1042: address proof of [name 1] is missing"
    assert (await acting.waiting(told)).call.args["text"] == "address proof of Miriam Osei is missing"
    for each, planned in ((first, None), (told, planner)):
        again = await acting.world.replayed(each.admitted, acting=acting.acting(planner=planned))
        assert again.differences == ()


async def test_a_model_sees_no_name_in_what_the_banks_system_returned(acting: ActingWorld) -> None:
    planner = ScriptedPlanner(PlannedCall("case_lookup", {"case_id": "C-1042"}))
    await acting.ask("Look up case C-1042", planner=planner)
    seen = str([task.past for task in planner.tasks])
    assert "[name 1]" in seen
    assert "Osei" not in seen


@pytest.mark.parametrize(
    "args",
    [
        {"case_id": "C-1042", "text": "Paid by [card number 2]."},
        {"case_id": "C-1042", "text": "Paid by [Card number 1]."},
        {"case_id": "C-1042", "text": "Paid by [[card number 1]]."},
        {"case_id": "[card number 1]", "text": "Paid."},
        {"case_id": "C-1042", "text": ["[e-mail address 1]"], "[card number 1]": 1},
    ],
)
async def test_a_misplaced_placeholder_refuses_the_call(
    acting: ActingWorld, args: dict[str, object], world: World
) -> None:
    planner = ScriptedPlanner(PlannedCall("case_add_note", args))
    told = await acting.ask(f"Add a note to case C-1042: Paid by {CARD}.", planner=planner)
    assert (told.run.status, told.outcome["code"]) == (RunStatus.REFUSED, "placeholder_misplaced")
    assert "tool.proposed" not in told.kinds
    assert (await world.replayed(told.admitted, acting=acting.acting(planner=planner))).differences == ()


async def test_nobody_but_the_service_reads_what_placeholders_stand_for(world: World) -> None:
    told = await world.ask(f"{RECORDS} Mail {MAIL}.", ScriptedWriter([[claim(RETAINED), USAGE]]))
    async with world.database.transaction(world.principal) as tx:
        assert await kept(tx, told.admitted.key, told.admitted.thread_id) == ()
    async with world.database.transaction(Principal.system("vale")) as tx:
        assert await kept(tx, told.admitted.key, told.admitted.thread_id) == ()
    assert ("[e-mail address 1]", MAIL) in await hidden(world, told)
