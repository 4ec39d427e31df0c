"""Entries of the glossary, and a question with what they added to it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol
from uuid import UUID

from core.principal import Principal
from retrieval.models import Expansion


@dataclass(frozen=True, slots=True)
class ExpandedQuery:
    """A question as it is searched for.

    `text` is the question with what its short forms mean in their place ("the debt-to-income ratio"), for embedding;
    `spelt_out` the same with both ("the DTI (debt-to-income ratio)"), for whoever reads or quotes by words, empty
    where there is no short form; `added` are the further phrases to look up, each once; `expansions` say which words
    brought which.
    """

    text: str
    spelt_out: str = ""
    added: tuple[str, ...] = ()
    expansions: tuple[Expansion, ...] = ()


class Expander(Protocol):
    """Adds to a question what the glossary of the caller's tenant knows of its words."""

    async def expand(self, principal: Principal, text: str) -> ExpandedQuery:
        """The question expanded; the question itself where nothing in it is known."""
        ...


class TermOrigin(StrEnum):
    """Ours, written with the product, or the bank's own."""

    BUILT_IN = "built_in"
    BANK = "bank"


@dataclass(frozen=True, slots=True)
class Term:
    """One entry: a short form or another name, and what it stands for.

    `meanings` are full forms or synonyms, the preferred one first; none at all says that the bank does not want this
    term expanded. `capitals_only`: in small letters it is another word ("car").
    """

    id: UUID
    term: str
    meanings: tuple[str, ...]
    capitals_only: bool
    origin: TermOrigin


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry as people see it: who entered it and when, and who retired it, by name.

    `replaced`: one of ours in whose place an entry of the bank's own counts.
    """

    term: Term
    note: str | None = None
    added_by: str | None = None
    added_at: datetime | None = None
    retired_by: str | None = None
    retired_at: datetime | None = None
    replaced: bool = False


@dataclass(frozen=True, slots=True)
class Draft:
    """What a policy owner enters. `capitals_only` None: only where in small letters it is an ordinary word.

    `replaces`: the entry of the bank's own for this term that she has seen and changes.
    """

    term: str
    meanings: tuple[str, ...]
    capitals_only: bool | None = None
    note: str | None = None
    replaces: UUID | None = None
