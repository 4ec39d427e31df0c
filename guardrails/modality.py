"""Does a sentence say must, may or must not, and does another say the same?

Heuristics over wording: they catch the flips that matter most (a duty told as a choice, a prohibition told as a
permission, a dropped or an added "not") and stay silent where either side has no such wording.
"""

import re
from enum import StrEnum
from typing import Final

from guardrails.words import NEGATION


class Modality(StrEnum):
    """The force of a rule."""

    DUTY = "duty"
    PROHIBITION = "prohibition"
    PERMISSION = "permission"


_BREAK: Final = r"(?:\W+(?!not\b)\w+){0,2}?\W+"
_PROHIBITION: Final = re.compile(
    rf"\b(?:must|shall|may|can|should|will|does|do|is|are)(?:{_BREAK}|\W+)(?:not|never)\b(?!\W+(?:only|later|more|"
    rf"less|exceed))|"
    r"\b(?:cannot|can't|mustn't|shouldn't|prohibit\w*|forbid\w*|forbidden|unlawful|not (?:permitted|allowed|"
    r"required)|"
    r"no (?:creditor|institution|person|bank|lessor|one|employee|customer|consumer|branch|member)"
    r"(?:(?:\W+\w+){0,4}?\W+(?:may|can|shall|must|will))?\b)"
)
_NOT_REQUIRED: Final = re.compile(
    r"\b(?:not (?:be )?(?:required|obliged|necessary)|need not|no (?:duty|"
    r"obligation))\b"
)
_DUTY: Final = re.compile(
    r"\b(?:must|shall|required to|is required|are required|requires?|has to|have to|obliged|obligated|needs? to|"
    r"mandatory)\b(?!\W+not\b)"
)
_PERMISSION: Final = re.compile(
    r"\b(?:may(?!\W+not\b)|can(?!\W+not\b)|permit\w*|allow\w*|is free to|are free to|optional|at its option)\b"
)


def modalities(text: str) -> frozenset[Modality]:
    """The forces that the wording of a lower-cased text expresses; "need not" counts as a permission."""
    found: set[Modality] = set()
    exempt = bool(_NOT_REQUIRED.search(text))
    rest = _NOT_REQUIRED.sub(" ", text)
    if exempt:
        found.add(Modality.PERMISSION)
    if _PROHIBITION.search(rest):
        found.add(Modality.PROHIBITION)
        rest = _PROHIBITION.sub(" ", rest)
    if _DUTY.search(rest):
        found.add(Modality.DUTY)
    if _PERMISSION.search(rest):
        found.add(Modality.PERMISSION)
    return frozenset(found)


def contradicts(claim: str, source: str) -> bool:
    """True where the claim's force is one that the source's wording denies. Both lower case, about one subject."""
    said, stands = modalities(claim), modalities(source)
    if said and stands and not said & stands:
        return True
    if Modality.PROHIBITION in said and Modality.PROHIBITION not in stands and not NEGATION.search(source):
        return True
    if not said and NEGATION.search(claim) and not NEGATION.search(source):
        return True
    return stands == frozenset({Modality.PROHIBITION}) and Modality.PROHIBITION not in said
