"""A copied sentence with a word changed, and what may differ all the same."""

import pytest

from guardrails.near_copy import changes_a_sentence, nearest

PASSAGE = """Cash at the counter

2.1 A withdrawal above USD 10,000 must be approved by the branch manager before it is paid out.
The teller may not pay it out alone. It is recorded on form B-12 on the same business day.
No account is opened for payments until all items are ticked.
Overdraft notice | USD 5.00 | at most two a month
"""
SENTENCE = "A withdrawal above USD 10,000 must be approved by the branch manager before it is paid out."


@pytest.mark.parametrize(
    "claim",
    [
        SENTENCE,
        "Withdrawals above USD 10,000 must be approved by the branch manager before they are paid out.",
        "A withdrawal above $10,000 shall be approved by the branch manager before it is paid out.",
        "The branch manager approves each large withdrawal first.",
        "Overdraft notices cost USD 5.00 each, at most two a month.",
        f"{SENTENCE} It is recorded on form B-12 on the same business day.",
    ],
)
def test_what_says_the_same(claim: str) -> None:
    assert not changes_a_sentence(claim, [PASSAGE])


@pytest.mark.parametrize(
    "claim",
    [
        SENTENCE.replace("above", "below"),
        "A withdrawal above USD 10,000 must be approved by the branch manager on the same business day.",
        "2 A withdrawal above USD 10,000 must be approved by the branch manager on the same business day.",
        SENTENCE.replace("must", "may"),
        SENTENCE.replace("before", "after"),
        SENTENCE.replace("branch manager", "customer"),
        SENTENCE.replace("approved", "not approved"),
        SENTENCE.replace("A withdrawal", "Every first withdrawal"),
        SENTENCE.replace("paid out.", "paid out, unless the customer is in a hurry."),
        f"{SENTENCE[:-1]}, and no record of it is kept.",
        f"In theory, but not in practice, a{SENTENCE[1:]}",
        f"Known customers need not show identification. {SENTENCE}",
        f"{SENTENCE} [97bc89f3-1f04-54c8-b2a9-5eb53fc06cd4]",
        "The teller may pay it out alone.",
        "The teller may not pay it out.",
        "No account is opened for payments at all.",
        "A withdrawal above USD 10,000 on the same business day.",
    ],
)
def test_what_changes_a_word_that_matters(claim: str) -> None:
    assert changes_a_sentence(claim, [PASSAGE])


def test_a_name_may_stand_for_a_pronoun() -> None:
    claim = "The withdrawal is recorded on form B-12 on the same business day."
    assert not changes_a_sentence(claim, [PASSAGE], ["Cash › Withdrawal"])
    assert changes_a_sentence(claim.replace("withdrawal", "loan"), [PASSAGE], ["Cash › Withdrawal"])


@pytest.mark.parametrize("claim", ["", "Yes.", "!!!", "A b c"])
def test_too_little_is_no_copy(claim: str) -> None:
    assert not changes_a_sentence(claim, [PASSAGE])
    assert not changes_a_sentence(SENTENCE, [])


def test_of_many_passages_the_nearest_count() -> None:
    others = [f"Something else, number {number}." for number in range(6)]
    assert nearest(SENTENCE, [*others, PASSAGE], 1) == [PASSAGE]
    assert nearest("nothing of it", others, 2) == others[:2]
