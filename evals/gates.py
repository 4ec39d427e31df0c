"""Bars that a measurement is held against, each with where its number came from."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class GoldenGate:
    """Below it `python -m evals golden` exits 1."""

    useful: float = 0.70
    """Our own bar: a clerk who gets nothing from every third question stops asking."""

    false: float = 0.02
    """Our own bar: one materially wrong answer in fifty questions at most. Never traded for `useful`."""


@dataclass(frozen=True, slots=True)
class TurnBar:
    """What a turn at 10,000 chunks should take with the model at 0 ms. Machines differ: no exit status hangs on it."""

    first_claim_ms: float = 45.0
    """Median, one turn at a time: twice our own trial of the same path without sign-in, sealing and record."""

    turns_per_s: float = 30.0
    """At 16 turns at once: bare LangGraph services without guards or record reach 17 to 59 on the same machine."""


@dataclass(frozen=True, slots=True)
class AlteredGate:
    """Below it `python -m evals altered` exits 1."""

    stopped: float = 0.97
    """Our own bar: of a hundred claims that a model got subtly wrong, at most three reach a clerk."""

    passed: float = 0.90
    """Our own bar: of a hundred faithful claims at most ten are held back."""


@dataclass(frozen=True, slots=True)
class FormsGate:
    """Below it `python -m evals forms` exits 1."""

    recall: float = 0.85
    """Our own bar: a checklist that lacks every sixth item is no checklist."""

    precision: float = 0.85
    """Our own bar: and one with that much of another subject isn't read."""


GOLDEN_GATE: Final = GoldenGate()
ALTERED_GATE: Final = AlteredGate()
FORMS_GATE: Final = FormsGate()
TURN_BAR: Final = TurnBar()
