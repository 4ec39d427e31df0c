from hypothesis import given
from hypothesis import strategies as st

from guardrails.personal_data import Mask, Masked, PersonalDataKind, PersonalDatum, mask, resolve_overlaps, restore

CARD = PersonalDataKind.CARD


def _datum(text: str, value: str, kind: PersonalDataKind, after: int = 0) -> PersonalDatum:
    start = text.index(value, after)
    return PersonalDatum(start, start + len(value), kind, 1.0)


def test_masks_are_typed_numbered_and_the_same_for_the_same_value() -> None:
    text = "4111 1111 1111 1111 or 4111111111111111, not 5500000000000004; mail a@b.example"
    found = [
        _datum(text, "4111 1111 1111 1111", CARD),
        _datum(text, "4111111111111111", CARD),
        _datum(text, "5500000000000004", CARD),
        _datum(text, "a@b.example", PersonalDataKind.EMAIL),
    ]
    assert mask(text, found) == Masked(
        "[card number 1] or [card number 1], not [card number 2]; mail [e-mail address 1]",
        (
            Mask("[card number 1]", CARD, "4111 1111 1111 1111"),
            Mask("[card number 2]", CARD, "5500000000000004"),
            Mask("[e-mail address 1]", PersonalDataKind.EMAIL, "a@b.example"),
        ),
    )


def test_a_mask_shows_no_value_in_its_repr() -> None:
    assert "4111" not in repr(Mask("[card number 1]", CARD, "4111111111111111"))


def test_the_stronger_of_two_overlapping_spans_stays() -> None:
    weak = PersonalDatum(0, 9, PersonalDataKind.ACCOUNT, 0.5)
    strong = PersonalDatum(3, 12, PersonalDataKind.ROUTING, 0.9)
    assert resolve_overlaps([weak, strong, PersonalDatum(12, 14, CARD, 0.5)]) == [
        strong,
        PersonalDatum(12, 14, CARD, 0.5),
    ]


@given(st.lists(st.sampled_from(["4111111111111111", "5500000000000004", "x", " "]), max_size=12))
def test_restoring_undoes_masking(pieces: list[str]) -> None:
    text, found = "", list[PersonalDatum]()
    for piece in pieces:
        if len(piece) > 1:
            found.append(PersonalDatum(len(text), len(text) + len(piece), CARD, 1.0))
        text += piece
    masked = mask(text, found)
    assert restore(masked.text, masked.masks) == text
    assert all(entry.value not in masked.text for entry in masked.masks)
