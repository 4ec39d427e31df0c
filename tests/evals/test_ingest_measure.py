"""The ingest measurement on a file of a few pages: whole figures, from real processes."""

import argparse
from pathlib import Path

import pytest

from evals.errors import CannotMeasure
from evals.ingest import GATE, add_arguments, run
from evals.ingesting.document import write_manual
from retrieval.chunking import chunk
from retrieval.parsing import parse


def arguments(*given: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    return parser.parse_args(given)


def test_a_manual_has_the_pages_asked_for_and_no_passage_twice(tmp_path: Path) -> None:
    write_manual(tmp_path / "manual.pdf", 6, seed=1)
    parsed = parse((tmp_path / "manual.pdf").read_bytes(), "manual.pdf")
    texts = [draft.text for draft in chunk(parsed)]
    assert (len(parsed.pages), len({draft.section for draft in chunk(parsed)})) == (6, 6)
    assert len(set(texts)) == len(texts) > 12


def test_both_sides_are_measured_over_the_same_passages(tmp_path: Path) -> None:
    write_manual(tmp_path / "manual.pdf", 4, seed=1)
    expected = len(chunk(parse((tmp_path / "manual.pdf").read_bytes(), "manual.pdf")))
    found = run(arguments("--files", str(tmp_path / "manual.pdf"), "--rounds", "1", "--threads", "1", "--no-questions"))
    (only,) = found["rounds"]
    assert (found["threads"], found["chunks"], only["chunks"]) == (1, expected, expected)
    assert found["gate_passed"] is (found["ratio"] >= GATE)
    assert 100 < only["reader_mb"] < 2_000
    assert 10 < only["parser_mb"] < 500
    assert 0 < only["cpu_ratio"] < 2


def test_a_file_that_is_not_there_is_said_so() -> None:
    with pytest.raises(CannotMeasure, match=r"there is no nowhere\.pdf"):
        run(arguments("--files", "nowhere.pdf"))
