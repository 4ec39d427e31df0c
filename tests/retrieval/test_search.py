import uuid
from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import pytest

from core.database import Database
from core.errors import Unprocessable
from core.principal import Principal
from gateway.errors import ModelUnavailable
from retrieval.dense import MemoryDense
from retrieval.editions.store import withdraw_edition
from retrieval.models import Evidence, Passage
from retrieval.search import Searcher
from retrieval.stages import Stage, Stages
from retrieval.thresholds import LIMITS
from tests.retrieval.shelf import DAY, HashingEmbedder, Paper, embed, publish

LIMIT_2024 = Paper("limits", ("The daily card limit is 500 dollars.",), version="1", effective_from=date(2024, 1, 1))
LIMIT_2025 = Paper("limits", ("The daily card limit is 800 dollars.",), version="2", effective_from=date(2025, 7, 1))


@pytest.fixture
def tenant() -> str:
    return f"bank-{uuid.uuid4().hex[:8]}"


@pytest.fixture
def anna(tenant: str) -> Principal:
    return Principal(tenant, "anna", roles=frozenset({"staff"}))


@pytest.fixture
def searcher(database: Database) -> Searcher:
    return Searcher(database, HashingEmbedder(), MemoryDense())


async def shelve(database: Database, tenant: str, *papers: Paper) -> list[uuid.UUID]:
    return [await publish(database, Principal.system(tenant), paper) for paper in papers]


def texts(evidence: Evidence) -> list[str]:
    return [passage.text for passage in evidence.passages]


async def test_evidence_in_full(database: Database, tenant: str, anna: Principal, searcher: Searcher):
    paper = Paper(
        "reg-e",
        ("The bank investigates an error within ten business days.", "A lost card is reported to the bank."),
        title="Regulation E",
        library="regulations",
        section=("§ 1005.11 Errors", "(c)"),
    )
    (edition,) = await shelve(database, tenant, paper)
    found = await searcher.search(anna, "how many days to investigate an error", as_of=DAY, k=1)
    first = found.passages[0]
    assert found == Evidence(
        query="how many days to investigate an error",
        as_of=DAY,
        candidates=2,
        passages=(
            Passage(
                ref=1,
                chunk_id=first.chunk_id,
                edition_id=edition,
                document="reg-e",
                title="Regulation E",
                version="1",
                library="regulations",
                section=("§ 1005.11 Errors", "(c)"),
                page=None,
                effective_from=date(2026, 1, 1),
                effective_to=None,
                text=paper.texts[0],
                sha256=paper.contents.chunks[0].sha256,
                score=first.score,
                dense=first.dense,
                lexical=first.lexical,
            ),
        ),
    )
    assert 0.0 < first.score <= 1.0
    assert first.dense == pytest.approx(float(embed([found.query])[0] @ embed(paper.texts[:1])[0]), abs=1e-6)
    assert first.lexical > 0.0


@pytest.mark.parametrize(
    ("day", "limit"),
    [
        (date(2023, 12, 31), []),
        (date(2024, 1, 1), ["The daily card limit is 500 dollars."]),
        (date(2025, 6, 30), ["The daily card limit is 500 dollars."]),
        (date(2025, 7, 1), ["The daily card limit is 800 dollars."]),
        (DAY, ["The daily card limit is 800 dollars."]),
    ],
)
async def test_the_day_chooses_the_edition(
    database: Database, tenant: str, anna: Principal, searcher: Searcher, day: date, limit: list[str]
):
    await shelve(database, tenant, LIMIT_2024, LIMIT_2025)
    assert texts(await searcher.search(anna, "daily card limit", as_of=day)) == limit


async def test_what_was_replaced_stays_replaced(database: Database, tenant: str, anna: Principal, searcher: Searcher):
    await shelve(database, tenant, LIMIT_2024, replace(LIMIT_2025, effective_to=date(2025, 12, 1)))
    assert texts(await searcher.search(anna, "daily card limit", as_of=date(2025, 12, 1))) == []


async def test_of_two_editions_of_one_day_the_later_published_counts(
    database: Database, tenant: str, anna: Principal, searcher: Searcher
):
    same_day = replace(LIMIT_2025, effective_from=date(2024, 1, 1))
    await shelve(database, tenant, LIMIT_2024, same_day)
    assert len((await searcher.search(anna, "daily card limit", as_of=DAY)).passages) == 1


async def test_libraries_narrow_the_search(database: Database, tenant: str, anna: Principal, searcher: Searcher):
    await shelve(database, tenant, LIMIT_2024, Paper("fees", ("The card fee is 5 dollars.",), library="fees"))
    wide = await searcher.search(anna, "card", as_of=DAY)
    narrow = await searcher.search(anna, "card", as_of=DAY, libraries=["fees"])
    none = await searcher.search(anna, "card", as_of=DAY, libraries=[])
    assert (len(wide.passages), texts(narrow), texts(none)) == (2, ["The card fee is 5 dollars."], [])
    assert (wide.candidates, narrow.candidates, none.candidates) == (2, 1, 0)


async def test_a_citation_finds_its_paragraph(database: Database, tenant: str, anna: Principal, searcher: Searcher):
    same = "Within ten business days."
    papers = [
        Paper(f"p{n}", (f"{same} Case {n}.",), section=("§ 1005.11 Errors", "(c)", f"({n})")) for n in range(1, 5)
    ]
    await shelve(database, tenant, *papers)
    found = await searcher.search(anna, "what does § 1005.11(c)(3) say?", as_of=DAY, k=1)
    assert found.passages[0].section[-1] == "(3)"


async def test_near_duplicates_give_way(database: Database, tenant: str, anna: Principal, searcher: Searcher):
    rule = "Staff must report a lost card to the fraud desk without delay and note the time of the call."
    await shelve(database, tenant, Paper("a", (rule, rule.replace("Staff", "staff"))), Paper("b", (rule,)))
    assert len((await searcher.search(anna, "report a lost card", as_of=DAY)).passages) == 1


async def test_a_cached_view_leaks_nothing_withdrawn_and_finds_what_came(
    database: Database, tenant: str, anna: Principal, searcher: Searcher
):
    (edition,) = await shelve(database, tenant, LIMIT_2024)
    assert len((await searcher.search(anna, "card limit", as_of=DAY)).passages) == 1
    async with database.transaction(Principal.system(tenant)) as tx:
        await withdraw_edition(tx, edition)
    assert texts(await searcher.search(anna, "card limit", as_of=DAY)) == []
    await shelve(database, tenant, LIMIT_2025)
    assert texts(await searcher.search(anna, "card limit", as_of=DAY)) == list(LIMIT_2025.texts)


class Withdrawing:
    """An embedder during whose work an edition is withdrawn: the search has already ranked or is about to."""

    def __init__(self, database: Database, tenant: str, edition: uuid.UUID) -> None:
        self.database, self.tenant, self.edition = database, tenant, edition

    async def embed(self, texts: Sequence[str]):
        async with self.database.transaction(Principal.system(self.tenant)) as tx:
            await withdraw_edition(tx, self.edition)
        return embed(texts)


async def test_what_is_withdrawn_while_searching_is_not_shown(database: Database, tenant: str, anna: Principal):
    (edition,) = await shelve(database, tenant, LIMIT_2024)
    searcher = Searcher(database, Withdrawing(database, tenant, edition), MemoryDense())
    assert texts(await searcher.search(anna, "card limit", as_of=DAY)) == []


async def test_a_reranker_decides_the_order(database: Database, tenant: str, anna: Principal):
    class Longest:
        async def scores(self, query: str, texts: Sequence[str]) -> list[float]:
            return [min(1.0, len(text) / 100) for text in texts]

    await shelve(database, tenant, Paper("a", ("Card limit.", "A card limit that is told at much greater length.")))
    searcher = Searcher(database, HashingEmbedder(), MemoryDense(), reranker=Longest())
    found = await searcher.search(anna, "card limit", as_of=DAY)
    assert [(p.ref, p.text, p.score) for p in found.passages] == [
        (1, "A card limit that is told at much greater length.", 0.49),
        (2, "Card limit.", 0.11),
    ]


async def test_an_empty_tenant_finds_nothing(anna: Principal, searcher: Searcher):
    assert await searcher.search(anna, "card", as_of=DAY) == Evidence("card", DAY, (), 0)


async def test_warming_counts_the_visible_chunks(database: Database, tenant: str, anna: Principal, searcher: Searcher):
    await shelve(database, tenant, LIMIT_2024, Paper("hr", ("Leave.",), audience=("hr",)))
    assert await searcher.warm(anna, DAY) == 1


@pytest.mark.parametrize(
    ("query", "k", "libraries"),
    [
        ("", 5, None),
        (" \n", 5, None),
        ("x" * (LIMITS.query_chars + 1), 5, None),
        ("card", 0, None),
        ("card", LIMITS.passages + 1, None),
        ("card", 5, ["x"] * (LIMITS.libraries + 1)),
    ],
)
async def test_out_of_bounds(anna: Principal, searcher: Searcher, query: str, k: int, libraries: list[str] | None):
    with pytest.raises(Unprocessable):
        await searcher.search(anna, query, as_of=DAY, k=k, libraries=libraries)


async def test_an_explanation_names_every_stage_with_its_score_and_ranks(
    database: Database, tenant: str, anna: Principal, searcher: Searcher
):
    papers = ("The daily card limit is 500 dollars.", "A card that was lost is reported.", "Leave is asked for in May.")
    await shelve(database, tenant, Paper("a", papers))
    plain = await searcher.search(anna, "daily card limit", as_of=DAY)
    found = await searcher.search(anna, "daily card limit", as_of=DAY, explain=True)
    assert [replace(passage, explanation=None) for passage in found.passages] == list(plain.passages)
    first = found.passages[0].explanation
    assert first is not None
    assert first.candidates >= len(found.passages)
    by_stage = {each.stage: each for each in first.stages}
    assert list(by_stage) == [
        Stage.LEXICAL,
        Stage.PHRASES,
        Stage.DENSE,
        Stage.WEIGHTING,
        Stage.LEARNED,
        Stage.DIVERSITY,
    ]
    assert by_stage[Stage.DENSE].score == found.passages[0].dense
    assert by_stage[Stage.LEARNED].score == found.passages[0].score
    assert [(each.before, each.after) for each in first.stages] == [
        (None, 1),
        (1, 1),
        (None, 1),
        (None, 1),
        (1, 1),
        (1, 1),
    ]
    words, phrases = by_stage[Stage.LEXICAL].score, by_stage[Stage.PHRASES].score
    assert words is not None
    assert phrases is not None
    assert words + phrases == pytest.approx(found.passages[0].lexical)


@pytest.mark.parametrize("off", [stage for stage in Stage if stage not in (Stage.RERANK, Stage.GLOSSARY)])
async def test_a_stage_that_is_off_takes_no_part(database: Database, tenant: str, anna: Principal, off: Stage):
    await shelve(database, tenant, Paper("a", ("The daily card limit is 500 dollars.", "A lost card is reported.")))
    searcher = Searcher(database, HashingEmbedder(), MemoryDense(), stages=Stages.without([off]))
    found = await searcher.search(anna, "daily card limit", as_of=DAY, explain=True)
    explanation = found.passages[0].explanation
    assert explanation is not None
    assert found.passages[0].text == "The daily card limit is 500 dollars."
    named = {each.stage for each in explanation.stages}
    assert off not in named or off is Stage.WEIGHTING


async def test_what_a_cut_off_hit_lacks_comes_beside_it_and_behind_all_hits(
    database: Database, tenant: str, anna: Principal, searcher: Searcher
):
    rules = (
        "A customer who disputes a card payment receives from the branch on the same day:",
        "(a) a written confirmation; and",
        "(b) the number of the fraud desk.",
        "Cash is counted twice at closing.",
    )
    await shelve(database, tenant, Paper("disputes", rules))
    found = await searcher.search(anna, "customer who disputes a card payment", as_of=DAY, k=1)
    assert [(p.ref, p.text, p.beside) for p in found.passages] == [(1, rules[0], None), (2, rules[1], 1)]
    assert found.passages[1].dense == pytest.approx(float(embed([found.query])[0] @ embed([rules[1]])[0]), abs=1e-6)
    without = Searcher(database, HashingEmbedder(), MemoryDense(), stages=Stages.without(["neighbours"]))
    plain = await without.search(anna, "customer who disputes a card payment", as_of=DAY, k=1)
    assert plain.passages == found.passages[:1]


async def test_a_neighbour_of_another_edition_is_never_brought(
    database: Database, tenant: str, anna: Principal, searcher: Searcher
):
    await shelve(database, tenant, Paper("a", ("The branch shall in a dispute:",)), Paper("b", ("(a) Leave.",)))
    found = await searcher.search(anna, "branch dispute", as_of=DAY, k=1)
    assert texts(found) == ["The branch shall in a dispute:"]


class Broken:
    """A reranking model that can't be used now."""

    async def scores(self, query: str, texts: Sequence[str]) -> list[float]:
        raise ModelUnavailable("reranking took too long")


async def test_the_order_stays_where_reranking_fails(
    database: Database, tenant: str, anna: Principal, searcher: Searcher
):
    await shelve(database, tenant, Paper("a", ("The daily card limit is 500 dollars.", "A lost card is reported.")))
    broken = Searcher(database, HashingEmbedder(), MemoryDense(), reranker=Broken())
    found = await broken.search(anna, "card limit", as_of=DAY, explain=True)
    plain = await searcher.search(anna, "card limit", as_of=DAY, explain=True)
    assert found == plain
