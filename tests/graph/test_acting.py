"""A request becomes a proposal, somebody signs it, it happens once; and every other way that it can end."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from core.database import Database, connection
from core.errors import Conflict, ThreadBusy, Unavailable
from core.principal import Principal
from deploy.migrate import DatabaseUrls
from gateway.embeddings import Embedder
from gateway.planning.ports import Plan, PlannedCall, PlanningTask
from graph import driving
from graph.context import Guards
from graph.limits import ACTING_LIMITS
from guardrails.screening import Screening
from runs.models import RunStatus
from runs.subjects import subject_digest
from tests.graph.acting import NOTE, SAM, SOFIA, ActingWorld, open_acting
from tests.graph.test_restarts import ProcessKilled
from tests.graph.test_turns import check_complete
from tests.graph.world import ANNA, KEYRING, open_world
from tests.superuser import superuser
from tools.approvals.models import ApprovalState
from tools.catalogue.models import Tool
from tools.connector.memory import MemoryConnector
from tools.connector.ports import Acting, Outcome, ToolUnavailable
from tools.people.directory import Directory

RAISE = "Raise the daily card limit of customer 88-1204 to $12,000"


@pytest.fixture
def bank() -> MemoryConnector:
    return MemoryConnector()


@pytest.fixture
async def acting(database: Database, embedder: Embedder, guards: Guards, bank: MemoryConnector) -> ActingWorld:
    return await open_acting(await open_world(database, embedder, guards), bank)


def notes(bank: MemoryConnector, case: str = "C-1042") -> list[str]:
    return [note["text"] for note in bank.banks["harbour"].cases[case]["notes"]]


async def test_a_signed_note_is_written_once_and_the_maker_gets_a_receipt(
    acting: ActingWorld, bank: MemoryConnector
) -> None:
    before = notes(bank)
    told = await acting.ask(NOTE)
    assert told.run.status is RunStatus.PAUSED
    assert told.kinds == [
        "run.started",
        "stage:screen:started",
        "stage:screen:finished",
        "stage:understand:started",
        "stage:understand:finished",
        "stage:act:started",
        "tool.proposed",
        "approval.required",
        "stage:act:finished",
        "run.paused",
    ]
    assert notes(bank) == before
    asked = told.events[7].data
    assert asked["args"] == {"case_id": "C-1042", "text": "address proof is missing"}
    assert {argument["origin"] for argument in asked["arguments"]} == {"user"}

    await acting.decide(SAM, told)
    assert acting.resumed == [told.run.id]
    told = await acting.go_on(told.admitted)
    check_complete(told)
    assert told.run.status is RunStatus.ANSWERED
    assert notes(bank) == [*before, "address proof is missing"]
    assert told.kinds[10:] == [
        "approval.decided",
        "tool.result",
        "sources",
        "answer",
        "run.finished",
    ]
    assert told.outcome["text"].startswith("The note was added to case C-1042")
    assert [source["kind"] for source in told.outcome["sources"]] == ["tool_result"]
    assert "effect.done" in told.recorded
    assert "run.finished" in told.recorded


async def test_a_look_up_is_answered_from_what_the_bank_returned(acting: ActingWorld) -> None:
    told = await acting.ask("What is the state of case C-1042?")
    check_complete(told)
    assert told.run.status is RunStatus.ANSWERED
    assert told.outcome["text"].startswith("Case C-1042 is open.")
    assert "tool.read" in told.recorded


async def test_an_unknown_case_is_said_in_the_banks_words(acting: ActingWorld) -> None:
    told = await acting.ask("What is the state of case C-9999?")
    assert told.run.status is RunStatus.ABSTAINED
    assert "C-9999" in told.outcome["reason"]


async def test_a_missing_piece_is_asked_for_and_the_next_message_completes_the_request(acting: ActingWorld) -> None:
    told = await acting.ask("Please add a note to the case: address proof is missing")
    assert told.run.status is RunStatus.ABSTAINED
    assert "C-1042" in told.outcome["reason"]
    told = await acting.ask("case C-1042", told.admitted.thread_id)
    assert told.run.status is RunStatus.PAUSED
    assert (await acting.waiting(told)).call.args["case_id"] == "C-1042"


async def test_a_question_about_the_rules_is_no_request(acting: ActingWorld) -> None:
    told = await acting.ask("When is a lost debit card blocked?")
    assert "tool.proposed" not in told.kinds
    assert told.run.status is RunStatus.ANSWERED


async def test_a_rejected_request_ends_without_effect(acting: ActingWorld, bank: MemoryConnector) -> None:
    before = notes(bank)
    told = await acting.ask(NOTE)
    await acting.decide(SAM, told, "reject", reason="Wrong case.")
    told = await acting.go_on(told.admitted)
    check_complete(told)
    assert (told.run.status, notes(bank)) == (RunStatus.REJECTED, before)
    assert told.events[-2].data["reason"] == "Wrong case."


async def test_an_edited_request_is_signed_by_a_third_person_and_done_as_edited(
    acting: ActingWorld, bank: MemoryConnector
) -> None:
    told = await acting.ask(NOTE)
    await acting.decide(SAM, told, "edit", args={"case_id": "C-1042", "text": "Address proof is missing since May."})
    await acting.decide(SOFIA, told)
    told = await acting.go_on(told.admitted)
    check_complete(told)
    assert told.run.status is RunStatus.ANSWERED
    assert notes(bank)[-1] == "Address proof is missing since May."


async def test_a_limit_change_above_the_line_needs_two(acting: ActingWorld) -> None:
    told = await acting.ask(RAISE)
    assert (await acting.waiting(told)).signature.value == "two"
    await acting.decide(SAM, told)
    assert acting.resumed == []
    assert (await acting.go_on(told.admitted)).run.status is RunStatus.PAUSED
    await acting.decide(SOFIA, told)
    told = await acting.go_on(told.admitted)
    assert told.run.status is RunStatus.ANSWERED


async def test_a_paused_run_goes_on_by_nothing_but_its_signature(acting: ActingWorld, bank: MemoryConnector) -> None:
    """Whoever puts the run's job on the queue again, or asks again in the conversation, signs nothing."""
    before = notes(bank)
    told = await acting.ask(NOTE)
    for _ in range(3):
        told = await acting.go_on(told.admitted)
    assert told.run.status is RunStatus.PAUSED
    with pytest.raises(ThreadBusy):
        await acting.ask("approve", told.admitted.thread_id)
    assert notes(bank) == before


async def test_it_waits_again_when_the_worker_died_before_it_paused(
    acting: ActingWorld, bank: MemoryConnector, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = await _killed_before_the_pause(acting, monkeypatch)
    shown = told.kinds
    told = await acting.go_on(told.admitted)
    assert told.run.status is RunStatus.PAUSED
    assert told.kinds == [*shown, "run.paused"]
    await acting.decide(SAM, told)
    told = await acting.go_on(told.admitted)
    assert (told.run.status, notes(bank)[-1]) == (RunStatus.ANSWERED, "address proof is missing")


async def test_signed_before_the_run_had_paused(
    acting: ActingWorld, bank: MemoryConnector, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = notes(bank)
    told = await _killed_before_the_pause(acting, monkeypatch)
    await acting.decide(SAM, told)
    told = await acting.go_on(told.admitted)
    check_complete(told)
    assert (told.run.status, len(notes(bank))) == (RunStatus.ANSWERED, len(before) + 1)


async def _killed_before_the_pause(acting: ActingWorld, monkeypatch: pytest.MonkeyPatch) -> Any:
    async def killed(*_: Any) -> None:
        raise ProcessKilled

    admitted = await acting.world.admit(NOTE)
    with monkeypatch.context() as patch:
        patch.setattr(driving.store, "pause_run", killed)
        with pytest.raises(ProcessKilled):
            await acting.go_on(admitted)
    return await acting.world.told(admitted)


class Dying:
    """A connector whose process dies around a write: before it is sent, or after it was carried out."""

    def __init__(self, inner: MemoryConnector, when: str, error: BaseException, times: int = 1) -> None:
        self.inner, self.when, self.error, self.left = inner, when, error, times

    async def call(
        self, tool: Tool, args: Mapping[str, Any], acting: Acting, *, idempotency_key: str | None = None
    ) -> Any:
        if idempotency_key is None or self.left == 0:
            return await self.inner.call(tool, args, acting, idempotency_key=idempotency_key)
        self.left -= 1
        if self.when == "after":
            await self.inner.call(tool, args, acting, idempotency_key=idempotency_key)
        raise self.error

    async def outcome(self, idempotency_key: str, acting: Acting) -> Outcome | None:
        return await self.inner.outcome(idempotency_key, acting)

    async def aclose(self) -> None:
        await self.inner.aclose()


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("error", [ProcessKilled(), ToolUnavailable("No reply.")], ids=["killed", "no reply"])
async def test_whatever_dies_around_the_effect_it_is_done_once(
    acting: ActingWorld, bank: MemoryConnector, when: str, error: BaseException
) -> None:
    before = notes(bank)
    told = await acting.ask(NOTE)
    await acting.decide(SAM, told)
    dying = Dying(bank, when, error, ACTING_LIMITS.write_tries)
    with pytest.raises(type(error)):
        await acting.go_on(told.admitted, connector=dying)
    told = await acting.world.told(told.admitted)
    assert not told.run.status.is_terminal
    told = await acting.go_on(told.admitted)
    check_complete(told)
    assert (told.run.status, len(notes(bank))) == (RunStatus.ANSWERED, len(before) + 1)
    assert told.kinds.count("tool.result") == 1


async def test_a_long_outage_is_not_the_end_of_a_signed_run(acting: ActingWorld, bank: MemoryConnector) -> None:
    told = await acting.ask(NOTE)
    await acting.decide(SAM, told)
    away = Dying(bank, "before", ToolUnavailable("No reply."), 1_000)
    for _ in range(8):
        with pytest.raises(Unavailable):
            await acting.go_on(told.admitted, connector=away)
    told = await acting.go_on(told.admitted)
    assert told.run.status is RunStatus.ANSWERED


async def test_what_nobody_could_find_out_in_time_is_said_so(acting: ActingWorld, bank: MemoryConnector) -> None:
    told = await acting.ask(NOTE)
    await acting.decide(SAM, told)
    later = datetime.now(UTC) + ACTING_LIMITS.write_for + timedelta(minutes=1)

    class Later:
        def now(self) -> datetime:
            return later

    away = Dying(bank, "after", ToolUnavailable("No reply."), 1_000)
    runner = acting.world.runner(acting=acting.acting(connector=away), clock=Later())
    await runner.run("harbour", told.run.id)
    told = await acting.world.told(told.admitted)
    check_complete(told)
    assert told.run.status is RunStatus.FAILED
    assert told.outcome["code"] == "effect_unknown"
    assert (await acting.waiting(told)).state is ApprovalState.FAILED


async def test_a_signer_who_lost_the_right_signs_nothing(acting: ActingWorld, bank: MemoryConnector) -> None:
    before = notes(bank)
    told = await acting.ask(NOTE)
    await acting.decide(SAM, told)
    demoted = replace(SAM, roles=frozenset({"staff"}))
    directory, now = Directory(acting.world.database), datetime.now(UTC)
    await directory.note(demoted, now, asserted_at=now, signing_limit=None)
    try:
        told = await acting.go_on(told.admitted)
    finally:
        later = now + timedelta(seconds=1)
        await directory.note(SAM, later, asserted_at=later, signing_limit=20_000)
    check_complete(told)
    assert (told.run.status, notes(bank)) == (RunStatus.FAILED, before)
    assert told.outcome["code"] == "signature_void"
    assert (await acting.waiting(told)).state is ApprovalState.VOIDED


async def test_a_stop_holds_what_is_signed_and_what_is_asked(acting: ActingWorld, bank: MemoryConnector) -> None:
    before = notes(bank)
    told = await acting.ask(NOTE)
    await acting.decide(SAM, told)
    stop = await acting.stops.stop(SAM, "writes", "Strange requests.")
    told = await acting.go_on(told.admitted)
    assert (told.run.status, told.outcome["code"]) == (RunStatus.FAILED, "signature_void")
    told = await acting.ask(NOTE)
    assert (told.run.status, told.outcome["code"]) == (RunStatus.REFUSED, "tools_stopped")
    for who in (SAM, SOFIA):
        await acting.stops.restart(who, stop.id)
    assert (await acting.ask(NOTE)).run.status is RunStatus.PAUSED
    assert notes(bank) == before


async def test_a_stop_after_the_effect_was_begun_finds_out_what_was_done(
    acting: ActingWorld, bank: MemoryConnector
) -> None:
    told = await acting.ask(NOTE)
    await acting.decide(SAM, told)
    with pytest.raises(ProcessKilled):
        await acting.go_on(told.admitted, connector=Dying(bank, "after", ProcessKilled()))
    stop = await acting.stops.stop(SAM, "all", "Strange requests.")
    told = await acting.go_on(told.admitted)
    for who in (SAM, SOFIA):
        await acting.stops.restart(who, stop.id)
    assert told.run.status is RunStatus.ANSWERED
    assert notes(bank)[-1] == "address proof is missing"


async def test_two_requests_in_one_message_are_signed_one_after_the_other(
    acting: ActingWorld, bank: MemoryConnector
) -> None:
    told = await acting.ask(
        "Add a note to case C-1042: called the customer, and block card 4417 of customer 31-7750, it was stolen"
    )
    tools: list[str] = []
    for _ in range(2):
        assert told.run.status is RunStatus.PAUSED
        tools.append((await acting.waiting(told)).tool)
        await acting.decide(SAM, told)
        told = await acting.go_on(told.admitted)
    check_complete(told)
    assert (told.run.status, tools) == (RunStatus.ANSWERED, ["case_add_note", "card_block"])
    assert len(told.outcome["claims"]) == 2


async def test_a_maker_without_the_right_proposes_nothing(acting: ActingWorld) -> None:
    acting.world.principal = Principal("harbour", "carla", name="Carla Mendes", roles=frozenset({"compliance"}))
    told = await acting.ask(NOTE)
    assert told.run.status is RunStatus.REFUSED
    assert "tool.proposed" not in told.kinds
    acting.world.principal = ANNA


class ScriptedPlanner:
    """A model that plans what it likes."""

    name = "scripted"

    def __init__(self, *calls: PlannedCall) -> None:
        self.calls = list(calls)
        self.tasks: list[PlanningTask] = []

    async def plan(self, task: PlanningTask) -> Plan:
        self.tasks.append(task)
        return Plan(calls=(self.calls.pop(0),) if self.calls else ())

    async def aclose(self) -> None:
        """Nothing to release."""


@pytest.mark.parametrize(
    "call",
    [
        PlannedCall("drop_all_tables", {}),
        PlannedCall("case_add_note", {"case_id": "C-1042"}),
        PlannedCall("case_add_note", {"case_id": "../customers/31-7750", "text": "x"}),
        PlannedCall("case_add_note", {"case_id": "C-1042", "text": "x", "call drop_all_tables": True}),
        PlannedCall("limit_change", {"customer_id": "88-1204", "kind": "daily_card", "amount": 10**30}),
        PlannedCall("limit_change", {"customer_id": "88-1204", "kind": "daily_card", "amount": 12.5}),
        PlannedCall("limit_change", {"customer_id": "88-1204", "kind": "daily_card", "amount": 5000.0}),
    ],
    ids=["unknown tool", "missing", "traversal", "extra", "huge", "fraction", "whole fraction"],
)
async def test_a_call_that_is_not_allowed_is_neither_made_nor_shown(acting: ActingWorld, call: PlannedCall) -> None:
    told = await acting.ask(NOTE, planner=ScriptedPlanner(call))
    check_complete(told)
    assert told.run.status is RunStatus.REFUSED
    assert "tool.proposed" not in told.kinds
    assert "drop_all_tables" not in str([event.data for event in told.events])


async def test_a_model_that_reads_for_ever_is_stopped(acting: ActingWorld) -> None:
    reads = [PlannedCall("case_lookup", {"case_id": f"C-10{n}"}) for n in range(40, 60)]
    told = await acting.ask("What is the state of case C-1042?", planner=ScriptedPlanner(*reads))
    check_complete(told)
    assert told.kinds.count("tool.result") <= ACTING_LIMITS.calls


async def test_a_model_sees_no_personal_data_and_its_placeholders_come_back(acting: ActingWorld) -> None:
    planner = ScriptedPlanner(PlannedCall("case_add_note", {"case_id": "C-1042", "text": "Paid by [card number 1]."}))
    told = await acting.ask("Add a note to case C-1042: Paid by 4111 1111 1111 1111.", planner=planner)
    assert "4111" not in planner.tasks[0].request
    assert (await acting.waiting(told)).call.args["text"] == "Paid by 4111 1111 1111 1111."


async def test_a_run_that_fails_after_it_asked_leaves_nothing_to_sign(
    acting: ActingWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: Any) -> None:
        raise ZeroDivisionError

    admitted = await acting.world.admit(NOTE)
    with monkeypatch.context() as patch:
        patch.setattr(driving.store, "pause_run", broken)
        told = await acting.go_on(admitted)
    assert told.run.status is RunStatus.FAILED
    with pytest.raises(Conflict):
        await acting.decide(SAM, told)


async def test_a_request_that_was_altered_in_the_database_is_not_done_and_its_run_ends(
    acting: ActingWorld, bank: MemoryConnector, database_urls: DatabaseUrls
) -> None:
    told = await acting.ask(NOTE)
    approval = await acting.decide(SAM, told)
    with superuser(database_urls) as admin:
        admin.execute("ALTER TABLE app.approvals DISABLE TRIGGER ALL")
        admin.execute("UPDATE app.approvals SET makers = '{omar}' WHERE id = %s", (approval.id,))
        admin.execute("ALTER TABLE app.approvals ENABLE TRIGGER ALL")
    told = await acting.go_on(told.admitted)
    assert (told.run.status, bank.effects) == (RunStatus.FAILED, [])
    assert told.kinds[-1] == "run.finished"


async def test_the_maker_who_stopped_it_in_time_has_nothing_done(acting: ActingWorld, bank: MemoryConnector) -> None:
    """The stop was asked for at the instant of the signature, so both are in the database."""
    told = await acting.ask(NOTE)
    approval = await acting.decide(SAM, told)
    async with acting.world.database.transaction(acting.world.system) as tx:
        await connection(tx).execute("UPDATE app.runs SET cancel_requested_at = now() WHERE id = %s", (told.run.id,))
    told = await acting.go_on(told.admitted)
    assert (told.run.status, bank.effects) == (RunStatus.CANCELLED, [])
    assert (await acting.waiting(told)).state is ApprovalState.VOIDED
    assert [e.data["decision"] for e in told.events if e.kind == "approval.decided"] == ["approve", "void"]
    assert approval.id == (await acting.waiting(told)).id


async def test_a_signed_request_whose_conversation_opens_no_more_is_closed(
    acting: ActingWorld, bank: MemoryConnector, database_urls: DatabaseUrls
) -> None:
    told = await acting.ask(NOTE)
    approval = await acting.decide(SAM, told)
    with superuser(database_urls) as admin:
        admin.execute("SET session_replication_role = replica")  # else a trigger refuses to exchange a key
        admin.execute(
            "UPDATE app.thread_keys SET wrapped = decode('01', 'hex') WHERE thread_id = %s", (told.run.thread_id,)
        )
    await acting.world.runner(acting=acting.acting()).run("harbour", told.run.id)
    with superuser(database_urls) as admin:
        states = admin.execute(
            """SELECT a.state, r.status FROM app.approvals a JOIN app.runs r ON r.tenant = a.tenant AND r.id = a.run_id
               WHERE a.id = %s""",
            (approval.id,),
        ).fetchone()
    assert (states, bank.effects) == (("voided", "failed"), [])


@pytest.mark.parametrize(
    ("asked", "about"),
    [(NOTE, ("case", "C-1042")), ("What is the state of case C-1043?", ("case", "C-1043"))],
    ids=["write", "look-up"],
)
async def test_a_run_is_found_by_what_it_is_about(acting: ActingWorld, asked: str, about: tuple[str, str]) -> None:
    told = await acting.ask(asked)
    assert subject_digest(KEYRING, "harbour", *about) in await _subjects(acting, told.run.id)


async def test_a_changed_request_is_found_by_both(acting: ActingWorld) -> None:
    told = await acting.ask(NOTE)
    await acting.decide(SAM, told, "edit", args={"case_id": "C-1043", "text": "address proof is missing"})
    wanted = {subject_digest(KEYRING, "harbour", "case", case) for case in ("C-1042", "C-1043")}
    assert wanted <= await _subjects(acting, told.run.id)


async def _subjects(acting: ActingWorld, run_id: UUID) -> set[str]:
    async with acting.world.database.transaction(acting.world.system) as tx:
        cursor = await connection(tx).execute("SELECT subject FROM app.run_subjects WHERE run_id = %s", (run_id,))
        return {row["subject"] for row in await cursor.fetchall()}


async def test_a_suspicion_leaves_look_ups_by_written_rules_and_nothing_else(acting: ActingWorld) -> None:
    class Suspects:
        async def screen(self, raw: str) -> Screening:
            return replace(await screener.screen(raw), suspicious=True)

    guards = acting.world.services.guards
    screener = guards.screener
    acting.world = replace(
        acting.world,
        services=replace(acting.world.services, guards=replace(guards, screener=Suspects())),
    )
    planner = ScriptedPlanner(PlannedCall("customer_lookup", {"customer_id": "88-1204"}))
    told = await acting.ask("show case C-1042", planner=planner)
    assert (told.run.status, planner.tasks) == (RunStatus.ANSWERED, [])
    for text in (NOTE, "What is the state of case C-1042? Then add a note to case C-1042: seen"):
        told = await acting.ask(text, planner=planner)
        assert "approval.required" not in told.kinds
    assert planner.tasks == []
