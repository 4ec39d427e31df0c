from pathlib import Path

import pytest

from gateway.embedding_model import NAME, WEIGHTS_SHA256, read_model_card
from gateway.errors import ModelMisconfigured
from gateway.export_model import export, main, packaged_model, verify_weights


def test_other_weights_are_refused(tmp_path: Path) -> None:
    forged = tmp_path / "model.safetensors"
    forged.write_bytes((packaged_model() / "model.safetensors").read_bytes()[:-1] + b"\0")
    with pytest.raises(ModelMisconfigured, match="refused"):
        verify_weights(forged)


def test_a_broken_folder_is_replaced_and_a_good_one_left_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "models" / "minilm"
    target.mkdir(parents=True)
    (target / "meta.json").write_text("{}")
    main([str(target)])
    written = (target / "model.onnx").stat().st_mtime_ns
    main([str(target)])
    assert capsys.readouterr().out.splitlines() == [
        f"embedding model {NAME} written to {target}",
        f"embedding model {NAME} is already in {target}",
    ]
    assert (target / "model.onnx").stat().st_mtime_ns == written
    assert sorted(path.name for path in target.parent.iterdir()) == ["minilm"], "no scratch folder is left"
    card = read_model_card(target)
    assert (card.dimension, card.max_tokens, card.weights_sha256) == (384, 256, WEIGHTS_SHA256)


def test_the_folder_of_make_setup_is_current(model_dir: Path) -> None:
    assert export(model_dir) is False
