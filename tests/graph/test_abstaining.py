"""An abstention that helps: what is missing, and whom to ask, by nothing that the asker may not read."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from core.principal import Principal
from tests.graph.world import Told, World, publish
from tools.people.directory import Directory

PIA = Principal("harbour", "pia", name="Pia Novak", roles=frozenset({"policy_owner", "hr"}))
KEYS = """# Keys of the branch

## 1 Who holds them

The branch manager holds the keys of the front door and of the post room. Spare keys lie in the safe.
"""
HIDDEN = """# Keys of the branch, for HR

## 1 Who holds them

Spare keys of the front door and of the post room are also with the dog trainer of the branch manager.
"""
REST = {"run_id", "at"}


async def note(world: World, person: Principal, *, after: timedelta = timedelta(0)) -> None:
    now = datetime.now(UTC) + after
    await Directory(world.database).note(person, now, asserted_at=now, signing_limit=None)


def outcome(told: Told) -> dict[str, Any]:
    return {name: value for name, value in told.outcome.items() if name not in REST}


async def test_it_names_what_the_question_names_and_no_passage_does(world: World) -> None:
    told = await world.ask("How long is an application for credit retained under Regulation Z?")
    assert told.outcome["code"] == "named_thing_missing"
    assert told.outcome["missing"] == {
        "kind": "named",
        "words": ["Regulation Z"],
        "text": "No passage found for you names “Regulation Z”.",
    }
    assert (await world.replayed(told.admitted)).identical


async def test_it_names_the_owner_only_while_a_policy_owner_and_only_by_what_may_be_read(world: World) -> None:
    before = await world.ask("How long is an application for credit retained under Regulation Z?")
    assert before.outcome["ask"] == [
        {
            "role": "policy_owner",
            "person": None,
            "name": None,
            "library": "policies",
            "documents": before.outcome["ask"][0]["documents"],
        }
    ]
    await publish(world, "keys", KEYS, by=PIA)
    unknown = await world.ask("Who holds the keys of the post room under Regulation Z?")
    assert [each["name"] for each in unknown.outcome["ask"]] == [None], "she has never signed in"
    await note(world, PIA)
    told = await world.ask("Who holds the keys of the post room under Regulation Z?")
    assert told.outcome["ask"] == [
        {
            "role": "policy_owner",
            "person": "pia",
            "name": "Pia Novak",
            "library": None,
            "documents": ["Keys of the branch"],
        }
    ]
    assert (await world.replayed(told.admitted)).identical
    await note(
        world, Principal("harbour", "pia", name="Pia Novak", roles=frozenset({"staff"})), after=timedelta(minutes=1)
    )
    left = await world.ask("Who holds the keys of the post room under Regulation Z?")
    assert [each["name"] for each in left.outcome["ask"]] == [None], "no policy owner any more"


async def test_hidden_documents_and_their_owners_change_no_byte(world: World) -> None:
    await publish(world, "more-keys", KEYS)
    await note(world, PIA, after=timedelta(minutes=2))
    question = "Who holds the keys of the post room under Regulation Z, the dog trainer?"
    before = await world.ask(question)
    await publish(world, "keys-hr", HIDDEN, audience=("hr",), by=PIA)
    assert outcome(await world.ask(question)) == outcome(before)
    await publish(world, "keys-all", HIDDEN, by=PIA, since=date(2025, 2, 1))
    seen = await world.ask(question)
    assert outcome(seen) != outcome(before)
    assert "pia" in [each["person"] for each in seen.outcome["ask"]]
