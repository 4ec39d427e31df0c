"""The wiring of the state machine, and nothing else."""

from langgraph.graph import END, START, StateGraph
from langgraph.graph.state import CompiledStateGraph

from graph import routes
from graph.context import RunContext
from graph.nodes.act import act
from graph.nodes.answer import answer
from graph.nodes.perform import perform
from graph.nodes.record import record
from graph.nodes.retrieve import retrieve
from graph.nodes.screen import screen
from graph.nodes.sign import sign
from graph.nodes.understand import understand
from graph.nodes.weigh import weigh
from graph.state import TurnState, Update

NODES = {
    "screen": screen,
    "understand": understand,
    "retrieve": retrieve,
    "weigh": weigh,
    "answer": answer,
    "act": act,
    "sign": sign,
    "perform": perform,
    "record": record,
}

Turn = CompiledStateGraph[TurnState, RunContext, Update, TurnState]


def build() -> Turn:
    """The compiled turn. Compile once a process; each run brings its own saver."""
    graph = StateGraph(TurnState, context_schema=RunContext, input_schema=Update)
    for name, node in NODES.items():
        graph.add_node(name, node)  # pyright: ignore[reportUnknownMemberType] -- its CachePolicy is unparametrised
    graph.add_edge(START, "screen")
    graph.add_conditional_edges("screen", routes.after_screen)
    graph.add_conditional_edges("understand", routes.after_understand)
    graph.add_edge("retrieve", "weigh")
    graph.add_conditional_edges("weigh", routes.after_weigh)
    graph.add_edge("answer", "record")
    graph.add_conditional_edges("act", routes.after_act)
    graph.add_edge("sign", "perform")
    graph.add_edge("perform", "act")
    graph.add_edge("record", END)
    return graph.compile()  # pyright: ignore[reportUnknownMemberType] -- its BaseCache is unparametrised
