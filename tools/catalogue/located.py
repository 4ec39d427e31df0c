"""YAML with the line of every value, so that a mistake in a file is named where it stands."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import yaml

from tools.rendering import visible


class CatalogueError(Exception):
    """A catalogue that can't be used: file, line and what to change."""


@dataclass(frozen=True, slots=True)
class Located:
    """A value of the file with its place. Every reader names the place when the value is not what it must be."""

    file: str
    line: int
    name: str
    value: Any
    """Plain data. Mappings and lists hold `Located` again."""

    def wrong(self, problem: str) -> CatalogueError:
        return CatalogueError(f"{self.file}, line {self.line}: {problem}")

    def mapping(self) -> dict[str, "Located"]:
        value: object = self.value
        if not isinstance(value, dict):
            raise self.wrong(f"{self.name} must be a list of 'name: value' lines")
        return cast("dict[str, Located]", value)

    def items(self) -> list["Located"]:
        value: object = self.value
        if not isinstance(value, list):
            raise self.wrong(f"{self.name} must be a list, such as [first, second]")
        return cast("list[Located]", value)

    def text(self) -> str:
        if not isinstance(self.value, str) or not self.value.strip():
            raise self.wrong(f"{self.name} must be a text")
        if visible(self.value) != self.value:
            raise self.wrong(f"{self.name} has characters that can't be seen: {visible(self.value)}")
        return self.value

    def integer(self) -> int:
        if not isinstance(self.value, int) or isinstance(self.value, bool):
            raise self.wrong(f"{self.name} must be a whole number")
        return self.value

    def flag(self) -> bool:
        if not isinstance(self.value, bool):
            raise self.wrong(f"{self.name} must be true or false")
        return self.value

    def plain(self) -> Any:
        """The value without places."""
        if isinstance(self.value, dict):
            return {key: item.plain() for key, item in self.mapping().items()}
        if isinstance(self.value, list):
            return [item.plain() for item in self.items()]
        return self.value

    def fields(self, known: frozenset[str], required: frozenset[str]) -> dict[str, "Located"]:
        """The mapping, when it has only known keys and all required ones."""
        found = self.mapping()
        for key, item in found.items():
            if key not in known:
                raise item.wrong(f"{self.name} has no entry '{key}'; there are {', '.join(sorted(known))}")
        missing = sorted(required - found.keys())
        if missing:
            raise self.wrong(f"{self.name} needs {', '.join(missing)}")
        return found


def read_yaml(path: Path) -> Located:
    """The file's one document. Raises `CatalogueError` for what is no YAML, and for a key that stands twice."""
    try:
        with path.open(encoding="utf-8") as file:
            loader: Any = yaml.SafeLoader(file)
            try:
                node = loader.get_single_node()
                if node is None:
                    raise CatalogueError(f"{path.name}, line 1: the file is empty")
                return _located(loader, node, path.name, "the file")
            finally:
                loader.dispose()
    except yaml.MarkedYAMLError as error:
        line = 1 if error.problem_mark is None else error.problem_mark.line + 1
        raise CatalogueError(f"{path.name}, line {line}: this is not YAML: {error.problem}") from error
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise CatalogueError(f"{path.name}, line 1: the file can't be read: {error}") from error


def _located(loader: Any, node: yaml.Node, file: str, name: str) -> Located:
    line = node.start_mark.line + 1
    if isinstance(node, yaml.MappingNode):
        return Located(file, line, name, dict(_entries(loader, node, file)))
    if isinstance(node, yaml.SequenceNode):
        return Located(file, line, name, [_located(loader, item, file, name) for item in node.value])
    return Located(file, line, name, loader.construct_object(node))


def _entries(loader: Any, node: yaml.MappingNode, file: str) -> Iterator[tuple[str, Located]]:
    seen: set[str] = set()
    for key_node, value_node in node.value:
        key = str(key_node.value)
        line = key_node.start_mark.line + 1
        if key in seen:
            raise CatalogueError(f"{file}, line {line}: '{key}' stands here a second time")
        seen.add(key)
        value = _located(loader, value_node, file, key)
        # The line of the key: where a person looks for it, also when a block begins below.
        yield key, Located(file, line, key, value.value)
