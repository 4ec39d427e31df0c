"""The glossary of the caller's tenant, as it stands at this moment, on every process."""

import asyncio
from collections.abc import Sequence
from functools import cache

from core.database import Database
from core.principal import Principal
from retrieval.glossary import store
from retrieval.glossary.built_in import built_in
from retrieval.glossary.expansion import Glossary
from retrieval.glossary.limits import GLOSSARY_LIMITS
from retrieval.glossary.models import ExpandedQuery, Term
from retrieval.glossary.words import short_key


class GlossaryExpander:
    """Expands questions by our entries and the tenant's own. See `Expander`.

    What is kept of a tenant is kept under the version that it was read at, and the version is read for each question:
    a change counts from the next question on, whichever process made it.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._kept: dict[str, tuple[int, Glossary]] = {}
        self._building = asyncio.Lock()

    async def expand(self, principal: Principal, text: str) -> ExpandedQuery:
        """See `Expander`."""
        return (await self._of(principal)).expand(text)

    async def _of(self, principal: Principal) -> Glossary:
        version = await store.look_for_version(self._database, principal)
        if version == 0:
            return _ours()
        kept = self._kept_of(principal.tenant, version)
        if kept is not None:
            return kept
        async with self._building:  # of many questions after a change one arranges it
            kept = self._kept_of(principal.tenant, version)
            return kept if kept is not None else await self._built(principal)

    def _kept_of(self, tenant: str, version: int) -> Glossary | None:
        """What is kept, where it is of this version."""
        kept = self._kept.get(tenant)
        return kept[1] if kept is not None and kept[0] == version else None

    async def _built(self, principal: Principal) -> Glossary:
        async with self._database.transaction(principal) as tx:
            version, own = await store.active(tx)
        glossary = await asyncio.to_thread(Glossary, counting(own))
        self._keep(principal.tenant, version, glossary)
        return glossary

    def _keep(self, tenant: str, version: int, glossary: Glossary) -> None:
        self._kept.pop(tenant, None)
        if len(self._kept) >= GLOSSARY_LIMITS.tenants:
            del self._kept[next(iter(self._kept))]
        self._kept[tenant] = (version, glossary)


@cache
def _ours() -> Glossary:
    return Glossary(built_in())


def counting(own: Sequence[Term]) -> list[Term]:
    """What counts for a tenant: its own entries, and those of ours whose term it has no entry for."""
    taken = {short_key(term.term) for term in own}
    return [*own, *(term for term in built_in() if short_key(term.term) not in taken)]
