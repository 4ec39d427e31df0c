"""Bounds of calls to the bank's systems."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class ConnectorLimits:
    reply_bytes: int = 256 * 1024
    """A case with its 50 longest notes takes 60 KB; ten times what a page of a record needs is still read."""

    path_chars: int = 128
    detail_chars: int = 300
    """Two or three sentences: what the bank's system says is shown to people in full or cut here."""

    outcome_timeout_s: float = 5.0
    """Looking up a key is an index look-up; a system that needs longer is in trouble."""

    token_s: int = 30
    """How long a service token lives from its call on: longer than any tool's timeout, shorter than a mishap."""

    token_leeway_s: int = 5
    """By how much the bank's clock may be behind ours; the sandbox allows the same."""

    retry_after_s: float = 0.1
    """Before a reading is tried again: a broken connection is replaced at once, a restart is not waited for."""


LIMITS: Final = ConnectorLimits()

SETTLED_AFTER_S: Final = LIMITS.token_s + 2 * LIMITS.token_leeway_s
"""From the start of a call to when it can no longer be carried out: its token has expired by any clock. The bank's
system checks that when it commits, not only when the request arrives."""
