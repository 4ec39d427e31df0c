"""Values put back into the arguments that a model gives to a tool: only where they belong.

The model is an attacker (invariant 8), so an argument is refused, and with it the call, rather than mended.
"""

import re
from collections.abc import Mapping
from typing import Any, Final, cast

from guardrails.personal_data import PersonalDataKind
from guardrails.placeholders import Placeholders, fits, found_in

_WORD: Final = re.compile(r"[a-z]+")

_FIGURES: Final = """
    amount balance count date day fee limit number_of percent quantity rate sum time total
"""
_NO_PLACE: Final = frozenset(_FIGURES.split())
"""Words of an argument's name by which it takes a figure or a day, never anybody's data."""

_PLACES: Final[Mapping[str, frozenset[PersonalDataKind]]] = {
    "email": frozenset({PersonalDataKind.EMAIL}),
    "mail": frozenset({PersonalDataKind.EMAIL}),
    "phone": frozenset({PersonalDataKind.PHONE}),
    "telephone": frozenset({PersonalDataKind.PHONE}),
    "mobile": frozenset({PersonalDataKind.PHONE}),
    "fax": frozenset({PersonalDataKind.PHONE}),
    "iban": frozenset({PersonalDataKind.IBAN}),
    "ssn": frozenset({PersonalDataKind.SSN}),
    "ip": frozenset({PersonalDataKind.IP}),
    "card": frozenset({PersonalDataKind.CARD}),
    "pan": frozenset({PersonalDataKind.CARD}),
    "routing": frozenset({PersonalDataKind.ROUTING}),
    "account": frozenset({PersonalDataKind.ACCOUNT, PersonalDataKind.IBAN}),
    "name": frozenset({PersonalDataKind.NAME}),
    "holder": frozenset({PersonalDataKind.NAME}),
    "birth": frozenset({PersonalDataKind.BIRTH}),
    "address": frozenset({PersonalDataKind.ADDRESS, PersonalDataKind.EMAIL, PersonalDataKind.IP}),
}
"""Words of an argument's name by which it takes one kind of data. A name with none of them takes any text."""


class Misplaced(Exception):
    """A model gave a placeholder that stands for nothing, that it changed, or where its kind does not belong."""


def filled(
    args: Mapping[str, Any], schema: Mapping[str, Any], placeholders: Placeholders, *shown: str
) -> dict[str, Any]:
    """The arguments with values for placeholders. `schema`: of the tool; `shown`: the texts that the model was given,
    in one of which each of its placeholders has to stand. Raises `Misplaced`."""
    properties = schema.get("properties", {})
    made: dict[str, Any] = {}
    for name, value in args.items():
        if not fits(name):
            raise Misplaced(name)
        made[name] = _filled(name, value, properties.get(name, {}), placeholders, shown)
    return made


def _filled(
    name: str, value: Any, schema: Mapping[str, Any], placeholders: Placeholders, shown: tuple[str, ...]
) -> Any:
    if isinstance(value, dict):
        inner = schema.get("properties", {})
        found = cast("dict[str, Any]", value)
        if not all(fits(key) for key in found):
            raise Misplaced(name)
        return {key: _filled(key, item, inner.get(key, {}), placeholders, shown) for key, item in found.items()}
    if isinstance(value, list):
        items = schema.get("items", {})
        return [_filled(name, item, items, placeholders, shown) for item in cast("list[Any]", value)]
    if not isinstance(value, str):
        return value
    if not fits(value, *shown):
        raise Misplaced(name)
    put = found_in(value)
    if not put:
        return value
    kinds = {placeholders.kind_of(each) for each in put}
    restored = placeholders.restore(value)
    if None in kinds or not _takes(name, schema, cast("set[PersonalDataKind]", kinds), restored):
        raise Misplaced(name)
    return restored


def _takes(name: str, schema: Mapping[str, Any], kinds: set[PersonalDataKind], restored: str) -> bool:
    """Whether an argument may hold data of these kinds: by its type and form, and by its name."""
    types = schema.get("type", "string")
    if "string" not in ([types] if isinstance(types, str) else types) or "enum" in schema or "const" in schema:
        return False
    if schema.get("format", "email" if kinds == {PersonalDataKind.EMAIL} else "") not in ("", "email"):
        return kinds == {PersonalDataKind.BIRTH} and schema["format"] == "date"
    if "pattern" in schema and re.search(schema["pattern"], restored) is None:
        return False
    words = set(_WORD.findall(re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).casefold()))
    if words & _NO_PLACE:
        return False
    wanted = [_PLACES[word] for word in sorted(words) if word in _PLACES]
    return not wanted or any(kinds <= each for each in wanted)
