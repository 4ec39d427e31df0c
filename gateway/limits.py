"""Bounds and tuning of the gateway, each with where its number came from."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class EmbeddingLimits:
    """Bounds of one process's embedding thread."""

    max_tokens: int = 256
    """The model's own training length (its sentence_bert_config.json); longer texts are cut."""
    max_characters: int = 32_000
    """256 tokens never need more; keeps a hostile text from occupying the tokenizer."""
    max_waiting_tokens: int = 4_000_000
    """About 25 minutes of work on one core at 0.37 ms a token; beyond that the caller is refused."""
    cached_texts: int = 4096
    """1.5 kB each, 6 MB in all."""
    cached_text_tokens: int = 96
    """Questions and sentences are remembered, passages (seen once, at ingest) are not."""


EMBEDDING = EmbeddingLimits()
