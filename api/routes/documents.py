"""Documents that the caller may read, and files coming in."""

from pathlib import PurePosixPath
from typing import Annotated

from fastapi import APIRouter, File, Form, UploadFile
from pydantic import Json

from api.dependencies import CurrentPrincipal, CurrentServices
from api.idempotency import KeyHeader, Reply
from api.limits import INPUTS
from api.schemas.common import Cursor, Limit, Page
from api.schemas.documents import DocumentView, UploadAccepted, UploadMetadata
from core.canonical import sha256_hex
from core.errors import PayloadTooLarge, Unprocessable, UnsupportedMedia
from core.principal import Permission
from retrieval.documents.store import list_documents
from retrieval.limits import PARSE_LIMITS

router = APIRouter(prefix="/v1", tags=["documents"])

MEDIA_TYPES = {
    ".pdf": "application/pdf",
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".html": "text/html",
    ".htm": "text/html",
    ".md": "text/markdown",
    ".markdown": "text/markdown",
    ".txt": "text/plain",
}


@router.get("/documents")
async def documents(
    principal: CurrentPrincipal,
    services: CurrentServices,
    limit: Limit = INPUTS.page_size_default,
    cursor: Cursor = None,
) -> Page[DocumentView]:
    """The documents that the caller may read, by key, with their editions."""
    principal.require(Permission.DOCUMENT_READ)
    place = services.document_cursors.read(principal, cursor)
    async with services.database.transaction(principal) as tx:
        found = await list_documents(tx, after=None if place is None else place[0], limit=limit + 1)
    shown = found[:limit]
    today = services.days.today(principal.tenant)
    more = len(found) > limit
    return Page(
        items=[DocumentView.of(document, today) for document in shown],
        next_cursor=services.document_cursors.make(principal, [shown[-1].document]) if more else None,
    )


@router.post("/documents", status_code=202)
async def upload(
    file: Annotated[UploadFile, File(description="PDF, Word, Excel, HTML, Markdown or plain text.")],
    metadata: Annotated[Json[UploadMetadata], Form(description="What it is and who may read it, as JSON.")],
    principal: CurrentPrincipal,
    services: CurrentServices,
    idempotency_key: KeyHeader = None,
) -> UploadAccepted:
    """Take a file in; it is read in the background. Nobody is answered from it before it is published."""
    principal.require(Permission.DOCUMENT_WRITE)
    services.upload_rate.take(principal)
    filename = _filename(file.filename)
    media_type = MEDIA_TYPES.get(PurePosixPath(filename).suffix.lower())
    if media_type is None:
        raise UnsupportedMedia(
            "Send a PDF, Word (.docx), Excel (.xlsx), HTML, Markdown or plain text file, named with its usual ending."
        )
    content = await file.read()
    if len(content) > PARSE_LIMITS.max_bytes:
        raise PayloadTooLarge(f"The file has {len(content)} bytes; at most {PARSE_LIMITS.max_bytes} are read.")
    request = {
        "upload": metadata.model_dump(mode="json"),
        "filename": filename,
        "sha256": sha256_hex(content),
    }
    async with services.database.transaction(principal) as tx:

        async def take_in() -> Reply:
            upload = await services.documents.take_in(
                tx, metadata.as_metadata(), filename=filename, media_type=media_type, content=content
            )
            return Reply(202, {"edition_id": str(upload.edition_id), "job_id": str(upload.job_id)})

        reply = await services.idempotency.once(tx, idempotency_key, request, take_in)
    return UploadAccepted.model_validate(reply.body)


def _filename(given: str | None) -> str:
    """The last part of the name that the sender gave, which is only shown, never used as a path."""
    name = PurePosixPath((given or "").replace("\\", "/")).name
    if not name or len(name) > INPUTS.name_chars or not name.isprintable():
        raise Unprocessable("Give the file a name of printable characters.")
    return name
