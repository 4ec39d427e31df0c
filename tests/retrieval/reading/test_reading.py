"""An edition read in by steps: one attempt at a time, from where the last stopped, unseen until the end."""

import uuid
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

import numpy as np
import pytest
from numpy.typing import NDArray

from core.canonical import sha256_hex
from core.database import Database, Transaction, connection
from core.errors import Conflict, NotFound
from core.principal import Principal
from retrieval.dense import MemoryDense, SqlDense
from retrieval.documents.models import EditionState
from retrieval.documents.store import edition_text, get_chunk, get_edition, get_page
from retrieval.editions.models import RegistrationOutcome
from retrieval.editions.store import publish_edition, register_edition
from retrieval.ingest import Reading, begin, read_in, store_edition
from retrieval.limits import INGEST_LIMITS
from retrieval.models import Block, BlockKind, Box, ChunkDraft, ParsedDocument, ParsedPage
from retrieval.parsing.spool import here
from retrieval.reading import store
from retrieval.reading.digest import index_digest
from retrieval.reading.models import Attempt, Begun, Overtaken, TextSummary, chunk_id
from retrieval.search import Searcher
from tests.retrieval.shelf import DAY, NOON, HashingEmbedder, Paper, embed

PAPER = Paper("fees", ())
LINES = [f"The fee for service {n} is {n} dollars." for n in range(150)]
FILE = "\n".join(LINES).encode()
BOX = Box(1, 72.0, 72.5, 200.25, 84.0, 0, 9)


@dataclass(slots=True)
class CountingEmbedder:
    """Remembers what it was asked for; breaks down at the n-th batch."""

    name: str = "hashing"
    breaks_at: int | None = None
    batches: list[list[str]] = field(default_factory=list[list[str]])

    async def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        if self.breaks_at == len(self.batches):
            raise ConnectionError("the model went away")
        self.batches.append(list(texts))
        return embed(texts)


@dataclass(slots=True)
class CountingParser:
    parsed: int = 0

    def __call__(self, content: bytes, _filename: str) -> ParsedDocument:
        self.parsed += 1
        lines = content.decode().splitlines()
        blocks = tuple(Block(BlockKind.PARAGRAPH, line, ("1 Fees",), 1, (BOX,)) for line in lines)
        return ParsedDocument("application/pdf", None, (ParsedPage(1, 612.0, 792.0, "Fees"),), blocks)


def chunks(blocks: Iterable[Block]) -> Iterator[ChunkDraft]:
    for n, block in enumerate(blocks):
        yield ChunkDraft(n, block.text, block.section, 1, 1, block.boxes, sha256_hex(block.text.encode()))


def reading(embedder: CountingEmbedder | HashingEmbedder, parser: CountingParser | None = None) -> Reading:
    return Reading(here(parser or CountingParser()), chunks, embedder)


@pytest.fixture
def pia() -> Principal:
    return Principal(f"bank-{uuid.uuid4().hex[:8]}", "pia", roles=frozenset({"policy_owner"}))


async def registered(database: Database, person: Principal, content: bytes = FILE, paper: Paper = PAPER) -> uuid.UUID:
    async with database.transaction(person) as tx:
        edition = await register_edition(
            tx, paper.metadata, filename="fees.txt", media_type="application/octet-stream", content=content
        )
    return edition.edition_id


async def digest_of(database: Database, person: Principal, edition_id: uuid.UUID) -> str:
    async with database.transaction(person) as tx:
        return await index_digest(tx, edition_id)


async def stored(database: Database, person: Principal, edition_id: uuid.UUID) -> dict[str, int]:
    found: dict[str, int] = {}
    async with database.transaction(Principal.system(person.tenant)) as tx:
        for table in ("pages", "chunks", "chunk_vectors"):
            cursor = await connection(tx).execute(
                f"SELECT count(*) AS n FROM app.{table} WHERE edition_id = %s",
                (edition_id,),
            )
            row = await cursor.fetchone()
            assert row is not None
            found[table] = row["n"]
    return found


async def test_a_broken_reading_goes_on_where_it_stopped_and_ends_in_the_same_index(database: Database, pia: Principal):
    whole = await registered(database, pia)
    await store_edition(database, pia, whole, reading(HashingEmbedder()))
    other = await registered(database, pia, paper=replace(PAPER, document="other"))
    parser, breaking, going_on = CountingParser(), CountingEmbedder(breaks_at=2), CountingEmbedder()
    with pytest.raises(ConnectionError):
        await store_edition(database, pia, other, reading(breaking, parser))
    kept = (await stored(database, pia, other))["chunk_vectors"]
    assert 0 < kept <= 2 * INGEST_LIMITS.batch
    await store_edition(database, pia, other, reading(going_on, parser))
    assert parser.parsed == 1
    assert [text for batch in going_on.batches for text in batch] == LINES[kept:]
    assert await digest_of(database, pia, other) == await digest_of(database, pia, whole)


async def test_a_text_that_was_half_stored_is_read_again_whole(
    database: Database, pia: Principal, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("retrieval.ingest.INGEST_LIMITS", replace(INGEST_LIMITS, rows=40))
    whole = await registered(database, pia)
    await store_edition(database, pia, whole, reading(HashingEmbedder()))
    other = await registered(database, pia, paper=replace(PAPER, document="other"))

    def ending(blocks: Iterable[Block]) -> Iterator[ChunkDraft]:
        for chunk in chunks(blocks):
            if chunk.ordinal == 100:
                raise ConnectionError("killed")
            yield replace(chunk, text=f"An older reading of {chunk.text}")

    parser = CountingParser()
    with pytest.raises(ConnectionError):
        await store_edition(database, pia, other, replace(reading(HashingEmbedder(), parser), chunks=ending))
    assert await stored(database, pia, other) == {"pages": 1, "chunks": 80, "chunk_vectors": 0}
    await store_edition(database, pia, other, reading(HashingEmbedder(), parser))
    assert parser.parsed == 2
    assert await digest_of(database, pia, other) == await digest_of(database, pia, whole)


async def test_reading_the_same_file_in_again_gives_the_same_passages_their_ids(database: Database, pia: Principal):
    edition_id = await registered(database, pia)
    begun = await begin(database, pia, edition_id, reading(HashingEmbedder()))
    await read_in(database, pia, begun, reading(HashingEmbedder()))
    async with database.transaction(pia) as tx:
        _, passages = await edition_text(tx, edition_id)
    drafts = list(chunks(Block(BlockKind.PARAGRAPH, line) for line in LINES))
    assert [passage.chunk_id for passage in passages] == [chunk_id(edition_id, draft) for draft in drafts]
    assert len({passage.chunk_id for passage in passages}) == len(LINES)


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE app.chunks SET text = text || ' ' WHERE edition_id = %s AND ordinal = 149",
        "UPDATE app.chunks SET section = '{}' WHERE edition_id = %s AND ordinal = 0",
        "UPDATE app.chunks SET boxes = jsonb_set(boxes, '{0,x0}', '72.5') WHERE edition_id = %s AND ordinal = 7",
        "UPDATE app.chunks SET page = 2 WHERE edition_id = %s AND ordinal = 7",
        "UPDATE app.pages SET text = 'Fee' WHERE edition_id = %s",
        "UPDATE app.chunk_vectors SET embedding = -1 * embedding WHERE edition_id = %s",
        "DELETE FROM app.chunk_vectors WHERE edition_id = %s",
        "UPDATE app.editions SET embedder = 'other' WHERE id = %s",
    ],
)
async def test_any_change_of_the_index_changes_its_digest(database: Database, pia: Principal, change: str):
    edition_id = await registered(database, pia)
    await store_edition(database, pia, edition_id, reading(HashingEmbedder()))
    before = await digest_of(database, pia, edition_id)
    async with database.transaction(Principal.system(pia.tenant)) as tx:
        if "-1 * embedding" in change:
            change = change.replace("-1 * embedding", "embedding * array_fill(-1, ARRAY[384])::vector")
        await connection(tx).execute(change.encode(), (edition_id,))
    assert await digest_of(database, pia, edition_id) != before
    with pytest.raises(NotFound):
        await digest_of(database, Principal.system("elsewhere"), edition_id)


async def test_whoever_began_last_holds_the_edition(database: Database, pia: Principal):
    edition_id = await registered(database, pia)
    how = reading(HashingEmbedder())
    first = await begin(database, pia, edition_id, how)
    second = await begin(database, pia, edition_id, how)
    assert (first.attempt.number + 1, first.chunks, second.chunks) == (second.attempt.number, None, None)
    summary = TextSummary("text/plain", 0, 0, ())
    (draft,) = chunks([Block(BlockKind.PARAGRAPH, "Of the first.", ("1",), 1)])
    steps = {
        "read in": lambda: read_in(database, pia, first, how),
        "clear": lambda: in_one(database, pia, lambda tx: store.clear(tx, first.attempt)),
        "pages": lambda: in_one(database, pia, lambda tx: store.add_pages(tx, first.attempt, [])),
        "chunks": lambda: in_one(database, pia, lambda tx: store.add_chunks(tx, first.attempt, [draft])),
        "text": lambda: in_one(database, pia, lambda tx: store.note_text(tx, first.attempt, summary)),
        "reuse": lambda: in_one(database, pia, lambda tx: store.reuse_vectors(tx, first.attempt)),
        "vectors": lambda: in_one(database, pia, lambda tx: store.add_vectors(tx, first.attempt, [], embed([]))),
        "complete": lambda: in_one(database, pia, lambda tx: store.complete(tx, first.attempt)),
        "fail": lambda: in_one(database, pia, lambda tx: store.fail(tx, first.attempt, [])),
    }
    for step in steps.values():
        with pytest.raises(Overtaken):
            await step()
    assert await stored(database, pia, edition_id) == {"pages": 0, "chunks": 0, "chunk_vectors": 0}
    await read_in(database, pia, second, how)
    assert await stored(database, pia, edition_id) == {"pages": 1, "chunks": 150, "chunk_vectors": 150}
    with pytest.raises(Overtaken):
        await read_in(database, pia, Begun(second.attempt, 150), how)


async def in_one(database: Database, person: Principal, step: Callable[[Transaction], Awaitable[object]]) -> None:
    async with database.transaction(person) as tx:
        await step(tx)


async def test_whoever_was_overtaken_by_a_new_upload_stops_too(database: Database, pia: Principal):
    """Failed, sent again, and not begun yet: the reader of before must not fill it."""
    edition_id = await registered(database, pia)
    how = reading(HashingEmbedder())
    zombie = await begin(database, pia, edition_id, how)
    async with database.transaction(pia) as tx:
        await store.add_pages(tx, zombie.attempt, [ParsedPage(1, 1.0, 1.0, "half")])
        await store.fail(tx, zombie.attempt, [])
        again = await register_edition(
            tx, PAPER.metadata, filename="fees.txt", media_type="application/octet-stream", content=FILE
        )
    assert again.outcome is RegistrationOutcome.AGAIN
    assert await stored(database, pia, edition_id) == {"pages": 0, "chunks": 0, "chunk_vectors": 0}
    with pytest.raises(Overtaken):
        await read_in(database, pia, zombie, how)


async def test_two_readers_at_once_end_in_the_same_index(database: Database, pia: Principal):
    """The second begins while the first is at work; what the first still writes is refused."""
    whole = await registered(database, pia)
    await store_edition(database, pia, whole, reading(HashingEmbedder()))
    other = await registered(database, pia, paper=replace(PAPER, document="other"))
    how = reading(HashingEmbedder())

    @dataclass(slots=True)
    class Interrupting(HashingEmbedder):
        asked: int = 0

        async def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
            self.asked += 1
            if self.asked == 2:
                await store_edition(database, pia, other, how)
            return embed(texts)

    with pytest.raises(Overtaken):
        await store_edition(database, pia, other, reading(Interrupting()))
    assert await digest_of(database, pia, other) == await digest_of(database, pia, whole)
    async with database.transaction(pia) as tx:
        assert (await get_edition(tx, other)).state is EditionState.DRAFT


async def test_only_a_new_text_of_the_same_document_is_embedded(database: Database, pia: Principal):
    first = await registered(database, pia)
    await store_edition(database, pia, first, reading(CountingEmbedder()))
    changed = [*LINES[:10], "A new fee of 99 dollars.", *LINES[20:], LINES[0]]
    content = "\n".join(changed).encode()
    second = replace(PAPER, version="2", effective_from=date(2026, 6, 1))

    async def asked_for(person: Principal, paper: Paper, model: str) -> int:
        embedder = CountingEmbedder(model)
        edition_id = await registered(database, person, content, paper)
        await store_edition(database, person, edition_id, reading(embedder))
        found.append(await stored(database, person, edition_id))
        digests.append(await digest_of(database, person, edition_id))
        return sum(map(len, embedder.batches))

    found: list[dict[str, int]] = []
    digests: list[str] = []
    neighbour = replace(pia, tenant=f"{pia.tenant}-other")
    assert [
        await asked_for(pia, second, "hashing"),
        await asked_for(pia, replace(PAPER, document="copy"), "hashing"),
        await asked_for(neighbour, PAPER, "hashing"),
        await asked_for(pia, replace(PAPER, version="3", effective_from=date(2026, 7, 1)), "other"),
    ] == [1, 142, 142, 142]
    assert found == [{"pages": 1, "chunks": 142, "chunk_vectors": 142}] * 4
    assert digests[0] == digests[1] == digests[2] != digests[3]


async def test_a_change_of_the_model_in_the_middle_leaves_no_vector_of_the_first(database: Database, pia: Principal):
    whole = await registered(database, pia)
    await store_edition(database, pia, whole, reading(CountingEmbedder("second")))
    other = await registered(database, pia, paper=replace(PAPER, document="other"))
    with pytest.raises(ConnectionError):
        await store_edition(database, pia, other, reading(CountingEmbedder("first", breaks_at=2)))
    embedder = CountingEmbedder("second")
    await store_edition(database, pia, other, reading(embedder))
    assert sum(map(len, embedder.batches)) == len(LINES)
    assert await digest_of(database, pia, other) == await digest_of(database, pia, whole)


async def test_an_edition_without_all_its_vectors_is_never_complete(database: Database, pia: Principal):
    edition_id = await registered(database, pia)
    with pytest.raises(ConnectionError):
        await store_edition(database, pia, edition_id, reading(CountingEmbedder(breaks_at=2)))
    begun = await begin(database, pia, edition_id, reading(HashingEmbedder()))
    async with database.transaction(pia) as tx:
        with pytest.raises(RuntimeError, match="150 chunks and"):
            await store.complete(tx, begun.attempt)
        with pytest.raises(Conflict):
            await publish_edition(tx, edition_id, NOON)


async def test_nobody_sees_anything_of_it_before_the_end(database: Database, pia: Principal):
    """All chunks and but one vector are stored; also the tenant's system and the uploader find nothing."""
    edition_id = await registered(database, pia)
    begun = await begin(database, pia, edition_id, reading(HashingEmbedder()))
    await all_but_the_end(database, pia, begun.attempt)
    (first, *_) = chunks(Block(BlockKind.PARAGRAPH, line) for line in LINES)
    opened = chunk_id(edition_id, first)
    for person in (pia, Principal.system(pia.tenant), replace(pia, person="anna", roles=frozenset({"staff"}))):
        async with database.transaction(person) as tx:
            with pytest.raises(NotFound):
                await get_chunk(tx, opened)
            with pytest.raises(NotFound):
                await get_page(tx, edition_id, 1)
            if person.person != "anna":
                assert (await edition_text(tx, edition_id))[1] == []
        for dense in (MemoryDense(), SqlDense(database)):
            found = await Searcher(database, HashingEmbedder(), dense).search(person, "fee for service 7", as_of=DAY)
            assert (found.passages, found.candidates) == ((), 0)
    async with database.transaction(pia) as tx:
        await store.complete(tx, begun.attempt)
        assert (await get_page(tx, edition_id, 1)).text == "Fees"
        assert (await get_chunk(tx, opened)).text == LINES[0]


async def all_but_the_end(database: Database, person: Principal, attempt: Attempt) -> None:
    parsed = CountingParser()(FILE, "")
    drafts = list(chunks(parsed.blocks))
    async with database.transaction(person) as tx:
        await store.add_pages(tx, attempt, parsed.pages)
        await store.add_chunks(tx, attempt, drafts)
        await store.note_text(tx, attempt, TextSummary("application/pdf", 1, len(drafts), ()))
        ids = [chunk_id(attempt.edition_id, draft) for draft in drafts]
        await store.add_vectors(tx, attempt, ids, embed(LINES))
