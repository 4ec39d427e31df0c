"""What authentications say of people is kept, dated: the directory that later decisions consult."""

from collections import OrderedDict
from datetime import datetime, timedelta

from api import store
from core.clock import Clock
from core.database import Database
from core.principal import Principal

REMEMBERED = 50_000
"""People whose last note this process remembers; forgetting one costs a write, nothing else."""

AGAIN_AFTER = timedelta(minutes=10)
"""How stale `last_seen` may be; a change of name, branch or roles is noted at once."""


class People:
    """Notes each authenticated person, at most every few minutes unless something about them changed."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._noted: OrderedDict[tuple[str, str], tuple[Principal, datetime]] = OrderedDict()

    async def note(self, principal: Principal) -> None:
        """Keep what this authentication said, where it is news. Raises `Unavailable` with the database down."""
        who, now = (principal.tenant, principal.person), self._clock.now()
        known = self._noted.get(who)
        if known is not None and known[0] == principal and now - known[1] < AGAIN_AFTER:
            return
        async with self._database.transaction(principal) as tx:
            await store.note_person(tx, principal, now)
        self._noted[who] = (principal, now)
        self._noted.move_to_end(who)
        while len(self._noted) > REMEMBERED:
            self._noted.popitem(last=False)
