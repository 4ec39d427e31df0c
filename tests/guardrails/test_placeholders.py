import pytest
from hypothesis import given
from hypothesis import strategies as st

from guardrails.personal_data import Mask, PersonalDataKind
from guardrails.placeholders import Placeholders, fits, plain

Kind = PersonalDataKind
CARD = "4111 1111 1111 1111"
OTHER = "5500000000000004"


def known(*values: tuple[Kind, str]) -> Placeholders:
    made = Placeholders()
    made.learn(values)
    return made


def test_placeholders_are_typed_numbered_and_the_same_for_the_same_value() -> None:
    hidden = known((Kind.CARD, CARD), (Kind.CARD, "4111111111111111"), (Kind.CARD, OTHER), (Kind.EMAIL, "a@b.example"))
    text = f"{CARD} or 4111111111111111, not {OTHER}; mail a@b.example"
    assert hidden.hide(text) == "[card number 1] or [card number 1], not [card number 2]; mail [e-mail address 1]"
    assert hidden.masks == (
        Mask("[card number 1]", Kind.CARD, CARD),
        Mask("[card number 1]", Kind.CARD, "4111111111111111"),
        Mask("[card number 2]", Kind.CARD, OTHER),
        Mask("[e-mail address 1]", Kind.EMAIL, "a@b.example"),
    )


def test_numbers_go_on_through_a_conversation() -> None:
    first = known((Kind.CARD, CARD))
    later = Placeholders.of(first.masks)
    later.learn([(Kind.CARD, OTHER), (Kind.CARD, "4111-1111-1111-1111")])
    assert later.hide(f"{OTHER}, 4111-1111-1111-1111, {CARD}") == "[card number 2], [card number 1], [card number 1]"
    assert later.masks[: len(first.masks)] == first.masks


def test_a_value_inside_a_longer_word_or_number_is_left() -> None:
    hidden = known((Kind.ACCOUNT, "123456"), (Kind.NAME, "Ann Lee"))
    assert hidden.hide("9123456 1234567 A123456 Ann Leeds") == "9123456 1234567 A123456 Ann Leeds"


def test_what_somebody_types_as_a_placeholder_gets_nobodys_value() -> None:
    hidden = known((Kind.CARD, CARD))
    typed = f"Is [card number 1] or [Card Number 1] or (card_number 1) the same as {CARD}?"
    seen = hidden.hide(typed)
    assert seen == "Is [bracketed text 1] or [bracketed text 2] or [bracketed text 3] the same as [card number 1]?"
    assert hidden.restore(seen) == typed


def test_what_is_put_back_is_not_looked_at_again() -> None:
    hidden = known((Kind.EMAIL, "x[card-number-1]@b.example"), (Kind.CARD, CARD))
    assert CARD not in hidden.restore("[e-mail address 1]")


def test_a_surname_alone_is_a_name_in_the_conversation_and_a_word_in_a_document() -> None:
    hidden = known((Kind.NAME, "Maria Lopez"), (Kind.NAME, "John Bill"), (Kind.NAME, "Keller"))
    assert (
        hidden.hide("Maria Lopez and Lopez pay the Bill of Keller") == "[name 1] and [name 4] pay the Bill of [name 3]"
    )
    assert hidden.hide("Maria Lopez, Lopez, Keller", is_document=True) == "[name 1], Lopez, Keller"


@pytest.mark.parametrize(
    "text",
    [
        "[card number 2] is blocked.",
        "[Card number 1] is blocked.",
        "[card  number 1] is blocked.",
        "[ card number 1 ] is blocked.",
        "[card_number_1] is blocked.",
        "[card number 01] is blocked.",
        "[[card number 1]] is blocked.",
        "[card number [card number 1]] is blocked.",
        "[card number 1 is blocked.",
        "card number 1] is blocked.",
        "(card number 1) is blocked.",
        "{card number 1} is blocked.",
        "［card number 1］ is blocked.",
        "[card number １] is blocked.",
        "[cardnumber1] is blocked.",
        "[IBAN 1] is blocked.",
        "[name 1] is blocked.",
    ],
)
def test_an_invented_or_altered_placeholder_does_not_fit(text: str) -> None:
    shown = known((Kind.CARD, CARD)).hide(f"Block {CARD}.")
    assert not fits(text, shown)


@pytest.mark.parametrize(
    "text", ["[card number 1] is blocked.", "Block it ([card number 1]).", "Fill in [name of bank].", "No card 1 here."]
)
def test_what_was_shown_fits(text: str) -> None:
    assert fits(text, "What of it?", known((Kind.CARD, CARD)).hide(f"Block {CARD}."))


def test_the_figures_of_placeholders_are_none() -> None:
    assert plain("May [name 1] use [card number 2] for 5 days?") == "May use card number for 5 days?"
    assert plain("Is Mrs. [name 1] a customer?") == "Is a customer?"
    assert plain("Two  blanks, [12] days") == "Two  blanks, [12] days"


_PIECES = st.sampled_from(
    [
        CARD,
        OTHER,
        "a@b.example",
        "Maria Lopez",
        "Lopez",
        "[card number 1]",
        "[name 1]",
        "[",
        "]",
        " ",
        "x",
        "1",
        "(name 2)",
    ]
)


@given(st.lists(_PIECES, max_size=14))
def test_restoring_undoes_hiding_and_nothing_is_left_to_see(pieces: list[str]) -> None:
    text = "".join(pieces)
    hidden = known((Kind.CARD, CARD), (Kind.CARD, OTHER), (Kind.EMAIL, "a@b.example"), (Kind.NAME, "Maria Lopez"))
    seen = hidden.hide(text)
    assert hidden.restore(seen) == text
    assert fits(seen, seen) or "[" in text or "]" in text
    spaced = hidden.hide(" ".join(pieces))
    assert all(value not in spaced for value in (CARD, OTHER, "a@b.example", "Maria Lopez"))
