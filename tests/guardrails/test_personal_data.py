from guardrails.detecting import Detector
from guardrails.personal_data import (
    Mask,
    PersonalDataKind,
    PersonalDatum,
    adds_personal_data,
    comparable,
    resolve_overlaps,
    values_in,
)

Kind = PersonalDataKind


def test_a_mask_shows_no_value_in_its_repr() -> None:
    assert "4111" not in repr(Mask("[card number 1]", Kind.CARD, "4111111111111111"))


def test_the_stronger_of_two_overlapping_spans_stays() -> None:
    weak = PersonalDatum(0, 9, Kind.ACCOUNT, 0.5)
    strong = PersonalDatum(3, 12, Kind.ROUTING, 0.9)
    other = PersonalDatum(12, 14, Kind.CARD, 0.5)
    assert resolve_overlaps([weak, strong, other]) == [strong, other]


def test_spellings_of_one_value_are_one_and_those_of_two_are_two() -> None:
    assert comparable(Kind.CARD, "4111 1111-1111 1111") == comparable(Kind.CARD, "4111111111111111")
    assert comparable(Kind.IBAN, "de89 3704 0044 0532 0130 00") == comparable(Kind.IBAN, "DE89370400440532013000")
    assert comparable(Kind.EMAIL, "Jo123456@example.org") == comparable(Kind.EMAIL, "jo123456@EXAMPLE.org")
    assert comparable(Kind.EMAIL, "jo123456@example.org") != comparable(Kind.EMAIL, "al123456@example.org")


def test_what_stands_in_an_allowed_text_is_not_added(detector: Detector) -> None:
    evidence = "Send forms to desk@example.org or call 212-555-0187."
    assert not adds_personal_data("Forms go to Desk@example.org.", [evidence], detector)
    assert not adds_personal_data("Forms go to the desk.", [evidence], detector)
    assert adds_personal_data("Forms go to jane@example.org.", [evidence], detector)
    assert adds_personal_data("Mr. Peter Hollander decides.", [evidence], detector)


def test_each_value_is_told_once(detector: Detector) -> None:
    texts = ["Mail jo@example.org and jo@example.org.", "jo@example.org"]
    assert values_in(detector, texts) == ((Kind.EMAIL, "jo@example.org"),)
