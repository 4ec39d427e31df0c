"""The sandbox bank's policies and, where they are at hand, the regulations, in force today and ready to be searched.

In one process, without the service: for measuring search itself over documents that people read.
"""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.canonical import digest
from core.database import Database
from core.principal import Principal
from core.settings import ROOT
from evals.cases_file import embed_all, open_embedder, progress
from evals.errors import DataError
from evals.retrieval import scratch_database
from gateway.embeddings import Embedder
from jobs.manifest import Defaults, Incoming, incoming
from retrieval.chunking import chunk
from retrieval.documents.store import get_edition
from retrieval.editions.store import publish_edition, register_edition
from retrieval.models import ParsedDocument
from retrieval.parsing import parse
from retrieval.reading.models import EditionContents
from retrieval.reading.store import fill_edition

POLICIES: Final = ROOT / "sandbox" / "policies" / "manifest.json"
TENANT: Final = "harbour"
TODAY: Final = date(2026, 11, 20)
"""The day whose editions count: later ones of the sandbox are not in force yet."""
READER: Final = Principal(TENANT, "omar", roles=frozenset({"staff", "analyst"}))


@dataclass(frozen=True, slots=True)
class Shelf:
    """The documents in a scratch database, and the model that embedded them."""

    database: Database
    embedder: Embedder
    has_regulations: bool
    chunks: int


@asynccontextmanager
async def shelf(data: Path | None, vectors: Path | None) -> AsyncGenerator[Shelf]:
    """`data`: the development data with its regulations; `vectors`: a folder to keep vectors in between runs."""
    embedder = open_embedder()
    try:
        papers = await asyncio.to_thread(_read, data)
        texts = [each.text for _, parsed in papers for each in chunk(parsed)]
        file = None if vectors is None else await asyncio.to_thread(_kept_in, vectors, embedder.name, texts)
        embedded = await _embedded(embedder, texts, file)
        async with scratch_database() as database:
            await _publish(database, papers, embedded)
            yield Shelf(database, embedder, data is not None, len(texts))
    finally:
        embedder.close()


def _read(data: Path | None) -> list[tuple[Incoming, ParsedDocument]]:
    found = _in_force(POLICIES)
    if data is not None:
        manifest = data / "regulations" / "manifest.json"
        if not manifest.is_file():
            raise DataError(manifest, "there is no manifest of the regulations")
        found += _in_force(manifest)
    papers: list[tuple[Incoming, ParsedDocument]] = []
    for done, each in enumerate(found, 1):
        papers.append((each, parse(each.path.read_bytes(), each.path.name)))
        progress("read", done, len(found))
    return papers


def _in_force(manifest: Path) -> list[Incoming]:
    """Of each document the edition that counts today."""
    newest: dict[str, Incoming] = {}
    everything = incoming((), manifest, Defaults(library=None, audience=None, today=TODAY))
    for each in sorted(everything, key=lambda item: item.metadata.effective_from):
        until = each.metadata.effective_to
        if each.metadata.effective_from <= TODAY and (until is None or TODAY - timedelta(days=365) < until):
            newest[each.metadata.document] = each
    return list(newest.values())


def _kept_in(folder: Path, model: str, texts: Sequence[str]) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder / f"{digest([model, list(texts)])}.npy"


async def _embedded(embedder: Embedder, texts: Sequence[str], file: Path | None) -> NDArray[np.float32]:
    if file is not None and await asyncio.to_thread(file.exists):
        return np.load(file)
    vectors = await embed_all(embedder, texts, label="embed")
    if file is not None:
        np.save(file, vectors)
    return vectors


async def _publish(
    database: Database, papers: Sequence[tuple[Incoming, ParsedDocument]], vectors: NDArray[np.float32]
) -> None:
    system, at = Principal.system(TENANT), 0
    for item, parsed in papers:
        chunks = chunk(parsed)
        contents = EditionContents(
            parsed.media_type, parsed.pages, chunks, vectors[at : at + len(chunks)], parsed.problems
        )
        at += len(chunks)
        async with database.transaction(system) as tx:
            registered = await register_edition(
                tx,
                item.metadata,
                filename=item.path.name,
                media_type=parsed.media_type,
                content=item.path.read_bytes(),
            )
            await fill_edition(tx, registered.edition_id, contents)
            edition = await get_edition(tx, registered.edition_id)
            await publish_edition(tx, edition.edition_id, edition.uploaded_at)
