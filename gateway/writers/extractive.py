"""The built-in writer: no model, only the sentences of the sources that answer the question, word for word.

It is the default without a model key and what every other writer falls back to. A candidate's score is a weighted
sum (weights and floors in `gateway.limits`): likeness in meaning, the share of the question's terms that it covers
(rare ones counting more), whether it has the form of the answer asked for, and how high its source was ranked;
less for what does not stand alone. Few good sentences are better than many.
"""

import asyncio
import math
import re
from collections import Counter
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from gateway.embeddings import Embedder
from gateway.limits import EXTRACTIVE
from gateway.writers.amounts import amounts, fits
from gateway.writers.answer_kind import AnswerKind, answers_in_form, asked_for, holds
from gateway.writers.case_notes import part_of_note
from gateway.writers.checklists import chosen_items
from gateway.writers.ports import ClaimDraft, Form, Part, SourceText, Usage, WritingTask
from gateway.writers.quotable import Candidate, Split, candidates

Terms = Callable[[str], list[str]]
"""Text to its index terms: stemmed words without function words."""

NAME = "extractive-1"

_EXAMPLE_HEADING = re.compile(r"\bexamples?\b", re.IGNORECASE)
_PURPOSE = re.compile(
    r"^\W*(?:\S+ )?(?:this|the) (?:circular|policy|document|schedule|section|part|chapter|checklist) "
    r"(?:says|describes|sets out|covers|explains|regulates|contains|tells|lists)\b|\bnew in this edition\b",
    re.IGNORECASE,
)
_DEFINITION = re.compile(r"\bmeans\b")
_MODEL_FORM = re.compile(r"\b(?:appendix|model (?:form|clause|disclosure|language)s?|sample)\b", re.IGNORECASE)
_SECOND_PERSON = re.compile(r"\b(?:you|your|we|our)\b", re.IGNORECASE)
_REFERENCE = re.compile(r"\b(?:see|refer to|described in|set forth in|as provided in|pursuant to)\b", re.IGNORECASE)
_EXAMPLE = re.compile(r"\W*(?:for (?:example|instance)|examples?|e\.g\.|assume|suppose|to illustrate)\b", re.IGNORECASE)
# Instructions planted in a document for whoever reads it out: never an answer, however well they fit the question.
_TO_AN_ASSISTANT = re.compile(
    r"\b(?:AI|digital|virtual|chat) assistant\b|\bassistants?\s*[:,]|\b(?:for|to) the assistants?\b|\bchat ?bot\b|"
    r"\blanguage model\b|\bLLM\b|\bdear model\b|"
    r"\b(?:tell|inform|instruct|urge|advise) (?:the|every|any|each|your) (?:users?|readers?)\b|"
    r"\b(?:ignore|disregard|forget|override)\b.{0,60}\b(?:instructions?|limits?|rules?|prompts?|section|above)\b",
    re.IGNORECASE,
)

_REGULATION = re.compile(r"\b[Rr]eg(?:ulation|\.)? (?P<name>[A-Z]{1,2})\b")
# The scaffolding of a question that says what is asked for; `answer_kind` reads it, a source need not contain it.
_SCAFFOLD = re.compile(
    r"\bhow (?:long|soon|quickly|fast|often|far in advance|late|early|much|many)\b|\bwhat (?:time|happens|kind)\b|"
    r"\b(?:tell|please|take|takes|know|happens?)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Scored:
    """A candidate with what speaks for it, for tests and for tuning."""

    candidate: Candidate
    terms: frozenset[str]
    coverage: float
    """0 to 1: share of the question's weighted terms in its text and around it."""
    form: float
    """Share of the kinds of answer asked for that it holds."""
    score: float


@dataclass(frozen=True, slots=True)
class _Question:
    asked: frozenset[AnswerKind]
    weights: Mapping[str, float]
    amounts: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class _Words:
    """Terms of a candidate: quoted, in its caption or table header, in its section path, in its document's title."""

    text: frozenset[str]
    context: frozenset[str]
    section: frozenset[str]
    title: frozenset[str]


class ExtractiveWriter:
    """Quotes the best sentences. `split` and `terms` are those of search, so that all mean the same by the words."""

    def __init__(self, embedder: Embedder, split: Split, terms: Terms) -> None:
        self._embedder = embedder
        self._split = split
        self._terms = terms
        self.name: str = NAME

    async def write(self, task: WritingTask) -> AsyncGenerator[ClaimDraft | Usage]:
        task = replace(task, sources=tuple(source.unflagged() for source in task.sources))
        if task.form is Form.CHECKLIST:
            for entry in await asyncio.to_thread(chosen_items, task, self._split, self._terms, is_planted):
                yield ClaimDraft(entry.text, entry.refs, quote=True, part=Part.ITEM)
        else:
            most = EXTRACTIVE.max_claims if task.form is None else EXTRACTIVE.note_claims
            for scored in choose(await self.rank(task), min(task.max_claims, most)):
                candidate = scored.candidate
                part = None if task.form is None else part_of_note(candidate.text)
                yield ClaimDraft(candidate.text, (candidate.source.ref,), quote=True, part=part)
        yield Usage(model=NAME, input_tokens=0, output_tokens=0, calls=1)

    async def aclose(self) -> None:
        """Nothing of its own; the embedder belongs to whoever made it."""

    async def rank(self, task: WritingTask) -> list[Scored]:
        """The likely candidates, best first."""
        likely = await asyncio.to_thread(self._likely, task)
        if not likely:
            return []
        vectors = await self._embedder.embed([task.question, *(_in_context(scored.candidate) for scored in likely)])
        likeness = np.einsum("ij,j->i", vectors[1:], vectors[0])
        rated = [
            replace(scored, score=scored.score + EXTRACTIVE.likeness * float(cosine))
            for scored, cosine in zip(likely, likeness, strict=True)
        ]
        return sorted(rated, key=lambda s: (-s.score, s.candidate.source.ref, s.candidate.start))

    def _likely(self, task: WritingTask) -> list[Scored]:
        """The best by everything but meaning, since each embedding costs some 10 ms of one core."""
        pool = [
            (rank, candidate, words)
            for rank, source in enumerate(_of_named_regulation(task))
            for candidate, words in self._candidates(source)
        ]
        wanted = frozenset(self._terms(_SCAFFOLD.sub(" ", task.question)))
        weights = _weights(wanted, [words.text | words.context for _, _, words in pool])
        question = _Question(asked_for(task.question), weights, tuple(amounts(task.question)))
        scored = [_score(question, rank, candidate, words) for rank, candidate, words in pool]
        likely = [
            s
            for s in scored
            if s.coverage >= EXTRACTIVE.least_coverage
            and answers_in_form(task.question, question.asked, s.candidate.text)
        ]
        return sorted(likely, key=lambda s: -s.score)[: EXTRACTIVE.shortlist]

    def _candidates(self, source: SourceText) -> list[tuple[Candidate, _Words]]:
        title, _, section = source.heading.partition(" › ")
        title_terms, section_terms = frozenset(self._terms(title)), frozenset(self._terms(section))
        return [
            (
                candidate,
                _Words(
                    frozenset(self._terms(candidate.text)),
                    frozenset(self._terms(candidate.context)),
                    section_terms,
                    title_terms,
                ),
            )
            for candidate in candidates(source, self._split)
            if not is_planted(candidate.text)
        ]


def is_planted(text: str) -> bool:
    """Whether it gives orders to an assistant that reads it out."""
    return _TO_AN_ASSISTANT.search(text) is not None


def _of_named_regulation(task: WritingTask) -> Sequence[SourceText]:
    """The sources of the regulation that the question names, where there are any: another one's rule is no answer."""
    names = [match["name"] for match in _REGULATION.finditer(task.question)]
    titled = [
        source
        for source in task.sources
        if any(re.search(rf"\bregulation {name}\b", source.heading, re.IGNORECASE) for name in names)
    ]
    return titled or task.sources


def choose(ranked: Sequence[Scored], limit: int) -> list[Scored]:
    """The best and what comes near it, without saying the same twice. A list takes the place of an item of its own
    that was scored a little higher, since its lead-in says whom the item is about."""
    chosen: list[Scored] = []
    for scored in ranked:
        if scored.score < EXTRACTIVE.least_score or (chosen and scored.score < EXTRACTIVE.near_best * chosen[0].score):
            break
        inside = [at for at, other in enumerate(chosen) if _contains(scored, other)]
        if inside and scored.score >= EXTRACTIVE.as_good * chosen[inside[0]].score:
            chosen = [c for at, c in enumerate(chosen) if at not in inside[1:]]
            chosen[inside[0]] = scored
        elif len(chosen) < limit and not any(_repeats(scored, other) for other in chosen):
            chosen.append(scored)
    return chosen


def _contains(whole: Scored, part: Scored) -> bool:
    a, b = whole.candidate, part.candidate
    return a.source.ref == b.source.ref and a.start <= b.start and b.end <= a.end


def _score(question: _Question, rank: int, candidate: Candidate, words: _Words) -> Scored:
    weights = question.weights
    total = sum(weights.values()) or 1.0
    coverage = sum(weight * _share(term, words) for term, weight in weights.items()) / total
    asked = question.asked
    form = sum(holds(candidate.text, kind) for kind in asked) / len(asked) if asked else 0.0
    score = EXTRACTIVE.coverage * coverage + EXTRACTIVE.form * form - EXTRACTIVE.rank * rank
    score += EXTRACTIVE.amount * _amount_sign(candidate, question) - _penalty(candidate, asked)
    return Scored(candidate, words.text, coverage, form, score)


def _share(term: str, words: _Words) -> float:
    if term in words.text:
        return 1.0
    if term in words.context:
        return EXTRACTIVE.context_share
    if term in words.section:
        return EXTRACTIVE.section_share
    return EXTRACTIVE.title_share if term in words.title else 0.0


def _amount_sign(candidate: Candidate, question: _Question) -> int:
    """1 where the candidate's range holds an amount of the question, -1 where it holds none of them, else 0."""
    inside = fits(candidate.text, list(question.amounts))
    return 0 if inside is None else 1 if inside else -1


def _repeats(one: Scored, other: Scored) -> bool:
    a, b = one.candidate, other.candidate
    if a.source.ref == b.source.ref and a.start < b.end and b.start < a.end:
        return True
    smaller = min(len(one.terms), len(other.terms))
    return smaller > 0 and len(one.terms & other.terms) / smaller >= EXTRACTIVE.repeats


def _weights(wanted: frozenset[str], pool: Sequence[frozenset[str]]) -> dict[str, float]:
    """1 to 2 for each term of the question, more for one that few candidates have.

    Sources are chosen for the question, so a word that most of them have is still what it is about: rarity alone
    would let a chance match of a side word win.
    """
    seen = Counter(term for terms in pool for term in terms & wanted)
    whole = math.log(len(pool) + 1) or 1.0
    return {term: 1 + math.log((len(pool) + 1) / (max(1, seen[term]) + 1)) / whole for term in sorted(wanted)}


def _penalty(candidate: Candidate, asked: frozenset[AnswerKind]) -> float:
    text, penalties = candidate.text, EXTRACTIVE.penalties
    heading = f"{candidate.source.heading} {candidate.context}"
    applies = {
        candidate.kind.value: True,
        "dangling": candidate.dangling,
        "purpose": _PURPOSE.search(text) is not None,
        "example": _EXAMPLE.match(text) is not None or _EXAMPLE_HEADING.search(heading) is not None,
        "reference": len(text) < EXTRACTIVE.short_reference and _REFERENCE.search(text) is not None,
        "definition": AnswerKind.MEANING not in asked and _DEFINITION.search(text) is not None,
        "model_form": _MODEL_FORM.search(candidate.source.heading) is not None
        and _SECOND_PERSON.search(text) is not None,
    }
    return sum(penalties[name] for name, is_so in applies.items() if is_so)


def _in_context(candidate: Candidate) -> str:
    where = candidate.source.heading.split(" › ")[-2:]
    return f"{' › '.join(where)}: {candidate.context} {candidate.text}"[: EXTRACTIVE.likeness_characters]
