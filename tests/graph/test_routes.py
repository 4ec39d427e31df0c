"""Where a turn goes, as a table; and that the wiring goes there."""

from collections.abc import Callable
from typing import cast

import pytest

from graph import routes
from graph.build import build
from graph.driving import NOT_SCREENED
from graph.state import TurnState, Update

ENDED: Update = {"outcome": {"kind": "refused", "event": {}}}
GOING_ON: Update = {"question": NOT_SCREENED}


@pytest.mark.parametrize(
    ("route", "onwards"),
    [
        (routes.after_screen, "understand"),
        (routes.after_understand, "retrieve"),
        (routes.after_weigh, "answer"),
        (routes.after_act, "sign"),
    ],
)
def test_a_turn_goes_on_until_it_has_an_outcome(route: Callable[[TurnState], str], onwards: str) -> None:
    assert route(cast(TurnState, GOING_ON)) == onwards
    assert route(cast(TurnState, ENDED)) == route(cast(TurnState, {**GOING_ON, **ENDED})) == "record"


def test_a_request_takes_the_acting_branch() -> None:
    acting = {"request": "x", "only_reads": False, "call_id": "", "approval_id": "", "digest": "", "performed": False}
    assert routes.after_understand(cast(TurnState, {**GOING_ON, "acting": acting})) == "act"


def test_every_way_ends_in_the_record() -> None:
    graph = build().get_graph()
    edges = {(edge.source, edge.target) for edge in graph.edges}
    assert edges == {
        ("__start__", "screen"),
        ("screen", "understand"),
        ("screen", "record"),
        ("understand", "retrieve"),
        ("understand", "act"),
        ("understand", "record"),
        ("act", "sign"),
        ("act", "record"),
        ("sign", "perform"),
        ("perform", "act"),
        ("retrieve", "weigh"),
        ("weigh", "answer"),
        ("weigh", "record"),
        ("answer", "record"),
        ("record", "__end__"),
    }
