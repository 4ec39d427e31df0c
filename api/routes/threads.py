"""Conversations of the caller."""

from datetime import datetime
from uuid import UUID, uuid4

from fastapi import APIRouter, Response

from api.approval_views import open_approvals
from api.dependencies import CurrentPrincipal, CurrentServices
from api.idempotency import About, KeyHeader, Reply
from api.limits import INPUTS
from api.schemas.chat import Ask, RunAccepted
from api.schemas.common import Cursor, Limit, Page
from api.schemas.threads import Conversation, ThreadView
from api.superseded import superseded
from audit.ledger import append
from audit.records import Entry, RecordKind, thread_stream
from core.errors import NotFound
from core.principal import Permission
from runs import conversations, store
from runs.corrections import book
from runs.models import Thread

router = APIRouter(prefix="/v1", tags=["threads"])


@router.post("/threads", status_code=201)
async def create_thread(
    principal: CurrentPrincipal, services: CurrentServices, idempotency_key: KeyHeader = None
) -> ThreadView:
    """A new, empty conversation. It appears in the list with its first question."""
    principal.require(Permission.CHAT_ASK)
    now = services.clock.now()
    async with services.database.transaction(principal) as tx:

        async def create() -> Reply:
            thread = Thread(uuid4(), principal.person, "", now, now)
            key = await conversations.create_thread(tx, services.keyring, thread.id, now)
            return Reply(201, ThreadView.of(thread).model_dump(mode="json"), About(thread.id, key))

        reply = await services.idempotency.once(tx, idempotency_key, {"create": "thread"}, create)
    return ThreadView.model_validate(reply.body)


@router.get("/threads")
async def list_threads(
    principal: CurrentPrincipal,
    services: CurrentServices,
    limit: Limit = INPUTS.page_size_default,
    cursor: Cursor = None,
) -> Page[ThreadView]:
    """The caller's conversations, the latest first; hidden ones are left out."""
    place = services.thread_cursors.read(principal, cursor)
    before = None if place is None else (datetime.fromisoformat(place[0]), UUID(place[1]))
    async with services.database.transaction(principal) as tx:
        found = await conversations.list_threads(tx, services.keyring, before=before, limit=limit + 1)
    shown = found[:limit]
    more = len(found) > limit
    last = shown[-1] if more else None
    return Page(
        items=[ThreadView.of(thread) for thread in shown],
        next_cursor=None
        if last is None
        else services.thread_cursors.make(principal, [last.updated_at.isoformat(), str(last.id)]),
    )


@router.get("/threads/{thread_id}")
async def get_thread(thread_id: UUID, principal: CurrentPrincipal, services: CurrentServices) -> Conversation:
    """A conversation with its messages and runs."""
    async with services.database.transaction(principal) as tx:
        thread, runs, key = await conversations.get_thread(tx, services.keyring, thread_id)
        outcomes = await conversations.outcomes(tx, key, thread_id)
        ratings = await conversations.ratings(tx, thread_id)
        approvals = await open_approvals(tx, [run.id for run in runs])
        changed = await book.of_thread(tx, key, thread_id)
    marks = await superseded(services.database, services.days, principal, runs, outcomes)
    return Conversation.holding(thread, runs, outcomes, ratings, approvals, marks, changed)


@router.post("/threads/{thread_id}/hide", status_code=204)
async def hide_thread(thread_id: UUID, principal: CurrentPrincipal, services: CurrentServices) -> Response:
    """Take a conversation out of the list. It destroys nothing: only retention does."""
    now = services.clock.now()
    async with services.database.transaction(principal) as tx:
        if not await store.hide_thread(tx, thread_id, now):
            raise NotFound("There is no such conversation of yours.")
        entry = Entry(RecordKind.THREAD_HIDDEN, f"{thread_id}:hide", {})
        await append(tx, thread_stream(thread_id), [entry], actor=principal.person, at=now)
    return Response(status_code=204)


@router.post("/threads/{thread_id}/runs", status_code=202)
async def ask_in_thread(
    thread_id: UUID,
    body: Ask,
    principal: CurrentPrincipal,
    services: CurrentServices,
    idempotency_key: KeyHeader = None,
) -> RunAccepted:
    """Ask in a conversation; 409 `thread_busy` while a run of it is under way or paused."""
    asked = await services.asking.ask(principal, body, thread_id=thread_id, idempotency_key=idempotency_key)
    return RunAccepted.model_validate(asked.reply)
