"""However editions stand in segments, a view of them is the same to the last bit."""

import uuid
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from retrieval import dense
from retrieval.index.codes import ask, bounds, encode
from retrieval.index.segments import SEGMENT_CHUNKS, Segment, grouped, join, tidied
from retrieval.index.views import View
from retrieval.postings import lexical_block
from tests.retrieval.shelf import embed

WORDS = ["card", "error", "notice", "bank", "days", "loss", "limit", "must", "not", "1005.11(c)"]
texts = st.lists(st.lists(st.sampled_from(WORDS), max_size=10).map(" ".join), max_size=5)
shelves = st.lists(texts, min_size=1, max_size=8)


def edition(number: int) -> uuid.UUID:
    return uuid.UUID(int=number)


def segment(number: int, contents: Sequence[str]) -> Segment:
    ids = [uuid.uuid5(edition(number), str(at)).bytes for at in range(len(contents))]
    postings = lexical_block(f"Circular {number}", [(("1 General",), text) for text in contents])
    return Segment.of(
        edition(number), np.frombuffer(b"".join(ids), np.uint8).reshape(-1, 16), postings, embed(list(contents))
    )


def outcome(view: View, query: str, limit: int) -> tuple[object, ...]:
    match = view.lexical.match(query)
    nearest = dense._nearest(view, embed([query])[0], limit)
    return (
        view.editions,
        list(view.chunk_ids),
        match.scores.tobytes(),
        match.ceiling,
        view.lexical.lengths.tolist(),
        nearest.rows.tolist(),
        nearest.cosines.tobytes(),
    )


@settings(deadline=None)
@given(shelves, st.data())
def test_segments_are_nobodys_business(contents: list[list[str]], data: st.DataObject):
    """Alone in their segments, or joined with each other and with editions that are not shown: the same view."""
    shown = data.draw(st.sets(st.integers(0, len(contents) - 1)))
    query = " ".join(data.draw(st.lists(st.sampled_from(WORDS), min_size=1, max_size=6)))
    limit = data.draw(st.integers(1, 12))
    singles = [segment(number, body) for number, body in enumerate(contents)]
    editions = [edition(number) for number in sorted(shown)]
    alone = View(editions, [singles[number] for number in sorted(shown)])
    order = data.draw(st.permutations(range(len(singles))))
    cut = data.draw(st.integers(0, len(order)))
    together = [join([singles[at] for at in part]) for part in (order[:cut], order[cut:]) if part]
    assert outcome(View(editions, together), query, limit) == outcome(alone, query, limit)
    gone = {edition(number) for number in range(len(contents)) if data.draw(st.booleans())} - set(editions)
    fewer = [less for whole in together if (less := whole.without(gone)) is not None]
    assert outcome(View(editions, fewer), query, limit) == outcome(alone, query, limit)


def test_a_view_of_little_among_much_equals_one_of_its_own():
    """The path that searches each term's postings for the few rows that are shown."""
    random = np.random.default_rng(7)
    contents = [[" ".join(random.choice(WORDS, 6)) for _ in range(3)] for _ in range(200)]
    singles = [segment(number, body) for number, body in enumerate(contents)]
    editions = [edition(3), edition(4), edition(150)]
    view = View(editions, [join(singles)])
    assert [runs.is_sparse for _, runs in view.shown] == [True]
    alone = View(editions, [singles[3], singles[4], singles[150]])
    for _ in range(2):  # the second time from what was kept
        assert outcome(view, "card error days", 4) == outcome(alone, "card error days", 4)


def test_what_is_kept_of_frequent_terms_changes_nothing():
    random = np.random.default_rng(3)
    contents = [" ".join(random.choice(WORDS, 5)) for _ in range(2_000)]
    view = View([edition(1)], [segment(1, contents)])
    first = outcome(view, "card error", 5)
    assert [column.rows is None for column in view.lexical.columns("card")] == [True]
    assert view.lexical.columns("card")[0] is view.lexical.columns("card")[0]
    assert outcome(view, "card error", 5) == first


@pytest.mark.parametrize("limit", [1, 10, 200])
def test_leaving_out_by_codes_misses_nothing(limit: int, monkeypatch: pytest.MonkeyPatch):
    random = np.random.default_rng(limit)
    vectors = random.standard_normal((20_000, 384)).astype(np.float32)
    vectors += 3 * vectors[random.integers(0, 50, len(vectors))]
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    vectors[500:520] = vectors[500]
    ids = np.arange(len(vectors) * 16, dtype=np.uint32).astype(np.uint8).reshape(-1, 16)
    view = View([edition(1)], [Segment.of(edition(1), ids, lexical_block("", [((), "")] * len(vectors)), vectors)])
    for at in (0, 77, 505):
        query = vectors[at] + random.standard_normal(384).astype(np.float32) * np.float32(0.01)
        query /= np.linalg.norm(query)
        assert len(dense._possible(view, query, limit)) < len(vectors) // 2
        found = dense._nearest(view, query, limit)
        cosines = np.einsum("ij,j->i", vectors, query)
        expected = np.lexsort((np.arange(len(vectors)), -cosines))[:limit]
        assert found.rows.tolist() == expected.tolist()
        assert found.cosines.tobytes() == cosines[expected].tobytes()


@settings(deadline=None)
@given(st.integers(0, 2**32 - 1), st.floats(0.0, 4.0))
def test_no_product_lies_outside_its_bounds(seed: int, peak: float):
    random = np.random.default_rng(seed)
    vectors = random.standard_normal((50, 384))
    vectors[::3, 5] += 20 * peak
    vectors[1] = 0.0
    vectors[2:] /= np.linalg.norm(vectors[2:], axis=1, keepdims=True)
    vectors[0] /= np.linalg.norm(vectors[0])
    query = vectors[3] + peak * vectors[4]
    query /= np.linalg.norm(query)
    question = ask(query.astype(np.float32))
    least, most = bounds(encode(vectors.astype(np.float32)), slice(0, 50), question)
    exact = vectors @ query
    assert (least - question.margin <= exact).all()
    assert (exact <= most + question.margin).all()
    assert (most - least).max() < 0.5


def test_many_small_segments_become_few_large_ones():
    segments: list[Segment] = []
    for number in range(600):
        segments = tidied([*segments, segment(number, ["card", "error"])])
    assert sorted(e.int for s in segments for e in s.editions) == list(range(600))
    assert len(segments) < 30


def test_no_segment_is_joined_beyond_the_limit():
    class Sized(Segment):
        def __init__(self, size: int) -> None:
            self.editions = ()
            self.starts = (0, size)

    large = SEGMENT_CHUNKS // 4
    joined = tidied([Sized(large) for _ in range(20)], lambda some: Sized(sum(one.size for one in some)))
    assert max(one.size for one in joined) <= SEGMENT_CHUNKS
    assert sum(one.size for one in joined) == 20 * large


@given(st.lists(st.integers(0, 30), max_size=20))
def test_groups_stay_within_the_limit(sizes: list[int]):
    groups = grouped(sizes, 40)
    assert [at for group in groups for at in group] == list(range(len(sizes)))
    assert all(sum(sizes[at] for at in group) <= 40 for group in groups)


@pytest.mark.parametrize("every", [1, 2])
def test_scattered_rows_miss_nothing_either(every: int):
    """A view in another order than its segment, of all of it or of a half: one pass over the whole."""
    random = np.random.default_rng(every)
    vectors = random.standard_normal((30_000, 384)).astype(np.float32)
    vectors += 2 * vectors[random.integers(0, 50, len(vectors))]
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    ids = random.integers(0, 256, (len(vectors), 16), dtype=np.uint8)
    editions = [edition(number * 7919 % 3001) for number in range(3000)]
    nothing = lexical_block("", [((), "")] * len(vectors))
    whole = Segment(editions, range(0, 30_001, 10), ids, nothing, vectors)
    shown = sorted(editions[::every])
    view = View(shown, [whole])
    assert [runs.is_scattered for _, runs in view.shown] == [True]
    rows = np.concatenate([np.arange(10) + 10 * editions.index(one) for one in shown])
    query = vectors[11]
    found = dense._nearest(view, query, 100)
    cosines = np.einsum("ij,j->i", vectors[rows], query)
    expected = np.lexsort((np.arange(len(rows)), -cosines))[:100]
    assert found.rows.tolist() == expected.tolist()
    possible = dense._possible(view, query, 100)
    assert set(expected.tolist()) <= set(possible.tolist())
    assert len(possible) < len(rows) // 2
