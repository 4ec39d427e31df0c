"""The guard against injection as a turn has it: the built-in one, with a stronger classifier beside it where the bank
has one.

The classifier can only add: what the rules or the network find stays found, whatever it says. It finding something
is a refusal from a high score on, a suspicion from a lower one, as with the network. Where it fails the guard fails,
and with it the turn (`guardrails.fail_closed`).
"""

import asyncio
from dataclasses import replace
from typing import Final, Protocol

from guardrails.injection import Embed, InjectionDetector, InjectionFinding, InjectionGuard
from guardrails.injection_rules import is_plain_question
from guardrails.instructions import InstructionDetector
from guardrails.network import packaged_network
from guardrails.normalise import fold
from guardrails.notes import to_be_noted
from guardrails.thresholds import INJECTION

CLASSIFIER: Final = "classifier"
"""The rule's name under which a record says that the classifier found it."""


class Classifier(Protocol):
    """A model of attacks; `gateway.classifying.OnnxClassifier` is one."""

    @property
    def name(self) -> str: ...

    async def score(self, text: str) -> float:
        """The probability (0 to 1) that the text is an attack. Raises when it can't tell."""
        ...


class ReinforcedGuard:
    """The built-in guard and a classifier, each asked about every message."""

    def __init__(self, built_in: InjectionGuard, classifier: Classifier) -> None:
        self._built_in = built_in
        self._classifier = classifier

    async def find(self, text: str, *, raw: str | None = None) -> InjectionFinding:
        # What is to be written on a case is somebody's text, which such models take for orders.
        judged = to_be_noted(text) or text
        finding, score = await asyncio.gather(self._built_in.find(text, raw=raw), self._classifier.score(judged))
        if not 0.0 <= score <= 1.0:
            raise ValueError("the injection classifier gave no probability")
        if score < INJECTION.suspect or finding.attack:
            return finding
        is_clear = score >= INJECTION.refuse and judged is text and not is_plain_question(fold(text))
        return replace(
            finding,
            attack=is_clear,
            suspicious=True,
            score=max(score, finding.score),
            rules=(*finding.rules, CLASSIFIER),
        )


def packaged_instructions(embed: Embed) -> InstructionDetector:
    """What flags orders in documents, with the shipped network."""
    return InstructionDetector(packaged_network("instructions"), embed)


def packaged_guard(embed: Embed, classifier: Classifier | None = None) -> InjectionGuard:
    """What judges messages, with the shipped network and the bank's classifier, if it has one."""
    built_in = InjectionDetector(packaged_network("injection"), embed, packaged_instructions(embed))
    return built_in if classifier is None else ReinforcedGuard(built_in, classifier)
