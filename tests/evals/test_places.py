"""Cases in YAML files with the passages that count as right, and the files that come with the project."""

from dataclasses import replace
from datetime import date
from pathlib import Path
from uuid import UUID

import pytest
from pydantic import TypeAdapter

from evals import followups, glossary
from evals.errors import DataError
from evals.places import Named, RightPassage, load_cases, right_among
from retrieval.models import Passage

PASSAGE = Passage(
    ref=1,
    chunk_id=UUID(int=1),
    edition_id=UUID(int=2),
    document="reg-e",
    title="Regulation E",
    version="1",
    library="regulations",
    section=("§ 1005.11 Errors", "(c)"),
    page=None,
    effective_from=date(2020, 1, 1),
    effective_to=None,
    text="The bank\ninvestigates within  ten days.",
    sha256="",
    score=0.5,
    dense=0.5,
    lexical=1.0,
)
CASES = TypeAdapter(list[Named])


@pytest.mark.parametrize(
    ("place", "holds"),
    [
        (RightPassage(document="reg-e"), True),
        (RightPassage(document="reg-b"), False),
        (RightPassage(document="reg-e", section="1005.11"), True),
        (RightPassage(document="reg-e", section="1005.1"), False),
        (RightPassage(document="reg-e", says="INVESTIGATES within ten"), True),
        (RightPassage(document="reg-e", section="1005.11", says="twenty"), False),
    ],
)
def test_what_counts_as_right(place: RightPassage, holds: bool) -> None:
    other = replace(PASSAGE, chunk_id=UUID(int=3), document="cash")
    assert right_among(Named(id="x", places=(place,)), [PASSAGE, other]) == ({str(UUID(int=1))} if holds else set())


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("- {id: a, places: []}", "places"),
        ("- {id: a, places: [{document: d, says: '('}]}", "regular expression"),
        ("- {id: a, places: [{document: d}]}\n- {id: a, places: [{document: d}]}", "more than once"),
        ("- {id: a, colour: red, places: [{document: d}]}", "colour"),
        ("[", "cases.yaml"),
        ("[]", "no cases"),
    ],
)
def test_a_file_that_cannot_be_used_is_told(tmp_path: Path, content: str, told: str) -> None:
    (tmp_path / "cases.yaml").write_text(content)
    with pytest.raises(DataError, match=told):
        load_cases(tmp_path, CASES)


def test_the_cases_that_come_with_the_project() -> None:
    abbreviated = load_cases(glossary.CASES, TypeAdapter(list[glossary.Case]))
    assert len(abbreviated) >= 60
    assert all(case.short != case.spelt for case in abbreviated)
    talks = load_cases(followups.CASES, TypeAdapter(list[followups.Case]))
    assert sum(not case.switches for case in talks) >= 40
    assert [case.id for case in talks if case.switches and case.rewritten != case.turns[-1]] == []
