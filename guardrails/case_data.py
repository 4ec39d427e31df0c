"""Personal data that a result of the bank's system names as such: known for the rest of the conversation."""

import re
from collections.abc import Generator
from typing import Any, Final, cast

from guardrails.personal_data import PersonalDataKind, Value

_FIELDS: Final = (
    (PersonalDataKind.NAME, re.compile(r"(?:^|_)(?:name|holder|beneficiary|payee|payer|owner|guardian|spouse)$")),
    (PersonalDataKind.ADDRESS, re.compile(r"^(?:\w+_)?(?<!mail_)(?<!ip_)address$")),
    (PersonalDataKind.BIRTH, re.compile(r"(?:^|_)(?:birth|birthday|birth_date|dob|date_of_birth|born_on)$")),
    (PersonalDataKind.EMAIL, re.compile(r"(?:^|_)e?mail(?:_address)?$")),
    (PersonalDataKind.PHONE, re.compile(r"(?:^|_)(?:phone|telephone|mobile|fax)(?:_number)?$")),
)
_NO_PERSON: Final = re.compile(
    r"(?:^|_)(?:file|display|short|tool|system|product|branch|bank|document|kind|type)_name$"
)
_SNAKE: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_LEAST: Final = 3
"""Characters of a value: a shorter one would be hidden all over the text."""


def known_from(result: Any) -> tuple[Value, ...]:
    """The values in fields that are called name, address and the like, wherever they stand in a JSON result."""
    return tuple(dict.fromkeys(_values("", result)))


def _values(name: str, value: Any) -> Generator[Value]:
    if isinstance(value, dict):
        for key, item in cast("dict[str, Any]", value).items():
            yield from _values(_SNAKE.sub("_", key).casefold(), item)
    elif isinstance(value, list):
        for item in cast("list[Any]", value):
            yield from _values(name, item)
    elif isinstance(value, str) and len(value.strip()) >= _LEAST and not _NO_PERSON.search(name):
        kind = next((kind for kind, pattern in _FIELDS if pattern.search(name)), None)
        if kind is not None and (kind is not PersonalDataKind.NAME or any(c.isupper() for c in value)):
            yield kind, value.strip()
