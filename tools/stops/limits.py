"""Bounds of the stop switch."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class StopLimits:
    """Why each number: beside it."""

    reason_chars: int = 2_000
    """A reason is a paragraph at most."""
    listed: int = 100
    """Active stops and the latest lifted ones: a bank has a handful in a year."""
    restarts: int = 2
    """As many persons as the schema's guard wants before it lets a stop be lifted."""


STOP_LIMITS = StopLimits()
