"""The signed effect, once: begun under the approval's lock, sent under its idempotency key, kept with its record."""

from uuid import UUID

from langgraph.runtime import Runtime

from graph.context import RunContext
from graph.performing import Performance
from graph.state import TurnState, Update


async def perform(state: TurnState, runtime: Runtime[RunContext]) -> Update:
    """Execute what was signed. Raises `Unavailable` while nobody can tell whether it was done, for a later execution
    to find out; a `ProblemError` when it will not be done."""
    acting = state["acting"]
    await Performance(runtime.context, UUID(acting["approval_id"]), acting["digest"]).execute()
    return {"acting": {**acting, "performed": True}}
