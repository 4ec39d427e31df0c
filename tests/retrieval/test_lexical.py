import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rank_bm25 import BM25Okapi

from retrieval.lexical import LexicalIndex, lexical_block
from retrieval.terms import terms
from retrieval.thresholds import LexicalWeights

TEXTS = [
    "The bank must resolve an error within ten business days of the notice.",
    "A consumer who loses a card owes at most fifty dollars.",
    "Notice of loss must be given within two business days; the card is then blocked by the bank.",
    "Records of applications are kept for twenty-five months.",
    "An error notice may be oral or written, and the bank may ask for a written error notice.",
]
WORDS_ONLY = LexicalWeights(k1=1.5, b=0.75, path=0.0, pair=0.0)


def index(texts: list[str], weights: LexicalWeights = WORDS_ONLY) -> LexicalIndex:
    return LexicalIndex([lexical_block("", [((), text) for text in texts])], weights)


@pytest.mark.parametrize("query", ["error notice", "business days of the card", "records", "written error"])
def test_equals_rank_bm25_under_the_same_idf(query: str):
    oracle = BM25Okapi([terms(text) for text in TEXTS], k1=1.5, b=0.75)
    frequency = {term: sum(term in terms(text) for text in TEXTS) for text in TEXTS for term in terms(text)}
    oracle.idf = {t: math.log(1 + (len(TEXTS) - n + 0.5) / (n + 0.5)) for t, n in frequency.items()}
    expected = oracle.get_scores(list(dict.fromkeys(terms(query))))
    np.testing.assert_allclose(index(TEXTS).scores(query), expected, rtol=1e-6)


def test_a_term_of_every_chunk_still_scores():
    scores = index(["the card", "a card"]).scores("card")
    assert (scores > 0).all()


def test_nothing_indexed_and_nothing_known():
    assert index([]).scores("card").shape == (0,)
    assert LexicalIndex([]).ceiling("card") == 0.0
    assert index(TEXTS).scores("zebra").tolist() == [0.0] * len(TEXTS)
    assert index(TEXTS).ceiling("zebra") == 0.0
    assert index(["", "..."]).scores("card").tolist() == [0.0, 0.0]


def test_a_phrase_beats_the_same_words_apart():
    weights = LexicalWeights(pair=0.4)
    scores = index(["error notice sent today", "notice sent error today"], weights).scores("error notice")
    assert scores[0] > scores[1]


def test_a_section_path_is_searchable_down_to_its_paragraph():
    chunks = [(("§ 1005.11 Errors", "(c)", marker), "Ten business days.") for marker in ("(1)", "(2)", "(3)")]
    scores = LexicalIndex([lexical_block("Regulation E", chunks)]).scores("what does 1005.11(c)(2) say")
    assert int(np.argmax(scores)) == 1
    assert scores[0] == scores[2]


def test_no_score_exceeds_the_ceiling():
    found = index(TEXTS, LexicalWeights())
    query = "error notice error notice written card bank days"
    assert float(found.scores(query).max()) < found.ceiling(query)


sentences = st.lists(
    st.sampled_from(["card", "error", "notice", "bank", "days", "10", "1005.11(c)", "not"]), max_size=8
).map(" ".join)


@given(st.lists(st.lists(sentences, min_size=1, max_size=4), min_size=1, max_size=5), sentences)
def test_cutting_the_corpus_into_blocks_changes_no_bit(blocks: list[list[str]], query: str):
    joined = index(list(itertools.chain(*blocks)), LexicalWeights()).scores(query)
    parts = [lexical_block("", [((), text) for text in texts]) for texts in blocks]
    apart = LexicalIndex(parts, LexicalWeights()).scores(query)
    assert apart.tobytes() == joined.tobytes()
