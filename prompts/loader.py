"""Reads `prompts/NAME.md`: front matter (name, version, placeholders) between `---` lines, then the text.

A placeholder is `{{name}}`. Those declared and those used must be the same set, and a prompt is only ever rendered
with values for all of them: a prompt with a hole never reaches a model.
"""

import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from core.canonical import sha256_hex

_FILE = re.compile(r"\A---\n(?P<head>.*?)\n---\n(?P<text>.*)\Z", re.DOTALL)
_PLACEHOLDER = re.compile(r"\{\{\s*([a-z_]+)\s*\}\}")
_NAME = re.compile(r"[a-z][a-z_]*")


class BrokenPrompt(Exception):
    """A prompt file that can't be used as it stands, or is rendered with the wrong values."""


class _FrontMatter(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    version: str = Field(pattern=r"^\d+$", coerce_numbers_to_str=True)
    placeholders: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Prompt:
    """One text at one version. `hash` is the SHA-256 of the whole file, for the record."""

    name: str
    version: str
    text: str
    hash: str
    placeholders: frozenset[str] = frozenset()

    def render(self, **values: str | int) -> str:
        """The text with every placeholder replaced; raises BrokenPrompt unless the values are exactly those."""
        if values.keys() != self.placeholders:
            raise BrokenPrompt(f"prompt {self.name} wants {sorted(self.placeholders)}, got {sorted(values)}")
        return _PLACEHOLDER.sub(lambda found: str(values[found.group(1)]), self.text)


@cache
def get(name: str) -> Prompt:
    """The prompt of that name; raises BrokenPrompt when its file is missing or broken."""
    if not _NAME.fullmatch(name):
        raise BrokenPrompt(f"{name!r} is no name of a prompt")
    file = files("prompts").joinpath(f"{name}.md")
    if not file.is_file():
        raise BrokenPrompt(f"there is no prompt {name}")
    return read(name, file.read_text(encoding="utf-8"))


def names() -> list[str]:
    """All prompts there are, sorted."""
    return sorted(file.name.removesuffix(".md") for file in files("prompts").iterdir() if file.name.endswith(".md"))


def read(name: str, content: str) -> Prompt:
    """A prompt from its file's content; raises BrokenPrompt with what to change."""
    found = _FILE.match(content)
    if found is None:
        raise BrokenPrompt(f"prompt {name} lacks its front matter between two lines of ---")
    try:
        head = _FrontMatter.model_validate(yaml.safe_load(found["head"]))
    except (yaml.YAMLError, ValidationError) as error:
        raise BrokenPrompt(f"the front matter of prompt {name} is not as expected: {error}") from error
    text = found["text"].strip()
    used = frozenset(_PLACEHOLDER.findall(text))
    if head.name != name:
        raise BrokenPrompt(f"prompt {name} calls itself {head.name}")
    if used != head.placeholders:
        raise BrokenPrompt(f"prompt {name} declares {sorted(head.placeholders)} but uses {sorted(used)}")
    if not text:
        raise BrokenPrompt(f"prompt {name} has no text")
    return Prompt(name, head.version, text, sha256_hex(content.encode()), head.placeholders)
