import math
from dataclasses import replace
from datetime import date
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guardrails.reasons import ReasonCode
from guardrails.risk import Risk
from guardrails.sufficiency import assess, calibration, features, is_enough, sufficiency_model
from guardrails.thresholds import SUFFICIENCY
from retrieval.models import Expansion, Passage
from retrieval.terms import terms

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


def test_a_verb_that_sounds_like_a_subject_names_nothing() -> None:
    assert features("Who investigates an error that we checked promptly?", [ERRORS])["named_missing"] == 0
    assert features("Who investigates an error of a cheque promptly?", [ERRORS])["named_missing"] == 1


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


def test_a_name_of_the_house_need_not_stand_in_the_passages() -> None:
    question = "How long may Harbour Bank take to investigate an error notice in the HBX group?"
    assert assess(question, [ERRORS, PRIVACY]).verdict.code is ReasonCode.NAMED_THING_MISSING
    common = (*terms("bank harbour HBX"), " ".join(terms("Harbour Bank")))
    assert assess(question, [ERRORS, PRIVACY], common=common).features["named_missing"] == 0


def test_common_words_do_not_make_their_pair_a_name_of_the_house() -> None:
    question = "Who sends the Closing Disclosure for an error?"
    seen = assess(question, [ERRORS, PRIVACY], common=("close", "disclosur", "error"))
    assert seen.verdict.code is ReasonCode.NAMED_THING_MISSING


def test_a_year_and_a_regulation_are_never_names_of_the_house() -> None:
    question = "What did Regulation Z say of an error notice in 1997?"
    seen = assess(question, [ERRORS, PRIVACY], common=("1997", "regul", "z", "regul z", "error"))
    assert seen.features["named_missing"] == 2


def test_a_name_in_the_other_spelling_is_named() -> None:
    passage = replace(ERRORS, text=f"An Authorised Person decides. {ERRORS.text}")
    question = "Within how many business days does the Authorized Person investigate an error notice?"
    assert assess(question, [passage, PRIVACY]).features["named_missing"] == 0


def test_a_passage_that_stands_out_is_stronger_evidence_than_one_among_its_like() -> None:
    question = "How long does an institution have to investigate an error notice?"
    alone = assess(question, [ERRORS, *([PRIVACY] * 8)])
    crowded = assess(question, [ERRORS] * 9)
    assert alone.evidence > crowded.evidence
    assert alone.features["meaning"] == crowded.features["meaning"]


def test_what_completes_a_hit_is_not_compared_but_may_name_a_thing() -> None:
    question = "How long to investigate an error notice of Acme Transfers?"
    beside = replace(PRIVACY, text="This part covers acme transfers.", beside=1, dense=0.59, score=0.69)
    assert assess(question, [ERRORS, PRIVACY]).features["named_missing"] == 1
    both = assess(question, [ERRORS, PRIVACY, beside]).features
    assert both["named_missing"] == 0
    assert both["meaning_lead"] == assess(question, [ERRORS, PRIVACY]).features["meaning_lead"]


@given(
    st.lists(st.tuples(st.floats(0, 1), st.floats(-1, 1), st.floats(0, 60)), min_size=1, max_size=12),
)
def test_evidence_is_a_share_whatever_search_measured(measured: list[tuple[float, float, float]]) -> None:
    passages = [replace(ERRORS, score=score, dense=dense, lexical=lexical) for score, dense, lexical in measured]
    assert 0.0 <= assess("How long to investigate an error?", passages).evidence <= 1.0


QUESTION = "How long does an institution have to investigate an error notice under Regulation E?"


@pytest.mark.parametrize("field", ["dense", "lexical", "score"])
@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, -3.0])
def test_the_dangerous_error_what_can_not_be_weighed_is_never_enough(field: str, value: float) -> None:
    odd: dict[str, float] = {field: value}
    for passages in ([replace(ERRORS, **odd), PRIVACY], [ERRORS, replace(PRIVACY, **odd)]):
        for risk in Risk:
            seen = assess(QUESTION, passages, risk=risk)
            assert (seen.verdict.code, seen.evidence) == (ReasonCode.EVIDENCE_UNWEIGHED, 0.0)


def test_a_higher_risk_never_lets_through_what_a_lower_one_stops() -> None:
    demanded = [SUFFICIENCY.demanded(risk) for risk in Risk]
    assert demanded == sorted(demanded)
    assert len(set(demanded)) == 3
    found = features(QUESTION, [ERRORS, PRIVACY])
    between = (SUFFICIENCY.low + SUFFICIENCY.standard) / 2.0
    assert [is_enough(found, between, risk) for risk in Risk] == [True, False, False]
    assert not is_enough({**found, "meaning_short": 0.1}, between, Risk.LOW), "the floor counts beside it"


@given(st.floats(-1, 1), st.floats(0, 30), st.floats(0, 1))
def test_the_evidence_is_a_probability_whatever_the_passage(dense: float, lexical: float, score: float) -> None:
    seen = assess(QUESTION, [replace(ERRORS, dense=dense, lexical=lexical, score=score), PRIVACY])
    assert 0.0 <= seen.evidence <= 1.0
    assert all(math.isfinite(value) for value in seen.features.values())


def test_the_shipped_models_say_which_command_made_them() -> None:
    assert sufficiency_model().provenance.startswith("python -m evals sufficiency-training")
    assert calibration().provenance.startswith("python -m evals calibration")
    assert calibration().weights[0] > 0
