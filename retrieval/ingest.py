"""Reading a registered edition in: file -> pages and blocks -> chunks -> vectors by stretches, then a draft at once.

Each stretch is stored in a transaction of its own, and a last one makes the edition a draft. A reader that is killed is
followed by one that parses the file again, if not all of its text was stored, and else goes on where the vectors
stopped. No more of a long document is in memory than of a short one. Until the end nobody sees any of it
(`retrieval.reading`).
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, AsyncExitStack, aclosing
from dataclasses import dataclass, field, replace
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
from retrieval.models import Block, ChunkDraft, ParseProblem, Span
from retrieval.parsing.spool import SpooledDocument
from retrieval.reading import store
from retrieval.reading.models import Attempt, Begun, Overtaken, TextSummary, Unembedded, chunk_id

T = TypeVar("T")

Progress = Callable[[int, int], Awaitable[None]]
"""Called with chunks embedded so far and their number."""

SUSPICIOUS = "planted_instructions"

Flags = Callable[[Sequence[tuple[str, str]]], Awaitable[Sequence[tuple[Span, ...]]]]
"""The parts of each passage, given as (heading, text), that read like orders to whoever reads it out."""


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

    `parse` gives a document that is on disk while its block lasts (`parsing.apart.ParserProcess.opened`, or
    `parsing.spool.here` over a parser of this process), and `chunks` yields as it goes, so that pages, blocks and
    chunks pass through memory by stretches. What the scanners find is noted in the edition's problems, for the policy
    owner to see before publishing: `is_suspicious` looks at a passage with its headings, `flags` says which parts of
    its text read like orders, which is kept with the passage. Retrieved text is never taken for instructions anyway.
    """

    parse: Callable[[bytes, str], AbstractContextManager[SpooledDocument]]
    chunks: Callable[[Iterable[Block]], Iterator[ChunkDraft]]
    embedder: PassageEmbedder
    is_suspicious: Callable[[str], bool] = lambda _text: False
    flags: Flags | None = None
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
    async with reading.parsing, AsyncExitStack() as stack:
        async with database.transaction(principal) as tx:
            file = await get_file(tx, attempt.edition_id)
        filename = file.filename
        opened = reading.parse(file.content, filename)
        parsed = await asyncio.to_thread(opened.__enter__)
        stack.push(opened)
        del file
        async with database.transaction(principal) as tx:
            await store.clear(tx, attempt)
        async for pages in _stretches(parsed.pages()):
            async with database.transaction(principal) as tx:
                await store.add_pages(tx, attempt, pages)
        count, planted = 0, _Planted(attempt.edition_id, reading.is_suspicious)
        async for read in _stretches(reading.chunks(parsed.blocks())):
            drafts = await _flagged(read, reading.flags)
            await asyncio.to_thread(planted.look_at, drafts)
            async with database.transaction(principal) as tx:
                await store.add_chunks(tx, attempt, drafts)
            count += len(drafts)
        if not count:
            raise Unprocessable(f"No text was found in {filename}. A scanned document needs text recognition first.")
        problems = (*parsed.summary.problems, *planted.problems())
        summary = TextSummary(parsed.summary.media_type, parsed.summary.page_count, count, problems)
        async with database.transaction(principal) as tx:
            await store.note_text(tx, attempt, summary)
    return count


async def _flagged(drafts: list[ChunkDraft], flags: Flags | None) -> list[ChunkDraft]:
    """The chunks with their flagged parts; as they are where nobody looks."""
    if flags is None:
        return drafts
    found = await flags([(" › ".join(draft.section), draft.text) for draft in drafts])
    return [replace(draft, flagged=spans) for draft, spans in zip(drafts, found, strict=True)]


async def _stretches(values: Iterable[T]) -> AsyncGenerator[list[T]]:
    """The values in order, some at a time, made in another thread: that may take a while."""
    rest = iter(values)
    while stretch := await asyncio.to_thread(lambda: list(islice(rest, INGEST_LIMITS.rows))):
        yield stretch


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


class _Planted:
    """Notes passages that read like instructions to the assistant, as they go by."""

    def __init__(self, edition_id: UUID, is_suspicious: Callable[[str], bool]) -> None:
        self._edition_id = edition_id
        self._is_suspicious = is_suspicious
        self._found: list[ParseProblem] = []
        self._more = 0

    def look_at(self, chunks: Iterable[ChunkDraft]) -> None:
        """Note those of the chunks that want a look."""
        for chunk in chunks:
            if chunk.flagged or self._is_suspicious("\n".join([*chunk.section, chunk.text])):
                self._note(chunk)

    def _note(self, chunk: ChunkDraft) -> None:
        if len(self._found) < INGEST_LIMITS.planted:
            detail = "This passage reads like instructions to the assistant."
            self._found.append(ParseProblem(chunk.page, SUSPICIOUS, detail, chunk_id(self._edition_id, chunk)))
        else:
            self._more += 1

    def problems(self) -> list[ParseProblem]:
        if not self._more:
            return self._found
        detail = f"{self._more:,} further passages read like instructions to the assistant."
        return [*self._found, ParseProblem(page=None, code=SUSPICIOUS, detail=detail)]
