"""Changing the fields of a form: the caller's own words, kept beside what was checked."""

from uuid import UUID, uuid4

from fastapi import APIRouter
from pydantic import TypeAdapter

from api.dependencies import CurrentPrincipal, CurrentServices
from api.idempotency import About, KeyHeader, Reply
from api.routes.runs import ENDINGS
from api.schemas.corrections import CorrectionView, NewCorrection
from audit.ledger import append
from audit.records import Entry, RecordKind, thread_stream
from core.crypto import DataKey
from core.database import Transaction
from core.errors import Conflict, Unprocessable
from runs import conversations, log
from runs.corrections import book
from runs.corrections.book import Correction
from runs.forms import FormField, Structured, fields_of
from runs.sealing import thread_key

router = APIRouter(prefix="/v1", tags=["runs"])

_FORM: TypeAdapter[Structured] = TypeAdapter(Structured)


@router.post("/runs/{run_id}/corrections", status_code=201)
async def correct(
    run_id: UUID,
    body: NewCorrection,
    principal: CurrentPrincipal,
    services: CurrentServices,
    idempotency_key: KeyHeader = None,
) -> CorrectionView:
    """Write other words in the place of a field. They are the caller's and are never checked; what was checked stays
    in the answer. 409 where the run has no form; 422 for a field that it doesn't have; 410 once it was erased."""
    now = services.clock.now()
    async with services.database.transaction(principal) as tx:
        run, _ = await conversations.get_run(tx, services.keyring, run_id)
        key = await thread_key(tx, services.keyring, run.thread_id, hold=True)

        async def make() -> Reply:
            checked = await _field(tx, key, run_id, body.field)
            correction = Correction(uuid4(), principal.person, body.field, body.text.strip(), now)
            await book.keep(tx, key, run_id, correction)
            details = {
                "correction": str(correction.id),
                "field": body.field,
                "checked": key.commit(checked.text),
                "text": key.commit(correction.text),
            }
            entry = Entry(RecordKind.FIELD_CORRECTED, f"{run_id}:correction:{correction.id}", details, run_id)
            await append(tx, thread_stream(run.thread_id), [entry], actor=principal.person, at=now)
            return Reply(201, CorrectionView.of(correction).model_dump(mode="json"), About(run.thread_id, key))

        request = {"correct": str(run_id), **body.model_dump(mode="json")}
        reply = await services.idempotency.once(tx, idempotency_key, request, make)
    return CorrectionView.model_validate(reply.body)


async def _field(tx: Transaction, key: DataKey, run_id: UUID, name: str) -> FormField:
    """The field of the run's form. Raises `Conflict` where it has none, `Unprocessable` for another field."""
    entries = await log.read(tx, key, run_id)
    ended_by = next((entry for entry in reversed(entries) if entry.kind in ENDINGS), None)
    structured = None if ended_by is None else ended_by.data.get("structured")
    if structured is None:
        raise Conflict("This run has no form that could be changed.")
    form = _FORM.validate_python(structured)
    found = next((field for field in fields_of(form) if field.id == name), None)
    if found is None:
        raise Unprocessable("The form has no such field.")
    return found
