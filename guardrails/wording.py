"""A sentence as the claim check reads it: its content in one form, cut into parts with their force and conditions.

"The bank is not obliged to inform the client unless he asks" and "The bank need not notify the customer, except if he
requests it" give the same parts: the same words, the same force, the same kind of condition.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from guardrails.lexicon import FUNCTION, IRREGULAR, LIGHT, PHRASES, SYNONYM_OF
from guardrails.normalise import squeeze
from guardrails.quantities import Found, located
from retrieval.terms import stem

_PHRASES: Final = tuple((re.compile(rf"\b(?:{pattern})\b"), plain) for pattern, plain in PHRASES)
LIMITS: Final = frozenset({"if", "except", "during"})
"""The marks of parts that limit a rule."""
_WORD: Final = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*|\d[\w.,:/-]*")
_MARK_OF: Final[dict[str, str]] = {
    "if": "if", "when": "if", "where": "if", "once": "if", "while": "during", "unless": "except", "except": "except",
    "until": "before", "before": "before", "after": "after", "but": "but", "because": "because", "although": "although",
    "who": "who", "during": "during",
}  # fmt: skip
_CUT: Final = re.compile(
    r"(?P<stop>[.!?](?=\s|$)|[;:|]|\s-\s)|(?P<comma>,(?!\d))|"
    r"\b(?P<mark>if|when|where|once|while|unless|except|until|before|after|but|because|although|who|during)\b|"
    r"(?P<and>\b(?:and|or)(?= (?:may|must|can|is|are|was|were|has|have|will|does|do|not|needn't|then)\b))"
)
_NOT: Final = re.compile(
    r"\b(?:not|no|without|needn't)\b(?! (?:later|more|less|fewer|earlier|older|only|exceed\w*|sooner) )"
)
_FORCES: Final = (
    ("needless", re.compile(r"\bneedn't\b")),
    ("may", re.compile(r"\b(?:may|might|optional)\b")),
    ("can", re.compile(r"\b(?:can|could|possible)\b")),
    ("must", re.compile(r"\b(?:must|requires?|required|needs?|mandatory)\b")),
)
_ONLY: Final = re.compile(r"\bonly\b")
_CLAUSE_AHEAD: Final = re.compile(r"\s*(?:and|or|nor|so|yet)\s")
# "where the money comes from", "before 3 p.m.": an object or a bound, no condition.
_AFTER_SAYING: Final = re.compile(r"\b(?:state|say|know|show|see|decide|explain|describe|ask|from)\w*\s+$")


@dataclass(frozen=True, slots=True)
class Word:
    """A content word: `key` in one form for all its synonyms, `stem` and `text` as written, `at` its place."""

    key: str
    stem: str
    text: str
    at: int


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of a sentence. `mark`: what it begins with (empty: the rule itself); `force` must, may, can,
    needless or empty, `forced`: the words right behind it, `force_at`: its
    place; `negated` and `only`: the words right behind a "not" or an "only"; `leads`: stands first in its sentence."""

    mark: str
    words: tuple[Word, ...]
    force: str
    forced: frozenset[str]
    force_at: int
    negated: frozenset[str]
    only: frozenset[str]
    start: int
    end: int
    leads: bool = False

    @property
    def keys(self) -> frozenset[str]:
        return frozenset(word.key for word in self.words)


@dataclass(frozen=True, slots=True)
class Reading:
    """A text with its parts, content words and figures; places are those of `plain`."""

    plain: str
    parts: tuple[Part, ...]
    words: tuple[Word, ...]
    figures: tuple[Found, ...]

    @property
    def keys(self) -> frozenset[str]:
        return frozenset(word.key for word in self.words)


def read(text: str) -> Reading:
    """The reading of one sentence, or of a few."""
    plain = plainly(text)
    figures = tuple(located(plain))
    covered = [(found.start, found.end) for found in figures]
    words = tuple(_words(plain, covered))
    return Reading(plain, tuple(_parts(plain, words)), words, figures)


def plainly(text: str) -> str:
    """Lower case, single blanks, each phrase that has a plain word as that word."""
    plain = squeeze(text).casefold()
    for pattern, word in _PHRASES:
        plain = pattern.sub(word, plain)
    return plain


def key_of(word: str) -> str:
    """One form for a word and its synonyms."""
    found = root_of(word)
    return SYNONYM_OF.get(found, found)


def root_of(word: str) -> str:
    """The stem of a word, of its verb where the form is irregular."""
    return stem(IRREGULAR.get(word, word))


def _words(plain: str, covered: list[tuple[int, int]]) -> list[Word]:
    found: list[Word] = []
    for match in _WORD.finditer(plain):
        word = re.sub(r"['’]s$", "", match.group())
        inside = any(start <= match.start() < end for start, end in covered)
        if inside or word in FUNCTION or word == "needn't" or word[0].isdigit() or len(word) < 2:
            continue
        root = root_of(word)
        found.append(Word(SYNONYM_OF.get(root, root), root, word, match.start()))
    return found


def is_light(word: Word) -> bool:
    """Whether the word adds nothing that could be untrue by itself."""
    return word.stem in LIGHT


def _parts(plain: str, words: tuple[Word, ...]) -> list[Part]:
    cuts: list[tuple[int, str, bool]] = [(0, "", True)]
    for match in _CUT.finditer(plain):
        mark = cuts[-1][1]
        if match["stop"]:
            cuts.append((match.end(), "", match["stop"] in ".!?"))
        elif match["and"]:
            cuts.append((match.end(), "", False))
        elif match["comma"]:
            if mark or _CLAUSE_AHEAD.match(plain, match.end()):
                cuts.append((match.end(), "", False))
        elif not (match["mark"] in ("where", "when") and _AFTER_SAYING.search(plain[: match.start()])):
            leads = cuts[-1][2] and not plain[cuts[-1][0] : match.start()].strip()
            if leads:
                cuts.pop()
            cuts.append((match.start(), _MARK_OF[match["mark"]], leads))
    ends = [start for start, _, _ in cuts[1:]] + [len(plain)]
    return [
        _part(plain, words, start, end, mark, leads)
        for (start, mark, leads), end in zip(cuts, ends, strict=True)
        if plain[start:end].strip(" ,.;:|-")
    ]


def _part(plain: str, words: tuple[Word, ...], start: int, end: int, mark: str, leads: bool) -> Part:
    text = plain[start:end]
    force, place = _force(text)
    inside = tuple(word for word in words if start <= word.at < end)
    negated = _scopes(inside, (start + match.start() for match in _NOT.finditer(text)))
    only = _scopes(inside, (start + match.start() for match in _ONLY.finditer(text)))
    forced = _scopes(inside, [start + place], 1) if force else frozenset[str]()
    return Part(mark, inside, force, forced, start + place, negated, only, start, end, leads)


def _force(text: str) -> tuple[str, int]:
    """The force that a part's words give it, and where they stand."""
    for force, pattern in _FORCES:
        match = pattern.search(text)
        if match is not None:
            return force, match.start()
    return "", 0


def _scopes(words: tuple[Word, ...], places: Iterable[int], reach: int = 2) -> frozenset[str]:
    """The first content words behind each place, or the last before it where none follows."""
    found: set[str] = set()
    for place in places:
        behind = [word for word in words if word.at > place and not is_light(word)][:reach]
        behind = behind or [word for word in words if word.at > place][:reach]
        found.update(word.key for word in behind or words[-reach:])
    return frozenset(found)
