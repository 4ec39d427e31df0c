"""Bounds on looking through the ledger."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SearchLimits:
    """How long and how far one look may go."""

    within_s: float = 8.0  # a browser waits that long; a search by document over a million records takes some seconds
    records_of_run: int = 2_000  # a run of many calls and edits has a few hundred
    usage_lines: int = 2_000  # a month of a branch office; the sum tells of all


SEARCH_LIMITS = SearchLimits()
