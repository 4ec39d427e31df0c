import pytest
from hypothesis import given
from hypothesis import strategies as st

from guardrails.quantities import Quantity, missing, quantities


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("within ten business days", [("business day", "10")]),
        ("ten (10) business days", [("business day", "10")]),
        ("a 10-day period", [("day", "10")]),
        ("twenty-five months", [("month", "25")]),
        ("10 or 20 business days", [("business day", "10"), ("business day", "20")]),
        ("the 60th day", [("day", "60")]),
        ("$50, USD 50 and fifty dollars", [("usd", "50")] * 3),
        ("$1.5 million", [("usd", "1500000")]),
        ("3.5 % and five percent and 25 basis points", [("percent", "3.5"), ("percent", "5"), ("percent", "0.25")]),
        ("July 1, 2018 and 1 July 2018 and 2018-07-01", [("date", "2018-07-01")] * 3),
        ("under § 1005.11(c)(1)", [("citation", "1005.11(c)(1)")]),
        ("as source [3] says", []),
        ("one of the holders", []),
    ],
)
def test_readings(text: str, expected: list[tuple[str, str]]) -> None:
    assert sorted(quantities(text), key=str) == sorted([Quantity(*e) for e in expected], key=str)


@pytest.mark.parametrize(
    ("claim", "source"),
    [
        ("It has ten business days.", "within 10 business days of receiving"),
        ("The limit is USD 50.", "shall not exceed $50 or the amount"),
        ("Keep it for two years.", "for a period of 2 years"),
        ("From 1 July 2018.", "effective July 1, 2018"),
        ("Section 1005.11 says so.", "§ 1005.11(c)(1) Time limits"),
    ],
)
def test_one_quantity_in_two_spellings_stands(claim: str, source: str) -> None:
    assert missing(claim, source) == []


@pytest.mark.parametrize(
    ("claim", "source"),
    [
        ("It has 10 months.", "within 10 days"),
        ("It has 10 days.", "within 10 business days"),
        ("It has 10 business days.", "within 10 days"),
        ("It has 12 days.", "within 10 days"),
        ("The limit is $500.", "shall not exceed $50"),
        ("The limit is $50.", "a fee of 50 percent"),
        ("From 2 July 2018.", "effective July 1, 2018"),
        ("Section 1005.12 says so.", "§ 1005.11(c)(1) Time limits"),
        ("It has ninety days.", "45 days"),
    ],
)
def test_the_dangerous_error_a_figure_that_the_source_does_not_have_is_told(claim: str, source: str) -> None:
    assert missing(claim, source) != []


@given(st.integers(2, 400), st.integers(2, 400), st.sampled_from(["days", "business days", "months", "years"]))
def test_periods_stand_only_with_their_number(said: int, stands: int, unit: str) -> None:
    assert (missing(f"within {said} {unit}", f"no later than {stands} {unit} after") == []) == (said == stands)


@given(st.text(max_size=200))
def test_a_text_has_all_its_own_quantities(text: str) -> None:
    assert missing(text, text) == []


def test_a_run_of_digits_too_long_for_a_figure_is_never_a_sources() -> None:
    run = "1," * 30
    assert missing(f"The fee is {run} dollars.", f"The fee is {run} dollars.") == [Quantity("number", run)]
    assert missing("The fee is 5 dollars.", f"{run * 40} and the fee is 5 dollars.") == []
