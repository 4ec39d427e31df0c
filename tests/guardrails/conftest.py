"""The packaged embedding model and guards, built once for the run."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.embeddings import OnnxEmbedder
from guardrails.detecting import Detector, build


@pytest.fixture(scope="session")
def embedder() -> Iterator[OnnxEmbedder]:
    """MiniLM as `make setup` exported it."""
    embedder = OnnxEmbedder(Path(".models/minilm-l6-v2"))
    yield embedder
    embedder.close()


@pytest.fixture(scope="session")
def detector() -> Detector:
    return build()
