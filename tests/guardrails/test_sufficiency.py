from dataclasses import replace
from datetime import date
from uuid import UUID

import pytest

from guardrails.reasons import ReasonCode
from guardrails.sufficiency import assess, features
from retrieval.models import Expansion, Passage

NIL = UUID(int=0)


def _passage(text: str, title: str, section: str, *, score: float = 0.7, dense: float = 0.6) -> Passage:
    return Passage(
        ref=1,
        chunk_id=NIL,
        edition_id=NIL,
        document="doc",
        title=title,
        version="1",
        library="regulations",
        section=(section,),
        page=1,
        effective_from=date(2020, 1, 1),
        effective_to=None,
        text=text,
        sha256="",
        score=score,
        dense=dense,
        lexical=9.0,
    )


ERRORS = _passage(
    "A financial institution shall investigate promptly and shall determine whether an error occurred within 10 "
    "business days of receiving a notice of error.",
    "Regulation E",
    "§ 1005.11 Procedures for resolving errors",
)
PRIVACY = _passage("You must deliver a privacy notice.", "Regulation P", "§ 1016.5", score=0.3, dense=0.2)


def test_enough_evidence_is_answered() -> None:
    question = "How long does an institution have to investigate an error notice under Regulation E?"
    seen = assess(question, [ERRORS, PRIVACY])
    assert seen
    assert 0.5 < seen.evidence < 1
    assert seen.features["named_missing"] == 0


@pytest.mark.parametrize(
    ("question", "code"),
    [
        ("What is the maximum loan-to-value ratio for a mortgage?", ReasonCode.NAMED_THING_MISSING),
        ("How long does a creditor have to answer a notice under Regulation Z?", ReasonCode.NAMED_THING_MISSING),
        ("What does § 1026.43 say about an error notice?", ReasonCode.NAMED_THING_MISSING),
        ("How long may we take to answer a notice of error in Texas?", ReasonCode.NAMED_THING_MISSING),
        ("Who sends the Closing Disclosure for an error?", ReasonCode.NAMED_THING_MISSING),
        ("How long did we have to investigate an error in 1997?", ReasonCode.NAMED_THING_MISSING),
    ],
)
def test_the_dangerous_error_what_the_passages_lack_is_not_answered(question: str, code: ReasonCode) -> None:
    assert assess(question, [ERRORS, PRIVACY]).verdict.code is code


def test_far_passages_are_weak_evidence_even_where_all_words_agree() -> None:
    question = "Must you deliver a privacy notice?"
    assert assess(question, [PRIVACY]).verdict.code is ReasonCode.WEAK_EVIDENCE
    assert assess(question, [replace(PRIVACY, dense=0.7)])


def test_days_of_the_week_and_everyday_acronyms_need_not_be_named() -> None:
    question = "May we investigate an error notice about an ATM withdrawal on a Friday?"
    assert assess(question, [ERRORS])


def test_nothing_found_is_not_answered() -> None:
    assert assess("What is the deadline?", []).verdict.code is ReasonCode.NO_EVIDENCE


def test_the_best_fitting_passage_decides_wherever_it_ranks() -> None:
    question = "When must we investigate an error?"
    first, second = features(question, [ERRORS, PRIVACY]), features(question, [PRIVACY, ERRORS])
    assert first == second


def _known(said: str, *means: str) -> Expansion:
    return Expansion(said, means, means, NIL)


@pytest.mark.parametrize(
    ("question", "known", "enough"),
    [
        ("How long does an FI have to investigate an error notice from the NOE desk?", [], False),
        ("How long does it take to investigate a NOE?", [_known("NOE", "notice of error")], True),
        ("How long does it take to investigate a NOE?", [_known("NOE", "notices of errors")], True),
        ("How long does it take to investigate a NOE?", [_known("NOE", "note of exchange")], False),
        ("How long does it take to investigate a NOE?", [_known("EFT", "notice of error")], False),
        ("How long does it take to investigate a NOE at an ACQ?", [_known("NOE", "notice of error")], False),
        ("How long may an error on a HELOC be investigated?", [_known("HELOC", "financial institution")], True),
        ("How long may an error on a HELOC be investigated?", [], False),
    ],
)
def test_a_passage_that_spells_an_abbreviation_out_names_it(
    question: str, known: list[Expansion], enough: bool
) -> None:
    seen = assess(question, [ERRORS, PRIVACY], known)
    assert bool(seen) is enough
    assert (seen.features["named_missing"] == 0) is enough
