"""Bringing editions into memory: postings and vectors as they are kept, or postings made again from the text.

Nothing that is kept is trusted to fit: damaged postings, those made in another way, and those of other chunks than the
vectors there are, are made again from the text, and kept for the next process.
"""

import asyncio
from collections.abc import Sequence
from itertools import groupby
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from core.database import Database, Transaction
from core.principal import Principal
from core.telemetry import logger
from retrieval.access import Scope
from retrieval.index import store
from retrieval.index.packing import PackedBlock, Unusable, current_format, pack, unpack
from retrieval.index.segments import Segment, grouped, join
from retrieval.index.store import IndexedText, StoredEdition, VisibleEdition
from retrieval.postings import joined, lexical_block

Vectors = NDArray[np.float32]
_LOG = logger("retrieval.index")
_NOTHING = PackedBlock(np.empty((0, 16), dtype=np.uint8), lexical_block("", []))
_INDEX_CHUNKS = 2_048
"""Texts held at once, so that memory does not grow with the edition's; their postings take a tenth."""
_FETCH_CHUNKS = 16_384
"""Read at once: some 50 MB."""


async def index_edition(tx: Transaction, edition_id: UUID) -> None:
    """Make and keep the postings of an edition whose chunks and vectors are all stored."""
    parts: list[PackedBlock] = []
    while texts := await store.load_texts(tx, [edition_id], first=_INDEX_CHUNKS * len(parts), count=_INDEX_CHUNKS):
        parts += (await asyncio.to_thread(_packed, texts)).values()
    ids = np.concatenate([_NOTHING.chunk_ids, *(part.chunk_ids for part in parts)])
    postings = await asyncio.to_thread(joined, [part.postings for part in parts])
    await store.keep_postings(tx, edition_id, current_format(), pack(PackedBlock(ids, postings)))


async def load(database: Database, scope: Scope, editions: Sequence[VisibleEdition], *, vectors: bool) -> list[Segment]:
    """Segments of those of the editions that the caller may still search."""
    segments: list[Segment] = []
    sizes = [edition.chunks for edition in editions]
    for group in grouped(sizes):
        parts: list[Segment] = []
        for few in grouped([sizes[at] for at in group], _FETCH_CHUNKS):
            wanted = [editions[group[at]].edition_id for at in few]
            async with database.transaction(scope.principal) as tx:
                stored = await store.load_editions(tx, scope, wanted, vectors=vectors)
            parts += await _segments(database, scope.principal.tenant, stored)
        if parts:
            segments.append(await asyncio.to_thread(join, parts))
    return segments


async def _segments(database: Database, tenant: str, stored: Sequence[StoredEdition]) -> list[Segment]:
    found = await asyncio.to_thread(lambda: {edition.edition_id: _segment(edition) for edition in stored})
    unusable = [edition for edition in stored if found[edition.edition_id] is None]
    if unusable:
        found |= await _made_again(database, tenant, unusable)
    return [segment for segment in found.values() if segment is not None]


async def _made_again(database: Database, tenant: str, stored: Sequence[StoredEdition]) -> dict[UUID, Segment]:
    system = Principal.system(tenant)
    async with database.transaction(system) as tx:
        texts = await store.load_texts(tx, [edition.edition_id for edition in stored])
    packed = await asyncio.to_thread(_packed, texts)
    async with database.transaction(system) as tx:
        for edition, block in packed.items():
            await store.keep_postings(tx, edition, current_format(), pack(block))
    _LOG.info("index.postings_made_again", editions=len(packed), chunks=len(texts))
    made = {edition.edition_id: _joined_up(edition, packed.get(edition.edition_id, _NOTHING)) for edition in stored}
    return {edition: segment for edition, segment in made.items() if segment is not None}


def _packed(texts: Sequence[IndexedText]) -> dict[UUID, PackedBlock]:
    blocks: dict[UUID, PackedBlock] = {}
    for edition, members in groupby(texts, key=lambda text: text.edition_id):
        chunks = list(members)
        ids = np.frombuffer(b"".join(chunk.chunk_id.bytes for chunk in chunks), dtype=np.uint8).reshape(-1, 16)
        postings = lexical_block(chunks[0].title, [(chunk.section, chunk.text) for chunk in chunks])
        blocks[edition] = PackedBlock(ids, postings)
    return blocks


def _segment(stored: StoredEdition) -> Segment | None:
    """The edition as it is kept; None where its postings are missing, of another format, damaged or of other chunks."""
    if stored.content is None or stored.format != current_format():
        return None
    try:
        return _joined_up(stored, unpack(stored.content))
    except Unusable as error:
        _LOG.warning("index.postings_unusable", edition=str(stored.edition_id), reason=str(error))
        return None


def _joined_up(stored: StoredEdition, block: PackedBlock) -> Segment | None:
    """Postings and vectors of the same chunks as a segment; None where the chunks differ."""
    if stored.chunk_ids is None or stored.vectors is None:
        vectors = np.empty((len(block.chunk_ids), 0), dtype=np.float32)
    elif len(stored.chunk_ids) != len(block.chunk_ids):
        return None
    elif np.array_equal(stored.chunk_ids, block.chunk_ids):
        vectors = stored.vectors
    else:
        theirs, ours = _by_id(stored.chunk_ids), _by_id(block.chunk_ids)
        if not np.array_equal(stored.chunk_ids[theirs], block.chunk_ids[ours]):
            return None
        vectors = np.empty_like(stored.vectors)
        vectors[ours] = stored.vectors[theirs]
    return Segment.of(stored.edition_id, block.chunk_ids, block.postings, vectors)


def _by_id(ids: NDArray[np.uint8]) -> NDArray[np.int64]:
    halves = np.ascontiguousarray(ids).view(">u8")
    return np.lexsort((halves[:, 1], halves[:, 0]))
