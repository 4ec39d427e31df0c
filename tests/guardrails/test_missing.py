import pytest
from hypothesis import given
from hypothesis import strategies as st

from guardrails.missing import MOST, UNSAID, missing_in
from guardrails.reasons import ReasonCode
from guardrails.sufficiency import Sufficiency
from guardrails.verdict import refuse
from retrieval.models import Expansion, Passage
from tests.guardrails.test_sufficiency import ERRORS, NIL, PRIVACY

WEAK = ReasonCode.WEAK_EVIDENCE


def weighed(meaning: float = 0.6) -> Sufficiency:
    return Sufficiency(refuse(WEAK, 0.3), 0.3, {"meaning": meaning})


def told(
    question: str, passages: list[Passage], code: ReasonCode = WEAK, meaning: float = 0.6
) -> tuple[str, ...] | None:
    found = missing_in(question, passages, weighed(meaning), code)
    return None if found is None else (found.kind, *found.words)


@pytest.mark.parametrize(
    ("question", "code", "expected"),
    [
        (
            "Who answers a notice of error under Regulation Z?",
            ReasonCode.NAMED_THING_MISSING,
            ("named", "Regulation Z"),
        ),
        ("What about mortgages after a notice of error?", ReasonCode.NAMED_THING_MISSING, ("named", "mortgages")),
        ("May a neighbour investigate an error?", WEAK, ("words", "neighbour")),
        ("Must an institution investigate errors promptly?", WEAK, ("point",)),
        ("May a neighbour investigate an error?", ReasonCode.UNSUPPORTED_ANSWER, ("said",)),
        ("May a neighbour investigate an error?", ReasonCode.EVIDENCE_CHANGED, None),
    ],
)
def test_what_is_missing_is_told_in_the_askers_words(
    question: str, code: ReasonCode, expected: tuple[str, ...] | None
) -> None:
    assert told(question, [ERRORS, PRIVACY], code) == expected


def test_far_passages_treat_another_subject() -> None:
    assert told("How warm is the swimming pool?", [PRIVACY], meaning=0.2) == ("subject",)


def test_nothing_found_tells_nothing() -> None:
    assert missing_in("May a neighbour?", [], weighed(), WEAK) is None
    assert missing_in("May a neighbour?", [ERRORS], weighed(), ReasonCode.UNSUPPORTED_ANSWER) is UNSAID


def test_masked_personal_data_is_not_told_back() -> None:
    found = missing_in("Has [card number 1] an error in [Anna Keller]?", [ERRORS], weighed(), WEAK)
    assert found is not None
    assert not any(word in found.text for word in ("card", "Anna", "Keller", "["))


def test_an_abbreviation_that_the_glossary_knows_is_not_missing() -> None:
    known = Expansion("NoE", ("notice of error",), ("notice of error",), NIL)
    assert missing_in("Who answers a NoE?", [ERRORS], weighed(), WEAK, [known]) == missing_in(
        "Who answers?", [ERRORS], weighed(), WEAK
    )


@given(st.text(max_size=200))
def test_only_words_of_the_question_are_told_and_few(question: str) -> None:
    found = missing_in(question, [ERRORS, PRIVACY], weighed(), WEAK)
    assert found is not None
    assert len(found.words) <= MOST
    assert all(word in question for word in found.words)
