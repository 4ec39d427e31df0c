"""Versioned texts for models: one Markdown file each, read through `get(name)`."""

from prompts.loader import BrokenPrompt, Prompt, get, names

__all__ = ["BrokenPrompt", "Prompt", "get", "names"]
