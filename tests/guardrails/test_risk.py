"""Risk by named rules, and that what is announced is never looser than what is understood."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guardrails.risk import Kind, Risk, RiskFinding, at_admission, strictest, weigh_risk

CASES = {
    Risk.LOW: [
        ("What is the fee for a replacement card?", "look_up"),
        ("opening hours mill lane branch", "plain_topic"),
        ("From what amount do I have to ask for ID when an account holder takes out cash?", "look_up"),
        ("What does a customer pay for repaying a mortgage early?", "look_up"),
        ("how do i order new forms", "look_up"),
    ],
    Risk.STANDARD: [
        ("May we open an account for a 14-year-old?", "not_a_look_up"),
        ("What do I do when the drawer is short?", "what_to_do"),
        ("My customer moved abroad, which form do I use?", "somebody_in_hand"),
        ("What does Mr Roth have to sign?", "somebody_in_hand"),
        ("Can she keep it?", "pronoun"),
    ],
    Risk.HIGH: [
        ("When do we file a suspicious activity report?", "suspicion"),
        ("WHAT IS TIPPING OFF?", "suspicion"),
        ("Which sanctions lists do we screen against?", "sanctions"),
        ("What must an adverse action notice contain?", "decision_against"),
        ("What do I tell a customer whose loan application was declined?", "decision_against"),
        ("May we close an account without consent?", "decision_against"),
        ("How soon must provisional credit be given?", "right_that_runs_out"),
        ("What limit may I give Mr Roth?", "applied_figure"),
        ("Which fee applies in case C-1042?", "applied_figure"),
        ("May we ask about marital status?", "protected_trait"),
    ],
}


@pytest.mark.parametrize(("risk", "text", "rule"), [(risk, *case) for risk, cases in CASES.items() for case in cases])
def test_risk_and_the_rule_behind_it(risk: Risk, text: str, rule: str) -> None:
    found = weigh_risk(text, Kind.POLICY_QUESTION)
    assert (found.risk, rule in found.rules) == (risk, True), found


@pytest.mark.parametrize(
    ("kind", "risk"), [(Kind.CHECKLIST, Risk.STANDARD), (Kind.CASE_WORK, Risk.STANDARD), (Kind.ACTION, Risk.HIGH)]
)
def test_the_kind_has_a_part_in_it(kind: Kind, risk: Risk) -> None:
    assert weigh_risk("What is the fee for a card?", kind) == RiskFinding(risk, (kind.value,))


def test_the_strictest_counts() -> None:
    assert strictest([Risk.LOW, Risk.HIGH, Risk.STANDARD]) is Risk.HIGH
    assert strictest([]) is Risk.LOW


def test_what_is_announced() -> None:
    def announced(text: str, mode: str = "answer", *, follows: bool = False) -> Risk:
        return at_admission(text, mode=mode, follows=follows)

    assert announced("What is the fee for a card?") is Risk.LOW
    assert announced("What is the fee for a card?", "checklist") is Risk.STANDARD
    assert announced("What is the fee for a card?", "case_note", follows=True) is Risk.STANDARD
    assert announced("And for a business account?") is Risk.STANDARD
    assert announced("And for a business account?", follows=True) is Risk.LOW
    assert announced("And if we suspect laundering?", follows=True) is Risk.HIGH


@given(st.text(max_size=200), st.booleans())
def test_whatever_is_written_has_a_risk(text: str, follows: bool) -> None:
    assert at_admission(text, mode="answer", follows=follows) in Risk
