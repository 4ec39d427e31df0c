import pytest

from guardrails.modality import Modality, contradicts, modalities


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a creditor must retain records", {Modality.DUTY}),
        ("a creditor shall not discriminate", {Modality.PROHIBITION}),
        ("the branch may waive the fee", {Modality.PERMISSION}),
        ("the bank need not give notice", {Modality.PERMISSION}),
        ("no employee may sign alone", {Modality.PROHIBITION}),
        ("the fee is due monthly", set[Modality]()),
    ],
)
def test_force_of_a_sentence(text: str, expected: set[Modality]) -> None:
    assert modalities(text) == expected


@pytest.mark.parametrize(
    ("claim", "source"),
    [
        ("the branch may keep the card", "the branch must destroy or return the card"),
        ("a creditor may ask about it", "a creditor shall not inquire about it"),
        ("staff must not waive the fee", "staff may waive the fee"),
        ("staff must not waive the fee", "staff must waive the fee"),
        ("a creditor asks about it", "a creditor shall not inquire about it"),
        ("the fee is not due", "the fee is due monthly"),
    ],
)
def test_the_dangerous_error_a_flipped_rule_is_told(claim: str, source: str) -> None:
    assert contradicts(claim, source)


@pytest.mark.parametrize(
    ("claim", "source"),
    [
        ("the creditor has to keep it", "a creditor shall retain it"),
        ("a creditor may not inquire", "a creditor shall not inquire"),
        ("the fee is due monthly", "the fee is due monthly"),
        ("the bank keeps the form", "the bank shall retain the form"),
    ],
)
def test_the_same_rule_in_other_words_is_none(claim: str, source: str) -> None:
    assert not contradicts(claim, source)
