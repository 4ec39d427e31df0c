"""Runs of the caller: state, events, stopping, feedback."""

from typing import Annotated
from uuid import UUID, uuid4

from fastapi import APIRouter, Header, Response

from api.approval_views import open_approvals
from api.dependencies import CurrentPrincipal, CurrentServices
from api.openapi import EVENT_STREAM
from api.schemas.runs import Rating, RunView
from api.superseded import superseded
from audit.ledger import append
from audit.records import Entry, RecordKind, thread_stream
from core.errors import Conflict
from core.principal import Principal
from runs import conversations, log, store
from runs.corrections import book

router = APIRouter(prefix="/v1", tags=["runs"])

ENDINGS = frozenset({"answer", "abstained", "refused", "error"})

LastEventId = Annotated[
    int,
    Header(alias="Last-Event-ID", ge=0, le=2_147_483_647, description="Only events after this number."),
]


@router.get("/runs/{run_id}")
async def get_run(run_id: UUID, principal: CurrentPrincipal, services: CurrentServices) -> RunView:
    """Status, answer, citations and usage."""
    async with services.database.transaction(principal) as tx:
        run, key = await conversations.get_run(tx, services.keyring, run_id)
        entries = await log.read(tx, key, run_id)
        ratings = await conversations.ratings(tx, run.thread_id)
        approvals = await open_approvals(tx, [run_id])
        changed = await book.of_run(tx, key, run_id)
    ended_by = next((entry for entry in reversed(entries) if entry.kind in ENDINGS), None)
    outcomes = {} if ended_by is None else {run_id: ended_by}
    marks = await superseded(services.database, services.days, principal, [run], outcomes)
    return RunView.of(run, ended_by, ratings.get(run_id), approvals.get(run_id), marks.get(run_id, ()), changed)


@router.get(
    "/runs/{run_id}/events",
    response_class=Response,
    responses={200: EVENT_STREAM, 204: {"description": "The run has finished and nothing is left to send."}},
)
async def run_events(
    run_id: UUID, principal: CurrentPrincipal, services: CurrentServices, last_event_id: LastEventId = 0
) -> Response:
    """The events from the start or after `Last-Event-ID`; ends after `run.finished`."""
    return await services.streams.resume(principal, run_id, last_event_id)


@router.post("/runs/{run_id}/cancel", status_code=202)
async def cancel_run(run_id: UUID, principal: CurrentPrincipal, services: CurrentServices) -> RunView:
    """Ask the run to stop; its stream says when it has stopped. One that waits for a signature stops at once and its
    request is withdrawn. 409 when it has ended by itself, and once the request is signed.
    """
    now = services.clock.now()
    async with services.database.transaction(principal) as tx:
        run, key = await conversations.get_run(tx, services.keyring, run_id)
    # As the system, since the request is the signers' too; that the run is the caller's is known by now.
    async with services.database.transaction(Principal.system(principal.tenant)) as tx:
        if not await services.decisions.withdraw(tx, run, key, principal.person, now):
            if not await store.request_cancel(tx, run_id, now):
                raise Conflict("The run has ended already.")
            entry = Entry(RecordKind.RUN_CANCEL_REQUESTED, f"{run_id}:cancel", {}, run_id)
            await append(tx, thread_stream(run.thread_id), [entry], actor=principal.person, at=now)
        run, _ = await conversations.get_run(tx, services.keyring, run_id)
    return RunView.of(run, None)


@router.post("/runs/{run_id}/feedback", status_code=204)
async def give_feedback(run_id: UUID, body: Rating, principal: CurrentPrincipal, services: CurrentServices) -> Response:
    """Rate an answer; a later rating replaces the earlier one."""
    now = services.clock.now()
    async with services.database.transaction(principal) as tx:
        run, key = await conversations.get_run(tx, services.keyring, run_id)
        await conversations.keep_feedback(tx, key, run_id, body.rating, body.comment, now)
        details = {"rating": body.rating, "comment": None if body.comment is None else key.commit(body.comment)}
        entry = Entry(RecordKind.FEEDBACK_GIVEN, f"{run_id}:feedback:{uuid4()}", details, run_id)
        await append(tx, thread_stream(run.thread_id), [entry], actor=principal.person, at=now)
    return Response(status_code=204)
