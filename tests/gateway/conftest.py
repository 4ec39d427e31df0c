from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from gateway.embeddings import OnnxEmbedder
from gateway.export_model import export
from gateway.openai_compatible import OpenAICompatible
from sandbox.model.app import create_model_app
from sandbox.server import serving

MODEL_DIR = Path(__file__).parents[2] / ".models" / "minilm-l6-v2"


@pytest.fixture(scope="session")
def model_dir() -> Path:
    """The model folder that `make setup` builds; built here where it is missing."""
    export(MODEL_DIR)
    return MODEL_DIR


@pytest.fixture(scope="session")
def embedder(model_dir: Path) -> Iterator[OnnxEmbedder]:
    made = OnnxEmbedder(model_dir)
    yield made
    made.close()


@dataclass(frozen=True)
class ModelServer:
    """The sandbox's scripted model server, running; `control` is its own control door."""

    address: str
    client: httpx.Client

    @property
    def base_url(self) -> str:
        return f"{self.address}/v1"

    def control(self, **settings: Any) -> None:
        self.client.post("/control", json=settings).raise_for_status()

    def requests(self) -> list[dict[str, Any]]:
        return self.client.get("/control/requests").json()["items"]


@pytest.fixture(scope="session")
def _served() -> Iterator[ModelServer]:
    with serving(lambda _address: create_model_app()) as address, httpx.Client(base_url=address) as client:
        yield ModelServer(address, client)


@pytest.fixture
def server(_served: ModelServer) -> Iterator[ModelServer]:
    _served.client.delete("/control").raise_for_status()
    yield _served
    _served.client.delete("/control").raise_for_status()


@pytest.fixture
async def endpoint(server: ModelServer) -> AsyncIterator[Callable[..., OpenAICompatible]]:
    """Makes endpoints at the scripted server and closes them."""
    made: list[OpenAICompatible] = []

    def make(total_s: float = 20.0, base_url: str | None = None) -> OpenAICompatible:
        made.append(
            OpenAICompatible(api_key="test", model="scripted", base_url=base_url or server.base_url, total_s=total_s)
        )
        return made[-1]

    yield make
    for one in made:
        await one.aclose()
