"""Content words as comparable stems, names and negations: what the claim and sufficiency checks count."""

import re
from collections.abc import Iterable
from typing import Final

from retrieval.terms import STOP_WORDS, normalise, stem

_WORD: Final = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?|\d[\d.,]*")
# Words that carry no subject of their own in a question or a claim about policy.
_EMPTY_WORDS: Final = """
    must shall may might can cannot could will would should need needs required require requires also however only not
    no never more most many much long often soon exactly please tell explain know want say says said does doing done
    get give given make made take taken according provided following within after before until during under over about
    between per each every all any some other another one two first case cases rule rules happen happens mean means let
    us we they he she it there here yes apply applies applied question answer keep kept wanted wants ought
    three four five six seven eight nine ten eleven twelve fifteen twenty thirty forty fifty sixty seventy eighty ninety
    hundred thousand million
"""
_EMPTY: Final = frozenset(_EMPTY_WORDS.split())
NEGATION: Final = re.compile(
    r"\b(?:not|no|never|none|neither|nor|without|cannot|can't|isn't|aren't|don't|doesn't|won't|mustn't|shouldn't|"
    r"prohibit\w*|"
    r"forbid\w*|forbidden|unlawful|refus\w+)\b"
)
EXCEPTION: Final = re.compile(
    r"\b(?:except|unless|only|provided that|other than|notwithstanding|solely|until|till|as long as|so long as)\b"
)


def content_sequence(text: str) -> list[str]:
    """Stems of the words and figures that carry meaning, in order, with repetitions."""
    found: list[str] = []
    for match in _WORD.finditer(normalise(text)):
        word = match.group().rstrip(".,").replace(",", "")
        if word.endswith(("'s", "’s")):
            word = word[:-2]
        if word and word not in STOP_WORDS and word not in _EMPTY and (len(word) > 1 or word.isdigit()):
            found.append(stem(word))
    return found


def content_stems(text: str) -> list[str]:
    """`content_sequence` without repetitions."""
    return list(dict.fromkeys(content_sequence(text)))


def coverage(wanted: Iterable[str], had: frozenset[str] | set[str]) -> float:
    """The share of `wanted` stems that `had` has; 1 when nothing is wanted."""
    stems = list(wanted)
    return sum(s in had for s in stems) / len(stems) if stems else 1.0
