"""Changing the glossary: who may, what is recorded, who sees it, and that every process sees it at once."""

import asyncio
import uuid
from collections.abc import Awaitable, Callable
from typing import TypeVar
from uuid import UUID

import pytest

from audit import store as audit_store
from audit.records import GLOSSARY_STREAM
from core.clock import SystemClock
from core.database import Database, Transaction, connection
from core.errors import Conflict, Forbidden, NotFound
from core.principal import Principal
from retrieval.glossary import expander as expanding
from retrieval.glossary.built_in import built_in, built_in_id
from retrieval.glossary.desk import GlossaryDesk, described
from retrieval.glossary.expander import GlossaryExpander
from retrieval.glossary.limits import GlossaryLimits
from retrieval.glossary.models import Draft, Entry, TermOrigin

T = TypeVar("T")
DESK = GlossaryDesk(SystemClock())
CCM = Draft("CCM", ("coin-counting machine",))


@pytest.fixture
def tenant() -> str:
    return f"bank-{uuid.uuid4().hex[:8]}"


@pytest.fixture
def pia(tenant: str) -> Principal:
    return Principal(tenant, "pia", roles=frozenset({"policy_owner"}))


@pytest.fixture
def anna(tenant: str) -> Principal:
    return Principal(tenant, "anna", roles=frozenset({"staff"}))


async def within(database: Database, principal: Principal, do: Callable[[Transaction], Awaitable[T]]) -> T:
    async with database.transaction(principal) as tx:
        return await do(tx)


async def add(database: Database, principal: Principal, draft: Draft) -> Entry:
    return await within(database, principal, lambda tx: DESK.add(tx, draft))


async def retire(database: Database, principal: Principal, entry: UUID) -> Entry:
    return await within(database, principal, lambda tx: DESK.retire(tx, entry))


async def own(database: Database, principal: Principal, *, retired: bool = False) -> list[tuple[str, tuple[str, ...]]]:
    entries = await within(database, principal, lambda tx: DESK.entries(tx, retired=retired))
    return [(e.term.term, e.term.meanings) for e in entries if e.term.origin is TermOrigin.BANK]


async def test_a_term_counts_from_the_next_question_on_in_every_process(
    database: Database, tenant: str, pia: Principal, anna: Principal
) -> None:
    here, there = GlossaryExpander(database), GlossaryExpander(database)
    for each in (here, there):
        assert (await each.expand(anna, "the CCM")).added == ()
    entry = await add(database, pia, CCM)
    for each in (here, there):
        assert (await each.expand(anna, "the CCM")).added == ("coin-counting machine",)
        assert (await each.expand(anna, "a PEP")).added == ("politically exposed person", "exposed person")
    changed = await add(database, pia, Draft("CCM", ("cash machine",), replaces=entry.term.id))
    assert (await here.expand(anna, "the CCM")).added == ("cash machine",)
    await retire(database, pia, changed.term.id)
    for each in (here, there):
        assert (await each.expand(anna, "the CCM")).added == ()


async def test_nothing_of_it_reaches_another_tenant(database: Database, pia: Principal) -> None:
    boris = Principal(f"{pia.tenant}-other", "boris", roles=frozenset({"policy_owner"}))
    expander = GlossaryExpander(database)
    before = repr(await expander.expand(boris, "the CCM of a PEP"))
    entry = await add(database, pia, CCM)
    await retire(database, pia, built_in_id("PEP"))
    assert repr(await expander.expand(boris, "the CCM of a PEP")) == before
    assert await own(database, boris) == []
    with pytest.raises(NotFound):
        await retire(database, boris, entry.term.id)
    with pytest.raises(NotFound):
        await add(database, boris, Draft("CCM", ("coin machine",), replaces=entry.term.id))
    assert await add(database, boris, CCM)
    assert await own(database, pia) == [("CCM", CCM.meanings), ("PEP", ())]


async def test_only_policy_owners_change_it(database: Database, pia: Principal, anna: Principal) -> None:
    entry = await add(database, pia, CCM)
    with pytest.raises(Forbidden):
        await add(database, anna, Draft("CDM", ("cash deposit machine",)))
    with pytest.raises(Forbidden):
        await retire(database, anna, entry.term.id)
    assert await own(database, anna) == [("CCM", CCM.meanings)]
    with pytest.raises(Forbidden):
        await own(database, Principal(pia.tenant, "alex", roles=frozenset({"platform_admin"})))


async def test_the_banks_own_entry_takes_the_place_of_ours(database: Database, pia: Principal) -> None:
    expander = GlossaryExpander(database)
    await add(database, pia, Draft("SAR", ("subject access request",)))
    assert (await expander.expand(pia, "a SAR")).added == ("subject access request",)
    entries = await within(database, pia, DESK.entries)
    assert sorted((e.term.origin.value, e.replaced) for e in entries if e.term.term == "SAR") == [
        ("bank", False),
        ("built_in", True),
    ]
    assert len(entries) == len(built_in()) + 1


async def test_ours_is_switched_off_and_on_again(database: Database, pia: Principal) -> None:
    expander = GlossaryExpander(database)
    silent = await retire(database, pia, built_in_id("KYC"))
    assert (silent.term.term, silent.term.meanings) == ("KYC", ())
    assert (await expander.expand(pia, "KYC")).expansions == ()
    with pytest.raises(Conflict):
        await retire(database, pia, built_in_id("KYC"))
    await retire(database, pia, silent.term.id)
    assert (await expander.expand(pia, "KYC")).added == ("know your customer",)
    with pytest.raises(Conflict):
        await retire(database, pia, silent.term.id)
    assert await own(database, pia, retired=True) == [("KYC", ())]


async def test_a_term_has_one_entry_and_a_stale_change_is_told(database: Database, pia: Principal) -> None:
    first = await add(database, pia, CCM)
    with pytest.raises(Conflict, match="already"):
        await add(database, pia, Draft("c.c.m.", ("coin machine",)))
    second = await add(database, pia, Draft("CCM", ("coin machine",), replaces=first.term.id))
    with pytest.raises(Conflict, match="meanwhile"):
        await add(database, pia, Draft("CCM", ("change machine",), replaces=first.term.id))
    renamed = await add(database, pia, Draft("CoCoMa", ("coin machine",), replaces=second.term.id))
    assert await own(database, pia) == [("CoCoMa", ("coin machine",))]
    with pytest.raises(Conflict, match="meanwhile"):
        await add(database, pia, Draft("CCM", ("coin machine",), replaces=first.term.id))
    with pytest.raises(NotFound):
        await add(database, pia, Draft("CDM", ("cash machine",), replaces=uuid.uuid4()))
    found = await within(database, pia, lambda tx: described(tx, [str(first.term.id), str(renamed.term.id), "x'--"]))
    assert found == {
        str(first.term.id): "CCM (coin-counting machine)",
        str(renamed.term.id): "CoCoMa (coin machine)",
    }


async def test_each_change_stands_in_the_ledger_without_its_words(database: Database, pia: Principal) -> None:
    first = await add(database, pia, CCM)
    second = await add(database, pia, Draft("CCM", ("coin machine",), replaces=first.term.id))
    await retire(database, pia, second.term.id)
    records = await within(
        database, Principal.system(pia.tenant), lambda tx: audit_store.stream_records(tx, GLOSSARY_STREAM)
    )
    ids = [str(first.term.id), str(second.term.id)]
    assert [(r.kind, r.actor, r.body["entry"], r.body["version"]) for r in records] == [
        ("glossary.added", "pia", ids[0], 1),
        ("glossary.retired", "pia", ids[0], 2),
        ("glossary.added", "pia", ids[1], 2),
        ("glossary.retired", "pia", ids[1], 3),
    ]
    assert "coin" not in repr([record.body for record in records])


async def test_of_changes_at_once_none_is_lost_or_kept_stale(database: Database, pia: Principal) -> None:
    expander = GlossaryExpander(database)
    terms = [f"QX{letter}" for letter in "ABCDEFGH"]

    async def look() -> None:
        for _ in range(20):
            await expander.expand(pia, " ".join(terms))

    await asyncio.gather(look(), *(add(database, pia, Draft(each, (f"thing {each}",))) for each in terms))
    assert len((await expander.expand(pia, " ".join(terms))).added) == len(terms)


async def test_two_who_change_the_same_entry_are_told_apart(database: Database, pia: Principal) -> None:
    first = await add(database, pia, CCM)
    drafts = [Draft("CCM", (f"machine number {n}",), replaces=first.term.id) for n in range(4)]
    results = await asyncio.gather(*(add(database, pia, draft) for draft in drafts), return_exceptions=True)
    assert sorted(type(result).__name__ for result in results) == ["Conflict"] * 3 + ["Entry"]
    assert len(await own(database, pia)) == 1


async def test_a_change_that_fails_changes_nothing(database: Database, pia: Principal) -> None:
    async def failing(tx: Transaction) -> None:
        await DESK.add(tx, CCM)
        raise LookupError

    with pytest.raises(LookupError):
        await within(database, pia, failing)
    assert await own(database, pia) == []
    assert (await GlossaryExpander(database).expand(pia, "CCM")).added == ()


async def test_a_tenant_may_have_only_so_many(
    database: Database, pia: Principal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("retrieval.glossary.desk.GLOSSARY_LIMITS", GlossaryLimits(entries=2))
    one = await add(database, pia, Draft("QXA", ("first thing",)))
    await add(database, pia, Draft("QXB", ("second thing",)))
    with pytest.raises(Conflict, match="full"):
        await add(database, pia, Draft("QXC", ("third thing",)))
    assert await add(database, pia, Draft("QXA", ("other thing",), replaces=one.term.id))


async def test_a_process_keeps_only_so_many_tenants(
    database: Database, pia: Principal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(expanding, "GLOSSARY_LIMITS", GlossaryLimits(tenants=1))
    expander = GlossaryExpander(database)
    other = Principal(f"{pia.tenant}-b", "pia", roles=pia.roles)
    for each in (pia, other):
        await add(database, each, CCM)
    for each in (pia, other, pia):
        assert (await expander.expand(each, "CCM")).added == CCM.meanings
    assert len(expander._kept) == 1


async def test_the_application_can_neither_change_nor_delete_an_entry(database: Database, pia: Principal) -> None:
    await add(database, pia, CCM)
    for statement in ("UPDATE app.glossary SET term = 'X'", "DELETE FROM app.glossary"):
        with pytest.raises(Exception, match="permission denied"):
            async with database.transaction(pia) as tx:
                await connection(tx).execute(statement)
