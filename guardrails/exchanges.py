"""Exchanges in a sentence: parties in each other's place, "and" for "or", "some" for "all", "before" for "after"."""

import re
from collections.abc import Sequence
from typing import Final

from guardrails.figures import likeness, surroundings
from guardrails.thresholds import TWISTS
from guardrails.wording import LIMITS, Part, Reading, key_of

_ROLE_WORDS: Final = """
    agency applicant attorney auditor bank board borrower branch bureau cardholder committee compliance consumer
    creditor customer desk director employee employer guarantor institution landlord lawyer lender lessee lessor
    manager merchant minor officer parent payee payer police principal recipient regulator sender supervisor teller
    tenant
"""
_ROLES: Final = frozenset(key_of(word) for word in _ROLE_WORDS.split())
_QUANTIFIERS: Final = {
    "all": "all", "every": "all", "each": "all", "both": "all", "any": "any", "either": "any", "some": "some",
    "certain": "some", "several": "some", "few": "some", "most": "most", "many": "most", "half": "half",
    "one": "one", "single": "one",
}  # fmt: skip
_QUANTIFIED: Final = re.compile(rf"\b({'|'.join(_QUANTIFIERS)})\b(?: of)?(?: the| its| their| these| those)? ([a-z]+)")
_UNIVERSAL: Final = re.compile(r"\b(?:always|whatever|whichever|all|every|any|unlimited|regardless|no matter)\b")
_ANY_UNIVERSAL: Final = re.compile(rf"{_UNIVERSAL.pattern}|\b(?:each|anytime|anyone|both|no|not|whole|entire|total)\b")
_PASSIVE: Final = re.compile(r"\w+ (?:not )?be \w+")
_JOINED: Final = re.compile(r"([a-z]+) (and|or) (?:(?:the|an?|its|their|his|by|in|to|with) )*([a-z]+)")


def parties_change(claim: Reading, source: Reading) -> bool:
    """Whether two parties stand in each other's place."""
    both = [key for key in dict.fromkeys(w.key for w in claim.words) if key in _ROLES and key in source.keys]
    for at, one in enumerate(both):
        for two in both[at + 1 :]:
            straight = _agree(claim, one, source, one) + _agree(claim, two, source, two)
            crossed = _agree(claim, one, source, two) + _agree(claim, two, source, one)
            if crossed > TWISTS.crossed * straight + 0.2:
                return True
    return False


def _agree(claim: Reading, one: str, source: Reading, other: str) -> float:
    mine = [surroundings(claim, word.at) for word in claim.words if word.key == one]
    theirs = [surroundings(source, word.at) for word in source.words if word.key == other]
    without = {one, other}
    return max(likeness({k: v for k, v in a.items() if k not in without}, b) for a in mine for b in theirs)


def joined_otherwise(claim: str, source: str) -> bool:
    """Whether two words are joined by "and" here and by "or" there."""
    stands = {(key_of(a), key_of(b)): word for a, word, b in _JOINED.findall(source)}
    for a, word, b in _JOINED.findall(claim):
        one, two = key_of(a), key_of(b)
        there = stands.get((one, two)) or stands.get((two, one))
        if there is not None and there != word:
            return True
    return False


def quantified_otherwise(claim: Reading, parts: Sequence[Part], source: Reading) -> bool:
    """Whether the claim says "some" for "all", or says of all or only of some what the sentence says without that."""
    stands: dict[str, set[str]] = {}
    for word, noun in _QUANTIFIED.findall(source.plain):
        stands.setdefault(key_of(noun), set()).add(_QUANTIFIERS[word])
    for word, noun in _QUANTIFIED.findall(claim.plain):
        there = stands.get(key_of(noun))
        if there and _QUANTIFIERS[word] not in there:
            return True
    if _UNIVERSAL.search(claim.plain) and not _ANY_UNIVERSAL.search(source.plain):
        return True
    limited = frozenset(key for part in parts for key in part.only)
    limits = any(part.only or part.negated or part.mark in LIMITS for part in source.parts)
    return bool(limited & source.keys) and not limits


def order_turned(part: Part, source: Reading) -> bool:
    """Whether what the part puts before something the sentence puts after it, or the other way round."""
    if part.mark not in ("before", "after") or not part.words:
        return False
    marks = {other.mark for other in source.parts if part.words[0].key in {word.key for word in other.words[:1]}}
    return part.mark not in marks and bool(marks & {"before", "after"})


def other_subject(part: Part, match: Part, claim: Reading, source: Reading) -> bool:
    """Whether another party must or may do the same."""
    if not (part.force and match.force and part.forced & match.forced):
        return False
    passive = [bool(_PASSIVE.match(reading.plain, each.force_at)) for reading, each in ((claim, part), (source, match))]
    one, two = (
        next((w.key for w in reversed(each.words) if w.at < each.force_at and w.key in _ROLES), "")
        for each in (part, match)
    )
    return passive[0] == passive[1] and one != two and bool(one) and bool(two)
