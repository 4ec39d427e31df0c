"""Write MiniLM-L6 as ONNX fp32 from the packaged weights. Needs torch: `export_model` loads it when due."""

import shutil
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch.nn.functional import normalize
from transformers import AutoModel, PreTrainedModel
from transformers.utils import logging as transformers_logging

from gateway.embedding_model import CARD, NAME, WEIGHTS_SHA256, ModelCard, file_sha256
from gateway.embeddings import one_core_session
from gateway.errors import ModelMisconfigured

TOLERANCE = 1e-5
"""Largest accepted difference of a vector's element between torch and ONNX (seen: 2e-7)."""


class SentenceVectors(torch.nn.Module):
    """The encoder, the mean over its tokens, and L2 normalisation, as the model was trained."""

    def __init__(self, encoder: PreTrainedModel) -> None:
        super().__init__()
        self.encoder = encoder

    def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> torch.Tensor:
        hidden = self.encoder(
            input_ids=input_ids, attention_mask=attention_mask, token_type_ids=torch.zeros_like(input_ids)
        ).last_hidden_state
        kept = attention_mask.unsqueeze(-1).to(hidden.dtype)
        return normalize((hidden * kept).sum(1) / kept.sum(1).clamp(min=1e-9), dim=1)


def write_model(source: Path, folder: Path) -> None:
    """Fill an empty folder from a verified source folder; raises ModelMisconfigured when the result differs."""
    transformers_logging.disable_progress_bar()
    auto_model: Any = AutoModel
    encoder = auto_model.from_pretrained(source, attn_implementation="eager").eval()
    model = SentenceVectors(encoder).eval()
    example = (torch.randint(1000, 2000, (2, 9)), torch.ones(2, 9, dtype=torch.long))
    axes = {0: "texts", 1: "tokens"}
    with warnings.catch_warnings():
        # The older exporter's graph runs 10-20 % faster than the newer one's on one core, measured in turn.
        warnings.simplefilter("ignore")
        onnx: Any = torch.onnx
        onnx.export(
            model,
            example,
            str(folder / "model.onnx"),
            input_names=["input_ids", "attention_mask"],
            output_names=["embedding"],
            dynamic_axes={"input_ids": axes, "attention_mask": axes, "embedding": {0: "texts"}},
            opset_version=17,
            dynamo=False,
        )
    _verify(model, folder / "model.onnx")
    shutil.copyfile(source / "tokenizer.json", folder / "tokenizer.json")
    card = ModelCard(
        name=NAME,
        dimension=int(encoder.config.hidden_size),
        max_tokens=256,
        weights_sha256=WEIGHTS_SHA256,
        model_sha256=file_sha256(folder / "model.onnx"),
        tokenizer_sha256=file_sha256(folder / "tokenizer.json"),
        exported_with=f"torch {torch.__version__}, opset 17",
    )
    (folder / CARD).write_text(card.model_dump_json(indent=2) + "\n")


def _verify(model: SentenceVectors, path: Path) -> None:
    """Compare both on shapes other than the traced one, padding included."""
    session = one_core_session(path)
    for texts, tokens in ((1, 3), (1, 256), (3, 40)):
        ids = torch.randint(1000, 20_000, (texts, tokens), generator=torch.Generator().manual_seed(tokens))
        mask = torch.ones_like(ids)
        mask[-1, tokens // 2 + 1 :] = 0
        with torch.no_grad():
            expected = model(ids, mask).numpy()
        feeds = {"input_ids": ids.numpy(), "attention_mask": mask.numpy()}
        difference = float(np.abs(np.asarray(session.run(None, feeds)[0]) - expected).max())
        if not difference <= TOLERANCE:
            raise ModelMisconfigured(f"the exported model differs from its source by {difference}")
