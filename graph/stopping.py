"""Stop a turn also while it waits for a slow model: whether the person asked for it is looked up beside the work."""

import asyncio
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any

from core.errors import Unavailable
from graph.context import RunContext
from graph.errors import RunCancelled
from graph.limits import TURN_LIMITS
from runs import store


async def unless_stopped(ctx: RunContext, work: Coroutine[Any, Any, None]) -> None:
    """Do the work. Soon after the person asked to stop it is cancelled, and `RunCancelled` raised."""
    working = asyncio.create_task(work, name=f"turn-{ctx.run.id}")
    watching = asyncio.create_task(_until_asked_to_stop(ctx))
    try:
        await asyncio.wait({working, watching}, return_when=asyncio.FIRST_COMPLETED)
        if not working.done():
            watching.result()
            raise RunCancelled
        working.result()
    finally:
        for task in (working, watching):
            task.cancel()
        await asyncio.gather(working, watching, return_exceptions=True)


async def _until_asked_to_stop(ctx: RunContext) -> None:
    asked = False
    while not asked:
        await asyncio.sleep(TURN_LIMITS.stop_check_s)
        with suppress(Unavailable):  # the work itself will say so
            async with ctx.services.database.transaction(ctx.system) as tx:
                asked = await store.is_stop_requested(tx, ctx.run.id)
