"""A small shelf of editions for tests: an embedder that needs no model, and publishing through the product's path."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from core.canonical import sha256_hex
from core.database import Database
from core.principal import Principal
from retrieval.editions.models import EditionMetadata
from retrieval.editions.store import publish_edition, register_edition
from retrieval.models import ChunkDraft
from retrieval.reading.models import EditionContents
from retrieval.reading.store import fill_edition
from retrieval.terms import terms

DIMENSION = 384
DAY = date(2026, 3, 3)
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


class HashingEmbedder:
    """Bags of words as signed hashed counts: texts that share words are near each other. Deterministic."""

    name = "hashing"

    async def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        return embed(texts)


def embed(texts: Sequence[str]) -> NDArray[np.float32]:
    vectors = np.zeros((len(texts), DIMENSION), dtype=np.float32)
    vectors[:, 0] = 0.25
    for row, text in enumerate(texts):
        for term in terms(text):
            digest = hashlib.blake2b(term.encode(), digest_size=4).digest()
            place = int.from_bytes(digest[:2], "little") % (DIMENSION - 1) + 1
            vectors[row, place] += 1.0 if digest[2] & 1 else -1.0
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


@dataclass(frozen=True, slots=True)
class Paper:
    """What a test says of one edition."""

    document: str
    texts: tuple[str, ...]
    audience: tuple[str, ...] = ("*",)
    library: str = "kyc-aml"
    version: str = "1"
    effective_from: date = date(2026, 1, 1)
    effective_to: date | None = None
    section: tuple[str, ...] = ("1 General",)
    title: str = field(default="Circular")

    @property
    def metadata(self) -> EditionMetadata:
        return EditionMetadata(
            document=self.document,
            title=self.title,
            library=self.library,
            version=self.version,
            effective_from=self.effective_from,
            effective_to=self.effective_to,
            audience=self.audience,
        )

    @property
    def contents(self) -> EditionContents:
        chunks = [
            ChunkDraft(
                ordinal=ordinal,
                text=text,
                section=self.section,
                page=None,
                page_end=None,
                boxes=(),
                sha256=sha256_hex(text.encode()),
            )
            for ordinal, text in enumerate(self.texts)
        ]
        return EditionContents("text/plain", (), chunks, embed(self.texts), ())


async def draft(database: Database, principal: Principal, paper: Paper) -> UUID:
    """Register and fill an edition, unpublished."""
    content = "\n\n".join(paper.texts).encode()
    async with database.transaction(principal) as tx:
        registered = await register_edition(
            tx, paper.metadata, filename=f"{paper.document}.txt", media_type="text/plain", content=content
        )
        await fill_edition(tx, registered.edition_id, paper.contents)
    return registered.edition_id


async def publish(database: Database, principal: Principal, paper: Paper) -> UUID:
    """Register, fill and publish an edition."""
    edition_id = await draft(database, principal, paper)
    async with database.transaction(principal) as tx:
        await publish_edition(tx, edition_id, NOON)
    return edition_id
