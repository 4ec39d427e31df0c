"""Text that no answer may hold, wherever it was taken from: links and what passes for one, markup, invisible signs,
orders to the reader or to an assistant, advertising, and another language than the sources'.
"""

import re
import unicodedata
from collections.abc import Sequence
from typing import Final

from guardrails.normalise import fold, hidden_characters
from guardrails.planted import orders_an_assistant

_MARKUP: Final = re.compile(
    r"</?[a-z!][^>]*>|&(?:[a-z]{2,8}|#x?[0-9a-f]{1,6});|```|`[^`]+`|!?\[[^\]]*\]\([^)]*\)|\{\{|\}\}|\{%|"
    r"\$\(|^\s*#{1,6}\s|(?<!\w)(?:\*\*|__)\w[^*_]*(?:\*\*|__)|^\s*(?:[-*+]|>)\s+\S|^\s*\|.*\|\s*$|^-{3,}$|"
    r"on(?:click|error|load|mouseover)\s*=",
    re.IGNORECASE | re.MULTILINE,
)
# A scheme, or a name with dots that ends in letters. Sections ("1005.11"), abbreviations ("e.g.", "U.S.C.") and
# sentences without a blank between them ("done.The") are none: an abbreviation has one letter between its dots, and a
# sentence begins with a capital.
_SCHEME: Final = re.compile(
    r"\b(?:https?|hxxps?|ftp|file|tel|sms|mailto|javascript|data|vbscript|whatsapp|tg)\s?:\s?\S|\bwww\b\W",
    re.IGNORECASE,
)
_HOST: Final = re.compile(r"(?<![\w.])(?:[a-z0-9][a-z0-9-]+\.)+(?:[a-z]{2,18}|xn--[a-z0-9]+)(?![\w])")
_ADDRESS: Final = re.compile(r"\b\d{1,3}(?:\.\d{1,3}){3}\b|[\w.+-]+\s?@\s?[\w-]+\s?\.\s?\w{2,}")
_SPELT: Final = re.compile(
    r"\b[a-z0-9-]{2,}\s?(?:[\[({<]\s?(?:dot|\.|punkt)\s?[\])}>]|\bdot\b|\(dot\))\s?(?:[a-z]{2,10})\b|"
    r"\b[\w.-]+\s?(?:[\[({<]\s?at\s?[\])}>])\s?[\w-]+|\b[a-z0-9-]{3,}\s?\.\s(?:com|net|org|info|io|biz|xyz|app|co)\b|"
    r"\b(?:slash|colon) slash\b"
)
_NO_HOST: Final = frozenset({"e.g", "i.e", "a.m", "p.m", "etc", "vs", "al", "no", "inc", "ltd", "dept"})
_DOTS: Final = str.maketrans(dict.fromkeys("。．｡․‧∙•・·⸱ꓸ𐩐", "."))
# Orders to the reader that no policy sentence needs, however a document words them.
_ORDER: Final = re.compile(
    r"\b(?:click|tap|log ?in|sign in|visit|download|install|scan)\b.{0,40}\b(?:here|link|below|following|qr|app|now|"
    r"attachment)\b|"
    r"\b(?:send|share|give|tell|e-?mail|enter|type|forward|reply with) (?:me|us|the assistant)? ?(?:your|the) "
    r"(?:\w+ )?(?:password|pin|credentials|one[- ]time code|card number|cvv|secret)\b|"
    r"\b(?:call|dial|phone|ring|text|whatsapp|message|contact|e-?mail|write to|reach) (?:us|me|now|today|"
    r"(?:our|this|the following) (?:hotline|number|helpline|agent|team))\b|"
    r"\b(?:wire|transfer|send|pay) (?:the |your |all )?(?:money|funds|amount|balance|savings) (?:to|at once|now)\b"
)
_ADVERTISING: Final = re.compile(
    r"\b(?:best|greatest|cheapest|leading|number one|no\. ?1|world[- ]class|unbeatable|award[- ]winning|most trusted) "
    r"(?:\w+ )?(?:bank|rates?|deals?|offers?|service|prices?|choice|product)s?\b|"
    r"\b(?:limited|special|exclusive|unique|amazing|incredible|great|one-?time|today's|hot) (?:time )?"
    r"(?:offer|deal|discount|opportunity|promotion)s?\b|"
    r"\b(?:don'?t|do not) (?:miss|wait|hesitate|delay)(?! to (?:report|block|inform|tell|escalate))\b|\bhurry\b|"
    r"\b(?:act|buy|order|apply|join|sign up|subscribe|register|switch|invest|try it) (?:now|today|for free|at once)\b|"
    r"\b(?:guaranteed|risk-?free) (?:returns?|profits?|gains?|approval|income|winnings?)\b|"
    r"\bwin (?:a|an|big|cash|up to)\b|"
    r"\b(?:you(?:'ve| have)|customers? (?:have|has)) (?:been (?:selected|chosen)|won)\b|\bcongratulations\b|"
    r"\b(?:we|i) (?:strongly |highly |warmly )?recommend (?:that you (?:buy|invest|switch)|our|buying|switching|"
    r"investing)\b|"
    r"\bwhile (?:stocks?|supplies) lasts?\b|\bmoney[- ]back\b|\bfollow us\b|\bpromo(?:tion)? code\b|!{2,}"
)
_WORD: Final = re.compile(r"[^\W\d_]{2,}")
# What English can't be written without; other languages have other such words.
_ENGLISH_WORDS: Final = """
    the of to in on at for from with by as is are was were be been being it its this that these those he she they
    and or but if when where while who which how than then there not no may must shall can will any all each only
    unless except until before after within under over more less up out an has have had does do their his her
"""
_ENGLISH: Final = frozenset(_ENGLISH_WORDS.split())


def is_unsafe(text: str) -> bool:
    """Whether a claim has something in it that no answer may hold."""
    folded = fold(text)
    return bool(
        hidden_characters(text)
        or _controls(text)
        or _MARKUP.search(text)
        or has_link(text)
        or _ORDER.search(folded)
        or _ADVERTISING.search(folded)
        or orders_an_assistant(text)
    )


def has_link(text: str) -> bool:
    """Whether the text has an address to go to, also one written so that it does not look like one."""
    plain = unicodedata.normalize("NFKC", text.translate(_DOTS)).translate(_DOTS)
    folded = fold(plain)
    if _SCHEME.search(folded) or _ADDRESS.search(folded) or _SPELT.search(folded):
        return True
    return any(match.group().casefold().strip(".") not in _NO_HOST for match in _HOST.finditer(_joined(plain)))


def _joined(plain: str) -> str:
    """Lower-case names keep their case, so that "done.The" stays a missing blank; look-alike letters are Latin."""
    return " ".join(word if not word[:1].isupper() or word.count(".") > 1 else _lead(word) for word in plain.split())


def _lead(word: str) -> str:
    head, _, tail = word.partition(".")
    return word if tail[:1].isupper() else f"{head.casefold()}.{tail}" if tail else word


def _controls(text: str) -> bool:
    return any(unicodedata.category(c) in ("Cc", "Cf", "Co", "Cs", "Cn") for c in text if c not in "\n\t\r")


def other_language(text: str, sources: Sequence[str]) -> bool:
    """Whether a claim is written in another language, or script, than its sources.

    A word that a source has is no sign of either. Short claims without any such words pass: the other checks decide.
    """
    had = frozenset(word for source in sources for word in _WORD.findall(source.casefold()))
    words = _WORD.findall(text.casefold())
    strange = [word for word in words if word not in had]
    if any(not _is_latin(word) for word in strange):
        return True
    if not any(word in _ENGLISH for word in had):
        return False
    return len(strange) >= 4 and len(strange) >= 0.6 * len(words) and not any(word in _ENGLISH for word in words)


def _is_latin(word: str) -> bool:
    return all("LATIN" in unicodedata.name(c, "") for c in word)
