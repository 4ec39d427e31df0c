import pytest

from retrieval.references.detect import MOST_REFERENCES, Reference, references_in, terms_defined, used_in


@pytest.mark.parametrize(
    ("text", "means"),
    [
        ("as defined in § 1005.2(b), except", [("§ 1005.2(b)", "1005.2", ("(b)",))]),
        ("see section 4.2.", [("section 4.2", "4.2", ())]),
        ("Section 12 applies", [("Section 12", "12", ())]),
        ("under paragraph (c)(1) of this section", [("paragraph (c)(1)", None, ("(c)", "(1)"))]),
        (
            "§§ 1005.6 and 1005.7(a)",
            [("§§ 1005.6", "1005.6", ()), ("1005.7(a)", "1005.7", ("(a)",))],
        ),
        (
            "§ 1005.31(b)(2) or (3)",
            [("§ 1005.31(b)(2)", "1005.31", ("(b)", "(2)")), ("(3)", "1005.31", ("(b)", "(3)"))],
        ),
        (
            "§ 1013.9(b)(1) and (c)",
            [("§ 1013.9(b)(1)", "1013.9", ("(b)", "(1)")), ("(c)", "1013.9", ("(c)",))],
        ),
        ("paragraphs (e) and (f)", [("paragraphs (e)", None, ("(e)",)), ("(f)", None, ("(f)",))]),
        ("paragraphs (d)(1)(i) through (iii)", [
            ("paragraphs (d)(1)(i)", None, ("(d)", "(1)", "(i)")),
            ("(iii)", None, ("(d)", "(1)", "(iii)")),
        ]),
        ("section 615(a) of the Act", []),
        ("section 1029 of the Dodd-Frank Act", []),
        ("(section 916 of the Electronic Fund Transfer Act)", []),
        ("12 U.S.C. § 5531", []),
        ("15 U.S.C. 1693 et seq. and 12 CFR 1026.2", []),
        ("this section applies; sections must be read", []),
        ("section 5%", []),
        ("subsection 4.2", []),
        ("", []),
    ],
)  # fmt: skip
def test_sections_and_paragraphs_are_found(text: str, means: list[tuple[str, str | None, tuple[str, ...]]]) -> None:
    found = references_in(text)
    assert [(reference.text, reference.number, reference.markers) for reference in found] == means
    assert all(text[reference.start :].startswith(reference.text) for reference in found)


def test_annexes_and_other_documents_are_named() -> None:
    assert references_in("See Annex B and section 4.2 of the Fee Policy; appendix A of this part.") == [
        Reference("Annex B", 4, annex="annex B"),
        Reference("section 4.2", 16, "4.2", document="Fee Policy"),
        Reference("appendix A", 47, annex="appendix A"),
    ]


def test_a_table_of_contents_is_cut_short() -> None:
    assert len(references_in("".join(f"section {n}.1, " for n in range(1, 500)))) == MOST_REFERENCES


@pytest.mark.parametrize("text", ["section " + "1" * 50_000, "(a)" * 20_000, "§ " * 30_000, "section 1, " * 20_000])
def test_hostile_text_takes_no_long_time(text: str) -> None:
    assert len(references_in(text)) <= MOST_REFERENCES
    assert terms_defined(text) == []


def test_defined_terms_are_found() -> None:
    text = (
        "For purposes of this part:\n(a)(1) “Access device” means a card.\n(g) Lessee means a natural person.\n"
        '(2) The term "branch" has the meaning given in section 3.\nThis means nothing.\n(c) It also means little.'
    )
    assert terms_defined(text) == ["Access device", "Lessee", "branch"]


def test_terms_are_used_as_words_in_either_number() -> None:
    assert used_in("All access devices of the lessee.", "Access device") == (4, "access devices")
    assert used_in("The sublessee pays.", "Lessee") is None
