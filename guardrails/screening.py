"""The first guard of a turn: is the message readable, short enough, not an attack; and what a model may see of it.

A detector that can't run raises; the caller then refuses the turn with `guard_unavailable` (invariant 12).
Scope and intent are judged afterwards on the stand-alone question (`guardrails.scope`).
"""

import asyncio
from dataclasses import dataclass

from guardrails.fail_closed import Guard, find_in_thread, within
from guardrails.injection import InjectionGuard
from guardrails.limits import INPUT_LIMITS, InputLimits
from guardrails.normalise import normalise
from guardrails.personal_data import Mask, PersonalDataDetector, values_in
from guardrails.placeholders import Placeholders
from guardrails.reasons import ReasonCode
from guardrails.verdict import Verdict, allow, refuse


@dataclass(frozen=True, slots=True)
class Screening:
    """The outcome of screening one message.

    `text` is normalised and may hold personal data: store it sealed. `masked` is what search and models get.
    `masks` map back: keep them in memory or sealed. `suspicious`: take tools away and release the answer whole.
    `rules` names what was noticed, for the record; it holds no text of the user.
    """

    verdict: Verdict
    text: str
    masked: str
    masks: tuple[Mask, ...]
    suspicious: bool
    score: float
    rules: tuple[str, ...]


class Screener:
    """Holds the detectors; build one per process. Safe to use from many tasks at once."""

    def __init__(
        self, injection: InjectionGuard, personal_data: PersonalDataDetector, limits: InputLimits = INPUT_LIMITS
    ) -> None:
        self._injection = injection
        self._personal_data = personal_data
        self._limits = limits

    async def screen(self, raw: str) -> Screening:
        """Checks one message as it came in. Errors of the detectors propagate; the caller refuses the turn."""
        if len(raw) > self._limits.raw_characters:
            return _refused(ReasonCode.TOO_LONG)
        text = normalise(raw)
        problem = self._size_problem(text)
        if problem is not None:
            return _refused(problem)
        finding, hidden = await asyncio.gather(
            within(Guard.INJECTION, lambda: self._injection.find(text, raw=raw)), self._hidden(text)
        )
        verdict = refuse(ReasonCode.INJECTION, finding.score) if finding.attack else allow(finding.score)
        masked = hidden.hide(text)
        return Screening(verdict, text, masked, hidden.masks, finding.suspicious, finding.score, finding.rules)

    async def _hidden(self, text: str) -> Placeholders:
        hidden = Placeholders()
        hidden.learn(await find_in_thread(lambda: values_in(self._personal_data, [text])))
        return hidden

    def _size_problem(self, text: str) -> ReasonCode | None:
        if not any(c.isalnum() for c in text):
            return ReasonCode.EMPTY
        if len(text) > self._limits.characters:
            return ReasonCode.TOO_LONG
        if max(map(len, text.split())) > self._limits.longest_word:
            return ReasonCode.UNREADABLE
        return None


def _refused(code: ReasonCode) -> Screening:
    """Nothing was searched for personal data, so no text is handed on."""
    return Screening(refuse(code), "", "", (), False, 0.0, ())
