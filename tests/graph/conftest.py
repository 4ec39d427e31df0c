"""A bank with a few policies, and turns over them with the real search, guards and embedder."""

from collections.abc import Iterator

import pytest

from core.database import Database
from gateway.embeddings import OnnxEmbedder
from gateway.export_model import export
from graph.context import Guards
from jobs import assembly
from tests.gateway.conftest import MODEL_DIR
from tests.graph.world import World, open_world


@pytest.fixture(scope="session")
def embedder() -> Iterator[OnnxEmbedder]:
    export(MODEL_DIR)
    made = OnnxEmbedder(MODEL_DIR)
    yield made
    made.close()


@pytest.fixture(scope="session")
def guards(embedder: OnnxEmbedder) -> Guards:
    return assembly.guards(embedder)


@pytest.fixture(scope="module")
async def world(database: Database, embedder: OnnxEmbedder, guards: Guards) -> World:
    return await open_world(database, embedder, guards)
