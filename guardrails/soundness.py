"""What an answer of a guard must look like to be one: its form all the way down, numbers that are numbers."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields, is_dataclass
from typing import Any, Final, cast

import numpy as np
from numpy.typing import NDArray
from pydantic import TypeAdapter, ValidationError
from pydantic_core import PydanticSerializationError

from guardrails.personal_data import PersonalDataKind, PersonalDatum
from guardrails.verdict import Verdict

_LENGTH: Final = 0.05
"""How far a vector's squared length may be from 1."""


def is_sound(form: TypeAdapter[Any], answer: object) -> bool:
    """Whether an answer has its form all the way down, with numbers that are numbers and scores that are
    probabilities, and every verdict in it allows exactly what its code says."""
    try:
        # Strict, and by JSON, where what is no number is null: neither "0.5" nor NaN passes for a score.
        form.validate_json(form.dump_json(answer, warnings="error"), strict=True)
    except (PydanticSerializationError, ValidationError, TypeError, ValueError, AttributeError):
        return False
    return all(_is_consistent(each) for each in _dataclasses(answer))


def _is_consistent(value: Any) -> bool:
    if isinstance(value, Verdict) and value.allowed is not (value.code == "allowed"):
        return False
    own = (getattr(value, field.name) for field in fields(value))
    return all(0.0 <= each <= 1.0 for each in own if isinstance(each, float))


def _dataclasses(value: object) -> Iterator[Any]:
    if is_dataclass(value) and not isinstance(value, type):
        yield value
        for field in fields(value):
            yield from _dataclasses(getattr(value, field.name))
    elif isinstance(value, Mapping):
        for each in cast("Mapping[object, object]", value).values():
            yield from _dataclasses(each)
    elif isinstance(value, tuple | list):
        for each in cast("Sequence[object]", value):
            yield from _dataclasses(each)


def are_vectors(vectors: object, count: int) -> bool:
    """Whether these are `count` embeddings."""
    if not isinstance(vectors, np.ndarray):
        return False
    found = cast("NDArray[Any]", vectors)
    shaped = found.ndim == 2 and found.shape[0] == count and np.issubdtype(found.dtype, np.floating)
    # Of length 1: with longer ones every likeness would come out higher than it is.
    return shaped and (count == 0 or bool(np.all(np.abs(np.einsum("ij,ij->i", found, found) - 1.0) < _LENGTH)))


def are_spans(found: object, size: int) -> bool:
    """Whether these are findings of personal data in a text of this size, in order and apart."""
    if not isinstance(found, list):
        return False
    at = 0
    for each in cast("list[object]", found):
        if not isinstance(each, PersonalDatum) or not isinstance(cast("object", each.kind), PersonalDataKind):
            return False
        if not (at <= each.start < each.end <= size) or not 0.0 <= each.score <= 1.0:
            return False
        at = each.end
    return True
