"""Where a turn goes next: pure functions of its state."""

from typing import Literal

from graph.state import TurnState


def after_screen(state: TurnState) -> Literal["understand", "record"]:
    return "record" if "outcome" in state else "understand"


def after_understand(state: TurnState) -> Literal["retrieve", "act", "record"]:
    if "outcome" in state:
        return "record"
    return "act" if "acting" in state else "retrieve"


def after_act(state: TurnState) -> Literal["sign", "record"]:
    return "record" if "outcome" in state else "sign"


def after_weigh(state: TurnState) -> Literal["answer", "record"]:
    return "record" if "outcome" in state else "answer"
