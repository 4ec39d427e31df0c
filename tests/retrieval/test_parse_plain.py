import pytest

from retrieval.parsing import parse

POLICY = """FEE POLICY

1. Purpose

This policy sets
the fees of the bank.

1.1 Scope

(a) All branches.
(b) All products:
    (1) cards; and
    (2) accounts.
- as well as loans
- and advice

§ 7 Records

Kept for 25 months.

Changes
=======
2016 was the first year of it.
"""


def test_a_policy_in_plain_text() -> None:
    document = parse(POLICY.encode(), "fees.txt")
    fees, purpose, scope, records = "FEE POLICY", "1. Purpose", "1.1 Scope", "§ 7 Records"
    assert (document.title, document.media_type, document.pages) == (None, "text/plain", ())
    assert [(block.kind.value, block.section, block.text) for block in document.blocks] == [
        ("heading", (fees,), fees),
        ("heading", (fees, purpose), purpose),
        ("paragraph", (fees, purpose), "This policy sets the fees of the bank."),
        ("heading", (fees, purpose, scope), scope),
        ("list_item", (fees, purpose, scope, "(a)"), "(a) All branches."),
        ("list_item", (fees, purpose, scope, "(b)"), "(b) All products:"),
        ("list_item", (fees, purpose, scope, "(b)", "(1)"), "(1) cards; and"),
        ("list_item", (fees, purpose, scope, "(b)", "(2)"), "(2) accounts."),
        ("list_item", (fees, purpose, scope), "as well as loans"),
        ("list_item", (fees, purpose, scope), "and advice"),
        ("heading", (fees, records), records),
        ("paragraph", (fees, records), "Kept for 25 months."),
        ("heading", ("Changes",), "Changes"),
        ("paragraph", ("Changes",), "2016 was the first year of it."),
    ]


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "latin-1", "cp1252"]
)
@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_encodings_and_line_ends(encoding: str, line_end: str) -> None:
    content = f"Grüße an alle Kunden.{line_end}{line_end}Zweiter Absatz.".encode(encoding)
    assert [block.text for block in parse(content, "x.txt").blocks] == ["Grüße an alle Kunden.", "Zweiter Absatz."]


def test_invisible_characters_go_and_letters_are_composed() -> None:
    text = "A\u030a pass\u200bport\u202e is\ufb01led\u00a0now\U000e0041."
    assert parse(text.encode(), "x.txt").blocks[0].text == "Å passport isfiled now."
