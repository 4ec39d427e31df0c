"""Twists between a claim and the sentence that carries it: the same words, and another rule.

Each check names one: the other side of a choice, a changed force or negation, a dropped condition or exception,
parties that change places, "and" for "or", "some" for "all".
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from guardrails.alignment import CONDITIONS, Alike, Carried, Sentence, share
from guardrails.exchanges import (
    joined_otherwise,
    order_turned,
    other_subject,
    parties_change,
    quantified_otherwise,
)
from guardrails.figures import bound_of
from guardrails.lexicon import exclude
from guardrails.quantities import PERIODS
from guardrails.thresholds import TWISTS
from guardrails.wording import LIMITS, Part, Reading, Word, is_light


class Twist(StrEnum):
    """What was turned."""

    OPPOSITE = "opposite"
    FORCE = "force"
    CONDITION_DROPPED = "condition_dropped"
    CONDITION_TURNED = "condition_turned"
    PARTIES = "parties"
    JUNCTION = "junction"
    QUANTIFIER = "quantifier"


_TURNED: Final = ({"before", "after"}, {"if", "except"}, {"except", "after"})
_NO_AMOUNTS: Final = PERIODS | {"citation", "date", "edition", "rate", "number"}


@dataclass(frozen=True, slots=True)
class Said:
    """What is known beside the claim: keys of the question and of the cited headings, which may supply a condition that
    they name in full."""

    question: frozenset[str]
    headings: frozenset[str]


def twists(claim: Reading, carried: Sequence[Carried], said: Said, alike: Alike) -> list[Twist]:
    """All twists of a claim. A sentence that hardly carries a part says nothing of how that part is meant."""
    carried = [each for each in carried if each.coverage >= TWISTS.carried]
    found: list[Twist] = [Twist.OPPOSITE for each in carried if _is_opposite(claim, each.part, each.sentence.reading)]
    for home in dict.fromkeys(each.sentence for each in carried):
        found += _against(claim, carried, home, said, alike)
    return list(dict.fromkeys(found))


def _against(claim: Reading, carried: Sequence[Carried], home: Sentence, said: Said, alike: Alike) -> Iterable[Twist]:
    """The twists against one sentence."""
    parts = [each.part for each in carried if each.sentence is home]
    matched = [(part, match) for part in parts if (match := counterpart(part, home.reading, alike)) is not None]
    if _force_changed(parts, matched, home.reading, alike):
        yield Twist.FORCE
    if any(len(part.words) > 1 and {part.mark, match.mark} in _TURNED for part, match in matched) or any(
        order_turned(part, home.reading) for part in parts
    ):
        yield Twist.CONDITION_TURNED
    if any(part.mark == "except" for part in parts) and not any(p.mark == "except" for p in home.reading.parts):
        yield Twist.CONDITION_TURNED
    if any(part.mark not in LIMITS for part in parts) and _drops(claim, matched, home.reading, said, alike):
        yield Twist.CONDITION_DROPPED
    if parties_change(claim, home.reading) or any(other_subject(*pair, claim, home.reading) for pair in matched):
        yield Twist.PARTIES
    if joined_otherwise(claim.plain, home.reading.plain):
        yield Twist.JUNCTION
    if quantified_otherwise(claim, parts, home.reading):
        yield Twist.QUANTIFIER


def _is_opposite(claim: Reading, part: Part, source: Reading) -> bool:
    """Whether a word of the part excludes one of the sentence that the claim does not have."""
    spare = [word for word in source.words if word.key not in claim.keys]
    own = [word for word in part.words if word.key not in source.keys]
    return any(exclude(word.key, other.key) for word in own for other in spare)


def counterpart(part: Part, source: Reading, alike: Alike) -> Part | None:
    """The part of the source that says what this part says; None where none shares enough of its words."""

    def shared(other: Part) -> float:
        if not other.words:
            return 0.0
        keys = part.keys
        back = sum(w.key in keys for w in other.words) / len(other.words)
        forth = sum(w.key in other.keys or any(alike(w, v) for v in other.words) for w in part.words) / len(part.words)
        return forth + 0.25 * back + (0.2 if other.mark == part.mark else 0.0)

    best = max(source.parts, key=shared, default=None)
    return best if best is not None and shared(best) >= TWISTS.counterpart else None


def _force_changed(parts: Sequence[Part], matched: Sequence[tuple[Part, Part]], source: Reading, alike: Alike) -> bool:
    """Whether what the claim says with one force, or with a not, the sentence says otherwise."""
    for target in dict.fromkeys(match for _, match in matched):
        pairs = [part for part, match in matched if match is target and _alike_in_kind(part, match)]
        if pairs and not any(same_force(part, target, alike) for part in pairs):
            return True
    for target in source.parts:
        words = [word for word in target.words if not is_light(word)]
        having = [p for p in parts if words and share(words, p.keys) >= 0.5 and _alike_in_kind(p, target)]
        whole = len(words) >= 2 and share(words, frozenset(k for part in parts for k in part.keys)) >= TWISTS.whole
        if whole and having and not any(_same_not(part, target, alike) for part in having):
            return True
    return False


def _alike_in_kind(part: Part, other: Part) -> bool:
    """Both conditions, or both rules: "if no answer comes" may stand for "has ten days to answer"."""
    return (part.mark in CONDITIONS) == (other.mark in CONDITIONS)


def same_force(part: Part, other: Part, alike: Alike) -> bool:
    """Whether both say must, may or nothing, with or without a not, in ways that agree."""
    if not _same_not(part, other, alike):
        return False
    one, two = part.force, other.force
    if one == two or {one, two} in ({"", "must"}, {"", "can"}, {"can", "may"}):
        return True
    # "may not" and "must not" forbid alike; "may" told as a fact, or a fact told as "may", is another rule.
    if part.negated and "needless" not in (one, two):
        return True
    # Whose force stands behind words that the other does not have speaks of something else.
    return not any(
        _shares(forced, side, opposite, alike)
        for forced, side, opposite in ((part.forced, part, other), (other.forced, other, part))
    )


def _shares(keys: frozenset[str], side: Part, other: Part, alike: Alike) -> bool:
    own = [word for word in side.words if word.key in keys]
    return any(w.key in other.keys or any(alike(w, v) or alike(v, w) for v in other.words) for w in own)


def _same_not(part: Part, other: Part, alike: Alike) -> bool:
    """Whether both have a "not", or the one that has it says "not" of something that the other does not speak of."""
    if bool(part.negated) == bool(other.negated):
        return True
    denied, told = (part, other) if part.negated else (other, part)
    return not _shares(denied.negated, denied, told, alike)


def _drops(claim: Reading, matched: Sequence[tuple[Part, Part]], source: Reading, said: Said, alike: Alike) -> bool:
    """Whether the claim leaves out a condition or an exception of what it takes from the sentence."""
    taken = {match for _, match in matched}
    has_exception = any(part.mark == "except" for part in claim.parts)
    # A claim without any condition has to say all of one in other ways: "minors of 12 or older".
    least = TWISTS.told if any(part.mark in CONDITIONS for part in claim.parts) else TWISTS.told_unmarked
    for at, part in enumerate(source.parts):
        follows = source.parts[at + 1].mark if at + 1 < len(source.parts) else ""
        if part in taken and _limit_dropped(part, claim, source):
            return True
        limits = part.mark in LIMITS or (part.leads and part.mark in ("after", "before"))
        limits = limits or (part.mark == "but" and (part.only or follows in LIMITS))
        if not limits or not _belongs(part, at, source, claim, alike):
            continue
        for words in _conjuncts(part, source):
            heavy = [word for word in words if not is_light(word)]
            told = claim.keys | {w.key for w in heavy if any(alike(v, w) for v in claim.words)}
            is_told = share(heavy, told) >= least or share(heavy, told | said.question | said.headings) == 1.0
            if heavy and not is_told and (part not in taken or len(heavy) > 1):
                return True
        if part.mark == "except" and not has_exception and part not in taken:
            return True
    limited = frozenset(key for part in source.parts for key in part.only)
    return bool(limited & claim.keys) and not any(p.only or p.negated for p in claim.parts)


def _belongs(part: Part, at: int, source: Reading, claim: Reading, alike: Alike) -> bool:
    """Whether the condition limits what the claim says: one that stands behind limits the words before it."""
    if part.leads or at == 0:
        return at + 1 >= len(source.parts) or _mostly_told(source.parts[at + 1], claim, alike)
    if part.mark in ("except", "but"):
        return _mostly_told(source.parts[at - 1], claim, alike)
    before = [word for word in source.parts[at - 1].words if not is_light(word)][-3:]
    told = frozenset(w.key for w in before if w.key in claim.keys or any(alike(v, w) for v in claim.words))
    return share(before, told) >= 0.5


def _limit_dropped(part: Part, claim: Reading, source: Reading) -> bool:
    """Whether the claim leaves out an amount that limits what it takes from the part."""
    told = {figure.quantity for figure in claim.figures}
    return any(
        figure.quantity not in told and bound_of(source, figure) is not None
        for figure in source.figures
        if part.start <= figure.start < part.end and figure.quantity.kind not in _NO_AMOUNTS
    )


def _mostly_told(part: Part, claim: Reading, alike: Alike) -> bool:
    told = frozenset(w.key for w in part.words if w.key in claim.keys or any(alike(v, w) for v in claim.words))
    return share(part.words, told) >= 0.5


def _conjuncts(part: Part, source: Reading) -> list[list[Word]]:
    """The words of a condition, one list for each of those that all have to hold."""
    cut = source.plain.find(" and ", part.start, part.end)
    if part.mark != "if" or cut < 0:
        return [list(part.words)]
    return [[w for w in part.words if w.at < cut], [w for w in part.words if w.at > cut]]
