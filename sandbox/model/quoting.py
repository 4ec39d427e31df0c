"""The default model: it answers a question by quoting the numbered evidence, one JSON line per claim."""

import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import orjson

NOT_AN_ANSWER_TASK = "The sandbox model answers only questions that come with numbered evidence."
MAX_QUOTES = 3
SHORTEST_QUOTE = 20  # characters: shorter pieces are headings and table scraps
HEADING_SHARE = 0.5
LENGTH_COST = 0.15
RARITY = 0.5
NEAR_BEST = 0.6  # a further quote is given when it scores at least this share of the best one's score
STEM_LENGTH = 7  # so that `investigate` meets `investigation`
MIN_COVER = 0.4  # share of the question's weighted words that a quote must contain; below it says nothing

_QUESTION = re.compile(r"<question>(.*?)</question>", re.DOTALL)
_EVIDENCE = re.compile(r"<evidence>(.*)</evidence>", re.DOTALL)
_PASSAGE_HEAD = re.compile(r"^\[(\d+)\][ \t]*(.*)$", re.MULTILINE)
_SENTENCE_END = re.compile(r"(?<=[.!?;])\s+(?=[A-Z0-9(“\"§])|\n\s*\n|\n(?=\s*(?:[-*•|]|\d+\.\s))")
_WORD = re.compile(r"[a-z0-9]+(?:[.,]\d+)*")
_ENDING = re.compile(r"(?:ing|ed|ie|e|y)$")
_COMMON = frozenset(
    _WORD.findall(
        "a about after all an and any are as at be been but by can do does for from had has have how i if in "
        "into is it its long many may more much must my need no not of on or our shall should so than that "
        "the their them then there these they this to under up us was we what when where which who whose why "
        "will with within would you your"
    )
)


@dataclass(frozen=True, slots=True)
class Passage:
    """One numbered piece of evidence as the prompt shows it."""

    ref: int
    heading: str
    text: str


@lru_cache(maxsize=512)
def answer(prompt: str) -> str:
    """JSON lines `{"text", "citations"}` for a prompt; no line where no evidence speaks to the question.

    A question that comes with `<history>` to be made independent of it is given back as it is.
    """
    question, evidence = _QUESTION.findall(prompt), _EVIDENCE.search(prompt)
    if question and evidence is None and "<history>" in prompt:
        return orjson.dumps({"question": question[-1].strip()}).decode()
    if not question or evidence is None:
        return NOT_AN_ANSWER_TASK
    quotes = choose_quotes(question[-1], read_passages(evidence.group(1)))
    return "\n".join(orjson.dumps({"text": text, "citations": [ref]}).decode() for ref, text in quotes)


def question_of(prompt: str) -> str:
    """The question of a prompt, empty where it has none."""
    found = _QUESTION.findall(prompt)
    return found[-1] if found else ""


def evidence_of(prompt: str) -> str | None:
    """The numbered evidence of a prompt; None where it is no task of writing."""
    found = _EVIDENCE.search(prompt)
    return None if found is None else found.group(1)


def read_passages(evidence: str) -> list[Passage]:
    """The passages: each starts with a line `[n] title › section`."""
    heads = list(_PASSAGE_HEAD.finditer(evidence))
    ends = [*(head.start() for head in heads[1:]), len(evidence)][: len(heads)]
    return [
        Passage(int(head.group(1)), head.group(2).strip(), evidence[head.end() : end].strip())
        for head, end in zip(heads, ends, strict=True)
    ]


def choose_quotes(question: str, passages: Sequence[Passage]) -> list[tuple[int, str]]:
    """Number and text of the sentences that share most of the question's words, best first.

    A word that few sentences have counts up to half as much again; one that stands only in the passage's
    heading counts in part.
    """
    wanted = _stems(question) - _COMMON
    sentences = [
        (passage, sentence)
        for passage in passages
        for part in _SENTENCE_END.split(passage.text)
        if len(sentence := " ".join(part.split())) > SHORTEST_QUOTE
    ]
    stems = [_stems(sentence) for _, sentence in sentences]
    seen = Counter(stem for words in stems for stem in words & wanted)
    weight = {stem: 1 + RARITY / (1 + seen[stem]) for stem in wanted}
    enough = MIN_COVER * sum(weight.values())
    scored: list[tuple[float, int]] = []
    for index, words in enumerate(stems):
        heading = (_stems(sentences[index][0].heading) & wanted) - words
        own = sum(weight[stem] for stem in words & wanted)
        shared = own + HEADING_SHARE * sum(weight[stem] for stem in heading)
        if own and shared >= enough:
            scored.append((shared / (1 + LENGTH_COST * math.log(len(words))), index))
    scored.sort(key=lambda entry: (-entry[0], entry[1]))
    chosen: dict[str, int] = {}
    for score, index in scored:
        if len(chosen) < MAX_QUOTES and score >= NEAR_BEST * scored[0][0]:
            passage, sentence = sentences[index]
            chosen.setdefault(sentence, passage.ref)
    return [(ref, text) for text, ref in chosen.items()]


def _stems(text: str) -> set[str]:
    """Words without their endings, roughly: enough to match `dispute` with `disputed`."""
    return {word if word in _COMMON else _stem(word) for word in _WORD.findall(text.lower())}


def _stem(word: str) -> str:
    singular = word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word
    return (_ENDING.sub("", singular) if len(singular) > 5 else singular)[:STEM_LENGTH]
