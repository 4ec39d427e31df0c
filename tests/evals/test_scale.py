import asyncio
import uuid
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest

from core.database import Database
from core.principal import Principal
from evals.scale.corpus import AUDIENCES, Made, role
from evals.scale.plot import plot
from evals.scale.probe import DAY, Plan, nearest_ids
from evals.scale.store import store_editions, stored_editions
from retrieval.access import Scope
from retrieval.dense import MemoryDense
from retrieval.index.cache import Views
from retrieval.postings import LexicalBlock, lexical_block
from tests.retrieval.shelf import embed

TEXTS = [
    "The bank resolves an error within ten business days. (a) Notice may be oral or written, as § 1005.11(c) says.",
    "A consumer who loses a card owes at most 50 dollars. The card is blocked without delay by the bank.",
    "Records of applications are kept for twenty-five months. Longer where an investigation has begun.",
]


@pytest.fixture
def made() -> Made:
    return Made(TEXTS, embed(TEXTS), 10_000)


def arrays(block: LexicalBlock) -> list[list[int]]:
    held = (block.keys, block.starts, block.rows, block.text, block.path, block.text_length, block.path_length)
    return [array.tolist() for array in held]


def test_made_postings_are_those_of_the_made_texts(made: Made):
    for number in (0, 1, 250):
        edition = made.edition(number)
        again = lexical_block(f"Working instruction {number}", [((edition.section,), text) for text in edition.texts])
        assert arrays(edition.postings) == arrays(again)


def test_the_same_number_makes_the_same_edition_of_unit_vectors(made: Made):
    one, again = made.edition(7), made.edition(7)
    assert (one.texts, one.chunk_ids.tolist()) == (again.texts, again.chunk_ids.tolist())
    assert one.vectors.tobytes() == again.vectors.tobytes()
    np.testing.assert_allclose(np.linalg.norm(one.vectors, axis=1), 1.0, atol=1e-6)


def test_every_real_chunk_is_there_once(made: Made):
    texts = [text for number in range(made.editions) for text in made.edition(number).texts]
    assert len(texts) == 10_000
    assert [texts.count(text) for text in TEXTS] == [1, 1, 1]


async def test_what_is_stored_is_found_by_its_audience(database: Database, made: Made, tmp_path: Path):
    tenant = f"scale-{uuid.uuid4().hex[:8]}"
    editions = [made.edition(number) for number in range(101)]
    async with database.transaction(Principal.system(tenant)) as tx:
        await store_editions(tx, editions)
        assert await stored_editions(tx) == 101
    for name, file in (("vectors", tmp_path / "v"), ("chunk_ids", tmp_path / "i")):
        await asyncio.to_thread(file.write_bytes, b"".join(getattr(e, name).tobytes() for e in editions))
    question = embed(["how long is a lost card blocked"])
    sizes: list[int] = []
    for audience in AUDIENCES:
        scope = Scope.of(Principal(tenant, "reader", roles=frozenset({role(audience)})), DAY, None)
        view = await Views(database, vectors=True).of(scope)
        sizes.append(view.size)
        plan = Plan("", tenant, tmp_path / "v", tmp_path / "i", 10, 1010, (), tmp_path)
        (expected,) = nearest_ids(plan, audience, question)
        nearest = await MemoryDense().nearest(scope, view, question[0], 10)
        assert {chunk.bytes for chunk in view.ids_of(nearest.rows)} <= expected
    assert sizes == [10, 20, 110, 1010]


def test_the_plot_draws_a_line_for_each_audience():
    times = {name: {"with_embedding": {"p95_ms": 5.0 + at}} for at, name in enumerate(AUDIENCES)}
    drawn = ElementTree.fromstring(plot({"10000": {"audiences": times}, "100000": {"audiences": times}}))
    lines = drawn.findall("{http://www.w3.org/2000/svg}polyline")
    assert [len(line.attrib["points"].split()) for line in lines] == [2, 2, 2, 2]
