"""One person with the right stops, two restart, each act is on record, and no work slips past a stop."""

import asyncio
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import psycopg
import pytest

from audit import store as ledger
from audit.records import STOPS_STREAM
from core.clock import FixedClock
from core.crypto import Keyring, SealBroken
from core.database import Database, connection
from core.errors import Conflict, Forbidden, NotFound, Unprocessable
from core.principal import Principal
from deploy.migrate import DatabaseUrls
from tests.superuser import superuser, tables_showing
from tests.tools.catalogue_sample import CATALOGUE, LIMIT, LOOKUP, NOTE, TASK
from tools.catalogue.models import Tool
from tools.people.directory import Directory
from tools.stops.limits import STOP_LIMITS
from tools.stops.models import RestartMark, Stop, StopPerson, StopState
from tools.stops.switch import StopSwitch, stopped_by

NOW = datetime(2026, 3, 3, 9, tzinfo=UTC)
KEYRING = Keyring(b"k" * 32)
PEOPLE = {
    "sam": Principal("harbour", "sam", "Sam Okafor", roles=frozenset({"supervisor"})),
    "sofia": Principal("harbour", "sofia", "Sofia Lindqvist", roles=frozenset({"supervisor"})),
    "carla": Principal("harbour", "carla", "Carla Mendes", roles=frozenset({"compliance"})),
    "anna": Principal("harbour", "anna", "Anna Keller", roles=frozenset({"staff"})),
    "sasha": Principal("vale", "sasha", "Sasha Ruiz", roles=frozenset({"supervisor"})),
}
SAM, SOFIA, CARLA, ANNA, SASHA = PEOPLE.values()


@dataclass(slots=True)
class Desk:
    """A switch over an empty table of stops, with everybody signed in."""

    database: Database
    clock: FixedClock
    switch: StopSwitch

    async def holding_up(self, tool: Tool, tenant: str = "harbour") -> str | None:
        async with self.database.transaction(Principal.system(tenant)) as tx:
            stop = await stopped_by(tx, tool)
        return None if stop is None else stop.scope

    async def records(self) -> list[tuple[str, str, dict[str, object]]]:
        async with self.database.transaction(SAM) as tx:
            return [(r.kind, r.actor, dict(r.body)) for r in await ledger.stream_records(tx, STOPS_STREAM)]

    async def note(self, principal: Principal) -> None:
        """A newer token says this of the person."""
        self.clock.at += timedelta(seconds=1)
        now = self.clock.at
        await Directory(self.database).note(principal, now, asserted_at=now, signing_limit=None)


@pytest.fixture
async def desk(database: Database, database_urls: DatabaseUrls) -> Desk:
    with superuser(database_urls) as conn:
        conn.execute("SET session_replication_role = replica")  # or the log of what is sealed refuses
        ledger = "app.audit_records, app.audit_waiting"
        conn.execute(f"TRUNCATE app.stops, app.stop_restarts, {ledger}, app.people, app.people_history CASCADE")
    clock = FixedClock(NOW)
    desk = Desk(database, clock, StopSwitch(database, KEYRING, clock, CATALOGUE))
    for principal in PEOPLE.values():
        await desk.note(principal)
    clock.at = NOW + timedelta(minutes=1)
    return desk


async def test_one_person_stops_and_two_restart(desk: Desk) -> None:
    stop = await desk.switch.stop(SAM, "writes", "  Odd notes on many cases.  ")
    assert stop == Stop(
        id=stop.id,
        scope="writes",
        state=StopState.ACTIVE,
        stopped_by=StopPerson("sam", "Sam Okafor"),
        stopped_at=NOW + timedelta(minutes=1),
        lifted_at=None,
        restarts=(),
        reason="Odd notes on many cases.",
    )
    first = RestartMark("carla", "Carla Mendes", NOW + timedelta(minutes=2))
    desk.clock.at = first.at
    assert await desk.switch.restart(CARLA, stop.id) == replace(stop, restarts=(first,))
    assert await desk.holding_up(NOTE) == "writes"
    second = RestartMark("sam", "Sam Okafor", NOW + timedelta(minutes=3))
    desk.clock.at = second.at
    lifted = await desk.switch.restart(SAM, stop.id)
    assert lifted == replace(stop, restarts=(first, second), state=StopState.LIFTED, lifted_at=second.at)
    assert await desk.holding_up(NOTE) is None
    assert await desk.switch.list(SOFIA) == (lifted,)


async def test_each_act_is_on_record_without_the_reason(desk: Desk, database_urls: DatabaseUrls) -> None:
    stop = await desk.switch.stop(SAM, "tool:case_add_note", "Wrong-Customer-Zebra")
    await desk.switch.restart(SOFIA, stop.id)
    await desk.switch.restart(SAM, stop.id)
    digest = KEYRING.digest(b"Wrong-Customer-Zebra", f"stop-reason|harbour|{stop.id}")
    subject = {"stop": str(stop.id), "scope": "tool:case_add_note"}
    assert await desk.records() == [
        ("tools.stopped", "sam", subject | {"reason": digest}),
        ("tools.restart_signed", "sofia", subject | {"signatures": 1}),
        ("tools.restart_signed", "sam", subject | {"signatures": 2}),
        ("tools.restarted", "sam", subject | {"signed_by": ["sofia", "sam"]}),
    ]
    assert tables_showing(database_urls, "Zebra") == []


SCOPES = [
    ("all", ["all"] * 4),
    ("writes", ["writes", None, "writes", "writes"]),
    ("tool:case_add_note", ["tool:case_add_note", None, None, None]),
    ("tool:case_lookup", [None, "tool:case_lookup", None, None]),
]


@pytest.mark.parametrize(("scope", "held_up"), SCOPES)
async def test_a_scope_holds_up_what_it_names(desk: Desk, scope: str, held_up: list[str | None]) -> None:
    await desk.switch.stop(CARLA, scope, "why")
    assert [await desk.holding_up(tool) for tool in (NOTE, LOOKUP, TASK, LIMIT)] == held_up
    assert [await desk.holding_up(tool, "vale") for tool in (NOTE, LOOKUP)] == [None, None]


async def test_the_widest_stop_is_the_one_that_is_named(desk: Desk) -> None:
    for scope in ("tool:case_add_note", "writes", "all"):
        await desk.switch.stop(SAM, scope, "why")
        assert await desk.holding_up(NOTE) == scope


async def test_what_is_stopped_is_listed_before_what_was(desk: Desk) -> None:
    for scope in ("tool:case_add_note", "writes", "all"):
        desk.clock.at += timedelta(minutes=1)
        await desk.switch.stop(SAM, scope, "why")
    listed = await desk.switch.list(CARLA)
    assert [stop.scope for stop in listed] == ["all", "writes", "tool:case_add_note"]
    for who in (SAM, SOFIA):
        await desk.switch.restart(who, listed[0].id)
    assert [stop.scope for stop in await desk.switch.list(SAM)] == ["writes", "tool:case_add_note", "all"]


async def test_stopping_what_is_stopped_returns_the_stop_that_is(desk: Desk) -> None:
    first = await desk.switch.stop(SAM, "all", "first")
    assert await desk.switch.stop(CARLA, "all", "second") == first
    assert len(await desk.records()) == 1
    at_once = await asyncio.gather(*(desk.switch.stop(who, "writes", "now") for who in (SAM, SOFIA, CARLA) * 3))
    assert len({stop.id for stop in at_once}) == 1
    assert len(await desk.records()) == 2


@pytest.mark.parametrize(
    "scope", ["", "ALL", "all ", "write", "tool:", "tool:unknown", "tool:case_add_note;x", "case_add_note", "tool:*"]
)
async def test_an_unknown_scope_is_refused(desk: Desk, scope: str) -> None:
    with pytest.raises(Unprocessable, match="all, writes, or tool: and one of case_add_note"):
        await desk.switch.stop(SAM, scope, "why")
    assert await desk.switch.list(SAM) == ()


@pytest.mark.parametrize("reason", ["", " \n\t", "x" * (STOP_LIMITS.reason_chars + 1)])
async def test_a_stop_says_why(desk: Desk, reason: str) -> None:
    with pytest.raises(Unprocessable, match="Say why"):
        await desk.switch.stop(SAM, "all", reason)


async def test_the_same_person_does_not_restart_twice(desk: Desk) -> None:
    stop = await desk.switch.stop(SAM, "all", "why")
    await desk.switch.restart(SAM, stop.id)
    with pytest.raises(Conflict, match="A second person"):
        await desk.switch.restart(SAM, stop.id)
    answers = await asyncio.gather(*(desk.switch.restart(SAM, stop.id) for _ in range(5)), return_exceptions=True)
    assert all(isinstance(answer, Conflict) for answer in answers)
    assert await desk.holding_up(NOTE) == "all"
    assert [kind for kind, _, _ in await desk.records()] == ["tools.stopped", "tools.restart_signed"]


async def test_three_who_restart_at_once_lift_it_once(desk: Desk) -> None:
    stop = await desk.switch.stop(SAM, "all", "why")
    answers = await asyncio.gather(
        *(desk.switch.restart(who, stop.id) for who in (SAM, SOFIA, CARLA)), return_exceptions=True
    )
    assert sorted(type(answer).__name__ for answer in answers) == ["Conflict", "Stop", "Stop"]
    assert [kind for kind, _, _ in await desk.records()].count("tools.restarted") == 1
    with pytest.raises(Conflict, match="no longer stopped"):
        await desk.switch.restart(SAM, stop.id)


async def test_who_lacks_the_right_in_token_or_directory_stops_nothing(desk: Desk) -> None:
    """The attacks: no right at all; a token from before a demotion; a token of a person whom nobody noted."""
    stop = await desk.switch.stop(CARLA, "writes", "why")
    await desk.note(replace(SAM, roles=frozenset({"staff"})))
    await desk.note(replace(ANNA, roles=frozenset({"supervisor"})))
    stranger = Principal("harbour", "mallory", roles=frozenset({"supervisor", "platform_admin"}))
    for who in (ANNA, SAM, stranger):
        with pytest.raises(Forbidden):
            await desk.switch.stop(who, "all", "why")
        with pytest.raises(Forbidden):
            await desk.switch.restart(who, stop.id)
        with pytest.raises(Forbidden):
            await desk.switch.list(who)
    assert await desk.switch.list(CARLA) == (stop,)


async def test_a_stop_of_another_tenant_does_not_exist(desk: Desk) -> None:
    stop = await desk.switch.stop(SAM, "all", "why")
    assert await desk.switch.list(SASHA) == ()
    for stop_id in (stop.id, uuid4()):
        with pytest.raises(NotFound):
            await desk.switch.restart(SASHA, stop_id)
    assert await desk.switch.list(SAM) == (stop,)


async def test_the_database_lifts_no_stop_for_one_person(desk: Desk) -> None:
    stop = await desk.switch.stop(SAM, "all", "why")
    await desk.switch.restart(SAM, stop.id)
    with pytest.raises(psycopg.Error, match="by two persons"):
        async with desk.database.transaction(SAM) as tx:
            await connection(tx).execute("UPDATE app.stops SET state = 'lifted' WHERE id = %s", (stop.id,))
    assert await desk.holding_up(NOTE) == "all"


async def test_without_a_record_nothing_is_stopped_nor_restarted(desk: Desk, database_urls: DatabaseUrls) -> None:
    stop = await desk.switch.stop(SAM, "writes", "why")
    await desk.switch.restart(SAM, stop.id)
    with superuser(database_urls) as conn:
        conn.execute("ALTER TABLE app.audit_records ADD CONSTRAINT closed CHECK (false) NOT VALID")
        try:
            with pytest.raises(psycopg.Error):
                await desk.switch.stop(SAM, "all", "why")
            with pytest.raises(psycopg.Error):
                await desk.switch.restart(SOFIA, stop.id)
        finally:
            conn.execute("ALTER TABLE app.audit_records DROP CONSTRAINT closed")
    assert [(each.scope, len(each.restarts)) for each in await desk.switch.list(SAM)] == [("writes", 1)]


async def waiting_for_a_lock(urls: DatabaseUrls) -> None:
    """Return when somebody waits for an advisory lock."""
    with superuser(urls) as conn:
        query = "SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
        for _ in range(1_000):
            if conn.execute(query).fetchone():
                return
            await asyncio.sleep(0.01)
    pytest.fail("nobody waits")


async def test_work_that_is_being_begun_comes_before_the_stop(desk: Desk, database_urls: DatabaseUrls) -> None:
    async with desk.database.transaction(Principal.system("harbour")) as tx:
        assert await stopped_by(tx, NOTE) is None
        stopping = asyncio.create_task(desk.switch.stop(SAM, "all", "why"))
        await waiting_for_a_lock(database_urls)
        assert await desk.holding_up(NOTE, "vale") is None  # the lock is the tenant's
        assert not stopping.done()
    assert (await stopping).state is StopState.ACTIVE
    assert await desk.holding_up(NOTE) == "all"


async def test_work_that_comes_while_a_stop_is_being_written_sees_it(desk: Desk, database_urls: DatabaseUrls) -> None:
    """The attack: begin just before the stop commits. The stop holds the ledger's end here, so that it can't yet."""
    async with desk.database.transaction(Principal.system("harbour")) as tx:
        await connection(tx).execute("SELECT app.lock_audit_head(%s, '{}')", (STOPS_STREAM,))
        stopping = asyncio.create_task(desk.switch.stop(SAM, "all", "why"))
        await waiting_for_a_lock(database_urls)
        beginning = [asyncio.create_task(desk.holding_up(NOTE)) for _ in range(3)]
        await asyncio.sleep(0)
        assert not any(task.done() for task in beginning)
    await stopping
    assert await asyncio.gather(*beginning) == ["all"] * 3


async def test_a_reason_moved_to_another_stop_does_not_open(desk: Desk, database_urls: DatabaseUrls) -> None:
    first = await desk.switch.stop(SAM, "all", "why")
    second = await desk.switch.stop(SAM, "writes", "because")
    with superuser(database_urls) as conn:
        conn.execute("ALTER TABLE app.stops DISABLE TRIGGER guard_stop")
        conn.execute(
            "UPDATE app.stops SET sealed_reason = (SELECT sealed_reason FROM app.stops WHERE id = %s) WHERE id = %s",
            (first.id, second.id),
        )
        conn.execute("ALTER TABLE app.stops ENABLE TRIGGER guard_stop")
    with pytest.raises(SealBroken, match="stop-reason"):
        await desk.switch.list(SAM)
    assert await desk.holding_up(NOTE) == "all"
