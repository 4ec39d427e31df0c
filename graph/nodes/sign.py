"""The wait for a signature. Nothing else happens in this node: it starts again from its top when the run goes on."""

from typing import Any

from langgraph.runtime import Runtime
from langgraph.types import interrupt

from graph.context import RunContext
from graph.state import TurnState, Update


async def sign(state: TurnState, runtime: Runtime[RunContext]) -> Update:  # noqa: ARG001 -- a node's shape
    """Pause until the approval of the call is signed; `graph.execute` goes on with what was signed, from our tables."""
    acting = state["acting"].copy()
    signed: dict[str, Any] = interrupt({"call_id": acting["call_id"]})
    acting["approval_id"] = signed["approval_id"]
    acting["digest"] = signed["digest"]
    return {"acting": acting}
