import numpy as np
import pytest

from evals.reliability import Bin, by_mass, expected_error, plot


def test_bins_have_about_the_same_weight_and_equal_scores_stay_together() -> None:
    said = np.array([0.1, 0.2, 0.2, 0.8, 0.9, 0.9])
    came = np.array([False, False, True, True, True, False])
    bins = by_mass(said, came, np.ones(6), 3)
    told = [(each.said, each.came_true, each.share) for each in bins]
    assert np.array(told) == pytest.approx(np.array([(0.5 / 3, 1 / 3, 0.5), (0.8, 1.0, 1 / 6), (0.9, 0.5, 1 / 3)]))


def test_what_always_comes_true_as_often_as_said_has_no_error() -> None:
    said = np.repeat([0.0, 0.5, 1.0], 2)
    assert expected_error(by_mass(said, np.array([0, 0, 0, 1, 1, 1], dtype=bool), np.ones(6), 3)) == 0.0
    assert expected_error([Bin(0.9, 0.4, 0.5), Bin(0.1, 0.1, 0.5)]) == pytest.approx(0.25)


def test_weights_count() -> None:
    bins = by_mass(np.array([0.5, 0.5]), np.array([True, False]), np.array([3.0, 1.0]), 1)
    assert bins == [Bin(0.5, 0.75, 1.0)]


def test_the_plot_is_the_same_each_time_and_names_each_set() -> None:
    sets = {"corpus": [Bin(0.2, 0.1, 0.5), Bin(0.8, 0.9, 0.5)], "golden": [Bin(0.5, 0.5, 1.0)]}
    drawn = plot(sets)
    assert drawn == plot(sets)
    assert drawn.startswith("<svg")
    assert "corpus, error 0.100" in drawn
    assert drawn.count("<circle") == 3
