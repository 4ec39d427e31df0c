"""Altered claims: the files, the two sets apart, the frozen digest, the evidence, and how verdicts are counted."""

import argparse
import re
from collections import Counter
from datetime import date
from pathlib import Path
from uuid import UUID

import pytest

from evals import altered
from evals.altered import Checked, scores
from evals.altered_cases import (
    FOLDERS,
    FROZEN_SHA256,
    ClaimCase,
    Edit,
    Group,
    Kind,
    files_digest,
    load_groups,
)
from evals.altered_evidence import Editions, Posed, edited_sentence, pose
from evals.errors import DataError
from gateway.writers.ports import ClaimDraft
from guardrails.reasons import ReasonCode
from guardrails.verdict import allow, refuse
from retrieval.models import Passage

SETS = {name: load_groups(folder) for name, folder in FOLDERS.items()}
OVER_POLICIES = [group for groups in SETS.values() for group in groups if not group.over_regulations]
EDITIONS = Editions(OVER_POLICIES, None)

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
    text="(c) Time. The bank  answers within ten days. It may\nask for a letter.",
    sha256="",
    score=0.0,
    dense=0.0,
    lexical=0.0,
)


def _kinds(name: str) -> Counter[Kind]:
    return Counter(case.kind for group in SETS[name] for case in group.claims)


def _documents(name: str) -> set[str]:
    return {place.document for group in SETS[name] for place in group.passages.values()}


def _sections(name: str) -> set[tuple[str, str, str]]:
    """The sections that a set cites; of a regulation's section and its commentary only the number."""
    cited: set[tuple[str, str, str]] = set()
    for group in SETS[name]:
        for place in group.passages.values():
            number = re.search(r"\d{4}\.\d+", place.section or "")
            cited.add((place.tenant, place.document, number[0] if number else place.section or ""))
    return cited


def test_the_frozen_set_is_as_it_was_frozen() -> None:
    assert files_digest(FOLDERS["frozen"]) == FROZEN_SHA256


def test_there_are_enough_of_each_kind() -> None:
    frozen, tuning = _kinds("frozen"), _kinds("tuning")
    assert frozen.total() - frozen[Kind.FAITHFUL] >= 330
    assert frozen[Kind.FAITHFUL] >= 150
    assert min(frozen[kind] for kind in Kind) >= 50
    assert tuning.total() - tuning[Kind.FAITHFUL] >= 150
    assert tuning[Kind.FAITHFUL] >= 80
    assert {f"reg-{letter}" for letter in ("b", "dd", "e", "f", "m", "p", "v")} <= _documents("frozen")


def test_no_id_and_no_section_is_in_both_sets() -> None:
    ids = {name: {case.id for group in SETS[name] for case in group.claims} for name in SETS}
    assert ids["frozen"] & ids["tuning"] == set()
    assert _sections("frozen") & _sections("tuning") == set()


@pytest.mark.parametrize("group", OVER_POLICIES, ids=lambda group: group.id)
def test_each_passage_of_a_policy_is_found_once_and_stands_in_the_evidence(group: Group) -> None:
    for case in group.claims:
        posed = pose(group, case, EDITIONS)
        cited = {EDITIONS.find(group.passages[letter]).text for letter in case.cites}
        assert {posed.sources[ref].text for ref in posed.draft.citations} == cited
        assert 2 <= len(posed.sources) - len(cited) <= 4
        assert pose(group, case, EDITIONS) == posed


def test_where_the_cited_passages_stand_in_the_evidence_does_not_tell_them() -> None:
    places = Counter(pose(group, case, EDITIONS).draft.citations[0] for group in OVER_POLICIES for case in group.claims)
    assert max(places.values()) < places.total() / 2


def test_a_sentence_with_edits() -> None:
    case = _case(sentence="answers within", edits=(Edit(old="ten", new="20"),))
    assert edited_sentence(case, PASSAGE) == "The bank answers within 20 days."


@pytest.mark.parametrize(
    ("sentence", "old", "told"),
    [("weeks", "ten", "0 sentences"), ("a", "ten", "sentences, not one"), ("answers", "twenty", "not once")],
)
def test_a_sentence_that_is_not_there_is_told(sentence: str, old: str, told: str) -> None:
    with pytest.raises(DataError, match=told):
        edited_sentence(_case(sentence=sentence, edits=(Edit(old=old, new="x"),)), PASSAGE)


@pytest.mark.parametrize(
    ("claim", "told"),
    [
        ("{id: a-1, kind: figure, cites: [a], claim: x}", "says why"),
        ("{id: a-1, kind: faithful, cites: [a], claim: x, why: y}", "nothing to say"),
        ("{id: a-1, kind: faithful, cites: [b], claim: x}", "no such passage"),
        ("{id: a-1, kind: faithful, cites: [a]}", "either"),
        ("{id: a-1, kind: faithful, cites: [a], claim: x, edits: [{old: a, new: b}]}", "need a sentence"),
        ("{id: a, kind: faithful, cites: [a], claim: x}", "more than once"),
    ],
)
def test_a_file_that_cannot_be_used_is_told(tmp_path: Path, claim: str, told: str) -> None:
    place = "{document: cash-handling, edition: 2026-09-01, says: cash}"
    (tmp_path / "x.yaml").write_text(f"- {{id: a, question: q, passages: {{a: {place}}}, claims: [{claim}]}}")
    with pytest.raises(DataError, match=told):
        load_groups(tmp_path)


def test_an_edition_that_is_not_there_is_told(tmp_path: Path) -> None:
    place = "{document: cash-handling, edition: 2020-01-01, says: cash}"
    claim = "{id: a-1, kind: faithful, cites: [a], claim: x}"
    (tmp_path / "x.yaml").write_text(f"- {{id: a, question: q, passages: {{a: {place}}}, claims: [{claim}]}}")
    with pytest.raises(DataError, match="2020"):
        Editions(load_groups(tmp_path), None)


def test_what_is_counted() -> None:
    refused = refuse(ReasonCode.NOT_SUPPORTED)
    checked = [
        Checked(_posed("f-1", Kind.FAITHFUL), allow()),
        Checked(_posed("f-2", Kind.FAITHFUL), refused),
        Checked(_posed("n-1", Kind.FIGURE), refused),
        Checked(_posed("n-2", Kind.FIGURE), refused),
        Checked(_posed("n-3", Kind.FIGURE), refused),
        Checked(_posed("c-1", Kind.CITATION), allow()),
    ]
    found = scores(checked, whole=True)
    assert {name: value for name, value in found.items() if name != "by_kind"} == {
        "altered": 4,
        "faithful": 2,
        "stopped": 0.75,
        "passed": 0.5,
        "gate": {"stopped": 0.97, "passed": 0.9},
        "gate_passed": False,
        "released_altered": ["c-1"],
        "withheld_faithful": ["f-2"],
    }
    assert found["by_kind"]["figure"] == {
        "claims": 3,
        "released": 0,
        "withheld": 3,
        "withheld_for": {"not_supported": 3},
    }
    assert scores(checked, whole=False)["gate_passed"] is None
    assert scores([checked[0], checked[2]], whole=True)["gate_passed"] is True


def test_the_command_measures_a_sample(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    place = "{document: cash-handling, edition: 2026-09-01, section: 4 Ordering, says: ordered by the customer}"
    claims = (
        "{id: a-1, kind: faithful, cites: [a], claim: 'A withdrawal above USD 10,000 is ordered by the customer three"
        " business days ahead.'}, {id: a-2, kind: figure, why: w, cites: [a], claim: 'A withdrawal above USD 10,000 is"
        " ordered by the customer nine business days ahead.'}"
    )
    (tmp_path / "x.yaml").write_text(f"- {{id: a, question: q, passages: {{a: {place}}}, claims: [{claims}]}}")
    monkeypatch.setattr(altered, "FOLDERS", {"tuning": tmp_path})
    found = altered.run(_arguments("--set", "tuning"))
    assert (found["altered"], found["faithful"], found["stopped"], found["passed"]) == (1, 1, 1.0, 1.0)
    assert found["gate_passed"] is True


def _arguments(*words: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    altered.add_arguments(parser)
    return parser.parse_args(words)


def _case(**fields: object) -> ClaimCase:
    return ClaimCase.model_validate({"id": "a-1", "kind": "figure", "cites": ("a",), "why": "w"} | fields)


def _posed(name: str, kind: Kind) -> Posed:
    why = {} if kind is Kind.FAITHFUL else {"why": "w"}
    case = ClaimCase.model_validate({"id": name, "kind": kind, "cites": ("a",), "claim": "x"} | why)
    return Posed(case, "q", ClaimDraft("x", (1,), quote=False), {})
