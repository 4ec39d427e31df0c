"""What reading a document in takes of this process's memory does not grow with the document."""

import tracemalloc
import uuid
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from core.database import Database
from core.principal import Principal
from retrieval.chunking import chunks
from retrieval.editions.store import register_edition
from retrieval.ingest import Reading, begin, read_in
from retrieval.parsing.apart import ParserProcess
from tests.retrieval.shelf import DIMENSION, Paper

SECTIONS = 150
TIMES = 12
VECTOR = np.full(DIMENSION, DIMENSION**-0.5, np.float32)


class Instant:
    """Takes no time and no memory beyond what it gives."""

    name = "instant"

    async def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        return np.tile(VECTOR, (len(texts), 1))


def rules(sections: int) -> bytes:
    line = "The desk compares the ledger with the vouchers of the day and reports each difference to the supervisor. "
    return "".join(f"# {n} Rules\n\n{line * 8}\n\n{n} {line * 8}\n\n" for n in range(sections)).encode()


async def peak(database: Database, parser: ParserProcess, sections: int) -> tuple[int, int]:
    """Bytes held at most between the end of parsing and the last vector, and how many passages there were."""
    system = Principal.system(f"bank-{uuid.uuid4().hex[:8]}")
    content = rules(sections)
    async with database.transaction(system) as tx:
        edition = await register_edition(
            tx, Paper("rules", ()).metadata, filename="rules.md", media_type="text/markdown", content=content
        )
    how = Reading(parser.opened, chunks, Instant())
    begun = await begin(database, system, edition.edition_id, how)
    del content
    seen: list[tuple[int, int]] = []

    async def progress(done: int, total: int) -> None:
        if done == total:  # what follows makes the postings of the whole edition, which are kept whole
            seen.append((tracemalloc.get_traced_memory()[1], total))

    tracemalloc.start()
    try:
        await read_in(database, system, begun, how, progress)
    finally:
        tracemalloc.stop()
    return seen[-1]


async def test_a_document_twelve_times_as_long_takes_no_more_memory_but_for_its_file(database: Database) -> None:
    parser = ParserProcess()
    await peak(database, parser, 10)
    short, short_chunks = await peak(database, parser, SECTIONS)
    long, long_chunks = await peak(database, parser, SECTIONS * TIMES)
    parser.close()
    assert long_chunks > 10 * short_chunks > 10 * SECTIONS
    # The file itself is sent to the parser: it is held, and copied on its way.
    files = 4 * (len(rules(SECTIONS * TIMES)) - len(rules(SECTIONS)))
    held = long_chunks * (DIMENSION * 4 + 1_700)
    assert long - short < files + 2_000_000 < held + files
