"""One suite for both implementations of the dense index."""

import uuid
from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.database import Database
from core.principal import Principal
from retrieval.access import Scope
from retrieval.dense import DenseIndex, MemoryDense, SqlDense, top_rows
from retrieval.editions.store import withdraw_edition
from retrieval.index.cache import Views
from retrieval.index.views import View
from tests.retrieval.shelf import DAY, Paper, embed, publish

TEXTS = tuple(f"rule {number} on {subject}" for number in range(6) for subject in ("cards", "errors", "loans"))


@pytest.fixture(params=["memory", "sql"])
def dense(request: pytest.FixtureRequest, database: Database) -> DenseIndex:
    return MemoryDense() if request.param == "memory" else SqlDense(database)


@pytest.fixture
async def scope(database: Database) -> Scope:
    tenant = f"bank-{uuid.uuid4().hex[:8]}"
    await publish(database, Principal.system(tenant), Paper("one", TEXTS[:10]))
    await publish(database, Principal.system(tenant), Paper("two", TEXTS[10:]))
    return Scope.of(Principal(tenant, "anna", roles=frozenset({"staff"})), DAY, None)


async def view_of(database: Database, dense: DenseIndex, scope: Scope) -> View:
    return await Views(database, vectors=dense.wants_vectors).of(scope)


async def test_nearest_are_the_nearest_in_order(database: Database, dense: DenseIndex, scope: Scope):
    view = await view_of(database, dense, scope)
    everything = await Views(database, vectors=True).of(scope)
    query = embed(["rule 3 on loans"])[0]
    nearest = await dense.nearest(scope, view, query, 5)
    exact = everything.vectors_of(np.arange(everything.size)) @ query
    np.testing.assert_allclose(nearest.cosines, np.sort(exact)[::-1][:5], atol=1e-6)
    np.testing.assert_allclose(nearest.cosines, exact[nearest.rows], atol=1e-6)


async def test_more_than_there_are_gives_all(database: Database, dense: DenseIndex, scope: Scope):
    view = await view_of(database, dense, scope)
    nearest = await dense.nearest(scope, view, embed(["cards"])[0], 1000)
    assert sorted(nearest.rows.tolist()) == list(range(len(TEXTS)))


async def test_cosines_of_rows_in_their_order(database: Database, dense: DenseIndex, scope: Scope):
    view = await view_of(database, dense, scope)
    query = embed(["errors"])[0]
    nearest = await dense.nearest(scope, view, query, len(TEXTS))
    backwards = nearest.rows[::-1]
    cosines = await dense.cosines(scope, view, query, backwards)
    assert cosines.dtype == np.float32
    assert cosines.tobytes() == nearest.cosines[::-1].tobytes()


async def test_no_rows(database: Database, dense: DenseIndex, scope: Scope):
    view = await view_of(database, dense, scope)
    cosines = await dense.cosines(scope, view, embed(["errors"])[0], np.empty(0, dtype=np.int64))
    assert cosines.shape == (0,)


async def test_an_empty_view(database: Database, dense: DenseIndex, scope: Scope):
    nobody = Scope.of(scope.principal, date(1999, 1, 1), None)
    view = await view_of(database, dense, nobody)
    nearest = await dense.nearest(nobody, view, embed(["errors"])[0], 5)
    assert (view.size, nearest.rows.tolist(), nearest.cosines.tolist()) == (0, [], [])


async def test_sql_asks_for_rights_again(database: Database, scope: Scope):
    view = await view_of(database, SqlDense(database), scope)
    system = Principal.system(scope.principal.tenant)
    async with database.transaction(system) as tx:
        await withdraw_edition(tx, view.editions[0])
    query = embed(["errors"])[0]
    nearest = await SqlDense(database).nearest(scope, view, query, 1000)
    gone = await SqlDense(database).cosines(scope, view, query, np.array([0]))
    assert 0 < len(nearest.rows) < len(TEXTS)
    assert gone.tolist() == [0.0]


@given(st.lists(st.sampled_from([0.0, 0.25, 0.5, 0.5, 1.0]), max_size=30), st.integers(1, 35))
def test_top_rows_are_the_best_with_ties_in_order(scores: list[float], limit: int):
    expected = sorted(range(len(scores)), key=lambda row: (-scores[row], row))[:limit]
    assert top_rows(np.array(scores, dtype=np.float32), limit).tolist() == expected


@given(st.integers(0, 2**32 - 1), st.integers(1, 40), st.integers(0, 60), st.integers(0, 15))
def test_a_row_scores_the_same_wherever_it_stands(seed: int, rows: int, before: int, shift: int):
    """What `MemoryDense` relies on in numpy; with BLAS (`matrix @ query`) it does not hold."""
    random = np.random.default_rng(seed)
    matrix = random.standard_normal((rows, 384)).astype(np.float32)
    query = random.standard_normal(384).astype(np.float32)
    alone = np.einsum("ij,j->i", matrix, query)
    other = random.standard_normal((before, 384)).astype(np.float32)
    moved = np.empty((before + rows) * 384 + shift, dtype=np.float32)[shift:].reshape(before + rows, 384)
    moved[:] = np.concatenate([other, matrix])
    assert np.einsum("ij,j->i", moved, query)[before:].tobytes() == alone.tobytes()
