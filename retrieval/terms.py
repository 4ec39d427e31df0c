"""Text -> index terms: stemmed words, figures and citations, the same for documents and questions."""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Protocol, cast

import snowballstemmer

from retrieval.spelling import one_spelling


class _Stemmer(Protocol):
    def stemWord(self, word: str) -> str: ...  # noqa: N802 -- the package's name


_English = cast(type[_Stemmer], snowballstemmer.EnglishStemmer)

# Function words and the scaffolding of questions. Short on purpose: what is common in one bank's papers is already
# discounted by its document frequency, and "not", "no", "only" and "must" carry meaning in a policy.
_STOP_WORDS = """
a an and any are as at be been being but by can could did do does for from had has have how i if in into is it its may
me my of on or our shall should so such than that the their them then there these they this those to under was we were
what when where which while who whom whose why will with would you your
"""
STOP_WORDS = frozenset(_STOP_WORDS.split())

# One number with its paragraph markers ("1005.11(c)(1)"), a lone marker ("(iv)"), the section sign, or a word.
_TOKEN = re.compile(
    r"(?P<number>[a-z]{0,3}\d[\d.,]*)(?P<markers>(?:\s?\([a-z0-9]{1,4}\))*)"
    r"|(?P<marker>\([a-z0-9]{1,4}\))"
    r"|(?P<sign>§)"
    r"|(?P<word>[^\W\d_]+(?:['’][^\W\d_]+)?)"
)
_MARKER = re.compile(r"\([a-z0-9]{1,4}\)")
# Zero-width and directional marks that PDF and Word exports leave inside citations.
_INVISIBLE = dict.fromkeys([0x00AD, *range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2060, 0x2065), 0xFEFF])


@lru_cache(maxsize=65_536)
def stem(word: str) -> str:
    """The Snowball English stem of a lower-case word in its one spelling."""
    # A stemmer of its own for each word: it keeps the word it works on in itself, and several threads index at once.
    return _English().stemWord(one_spelling(word))


def normalise(text: str) -> str:
    """Compatibility-composed, lower-case, without invisible characters."""
    return unicodedata.normalize("NFKC", text).translate(_INVISIBLE).lower()


def terms(text: str) -> list[str]:
    """The terms of running text, in order and with repetitions; stop words are dropped.

    A citation gives itself and its ancestors: "1005.11(c)(1)" -> 1005.11, 1005.11(c), 1005.11(c)(1); thousands
    separators go ("1,000" and "1000" are one term).
    """
    return list(_terms(normalise(text)))


def path_terms(path: Sequence[str]) -> list[str]:
    """The terms of a section path, whose last markers continue the last numbered heading.

    ("§ 1005.11 Resolving errors", "(c) Time limits", "(1)") also gives 1005.11(c) and 1005.11(c)(1).
    """
    found: list[str] = []
    citation = ""
    for heading in path:
        clean = normalise(heading).strip()
        found.extend(_terms(clean))
        marker = _MARKER.match(clean)
        if marker and citation:
            citation += marker.group()
            found.append(citation)
            continue
        number = _first_number(clean)
        citation = number or citation
    return found


def _terms(text: str) -> Iterator[str]:
    for match in _TOKEN.finditer(text):
        if number := match["number"]:
            yield from _citation(_plain(number), _MARKER.findall(match["markers"]))
        elif word := match["word"]:
            base = word.replace("’", "'").split("'")[0] if "'" in word or "’" in word else word
            if base not in STOP_WORDS:
                yield stem(base)
        else:
            yield match.group()


def _citation(number: str, markers: Iterable[str]) -> Iterator[str]:
    yield number
    for marker in markers:
        number += marker
        yield number


def _plain(number: str) -> str:
    return number.replace(",", "").rstrip(".")


def _first_number(text: str) -> str:
    match = re.search(r"[a-z]{0,3}\d[\d.,]*", text)
    return _plain(match.group()) if match else ""
