"""The words by which the built-in planner knows a tool: read once from its `hints`, its schema and its labels.

```yaml
hints:
  verbs: [add, write]            # "Add …": how an order for this tool begins
  nouns: [note, comment]         # what the order is about
  openers: [remind me]           # asks for the tool without a noun
  fields: [state, notes]         # of a reading tool: what people ask about
  text: text                     # the argument that takes the person's own words
  after: [that, saying]          # besides a colon, a quotation or a dash: words that its text comes after
  case_id.before: [case]         # words that stand in front of an argument's value
  case_id.ask: "Say which case: its number looks like C-1042."
  reason.stolen: [was taken]     # of an enumeration: what people say for a value
```
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, cast

from tools.catalogue.models import Tool
from tools.models import Effect

NEVER = re.compile(r"(?!)")


class HintsError(ValueError):
    """Hints that can't be used; names the tool and what to change."""


class Kind(StrEnum):
    """How the value of an argument is found."""

    PATTERN = "pattern"
    ENUM = "enum"
    INTEGER = "integer"
    DATE = "date"
    TEXT = "text"
    OTHER = "other"
    """Not found by rules: left out."""


@dataclass(frozen=True, slots=True)
class ArgumentWords:
    """One argument: what its value looks like, the words around it, and the sentence that asks for it."""

    name: str
    label: str
    kind: Kind
    required: bool
    ask: str
    before: re.Pattern[str]
    """Ends where the value begins."""
    called: frozenset[str]
    """The single words that stand in front of the value."""
    pattern: re.Pattern[str] | None = None
    """Finds candidates in a text, whatever their case."""
    exact: re.Pattern[str] = NEVER
    bare: bool = False
    """Digits only, so that any number of that length looks like one."""
    values: tuple[tuple[str, re.Pattern[str]], ...] = ()
    """Of an enumeration: each value and what people say for it."""


@dataclass(frozen=True, slots=True)
class ToolWords:
    """One tool. The patterns match folded text (`tools.planning.folded`)."""

    name: str
    reads: bool
    verbs: re.Pattern[str]
    nouns: re.Pattern[str]
    openers: re.Pattern[str]
    fields: re.Pattern[str]
    after: re.Pattern[str]
    spoken: frozenset[str]
    """Every single word of nouns, fields and of what stands in front of values."""
    arguments: tuple[ArgumentWords, ...]

    @property
    def text(self) -> ArgumentWords | None:
        """The argument that takes free text."""
        return next((argument for argument in self.arguments if argument.kind is Kind.TEXT), None)

    @property
    def named(self) -> tuple[ArgumentWords, ...]:
        """The arguments that have a pattern: identifiers."""
        return tuple(argument for argument in self.arguments if argument.kind is Kind.PATTERN)

    @property
    def plannable(self) -> bool:
        """Whether every required argument can be found by rules."""
        return all(argument.kind is not Kind.OTHER for argument in self.arguments if argument.required)


_KEYS = {"verbs", "nouns", "openers", "fields", "text", "after"}
_TITLE_NOISE = {"a", "an", "the", "to", "of", "for", "on", "in", "up"}


def phrases(words: Iterable[str], *, plural: bool = False) -> re.Pattern[str]:
    """Any of these words or phrases as a whole, the longest first; with `plural` also with an s."""
    ordered = sorted({" ".join(word.lower().split()) for word in words if word.strip()}, key=lambda w: (-len(w), w))
    if not ordered:
        return NEVER
    ending = "(?:e?s)?" if plural else ""
    joined = "|".join(re.escape(word).replace(r"\ ", r"\s+") for word in ordered)
    return re.compile(rf"(?<![\w-])(?:{joined}){ending}(?![\w]|-\w)")


def read_words(tool: Tool) -> ToolWords:
    """The words for this tool; without hints those of its title. Raises HintsError."""
    hints = tool.hints
    if unknown := hints.keys() - _KEYS - _argument_keys(tool):
        raise HintsError(f"{tool.name}: hints can't have {', '.join(sorted(unknown))}")
    title = [word for word in tool.title.lower().split() if word not in _TITLE_NOISE]
    return ToolWords(
        name=tool.name,
        reads=tool.effect is Effect.READ,
        verbs=phrases(_list(tool, hints, "verbs") or title[:1]),
        nouns=phrases(_list(tool, hints, "nouns") or title[1:], plural=True),
        openers=phrases(_list(tool, hints, "openers")),
        fields=phrases(_list(tool, hints, "fields"), plural=True),
        after=phrases(_list(tool, hints, "after") or ["that", "saying", "saying that", "which says"]),
        spoken=_spoken(tool, title),
        arguments=tuple(_argument(tool, name) for name in _properties(tool)),
    )


def _spoken(tool: Tool, title: list[str]) -> frozenset[str]:
    said = [*title[1:], *_list(tool, tool.hints, "nouns"), *_list(tool, tool.hints, "fields")]
    for name in _properties(tool):
        said += _before(tool, name)
    return _single_words(said)


def _single_words(said: Iterable[str]) -> frozenset[str]:
    words = {word for phrase in said for word in phrase.lower().split()}
    return frozenset(words | {f"{word}s" for word in words})


def _list(tool: Tool, hints: Mapping[str, Any], name: str) -> list[str]:
    found = hints.get(name, [])
    if not isinstance(found, list | tuple) or not all(isinstance(word, str) for word in cast("list[object]", found)):
        raise HintsError(f"{tool.name}: hints.{name} must be a list of words")
    return list(cast("list[str]", found))


def _argument_keys(tool: Tool) -> set[str]:
    keys = {f"{name}.{about}" for name in _properties(tool) for about in ("before", "ask")}
    return keys | {f"{name}.{value}" for name, schema in _properties(tool).items() for value in schema.get("enum", ())}


def _before(tool: Tool, name: str) -> list[str]:
    return _list(tool, tool.hints, f"{name}.before") or [tool.labels.get(name, name.replace("_", " "))]


def _properties(tool: Tool) -> Mapping[str, Mapping[str, Any]]:
    return cast("Mapping[str, Mapping[str, Any]]", tool.schema.get("properties", {}))


def _argument(tool: Tool, name: str) -> ArgumentWords:
    schema = _properties(tool)[name]
    label, kind = tool.labels.get(name, name.replace("_", " ")), _kind(tool, name, schema)
    shape = str(schema.get("pattern", ""))
    return ArgumentWords(
        name=name,
        label=label,
        kind=kind,
        required=name in tool.schema.get("required", ()),
        ask=str(tool.hints.get(f"{name}.ask") or _ask(kind, label, schema)),
        called=_single_words(_before(tool, name)),
        before=re.compile(rf"{phrases(_before(tool, name), plural=True).pattern}[^\d\n;.]{{0,24}}\Z"),
        pattern=_search(shape, bare=_is_bare(shape)) if kind is Kind.PATTERN else None,
        exact=re.compile(_inner(shape)) if kind is Kind.PATTERN else NEVER,
        bare=kind is Kind.PATTERN and _is_bare(shape),
        values=_values(tool, name, schema) if kind is Kind.ENUM else (),
    )


def _kind(tool: Tool, name: str, schema: Mapping[str, Any]) -> Kind:
    if name == tool.hints.get("text"):
        return Kind.TEXT
    if "enum" in schema:
        return Kind.ENUM
    if schema.get("type") == "integer":
        return Kind.INTEGER
    if schema.get("type") != "string":
        return Kind.OTHER
    if schema.get("format") == "date":
        return Kind.DATE
    return Kind.PATTERN if "pattern" in schema else Kind.OTHER


def _search(pattern: str, *, bare: bool) -> re.Pattern[str]:
    """A pattern for the whole value as one that finds it in a text; no part of a longer number or word."""
    group_before, group_after = (r"(?<!\d )", r"(?! \d)") if bare else ("", "")
    return re.compile(
        rf"(?<![\w$€£.,-]){group_before}(?:{_inner(pattern)})(?![\w-]|[.,]\d){group_after}", re.IGNORECASE
    )


def _inner(pattern: str) -> str:
    return pattern.removeprefix("^").removesuffix("$")


def _is_bare(pattern: str) -> bool:
    """Whether it is digits only, so that any number of that length looks like one."""
    return not re.sub(r"\[0-9\]|\\d|\{[\d,]+\}|[()?:+*|\d]", "", _inner(pattern))


def _values(tool: Tool, name: str, schema: Mapping[str, Any]) -> tuple[tuple[str, re.Pattern[str]], ...]:
    values = [str(value) for value in cast("list[object]", schema["enum"])]
    said = {value: _list(tool, tool.hints, f"{name}.{value}") for value in values}
    return tuple((value, phrases([value.replace("_", " "), *said[value]])) for value in values)


def _ask(kind: Kind, label: str, schema: Mapping[str, Any]) -> str:
    """The sentence that asks for an argument whose hints have none."""
    what = label[:1].lower() + label[1:]
    if kind is Kind.ENUM:
        return f"Say the {what}: {' or '.join(str(value).replace('_', ' ') for value in schema['enum'])}."
    if kind is Kind.INTEGER:
        return f"Say the {what} as a whole number, such as 2,500."
    if kind is Kind.DATE:
        return f"Say the {what} in the form 2026-11-30."
    if kind is Kind.TEXT:
        return f"Write the {what} after a colon."
    example = re.search(r"such as ([\w-]+)", str(schema.get("description", "")))
    return f"Say the {what}: it looks like {example[1]}." if example else f"Say the {what}."
