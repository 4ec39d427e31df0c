"""The erasure campaign: what it plants is unique and repeatable, its search sees every form, and nothing is left."""

import argparse
import base64
from pathlib import Path

import pytest

from evals import erasure
from evals.erasure_plan import Kind, common, plan
from evals.erasure_scan import files_under, forms, holding

KINDS_ENDED = {
    "abstained: abstained": 1,
    "acted: answered": 1,
    "answered: answered": 1,
    "edited: answered": 1,
    "followed_up: answered, answered": 1,
    "hidden: answered": 1,
    "looked_up: answered": 1,
    "refused: refused": 1,
    "rejected: rejected": 1,
    "waiting: waiting": 1,
    "withdrawn: cancelled": 1,
}


def test_a_seed_repeats_its_plan_and_no_word_comes_twice() -> None:
    rounds = [plan(7, number) for number in range(50)]
    assert rounds == [plan(7, number) for number in range(50)]
    assert rounds[0] != plan(8, 0)
    words = [word for round_ in rounds for wish in round_ for word in wish.markers]
    assert len(set(words)) == len(words)
    assert all(word.startswith(common(7)) for word in words)
    assert all([wish.kind for wish in round_] == list(Kind) for round_ in rounds)
    assert {sum(not wish.is_erased for wish in round_) for round_ in rounds} == {4}


@pytest.mark.parametrize("before", ["", "x", "xy", "xyz"])
def test_a_word_is_found_in_every_form(tmp_path: Path, before: str) -> None:
    word = "vukazonipe"
    text = f"{before} {word}, and more"
    coded = [
        text.encode(),
        text.encode("utf-16"),
        text.upper().encode(),
        base64.b64encode(text.encode()),
        text.encode().hex().encode(),
        text.encode().hex().upper().encode(),
        b"\\x" + text.encode().hex().encode().hex().encode(),
    ]
    for number, content in enumerate(coded):
        (tmp_path / str(number)).write_bytes(b"\0\xff" + content)
    (tmp_path / "other").write_bytes(text.replace("vuk", "kuv").encode())
    (tmp_path / "empty").touch()
    found = holding({"it": forms(word.encode())}, files_under(tmp_path))
    assert sorted(found["it"]) == [str(number) for number in range(len(coded))]


def test_nothing_is_left_of_what_was_erased_and_all_of_what_was_kept() -> None:
    result = erasure.run(argparse.Namespace(rounds=1, seed=7, keep=None))
    assert result["found"] == []
    assert result["gate_passed"] is True
    assert (result["conversations"], result["erased"], result["endings"]) == (11, 7, KINDS_ENDED)
    assert result["texts_readable_of_others"] > 50
    assert set(result["texts_with_markers_before"]) >= {
        "app.messages.sealed",
        "app.run_events.sealed",
        "app.approvals.sealed",
        "app.approval_signatures.sealed_reason",
        "app.feedback.sealed_comment",
        "app.idempotency_keys.sealed",
        "app.threads.title",
        "app.tool_calls.sealed",
        "app.effects.sealed_result",
        "langgraph.checkpoint_blobs.blob",
    }
