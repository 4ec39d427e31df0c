"""Reading a registered edition in: file -> pages and blocks -> chunks, all stored at once; then vectors by stretches.

The file is parsed once and its text stored in one transaction; vectors follow in batches, each in a transaction of its
own, and a last one makes the edition a draft. So a reader that is killed is followed by one that goes on where it
stopped, and the longest part of the work needs no more memory for a long document than for a short one. Until the end
nobody sees any of it (`retrieval.reading`).
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Iterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from itertools import islice
from typing import Protocol, TypeVar
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from core.database import Database
from core.errors import ProblemError, Unavailable, Unprocessable
from core.principal import Principal
from retrieval.documents.store import get_file
from retrieval.limits import INGEST_LIMITS
from retrieval.models import ChunkDraft, ParsedDocument, ParseProblem
from retrieval.reading import store
from retrieval.reading.models import Attempt, Begun, Overtaken, TextSummary, Unembedded, chunk_id

T = TypeVar("T")

Progress = Callable[[int, int], Awaitable[None]]
"""Called with chunks embedded so far and their number."""

SUSPICIOUS = "planted_instructions"


class PassageEmbedder(Protocol):
    """Turns texts into L2-normalised vectors, (n, dimension) float32."""

    @property
    def name(self) -> str:
        """Of the model: equal texts have equal vectors under one name."""
        ...

    async def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """One vector for each text, in order."""
        ...


@dataclass(frozen=True, slots=True)
class Reading:
    """How files are read: the parser, the chunker, the embedder and a scanner for planted instructions.

    The scanner only notes what it finds in the edition's problems, for the policy owner to see before publishing:
    retrieved text is never taken for instructions anyway.
    """

    parse: Callable[[bytes, str], ParsedDocument]
    chunk: Callable[[ParsedDocument], list[ChunkDraft]]
    embedder: PassageEmbedder
    is_suspicious: Callable[[str], bool] = lambda _text: False
    parsing: asyncio.Lock = field(default_factory=asyncio.Lock, repr=False, compare=False)
    """Held while a file is in memory: one at a time, however many editions are being read in."""


async def _no_progress(_done: int, _total: int) -> None:
    return None


async def store_edition(
    database: Database,
    principal: Principal,
    edition_id: UUID,
    reading: Reading,
    progress: Progress = _no_progress,
) -> None:
    """Read the edition's file in and make it a draft. Raises as `read_in`; a file that can't be read leaves the edition
    `failed` with the reason among its problems."""
    begun = await begin(database, principal, edition_id, reading)
    try:
        await read_in(database, principal, begun, reading, progress)
    except (Unavailable, Overtaken):
        raise
    except ProblemError as error:
        async with database.transaction(principal) as tx:
            await store.fail(tx, begun.attempt, [reason(error)])
        raise


async def begin(database: Database, principal: Principal, edition_id: UUID, reading: Reading) -> Begun:
    """Take the edition over from whoever read it before. Raises `Conflict` unless it is `parsing`."""
    async with database.transaction(principal) as tx:
        return await store.begin(tx, edition_id, reading.embedder.name)


async def read_in(
    database: Database, principal: Principal, begun: Begun, reading: Reading, progress: Progress = _no_progress
) -> None:
    """Go on from where the attempts before it came, until the edition is a draft.

    Raises a `ProblemError` that says what to change where the file can't be read; `Overtaken` when another attempt has
    begun. Whatever it raises, what is stored so far stays, and is seen by nobody.
    """
    chunks = begun.chunks
    if chunks is None:
        chunks = await _store_text(database, principal, begun.attempt, reading)
    async with database.transaction(principal) as tx:
        done = await store.reuse_vectors(tx, begun.attempt)
    await progress(done, chunks)
    edition_id = begun.attempt.edition_id
    async with aclosing(_embedded(database, principal, edition_id, reading.embedder)) as embedded:
        async for batch, vectors in embedded:
            async with database.transaction(principal) as tx:
                await store.add_vectors(tx, begun.attempt, [chunk.chunk_id for chunk in batch], vectors)
            done += len(batch)
            await progress(done, chunks)
    async with database.transaction(principal) as tx:
        await store.complete(tx, begun.attempt)


def reason(error: ProblemError) -> ParseProblem:
    """Why a file could not be read, as a problem of its edition."""
    return ParseProblem(page=None, code=error.code, detail=error.detail)


async def _store_text(database: Database, principal: Principal, attempt: Attempt, reading: Reading) -> int:
    """Parse the file and store its pages and chunks; returns how many chunks."""
    async with reading.parsing:
        async with database.transaction(principal) as tx:
            file = await get_file(tx, attempt.edition_id)
        parsed, drafts, planted = await asyncio.to_thread(
            _read, reading, attempt.edition_id, file.content, file.filename
        )
        del file
        async with database.transaction(principal) as tx:
            await store.clear(tx, attempt)
            for pages in _stretches(parsed.pages, INGEST_LIMITS.rows):
                await store.add_pages(tx, attempt, pages)
            for chunks in _stretches(drafts, INGEST_LIMITS.rows):
                await store.add_chunks(tx, attempt, chunks)
            problems = (*parsed.problems, *planted)
            summary = TextSummary(parsed.media_type, len(parsed.pages), len(drafts), problems)
            await store.note_text(tx, attempt, summary)
    return len(drafts)


def _read(
    reading: Reading, edition_id: UUID, content: bytes, filename: str
) -> tuple[ParsedDocument, list[ChunkDraft], list[ParseProblem]]:
    parsed = reading.parse(content, filename)
    chunks = reading.chunk(parsed)
    if not chunks:
        raise Unprocessable(f"No text was found in {filename}. A scanned document needs text recognition first.")
    return parsed, chunks, _planted(reading, edition_id, chunks)


async def _embedded(
    database: Database, principal: Principal, edition_id: UUID, embedder: PassageEmbedder
) -> AsyncGenerator[tuple[list[Unembedded], NDArray[np.float32]]]:
    """The chunks without a vector by batches, each with its vectors. While one is stored, the next is computed."""
    # The text alone: with the section path before it, dense search alone falls from .696/.500 to .646/.454 on the
    # development data, and fused from .813/.691 to .808/.681. The path is in the lexical index.
    after = -1
    ready: tuple[list[Unembedded], asyncio.Task[NDArray[np.float32]]] | None = None
    try:
        while True:
            async with database.transaction(principal) as tx:
                batch = await store.without_vector(tx, edition_id, after, INGEST_LIMITS.batch)
            ahead = (batch, asyncio.create_task(embedder.embed([chunk.text for chunk in batch]))) if batch else None
            last, ready = ready, ahead
            if last is not None:
                yield last[0], await last[1]
            if not batch:
                return
            after = batch[-1].ordinal
    finally:
        if ready is not None:
            ready[1].cancel()
            await asyncio.gather(ready[1], return_exceptions=True)


def _planted(reading: Reading, edition_id: UUID, chunks: Sequence[ChunkDraft]) -> list[ParseProblem]:
    found = [chunk for chunk in chunks if reading.is_suspicious("\n".join([*chunk.section, chunk.text]))]
    problems = [
        ParseProblem(
            page=chunk.page,
            code=SUSPICIOUS,
            detail="This passage reads like instructions to the assistant.",
            chunk_id=chunk_id(edition_id, chunk),
        )
        for chunk in found[: INGEST_LIMITS.planted]
    ]
    if more := len(found) - len(problems):
        detail = f"{more:,} further passages read like instructions to the assistant."
        problems.append(ParseProblem(page=None, code=SUSPICIOUS, detail=detail))
    return problems


def _stretches(values: Iterable[T], size: int) -> Iterator[list[T]]:
    """The values in order, at most `size` at a time."""
    rest = iter(values)
    while stretch := list(islice(rest, size)):
        yield stretch
