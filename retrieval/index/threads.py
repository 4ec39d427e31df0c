"""Keeping long arithmetic off the event loop."""

import asyncio
from collections.abc import Callable
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")

INLINE_CHUNKS = 20_000
"""Up to here one pass over the chunks takes about a millisecond, and a thread's hand-over costs as much."""


async def over_chunks(size: int, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Do the work over `size` chunks: here when they are few, else in a thread."""
    if size <= INLINE_CHUNKS:
        return work(*args, **kwargs)
    return await asyncio.to_thread(work, *args, **kwargs)
