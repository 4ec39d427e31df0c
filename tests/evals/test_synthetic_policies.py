"""The made-up collection: as many chunks as asked for, the same every time, and questions that it answers."""

import re
from datetime import date
from pathlib import Path

import pytest

from evals.errors import CannotMeasure
from evals.synthetic_policies import ROUND, questions, rules, write_circulars
from jobs.manifest import Defaults, incoming
from retrieval.chunking import chunk
from retrieval.parsing import parse


def test_each_rule_becomes_one_chunk(tmp_path: Path) -> None:
    manifest = write_circulars(tmp_path / "circulars", 250)
    items = incoming([], manifest, Defaults(None, None, date(2026, 11, 20)))
    chunks = [draft for item in items for draft in chunk(parse(item.path.read_bytes(), item.path.name))]
    assert [len(items), len(chunks)] == [3, 250]
    assert [draft.text for draft in chunks] == [rule.text for rule in rules(250)]
    assert [draft.section[-1] for draft in chunks] == [rule.heading for rule in rules(250)]


def test_a_larger_collection_begins_with_the_smaller_and_repeats_nothing() -> None:
    large = list(rules(ROUND + 50))
    assert large[:200] == list(rules(200))
    assert len({rule.heading for rule in large}) == len({rule.text for rule in large}) == ROUND + 50
    assert large[-1].heading.endswith("region, district 2")


def test_questions_differ_and_their_rule_holds_a_figure_for_them() -> None:
    asked = questions(200, 300)
    assert len(set(asked)) == 300
    assert asked == questions(200, 300)
    assert set(asked) <= {question for rule in rules(200) for question in rule.questions}
    assert all(len(re.findall(r"\d+", rule.text)) >= 5 for rule in rules(200))


def test_says_when_a_collection_is_too_small_to_ask_so_much() -> None:
    with pytest.raises(CannotMeasure, match="10 chunks answer 40 questions, not 41"):
        questions(10, 41)
