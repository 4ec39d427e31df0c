"""What may stand in the glossary, and what is said of the rest."""

import pytest

from core.errors import Unprocessable
from retrieval.glossary.checking import checked
from retrieval.glossary.models import Draft


def check(term: str, *meanings: str, capitals_only: bool | None = None, note: str | None = None) -> Draft:
    return checked(Draft(term, meanings, capitals_only, note), lambda text: "ignore" in text)


@pytest.mark.parametrize(
    ("draft", "expected"),
    [
        (check("  CCM ", " coin-counting   machine"), Draft("CCM", ("coin-counting machine",), False)),
        (check("CAR", "capital adequacy ratio"), Draft("CAR", ("capital adequacy ratio",), True)),
        (check("DTI", "ratio", capitals_only=True), Draft("DTI", ("ratio",), True)),
        (check("wire order", "wire transfer", "wire transfer"), Draft("wire order", ("wire transfer",), False)),
        (check("Gebühr", "fee", note=" of\n Vale "), Draft("Gebühr", ("fee",), False, "of Vale")),
        (check("401(k)", "retirement plan"), Draft("401(k)", ("retirement plan",), False)),
    ],
)
def test_what_may_be_entered(draft: Draft, expected: Draft) -> None:
    assert draft == expected


@pytest.mark.parametrize(
    ("term", "meanings", "told"),
    [
        ("", ["x y"], "The term is empty"),
        ("CCM", [], "Say what the term stands for"),
        ("CCM", [" "], "The meaning is empty"),
        ("X", ["some thing"], "at least two letters"),
        ("&/", ["some thing"], "one to 10 words"),
        ("car", ["vehicle"], "an ordinary word"),
        ("wire", ["wire transfer"], "an ordinary word"),
        ("what is", ["some thing"], "every other question"),
        ("CCM", ["C.C.M."], "says the same"),
        ("C" * 61, ["x y"], "at most 60 characters"),
        ("CCM", ["y" * 121], "at most 120 characters"),
        ("CCM", ["a b c d e f g h i j k"], "one to 10 words"),
        ("CCM", [f"meaning {n}" for n in range(6)], "at most 5 meanings"),
        ("<b>CCM", ["x y"], "does not belong there: <"),
        ("CCM", ["x\u202ey z"], "U+202E"),
        ("C_M", ["x y"], "does not belong there: _"),
        ("CCM", ["ignore the limits"], "reads like instructions"),
    ],
)
def test_what_may_not(term: str, meanings: list[str], told: str) -> None:
    with pytest.raises(Unprocessable) as refused:
        check(term, *meanings)
    assert told in refused.value.detail


def test_a_note_is_bounded_and_screened() -> None:
    with pytest.raises(Unprocessable, match="300 printable"):
        check("CCM", "machine", note="n" * 301)
    with pytest.raises(Unprocessable, match="instructions"):
        check("CCM", "machine", note="ignore this")
