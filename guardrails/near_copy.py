"""Does a claim repeat a sentence of its passage with a few words changed? Then those words decide.

A paraphrase says the same in words of its own, and is weighed. A near copy keeps a sentence's words in their order; who
changes one of them means something by it, and what is a step for a model of likeness ("above" for "below") is another
rule for the reader. So of a near copy only harmless words may differ: articles and the like, other forms of the same
word, the same words elsewhere in the sentence, a name in place of a pronoun.
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import lru_cache
from typing import Final

from guardrails.normalise import squeeze
from guardrails.thresholds import NEAR_COPY
from retrieval.sentences import sentences
from retrieval.terms import stem

_TOKEN: Final = re.compile(r"[^\W\d_]+(?:['-][^\W\d_]+)*|\d+(?:[.,:/]\d+)*|[%$€£]")
_NUMBERED: Final = re.compile(r"^\W*\d{1,3}(?:\.\d{1,3})*[.)]?\s+")
"""A paragraph's number, which may hide that a claim begins as its sentence does."""

_HARMLESS_WORDS: Final = """
    a an the this that these those such said its their his her of to in on at by for from with as is are was were be
    been being has have had do does it they he she which who whom whose and then so also thus there here any shall must
    will under per via according about regarding
    """
_HARMLESS: Final = frozenset(_HARMLESS_WORDS.split())
_PRONOUN_WORDS: Final = "it they he she this that these those its their his her them him such"
_PRONOUNS: Final = frozenset(_PRONOUN_WORDS.split())
_LIMITS_WORDS: Final = """
    not no never neither nor none without cannot only alone solely exclusively unless except excluding until till if
    provided least most more less fewer above below over before after within both either together once immediately same
    every all each some may can might could should optional always first last half twice but otherwise than or
    """
_LIMITS: Final = frozenset(_LIMITS_WORDS.split())
"""Words that a rule turns on: they may neither come nor go."""

_LEFT_OFF: Final = re.compile(
    r"\b(?:not|no|never|none|neither|nor|without|cannot|unless|except|until|till|only|alone|provided|otherwise|"
    r"as long as|so long as|on condition|other than|notwithstanding)\b"
)
_TEENS: Final = """
    zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen
    eighteen nineteen
"""
_TENS: Final = "twenty thirty forty fifty sixty seventy eighty ninety"
_SAME: Final = (
    {word: str(number) for number, word in enumerate(_TEENS.split())}
    | {word: str(10 * number) for number, word in enumerate(_TENS.split(), 2)}
    | {"%": "percent", "$": "usd", "€": "eur"}
    | {"when": "if", "where": "if", "till": "until", "solely": "only", "exclusively": "only"}
)
"""Words that stand for one another."""


@dataclass(frozen=True, slots=True)
class _Words:
    """A text as comparable words, with where each begins and ends."""

    keys: tuple[str, ...]
    words: tuple[str, ...]
    spans: tuple[tuple[int, int], ...]
    text: str


def changes_a_sentence(claim: str, passages: Sequence[str], known: Iterable[str] = ()) -> bool:
    """Whether the claim copies a sentence of the passages, or nearly, and says something else beside or instead.

    `known`: headings and the question, whose words may be put in.
    """
    return any(_changes(text, passages, known) for text in {claim, _NUMBERED.sub("", claim)})


def _changes(claim: str, passages: Sequence[str], known: Iterable[str]) -> bool:
    said = _words(claim)
    if len(said.keys) < NEAR_COPY.words:
        return False
    windows = [window for passage in passages for window in _windows(passage)]
    names = frozenset(key for text in known for key in _words(text).keys)
    if not windows:
        return False
    copied = max(windows, key=lambda window: _share(said, window))
    if _is_copy(said, _share(said, copied)):
        return _differs(said, copied, names)
    held = max(windows, key=lambda window: _held(said, window))
    return (_held(said, held) > 0.0 and _adds(said, held, windows, names)) or _is_glued(said, windows)


def nearest(claim: str, passages: Sequence[str], most: int) -> list[str]:
    """The passages, at most so many, that share most words with the claim; the first of those that share as many."""
    keys = frozenset(_words(claim).keys)
    return sorted(passages, key=lambda passage: -len(keys & frozenset(_words(passage).keys)))[:most]


def _is_glued(said: _Words, windows: Sequence[_Words]) -> bool:
    """Whether the claim is the beginning of one sentence run into the end of another."""
    size = len(said.keys)
    head = max(_run(said.keys, window.keys) for window in windows)
    tail = max(_run(said.keys[::-1], window.keys[::-1]) for window in windows)
    if head < 2 or tail < 2 or head + tail < size - 1 or max(head, tail) == size:
        return False
    joint = said.text[said.spans[head - 1][1] : said.spans[min(head, size - 1)][0]]
    return not re.search(r"[.;:,]", joint)


def _run(keys: Sequence[str], among: Sequence[str]) -> int:
    """How many of the first words stand one behind the other somewhere among those."""
    best = 0
    for at in range(len(among)):
        length = 0
        while length < len(keys) and at + length < len(among) and keys[length] == among[at + length]:
            length += 1
        best = max(best, length)
    return best


def _is_copy(said: _Words, share: float) -> bool:
    """Of a short sentence one or two words are a large share."""
    few = (1.0 - share) * len(said.keys) <= NEAR_COPY.few and share >= NEAR_COPY.short_share
    return share >= NEAR_COPY.share or few


def _share(said: _Words, window: _Words) -> float:
    """The share of the claim's words that stand in the sentence in the same order, less a little for what the sentence
    has beyond them."""
    if sum((Counter(said.keys) & Counter(window.keys)).values()) < NEAR_COPY.short_share * len(said.keys):
        return 0.0
    return _equal(said, window) / len(said.keys) - 0.001 * len(window.keys)


def _held(said: _Words, window: _Words) -> float:
    """How many words of a whole sentence the claim holds in their order; 0 where it holds only a part of it."""
    size = len(window.keys)
    if not window.text.rstrip().endswith("."):
        return 0.0  # a heading, or a lead-in
    if size < NEAR_COPY.held or sum((Counter(said.keys) & Counter(window.keys)).values()) < NEAR_COPY.whole * size:
        return 0.0
    equal = _equal(said, window)
    return float(equal) if equal >= NEAR_COPY.whole * size else 0.0


def _equal(said: _Words, window: _Words) -> int:
    return sum(block.size for block in _matcher(said, window).get_matching_blocks())


def _adds(said: _Words, held: _Words, windows: Sequence[_Words], names: frozenset[str]) -> bool:
    """Whether what the claim says beside a sentence that it holds stands in none of the others."""
    blocks = [block for block in _matcher(said, held).get_matching_blocks() if block.size]
    first, last = blocks[0].b, blocks[-1].b + blocks[-1].size
    for start, end in ((0, first), (last, len(said.keys))):
        rest = _part(said, start, end)
        if any(word in _LIMITS or (word not in _HARMLESS and word not in names) for word in rest.keys):
            copied = max(windows, key=lambda window: _share(rest, window))
            if _share(rest, copied) < NEAR_COPY.share or _differs(rest, copied, names):
                return True
    return _differs(_part(said, first, last), held, names)


def _part(said: _Words, start: int, end: int) -> _Words:
    return _Words(said.keys[start:end], said.words[start:end], said.spans[start:end], said.text)


def _matcher(said: _Words, window: _Words) -> SequenceMatcher[str]:
    return SequenceMatcher(None, window.keys, said.keys, autojunk=False)


def _differs(said: _Words, home: _Words, names: frozenset[str]) -> bool:
    blocks = [block for block in _matcher(said, home).get_matching_blocks() if block.size]
    first, last = blocks[0].a, blocks[-1].a + blocks[-1].size
    head, tail = home.text[: home.spans[first][0]], home.text[home.spans[last - 1][1] :]
    came: list[str] = []
    went: list[str] = []
    beside: list[str] = []
    for tag, i1, i2, j1, j2 in _matcher(said, home).get_opcodes():
        if tag == "equal":
            continue
        came += said.words[j1:j2]
        beside += said.words[j1:j2] if tag == "insert" else ()
        went += [home.words[i] for i in range(i1, i2) if first <= i < last]
    added, lost = Counter(map(_key, came)), Counter(map(_key, went))
    new, gone = added - lost, lost - added
    outside = Counter(_words(head).keys) + Counter(_words(tail).keys)
    new -= outside  # the same words elsewhere in the sentence
    if any(word in _LIMITS for word in (*new, *gone)):
        return True
    named = {_key(word) for word in beside} & names
    if any(word in _PRONOUNS for word in (*went, *_words(head).words)):
        named |= names
    if any(word not in _HARMLESS and word not in named for word in new):
        return True
    left_off = f"{head} | {tail}".casefold()
    kept = Counter(said.words)
    return any(not kept[match.group().split()[0]] for match in _LEFT_OFF.finditer(left_off))


@lru_cache(maxsize=512)
def _windows(passage: str) -> tuple[_Words, ...]:
    """Each sentence of a passage. A row of a table is none: who tells it needs words of his own."""
    lined = "\n".join(squeeze(line) for line in passage.splitlines() if line.strip())
    found = [lined[start:end] for start, end in sentences(lined)]
    return tuple(words for text in found if " | " not in text and (words := _words(text)).keys)


@lru_cache(maxsize=2048)
def _words(text: str) -> _Words:
    plain = squeeze(text).casefold()
    found = list(_TOKEN.finditer(plain))
    words = tuple(_SAME.get(match.group(), match.group()) for match in found)
    return _Words(tuple(map(_key, words)), words, tuple(match.span() for match in found), plain)


def _key(word: str) -> str:
    return word if word in _LIMITS or word[0].isdigit() else stem(word)
