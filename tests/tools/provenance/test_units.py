"""An amount in another unit than the argument's own is not what the person said."""

import pytest

from core.principal import Principal
from tools.catalogue.load import CORE_BANKING, load
from tools.models import Call, Origin
from tools.policy import decide

CATALOGUE = load(CORE_BANKING)
ANNA = Principal("harbour", "anna", roles=frozenset({"staff"}))


@pytest.mark.parametrize(
    ("said", "origin"),
    [
        ("$5,000", Origin.USER),
        ("5,000", Origin.USER),
        ("5000 dollars", Origin.USER),
        ("USD 5000", Origin.USER),
        ("€5,000", Origin.UNKNOWN),
        ("EUR 5000", Origin.UNKNOWN),
        ("5000 pounds", Origin.UNKNOWN),
        ("5000 cents", Origin.UNKNOWN),
        ("5000 yen", Origin.UNKNOWN),
    ],
)
def test_five_thousand_of_something_else_is_no_limit_in_dollars(said: str, origin: Origin) -> None:
    words = f"Set the daily card limit of customer 31-7750 to {said}"
    call = Call("limit_change", {"customer_id": "31-7750", "kind": "daily_card", "amount": 5000})
    decision = decide(CATALOGUE, call, principal=ANNA, words=[words], past=[])
    assert {argument.name: argument.origin for argument in decision.arguments} == {
        "customer_id": Origin.USER,
        "kind": Origin.USER,
        "amount": origin,
    }
