"""The way in for a spaCy pipeline, tried with a tiny one that the test itself makes."""

from pathlib import Path
from typing import Any, cast

import pytest

from guardrails.detecting import build
from guardrails.personal_data import PersonalDataKind
from guardrails.presidio_import import spacy
from guardrails.spacy_names import PipelineUnusable


@pytest.fixture(scope="module")
def pipeline(tmp_path_factory: pytest.TempPathFactory) -> Path:
    nlp = spacy.blank("en")
    ruler = cast("Any", nlp.add_pipe("entity_ruler"))
    patterns = [
        {"label": "PERSON", "pattern": "Quillon Vesper"},
        {"label": "PERSON", "pattern": "Compliance"},
        {"label": "ORG", "pattern": "Harbour Bank"},
    ]
    ruler.add_patterns(patterns)
    folder = tmp_path_factory.mktemp("pipeline") / "names"
    nlp.to_disk(folder)
    return folder


def test_its_persons_are_hidden_beside_what_rules_find(pipeline: Path) -> None:
    detector = build(pipeline)
    text = "Quillon Vesper of Harbour Bank told Compliance about Mrs Ada Brook and 4111 1111 1111 1111."
    found = [(d.kind, text[d.start : d.end]) for d in detector.find(text)]
    assert found == [
        (PersonalDataKind.NAME, "Quillon Vesper"),
        (PersonalDataKind.NAME, "Ada Brook"),
        (PersonalDataKind.CARD, "4111 1111 1111 1111"),
    ]
    assert [d for d in build().find(text) if text[d.start : d.end] == "Quillon Vesper"] == []
    assert detector.name != build().name
    assert "spaCy" in detector.covered[PersonalDataKind.NAME]


def test_a_word_without_end_costs_no_time(pipeline: Path) -> None:
    text = ":" * 50_000 + " Quillon Vesper"
    assert [text[d.start : d.end] for d in build(pipeline).find(text)] == ["Quillon Vesper"]


def test_a_pipeline_that_is_not_there_or_finds_nothing_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PipelineUnusable, match="no usable spaCy pipeline"):
        build(tmp_path / "nowhere")
    spacy.blank("en").to_disk(tmp_path / "empty")
    with pytest.raises(PipelineUnusable, match="finds no entities"):
        build(tmp_path / "empty")
