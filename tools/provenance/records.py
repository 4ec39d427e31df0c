"""What the bank's own records say: the trusted fields of the results of a run, and everything else as free text.

A field is trusted where the catalogue says so by its path, never because of what stands in it; so text that imitates a
record is text.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from tools.catalogue.models import Catalogue, Tool
from tools.models import PastCall
from tools.provenance.limits import PROVENANCE

Scalar = str | int | float | bool


@dataclass(frozen=True, slots=True)
class Field:
    """A trusted field. `record` holds the trusted scalars of the object that it stands in; `call` counts from 0."""

    path: str
    value: Scalar
    record: Mapping[str, Scalar]
    call: int
    tool: Tool
    args: Mapping[str, Any]

    @property
    def leaf(self) -> str:
        """The name of the field; '' for an item of a plain list at the top."""
        return self.path.removesuffix("[]").rsplit(".", 1)[-1].removesuffix("[]").strip("_")


@dataclass(frozen=True, slots=True)
class Records:
    """Everything that came back in a run."""

    fields: tuple[Field, ...]
    free_texts: tuple[str, ...]

    def holds_text(self, value: Scalar) -> bool:
        """Whether the value stands in free text, as a whole word."""
        if isinstance(value, bool):
            return False
        forms = {value} if isinstance(value, str) else {str(value), f"{value:,}", f"{value:g}", f"{value:,.2f}"}
        wanted = [re.escape(" ".join(form.casefold().split())) for form in forms if form.strip()]
        pattern = re.compile(rf"(?<!\w)(?:{'|'.join(wanted)})(?!\w)")
        return bool(wanted) and any(pattern.search(text) for text in self.free_texts)


def read_records(catalogue: Catalogue, past: Sequence[PastCall]) -> Records:
    """The fields that each call's tool trusts; all text of a tool that is not in the catalogue is free."""
    fields: list[Field] = []
    texts: list[str] = []
    for number, done in enumerate(past):
        tool = catalogue.get(done.tool)
        trusted = frozenset[str]() if tool is None else tool.trusted
        for path, value, record in _leaves(done.result, "", {}):
            if tool is not None and path in trusted and _may_identify(value):
                known = {name: item for name, item in record.items() if _joined(path, name) in trusted}
                fields.append(Field(path, value, known, number, tool, done.args))
            elif isinstance(value, str):
                texts.append(" ".join(value.casefold().split()))
            elif not isinstance(value, bool):
                texts.append(str(value))
    return Records(tuple(fields), tuple(texts))


def _may_identify(value: Scalar) -> bool:
    """No identifier is longer than a name, or has line breaks or invisible characters in it."""
    return not isinstance(value, str) or (len(value) <= PROVENANCE.identifier_characters and value.isprintable())


def _joined(path: str, name: str) -> str:
    """The path of a sibling: of `cards[].last4` and `kind`, `cards[].kind`."""
    plain = path.removesuffix("[]")
    parent = plain.rsplit(".", 1)[0] if "." in plain else ""
    return f"{parent}.{name}" if parent else name


def _leaves(value: Any, path: str, record: Mapping[str, Scalar]) -> Iterator[tuple[str, Scalar, Mapping[str, Scalar]]]:
    if isinstance(value, Mapping):
        fields = cast("Mapping[str, Any]", value)
        scalars = {key: item for key, item in fields.items() if isinstance(item, str | int | float)}
        for key, item in fields.items():
            # A name that looks like a path would pass for the field that it imitates.
            if re.fullmatch(r"\w+", key):
                yield from _leaves(item, f"{path}.{key}" if path else key, scalars)
            else:
                yield from ((f"{path}.?", leaf, {}) for _, leaf, _ in _leaves(item, "?", {}))
                yield f"{path}.?", key, {}
    elif isinstance(value, list | tuple):
        for item in cast("Sequence[Any]", value):
            yield from _leaves(item, f"{path}[]", record)
    elif isinstance(value, str | int | float):
        yield path, value, record
