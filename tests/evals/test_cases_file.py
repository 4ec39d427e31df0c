"""Files of cases: what is wrong with one is said with its line."""

import gzip
from pathlib import Path

import pytest

from evals.cases_file import read_cases
from evals.errors import DataError


def test_reads_plain_and_packed_lines_alike(tmp_path: Path) -> None:
    text = '{"text": "é", "label": "attack"}\n\n{"text": "b"}\n'
    (tmp_path / "plain.jsonl").write_text(text, encoding="utf-8")
    (tmp_path / "packed.jsonl.gz").write_bytes(gzip.compress(text.encode()))
    expected = [{"text": "é", "label": "attack"}, {"text": "b"}]
    assert read_cases(tmp_path / "plain.jsonl") == expected
    assert read_cases(tmp_path / "packed.jsonl.gz") == expected


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b'{"a": 1}\n\n{"a": \n', r"x\.jsonl:3: this is not JSON: Expecting value \(column 1\)"),
        (b'{"a": 1}\n[1]\n', r"x\.jsonl:2: this is not a JSON object"),
        (b'{"a": "\xff"}\n', r"x\.jsonl: this is not JSON Lines in UTF-8"),
    ],
)
def test_says_where_a_file_is_broken(content: bytes, said: str, tmp_path: Path) -> None:
    (tmp_path / "x.jsonl").write_bytes(content)
    with pytest.raises(DataError, match=said):
        read_cases(tmp_path / "x.jsonl")


@pytest.mark.parametrize("content", [b"not packed", gzip.compress(b'{"a": 1}\n' * 99)[:-12]])
def test_says_when_a_packed_file_is_not_whole(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "x.jsonl.gz").write_bytes(content)
    with pytest.raises(DataError, match=r"x\.jsonl\.gz: this is not JSON Lines"):
        read_cases(tmp_path / "x.jsonl.gz")


def test_says_which_line_lacks_a_field(tmp_path: Path) -> None:
    (tmp_path / "x.jsonl").write_text('{"text": "a"}\n{"text": "b"}\n', encoding="utf-8")
    second = read_cases(tmp_path / "x.jsonl")[1]
    assert second.get("label") is None
    with pytest.raises(DataError, match=r"x\.jsonl:2: there is no field 'label'"):
        second["label"]
