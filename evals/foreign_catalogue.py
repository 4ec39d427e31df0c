"""A tool catalogue of another assistant in the product's terms, and its printed results as structured data."""

import ast
import json
import re
from collections.abc import Iterable, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any, Final, cast

from core.principal import Permission, Principal
from evals.errors import DataError
from tools.catalogue.models import Catalogue, Operation, Tool
from tools.models import Effect, Signature

MAKER: Final = Principal(tenant="measured", person="maker", roles=frozenset({"staff"}))

_SIGNATURES: Final = {"always": Signature.OTHER, "unless_user_stated": Signature.SELF, "never": Signature.SELF}
_IDENTIFYING: Final = (
    *("id", "email", "iban", "account", "account_number", "number", "name", "title", "filename", "file_name"),
    *("sender", "recipient", "recipients", "participants", "owner", "user", "username", "channel"),
    *("date", "day", "amount", "balance", "size"),
)
"""Fields that name or number something wherever they stand. What people write to each other (subjects, bodies,
descriptions, messages, contents, notes) is not among them."""
_FIELDS: Final = re.compile(r"(?:^| )([a-z_]\w*)=")


def read_catalogue(path: Path) -> Catalogue:
    """Raises `DataError` for what is no list of tools."""
    try:
        entries: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))
        tools = {entry["name"]: _tool(entry) for entry in entries}
    except (ValueError, KeyError, TypeError) as error:
        raise DataError(path, f"this is not a catalogue of tools: {error!r}") from error
    return Catalogue(version="foreign", system="the system", tools=tools)


def _tool(entry: Mapping[str, Any]) -> Tool:
    # Who wants a second person to look at a read as well is heard, so policy sees it as a write.
    reads = Effect(entry["effect"]) is Effect.READ and entry["approval"] == "never"
    effect = Effect.READ if reads else Effect.WRITE
    properties: Mapping[str, Any] = entry["parameters"].get("properties", {})
    return Tool(
        name=entry["name"],
        title=entry["name"],
        description=entry["description"],
        operation=Operation(entry["name"], "POST", "/", frozenset(), frozenset(), frozenset(properties)),
        schema=entry["parameters"],
        labels={name: name for name in properties},
        effect=effect,
        permission=Permission.CASE_READ,
        signature=None if reads else _SIGNATURES[entry["approval"]],
        signers=frozenset({"supervisor"}),
        expires=timedelta(hours=1),
        timeout_s=10,
        summary=entry["name"],
        receipt=entry["name"],
        sensitive=frozenset(entry["sensitive"]),
        trusted=_trusted(),
    )


def _trusted() -> frozenset[str]:
    names = [form for name in _IDENTIFYING for form in (name, f"{name}_", f"{name}[]")]
    return frozenset([f"{depth}{name}" for depth in ("", "[].") for name in names] + ["[]"])


def writing_tools(path: Path) -> frozenset[str]:
    """The tools that change something, by the file's own word."""
    return frozenset(entry["name"] for entry in json.loads(path.read_text("utf-8")) if entry["effect"] == "write")


def converted(args: Mapping[str, Any], tool: Tool | None) -> dict[str, Any]:
    """Numbers that were written as text, as the assistants that these calls come from convert them too."""
    properties: Mapping[str, Any] = {} if tool is None else tool.schema.get("properties", {})
    return {name: _number(value, properties.get(name, {}).get("type")) for name, value in args.items()}


def _number(value: Any, kind: Any) -> Any:
    if isinstance(value, str) and kind == "integer" and re.fullmatch(r"-?[0-9]{1,15}", value):
        return int(value)
    if isinstance(value, str) and kind == "number" and re.fullmatch(r"-?[0-9]{1,15}(\.[0-9]{1,6})?", value):
        return float(value)
    return value


def text_tools(steps: Iterable[Mapping[str, Any]]) -> frozenset[str]:
    """Tools one of whose results is plain text, such as a page's: then all of them are. A page that is written like a
    record must not pass for one."""
    return frozenset(
        step["tool"]
        for step in steps
        if isinstance(step["result"], str)
        and step["result"] not in {"", "None"}
        and isinstance(read_result(step["result"]), str)
    )


def read_result(printed: Any) -> Any:
    """Structured data as it is; JSON or printed Python data read; anything else is one free text.

    Only data is read, nothing is evaluated: a quotation inside a printed text stays inside it.
    """
    if not isinstance(printed, str):
        return printed
    for reading in (_as_json, _as_python, _as_fields):
        value = reading(printed)
        if value is not None:
            return value
    return printed


def _as_json(printed: str) -> Any:
    try:
        value = json.loads(printed)
    except (ValueError, RecursionError):
        return None
    return cast("Any", value) if isinstance(value, dict | list) else None


def _as_python(printed: str) -> Any:
    try:
        # Enumerations print as bare words, some with a dash of their own: `permission: r`.
        tree = ast.parse(printed.strip(), mode="eval")
        value = _data(tree.body)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    return cast("Any", value) if isinstance(value, dict | list) else None


def _as_fields(printed: str) -> Any:
    """`id_='5' title='Lunch'`: one record, printed without its name. The blanks are put between fields only where the
    text so far is complete data, so no text can smuggle a field in."""
    if not _FIELDS.match(printed):
        return None
    fields: dict[str, Any] = {}
    position = 0
    while position < len(printed):
        head = _FIELDS.match(printed, position)
        if head is None:
            return None
        end = _end_of_value(printed, head.end())
        value = None if end is None else _value(printed[head.end() : end])
        if end is None or value is _UNREADABLE:
            return None
        fields[head[1]] = value
        position = end
    return fields


_UNREADABLE: Final = object()


def _value(printed: str) -> Any:
    try:
        return _data(ast.parse(printed, mode="eval").body)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return _UNREADABLE


def _end_of_value(printed: str, start: int) -> int | None:
    """Where the next field begins outside of quotation marks and brackets."""
    quote = ""
    depth = 0
    position = start
    while position < len(printed):
        character = printed[position]
        if quote:
            if character == "\\":
                position += 1
            elif character == quote:
                quote = ""
        elif character in "'\"":
            quote = character
        elif character in "([{":
            depth += 1
        elif character in ")]}":
            depth -= 1
        elif character == " " and depth == 0 and _FIELDS.match(printed, position):
            return position
        position += 1
    return None if quote or depth else len(printed)


def _data(node: ast.expr) -> Any:
    """The value of a printed expression: literals, and calls such as `Event(id='5')` as their named fields."""
    match node:
        case ast.Constant(value=value):
            return value if isinstance(value, str | int | float | bool | None) else str(value)
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() | float() as number)):
            return -number
        case ast.List(elts=items) | ast.Tuple(elts=items) | ast.Set(elts=items):
            return [_data(item) for item in items]
        case ast.Dict(keys=keys, values=values):
            return {str(_data(cast("ast.expr", key))): _data(value) for key, value in zip(keys, values, strict=True)}
        case ast.Call(func=function, args=[], keywords=keywords) if keywords and not _is_moment(function):
            return {str(keyword.arg): _data(keyword.value) for keyword in keywords}
        case ast.Call(func=function, args=parts) if _is_moment(function):
            return _moment([_data(part) for part in parts])
        case ast.Name(id=name):
            return name
        case ast.Attribute(attr=name):
            return name
        case _:
            raise ValueError("not printed data")


def _is_moment(function: ast.expr) -> bool:
    return ast.unparse(function) in {"datetime.datetime", "datetime.date", "datetime"}


def _moment(parts: list[Any]) -> str:
    day = "-".join(f"{part:02d}" for part in parts[:3])
    return day if len(parts) < 5 else f"{day} {parts[3]:02d}:{parts[4]:02d}"
