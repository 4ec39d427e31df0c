"""How a turn can end early."""

from core.errors import Conflict, ProblemError


class RunCancelled(Exception):
    """The person asked to stop."""


class RunSuperseded(Exception):
    """Another execution of this run has begun or has ended it: this one writes nothing more."""


class EvidenceChanged(Exception):
    """The person may no longer read something that the answer rests on, or it is no longer in force: nothing that
    rests on it is shown."""


class SignatureVoid(Conflict):
    """A signed call that may not be executed any more."""

    code = "signature_void"
    title = "It was signed, but was not carried out"


class EffectUnknown(ProblemError):
    """Nobody could find out whether a signed call was carried out."""

    status = 503
    code = "effect_unknown"
    title = "It is not known whether this was done"


class BankSystemDown(ProblemError):
    """A look-up got no answer; nothing was changed."""

    status = 503
    code = "tool_unavailable"
    title = "The bank's system does not answer"
