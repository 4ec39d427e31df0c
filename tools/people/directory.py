"""Who people are today: noted at each authentication, consulted whenever work is done on their behalf later."""

from collections import OrderedDict
from datetime import datetime, timedelta

from core.database import Database, Transaction
from core.errors import Forbidden
from core.principal import Principal
from tools.people import store

REFRESH = timedelta(minutes=5)
"""How old the note of an unchanged person may grow before it is written again."""

REMEMBERED = 10_000
"""People whose last note this process remembers, to spare the write on every request."""


class Directory:
    """Notes authentications, and writes only when something changed or the note has aged."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._noted: OrderedDict[tuple[str, str], tuple[Principal, datetime]] = OrderedDict()

    async def note(self, principal: Principal, now: datetime) -> None:
        """Keep what this authentication said about the person."""
        place = (principal.tenant, principal.person)
        known = self._noted.get(place)
        if known is not None and known[0] == principal and now - known[1] < REFRESH:
            return
        async with self._database.transaction(principal) as tx:
            await store.upsert(tx, principal, now)
        self._noted[place] = (principal, now)
        self._noted.move_to_end(place)
        if len(self._noted) > REMEMBERED:
            self._noted.popitem(last=False)


async def load(tx: Transaction, person_id: str) -> Principal:
    """The person with today's roles. Raises `Forbidden` for one who never signed in: rights fail closed."""
    row = await store.person(tx, person_id)
    if row is None:
        raise Forbidden("This person has never signed in here, so nothing can be done on their behalf.")
    return Principal(
        tenant=tx.principal.tenant,
        person=row["person_id"],
        name=row["name"],
        branch=row["branch"],
        roles=frozenset(row["roles"]),
    )
