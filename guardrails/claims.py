"""May this claim be released? Every check, cheapest first; the first that fails decides. Nothing passes unchecked.

1 shape and citations · 2 links, markup, orders, advertising · 3 verbatim, which passes at once: its figures and names
are the passage's own · 4 language · 5 figures: there at all, and of what the claim gives them to · 6 personal data ·
7 the rule turned: force, conditions, exceptions, opposites, parties · 8 support as a whole, by the packaged model or
by the model that the bank has configured.
An error in a check propagates: the caller withholds the claim (invariant 12). The text of a claim is an attacker's
(invariant 8).
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from guardrails.alignment import Carried, Sentence, align, sentences_of
from guardrails.entailment import Entailment, entailed
from guardrails.figures import misplaced
from guardrails.injection import Embed
from guardrails.limits import CLAIM_LIMITS
from guardrails.narrative import tells_a_story
from guardrails.near_copy import changes_a_sentence, nearest
from guardrails.personal_data import PersonalDataDetector, adds_personal_data
from guardrails.placeholders import fits, plain
from guardrails.quantities import missing
from guardrails.reasons import ReasonCode
from guardrails.support import Support, measure
from guardrails.thresholds import CLAIM
from guardrails.twists import Said, Twist, twists
from guardrails.unsafe import is_unsafe, other_language
from guardrails.verbatim import stands_verbatim
from guardrails.verdict import Verdict, allow, refuse
from guardrails.wording import Reading, read


class Claim(Protocol):
    """One sentence of an answer; `gateway.models.ClaimDraft` is one."""

    @property
    def text(self) -> str: ...
    @property
    def citations(self) -> tuple[int, ...]: ...
    @property
    def quote(self) -> bool: ...


class Source(Protocol):
    """A passage given to the model; `gateway.models.SourceText` is one."""

    @property
    def text(self) -> str: ...
    @property
    def heading(self) -> str: ...


_CODE_OF = {
    Twist.FORCE: ReasonCode.MODALITY_CHANGED,
    Twist.CONDITION_DROPPED: ReasonCode.CONDITION_DROPPED,
    Twist.CONDITION_TURNED: ReasonCode.CONDITION_CHANGED,
}


@dataclass(frozen=True, slots=True)
class Examined:
    """A claim beside its cited passages: all that the last checks decide by."""

    reading: Reading
    texts: tuple[str, ...]
    available: tuple[Sentence, ...]
    carried: tuple[Carried, ...]
    said: Said
    support: Support


async def check(
    claim: Claim,
    sources: Mapping[int, Source],
    question: str,
    embed: Embed,
    personal_data: PersonalDataDetector,
    entailment: Entailment | None = None,
) -> Verdict:
    """The verdict on one claim against the passages of this run, keyed by their reference number. `entailment`: a
    model of the bank's own that decides whether the claim is supported as a whole."""
    problem = _shape(claim, sources) or (ReasonCode.UNSAFE_TEXT if is_unsafe(claim.text) else None)
    if problem is not None:
        return refuse(problem)
    cited = [sources[ref] for ref in dict.fromkeys(claim.citations)]
    texts = [source.text for source in cited]
    headings = [source.heading for source in cited]
    if not fits(claim.text, question, "\n".join([*headings, *texts])):
        return refuse(ReasonCode.PERSONAL_DATA)
    if any(stands_verbatim(claim.text, text) for text in texts):
        return allow(1.0)
    problem = await asyncio.to_thread(_hard, claim, texts, headings, personal_data)
    if problem is not None:
        return refuse(problem)
    best = nearest(claim.text, texts, CLAIM_LIMITS.together)
    examined = await examine(plain(claim.text), best, headings, question, embed)
    verdict = judge(examined)
    if verdict and await asyncio.to_thread(changes_a_sentence, claim.text, texts, [*headings, question]):
        return refuse(ReasonCode.MEANING_TURNED, verdict.score)
    if entailment is None or verdict.code not in (ReasonCode.ALLOWED, ReasonCode.NOT_SUPPORTED):
        return verdict
    return await entailed(plain(claim.text), texts, entailment)


def _hard(
    claim: Claim, texts: Sequence[str], headings: Sequence[str], personal_data: PersonalDataDetector
) -> ReasonCode | None:
    """What forbids the claim whatever its words mean."""
    evidence = "\n".join([*headings, *texts])
    if other_language(claim.text, [evidence]):
        return ReasonCode.OTHER_LANGUAGE
    if missing(plain(claim.text), plain("\n".join(texts)), plain("\n".join(headings))):
        return ReasonCode.FIGURE_NOT_IN_SOURCE
    if adds_personal_data(claim.text, [evidence], personal_data):
        return ReasonCode.PERSONAL_DATA
    if claim.quote:
        return ReasonCode.QUOTE_NOT_VERBATIM
    if misplaced(read(plain(claim.text)), [sentence.reading for sentence in _sentences(texts)]):
        return ReasonCode.FIGURE_ELSEWHERE
    return None


def _sentences(texts: Sequence[str]) -> tuple[Sentence, ...]:
    return tuple(sentence for number, text in enumerate(texts) for sentence in sentences_of(text, number))


async def examine(text: str, texts: Sequence[str], headings: Sequence[str], question: str, embed: Embed) -> Examined:
    """The claim aligned with the sentences of its passages, and how far they carry it."""
    reading, available = read(text), _sentences(texts)
    known = frozenset(key for heading in headings for key in read(heading).keys)
    carried = tuple(align(reading, available, known))
    support = await measure(text, reading, carried, available, headings, embed)
    return Examined(reading, tuple(texts), available, carried, Said(read(question).keys, known), support)


def judge(examined: Examined) -> Verdict:
    """The verdict on a claim that is not verbatim and whose figures agree."""
    if not examined.carried:
        return refuse(ReasonCode.NOT_SUPPORTED, 0.0)
    support = examined.support
    turned = twists(examined.reading, examined.carried, examined.said, support.alike)
    if turned:
        return refuse(_CODE_OF.get(turned[0], ReasonCode.MEANING_TURNED), support.score)
    weighed_whole = tells_a_story(examined.texts)
    foreign = support.has_foreign_word if weighed_whole else bool(support.left_over)
    least = CLAIM.report if weighed_whole else CLAIM.rule
    if support.score < least or support.strangers or foreign:
        return refuse(ReasonCode.NOT_SUPPORTED, support.score)
    return allow(support.score)


def _shape(claim: Claim, sources: Mapping[int, Source]) -> ReasonCode | None:
    if not any(c.isalpha() for c in claim.text):
        return ReasonCode.CLAIM_EMPTY
    if len(claim.text) > CLAIM_LIMITS.characters:
        return ReasonCode.CLAIM_TOO_LONG
    if not claim.citations:
        return ReasonCode.CITATION_MISSING
    if len(claim.citations) > CLAIM_LIMITS.citations or any(ref not in sources for ref in claim.citations):
        return ReasonCode.CITATION_UNKNOWN
    return None
