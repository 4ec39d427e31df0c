"""What a process holds for searching: each tenant's segments once, and a small view for each set of editions."""

import asyncio
from collections.abc import Sequence
from uuid import UUID

from core.database import Database
from core.telemetry import logger
from retrieval.access import Scope
from retrieval.index import store
from retrieval.index.bounded import Bounded
from retrieval.index.loading import load
from retrieval.index.segments import Segment, tidied
from retrieval.index.store import VisibleEdition
from retrieval.index.views import View

DEFAULT_BYTES = 4 << 30
"""Four gibibytes of segments, over a million chunks with their vectors, and as much again for views of many audiences.
Only what is searched is held."""
_LOG = logger("retrieval.index")


class _Holding:
    """One tenant's segments. `building` admits one change at a time; searches never wait for it."""

    def __init__(self) -> None:
        self.segments: list[Segment] = []
        self.building = asyncio.Lock()

    @property
    def editions(self) -> set[UUID]:
        return {edition for segment in self.segments for edition in segment.editions}

    @property
    def nbytes(self) -> int:
        return sum(segment.nbytes for segment in self.segments)


class Views:
    """The view of each scope, cached by the set of visible editions; `vectors` says whether vectors are held too."""

    def __init__(self, database: Database, *, vectors: bool, max_bytes: int = DEFAULT_BYTES) -> None:
        self._database = database
        self._vectors = vectors
        self._max_bytes = max_bytes
        self._views: Bounded[tuple[str, bytes], View] = Bounded(max_bytes)
        self._holdings: dict[str, _Holding] = {}

    async def of(self, scope: Scope) -> View:
        """The view of what this scope admits now: one statement when it is cached."""
        tenant = scope.principal.tenant
        mark = await store.look_for_mark(self._database, scope)
        view = self._views.get((tenant, mark))
        if view is not None:
            return view
        holding = self._holdings.setdefault(tenant, _Holding())
        async with holding.building:
            view = self._views.get((tenant, mark))
            return view if view is not None else await self._build(scope, mark, holding)

    async def _build(self, scope: Scope, mark: bytes, holding: _Holding) -> View:
        tenant = scope.principal.tenant
        self._holdings[tenant] = self._holdings.pop(tenant)  # now the most recently used
        async with self._database.transaction(scope.principal) as tx:
            wanted = await store.visible_editions(tx, scope)
            now = await store.visible_mark(tx, scope)
        held = holding.editions
        missing = [edition for edition in wanted if edition.edition_id not in held]
        if missing:
            await self._load(scope, missing, holding)
            await self._make_room(tenant, {edition.edition_id for edition in wanted})
        view = await asyncio.to_thread(View, [edition.edition_id for edition in wanted], list(holding.segments))
        # Where editions came or went meanwhile, it is right for now, not for later.
        if now == mark and len(view.editions) == len(wanted):
            self._views.put((tenant, mark), view, view.nbytes)
        return view

    async def _load(self, scope: Scope, missing: Sequence[VisibleEdition], holding: _Holding) -> None:
        loaded = await load(self._database, scope, missing, vectors=self._vectors)
        tidy = await asyncio.to_thread(tidied, [*holding.segments, *loaded])
        self._replace(scope.principal.tenant, tidy)

    async def _make_room(self, tenant: str, wanted: set[UUID]) -> None:
        """Let go of other tenants' segments, then of this one's that are not wanted now, where too much is held."""
        others = [other for other in self._holdings if other != tenant and not self._holdings[other].building.locked()]
        for other in others:
            if self._held() <= self._max_bytes:
                return
            self._replace(other, [])
            del self._holdings[other]
        if self._held() > self._max_bytes:
            segments = self._holdings[tenant].segments
            unwanted = self._holdings[tenant].editions - wanted
            kept = await asyncio.to_thread(lambda: [segment.without(unwanted) for segment in segments])
            self._replace(tenant, [segment for segment in kept if segment is not None])
        if self._held() > self._max_bytes:
            _LOG.warning("index.larger_than_its_bound", bytes=self._held(), bound=self._max_bytes)

    def _replace(self, tenant: str, segments: list[Segment]) -> None:
        """Hold these from now on; views that would keep others alive are made anew when they are next asked for."""
        held = {id(segment) for segment in segments}
        self._holdings[tenant].segments = segments
        self._views.discard(
            lambda key, view: key[0] == tenant and not all(id(segment) in held for segment, _ in view.shown)
        )

    def _held(self) -> int:
        return sum(holding.nbytes for holding in self._holdings.values())
