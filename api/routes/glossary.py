"""The bank's glossary: what stands for the same, for everyone to read and for policy owners to change."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from api.dependencies import CurrentPrincipal, CurrentServices
from api.idempotency import KeyHeader, Reply
from api.limits import INPUTS
from api.schemas.common import Cursor, Limit, Page
from api.schemas.glossary import ExpandedQuestion, GlossaryEntry, GlossaryEntryView, GlossaryQuestion
from core.principal import Permission
from retrieval.glossary.desk import place_of

router = APIRouter(prefix="/v1/glossary", tags=["glossary"])

Retired = Annotated[bool, Query(description="What was retired or replaced instead of what counts.")]


@router.get("")
async def entries(
    principal: CurrentPrincipal,
    services: CurrentServices,
    limit: Limit = INPUTS.page_size_default,
    cursor: Cursor = None,
    retired: Retired = False,
) -> Page[GlossaryEntryView]:
    """What counts, the bank's own entries and those that come with the product, by term; or what counted once."""
    principal.require(Permission.DOCUMENT_READ)
    cursors = services.glossary_cursors
    place = cursors.read(principal, cursor)
    async with services.database.transaction(principal) as tx:
        found = await services.glossary.entries(tx, retired=retired)
    found.sort(key=place_of)
    if place is not None:
        found = [entry for entry in found if place_of(entry) > (tuple(place[0]), *place[1:])]
    shown = found[:limit]
    more = len(found) > limit
    return Page(
        items=[GlossaryEntryView.of(entry) for entry in shown],
        next_cursor=cursors.make(principal, list(place_of(shown[-1]))) if more else None,
    )


@router.post("", status_code=201)
async def add(
    body: GlossaryEntry, principal: CurrentPrincipal, services: CurrentServices, idempotency_key: KeyHeader = None
) -> GlossaryEntryView:
    """Enter a term, or change the entry that `replaces` names. It counts from the next question on."""
    principal.require(Permission.DOCUMENT_PUBLISH)
    services.upload_rate.take(principal)
    request = {"glossary": body.model_dump(mode="json")}
    async with services.database.transaction(principal) as tx:

        async def make() -> Reply:
            entry = await services.glossary.add(tx, body.as_draft())
            return Reply(201, GlossaryEntryView.of(entry).model_dump(mode="json"))

        reply = await services.idempotency.once(tx, idempotency_key, request, make)
    return GlossaryEntryView.model_validate(reply.body)


@router.post("/preview")
async def preview(body: GlossaryQuestion, principal: CurrentPrincipal, services: CurrentServices) -> ExpandedQuestion:
    """What a question becomes by the glossary as it stands. Nothing is searched for, and nothing kept."""
    principal.require(Permission.DOCUMENT_READ)
    return ExpandedQuestion.of(await services.expander.expand(principal, body.text))


@router.post("/{entry_id}/retire")
async def retire(entry_id: UUID, principal: CurrentPrincipal, services: CurrentServices) -> GlossaryEntryView:
    """Let an entry count no longer. One that comes with the product is switched off by an entry of the bank's own
    without meanings, which is the reply; retiring that one lets the product's count again."""
    principal.require(Permission.DOCUMENT_PUBLISH)
    services.upload_rate.take(principal)
    async with services.database.transaction(principal) as tx:
        return GlossaryEntryView.of(await services.glossary.retire(tx, entry_id))
