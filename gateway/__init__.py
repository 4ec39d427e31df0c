"""Every call of a model: embeddings, writing, rewriting; with limits, retries and fallbacks."""
