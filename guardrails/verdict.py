"""What every check returns: a frozen value with a reason, truthy when allowed."""

from dataclasses import dataclass

from guardrails.reasons import EXPLANATIONS, ReasonCode


@dataclass(frozen=True, slots=True)
class Verdict:
    """The outcome of one check; `reason` is a fixed sentence for the user, `score` (0 to 1) what was measured."""

    allowed: bool
    code: ReasonCode
    reason: str
    score: float | None = None

    def __bool__(self) -> bool:
        return self.allowed

    @property
    def next_step(self) -> str:
        """What the user can do about it: fixed text, empty when allowed."""
        return EXPLANATIONS[self.code].next_step


def allow(score: float | None = None) -> Verdict:
    """A passing verdict."""
    return Verdict(True, ReasonCode.ALLOWED, EXPLANATIONS[ReasonCode.ALLOWED].reason, score)


def refuse(code: ReasonCode, score: float | None = None) -> Verdict:
    """A failing verdict with the fixed sentence of its code."""
    return Verdict(False, code, EXPLANATIONS[code].reason, score)
