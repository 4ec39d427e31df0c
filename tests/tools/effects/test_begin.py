"""A signed write is begun once, and only while everything that its signature rested on still holds."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any

import psycopg
import pytest

from core.crypto import SealBroken
from core.database import connection
from core.errors import NotFound
from core.principal import Permission, Principal
from deploy.migrate import DatabaseUrls
from tests.runs.conversation import KEYRING
from tests.superuser import superuser
from tests.tools.catalogue_sample import CATALOGUE
from tests.tools.effects.bench import (
    ANNA,
    BORIS,
    CARLA,
    DONE,
    NOTE_ARGS,
    NOW,
    REFUSED,
    SAM,
    SOFIA,
    SYSTEM,
    Bench,
    Request,
    with_tool,
)
from tools.approvals import store
from tools.approvals.decisions import Decisions
from tools.approvals.sealing import seal_content
from tools.catalogue.models import Catalogue, Limit
from tools.effects import execution
from tools.effects.execution import effect_key
from tools.effects.models import Begun, BegunState, VoidReason
from tools.models import Call, Effect, Signature

TWO: dict[str, Any] = {
    "tool": "limit_change",
    "args": {"customer_id": "31-7750", "amount": 20_000},
    "signature": Signature.TWO,
}


async def test_what_was_signed_is_begun_under_one_key(bench: Bench) -> None:
    request = await bench.signed()
    begun = await bench.begin(request)
    assert begun == Begun(BegunState.NEW, begun.approval, effect_key("harbour", request.id))
    assert (begun.approval.call, begun.approval.approvers) == (Call("case_add_note", NOTE_ARGS), ("sam",))
    again = await bench.begin(request)
    assert again == replace(begun, state=BegunState.AGAIN)
    assert await bench.effects(request) == [
        {"effect_key": begun.key, "state": "started", "started_at": bench.clock.at, "finished_at": None}
    ]
    assert await bench.state(request) == ("approved", "started")


async def test_what_was_decided_at_the_one_door_is_begun(bench: Bench) -> None:
    resumed: list[object] = []

    async def resume(*place: object) -> None:
        resumed.append(place[1:])

    request = await bench.ask()
    decisions = Decisions(bench.database, KEYRING, CATALOGUE, bench.clock, resume, resume)
    assert (await bench.begin(request)).reason is VoidReason.NOT_APPROVED
    await decisions.decide(SAM, request.id, "approve", request.approval.digest)
    assert resumed
    assert (await bench.begin(request)).state is BegunState.NEW


async def test_a_key_is_of_one_approval_of_one_tenant(bench: Bench) -> None:
    first, second = (await bench.ask()).id, (await bench.ask()).id
    keys = [effect_key(tenant, approval) for tenant in ("harbour", "vale") for approval in (first, second)]
    assert len(set(keys)) == 4
    assert keys == [effect_key(tenant, approval) for tenant in ("harbour", "vale") for approval in (first, second)]


@pytest.mark.parametrize("outcome", [DONE, REFUSED])
async def test_what_is_finished_is_not_begun_again(bench: Bench, outcome: Any) -> None:
    request = await bench.signed()
    await bench.begin(request)
    await bench.finish(request, outcome)
    for stopped in (False, True):
        begun = await bench.begin(request)
        assert (begun.state, begun.outcome, begun.why) == (BegunState.FINISHED, outcome, None)
        if not stopped:
            await bench.switch.stop(SAM, "all", "why")


# ---------------------------------------------------------------- two at once


async def waiting(urls: DatabaseUrls) -> None:
    """Return when somebody waits for a lock."""
    with superuser(urls) as conn:
        for _ in range(1_000):
            if conn.execute("SELECT 1 FROM pg_locks WHERE NOT granted").fetchone():
                return
            await asyncio.sleep(0.01)
    pytest.fail("nobody waits")


@pytest.mark.parametrize("dies", [False, True])
async def test_of_two_workers_one_waits_for_what_the_other_commits(
    bench: Bench, database_urls: DatabaseUrls, dies: bool
) -> None:
    request = await bench.signed()
    begun: list[Begun] = []
    others: list[asyncio.Task[Begun]] = []
    with suppress(ConnectionError):
        async with bench.database.transaction(SYSTEM) as tx:
            begun.append(await execution.begin(tx, request.key, CATALOGUE, request.id, now=NOW))
            others.append(asyncio.create_task(bench.begin(request)))
            await waiting(database_urls)
            assert not others[0].done()
            if dies:
                raise ConnectionError
    begun.append(await others[0])
    assert [each.state for each in begun] == [BegunState.NEW, BegunState.NEW if dies else BegunState.AGAIN]
    assert begun[0].key == begun[1].key
    assert len(await bench.effects(request)) == 1


async def test_of_many_workers_at_once_one_begins(bench: Bench) -> None:
    request = await bench.signed()
    begun = await asyncio.gather(*(bench.begin(request) for _ in range(24)))
    assert sorted(each.state for each in begun) == [BegunState.AGAIN] * 23 + [BegunState.NEW]
    assert len({each.key for each in begun}) == 1


async def test_no_work_is_begun_after_a_stop_that_came_at_the_same_time(bench: Bench) -> None:
    requests = [await bench.signed() for _ in range(12)]
    beginning = [asyncio.create_task(bench.begin(request)) for request in requests[:6]]
    await asyncio.sleep(0)
    await bench.switch.stop(SOFIA, "writes", "why")
    started = await bench.effects(*requests)
    begun = await asyncio.gather(*beginning, *(bench.begin(request) for request in requests[6:]))
    assert await bench.effects(*requests) == started
    assert [each.state for each in begun].count(BegunState.NEW) == len(started)
    assert {(each.state, each.reason) for each in begun} <= {
        (BegunState.NEW, None),
        (BegunState.VOID, VoidReason.STOPPED),
    }
    assert all(each.reason is VoidReason.STOPPED for each in begun[6:])


# ---------------------------------------------------------------- what has changed since the signature


async def voided(bench: Bench, request: Request, reason: VoidReason, catalogue: Catalogue = CATALOGUE) -> None:
    """It is void for that reason, and no effect was begun."""
    begun = await bench.begin(request, catalogue)
    assert (begun.state, begun.reason, begun.why) == (BegunState.VOID, reason, reason.sentence)
    assert "nothing was done" in reason.sentence
    assert await bench.effects(request) == []


@pytest.mark.parametrize("roles", [(), ("staff",), ("compliance",), ("fraud_desk", "platform_admin")])
async def test_a_demoted_signer_no_longer_signs(bench: Bench, roles: Sequence[str]) -> None:
    request = await bench.signed()
    await bench.note(replace(SAM, roles=frozenset(roles)))
    await voided(bench, request, VoidReason.SIGNER_LOST_RIGHT)


@pytest.mark.parametrize("roles", [(), ("compliance",), ("policy_owner", "platform_admin", "hr")])
async def test_a_demoted_maker_no_longer_asks(bench: Bench, roles: Sequence[str]) -> None:
    request = await bench.signed()
    await bench.note(replace(ANNA, roles=frozenset(roles)))
    await voided(bench, request, VoidReason.MAKER_LOST_RIGHT)


async def test_each_maker_of_an_edited_request_counts(bench: Bench) -> None:
    request = await bench.sign(await bench.ask(makers=("anna", "sam")), "sofia")
    await bench.note(replace(SAM, roles=frozenset({"compliance"})))
    await voided(bench, request, VoidReason.MAKER_LOST_RIGHT)


async def test_who_confirmed_herself_must_still_hold_the_right(bench: Bench) -> None:
    first, second = [
        await bench.sign(await bench.ask("task_create", signature=Signature.SELF), "anna") for _ in range(2)
    ]
    assert (await bench.begin(first)).state is BegunState.NEW
    await bench.note(replace(ANNA, roles=frozenset()))
    await voided(bench, second, VoidReason.MAKER_LOST_RIGHT)


@pytest.mark.parametrize(("limit", "reason"), [(19_999, VoidReason.SIGNER_LOST_RIGHT), (20_000, None), (None, None)])
async def test_a_lowered_limit_counts(bench: Bench, limit: int | None, reason: VoidReason | None) -> None:
    request = await bench.sign(await bench.ask(**TWO), "sam", "sofia")
    await bench.note(SOFIA, limit=limit)
    assert (await bench.begin(request)).reason is reason


async def test_a_signature_of_somebody_unknown_counts_for_nothing(bench: Bench) -> None:
    request = await bench.sign(await bench.ask(), "mallory")
    await voided(bench, request, VoidReason.SIGNER_LOST_RIGHT)


async def test_the_second_of_two_signers_counts_too(bench: Bench) -> None:
    request = await bench.sign(await bench.ask(**TWO), "sam", "sofia")
    await bench.note(replace(SOFIA, roles=frozenset({"staff"})))
    await voided(bench, request, VoidReason.SIGNER_LOST_RIGHT)


@pytest.mark.parametrize(
    ("scope", "reason"),
    [
        ("all", VoidReason.STOPPED),
        ("writes", VoidReason.STOPPED),
        ("tool:case_add_note", VoidReason.STOPPED),
        ("tool:task_create", None),
        ("tool:case_lookup", None),
    ],
)
async def test_signed_work_stops_too(bench: Bench, scope: str, reason: VoidReason | None) -> None:
    request = await bench.signed()
    stop = await bench.switch.stop(CARLA, scope, "why")
    assert (await bench.begin(request)).reason is reason
    if reason is not None:
        await bench.switch.restart(CARLA, stop.id)
        await voided(bench, request, VoidReason.STOPPED)
        await bench.switch.restart(SAM, stop.id)
        assert (await bench.begin(request)).state is BegunState.NEW


@pytest.mark.parametrize(
    ("catalogue", "reason"),
    [
        (replace(CATALOGUE, version="v2"), VoidReason.CATALOGUE_CHANGED),
        (replace(CATALOGUE, tools={}), VoidReason.NO_SUCH_TOOL),
        (with_tool("case_add_note", effect=Effect.READ), VoidReason.NO_SUCH_TOOL),
        (with_tool("case_add_note", signature=None), VoidReason.NO_SUCH_TOOL),
        (with_tool("case_add_note", schema={"type": "object", "maxProperties": 1}), VoidReason.BAD_ARGUMENTS),
        (with_tool("case_add_note", signature=Signature.TWO), VoidReason.TOO_FEW_SIGNATURES),
        (with_tool("case_add_note", limit=Limit("amount", {"supervisor": 9}, 5)), VoidReason.TOO_FEW_SIGNATURES),
        (with_tool("case_add_note", limit=Limit("amount", {"supervisor": 9})), VoidReason.SIGNER_LOST_RIGHT),
        (with_tool("case_add_note", signers=frozenset({"compliance"})), VoidReason.SIGNER_LOST_RIGHT),
        (with_tool("case_add_note", permission=Permission.DOCUMENT_PUBLISH), VoidReason.MAKER_LOST_RIGHT),
    ],
    ids=lambda value: value.value if isinstance(value, VoidReason) else "",
)
async def test_a_changed_catalogue_counts(bench: Bench, catalogue: Catalogue, reason: VoidReason) -> None:
    await voided(bench, await bench.signed(), reason, catalogue)


async def test_an_amount_for_two_is_not_done_for_one(bench: Bench) -> None:
    """The attack: a planner got policy to rule `other` for an amount that two have to sign."""
    request = await bench.sign(await bench.ask(**dict[str, Any](TWO, signature=Signature.OTHER)), "sofia")
    await voided(bench, request, VoidReason.TOO_FEW_SIGNATURES)


@pytest.mark.parametrize("state", ["pending", "rejected", "edited", "expired", "withdrawn", "voided"])
async def test_what_was_not_approved_is_not_begun(bench: Bench, state: str) -> None:
    request = await bench.ask()
    async with bench.database.transaction(SYSTEM) as tx:
        await store.insert_signature(tx, request.id, "sam", "approve", None, NOW)
        if state != "pending":
            assert await store.move(tx, request.id, "pending", state, NOW)
    await voided(bench, request, VoidReason.NOT_APPROVED)


# ---------------------------------------------------------------- at the database


def forge(urls: DatabaseUrls, *statements: tuple[str, Sequence[Any]]) -> None:
    """What a superuser of the database server can do, with every trigger off."""
    with superuser(urls) as conn:
        conn.execute("SET session_replication_role = replica")
        for statement, values in statements:
            conn.execute(statement.encode(), values)


FORGED: list[tuple[Signature, list[str], VoidReason]] = [
    (Signature.OTHER, [], VoidReason.TOO_FEW_SIGNATURES),
    (Signature.OTHER, ["anna"], VoidReason.TOO_FEW_SIGNATURES),
    (Signature.OTHER, ["anna", "sam"], VoidReason.TOO_FEW_SIGNATURES),
    (Signature.TWO, ["sam"], VoidReason.TOO_FEW_SIGNATURES),
    (Signature.TWO, ["sam", "anna"], VoidReason.TOO_FEW_SIGNATURES),
    (Signature.TWO, ["sam", "carla"], VoidReason.SIGNER_LOST_RIGHT),
]


@pytest.mark.parametrize(("signature", "people", "reason"), FORGED, ids=[f"{s}-{'-'.join(p)}" for s, p, _ in FORGED])
async def test_a_state_that_was_set_without_its_signatures_is_not_enough(
    bench: Bench, database_urls: DatabaseUrls, signature: Signature, people: list[str], reason: VoidReason
) -> None:
    asked: dict[str, Any] = TWO if signature is Signature.TWO else {}
    request = await bench.ask(**asked)
    forge(
        database_urls,
        *(
            (
                "INSERT INTO app.approval_signatures VALUES ('harbour', %s, %s, 'approve', NULL, now())",
                (request.id, who),
            )
            for who in people
        ),
        ("UPDATE app.approvals SET state = 'approved' WHERE id = %s", (request.id,)),
    )
    await voided(bench, request, reason)


@pytest.mark.parametrize("makers", [("anna", "sam"), ("sam",)])
async def test_who_confirms_alone_is_exactly_the_maker(
    bench: Bench, database_urls: DatabaseUrls, makers: tuple[str, ...]
) -> None:
    request = await bench.ask("task_create", signature=Signature.SELF, makers=makers)
    forge(
        database_urls,
        ("INSERT INTO app.approval_signatures VALUES ('harbour', %s, 'anna', 'approve', NULL, now())", (request.id,)),
        ("UPDATE app.approvals SET state = 'approved' WHERE id = %s", (request.id,)),
    )
    await voided(bench, request, VoidReason.TOO_FEW_SIGNATURES)


@pytest.mark.parametrize(
    "change",
    [
        "digest = repeat('0', 64)",
        "signature = 'self', makers = ARRAY['sam']",
        "makers = ARRAY['omar']",
        "signers = ARRAY['staff']",
        "tool = 'task_create'",
        "catalogue_version = 'v2'",
        "expires_at = expires_at + interval '1 day'",
        "sealed = (SELECT other.sealed FROM app.approvals other WHERE other.id <> app.approvals.id LIMIT 1)",
        "sealed = sealed || 'x'",
    ],
)
async def test_an_altered_row_is_not_executed(bench: Bench, database_urls: DatabaseUrls, change: str) -> None:
    request = await bench.signed()
    await bench.signed(args={"case_id": "C-9999", "text": "Pay him."})
    forge(database_urls, (f"UPDATE app.approvals SET {change} WHERE id = %s", (request.id,)))
    with pytest.raises(SealBroken):
        await bench.begin(request)
    assert await bench.effects(request) == []


async def test_another_call_under_the_signed_digest_is_not_executed(bench: Bench, database_urls: DatabaseUrls) -> None:
    """The attack of one who holds the conversation's key as well: everything opens, but it was not what was signed."""
    request = await bench.signed()
    other = replace(request.approval, call=Call("case_add_note", NOTE_ARGS | {"case_id": "C-9999"}))
    sealed = seal_content(request.key, "harbour", other)
    forge(database_urls, ("UPDATE app.approvals SET sealed = %s WHERE id = %s", (sealed, request.id)))
    await voided(bench, request, VoidReason.ALTERED)


async def test_an_approval_of_another_tenant_does_not_exist(bench: Bench) -> None:
    theirs = await bench.ask(by=BORIS, makers=("boris",))
    with pytest.raises(NotFound):
        await bench.begin(theirs)
    mine = await bench.signed()
    with pytest.raises(SealBroken):
        await bench.begin(replace(mine, key=theirs.key))
    assert await bench.effects(mine, theirs) == []


@pytest.mark.parametrize("person", [ANNA, SAM, Principal("harbour", "system", roles=frozenset({"supervisor"}))])
async def test_no_person_begins_an_effect(bench: Bench, person: Principal) -> None:
    request = await bench.signed()
    with pytest.raises(NotFound):
        async with bench.database.transaction(person) as tx:
            await execution.begin(tx, request.key, CATALOGUE, request.id, now=NOW)
    assert await bench.effects(request) == []


async def test_the_application_can_neither_delete_an_effect_nor_change_its_key(bench: Bench) -> None:
    request = await bench.signed()
    await bench.begin(request)
    for statement in ("DELETE FROM app.effects", "UPDATE app.effects SET effect_key = 'x'"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            async with bench.database.transaction(SYSTEM) as tx:
                await connection(tx).execute(statement.encode())
    assert len(await bench.effects(request)) == 1
