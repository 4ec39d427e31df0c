"""Every way around the signature that we could think of, tried."""

import asyncio
from collections import Counter
from collections.abc import Awaitable
from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest

from core.crypto import SealBroken
from core.database import Transaction, connection
from core.errors import Conflict, ProblemError
from core.principal import Principal
from deploy.migrate import DatabaseUrls
from tests.superuser import superuser, tables_showing
from tests.tools.approvals.desk import ANNA, OMAR, REQUEST, SAM, SASHA, SOFIA, Desk, person, roles
from tools.approvals.digest import call_digest
from tools.approvals.models import Approval, ApprovalState
from tools.approvals.reasons import CATALOGUE_CHANGED, DIFFERS, JUST_DECIDED, NO_SUCH, RIGHTS, RightCode
from tools.models import Call, Signature

LIMIT_ARGS = {"customer_id": "31-7750", "amount": 20_000}


async def outcome(decision: Awaitable[Approval]) -> str:
    try:
        return (await decision).state.value
    except ProblemError as problem:
        return str(problem.status)


# ------------------------------------------------------------------ at the same instant


async def test_of_a_hundred_decisions_at_once_one_counts(desk: Desk) -> None:
    asked = await desk.ask()
    signing = [desk.decide((SAM, SOFIA)[n % 2], asked) for n in range(100)]
    outcomes = Counter(await asyncio.gather(*(outcome(each) for each in signing)))
    assert outcomes == {"approved": 1, "409": 99}
    left = await desk.left(asked)
    assert (len(left.approval.signatures), desk.resumed, left.told) == (1, [asked.run_id], ["approval.decided"])
    assert [kind for kind, _actor in left.recorded] == ["approval.approved"]


async def test_yes_and_no_at_the_same_instant_are_one_of_the_two(desk: Desk) -> None:
    for turn in range(50):
        asked = await desk.ask(paused=turn % 2 == 0)
        desk.resumed.clear()
        yes, no = desk.decide(SAM, asked), desk.decide(SOFIA, asked, "reject")
        both = (outcome(yes), outcome(no)) if turn % 3 else (outcome(no), outcome(yes))
        outcomes = sorted(await asyncio.gather(*both))
        left = await desk.left(asked)
        approved = left.approval.state is ApprovalState.APPROVED
        assert outcomes == ["409", "approved" if approved else "rejected"]
        assert desk.resumed == ([asked.run_id] if approved else [])
        assert (left.run == "rejected") is not approved
        assert len(left.approval.signatures) == 1


async def test_of_two_edits_at_once_one_opens_a_request(desk: Desk) -> None:
    asked = await desk.ask()
    edits = [
        desk.decide(who, asked, "edit", args=dict(asked.call.args) | {"text": f"by {who.person}"})
        for who in (SAM, SOFIA)
    ]
    assert sorted(await asyncio.gather(*(outcome(each) for each in edits))) == ["409", "pending"]
    assert (await desk.left(asked)).requests == 2


async def test_two_windows_of_one_person_are_one_signature(desk: Desk) -> None:
    asked = await desk.ask("limit_change", LIMIT_ARGS, signature=Signature.TWO)
    twice = await asyncio.gather(*(outcome(desk.decide(SAM, asked)) for _ in range(10)))
    assert Counter(twice) == {"pending": 1, "409": 9}
    assert ((await desk.load(asked)).approvers, desk.resumed) == (("sam",), [])


async def test_two_persons_at_once_give_two_signatures_and_one_resume(desk: Desk) -> None:
    asked = await desk.ask("limit_change", LIMIT_ARGS, signature=Signature.TWO)
    outcomes = await asyncio.gather(*(outcome(desk.decide(who, asked)) for who in (SAM, SOFIA)))
    assert sorted(outcomes) == ["approved", "pending"]
    assert desk.resumed == [asked.run_id]


async def test_a_decision_and_the_expiry_at_once(desk: Desk) -> None:
    asked = await desk.ask()
    desk.clock.at = asked.expires_at
    tried = await asyncio.gather(
        outcome(desk.decide(SAM, asked)), desk.decisions.expire("harbour", asked.id), return_exceptions=True
    )
    left = await desk.left(asked)
    assert (tried[0], tried[1], left.run, left.told) == (
        "410",
        None,
        "expired",
        ["approval.decided", "run.finished"],
    )


# ------------------------------------------------------------------ who


async def test_a_maker_does_not_sign_whatever_roles_she_has(desk: Desk) -> None:
    everything = ("staff", "analyst", "supervisor", "compliance", "policy_owner", "platform_admin")
    maker = person("mia", *everything)
    await desk.sign_in(maker)
    asked = await desk.ask(maker=maker)
    for decision in ("approve", "reject", "edit"):
        assert await desk.refusal(maker, asked, decision, args={} if decision == "edit" else None) == (
            403,
            RIGHTS[RightCode.OWN_REQUEST],
        )
    promoted = person("anna", *everything)
    later = await desk.ask(maker=ANNA)
    await desk.sign_in(promoted)
    assert (await desk.refusal(promoted, later))[0] == 403
    await desk.sign_in(ANNA)


@pytest.mark.parametrize("stranger", [OMAR, SASHA, person("nobody", "supervisor"), Principal.system("harbour")])
async def test_who_may_not_see_it_is_told_what_an_unknown_one_is_told(desk: Desk, stranger: Principal) -> None:
    asked = await desk.ask()
    seen: list[dict[str, Any]] = []
    for approval_id in (asked.id, uuid4()):
        with pytest.raises(ProblemError) as refused:
            await desk.decisions.decide(stranger, approval_id, "approve", asked.digest)
        seen.append({**refused.value.as_problem(), "headers": refused.value.headers})
    assert seen[0] == seen[1]
    assert (seen[0]["status"], seen[0]["detail"]) == (404, NO_SUCH)


async def test_rights_are_those_of_today(desk: Desk) -> None:
    """Demoted after he saw it: his old token, which still says supervisor, opens nothing."""
    asked = await desk.ask()
    await desk.sign_in(roles(SAM, "staff"))
    assert await desk.refusal(SAM, asked) == (404, NO_SUCH)
    await desk.sign_in(SAM)
    assert (await desk.decide(SAM, asked)).state is ApprovalState.APPROVED


async def test_a_token_adds_nothing_to_the_note_and_the_note_nothing_to_the_token(desk: Desk) -> None:
    """A token from before a promotion, or one that was asked for with less, can't sign."""
    asked = await desk.ask()
    assert await desk.refusal(roles(SAM, "staff"), asked) == (403, RIGHTS[RightCode.NO_ROLE])
    assert (await desk.refusal(roles(SAM, "staff"), asked, "reject"))[0] == 403
    assert (await desk.load(asked)).state is ApprovalState.PENDING


async def test_a_role_that_signs_is_not_the_right_to_decide(desk: Desk) -> None:
    """A catalogue may name a role that the product gives no right."""
    clerk = person("clara", "fraud_desk")
    await desk.sign_in(clerk)
    note = desk.catalogue.tools["case_add_note"]
    signed_by = replace(note, signers=frozenset({"fraud_desk"}))
    desk.catalogue = replace(desk.catalogue, tools={**desk.catalogue.tools, note.name: signed_by})
    asked = await desk.ask()
    assert await desk.refusal(clerk, asked) == (403, RIGHTS[RightCode.NO_PERMISSION])
    assert await desk.refusal(SAM, asked) == (404, NO_SUCH)


async def test_a_maker_who_lost_the_right_confirms_nothing(desk: Desk) -> None:
    asked = await desk.ask("task_create")
    await desk.sign_in(roles(ANNA, "compliance"))
    assert await desk.refusal(ANNA, asked) == (403, RIGHTS[RightCode.NO_PERMISSION])
    await desk.sign_in(ANNA)


@pytest.mark.parametrize(
    ("amount", "who", "status"),
    [
        (20_000, SAM, None),
        (20_001, SAM, 403),
        (50_000, SOFIA, None),
        (50_001, SOFIA, 403),
    ],
)
async def test_a_limit_holds_to_the_dollar(desk: Desk, amount: int, who: Principal, status: int | None) -> None:
    """Sam's own limit lies below his role's."""
    asked = await desk.ask("limit_change", {"customer_id": "31-7750", "amount": amount})
    if status is None:
        assert (await desk.decide(who, asked)).state is ApprovalState.APPROVED
    else:
        assert await desk.refusal(who, asked) == (status, RIGHTS[RightCode.ABOVE_LIMIT])
        assert (await desk.decide(who, asked, "reject")).state is ApprovalState.REJECTED


# ------------------------------------------------------------------ what


async def test_a_digest_names_one_call_in_one_place(desk: Desk) -> None:
    asked = await desk.ask()
    other_run = await desk.ask()
    key = await desk.key(asked)
    place: dict[str, Any] = {"tenant": "harbour", "run_id": asked.run_id, "catalogue_version": "v1"}
    assert call_digest(key, call=asked.call, **place) == asked.digest
    changed = Call(asked.call.tool, {**asked.call.args, "text": "x"})
    wrong = {
        "of another run": other_run.digest,
        "of another tenant": call_digest(key, call=asked.call, **{**place, "tenant": "vale"}),
        "of other arguments": call_digest(key, call=changed, **place),
        "of another tool": call_digest(key, call=Call("task_create", asked.call.args), **place),
        "of another catalogue": call_digest(key, call=asked.call, **{**place, "catalogue_version": "v2"}),
        "empty": "",
        "in capitals": asked.digest.upper(),
        "not even text": "ä" * 64,
    }
    assert len({asked.digest, *wrong.values()}) == len(wrong) + 1
    for digest in wrong.values():
        for decision in ("approve", "reject", "edit"):
            assert await desk.refusal(SAM, asked, decision, digest=digest) == (412, DIFFERS)
    assert (await desk.load(asked)).state is ApprovalState.PENDING


async def test_under_another_catalogue_it_can_only_be_rejected(desk: Desk) -> None:
    asked = await desk.ask()
    desk.catalogue = replace(desk.catalogue, version="v2")
    assert await desk.refusal(SAM, asked) == (412, CATALOGUE_CHANGED)
    assert await desk.refusal(SAM, asked, "edit", args={}) == (412, CATALOGUE_CHANGED)
    assert (await desk.decide(SAM, asked, "reject")).state is ApprovalState.REJECTED


async def test_a_tool_that_is_gone_can_only_be_rejected(desk: Desk) -> None:
    asked = await desk.ask()
    rest = {name: tool for name, tool in desk.catalogue.tools.items() if name != asked.tool}
    desk.catalogue = replace(desk.catalogue, tools=rest)
    assert await desk.refusal(SAM, asked) == (412, CATALOGUE_CHANGED)
    assert (await desk.decide(SAM, asked, "reject")).state is ApprovalState.REJECTED


async def test_what_was_sealed_for_another_request_does_not_open(desk: Desk, database_urls: DatabaseUrls) -> None:
    """With the database in hand: the words of one request under the signature of another, and fewer signatures."""
    one, other = await desk.ask(), await desk.ask()
    with superuser(database_urls) as admin:
        admin.execute("ALTER TABLE app.approvals DISABLE TRIGGER guard_approval")
        moved = "UPDATE app.approvals SET sealed = (SELECT sealed FROM app.approvals WHERE id = %s) WHERE id = %s"
        admin.execute(moved, (other.id, one.id))
        with pytest.raises(SealBroken):
            await desk.decide(SAM, one)
        for change in (
            "makers = '{omar}'",
            "signers = '{staff}'",
            "signature = 'self'",
            "expires_at = expires_at + interval '1 microsecond'",
            "digest = repeat('0', 64)",
        ):
            altered = await desk.ask()
            admin.execute(f"UPDATE app.approvals SET {change} WHERE id = %s", (altered.id,))
            with pytest.raises(SealBroken):
                await desk.load(altered)
        admin.execute("ALTER TABLE app.approvals ENABLE TRIGGER guard_approval")
    assert (await desk.decide(SAM, other)).state is ApprovalState.APPROVED
    assert desk.resumed == [other.run_id]


async def test_no_text_of_it_stands_open_in_the_database(desk: Desk, database_urls: DatabaseUrls) -> None:
    marker = "Zanzibar-7731"
    asked = await desk.ask(args={"case_id": "C-1042", "text": f"note {marker}"})
    edited = await desk.decide(SAM, asked, "edit", args={"case_id": "C-1042", "text": f"x {marker}"}, reason=marker)
    await desk.decide(SOFIA, edited, "reject", reason=f"because {marker}")
    assert tables_showing(database_urls, marker) == []
    assert tables_showing(database_urls, REQUEST) == []


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
            f" VALUES (%s, '{signer}', 'approve', now())",
            asked.id,
        )
    with pytest.raises(psycopg.errors.RaiseException, match="signatures first"):
        await execute(desk, "UPDATE app.approvals SET state = 'approved' WHERE id = %s", asked.id)


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
