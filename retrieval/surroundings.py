"""What stands around hits in their documents: the rest of a list or section that was cut into several passages.

A short document is read as a whole. Everything is read under the caller's rights, as the hits were.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from core.database import Database
from retrieval.access import Scope
from retrieval.index import store
from retrieval.index.store import FoundChunk
from retrieval.models import Passage
from retrieval.thresholds import SURROUNDINGS


@dataclass(frozen=True, slots=True)
class Surroundings:
    """`added` are numbered on from the hits, each beside one of them; `order` are the numbers of all, the documents by
    their best hit, each in its own order; `before` says which stands directly before which."""

    added: tuple[Passage, ...]
    order: tuple[int, ...]
    before: Mapping[int, int]


async def surroundings(
    database: Database, scope: Scope, hits: Sequence[Passage], looked_at: Callable[[FoundChunk], FoundChunk]
) -> Surroundings:
    """Around the hits, best first, of the best few documents. `looked_at` flags what reads like orders in a chunk."""
    known = {hit.chunk_id: hit for hit in hits}
    places: dict[UUID, dict[UUID, int]] = {hit.edition_id: {} for hit in hits}
    added: list[Passage] = []
    async with database.transaction(scope.principal) as tx:
        for hit in _leading(hits):
            for place, chunk in _near(await store.fetch_around(tx, scope, hit.chunk_id, SURROUNDINGS.whole), hit):
                if chunk.chunk_id not in known and len(added) < SURROUNDINGS.passages:
                    added.append(_beside(hit, looked_at(chunk), len(hits) + len(added) + 1))
                    known[chunk.chunk_id] = added[-1]
                if chunk.chunk_id in known:
                    places[hit.edition_id][chunk.chunk_id] = place
    far = max((place for members in places.values() for place in members.values()), default=0)
    order = sorted(
        known.values(),
        key=lambda p: (list(places).index(p.edition_id), places[p.edition_id].get(p.chunk_id, far + p.ref)),
    )
    at = {(edition, place): known[chunk].ref for edition, members in places.items() for chunk, place in members.items()}
    before = {ref: at[edition, place - 1] for (edition, place), ref in at.items() if (edition, place - 1) in at}
    return Surroundings(tuple(added), tuple(passage.ref for passage in order), before)


def _leading(hits: Sequence[Passage]) -> list[Passage]:
    """The hits of the best documents, at most one for each section."""
    editions = list(dict.fromkeys(hit.edition_id for hit in hits))[: SURROUNDINGS.documents]
    found: dict[tuple[UUID, tuple[str, ...]], Passage] = {}
    for hit in hits:
        if hit.edition_id in editions:
            found.setdefault((hit.edition_id, hit.section[:-1] or hit.section), hit)
    return list(found.values())


def _near(around: Mapping[int, FoundChunk], hit: Passage) -> list[tuple[int, FoundChunk]]:
    """A short document; of a longer one the run of chunks about the hit that are of its section, so many to each
    side. In their order; empty where the hit itself may be read no longer."""
    at = next((place for place, chunk in around.items() if chunk.chunk_id == hit.chunk_id), None)
    if at is None or len(around) <= SURROUNDINGS.whole:
        return [*around.items()]
    first = last = at
    while at - first < SURROUNDINGS.reach and _is_same(around.get(first - 1), hit):
        first -= 1
    while last - at < SURROUNDINGS.reach and _is_same(around.get(last + 1), hit):
        last += 1
    return [(place, around[place]) for place in range(first, last + 1)]


def _is_same(chunk: FoundChunk | None, hit: Passage) -> bool:
    """Of the same section, or another paragraph of it."""
    if chunk is None:
        return False
    one, other = chunk.section, hit.section
    return one == other or (len(one) > 1 and len(other) > 1 and one[:-1] == other[:-1])


def _beside(hit: Passage, chunk: FoundChunk, ref: int) -> Passage:
    return replace(
        hit,
        ref=ref,
        chunk_id=chunk.chunk_id,
        section=chunk.section,
        page=chunk.page,
        text=chunk.text,
        sha256=chunk.sha256,
        dense=0.0,
        lexical=0.0,
        beside=hit.ref,
        explanation=None,
        flagged=chunk.flagged or (),
    )
