"""Passages with their place."""

from uuid import UUID

from fastapi import APIRouter

from api.dependencies import CurrentPrincipal, CurrentServices
from api.schemas.documents import ChunkView
from core.principal import Permission
from retrieval.documents.store import get_chunk, get_page
from retrieval.references.resolve import resolve_references

router = APIRouter(prefix="/v1", tags=["documents"])


@router.get("/chunks/{chunk_id}")
async def chunk(chunk_id: UUID, principal: CurrentPrincipal, services: CurrentServices) -> ChunkView:
    """A passage: its document, edition, section, page and boxes, and the passages that it points to."""
    principal.require(Permission.DOCUMENT_READ)
    async with services.database.transaction(principal) as tx:
        found = await get_chunk(tx, chunk_id)
        page = None if found.page is None else await get_page(tx, found.edition.edition_id, found.page)
        references = await resolve_references(tx, found, services.days.today(principal.tenant))
    return ChunkView.of(found, page, references)
