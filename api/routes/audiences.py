"""Who may read a document: for its policy owners."""

from typing import Annotated

from fastapi import APIRouter, Path

from api.dependencies import CurrentPrincipal, CurrentServices
from api.idempotency import KeyHeader, Reply
from api.schemas.audiences import AudienceBody, AudienceOutcome, AudienceView
from api.schemas.common import Name
from core.principal import Permission

router = APIRouter(prefix="/v1/documents/{document:path}/audience", tags=["documents"])

Key = Annotated[Name, Path(description="The document's key.")]


@router.get("")
async def audience(document: Key, principal: CurrentPrincipal, services: CurrentServices) -> AudienceView:
    """Who may read it, who could before and why that changed, and what waits for a second policy owner."""
    principal.require(Permission.DOCUMENT_PUBLISH)
    async with services.database.transaction(principal) as tx:
        return await services.audiences.view(tx, document)


@router.post("")
async def change(
    document: Key,
    body: AudienceBody,
    principal: CurrentPrincipal,
    services: CurrentServices,
    idempotency_key: KeyHeader = None,
) -> AudienceOutcome:
    """Change who may read it, from the next search on. Where the library asks for two policy owners, a wider audience
    waits until a second one asks for the same."""
    principal.require(Permission.DOCUMENT_PUBLISH)
    request = {"audience": document, "body": body.model_dump(mode="json")}
    async with services.database.transaction(principal) as tx:

        async def make() -> Reply:
            outcome = await services.audiences.change(
                tx, document, body.audience, reason=body.reason.strip(), seen=body.seen
            )
            return Reply(200, outcome.model_dump(mode="json"))

        reply = await services.idempotency.once(tx, idempotency_key, request, make)
    return AudienceOutcome.model_validate(reply.body)
