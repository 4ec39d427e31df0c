"""Where an answer stands: which passages count as the right ones, and questions kept in YAML files."""

import argparse
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, TypeVar

import yaml
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from evals.errors import DataError
from retrieval.models import Passage

Item = TypeVar("Item", bound="Named")


def _compiles(pattern: str) -> str:
    try:
        re.compile(pattern)
    except re.error as error:
        raise ValueError(f"not a regular expression: {pattern!r}: {error}") from error
    return pattern


Text = Annotated[str, Field(min_length=1)]
Regex = AfterValidator(_compiles)
"""A text that compiles as a regular expression."""


class RightPassage(BaseModel):
    """Passages of `document` whose section path has `section` (not as the beginning of a longer number) and whose text
    matches the regular expression `says`, case and kind of blank aside."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    document: Text
    section: Text | None = None
    says: Annotated[Text, Regex] | None = None

    def holds(self, passage: Passage) -> bool:
        if passage.document != self.document:
            return False
        path = " ".join(passage.section)
        if self.section is not None and re.search(rf"{re.escape(self.section)}(?!\d)", path) is None:
            return False
        text = " ".join(passage.text.split())
        return self.says is None or re.search(self.says, text, re.IGNORECASE) is not None


class Named(BaseModel):
    """What every case has: an id, and the passages that count as right."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]
    places: Annotated[tuple[RightPassage, ...], Field(min_length=1)]

    @property
    def over_regulations(self) -> bool:
        """Whether it needs the regulations of the development data."""
        return any(place.document.startswith("reg-") for place in self.places)


def right_among(case: Named, passages: Sequence[Passage]) -> set[str]:
    """The right ones of these passages, by id."""
    return {str(p.chunk_id) for p in passages if any(place.holds(p) for place in case.places)}


def add_arguments(parser: argparse.ArgumentParser, folder: Path) -> None:
    """Where the cases are, by default in `folder`, and the documents that they are over."""
    parser.add_argument("--data", type=Path, metavar="DIR", help="the development data, for cases over regulations")
    parser.add_argument("--cases", type=Path, default=folder, metavar="DIR", help="a folder of *.yaml")
    parser.add_argument("--vectors", type=Path, help="folder to keep the vectors in between runs")


def load_cases(folder: Path, cases_of: TypeAdapter[list[Item]]) -> list[Item]:
    """Every case of the folder's `*.yaml`. Raises `DataError` that names the file."""
    cases: list[Item] = []
    for path in sorted(folder.glob("*.yaml")):
        try:
            content: Any = yaml.safe_load(path.read_text(encoding="utf-8"))
            cases += cases_of.validate_python(content)
        except (yaml.YAMLError, ValidationError) as error:
            raise DataError(path, str(error)) from error
    ids = [case.id for case in cases]
    if twice := sorted({each for each in ids if ids.count(each) > 1}):
        raise DataError(folder, f"these ids are used more than once: {', '.join(twice)}")
    if not cases:
        raise DataError(folder, "there are no cases")
    return cases
