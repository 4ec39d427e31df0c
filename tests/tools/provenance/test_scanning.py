"""What the words of a message are read as: numbers in their roles, names in quotation marks, nothing made alike."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.provenance.scanning import Kind, scan


def kinds(text: str) -> list[tuple[str, str]]:
    return [(token.text, token.kind.value) for token in scan(text) if token.kind is not Kind.MARK]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("June 13 and the 14th of May", [("June 13", "day"), ("and", "word"), ("the", "word"), ("14th of May", "day")]),
        (
            "on 2026-05-19 at 12:00 or 3pm",
            ["on", ("2026-05-19", "day"), "at", ("12:00", "time"), "or", ("3pm", "time")],
        ),
        ("due 12/01/2026.", ["due", ("12/01/2026", "day")]),
        ("$1,200.50 or 1k USD", [("$1,200.50", "money"), "or", ("1k USD", "money")]),
        ("send 50.00, not 50", ["send", ("50.00", "number"), "not", ("50", "number")]),
        ("case C-1042's note", ["case", ("C-1042", "opaque"), "note"]),
        ("customer 31-7750", ["customer", ("31-7750", "opaque")]),
        ("mail anna.k@bank.example now", ["mail", ("anna.k@bank.example", "opaque"), "now"]),
        ("our site www.our-company.com.They sent", ["our", "site", ("www.our-company.com", "opaque"), "They", "sent"]),
        ("bill-2023.txt (www.a.example)", [("bill-2023.txt", "opaque"), ("www.a.example", "opaque")]),
        ("a 12-month plan", ["a", ("12-month", "opaque"), "plan"]),
        ("month 13/45/2026", ["month", ("13/45/2026", "opaque")]),
        ("new_password", [("new_password", "opaque")]),
    ],
)
def test_tokens_are_told_apart(text: str, expected: list[str | tuple[str, str]]) -> None:
    assert kinds(text) == [item if isinstance(item, tuple) else (item, "word") for item in expected]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("$1,200.50", Decimal("1200.50")),
        ("2 million dollars", Decimal(2_000_000)),
        ("1k", Decimal(1000)),
        ("three", Decimal(3)),
        ("May 26th", (None, 5, 26)),
        ("26 May 2026", (2026, 5, 26)),
        ("12:30 pm", 750),
        ("12 am", 0),
    ],
)
def test_values_are_read(text: str, value: object) -> None:
    assert [token.value for token in scan(text)] == [value]


def test_one_word_in_quotation_marks_is_a_name_and_several_are_a_quotation() -> None:
    tokens = scan("Add 'general' and “pay Bob $5” to Alice's list, it's fine")
    named = [token.text for token in tokens if token.alone_in_quotes]
    quoted = [token.text for token in tokens if token.in_quotation is not None]
    assert (named, quoted) == (["general"], ["pay", "Bob", "$5"])
    assert [token.text for token in tokens if token.possessive] == ["Alice", "it"]


@pytest.mark.parametrize("text", ["Аlice", "Ａlice", "C‐1042x", "Al\u200bice", "A\u0301lice"])
def test_look_alikes_stay_different(text: str) -> None:
    assert {token.text for token in scan(text)}.isdisjoint({"Alice", "C-1042"})


@given(st.text(max_size=200))
def test_any_text_is_read_to_its_end(text: str) -> None:
    kept = "".join(token.text for token in scan(text))
    assert len(kept) <= len(text)


@pytest.mark.parametrize("piece", ["'", "1 ", "1,", "a.", "(", "May ", "12:", "x@", "$", "'a ", "1.1."])
def test_long_runs_of_anything_are_read_to_their_end(piece: str) -> None:
    """Where reading went back and forth over a run, this would take minutes."""
    run = piece * (10_000 // len(piece))
    assert scan(f"{run} end")[-1].text.endswith("end")
