"""A look into the audit: under the right of the token and of today's note, and never without its own record."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from api.rates import RateLimit
from audit import ledger
from audit.records import AUDIT_READS_STREAM, Entry, RecordKind
from core.clock import Clock
from core.database import Database, Transaction
from core.principal import Permission, Principal
from tools.approvals.rights import by_both
from tools.people.directory import load_signer
from tools.people.models import Signer


@dataclass(slots=True)
class Look:
    """An open look: `tx` is the tenant's system's, `reader` who looks, with the rights of today."""

    tx: Transaction
    reader: Signer
    clock: Clock
    noted: bool = False

    async def note(self, what: str, **looked_for: Any) -> None:
        """Put the look on record, in its own transaction: ids, keys, codes and digests of what was looked for."""
        entry = Entry(RecordKind.AUDIT_READ, f"read:{uuid4()}", {"what": what, **looked_for})
        person = self.reader.principal.person
        await ledger.append(self.tx, AUDIT_READS_STREAM, [entry], actor=person, at=self.clock.now())
        self.noted = True


def as_noted(*, personal: bool) -> dict[str, bool]:
    """How a look with personal data is told apart on record; one without is noted as it always was."""
    return {"personal": True} if personal else {}


@dataclass(frozen=True, slots=True)
class Reads:
    """The door to other people's runs."""

    database: Database
    clock: Clock
    rate: RateLimit

    @asynccontextmanager
    async def look(
        self, principal: Principal, needs: Permission = Permission.AUDIT_READ, *, personal: bool = False
    ) -> AsyncGenerator[Look]:
        """`personal`: with personal data of others, which takes a right of its own. Raises `Forbidden` unless both
        the token and today's note of the person give the rights, and `TooManyRequests`. What the look found may be
        shown only after this has been left: then its record stands."""
        async with self.unrecorded(principal, needs) as look:
            if personal:
                principal.require(Permission.AUDIT_PERSONAL)
                look.reader.principal.require(Permission.AUDIT_PERSONAL)
            yield look
            if not look.noted:
                raise RuntimeError("a look into the audit was not put on record")

    @asynccontextmanager
    async def unrecorded(self, principal: Principal, needs: Permission) -> AsyncGenerator[Look]:
        """As `look`, for what tells nothing of any person: the state of the ledger."""
        principal.require(needs)
        self.rate.take(principal)
        async with self.database.transaction(Principal.system(principal.tenant)) as tx:
            reader = by_both(principal, await load_signer(tx, principal.person))
            reader.principal.require(needs)
            yield Look(tx, reader, self.clock)
