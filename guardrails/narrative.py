"""Do cited passages tell what happened, or what is to be done? A rule is shown word by word or not at all; of a report
(minutes, a case, the news) the whole is weighed, since nobody acts on one word of it."""

import re
from collections.abc import Sequence
from typing import Final

from guardrails.thresholds import NARRATIVE
from retrieval.sentences import sentences

_TELLS: Final = re.compile(
    r"\b(?:was|were|had|said|told|did|went|came|became|began|made|took|got|won|he|she|him|his|her|i|my|ago|yesterday|"
    r"january|february|march|april|june|july|august|september|october|november|december|(?:19|20)\d\d)\b",
    re.IGNORECASE,
)
_RULES: Final = re.compile(
    r"\b(?:must|shall|may not|may|required|requires?|unless|except|prohibited|permitted|provided that|pursuant|"
    r"paragraph|section|within \w+ (?:\w+ )?(?:days?|months?|years?))\b|§",
    re.IGNORECASE,
)


def tells_a_story(passages: Sequence[str]) -> bool:
    """Whether the passages together are clearly a report: long enough to tell, and none of them speaking of rules."""
    lines = [[passage[start:end] for start, end in sentences(passage)] for passage in passages]
    together = [line for each in lines for line in each]
    if len(together) < NARRATIVE.sentences or any(_share(_RULES, each) > NARRATIVE.ruled for each in lines):
        return False
    return _share(_TELLS, together) >= NARRATIVE.told


def _share(pattern: re.Pattern[str], lines: Sequence[str]) -> float:
    return sum(pattern.search(line) is not None for line in lines) / len(lines) if lines else 0.0
