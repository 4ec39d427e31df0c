"""`python -m jobs digest`: a line for each edition, the digest of its index first; for comparing two installations, or
one with its restored backup."""

from collections.abc import AsyncGenerator

from core.database import Database
from core.errors import NotFound
from core.principal import Principal
from retrieval.documents.models import Edition, EditionState
from retrieval.documents.store import list_documents
from retrieval.reading.digest import index_digest

_PAGE = 100
_NO_INDEX = frozenset({EditionState.PARSING, EditionState.FAILED})


async def lines(database: Database, tenant: str, key: str | None) -> AsyncGenerator[str]:
    """The lines of the tenant's editions, or of one document's. Raises `NotFound` where there is no such document."""
    system = Principal.system(tenant)
    is_found = key is None
    async for edition in _editions(database, system):
        if key in (None, edition.document):
            is_found = True
            async with database.transaction(system) as tx:
                found = await index_digest(tx, edition.edition_id)
            yield f"{found}  {edition.document} {edition.version} from {edition.effective_from} ({edition.state})"
    if not is_found:
        raise NotFound(f"There is no document {key} that has been read in.")


async def _editions(database: Database, system: Principal) -> AsyncGenerator[Edition]:
    """Those with an index, by document, the earliest first."""
    after: str | None = None
    while True:
        async with database.transaction(system) as tx:
            documents = await list_documents(tx, after=after, limit=_PAGE)
        for document in documents:
            for edition in sorted(document.editions, key=lambda edition: (edition.effective_from, edition.version)):
                if edition.state not in _NO_INDEX:
                    yield edition
        if len(documents) < _PAGE:
            return
        after = documents[-1].document
