from guardrails.checksums import iban, luhn, routing_number


def test_valid_numbers_pass_and_one_changed_digit_fails() -> None:
    assert luhn("4111111111111111")
    assert not luhn("4111111111111112")
    assert iban("DE89 3704 0044 0532 0130 00")
    assert not iban("DE89 3704 0044 0532 0130 01")
    assert routing_number("021000021")
    assert not routing_number("021000022")
    assert not routing_number("991000021")
