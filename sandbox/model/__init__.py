"""A scripted model server: it speaks OpenAI's chat completions, quotes by default, and fails on request."""
