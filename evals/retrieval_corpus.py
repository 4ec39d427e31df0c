"""A corpus of passages as editions: JSON Lines `{id, document, section, text}` in, one edition a document out.

A passage's `section` is its label in the document, such as "3.2.1.(4)". The passages whose labels it continues are its
ancestors; those of them that are headings make its section path, as parsing would have found it.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.canonical import sha256_hex
from core.database import Transaction
from retrieval.documents.store import edition_text
from retrieval.editions.models import EditionMetadata
from retrieval.editions.store import publish_edition, register_edition
from retrieval.models import ChunkDraft
from retrieval.reading.models import EditionContents
from retrieval.reading.store import fill_edition

FIRST_DAY = date(2020, 1, 1)
_HEADING_CHARS = 120


@dataclass(frozen=True, slots=True)
class CorpusPassage:
    """One passage with its section path, outermost first."""

    id: str
    text: str
    path: tuple[str, ...]


Corpus = dict[str, list[CorpusPassage]]
"""The passages of each document, in the order of the file."""


def corpus_of(rows: Iterable[dict[str, Any]]) -> Corpus:
    """Group the rows by document and give each its section path."""
    grouped: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        grouped[str(row["document"])].append(row)
    return {document: _passages(members) for document, members in grouped.items()}


def _passages(rows: Sequence[dict[str, Any]]) -> list[CorpusPassage]:
    by_label = {_label(row): str(row["text"]) for row in reversed(rows)}
    found: list[CorpusPassage] = []
    for row in rows:
        label = _label(row)
        prefixes = [label[:at] for at, mark in enumerate(label) if mark == "."]
        above = [by_label[prefix].strip().split("\n")[0] for prefix in prefixes if _is_heading(by_label.get(prefix))]
        found.append(CorpusPassage(str(row["id"]), str(row["text"]), (*above, str(row.get("section") or ""))))
    return found


def _label(row: dict[str, Any]) -> str:
    return str(row.get("section") or "").rstrip(".")


def _is_heading(text: str | None) -> bool:
    return text is not None and len(text) < _HEADING_CHARS and not text.rstrip().endswith((".", ";", ":", ","))


async def store_document(
    tx: Transaction,
    key: str,
    passages: Sequence[CorpusPassage],
    vectors: NDArray[np.float32],
    audience: tuple[str, ...],
) -> dict[Any, str]:
    """Store and publish a document for this audience by the product's own path; chunk id -> passage id."""
    metadata = EditionMetadata(
        document=key, title=key, library="corpus", version="1", effective_from=FIRST_DAY, audience=audience
    )
    registered = await register_edition(
        tx, metadata, filename=f"{key}.txt", media_type="text/plain", content=key.encode()
    )
    contents = EditionContents("text/plain", (), [_draft(n, p) for n, p in enumerate(passages)], vectors, ())
    await fill_edition(tx, registered.edition_id, contents)
    edition, stored = await edition_text(tx, registered.edition_id)
    await publish_edition(tx, edition.edition_id, edition.uploaded_at)
    return {chunk.chunk_id: passage.id for chunk, passage in zip(stored, passages, strict=True)}


def _draft(ordinal: int, passage: CorpusPassage) -> ChunkDraft:
    digest = sha256_hex(passage.text.encode())
    return ChunkDraft(ordinal, passage.text, passage.path, None, None, (), digest)
