"""Editions: what they are, their pages and text, publishing and withdrawing."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Header, Path, Query, Response

from api.dependencies import CurrentPrincipal, CurrentServices
from api.limits import INPUTS
from api.page_cache import PageImage
from api.schemas.common import Cursor, Limit
from api.schemas.documents import EditionText, EditionView
from api.schemas.publishing import Changes, Citations, Publish, Withdrawal
from api.services import Services
from core.database import Transaction
from core.errors import NotFound
from core.principal import Permission, Principal
from retrieval.documents.models import Edition
from retrieval.documents.store import edition_text, editions_of, get_chunk, get_edition, get_file, get_page
from retrieval.models import Box
from retrieval.page_images import boxes_within

router = APIRouter(prefix="/v1/editions/{edition_id}", tags=["documents"])

PNG = {200: {"description": "The page.", "content": {"image/png": {"schema": {"type": "string", "format": "binary"}}}}}
Offset = Annotated[int | None, Query(ge=0, le=10_000_000, description="Characters of the passage to mark only.")]


@router.get("")
async def edition(edition_id: UUID, principal: CurrentPrincipal, services: CurrentServices) -> EditionView:
    """An edition: its state, how its file could be read, who may read it, and its siblings."""
    principal.require(Permission.DOCUMENT_READ)
    async with services.database.transaction(principal) as tx:
        return await _view(tx, services, await get_edition(tx, edition_id))


@router.get("/changes")
async def changes(
    edition_id: UUID,
    principal: CurrentPrincipal,
    services: CurrentServices,
    limit: Limit = INPUTS.page_size_default,
    cursor: Cursor = None,
) -> Changes:
    """What the edition changes against the one before, word by word, and what publishing it does to the days."""
    return await services.publishing.changes(principal, edition_id, limit=limit, cursor=cursor)


@router.post("/publish")
async def publish(
    edition_id: UUID, principal: CurrentPrincipal, services: CurrentServices, body: Publish | None = None
) -> EditionView:
    """Put a draft in force on its days. Where the library asks for it, another policy owner than the uploader, who
    sends the `digest` of the changes that were shown: 412 when they are others by now."""
    principal.require(Permission.DOCUMENT_PUBLISH)
    today = services.days.today(principal.tenant)
    digest = None if body is None else body.digest
    changed = await services.documents.publish(principal, edition_id, today=today, digest=digest)
    return await _changed(principal, services, changed)


@router.get("/withdrawal")
async def withdrawal(edition_id: UUID, principal: CurrentPrincipal, services: CurrentServices) -> Withdrawal:
    """What withdrawing the edition would do: on which days an earlier one counts again, and on which none does."""
    return await services.publishing.withdrawal(principal, edition_id)


@router.post("/withdraw")
async def withdraw(
    edition_id: UUID, principal: CurrentPrincipal, services: CurrentServices, body: Publish | None = None
) -> EditionView:
    """Take an edition out of force. Nothing is destroyed; answers given before keep their record."""
    principal.require(Permission.DOCUMENT_PUBLISH)
    digest = None if body is None else body.digest
    changed = await services.documents.withdraw(principal, edition_id, digest=digest)
    return await _changed(principal, services, changed)


@router.get("/citations")
async def citations(edition_id: UUID, principal: CurrentPrincipal, services: CurrentServices) -> Citations:
    """How many answers cite the edition, by day: for policy owners, and for compliance with the way to the runs."""
    return await services.publishing.citations(principal, edition_id)


@router.get(
    "/pages/{number}",
    response_class=Response,
    responses={**PNG, 304: {"description": "Unchanged since the ETag that was sent."}},
)
async def page(
    edition_id: UUID,
    number: Annotated[int, Path(ge=1, le=INPUTS.pages)],
    principal: CurrentPrincipal,
    services: CurrentServices,
    chunk: Annotated[UUID | None, Query(description="Mark this passage.")] = None,
    start: Offset = None,
    end: Offset = None,
    if_none_match: Annotated[str | None, Header(max_length=1_000)] = None,
) -> Response:
    """A page as PNG; 404 for formats without pages, whose text view is `/text`."""
    principal.require(Permission.DOCUMENT_READ)
    async with services.database.transaction(principal) as tx:
        found = await get_edition(tx, edition_id)
        await get_page(tx, edition_id, number)
        boxes = () if chunk is None else await _boxes(tx, edition_id, chunk, start, end)
    image = PageImage(edition_id, found.sha256, number, boxes)
    headers = {"ETag": image.etag, "Cache-Control": "private, no-cache", "Vary": "Authorization, Cookie"}
    if if_none_match is not None and image.etag in if_none_match:
        return Response(status_code=304, headers=headers)

    async def content() -> bytes:
        async with services.database.transaction(principal) as tx:
            return (await get_file(tx, edition_id)).content

    return Response(await services.page_images.png(image, content), media_type="image/png", headers=headers)


@router.get("/text")
async def text(
    edition_id: UUID,
    principal: CurrentPrincipal,
    services: CurrentServices,
    chunk: Annotated[UUID | None, Query(description="Mark this passage.")] = None,
) -> EditionText:
    """The text of an edition, passage by passage, in order."""
    principal.require(Permission.DOCUMENT_READ)
    async with services.database.transaction(principal) as tx:
        found, passages = await edition_text(tx, edition_id)
    if chunk is not None and all(passage.chunk_id != chunk for passage in passages):
        raise NotFound("There is no such passage in this edition.")
    return EditionText.of(found, passages, chunk)


async def _boxes(
    tx: Transaction, edition_id: UUID, chunk_id: UUID, start: int | None, end: int | None
) -> tuple[Box, ...]:
    chunk = await get_chunk(tx, chunk_id)
    if chunk.edition.edition_id != edition_id:
        raise NotFound("There is no such passage in this edition.")
    if start is None and end is None:
        return chunk.boxes
    return boxes_within(chunk.boxes, start or 0, len(chunk.text) if end is None else end)


async def _view(tx: Transaction, services: Services, found: Edition) -> EditionView:
    siblings = await editions_of(tx, found.document)
    today = services.days.today(tx.principal.tenant)
    return EditionView.holding(found, siblings, today, with_findings=tx.principal.may(Permission.DOCUMENT_WRITE))


async def _changed(principal: Principal, services: Services, changed: Edition) -> EditionView:
    async with services.database.transaction(principal) as tx:
        return await _view(tx, services, changed)
