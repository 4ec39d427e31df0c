"""Ask and read the answer as it comes: the one call that a simple client needs."""

from fastapi import APIRouter, Response

from api.dependencies import CurrentPrincipal, CurrentServices
from api.idempotency import KeyHeader
from api.openapi import EVENT_STREAM
from api.schemas.chat import AskStream

router = APIRouter(prefix="/v1", tags=["chat"])


@router.post("/chat/stream", response_class=Response, responses={200: EVENT_STREAM})
async def chat_stream(
    body: AskStream, principal: CurrentPrincipal, services: CurrentServices, idempotency_key: KeyHeader = None
) -> Response:
    """Ask; the reply is the event stream of the new run. It creates a conversation where none is given.

    A broken stream is taken up again at `GET /v1/runs/{id}/events`. The same `Idempotency-Key` streams the same run.
    """
    asked = await services.asking.ask(principal, body, thread_id=body.thread_id, idempotency_key=idempotency_key)
    return services.streams.follow(principal, asked.run_id, asked.key)
