"""What holds although the application is wrong: rights and triggers of the database, and one transaction for all."""

from dataclasses import replace
from typing import Any
from uuid import UUID

import psycopg
import pytest

from core.database import Transaction, connection
from core.errors import Conflict
from deploy.migrate import DatabaseUrls
from tests.superuser import superuser
from tests.tools.approvals.desk import SAM, Desk
from tools.approvals.models import ApprovalState
from tools.approvals.reasons import JUST_DECIDED
from tools.models import Signature

LIMIT_ARGS = {"customer_id": "31-7750", "amount": 20_000}

# ------------------------------------------------------------------ past the application


@pytest.mark.parametrize(
    "change",
    [
        "digest = 'x'",
        "sealed = 'x'",
        "makers = '{omar}'",
        "signers = '{staff}'",
        "signature = 'self'",
        "expires_at = expires_at + interval '1 day'",
        "catalogue_version = 'v2'",
        "run_id = gen_random_uuid()",
        "tool = 'limit_change'",
    ],
)
async def test_the_application_can_not_change_what_is_signed(desk: Desk, change: str) -> None:
    asked = await desk.ask()
    await denied(desk, f"UPDATE app.approvals SET {change} WHERE id = %s", asked.id)


@pytest.mark.parametrize("table", ["approvals", "approval_signatures"])
async def test_the_application_can_not_delete_or_alter_a_decision(desk: Desk, table: str) -> None:
    asked = await desk.ask()
    await desk.decide(SAM, asked)
    column = "id" if table == "approvals" else "approval_id"
    await denied(desk, f"DELETE FROM app.{table} WHERE {column} = %s", asked.id)
    if table == "approval_signatures":
        await denied(desk, "UPDATE app.approval_signatures SET person_id = 'eve' WHERE approval_id = %s", asked.id)


@pytest.mark.parametrize("state", ["approved", "executed", "failed", "pending"])
async def test_no_state_is_reached_without_its_way(desk: Desk, state: str) -> None:
    asked = await desk.ask()
    with pytest.raises(psycopg.errors.RaiseException):
        await execute(desk, f"UPDATE app.approvals SET state = '{state}' WHERE id = %s", asked.id)


@pytest.mark.parametrize(("signature", "signers"), [("other", ["anna"]), ("two", ["sam"]), ("two", ["sam", "anna"])])
async def test_the_database_counts_the_signatures_itself(desk: Desk, signature: str, signers: list[str]) -> None:
    asked = await desk.ask("limit_change", LIMIT_ARGS, signature=Signature(signature))
    for signer in signers:
        await execute(
            desk,
            f"INSERT INTO app.approval_signatures (approval_id, person_id, decision, at)"
            f" VALUES (%s, '{signer}', 'approve', '{asked.created_at.isoformat()}')",
            asked.id,
        )
    with pytest.raises(psycopg.errors.RaiseException, match="signatures first"):
        await execute(desk, "UPDATE app.approvals SET state = 'approved' WHERE id = %s", asked.id)


async def test_nothing_is_born_signed(desk: Desk) -> None:
    asked = await desk.ask()
    columns = "run_id, thread_id, call_id, tool, catalogue_version, digest, sealed, signature, signers, makers"
    copy = f"INSERT INTO app.approvals (id, {columns}, created_at, expires_at, state)"
    with pytest.raises(psycopg.errors.RaiseException, match="begins as pending"):
        await execute(
            desk,
            f"{copy} SELECT gen_random_uuid(), {columns}, created_at, expires_at, 'approved'"
            " FROM app.approvals WHERE id = %s",
            asked.id,
        )


@pytest.mark.parametrize("when", ["decided", "expired"])
async def test_a_signature_comes_neither_after_the_decision_nor_after_the_hour(desk: Desk, when: str) -> None:
    asked = await desk.ask()
    if when == "decided":
        await desk.decide(SAM, asked, "reject", reason="Wrong case.")
    at = asked.created_at if when == "decided" else asked.expires_at
    with pytest.raises(psycopg.errors.RaiseException, match="only what is pending"):
        await execute(
            desk,
            "INSERT INTO app.approval_signatures (approval_id, person_id, decision, at)"
            f" VALUES (%s, 'sofia', 'approve', '{at.isoformat()}')",
            asked.id,
        )


@pytest.mark.parametrize("state", ["approve", "reject", "edit"])
async def test_what_is_decided_can_not_be_decided_back(desk: Desk, state: Any) -> None:
    asked = await desk.ask()
    await desk.decide(SAM, asked, state, args=dict(asked.call.args) | {"text": "x"} if state == "edit" else None)
    with pytest.raises(psycopg.errors.RaiseException):
        await execute(desk, "UPDATE app.approvals SET state = 'pending' WHERE id = %s", asked.id)


# ------------------------------------------------------------------ when something fails


@pytest.mark.parametrize("decision", ["approve", "reject", "edit"])
async def test_without_a_record_nothing_happens(desk: Desk, database_urls: DatabaseUrls, decision: Any) -> None:
    asked = await desk.ask()
    before = await desk.left(asked)
    args = dict(asked.call.args) | {"text": "x"} if decision == "edit" else None
    with superuser(database_urls) as admin:
        admin.execute("ALTER TABLE app.audit_records ADD CONSTRAINT full_disk CHECK (seq < 0) NOT VALID")
        try:
            with pytest.raises(psycopg.errors.CheckViolation):
                await desk.decide(SAM, asked, decision, args=args)
            desk.clock.at = asked.expires_at
            with pytest.raises(psycopg.errors.CheckViolation):
                await desk.decisions.expire("harbour", asked.id)
        finally:
            admin.execute("ALTER TABLE app.audit_records DROP CONSTRAINT full_disk")
    assert await desk.left(asked) == before
    assert (desk.resumed, desk.scheduled) == ([], [])


async def test_a_record_that_was_planted_stops_the_act(desk: Desk) -> None:
    """The ledger leaves out a step that it holds; then the act would have no record of its own."""
    asked = await desk.ask()
    await execute(
        desk,
        f"""INSERT INTO app.audit_records (stream, seq, kind, at, actor, run_id, step, body, prev_hash, hash)
            VALUES ('thread:{asked.thread_id}', 99, 'run.paused', now(), 'eve', NULL,
                    '{asked.run_id}:approval.approved:' || %s || ':sam', '{{}}', '', '')""",
        asked.id,
    )
    assert await desk.refusal(SAM, asked) == (409, JUST_DECIDED)
    assert ((await desk.load(asked)).state, desk.resumed) == (ApprovalState.PENDING, [])


async def test_what_can_not_go_on_is_not_signed(desk: Desk) -> None:
    asked = await desk.ask()
    before = await desk.left(asked)

    async def no_queue(_tx: Transaction, _run_id: UUID, _thread_id: UUID) -> None:
        raise Conflict("the queue is gone")

    with pytest.raises(Conflict, match="the queue is gone"):
        await replace(desk.decisions, resume=no_queue).decide(SAM, asked.id, "approve", asked.digest)
    assert await desk.left(asked) == before
    assert (await desk.decide(SAM, asked)).state is ApprovalState.APPROVED


async def test_what_could_never_expire_is_not_opened(desk: Desk) -> None:
    asked = await desk.ask()
    before = await desk.left(asked)

    async def no_queue(_tx: Transaction, _approval_id: UUID, _at: object) -> None:
        raise Conflict("the queue is gone")

    decisions = replace(desk.decisions, schedule_expiry=no_queue)
    with pytest.raises(Conflict, match="the queue is gone"):
        await decisions.decide(
            SAM, asked.id, "edit", asked.digest, args=dict(asked.call.args) | {"text": "Another wording"}
        )
    assert await desk.left(asked) == before


async def execute(desk: Desk, statement: str, approval_id: UUID) -> None:
    """As the application, with the rights of the system of the tenant."""
    async with desk.system() as tx:
        await connection(tx).execute(statement.encode(), (approval_id,))


async def denied(desk: Desk, statement: str, approval_id: UUID) -> None:
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        await execute(desk, statement, approval_id)
