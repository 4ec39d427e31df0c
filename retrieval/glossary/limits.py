"""Bounds of the glossary, each with why."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class GlossaryLimits:
    """What one entry, one tenant and one question may hold."""

    term_chars: int = 60
    meaning_chars: int = 120
    """The longest of ours has 74: the name of an act."""
    meanings: int = 5
    words: int = 10
    """Of a term or a meaning; matching looks at so many words at once."""
    note_chars: int = 300
    entries: int = 2_000
    """A tenant's own, at a time. Arranging so many with five meanings each took 1.5 s of a busy core, in a thread of
    its own, once a process after each change; the first questions after it wait for that."""
    retired: int = 2_000
    """How many of those that count no longer are listed, the latest; all are kept."""
    matches: int = 8
    """Known words of one question; a question that lists more is a list, not a question."""
    added: int = 12
    """Phrases that one question is searched for beside its own words."""
    tenants: int = 1_000
    """Whose glossaries a process keeps; beyond it the one longest unused is read again."""


GLOSSARY_LIMITS: Final = GlossaryLimits()
