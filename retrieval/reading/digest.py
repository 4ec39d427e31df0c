"""One digest over everything that the index holds of an edition: the same file read in by the same code and model
has the same one, in whatever database, however often the reading was broken off."""

import hashlib
from uuid import UUID

import orjson

from core.database import Transaction
from retrieval.documents.store import get_edition
from retrieval.reading import store


async def index_digest(tx: Transaction, edition_id: UUID) -> str:
    """SHA-256 over media type, model, pages, and chunks with their boxes and the bits of their vectors, in order.

    Ids take no part in it, so that editions of different databases can be compared. Raises `NotFound` for an edition
    that the caller may not open.
    """
    await get_edition(tx, edition_id)
    found = hashlib.sha256()
    async for row in store.contents(tx, edition_id):
        found.update(orjson.dumps(row, option=orjson.OPT_SORT_KEYS))
        found.update(b"\n")
    return found.hexdigest()
