"""Which questions lean on the one before, and what they become."""

import pytest

from graph.followups import leans_on_earlier, stand_alone
from runs.models import Exchange

RETENTION = "How long are applications for credit retained?"


@pytest.mark.parametrize(
    "question",
    [
        "And for business credit?",
        "What about a new account?",
        "How long is it kept?",
        "Does that apply to minors?",
        "Why?",
        "Same for a savings account?",
        "who else must sign?",
        "And who signs them?",
        "Is the customer told about this?",
        "  and after that?",
        "Until when?",
        "Who approves the relationship?",
        "Is a call-back needed?",
        "How can the consumer stop it?",
        "Thanks. And for express?",
        "and in 2024?",
        "the gold one?",
        "what happens after two wrong ones?",
        "does that go for a sign in the lobby too?",
        "Then what?",
        "Which form?",
        "Is there a limit?",
        "How much exactly?",
        "And what is the fee for the express one?",
        "But what if he refuses?",
    ],
)
def test_a_follow_up_leans(question: str) -> None:
    assert leans_on_earlier(question)


@pytest.mark.parametrize(
    "question",
    [
        RETENTION,
        "What does Regulation E say about it?",
        "How long does an institution have to investigate an error that a consumer reports to it by telephone?",
        "Which form is used for a power of attorney?",
        "What must a teller do when counterfeit cash is found?",
        "What are the branch hours?",
        "Summer opening hours?",
        "When is an account dormant?",
        "What is a PEP?",
        "Is there a fee for an overdraft notice?",
        "How much does it cost to replace a card?",
        "Is it allowed to open an account by telephone?",
        "How long does an institution have to keep its records?",
        "When a customer loses a card, who pays for it?",
        "What happens when one key of a safe-deposit box is lost?",
        "Also, how are counterfeit notes handled?",
        "Who is told of a card that was lost?",
    ],
)
def test_a_question_with_its_own_subject_stands(question: str) -> None:
    assert not leans_on_earlier(question)


@pytest.mark.parametrize(
    ("history", "question", "expected"),
    [
        ([], "And for business credit?", "And for business credit?"),
        ([RETENTION], "What must a teller do when counterfeit cash is found?", None),
        (
            [RETENTION],
            "And for business credit?",
            "How long are applications for credit retained: And for business credit?",
        ),
        (
            [RETENTION, "And for business credit?"],
            "Why?",
            "How long are applications for credit retained: Why?",
        ),
        (
            [RETENTION, "What must a teller do when counterfeit cash is found?", "And then?"],
            "Who is told about it?",
            "What must a teller do when counterfeit cash is found: Who is told about it?",
        ),
        (["And then?", "Why?"], "And now?", "And then: And now?"),
    ],
)
def test_a_follow_up_is_put_behind_what_it_leans_on(history: list[str], question: str, expected: str | None) -> None:
    exchanges = [Exchange(question=earlier, answer="…") for earlier in history]
    assert stand_alone(question, exchanges) == (expected or question)
