"""Ways around the signature: as somebody else, with a right of yesterday, about another call. Each tried."""

from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest

from core.crypto import SealBroken
from core.database import connection
from core.errors import ProblemError
from core.principal import Principal
from deploy.migrate import DatabaseUrls
from tests.superuser import superuser, tables_showing
from tests.tools.approvals.desk import ANNA, OMAR, REQUEST, SAM, SASHA, SOFIA, Desk, person, roles
from tools.approvals import requests
from tools.approvals.digest import call_digest
from tools.approvals.models import ApprovalState
from tools.approvals.reasons import CATALOGUE_CHANGED, DIFFERS, NO_SUCH, RIGHTS, RightCode
from tools.models import Call

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

    def named(call: Call = asked.call, tenant: str = "harbour", version: str = "v1") -> str:
        return call_digest(key, call=call, tenant=tenant, run_id=asked.run_id, catalogue_version=version)

    assert named() == asked.digest
    wrong = {
        "of another run": other_run.digest,
        "of the same call in another run": call_digest(
            key, call=asked.call, tenant="harbour", run_id=other_run.run_id, catalogue_version="v1"
        ),
        "of another tenant": named(tenant="vale"),
        "of other arguments": named(Call(asked.tool, {**asked.call.args, "text": "x"})),
        "of another tool": named(Call("task_create", asked.call.args)),
        "of another catalogue": named(version="v2"),
        "empty": "",
        "in capitals": asked.digest.upper(),
        "not even text": "ä" * 64,
    }
    assert len({asked.digest, *wrong.values()}) == len(wrong) + 1
    for digest in wrong.values():
        for decision in ("approve", "reject", "edit"):
            assert await desk.refusal(SAM, asked, decision, digest=digest) == (412, DIFFERS)
    assert (await desk.load(asked)).state is ApprovalState.PENDING


async def test_a_request_whose_digest_is_not_of_its_call_is_not_signed(desk: Desk) -> None:
    """Sealed with the right key, under a digest that was shown for something else."""
    asked, shown = await desk.ask(), await desk.ask()
    forged = replace(asked, id=uuid4(), digest=shown.digest)
    await desk.decide(SAM, asked, "reject")
    key = await desk.key(asked)
    async with desk.system() as tx:
        await connection(tx).execute(
            "UPDATE app.runs SET status = 'paused', finished_at = NULL WHERE id = %s", (asked.run_id,)
        )
        await requests.keep(tx, key, forged)
    assert await desk.refusal(SAM, forged) == (412, DIFFERS)
    assert desk.resumed == []


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
