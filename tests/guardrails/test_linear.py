import numpy as np
import pytest

from guardrails.linear import LinearModel, from_json, numbered, packaged, to_json


def test_a_model_survives_its_file() -> None:
    model = LinearModel(("a", "b"), np.asarray([0.5, -2.0], dtype=np.float32), 0.25, 0.5, "by hand")
    again = from_json(to_json(model))
    assert (again.features, again.bias, again.threshold, again.provenance) == (("a", "b"), 0.25, 0.5, "by hand")
    assert np.array_equal(again.weights, model.weights)
    assert again.score(np.asarray([0.5, 0.25], dtype=np.float32)) == pytest.approx(0.5)


def test_another_shape_is_refused() -> None:
    model = LinearModel(("a",), np.asarray([1.0], dtype=np.float32), 0.0, 0.5, "by hand")
    with pytest.raises(ValueError, match="expected 1 features"):
        model.score(np.zeros(2, dtype=np.float32))


@pytest.mark.parametrize("name", ["scope"])
def test_shipped_models_say_where_they_come_from(name: str) -> None:
    assert packaged(name).provenance.startswith("python -m evals ")


def test_numbered_features_are_written_as_one() -> None:
    names = ("rule:a", *numbered("e", 12), "length", *numbered("w", 3))
    model = LinearModel(names, np.arange(len(names), dtype=np.float32), 0.0, 0.5, "by hand")
    written = to_json(model)
    assert '["rule:a", "e[12]", "length", "w0", "w1", "w2"]' in written
    assert from_json(written).features == names
