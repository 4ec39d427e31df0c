"""Make a follow-up stand alone without a model: carry the earlier question along when the new one leans on it.

A question leans when it opens like one that goes on, points at something outside itself, or is short and names no
subject of its own. One that changes the subject must not inherit: what was carried along would crowd out what is asked.
"""

import re
from collections.abc import Sequence
from typing import Final

from guardrails.words import content_sequence
from retrieval.terms import stem
from runs.models import Exchange

_LEAN_WORDS: Final = 14
"""A question with more words than this names its own subject; one that merely contains `it` is not a follow-up."""

_SHORT_WORDS: Final = 6
"""In a conversation a question this short that names nothing ("Who has to approve?") goes on about the same thing."""

_BRIEF_WORDS: Final = 8
"""In a question this short a pronoun at the end has nothing before it to stand for ("How can one stop it?")."""

_SUBJECT_WORDS: Final = 3
"""Words of its own with which a question names its subject."""

_COURTESY: Final = re.compile(
    r"^\W*(?:ok(?:ay)?|thanks?(?: you)?|great|good|right|yes|no|i see|and)\b[\s,.!–-]*", re.IGNORECASE
)
_OPENERS: Final = re.compile(
    r"^(?:what about|how about|what if|and if|in that case|same for|for(?! how\b)|who else|what else|anything else)\b",
    re.IGNORECASE,
)
_CONJUNCTIONS: Final = re.compile(r"^(?:and|but|or|also|then|so)\b[\s,]*", re.IGNORECASE)
_WHOLE: Final = re.compile(
    r"^(?:what|which|who|whom|whose|when|where|why|how|is|are|was|were|do|does|did|can|could|may|must|shall|should|"
    r"will|would|has|have)\b",
    re.IGNORECASE,
)
# Words that point outside the question wherever they stand.
_POINTERS: Final = re.compile(
    r"\b(?:this(?! (?:year|month|week|quarter)\b)|these|those|ones|(?:the|an?|that|which|another) (?:[\w-]+ )?one|"
    r"the same|such a case|the former|the latter|the other|either|both|instead|otherwise|as well|too)\b",
    re.IGNORECASE,
)
# Pronouns, which may also point at what the question itself has named before them.
_PRONOUNS: Final = re.compile(r"\b(?:it|its|they|them|their|theirs|he|she|him|her|his|hers)\b", re.IGNORECASE)
_POSSESSIVE: Final = re.compile(r"(?:its|their|his)$", re.IGNORECASE)
_AT_THE_END: Final = re.compile(r"\b(?:it|them|him|her|theirs|his|hers)\W*$", re.IGNORECASE)
_EXPLETIVE: Final = re.compile(
    r"\b(?:does|do|will|would|can|may|might) it (?:take|cost|need|matter)\b.{0,40}\bto\b|"
    r"\b(?:is|was) it (?:\w+ )?(?:allowed|possible|necessary|required|permitted|enough|forbidden)\b"
    r".{0,60}\b(?:to|that|if)\b",
    re.IGNORECASE,
)
# "That" and "there" point only in some places: "does that count?", "after that"; not "a card that was lost".
_THAT: Final = re.compile(
    r"(?:^|\b(?:is|are|was|were|does|do|did|can|could|may|must|will|would|should|has|have|if|when|why|how|what|for|of|to|"
    r"with|without|after|before|about|above|below|under|by|from|in|on|at|like|all|and|than|until)\s+)that\b(?!\s+"
    r"(?:a|an|the|they|he|she|we|i|you|it|somebody|someone|nobody|customers?)\b)",
    re.IGNORECASE,
)
_THERE: Final = re.compile(
    r"(?<!\bis )(?<!\bare )(?<!\bwas )(?<!\bwere )\bthere\b(?! (?:is|are|was|were)\b)", re.IGNORECASE
)
_OWN_SUBJECT: Final = re.compile(r"\b(regulation|reg\.?|section|form|policy|circular|procedure)\b|§", re.IGNORECASE)
_ASKS_WHAT_IT_IS: Final = re.compile(r"^(?:what|who) (?:is|are) an?\b", re.IGNORECASE)
_THE: Final = re.compile(r"\bthe\b", re.IGNORECASE)
_DEFINITE: Final = re.compile(
    r"\bthe\s+[\w-]+\s*(?:[?.!]|$|\b(?:be|is|are|was|were|have|has|had|get|do|does|need|then)\b)", re.IGNORECASE
)
# What is asked of a subject, and no subject itself.
_ASPECT_WORDS: Final = """
    amount answer approval approve bank charge charged check colleague come copy cost costs customer customers
    date day days deadline decide decided decides document documents employee end ends enough evidence exception
    exceptions exempt fee fees form forms handle handled happen happens help inform informed involve kept late
    latest left limit limits long mean month months necessary needed notice number office paid pay pays period
    permitted person people possible proof reason reasons record recorded report result review reviewed sign
    signs signed signature soon special start starts step steps supervisor thing things time times told type
    types kind kinds use used valid wait week weeks write written wrong year years
"""
_ASPECTS: Final = frozenset(map(stem, _ASPECT_WORDS.split()))


def leans_on_earlier(question: str) -> bool:
    """Whether a question can't be understood without the one before it."""
    asked = _COURTESY.sub("", question.strip()) or question
    if len(asked.split()) > _LEAN_WORDS:
        return False
    if _OPENERS.match(asked):
        return True
    rest = _CONJUNCTIONS.sub("", asked)
    goes_on = rest != asked or asked != question.strip()
    if goes_on and not _WHOLE.match(rest):
        return True
    subjects = _subjects(rest)
    if subjects and _OWN_SUBJECT.search(asked):
        return goes_on
    if _points_outside(rest):
        return True
    if _ASKS_WHAT_IT_IS.match(rest):
        return False
    if goes_on:
        return len(subjects) < (_SUBJECT_WORDS if _THE.search(rest) else 2)
    return len(asked.split()) <= _SHORT_WORDS and (len(subjects) < 2 or _refers_back(rest, subjects))


def stand_alone(question: str, history: Sequence[Exchange]) -> str:
    """The question with what it leans on in front: the nearest earlier question that stands by itself, and any
    follow-ups in between that changed its subject are left out, since the latest one counts."""
    if not history or not leans_on_earlier(question):
        return question
    for exchange in reversed(history):
        if not leans_on_earlier(exchange.question):
            return f"{exchange.question.rstrip(' ?.')}: {question}"
    return f"{history[0].question.rstrip(' ?.')}: {question}"


def _points_outside(text: str) -> bool:
    """Whether a word stands for something that the question does not name."""
    if _POINTERS.search(text) or _THAT.search(text) or _THERE.search(text):
        return True
    if len(text.split()) <= _BRIEF_WORDS and _AT_THE_END.search(text):
        return True
    plain = _EXPLETIVE.sub(" ", text)
    pronoun = _PRONOUNS.search(plain)
    if pronoun is None:
        return False
    named = len(_subjects(plain[: pronoun.start()]))
    return named < (1 if _POSSESSIVE.match(pronoun.group()) else 2)


def _subjects(text: str) -> list[str]:
    """Stems of the words that name a subject."""
    whole = text.replace("-", "")  # "call-back" is one word
    return [word for word in dict.fromkeys(content_sequence(whole)) if word not in _ASPECTS and not word.isdigit()]


def _refers_back(text: str, subjects: Sequence[str]) -> bool:
    """A definite noun that nothing in the question explains: "Who approves the relationship?"."""
    return len(subjects) < _SUBJECT_WORDS and _DEFINITE.search(text) is not None
