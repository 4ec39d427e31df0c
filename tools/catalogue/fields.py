"""The parts of a tool's entry, each read and checked where it stands."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final, TypeVar, cast

from tools.catalogue.document import DocumentedOperation, field_schema
from tools.catalogue.limits import CATALOGUE_LIMITS
from tools.catalogue.located import Located
from tools.catalogue.models import Fact, Facts, Limit
from tools.catalogue.narrowing import widening
from tools.rendering import has_stray_braces, placeholders

Choice = TypeVar("Choice", bound=StrEnum)

_ARGUMENT: Final = frozenset({"label", "sensitive", "schema"})
_LIMIT: Final = frozenset({"argument", "by_role", "two_above"})
_FACTS: Final = frozenset({"tool", "arguments", "lines"})
_FACT: Final = frozenset({"label", "now", "after", "only"})


@dataclass(frozen=True, slots=True)
class Arguments:
    """What a tool takes: its JSON Schema, the words before each value, which ones steer."""

    schema: Mapping[str, Any]
    labels: Mapping[str, str]
    sensitive: frozenset[str]


def is_name(text: str) -> bool:
    """Whether it may name a tool: model vendors take no more than this."""
    return re.fullmatch(r"[a-z][a-z0-9_]{0,63}", text) is not None


def choice(given: Located, choices: type[Choice]) -> Choice:
    """A member of the enum; its name stands in the message when it is none."""
    for member in choices:
        if member.value == given.value:
            return member
    raise given.wrong(f"{given.name} '{given.value}' is none of {', '.join(member.value for member in choices)}")


def short(given: Located, most: int) -> str:
    """A text of at most that many characters."""
    text = given.text()
    if len(text) > most:
        raise given.wrong(f"{given.name} has {len(text)} characters; at most {most} are shown")
    return text


def read_arguments(given: Located, operation: DocumentedOperation) -> Arguments:
    """Every argument must be one of the operation's, and none that the operation requires may be missing."""
    properties: dict[str, Any] = {}
    labels: dict[str, str] = {}
    sensitive: set[str] = set()
    for name, entry in given.mapping().items():
        own = operation.arguments.get(name)
        if own is None:
            known = ", ".join(operation.arguments)
            raise entry.wrong(f"{operation.operation.id} takes no '{name}'; it takes {known}")
        found = entry.fields(_ARGUMENT, frozenset({"label"}))
        narrower = _narrower(found.get("schema"), own)
        properties[name] = {**own, **narrower}
        label = short(found["label"], CATALOGUE_LIMITS.label_characters)
        if label.casefold() in {other.casefold() for other in labels.values()}:
            raise found["label"].wrong(
                f"'{label}' is another argument's label too: who signs could not tell them apart"
            )
        labels[name] = label
        if "sensitive" in found and found["sensitive"].flag():
            sensitive.add(name)
    missing = sorted(operation.required - properties.keys())
    if missing:
        raise given.wrong(f"{operation.operation.id} requires {', '.join(missing)}: add it here")
    schema = {
        "type": "object",
        "additionalProperties": False,
        "required": sorted(operation.required),
        "properties": properties,
    }
    return Arguments(schema, labels, frozenset(sensitive))


def _narrower(given: Located | None, own: Mapping[str, Any]) -> Mapping[str, Any]:
    if given is None:
        return {}
    given.mapping()
    schema: Mapping[str, Any] = given.plain()
    problem = widening(schema, own)
    if problem is not None:
        raise given.wrong(f"this schema allows more than the operation: {problem}")
    return schema


def template(given: Located, labels: Iterable[str], reply: Mapping[str, Any] | None = None) -> str:
    """A text whose placeholders are arguments, or fields of `reply` where there is a result by then."""
    text = given.text()
    if has_stray_braces(text):
        raise given.wrong("a brace stands alone; a placeholder looks like {case_id} or {result.state}")
    known = frozenset(labels)
    for path in placeholders(text):
        if not path.startswith("result."):
            if path not in known:
                raise given.wrong(f"{{{path}}} is no argument; there are {', '.join(sorted(known))}")
        elif reply is None:
            raise given.wrong(f"{{{path}}} can't be shown before there is a result")
        else:
            check_result_path(given, path.removeprefix("result."), reply)
    return text


def check_result_path(given: Located, path: str, reply: Mapping[str, Any]) -> None:
    """Raise unless the path (with `[0]` for items) exists in the reply."""
    if field_schema(reply, re.sub(r"\[-?[0-9]+\]", "[]", path)) is None:
        raise given.wrong(f"the result has no field '{path}'")


def read_limit(given: Located | None, arguments: Arguments, signers: frozenset[str]) -> Limit | None:
    if given is None:
        return None
    found = given.fields(_LIMIT, frozenset({"argument", "by_role"}))
    argument = found["argument"].text()
    schema = arguments.schema["properties"].get(argument)
    if schema is None or schema.get("type") != "integer" or argument not in arguments.schema["required"]:
        raise found["argument"].wrong(f"'{argument}' must be a required argument that is an integer")
    by_role = {role: amount.integer() for role, amount in found["by_role"].mapping().items()}
    for role, amount in found["by_role"].mapping().items():
        if role not in signers:
            raise amount.wrong(f"the role '{role}' is not among the signers")
    unlimited = sorted(signers - by_role.keys())
    if unlimited:
        raise found["by_role"].wrong(f"say what these signers may sign: {', '.join(unlimited)}")
    if "two_above" not in found:
        return Limit(argument, by_role)
    two_above = found["two_above"].integer()
    if not 0 <= two_above < max(by_role.values()):
        raise found["two_above"].wrong(f"two_above must be below what one may sign ({max(by_role.values()):,})")
    return Limit(argument, by_role, two_above)


def read_facts(given: Located | None) -> Facts | None:
    """As it stands; `references.check_facts` looks at the tool that it names once all tools are read."""
    if given is None:
        return None
    found = given.fields(_FACTS, _FACTS)
    lines = [line.fields(_FACT, frozenset({"label", "now"})) for line in found["lines"].items()]
    return Facts(
        tool=found["tool"].text(),
        arguments={to: source.text() for to, source in found["arguments"].mapping().items()},
        lines=tuple(
            Fact(
                short(line["label"], CATALOGUE_LIMITS.label_characters),
                line["now"].text(),
                line["after"].text() if "after" in line else None,
                {name: value.text() for name, value in line["only"].mapping().items()} if "only" in line else {},
            )
            for line in lines
        ),
    )


def read_trusted(given: Located | None, operation: DocumentedOperation) -> frozenset[str]:
    """Fields whose form the document fixes. A text of any form is free text, whoever filled it in."""
    trusted: set[str] = set()
    for item in [] if given is None else given.items():
        path = item.text()
        schema = field_schema(operation.reply, path)
        if schema is None:
            raise item.wrong(f"the result of {operation.operation.id} has no field '{path}'")
        if not _has_fixed_form(schema):
            raise item.wrong(f"'{path}' is free text: only numbers, choices, dates and patterns may be trusted")
        trusted.add(path)
    return frozenset(trusted)


def _has_fixed_form(schema: Mapping[str, Any]) -> bool:
    named: Any = schema.get("type")
    kinds: list[Any] = cast("list[Any]", named) if isinstance(named, list) else [named]
    if "object" in kinds or "array" in kinds:
        return False
    return "string" not in kinds or bool({"enum", "pattern", "format"} & schema.keys())


def read_hints(given: Located | None, labels: Mapping[str, str]) -> Mapping[str, Any]:
    """Words for the built-in planner: texts or lists of them. `text` must name an argument."""
    if given is None:
        return {}
    found = given.mapping()
    if "text" in found and found["text"].text() not in labels:
        raise found["text"].wrong(f"'{found['text'].value}' is no argument of this tool")
    hints: Mapping[str, Any] = given.plain()
    for name, item in found.items():
        if not (isinstance(item.value, str) or _is_list_of_text(hints[name])):
            raise item.wrong(f"the hint '{name}' must be a text or a list of texts")
    return hints


def _is_list_of_text(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) for item in cast("list[Any]", value))
