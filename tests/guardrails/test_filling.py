from typing import Any

import pytest

from guardrails.filling import Misplaced, filled
from guardrails.personal_data import PersonalDataKind
from guardrails.placeholders import Placeholders

Kind = PersonalDataKind
SHOWN = "Note for [name 1]: card [card number 1], mail [e-mail address 1], born [date of birth 1]"
SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "text": {"type": "string", "maxLength": 100},
        "amount": {"type": "integer"},
        "fee_text": {"type": "string"},
        "customer_id": {"type": "string", "pattern": "^[0-9]{2}-[0-9]{4}$"},
        "reason": {"type": "string", "enum": ["lost", "stolen"]},
        "customer_email": {"type": "string"},
        "cardNumber": {"type": "string"},
        "born_on": {"type": ["string", "null"], "format": "date"},
        "people": {"type": "array", "items": {"type": "object", "properties": {"name": {"type": "string"}}}},
    },
}


@pytest.fixture
def known() -> Placeholders:
    made = Placeholders()
    made.learn(
        [
            (Kind.NAME, "Maria Lopez"),
            (Kind.CARD, "4111111111111111"),
            (Kind.EMAIL, "jo@example.org"),
            (Kind.BIRTH, "1980-02-03"),
            (Kind.PHONE, "212-555-0187"),
        ]
    )
    return made


def test_values_come_back_where_they_belong(known: Placeholders) -> None:
    args = {
        "text": "[name 1] pays by [card number 1].",
        "amount": 20,
        "customer_email": "[e-mail address 1]",
        "cardNumber": "[card number 1]",
        "born_on": "[date of birth 1]",
        "people": [{"name": "[name 1]"}],
    }
    assert filled(args, SCHEMA, known, SHOWN) == {
        "text": "Maria Lopez pays by 4111111111111111.",
        "amount": 20,
        "customer_email": "jo@example.org",
        "cardNumber": "4111111111111111",
        "born_on": "1980-02-03",
        "people": [{"name": "Maria Lopez"}],
    }


@pytest.mark.parametrize(
    "args",
    [
        {"text": "[card number 2]"},
        {"text": "[Card number 1]"},
        {"text": "[[card number 1]]"},
        {"text": "[card number 1"},
        {"text": "[phone number 1]"},
        {"amount": "[card number 1]"},
        {"fee_text": "[card number 1]"},
        {"customer_id": "[card number 1]"},
        {"reason": "[name 1]"},
        {"customer_email": "[card number 1]"},
        {"cardNumber": "[e-mail address 1]"},
        {"born_on": "[card number 1]"},
        {"people": [{"name": "[card number 1]"}]},
        {"people": [{"[name 1]": "x"}]},
        {"[name 1]": "x"},
    ],
)
def test_a_placeholder_that_stands_for_nothing_or_does_not_belong_refuses_the_call(
    known: Placeholders, args: dict[str, Any]
) -> None:
    with pytest.raises(Misplaced):
        filled(args, SCHEMA, known, SHOWN)
