import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.sentences import sentences


def split(text: str) -> list[str]:
    return [text[start:end] for start, end in sentences(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        (" \n ", []),
        ("One sentence", ["One sentence"]),
        ("It is free. It is fast! Is it? Yes.", ["It is free.", "It is fast!", "Is it?", "Yes."]),
        (
            "See 15 U.S.C. 1693 et seq. and Pub. L. 111-203, 124 Stat. 1376. It applies.",
            ["See 15 U.S.C. 1693 et seq. and Pub. L. 111-203, 124 Stat. 1376.", "It applies."],
        ),
        ("Use OMB No. 3170-0014. The answer is no. The bank pays.", None),
        ("Call by 5 p.m. on Monday. It closes at 6 p.m. The branch opens at 9 a.m. daily.", None),
        ("Use a proof, e.g. a bill, i.e. a recent one. Smith Inc. pays the fee. J. Smith signs.", None),
        (
            "(a) Authority. The regulation is issued under § 1005.11(c)(1). It binds.",
            ["(a) Authority.", "The regulation is issued under § 1005.11(c)(1).", "It binds."],
        ),
        ("1. $50 limit applies. The limit is $50.", ["1. $50 limit applies.", "The limit is $50."]),
        (
            "The bank must: (1) verify the person; (2) record it; and (3) keep it for 25 months.",
            ["The bank must: (1) verify the person;", "(2) record it; and", "(3) keep it for 25 months."],
        ),
        ("He may pay; she may not; both may wait.", ["He may pay; she may not; both may wait."]),
        ("Fee | Amount\nCard lost. Again | 5.00 EUR", ["Fee | Amount", "Card lost. Again | 5.00 EUR"]),
        ("Bring • a passport • a bill", ["Bring", "• a passport", "• a bill"]),
        ("(However, refer to comment 2(m)-2.) “Is it so?” asked no one. It is.", None),
        ("The fee (see part 2. It is long) is due. Pay it.", ["The fee (see part 2. It is long) is due.", "Pay it."]),
        ("It rose by 2.5 percent to 1,000.50 EUR. Then it fell…  And rose.", None),
        ("The term ends. (ii) A termination follows.", ["The term ends.", "(ii) A termination follows."]),
    ],
)
def test_sentences_of_policy_text(text: str, expected: list[str] | None) -> None:
    if expected is None:
        expected = WRITTEN_OUT[text]
    assert split(text) == expected


WRITTEN_OUT = {
    "Use OMB No. 3170-0014. The answer is no. The bank pays.": [
        "Use OMB No. 3170-0014.",
        "The answer is no.",
        "The bank pays.",
    ],
    "Call by 5 p.m. on Monday. It closes at 6 p.m. The branch opens at 9 a.m. daily.": [
        "Call by 5 p.m. on Monday.",
        "It closes at 6 p.m.",
        "The branch opens at 9 a.m. daily.",
    ],
    "Use a proof, e.g. a bill, i.e. a recent one. Smith Inc. pays the fee. J. Smith signs.": [
        "Use a proof, e.g. a bill, i.e. a recent one.",
        "Smith Inc. pays the fee.",
        "J. Smith signs.",
    ],
    "(However, refer to comment 2(m)-2.) “Is it so?” asked no one. It is.": [
        "(However, refer to comment 2(m)-2.)",
        "“Is it so?” asked no one.",
        "It is.",
    ],
    "It rose by 2.5 percent to 1,000.50 EUR. Then it fell…  And rose.": [
        "It rose by 2.5 percent to 1,000.50 EUR.",
        "Then it fell…",
        "And rose.",
    ],
}


@given(st.text(alphabet=st.sampled_from("aBc 1.?!;:()[]“”\"'\n•|§–…"), max_size=200))
def test_spans_hold_everything_visible_once_and_in_order(text: str) -> None:
    spans = sentences(text)
    covered = [index for start, end in spans for index in range(start, end)]
    assert covered == sorted(set(covered))
    assert {index for index, character in enumerate(text) if not character.isspace()} <= set(covered)
    for start, end in spans:
        assert text[start:end] == text[start:end].strip() != ""
        assert "\n" not in text[start:end]


@given(st.text(max_size=300))
def test_any_text_can_be_split(text: str) -> None:
    assert "".join("".join(split(text)).split()) == "".join(text.split())


def test_splitting_takes_linear_time_in_hostile_text() -> None:
    assert len(sentences("(" * 20_000 + ". A" * 20_000)) >= 1


def test_a_run_of_stops_ends_one_sentence_where_a_space_follows() -> None:
    text = "Wait... (It depends!?) Then pay...\n" + "." * 50_000
    assert [text[start:end] for start, end in sentences(text)][:3] == ["Wait...", "(It depends!?)", "Then pay..."]
