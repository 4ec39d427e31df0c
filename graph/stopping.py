"""Break a turn off also while it waits for a slow model: when its time is over, or its person asked to stop."""

import asyncio
from contextlib import suppress

from core.errors import Unavailable
from graph.context import RunContext
from graph.errors import RunCancelled
from graph.limits import TURN_LIMITS
from runs import store


async def until_stopped(ctx: RunContext) -> None:
    """Raises `RunCancelled` soon after the person asked to stop, `TimeoutError` when the turn took too long."""
    async with asyncio.timeout(TURN_LIMITS.wall_s):
        asked = False
        while not asked:
            await asyncio.sleep(TURN_LIMITS.stop_check_s)
            with suppress(Unavailable):  # the work itself will say so
                asked = await store.look_for_stop(ctx.services.database, ctx.system, ctx.run.id)
    raise RunCancelled
