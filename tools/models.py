"""What the acting branch passes around: a proposed call, where each of its arguments came from, what may be done."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from uuid import UUID


class Effect(StrEnum):
    """Whether a tool changes anything in the bank's systems."""

    READ = "read"
    WRITE = "write"


class Signature(StrEnum):
    """Who signs a write: its maker herself, another person, or two other persons."""

    SELF = "self"
    OTHER = "other"
    TWO = "two"

    @property
    def signers(self) -> int:
        """How many persons have to approve."""
        return 2 if self is Signature.TWO else 1


class Origin(StrEnum):
    """Where the value of an argument came from, the most trusted first."""

    USER = "user"
    """The words of the person who asked, in this conversation."""
    RESULT = "result"
    """A field of a tool's result that the catalogue trusts: an identifier or a figure of the bank's own record."""
    EDITOR = "editor"
    """Typed by the person who edited the request before signing."""
    DEFAULT = "default"
    """Fixed by the catalogue."""
    TEXT = "text"
    """Free text of a document or of a tool's result: anybody may have written it."""
    UNKNOWN = "unknown"
    """Found nowhere: the model made it up."""


@dataclass(frozen=True, slots=True)
class Argument:
    """One argument as people are shown it. `text` is the value in words; `origin_text` a whole phrase."""

    name: str
    label: str
    value: Any
    text: str
    origin: Origin
    origin_text: str
    sensitive: bool = False


@dataclass(frozen=True, slots=True)
class Call:
    """A call as somebody wants it, unchecked: the name of a tool and arguments (JSON)."""

    tool: str
    args: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class PastCall:
    """A call of this run that was executed, and the result (JSON) that came back."""

    tool: str
    args: Mapping[str, Any]
    result: Any


class Ruling(StrEnum):
    """What policy says of a call. `allow`: no second person; `approve`: a second person signs; `deny`: never."""

    ALLOW = "allow"
    APPROVE = "approve"
    DENY = "deny"


@dataclass(frozen=True, slots=True)
class Decision:
    """The ruling on one call. `signature` is None where nothing is to be signed (reads, and what is denied);
    `code` is a `PolicyCode` value and `reason` its fixed sentence for people; `arguments` show each origin."""

    ruling: Ruling
    signature: Signature | None
    code: str
    reason: str
    arguments: tuple[Argument, ...] = ()

    def __bool__(self) -> bool:
        return self.ruling is not Ruling.DENY


@dataclass(frozen=True, slots=True)
class Proposal:
    """A decided call in its place in a run: the `ordinal`-th (from 1) that was proposed there."""

    call_id: UUID
    run_id: UUID
    ordinal: int
    call: Call
    decision: Decision
