"""What is missing where there is no answer: in the asker's own words, told from what they may read.

Every sentence is product text; only words that the asker wrote stand in it, in quotation marks. A hidden document
changes nothing here: only the passages found for this reader are looked at.
"""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from guardrails.named import missing_names
from guardrails.normalise import fold
from guardrails.reading import reading
from guardrails.reasons import ReasonCode
from guardrails.sufficiency import Sufficiency
from guardrails.thresholds import SUFFICIENCY
from guardrails.words import content_sequence
from retrieval.models import Expansion, Passage

MOST: Final = 3
"""Words named at once; more is no longer read."""

_PLACEHOLDER: Final = re.compile(r"\[[^\[\]]{1,40}\]")
"""What stands for masked personal data: never told back."""
_TELLING: Final = 4
_EVERYDAY_WORDS: Final = """
    today tomorrow yesterday somebody someone nobody anybody anyone everybody everyone people person went goes going
    came comes coming lives living told says early earlier late later latest next highest lowest allowed handled look
    looks looked share together insist count counts sending sent formal arrived wrong right asks asked wants bring
    brings brought take takes turn stay stays still just only really quite else thing things
"""
_EVERYDAY: Final = frozenset(_EVERYDAY_WORDS.split())
"""Words that no policy has to have: that one is missing says nothing."""
_REGULATION: Final = re.compile(r"\b(?:regulation|reg)\s+(?P<letter>[a-z]{1,2})\b", re.IGNORECASE)
_WORD: Final = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")


MissingKind = Literal["named", "words", "subject", "point", "said"]
"""`named`: a thing that the question names. `words`: words of it that no passage found has. `subject`: nothing found
comes near. `point`: the subject is treated, this point of it is not, or not clearly. `said`: passages come near but no
sentence that could be checked answers."""


@dataclass(frozen=True, slots=True)
class Missing:
    """`words` as the asker wrote them; `text` says it in one sentence."""

    kind: MissingKind
    words: tuple[str, ...]
    text: str


UNSAID: Final = Missing("said", (), "The passages come near, but no sentence of theirs answers the question as asked.")


def missing_in(
    question: str,
    passages: Sequence[Passage],
    weighed: Sufficiency,
    code: ReasonCode,
    expansions: Sequence[Expansion] = (),
    common: Collection[str] = (),
) -> Missing | None:
    """What the passages lack, by the reason for abstaining; None where nothing was found at all."""
    if not passages:
        return None
    if code is ReasonCode.UNSUPPORTED_ANSWER:
        return UNSAID
    if code is ReasonCode.NAMED_THING_MISSING:
        names = _told(_as_written(missing_names(question, [*map(reading, passages)], expansions, common), question))
        return Missing("named", names, f"No passage found for you names {_or(names)}.") if names else None
    if code is not ReasonCode.WEAK_EVIDENCE:
        return None
    if weighed.features.get("meaning", 0.0) < SUFFICIENCY.near:
        return Missing("subject", (), "No passage found for you comes near this question.")
    words = _told(_uncovered(question, passages, expansions))
    if words:
        return Missing("words", words, f"The passages found for you don't mention {_or(words)}.")
    return Missing("point", (), "The documents found for you deal with the subject, but not clearly with this point.")


def _uncovered(question: str, passages: Sequence[Passage], expansions: Sequence[Expansion]) -> list[str]:
    """Words of the question that carry meaning and stand in no passage, as written; not those that the glossary spells
    out."""
    had = frozenset(word for passage in passages for word in reading(passage).stems)
    explained = {fold(word) for each in expansions for word in _WORD.findall(each.said)}
    return [
        word
        for word in _WORD.findall(_PLACEHOLDER.sub(" ", question))
        if len(word) >= _TELLING
        and fold(word) not in explained | _EVERYDAY
        and (stems := content_sequence(word))
        and not any(one in had for one in stems)
    ]


def _as_written(names: Sequence[str], question: str) -> list[str]:
    """As the question has them: a subject that is known by its stem, a regulation that is known by its letter."""
    written = {one: word for word in _WORD.findall(question) for one in content_sequence(word)}
    regulations = {match["letter"]: match.group() for match in _REGULATION.finditer(question)}
    return [regulations.get(name) or written.get(name, name) for name in names]


def _told(words: Sequence[str]) -> tuple[str, ...]:
    """Each once, whatever its case, at most `MOST`; nothing that stands for personal data."""
    once = {fold(word): word for word in reversed(words) if not _PLACEHOLDER.search(word)}
    return tuple(reversed(once.values()))[:MOST]


def _or(words: Sequence[str]) -> str:
    quoted = [f"“{word}”" for word in words]
    return quoted[0] if len(quoted) == 1 else f"{', '.join(quoted[:-1])} or {quoted[-1]}"
