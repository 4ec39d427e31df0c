"""Puts the gateway together from plain settings: one embedder, one writer that always answers, perhaps a rewriter
and a planner."""

import importlib
from dataclasses import dataclass
from pathlib import Path

from gateway.embedding_model import CARD
from gateway.embeddings import Embedder, OnnxEmbedder
from gateway.limits import PLANNING, REWRITING, WRITING
from gateway.openai_compatible import OpenAICompatible
from gateway.planning.chat import ChatPlanner
from gateway.planning.ports import Planner
from gateway.planning.resilient import ResilientPlanner
from gateway.rewriting import ChatRewriter
from gateway.writers.chat import ChatWriter
from gateway.writers.extractive import ExtractiveWriter, Terms
from gateway.writers.ports import Rewriter, Writer
from gateway.writers.quotable import Split
from gateway.writers.resilient import ResilientWriter


@dataclass(frozen=True, slots=True)
class Gateway:
    """Every model of a process. Use it on one event loop and close it there."""

    embedder: Embedder
    writer: ResilientWriter
    """The configured providers in order, then `quoter`."""
    quoter: Writer
    """The built-in writer alone."""
    rewriter: Rewriter | None
    planner: ResilientPlanner | None
    """The configured models in order. Where all fail the built-in planner plans, which knows the tools' catalogue."""

    def describe(self) -> dict[str, object]:
        """What is active, for `/readyz`: names and states, no addresses, no keys."""
        return {
            "embedder": self.embedder.name,
            "writers": self.writer.describe(),
            "rewriter": None if self.rewriter is None else self.rewriter.name,
            "planners": [] if self.planner is None else self.planner.describe(),
        }

    async def aclose(self) -> None:
        await self.writer.aclose()
        if self.rewriter is not None:
            await self.rewriter.aclose()
        if self.planner is not None:
            await self.planner.aclose()
        self.embedder.close()


def build_gateway(
    *,
    embedding_model_dir: Path,
    split: Split,
    terms: Terms,
    rewrite_instructions: str,
    openai_api_key: str | None = None,
    openai_base_url: str | None = None,
    openai_model: str = "gpt-4o-mini",
    bedrock_model: str | None = None,
    aws_region: str | None = None,
    bedrock_endpoint_url: str | None = None,
    timeout_s: float = WRITING.total_s,
) -> Gateway:
    """The gateway for these settings. `split` and `terms` are search's; without a key or model the sources are quoted.

    Connects to nothing. Raises ModelMisconfigured when the embedding model is missing or altered.
    """
    embedder = build_embedder(embedding_model_dir)
    quoter = ExtractiveWriter(embedder, split, terms)
    writers: list[Writer] = []
    planners: list[Planner] = []
    rewriter: Rewriter | None = None
    if openai_api_key or openai_base_url:
        key = openai_api_key or "none"  # a server in the bank's own network may want none

        def endpoint(total_s: float) -> OpenAICompatible:
            return OpenAICompatible(api_key=key, model=openai_model, base_url=openai_base_url, total_s=total_s)

        writers.append(ChatWriter(endpoint(timeout_s)))
        planners.append(ChatPlanner(endpoint(min(timeout_s, PLANNING.total_s))))
        rewriter = ChatRewriter(endpoint(min(timeout_s, REWRITING.total_s)), rewrite_instructions)
    if bedrock_model:
        # boto3 takes most of a second to import
        written, planned = (importlib.import_module(f"gateway.{part}.bedrock") for part in ("writers", "planning"))
        where = {"model": bedrock_model, "region": aws_region, "endpoint_url": bedrock_endpoint_url}
        writers.append(written.BedrockWriter(**where, total_s=timeout_s))
        planners.append(planned.BedrockPlanner(**where, total_s=min(timeout_s, PLANNING.total_s)))
    planner = ResilientPlanner(planners) if planners else None
    return Gateway(embedder, ResilientWriter(writers, quoter), quoter, rewriter, planner)


def build_embedder(model_dir: Path, *, threads: int = 1, background: bool = False) -> Embedder:
    """By what the folder holds: our ONNX export, or any sentence-transformers model (which needs torch, and works on
    one thread). For `threads` and `background` see `OnnxEmbedder`."""
    if (model_dir / CARD).exists() or not (model_dir / "modules.json").exists():
        return OnnxEmbedder(model_dir, threads=threads, background=background)
    return importlib.import_module("gateway.sentence_transformer").SentenceTransformerEmbedder(model_dir)
