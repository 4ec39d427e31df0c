from guardrails.reasons import EXPLANATIONS, ReasonCode
from guardrails.verdict import allow, refuse


def test_every_code_has_sentences_for_the_user() -> None:
    assert set(EXPLANATIONS) == set(ReasonCode)
    for code, explanation in EXPLANATIONS.items():
        assert explanation.reason.endswith(".")
        assert code is ReasonCode.ALLOWED or explanation.next_step.endswith((".", "”"))


def test_a_verdict_is_true_only_when_allowed() -> None:
    assert allow(0.5)
    assert not refuse(ReasonCode.INJECTION)
    assert refuse(ReasonCode.TOO_LONG).next_step == EXPLANATIONS[ReasonCode.TOO_LONG].next_step
