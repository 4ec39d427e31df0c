"""Invariant 2: what a person may not read changes nothing that the person sees, not even the last bit of a score."""

import uuid
from collections.abc import Sequence
from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.database import Database
from core.principal import Principal
from retrieval.dense import MemoryDense, SqlDense
from retrieval.editions.store import withdraw_edition
from retrieval.models import Evidence
from retrieval.search import Searcher
from tests.retrieval.shelf import DAY, HashingEmbedder, Paper, draft, publish

WORDS = [
    "card",
    "error",
    "notice",
    "bank",
    "days",
    "loss",
    "limit",
    "record",
    "consumer",
    "report",
    "1005.11(c)",
    "must",
    "not",
]
texts = st.lists(st.lists(st.sampled_from(WORDS), min_size=1, max_size=12).map(" ".join), min_size=1, max_size=4)

READER_PAPERS = [
    ("errors", ("An error notice must be investigated within ten business days.", "1005.11(c) sets the limit.")),
    ("cards", ("A consumer who loses a card owes at most fifty dollars.", "Loss of a card is reported to the bank.")),
]


def searcher(database: Database, dense: str) -> Searcher:
    index = MemoryDense() if dense == "memory" else SqlDense(database)
    return Searcher(database, HashingEmbedder(), index)


async def hide(database: Database, tenant: str, kind: str, contents: Sequence[str]) -> None:
    """Add something that `anna` of the tenant may not read on `DAY`."""
    system, key = Principal.system(tenant), f"hidden-{uuid.uuid4().hex[:8]}"
    body = tuple(contents)
    if kind == "other audience":
        await publish(database, system, Paper(key, body, audience=("hr",)))
    elif kind == "other tenant":
        await publish(database, Principal.system(f"{tenant}-other"), Paper(key, body))
    elif kind == "draft":
        await draft(database, system, Paper(key, body))
    elif kind == "draft of a readable document":
        await draft(database, system, Paper("cards", body, version=key))
    elif kind == "withdrawn":
        edition = await publish(database, system, Paper(key, body))
        async with database.transaction(system) as tx:
            await withdraw_edition(tx, edition)
    elif kind == "not yet in force":
        await publish(database, system, Paper("cards", body, version=key, effective_from=date(2027, 1, 1)))
    else:
        ended = Paper(key, body, effective_from=date(2025, 1, 1), effective_to=date(2025, 6, 1))
        await publish(database, system, ended)


KINDS = [
    "other audience",
    "other tenant",
    "draft",
    "draft of a readable document",
    "withdrawn",
    "not yet in force",
    "no longer in force",
]


@pytest.mark.parametrize("dense", ["memory", "sql"])
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(hidden=st.lists(st.tuples(st.sampled_from(KINDS), texts), min_size=1, max_size=3), query=texts)
async def test_hidden_documents_leave_every_output_identical(
    database: Database, dense: str, hidden: list[tuple[str, list[str]]], query: list[str]
):
    tenant = f"bank-{uuid.uuid4().hex[:8]}"
    anna = Principal(tenant, "anna", roles=frozenset({"staff"}))
    for key, body in READER_PAPERS:
        await publish(database, Principal.system(tenant), Paper(key, body))

    async def ask() -> Evidence:
        return await searcher(database, dense).search(anna, " ".join(query), as_of=DAY)

    before = await ask()
    for kind, contents in hidden:
        await hide(database, tenant, kind, contents)
    after = await ask()
    assert repr(after) == repr(before)


async def test_the_hidden_documents_are_found_by_those_who_may_read_them(database: Database):
    """The property above could hold by finding nothing: it does not."""
    tenant = f"bank-{uuid.uuid4().hex[:8]}"
    await hide(database, tenant, "other audience", ["card error notice"])
    found = [
        len((await searcher(database, "memory").search(p, "card error", as_of=DAY)).passages)
        for p in (
            Principal(tenant, "pia", roles=frozenset({"policy_owner", "hr"})),
            Principal(tenant, "anna", roles=frozenset({"staff"})),
            Principal(f"{tenant}-other", "boris", roles=frozenset({"hr"})),
        )
    ]
    assert found == [1, 0, 0]
