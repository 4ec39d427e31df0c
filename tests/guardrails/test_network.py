import numpy as np
import pytest

from evals.network import Recipe, fit_network
from guardrails.network import CLIP, Layer, SmallNetwork, from_json, packaged_network, to_json

ONE = np.ones(2, np.float32)
INNER = np.array([[1.0, -1.0], [0.0, 0.0]], np.float32)
NETWORK = SmallNetwork(
    ("a", "b"), 0 * ONE, 2 * ONE, ONE, (Layer(INNER, 0 * ONE, np.array([2.0, -2.0], np.float32), 0.5),), "a test"
)


def test_a_row_is_standardised_clipped_and_scored() -> None:
    for a in (3.0, -3.0, 1e9):
        x = min(a / 2, CLIP)
        logit = 2 * max(x, 0.0) - 2 * max(-x, 0.0) + 0.5
        assert NETWORK.score(np.array([a, 7.0], np.float32)) == pytest.approx(1 / (1 + np.exp(-logit)))
    with pytest.raises(ValueError, match="expected 2 features, got"):
        NETWORK.score(np.ones(3, np.float32))


def test_it_is_the_same_read_back() -> None:
    again = from_json(to_json(NETWORK))
    rows = np.random.default_rng(0).normal(size=(5, 2)).astype(np.float32)
    assert again.features == NETWORK.features
    assert again.provenance == "a test"
    np.testing.assert_array_equal(again.scores(rows), NETWORK.scores(rows))


@pytest.mark.parametrize("name", ["injection", "instructions"])
def test_the_shipped_ones_say_which_command_made_them(name: str) -> None:
    assert packaged_network(name).provenance.startswith("python -m evals ")


def test_fitting_learns_what_a_line_cannot_and_twice_the_same() -> None:
    x = np.random.default_rng(1).normal(size=(200, 2))
    y = (x[:, 0] * x[:, 1] > 0).astype(np.float64)
    made = [fit_network(("a", "b"), x, y, np.ones(200), np.ones(2), Recipe(8, 1e-3, 2), "") for _ in range(2)]
    scores = made[0].scores(x.astype(np.float32))
    assert ((scores > 0.5) == (y > 0.5)).mean() > 0.9
    np.testing.assert_array_equal(scores, made[1].scores(x.astype(np.float32)))
