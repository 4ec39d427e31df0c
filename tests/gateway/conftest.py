from pathlib import Path

import pytest

from gateway.export_model import export

MODEL_DIR = Path(__file__).parents[2] / ".models" / "minilm-l6-v2"


@pytest.fixture(scope="session")
def model_dir() -> Path:
    """The model folder that `make setup` builds; built here where it is missing."""
    export(MODEL_DIR)
    return MODEL_DIR
