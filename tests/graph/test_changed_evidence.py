"""Rights that change while a turn is under way: what has not been shown by then is not shown."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any, Final
from uuid import UUID

import pytest

from core.database import connection
from core.principal import Principal
from retrieval.editions.store import withdraw_edition
from retrieval.models import Evidence
from runs.conversations import Admitted
from runs.models import RunStatus
from tests.graph.test_restarts import ProcessKilled
from tests.graph.test_turns import UNTIL_WEIGHED, WEIGHED, check_complete, until_shown
from tests.graph.world import Told, World, publish
from tests.graph.writers import USAGE, ScriptedWriter, Step, claim
from tools.people.directory import Directory

RECENT: Final = date(2026, 3, 1)
ABOUT: Final = "carpet"
"""What each test's document is about: nothing else that its person may read is found with it."""

WEAK: Final = f"Which mortgage escrow rules cover {ABOUT} floods at the summer palace?"
QUESTION: Final = f"How long is a {ABOUT} note retained?"
FIRST: Final = f"A {ABOUT} note is retained for 25 months after the bank notified the applicant."
SECOND: Final = f"The envelope of a {ABOUT} note is retained for 12 months after it was filed."
TEXT: Final = f"# Retention of {ABOUT} notes\n\n## 1 Notes\n\n{FIRST}\n\n## 2 Envelopes\n\n{SECOND}\n"
_NUMBERS: Final = count(1)


@dataclass(frozen=True, slots=True)
class Desk:
    """A person, and a document that only the person's desk may read."""

    world: World
    document: str
    edition: UUID

    @property
    def person(self) -> Principal:
        return self.world.principal

    async def note(self, *roles: str) -> None:
        """The person's newest token names these roles."""
        person, now = replace(self.person, roles=frozenset(roles)), datetime.now(UTC)
        issued = now + timedelta(seconds=next(_NUMBERS))
        await Directory(self.world.database).note(person, now, asserted_at=issued, signing_limit=None)

    async def mean_for(self, role: str) -> None:
        """Give the document this audience alone."""
        await self.execute(
            """INSERT INTO app.audience_history (document_id, number, audience, changed_by, sealed_reason, changed_at)
            SELECT d.id, max(h.number) + 1, ARRAY[%s], 'pia', '', greatest(now(), max(h.changed_at) + interval '1 s')
            FROM app.documents d JOIN app.audience_history h ON h.document_id = d.id WHERE d.key = %s GROUP BY d.id""",
            role,
            self.document,
        )

    async def execute(self, query: Any, *values: object) -> None:
        async with self.world.database.transaction(self.world.system) as tx:
            cursor = await connection(tx).execute(query, values)
            assert cursor.rowcount == 1

    async def after_search(self, change: "Change", question: str = QUESTION) -> Told:
        """Ask; what was found changes before anything of it is shown."""
        desk = self

        class Found:
            async def search(self, principal: Principal, query: str, **options: Any) -> Evidence:
                found = await desk.world.services.search.search(principal, query, **options)
                assert ABOUT in found.passages[0].text
                await change(desk)
                return found

        told = await self.world.ask(question, ScriptedWriter([[claim(FIRST), USAGE]]), search=Found())
        check_complete(told)
        return told

    async def while_written(self, *steps: Step, after: str, change: "Change") -> Told:
        """Ask; once an event is shown the change comes, and the writer goes on with these steps."""
        admitted = await self.world.admit(QUESTION)

        async def changed() -> None:
            await until_shown(self.world, admitted, after)
            await change(self)

        before: list[Step] = [claim(FIRST)] if after == "claim" else []
        writer = ScriptedWriter([[*before, changed, *steps, USAGE]])
        await self.world.runner(writer).run(self.person.tenant, admitted.run_id)
        told = await self.world.told(admitted)
        check_complete(told)
        return told


Change = Callable[[Desk], Awaitable[None]]


async def close_it(desk: Desk) -> None:
    await desk.mean_for("other")


async def withdraw_it(desk: Desk) -> None:
    async with desk.world.database.transaction(desk.world.system) as tx:
        await withdraw_edition(tx, desk.edition)


async def replace_it(desk: Desk) -> None:
    roles = desk.person.roles - {"staff"}
    text = TEXT.replace("25", "36")
    await publish(desk.world, desk.document, text, version="2", since=RECENT, audience=tuple(roles))


async def remove_it(desk: Desk) -> None:
    """Its passages are gone: nothing does this in the product, and nothing is shown of them all the same."""
    for query in (
        "DELETE FROM app.chunk_vectors WHERE edition_id = %s",
        "DELETE FROM app.chunks WHERE edition_id = %s",
    ):
        async with desk.world.database.transaction(desk.world.system) as tx:
            await connection(tx).execute(query, (desk.edition,))


async def demote_her(desk: Desk) -> None:
    await desk.note("staff")


CHANGES: Final = (close_it, withdraw_it, replace_it, demote_her)


@pytest.fixture
async def desk(world: World) -> AsyncIterator[Desk]:
    number = next(_NUMBERS)
    role = f"desk-{number}"
    own = World(world.services, Principal("harbour", f"lena-{number}", name="Lena", roles=frozenset({"staff", role})))
    document = f"{ABOUT}-{number}"
    made = Desk(own, document, await publish(own, document, TEXT, audience=(role,)))
    await made.note(*own.principal.roles)
    yield made
    async with world.database.transaction(world.system) as tx:
        await connection(tx).execute(
            """UPDATE app.editions e SET state = 'withdrawn' FROM app.documents d
               WHERE d.id = e.document_id AND d.key = %s""",
            (document,),
        )


def check_closed(told: Told, *, withdrawn: list[int]) -> None:
    """The turn ended without an answer, with the reason, and its end shows nothing of what it had found."""
    assert told.run.status is RunStatus.ABSTAINED
    assert told.kinds[-2:] == ["abstained", "run.finished"]
    outcome = told.outcome
    assert (outcome["code"], outcome["nearest"], outcome["withdrawn"]) == ("evidence_changed", [], withdrawn)
    assert outcome["reason"]
    assert outcome["next_step"]
    assert told.record("run.finished") == {"status": "abstained", "code": "evidence_changed"}


async def check_replays(desk: Desk, told: Told) -> None:
    again = await desk.world.replayed(told.admitted)
    assert (again.identical, again.differences) == (True, ())


async def test_nothing_changes_and_the_desk_is_answered(desk: Desk) -> None:
    async def nothing(_desk: Desk) -> None: ...

    told = await desk.after_search(nothing)
    assert (told.run.status, told.claims) == (RunStatus.ANSWERED, [FIRST])
    told = await desk.while_written(claim(SECOND, 2), after="claim", change=nothing)
    assert (told.run.status, told.claims) == (RunStatus.ANSWERED, [FIRST, SECOND])


async def test_what_concerns_another_document_or_opens_this_one_further_ends_nothing(desk: Desk) -> None:
    async def open_it(desk: Desk) -> None:
        await desk.mean_for("*")
        await desk.note("staff")
        await publish(desk.world, f"{desk.document}-other", "# Something else\n\nThe vault is opened at nine.\n")

    told = await desk.while_written(claim(SECOND, 2), after="claim", change=open_it)
    assert (told.run.status, told.claims) == (RunStatus.ANSWERED, [FIRST, SECOND])


@pytest.mark.parametrize("change", [*CHANGES, remove_it])
async def test_changed_before_anything_was_shown(desk: Desk, change: Change) -> None:
    told = await desk.after_search(change)
    check_closed(told, withdrawn=[])
    assert told.kinds == ["run.started", "abstained", "run.finished"], "the steps go with what they had found"
    assert told.recorded == ["run.finished"]
    assert ABOUT not in str([event.data for event in told.events])
    await check_replays(desk, told)


@pytest.mark.parametrize("change", CHANGES)
async def test_changed_while_the_answer_is_written(desk: Desk, change: Change) -> None:
    told = await desk.while_written(claim(FIRST), after="sources", change=change)
    check_closed(told, withdrawn=[])
    assert told.kinds == [*UNTIL_WEIGHED, "sources", "abstained", "run.finished"]
    assert told.recorded == [*WEIGHED, "run.finished"]
    assert FIRST not in str([event.data for event in told.events])
    await check_replays(desk, told)


@pytest.mark.parametrize("change", CHANGES)
async def test_changed_after_a_claim_was_shown(desk: Desk, change: Change) -> None:
    told = await desk.while_written(claim(SECOND, 2), claim(FIRST), after="claim", change=change)
    check_closed(told, withdrawn=[0])
    assert told.claims == [FIRST]
    assert SECOND not in str([event.data for event in told.events])
    await check_replays(desk, told)


@pytest.mark.parametrize("change", CHANGES)
async def test_changed_before_the_nearest_passages_are_shown(desk: Desk, change: Change) -> None:
    told = await desk.after_search(change, WEAK)
    check_closed(told, withdrawn=[])
    assert ABOUT not in str([event.data for event in told.events])
    await check_replays(desk, told)


async def test_weak_evidence_shows_the_nearest_passages_where_nothing_changes(desk: Desk) -> None:
    async def nothing(_desk: Desk) -> None: ...

    told = await desk.after_search(nothing, WEAK)
    assert told.run.status is RunStatus.ABSTAINED
    assert told.outcome["nearest"][0]["document"] == desk.document


@pytest.mark.parametrize("change", CHANGES)
async def test_changed_while_nobody_executed_it(desk: Desk, change: Change) -> None:
    """The process was killed after a claim; who takes the run up finds other evidence, and says so of the claim."""
    admitted: Admitted = await desk.world.admit(QUESTION)
    steps: list[Step] = [claim(FIRST), lambda: until_shown(desk.world, admitted, "claim"), ProcessKilled()]
    with pytest.raises(ProcessKilled):
        await desk.world.runner(ScriptedWriter([steps])).run("harbour", admitted.run_id)
    await change(desk)
    await desk.world.runner(ScriptedWriter([[claim(FIRST), USAGE]])).run("harbour", admitted.run_id)
    told = await desk.world.told(admitted)
    check_complete(told)
    assert (told.run.status, told.outcome["withdrawn"]) == (RunStatus.ABSTAINED, [0])
    assert FIRST not in str(told.outcome)
    await check_replays(desk, told)


async def test_a_stop_that_was_asked_for_counts_first(desk: Desk) -> None:
    async def both(desk: Desk) -> None:
        await close_it(desk)
        await desk.execute(
            "UPDATE app.runs SET cancel_requested_at = now() WHERE person_id = %s AND status = 'running'",
            desk.person.person,
        )

    told = await desk.while_written(claim(SECOND, 2), after="claim", change=both)
    assert told.run.status is RunStatus.CANCELLED
    assert SECOND not in str([event.data for event in told.events])
