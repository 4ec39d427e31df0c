"""The wiring of the state machine, and nothing else."""

from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.graph import END, START, StateGraph
from langgraph.graph.state import CompiledStateGraph

from graph import routes
from graph.context import RunContext
from graph.nodes.answer import answer
from graph.nodes.record import record
from graph.nodes.retrieve import retrieve
from graph.nodes.screen import screen
from graph.nodes.understand import understand
from graph.nodes.weigh import weigh
from graph.state import TurnState

Turn = CompiledStateGraph[TurnState, RunContext, TurnState, TurnState]


def build(checkpointer: BaseCheckpointSaver[str] | None = None) -> Turn:
    """The compiled turn. Compile once a process; the saver of each run is handed over with its config."""
    graph = StateGraph(TurnState, context_schema=RunContext)
    graph.add_node("screen", screen)
    graph.add_node("understand", understand)
    graph.add_node("retrieve", retrieve)
    graph.add_node("weigh", weigh)
    graph.add_node("answer", answer)
    graph.add_node("record", record)
    graph.add_edge(START, "screen")
    graph.add_conditional_edges("screen", routes.after_screen)
    graph.add_conditional_edges("understand", routes.after_understand)
    graph.add_edge("retrieve", "weigh")
    graph.add_conditional_edges("weigh", routes.after_weigh)
    graph.add_edge("answer", "record")
    graph.add_edge("record", END)
    return graph.compile(checkpointer=checkpointer)
