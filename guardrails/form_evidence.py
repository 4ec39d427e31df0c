"""Is there a section to make a checklist of? Beside the weighing of questions, which asks for a passage that answers.

A checklist is made of a section; its request is short and names a subject: "beneficiary checks for a wire transfer".
Where the title and headings of one passage say every word of that subject, that section is what was asked for, however
little its rows and paragraphs sound like an answer. A subject of one word is left to the weighing of questions.
"""

from collections.abc import Collection, Sequence
from dataclasses import replace

from guardrails.reasons import ReasonCode
from guardrails.risk import Risk
from guardrails.sufficiency import Sufficiency, assess
from guardrails.thresholds import FORM_EVIDENCE
from guardrails.verdict import allow
from guardrails.words import content_stems
from retrieval.models import Expansion, Passage


def assess_form(
    subject: str,
    passages: Sequence[Passage],
    expansions: Sequence[Expansion] = (),
    common: Collection[str] = (),
    risk: Risk = Risk.STANDARD,
) -> Sufficiency:
    """As `assess`; weak evidence is enough where a passage's title and headings say the whole subject."""
    found = assess(subject, passages, expansions, common, risk)
    if found or found.verdict.code is not ReasonCode.WEAK_EVIDENCE:
        return found
    share = named_by_heading(subject, passages[: FORM_EVIDENCE.passages], expansions)
    if share < FORM_EVIDENCE.named:
        return found
    return replace(found, verdict=allow(share), evidence=share, features={**found.features, "named_by_heading": share})


def named_by_heading(subject: str, passages: Sequence[Passage], expansions: Sequence[Expansion] = ()) -> float:
    """0 to 1: the most of the subject's words that the title and headings of one passage have; an abbreviation counts
    where they spell it out. 0 for a subject of fewer words than tell one."""
    wanted = [stem for stem in content_stems(subject) if not stem[0].isdigit() and stem not in _CURRENCIES]
    if len(wanted) < FORM_EVIDENCE.words:
        return 0.0
    means = {
        stem: [frozenset(content_stems(meaning)) for meaning in each.means]
        for each in expansions
        for stem in content_stems(each.said)
    }
    best = 0
    for passage in passages:
        headings = frozenset(content_stems(" ".join((passage.title, *passage.section))))
        best = max(
            best, sum(s in headings or any(spelt and spelt <= headings for spelt in means.get(s, ())) for s in wanted)
        )
    return best / len(wanted)


_CURRENCIES = frozenset({"usd", "eur", "gbp", "chf"})
