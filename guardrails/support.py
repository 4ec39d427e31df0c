"""Do the cited passages say what a claim says? Verbatim first, then words and embedding of the best sentences."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from guardrails.injection import Embed
from guardrails.limits import CLAIM_LIMITS
from guardrails.normalise import squeeze
from guardrails.words import EXCEPTION, NEGATION, content_stems, coverage
from retrieval.sentences import sentences

_GAP: Final = re.compile(r"\s*(?:\[\s*(?:…|\.\.\.)\s*\]|…|\.\.\.)\s*")
_NAME: Final = re.compile(r"(?<=[\w,;:)] )(?!(?:USD|EUR|GBP)\b)[A-Z][\w'’-]+")
_MIN_QUOTE: Final = 3  # words; a shorter piece says nothing by itself
_AROUND: Final = "\"' .,;:"


@dataclass(frozen=True, slots=True)
class Window:
    """One sentence of a passage, or two neighbours, with its content stems."""

    text: str
    stems: frozenset[str]


@dataclass(frozen=True, slots=True)
class Support:
    """How far the best window carries the claim: `words` and `all_words` are coverage (0 to 1) by the best window
    and by all cited text, `meaning` the best cosine, `best` the window; `strangers` counts names that stand nowhere."""

    words: float
    all_words: float
    meaning: float
    best: str
    strangers: int = 0


def stands_verbatim(text: str, source: str) -> bool:
    """True where `text` stands in `source` word for word and what was left off its sentence takes nothing back.

    Pieces joined by an ellipsis must follow each other in the source. Blanks, quotation marks and dashes are
    compared in one form; case must agree but for the first letter.
    """
    # Lines stay apart for the sentence splitter: a table's rows and a list's items are sentences of their own.
    lined = "\n".join(squeeze(line) for line in source.splitlines() if line.strip())
    whole, spans = lined.replace("\n", " "), sentences(lined)
    position = 0
    for piece in _GAP.split(squeeze(text).strip(_AROUND)):
        bare = piece.strip(_AROUND)
        start = _locate(bare, whole, position)
        if start < 0 or len(bare.split()) < _MIN_QUOTE:
            return False
        position = start + len(bare)
        if _takes_back(whole, spans, start, position):
            return False
    return position > 0


def _locate(piece: str, whole: str, after: int) -> int:
    found = [m.start() for m in re.finditer(re.escape(piece[1:]), whole[max(after - 1, 0) :])] if piece else []
    for offset in found:
        start = offset + max(after - 1, 0) - 1
        end = start + len(piece)
        edges = (start <= 0 or not whole[start - 1].isalnum()) and (end >= len(whole) or not whole[end].isalnum())
        if start >= 0 and whole[start].casefold() == piece[0].casefold() and edges:
            return start
    return -1


def _takes_back(whole: str, spans: Sequence[tuple[int, int]], start: int, end: int) -> bool:
    """True where the rest of the first and last sentence touched has a negation or an exception."""
    for first, last in spans:
        if last <= start or first >= end:
            continue
        left_off = f"{whole[first : max(first, start)]} | {whole[min(last, end) : last]}".casefold()
        if NEGATION.search(left_off) or EXCEPTION.search(left_off):
            return True
    return False


def windows(passages: Sequence[str]) -> list[Window]:
    """Single sentences and neighbouring pairs of all passages."""
    found: list[Window] = []
    for passage in passages:
        spans = sentences(passage)
        for i, (start, end) in enumerate(spans):
            found.append(_window(passage[start:end]))
            if i + 1 < len(spans):
                found.append(_window(passage[start : spans[i + 1][1]]))
    return found


def _window(text: str) -> Window:
    return Window(text, frozenset(content_stems(text)))


async def measure(claim: str, passages: Sequence[str], context: str, embed: Embed) -> Support:
    """`context` (headings and question) may supply words that the passages need not repeat, such as the name of the
    regulation; it never supplies meaning. Embeds the claim and the windows that share most words with it."""
    # Figures are checked one by one before; here only words count.
    stems = [s for s in content_stems(claim) if not s[0].isdigit()]
    known = frozenset(content_stems(context))
    had = frozenset(stem for passage in passages for stem in content_stems(passage))
    wanted = [s for s in stems if s in had or s not in known] or stems
    ranked = sorted(windows(passages), key=lambda w: -coverage(wanted, w.stems))
    if not ranked:
        return Support(0.0, 0.0, 0.0, "")
    chosen = ranked[: CLAIM_LIMITS.embedded_windows]
    vectors = await embed([claim, *(w.text for w in chosen)])
    cosines = np.einsum("ij,j->i", vectors[1:], vectors[0])
    joint = cosines + np.asarray([coverage(wanted, w.stems) for w in chosen])
    return Support(
        words=coverage(wanted, chosen[0].stems),
        all_words=coverage(wanted, had),
        meaning=float(np.max(cosines)),
        best=chosen[int(np.argmax(joint))].text,
        strangers=strangers(claim, [*passages, context]),
    )


def strangers(claim: str, texts: Sequence[str]) -> int:
    """How many capitalised words of the claim, its first aside, stand in none of the texts."""
    stands = "\n".join(texts).casefold()
    return sum(name.casefold() not in stands for name in set(_NAME.findall(claim)))
