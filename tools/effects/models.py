"""The execution of one signed write: whether it may happen, whether it was begun, what came of it."""

from dataclasses import dataclass
from enum import StrEnum

from tools.approvals.models import Approval
from tools.connector.ports import Outcome


class EffectState(StrEnum):
    """`started`: it may have been done; `unknown`: it was given up, and nobody can tell whether it was done."""

    STARTED = "started"
    DONE = "done"
    REFUSED = "refused"
    UNKNOWN = "unknown"


class BegunState(StrEnum):
    """What the caller of `begin` does next.

    `new`: call the bank's system. `again`: it was begun before and may have been done; call it again under the same
    key, or, where there is a reason against it, ask what became of it. `finished`: call nothing, the outcome stands.
    `void`: call nothing, nothing was done.
    """

    NEW = "new"
    AGAIN = "again"
    FINISHED = "finished"
    VOID = "void"


class VoidReason(StrEnum):
    """Why a signed write is not executed; codes for the record."""

    NOT_APPROVED = "not_approved"
    ALTERED = "altered"
    CATALOGUE_CHANGED = "catalogue_changed"
    NO_SUCH_TOOL = "no_such_tool"
    BAD_ARGUMENTS = "bad_arguments"
    TOO_FEW_SIGNATURES = "too_few_signatures"
    MAKER_LOST_RIGHT = "maker_lost_right"
    SIGNER_LOST_RIGHT = "signer_lost_right"
    STOPPED = "stopped"

    @property
    def sentence(self) -> str:
        """What people are told, fixed text."""
        return SENTENCES[self]


SENTENCES: dict[VoidReason, str] = {
    VoidReason.NOT_APPROVED: "This was not approved, so nothing was done.",
    VoidReason.ALTERED: "What was signed is not what would be done, so nothing was done. Ask for it again.",
    VoidReason.CATALOGUE_CHANGED: "The rules for such requests changed before it was done, so nothing was done. "
    "Ask for it again.",
    VoidReason.NO_SUCH_TOOL: "Requests of this kind are no longer taken, so nothing was done.",
    VoidReason.BAD_ARGUMENTS: "What was signed is not a valid request, so nothing was done. Ask for it again.",
    VoidReason.TOO_FEW_SIGNATURES: "Not everybody signed who has to, so nothing was done. Ask for it again.",
    VoidReason.MAKER_LOST_RIGHT: "Whoever asked for it may no longer do so, so nothing was done.",
    VoidReason.SIGNER_LOST_RIGHT: "Whoever signed it may no longer do so, so nothing was done. Ask for it again.",
    VoidReason.STOPPED: "Such requests are stopped at present, so nothing was done. Ask again when they are not.",
}


@dataclass(frozen=True, slots=True)
class Begun:
    """Where the execution stands. `key` is the idempotency key that the bank's system is called under."""

    state: BegunState
    approval: Approval
    key: str
    outcome: Outcome | None = None
    """Of `finished`; None there: it was given up, nobody can tell whether it was done."""
    reason: VoidReason | None = None
    """Of `void`. Of `again`: since it was begun this speaks against it, so don't call the bank's system but ask it what
    it did under the key. Did it something, that is the outcome. Knows it of nothing, also after the time that what an
    earlier worker sent may have been under way, the request is void."""

    @property
    def why(self) -> str | None:
        """The reason as people are told it, once nothing was done."""
        return None if self.reason is None else self.reason.sentence
