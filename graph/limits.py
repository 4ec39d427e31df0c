"""What bounds one turn. Each limit says why it has its value."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TurnLimits:
    wall_s: float = 120.0
    """A person waiting longer has gone; a model that streams for two minutes is stuck."""

    recursion: int = 24
    """Graph steps: the longest path has seven; LangGraph's own default is 10007."""

    passages: int = 10
    """Evidence given to the writer: recall at ten is what retrieval is tuned for."""

    nearest: int = 3
    """Closest passages shown with an abstention: enough to rephrase by, few enough to read."""

    claims: int = 6
    """Claims of one answer: more is not an answer but a document."""

    rewrites: int = 1
    """A claim that failed its check is asked for once more, with the reason."""

    attempts: int = 5
    """Executions of one run after crashes or outages, before it is failed for good."""

    stop_check_s: float = 0.5
    """A stop that was asked for while the model writes nothing is noticed within this; one small read each time."""


TURN_LIMITS = TurnLimits()
