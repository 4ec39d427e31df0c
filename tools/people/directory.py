"""Who people are today: noted at each authentication, consulted whenever work is done on their behalf later.

The note is what the newest token said: tokens are compared by when they were issued (`iat`), never by when they
arrived, so a token from before a demotion can not undo it, at whatever process it is shown. The moments are the
identity provider's own and our clocks have no part in it; what the slower of two providers of one bank says counts
late by as much as its clock is behind.
"""

from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta

from core.database import Database, Transaction
from core.errors import Forbidden
from core.principal import Principal
from tools.people import store
from tools.people.models import Signer

REFRESH = timedelta(minutes=5)
"""How old the note of an unchanged person may grow before it is written again."""

REMEMBERED = 10_000
"""People whose last note this process remembers, to spare the write on every request."""


@dataclass(frozen=True, slots=True)
class _Said:
    """What a token said, and when it was issued. The database has taken in at least this."""

    principal: Principal
    signing_limit: int | None
    asserted_at: datetime


class Directory:
    """Notes authentications, and writes only when a token may change something or the note has aged."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._noted: OrderedDict[tuple[str, str], tuple[_Said, datetime]] = OrderedDict()

    async def note(
        self, principal: Principal, now: datetime, *, asserted_at: datetime, signing_limit: int | None
    ) -> None:
        """Keep what this authentication's token, issued at `asserted_at`, said about the person.

        A token issued before the newest one noted changes nothing but when the person was last seen. Two tokens of
        the same second that differ leave the lesser rights of both, until a later one is shown.
        """
        said = _Said(principal, signing_limit, asserted_at)
        place = (principal.tenant, principal.person)
        known = self._noted.get(place)
        # Whatever other processes have written since, the note only moves on to later tokens.
        nothing_new = known is not None and (known[0] == said or known[0].asserted_at > asserted_at)
        if known is not None and nothing_new and now - known[1] < REFRESH:
            return
        async with self._database.transaction(principal) as tx:
            await store.upsert(tx, principal, now, asserted_at=asserted_at, signing_limit=signing_limit)
        self._noted[place] = (said, now)
        self._noted.move_to_end(place)
        if len(self._noted) > REMEMBERED:
            self._noted.popitem(last=False)


async def load(tx: Transaction, person_id: str) -> Principal:
    """The person with today's roles. Raises `Forbidden` for one who never signed in: rights fail closed."""
    return (await load_signer(tx, person_id)).principal


async def known_roles(tx: Transaction) -> frozenset[str]:
    """Every role that a person of the tenant has by the newest note."""
    return frozenset(await store.roles(tx))


async def load_signer(tx: Transaction, person_id: str) -> Signer:
    """The person with today's roles and limit. Raises `Forbidden` for one who never signed in: rights fail closed."""
    row = await store.person(tx, person_id)
    if row is None:
        raise Forbidden("This person has never signed in here, so nothing can be done on their behalf.")
    principal = Principal(
        tenant=tx.principal.tenant,
        person=row["person_id"],
        name=row["name"],
        branch=row["branch"],
        roles=frozenset(row["roles"]),
    )
    return Signer(principal, row["signing_limit"])
