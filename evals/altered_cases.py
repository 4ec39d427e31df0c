"""Altered and faithful claims over the regulations and policies: how they are written down, and the frozen digest.

The files under `evals/altered/` and `evals/altered_tuning/` are data, written by reading the documents; see the
READMEs there. No sentence of a regulation stands in them: a passage is named by its place, and a claim that is nearly
verbatim by a pattern that finds the sentence and the edits to it.
"""

from collections import Counter
from datetime import date
from enum import StrEnum
from itertools import chain
from pathlib import Path
from typing import Annotated, Any, Final, Literal, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, model_validator

from core.canonical import sha256_hex
from evals.errors import DataError
from evals.places import Regex, RightPassage, Text

FOLDERS: Final = {
    "frozen": Path(__file__).parent / "altered",
    "tuning": Path(__file__).parent / "altered_tuning",
}

FROZEN_SHA256: Final = "bb8dfb38c6b278ff55c41ae3164aca3c06391cca9b6328c2809191139bad3f9c"
"""Of the frozen files as `files_digest` counts it."""

OVER_REGULATIONS: Final = "reg-"


class Kind(StrEnum):
    """What was done to a claim; `faithful` ones say what the cited passages say."""

    FAITHFUL = "faithful"
    FIGURE = "figure"
    CONDITION = "condition"
    EXCEPTION = "exception"
    EDITION = "edition"
    CITATION = "citation"
    HALF_TRUE = "half_true"
    MODALITY = "modality"


class EditionPlace(RightPassage):
    """One passage of one edition: `edition` is its first day, `tenant` whose document it is."""

    tenant: Literal["harbour", "vale"] = "harbour"
    edition: date


class Edit(BaseModel):
    """A replacement in a sentence of the cited passage; `old` stands there exactly once."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    old: Text
    new: str


class ClaimCase(BaseModel):
    """A claim, in our own words or as a sentence with edits, and why it is wrong.

    The sentence is one of the passage `of`, or of the first cited one.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]
    kind: Kind
    cites: Annotated[tuple[Text, ...], Field(min_length=1)]
    claim: Text | None = None
    sentence: Annotated[Text, Regex] | None = None
    of: Text | None = None
    edits: tuple[Edit, ...] = ()
    why: Text | None = None

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        if (self.claim is None) == (self.sentence is None):
            raise ValueError(f"{self.id} needs either 'claim' or 'sentence'")
        if (self.edits or self.of) and self.sentence is None:
            raise ValueError(f"{self.id}: 'edits' and 'of' need a sentence")
        if (self.kind is Kind.FAITHFUL) != (self.why is None):
            raise ValueError(f"{self.id}: an altered claim says why it is wrong, a faithful one has nothing to say")
        return self


class Group(BaseModel):
    """A question, the passages that its claims cite, by letter, and the claims."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]
    question: Text
    passages: Annotated[dict[str, EditionPlace], Field(min_length=1)]
    claims: Annotated[tuple[ClaimCase, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _cites_what_is_named(self) -> Self:
        for case in self.claims:
            if unknown := {*case.cites, *([case.of] if case.of else [])} - set(self.passages):
                raise ValueError(f"{case.id} cites {', '.join(sorted(unknown))}: no such passage in {self.id}")
        return self

    @property
    def over_regulations(self) -> bool:
        """Whether it needs the regulations of the development data."""
        return any(place.document.startswith(OVER_REGULATIONS) for place in self.passages.values())


_GROUPS: TypeAdapter[list[Group]] = TypeAdapter(list[Group])


def load_groups(folder: Path) -> list[Group]:
    """Every group of the folder's `*.yaml`, in the order of file names. Raises `DataError` that names the file."""
    groups: list[Group] = []
    for path in sorted(folder.glob("*.yaml")):
        try:
            content: Any = yaml.safe_load(path.read_text(encoding="utf-8"))
            groups += _GROUPS.validate_python(content)
        except (yaml.YAMLError, ValidationError) as error:
            raise DataError(path, str(error)) from error
    ids = Counter(chain((group.id for group in groups), (case.id for group in groups for case in group.claims)))
    if twice := sorted(name for name, count in ids.items() if count > 1):
        raise DataError(folder, f"these ids are used more than once: {', '.join(twice)}")
    if not groups:
        raise DataError(folder, "there are no claims")
    return groups


def files_digest(folder: Path) -> str:
    """SHA-256 over the folder's `*.yaml`, by name and content in the order of names."""
    parts = (f"{path.name}\0{sha256_hex(path.read_bytes())}\n" for path in sorted(folder.glob("*.yaml")))
    return sha256_hex("".join(parts).encode())
