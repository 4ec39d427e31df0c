import pytest

from guardrails.detecting import Detector
from guardrails.personal_data import PersonalDataKind

Kind = PersonalDataKind


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Card 4111 1111 1111 1111 was stolen.", [(Kind.CARD, "4111 1111 1111 1111")]),
        ("Her SSN is 219-09-4321.", [(Kind.SSN, "219-09-4321")]),
        ("taxpayer 219094321 asked", [(Kind.SSN, "219094321")]),
        ("Call her on 212-555-0187 x12 please", [(Kind.PHONE, "212-555-0187 x12")]),
        ("mobile +44 7700 900123", [(Kind.PHONE, "+44 7700 900123")]),
        ("Write to ann.o'hara@mail.example.org!", [(Kind.EMAIL, "ann.o'hara@mail.example.org")]),
        ("Login from 203.0.113.7 and 2001:db8::8a2e:370:7334", None),
        ("Pay to DE89 3704 0044 0532 0130 00", [(Kind.IBAN, "DE89 3704 0044 0532 0130 00")]),
        ("routing number 021000021", [(Kind.ROUTING, "021000021")]),
        ("account 0012345678 at branch 001", [(Kind.ACCOUNT, "0012345678")]),
    ],
)
def test_structured_personal_data_is_found(
    detector: Detector, text: str, expected: list[tuple[Kind, str]] | None
) -> None:
    found = [(d.kind, text[d.start : d.end]) for d in detector.find(text)]
    assert found == (expected or [(Kind.IP, "203.0.113.7"), (Kind.IP, "2001:db8::8a2e:370:7334")])


@pytest.mark.parametrize(
    "text",
    [
        "See § 1005.11(c)(1) and 1002.12(b)(1), 12 CFR part 1005.",
        "On case C-1042 the address proof is missing.",
        "Keep it 25 months, then $1,000.00 within 10 business days after 2018-01-01 or 01/02/2018.",
        "Section 1005.33(c)(2)(iii)(B), circular 2024-117, version 3.2.1, run 20260103.",
        "Between 2011-12-30 and 2018-01-01 the rate was 4.25%; 100 000 000 dollars.",
        "Open 9:30-17:00, counter 10 20 30, ref 123456789.",
        "A public policy on card payments and bank accounts, USD 12,500,000.",
        "Card 4111 1111 1111 1112 has a wrong check digit.",
        "routing number 123456789 has a wrong check digit",
    ],
)
def test_citations_dates_amounts_and_case_ids_are_left_alone(detector: Detector, text: str) -> None:
    assert [text[d.start : d.end] for d in detector.find(text)] == []
