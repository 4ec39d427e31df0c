"""Postings that are kept save work; what is wrong with them costs work, and nothing else."""

import uuid

import numpy as np
import pytest

from core.database import Database
from core.principal import Principal
from deploy.migrate import DatabaseUrls
from retrieval.access import Scope
from retrieval.dense import MemoryDense
from retrieval.index import store
from retrieval.index.cache import Views
from retrieval.index.packing import PackedBlock, current_format, pack, unpack
from retrieval.postings import lexical_block
from retrieval.search import Searcher
from tests.retrieval.shelf import DAY, HashingEmbedder, Paper, publish
from tests.superuser import superuser

TEXTS = ("An error notice is investigated within ten days.", "A lost card is reported to the bank.")


@pytest.fixture
def anna() -> Principal:
    return Principal(f"bank-{uuid.uuid4().hex[:8]}", "anna", roles=frozenset({"staff"}))


async def shelve(database: Database, principal: Principal, key: str = "errors") -> uuid.UUID:
    return await publish(database, Principal.system(principal.tenant), Paper(key, TEXTS))


def kept(urls: DatabaseUrls, edition: uuid.UUID) -> tuple[str, bytes] | None:
    with superuser(urls) as conn:
        row = conn.execute(
            "SELECT format, content FROM app.edition_postings WHERE edition_id = %s", (edition,), binary=True
        ).fetchone()
    return None if row is None else (row[0], row[1])


def spoil(urls: DatabaseUrls, edition: uuid.UUID, how: str) -> None:
    """As somebody who may write to the database, or another release, could leave them."""
    found = kept(urls, edition)
    assert found is not None
    made_as, content = found
    if how == "other chunks":
        block = unpack(content)
        content = pack(PackedBlock(block.chunk_ids ^ np.uint8(1), block.postings))
    elif how == "fewer chunks":
        block = unpack(content)
        content = pack(PackedBlock(block.chunk_ids[:1], lexical_block("Circular", [(("1 General",), TEXTS[0])])))
    elif how == "another format":
        made_as = "0" * 64
    elif how == "empty":
        content = b""
    else:
        content = content[:-1]
    with superuser(urls) as conn:
        if how == "missing":
            conn.execute("DELETE FROM app.edition_postings WHERE edition_id = %s", (edition,))
        else:
            conn.execute(
                "UPDATE app.edition_postings SET format = %s, content = %s WHERE edition_id = %s",
                (made_as, content, edition),
            )


async def ask(database: Database, principal: Principal) -> str:
    found = await Searcher(database, HashingEmbedder(), MemoryDense()).search(principal, "lost card error", as_of=DAY)
    return repr(found)


async def test_reading_in_keeps_the_postings(database: Database, database_urls: DatabaseUrls, anna: Principal):
    edition = await shelve(database, anna)
    found = kept(database_urls, edition)
    assert found is not None
    assert found[0] == current_format()
    assert unpack(found[1]).postings.size == len(TEXTS)


@pytest.mark.parametrize("how", ["missing", "another format", "cut short", "empty", "other chunks", "fewer chunks"])
async def test_postings_that_cannot_be_used_are_made_again(
    database: Database, database_urls: DatabaseUrls, anna: Principal, how: str
):
    edition = await shelve(database, anna)
    right, before = kept(database_urls, edition), await ask(database, anna)
    spoil(database_urls, edition, how)
    assert kept(database_urls, edition) != right
    assert await ask(database, anna) == before
    assert kept(database_urls, edition) == right


async def test_vectors_stored_in_another_order_find_their_chunks(
    database: Database, database_urls: DatabaseUrls, anna: Principal
):
    edition, before = await shelve(database, anna), ""
    before = await ask(database, anna)
    with superuser(database_urls) as conn:
        conn.execute("CREATE TEMP TABLE aside AS SELECT * FROM app.chunk_vectors WHERE edition_id = %s", (edition,))
        conn.execute("DELETE FROM app.chunk_vectors WHERE edition_id = %s", (edition,))
        conn.execute("INSERT INTO app.chunk_vectors SELECT * FROM aside ORDER BY chunk_id")
        ascending = await ask(database, anna)
        conn.execute("DELETE FROM app.chunk_vectors WHERE edition_id = %s", (edition,))
        conn.execute("INSERT INTO app.chunk_vectors SELECT * FROM aside ORDER BY chunk_id DESC")
    assert (ascending, await ask(database, anna)) == (before, before)


async def test_a_chunk_without_a_vector_is_left_out(database: Database, database_urls: DatabaseUrls, anna: Principal):
    edition = await shelve(database, anna)
    with superuser(database_urls) as conn:
        conn.execute(
            "DELETE FROM app.chunk_vectors v USING app.chunks c WHERE c.id = v.chunk_id AND c.ordinal = 0"
            " AND v.edition_id = %s",
            (edition,),
        )
    view = await Views(database, vectors=True).of(Scope.of(anna, DAY, None))
    assert view.size == 1


async def test_others_postings_are_hidden_by_the_database(database: Database, anna: Principal):
    system = Principal.system(anna.tenant)
    hidden = await publish(database, system, Paper("hr", TEXTS, audience=("hr",)))
    shown = await shelve(database, anna)
    other = Principal(f"{anna.tenant}-other", "boris", roles=frozenset({"staff", "hr"}))
    found: list[set[uuid.UUID]] = []
    for principal in (anna, other, system):
        async with database.transaction(principal) as tx:
            rows = await store.connection(tx).execute("SELECT edition_id FROM app.edition_postings")
            found.append({row["edition_id"] async for row in rows})
    assert found == [{shown}, set(), {shown, hidden}]


async def test_one_more_edition_loads_only_itself(database: Database, anna: Principal, monkeypatch: pytest.MonkeyPatch):
    asked: list[int] = []
    load = store.load_editions

    async def counted(*args: object, **kwargs: object) -> object:
        asked.append(len(args[2]))  # pyright: ignore[reportArgumentType]  (tx, scope, editions)
        return await load(*args, **kwargs)  # pyright: ignore[reportArgumentType]

    monkeypatch.setattr(store, "load_editions", counted)
    views, scope = Views(database, vectors=True), Scope.of(anna, DAY, None)
    for number in range(12):
        await shelve(database, anna, f"paper-{number}")
    sizes = [(await views.of(scope)).size]
    await shelve(database, anna, "one-more")
    sizes += [(await views.of(scope)).size, (await views.of(scope)).size]
    assert (asked, sizes) == ([12, 1], [24, 26, 26])


async def test_a_small_bound_costs_time_and_no_results(database: Database, anna: Principal):
    views = [Views(database, vectors=True, max_bytes=bound) for bound in (1 << 30, 1)]
    for number in range(10):
        audience = ("staff",) if number % 2 else ("hr",)
        await publish(database, Principal.system(anna.tenant), Paper(f"paper-{number}", TEXTS, audience=audience))
    pia = Principal(anna.tenant, "pia", roles=frozenset({"hr"}))
    for principal in (anna, pia, anna, pia):
        ample, tight = [await one.of(Scope.of(principal, DAY, None)) for one in views]
        assert list(tight.chunk_ids) == list(ample.chunk_ids)
        assert tight.lexical.match("lost card").scores.tobytes() == ample.lexical.match("lost card").scores.tobytes()
    held = [sum(segment.size for segment in one._holdings[anna.tenant].segments) for one in views]
    assert held == [20, 10]


async def test_a_second_tenant_makes_room(database: Database, anna: Principal):
    views = Views(database, vectors=True, max_bytes=1)
    boris = Principal(f"{anna.tenant}-other", "boris", roles=frozenset({"staff"}))
    for principal in (anna, boris):
        await shelve(database, principal)
        assert (await views.of(Scope.of(principal, DAY, None))).size == 2
    assert list(views._holdings) == [boris.tenant]
