"""Golden questions: how they are written down, and how an answer to one is graded.

The files under `evals/golden/` are data, written by reading the documents; see the README there.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Literal, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, model_validator

from evals.places import Regex, Text

ABSTAINING = frozenset({"abstained", "refused"})


Pattern = Annotated[Text, Regex]


class GoldenFileError(ValueError):
    """A file of golden questions can't be used; the message names the file and what to change."""


class Place(BaseModel):
    """A passage that would prove the answer: a document, and where it matters its section or edition."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    document: Text
    section_contains: Text | None = None
    effective_from: date | None = None


class GoldenQuestion(BaseModel):
    """One question with what a right answer cites and says. Only the last of `turns` is graded."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    id: Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]
    persona: Annotated[str, Field(alias="as", pattern=r"^[a-z]+$")]
    turns: Annotated[tuple[Text, ...], Field(min_length=1)]
    as_of: date | None = None
    libraries: tuple[Text, ...] = ()
    expect: Literal["answer", "abstain"]
    note: Text
    must_cite: tuple[Place, ...] = ()
    must_say: tuple[Annotated[tuple[Pattern, ...], Field(min_length=1)], ...] = ()
    must_not_say: tuple[Pattern, ...] = ()

    @model_validator(mode="after")
    def _says_what_it_expects(self) -> Self:
        if self.expect == "answer" and not (self.must_cite and self.must_say):
            raise ValueError("a question that expects an answer needs must_cite and must_say")
        if self.expect == "abstain" and (self.must_cite or self.must_say or self.must_not_say):
            raise ValueError("a question that expects no answer has no must_cite, must_say or must_not_say")
        return self


_QUESTIONS: TypeAdapter[list[GoldenQuestion]] = TypeAdapter(list[GoldenQuestion])


def load_golden(folder: Path) -> list[GoldenQuestion]:
    """Every question of the folder's `*.yaml`, in the order of file names. Raises `GoldenFileError`."""
    questions: list[GoldenQuestion] = []
    for path in sorted(folder.glob("*.yaml")):
        questions += _load_file(path)
    twice = sorted(name for name, count in Counter(question.id for question in questions).items() if count > 1)
    if twice:
        raise GoldenFileError(f"{folder}: these ids are used more than once: {', '.join(twice)}")
    return questions


def _load_file(path: Path) -> list[GoldenQuestion]:
    try:
        content: Any = yaml.safe_load(path.read_text(encoding="utf-8"))
        return _QUESTIONS.validate_python(content)
    except (yaml.YAMLError, ValidationError) as error:
        raise GoldenFileError(f"{path}: {error}") from error


@dataclass(frozen=True, slots=True)
class Citation:
    """The passage that a released claim cites: document key, section path (outermost first), edition's first day."""

    document: str
    section: tuple[str, ...]
    effective_from: date


class Mark(StrEnum):
    """`right`: useful. `wrong`: false, the dangerous one. `missed`: neither."""

    RIGHT = "right"
    WRONG = "wrong"
    MISSED = "missed"


@dataclass(frozen=True, slots=True)
class Grade:
    """A mark and the reason for it in one plain sentence."""

    mark: Mark
    reason: str


def grade(question: GoldenQuestion, outcome: str, answer_text: str, citations: Sequence[Citation]) -> Grade:
    """Grades one run.

    `outcome` is the run's final status, `answer_text` the text of all released claims, `citations` the
    passages that these claims cite. Patterns are searched regardless of case, line breaks and the kind of blank.
    """
    if outcome != "answered":
        if question.expect == "abstain" and outcome in ABSTAINING:
            return Grade(Mark.RIGHT, f"{outcome}, as it should be")
        return Grade(Mark.MISSED, f"no answer: the run ended as {outcome}")
    if question.expect == "abstain":
        return Grade(Mark.WRONG, "answered where the documents hold no answer for this person")
    return _grade_answer(question, " ".join(answer_text.split()), citations)


def _grade_answer(question: GoldenQuestion, text: str, citations: Sequence[Citation]) -> Grade:
    for pattern in question.must_not_say:
        if _found(pattern, text):
            return Grade(Mark.WRONG, f"says what it must not: {pattern}")
    cited = any(matches(place, citation) for place in question.must_cite for citation in citations)
    unsaid = unsaid_by(question, text)
    if cited and not unsaid:
        return Grade(Mark.RIGHT, "cites the rule and says it")
    if not cited and unsaid:
        return Grade(Mark.WRONG, f"cites none of the expected passages and does not say: {_shown(unsaid)}")
    if unsaid:
        return Grade(Mark.MISSED, f"cites the rule but does not say: {_shown(unsaid)}")
    return Grade(Mark.MISSED, "says it but cites none of the expected passages")


def _found(pattern: str, text: str) -> bool:
    return re.search(pattern, text, re.IGNORECASE) is not None


def unsaid_by(question: GoldenQuestion, text: str) -> list[tuple[str, ...]]:
    """The groups of `must_say` of which the text says nothing; empty where it says all."""
    return [group for group in question.must_say if not any(_found(pattern, text) for pattern in group)]


def matches(place: Place, citation: Citation) -> bool:
    """Whether the passage stands in the expected place."""
    if place.document != citation.document:
        return False
    if place.effective_from is not None and place.effective_from != citation.effective_from:
        return False
    # Headings of PDF pages lose or gain blanks where they wrapped, so blanks don't count.
    return place.section_contains is None or _squeezed(place.section_contains) in _squeezed(" ".join(citation.section))


def _squeezed(text: str) -> str:
    return "".join(text.split()).casefold()


def _shown(groups: Sequence[Sequence[str]]) -> str:
    return "; ".join(" or ".join(group) for group in groups)
