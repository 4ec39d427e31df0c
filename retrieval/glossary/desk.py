"""Where the bank's glossary is changed and read: each change stands in the ledger with its transaction."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final
from uuid import UUID, uuid4

from audit import ledger
from audit.records import GLOSSARY_STREAM, RecordKind
from audit.records import Entry as Recorded
from core.canonical import digest
from core.clock import Clock
from core.database import Transaction
from core.errors import Conflict, NotFound
from core.principal import Permission
from retrieval.glossary import store
from retrieval.glossary.built_in import built_in
from retrieval.glossary.checking import checked
from retrieval.glossary.limits import GLOSSARY_LIMITS
from retrieval.glossary.models import Draft, Entry, Term, TermOrigin
from retrieval.glossary.words import Key, short_key

_UUID: Final = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@dataclass(frozen=True, slots=True)
class GlossaryDesk:
    """For everyone of a tenant to read, for its policy owners to change. All within the caller's transaction."""

    clock: Clock
    is_suspicious: Callable[[str], bool] = lambda _text: False

    async def entries(self, tx: Transaction, *, retired: bool = False) -> list[Entry]:
        """What the tenant's glossary holds, ours and its own, by term; or what was retired. Raises `Forbidden`."""
        tx.principal.require(Permission.DOCUMENT_READ)
        if retired:
            return sorted(await store.retired_entries(tx, GLOSSARY_LIMITS.retired), key=place_of)
        own = await store.entries(tx)
        taken = {short_key(entry.term.term) for entry in own}
        ours = [Entry(term, replaced=short_key(term.term) in taken) for term in built_in()]
        return sorted([*own, *ours], key=place_of)

    async def add(self, tx: Transaction, draft: Draft) -> Entry:
        """Enter a term, or put it in the place of the bank's own entry `replaces`, which is retired.

        Raises `Forbidden`; `Unprocessable`; `Conflict` where the term has another entry than the one to be replaced,
        or there are too many.
        """
        tx.principal.require(Permission.DOCUMENT_PUBLISH)
        draft = checked(draft, self.is_suspicious)
        term = Term(uuid4(), draft.term, draft.meanings, bool(draft.capitals_only), TermOrigin.BANK)
        await store.lock(tx)
        present = await store.entry_of_term(tx, _stored(short_key(term.term)))
        if draft.replaces is None and present is not None:
            raise Conflict(f"The bank's glossary has “{present.term.term}” already. Change that entry.")
        replaced = await self._to_be_replaced(tx, draft.replaces, present)
        return await self._enter(tx, term, draft.note, replaced)

    async def retire(self, tx: Transaction, entry_id: UUID) -> Entry:
        """Let an entry count no longer. One of ours is switched off by an entry of the bank's own without meanings,
        which is returned; retiring that one lets ours count again.

        Raises `Forbidden`, `NotFound`, or `Conflict` for one that is retired or replaced.
        """
        tx.principal.require(Permission.DOCUMENT_PUBLISH)
        await store.lock(tx)
        ours = next((term for term in built_in() if term.id == entry_id), None)
        if ours is not None:
            if await store.entry_of_term(tx, _stored(short_key(ours.term))) is not None:
                raise Conflict("The bank has an entry of its own for this term, which counts in its place.")
            silent = replace(ours, id=uuid4(), meanings=(), origin=TermOrigin.BANK)
            return await self._enter(tx, silent, None, ours.id)
        await self._retire(tx, entry_id, await store.version(tx) + 1)
        return await self._read(tx, entry_id)

    async def _to_be_replaced(self, tx: Transaction, wanted: UUID | None, present: Entry | None) -> UUID | None:
        """The entry that counts and is to be retired. A renamed one is found by its id."""
        if wanted is None:
            return None
        if present is not None and present.term.id != wanted:
            raise Conflict(f"Somebody has changed “{present.term.term}” meanwhile. Load the page again.")
        if (await self._read(tx, wanted)).retired_at is not None:
            raise Conflict("Somebody has changed or retired this entry meanwhile. Load the page again.")
        return wanted

    async def _enter(self, tx: Transaction, term: Term, note: str | None, replaces: UUID | None) -> Entry:
        now, version = self.clock.now(), await store.version(tx) + 1
        if replaces is not None and await store.entry(tx, replaces) is not None:
            await self._retire(tx, replaces, version)
        if await store.count(tx) >= GLOSSARY_LIMITS.entries:
            raise Conflict(f"The glossary is full: a bank may have {GLOSSARY_LIMITS.entries:,} entries of its own.")
        key = _stored(short_key(term.term))
        await store.insert(tx, term, term_key=key, note=note, replaces=replaces, version=version, at=now)
        body: dict[str, Any] = {
            "entry": str(term.id),
            "replaces": None if replaces is None else str(replaces),
            "meanings": len(term.meanings),
            "sha256": digest([term.term, list(term.meanings), term.capitals_only, note]),
            "version": version,
        }
        await self._record(tx, RecordKind.GLOSSARY_ADDED, f"{term.id}:added", body)
        return await self._read(tx, term.id)

    async def _retire(self, tx: Transaction, entry_id: UUID, version: int) -> None:
        await self._read(tx, entry_id)
        if not await store.retire(tx, entry_id, version=version, at=self.clock.now()):
            raise Conflict("This entry is retired already.")
        body = {"entry": str(entry_id), "version": version}
        await self._record(tx, RecordKind.GLOSSARY_RETIRED, f"{entry_id}:retired", body)

    async def _record(self, tx: Transaction, kind: RecordKind, step: str, body: dict[str, Any]) -> None:
        entries = [Recorded(kind, step, body)]
        await ledger.append(tx, GLOSSARY_STREAM, entries, actor=tx.principal.person, at=self.clock.now())

    async def _read(self, tx: Transaction, entry_id: UUID) -> Entry:
        found = await store.entry(tx, entry_id)
        if found is None:
            raise NotFound("There is no such entry in the bank's glossary.")
        return found


def place_of(entry: Entry) -> tuple[Key, float, str]:
    """Where an entry stands in the list: by term, of one term the latest first."""
    since = 0.0 if entry.added_at is None else -entry.added_at.timestamp()
    return short_key(entry.term.term), since, str(entry.term.id)


async def described(tx: Transaction, entries: Sequence[str]) -> dict[str, str]:
    """Entries by id, ours and the tenant's own, also retired ones: "PEP (politically exposed person)". What is no id
    of an entry is left out."""
    wanted = set(entries)
    found = [term for term in built_in() if str(term.id) in wanted]
    found += (await store.terms_of(tx, [UUID(each) for each in wanted if _UUID.fullmatch(each)])).values()
    return {str(term.id): f"{term.term} ({', '.join(term.meanings)})" for term in found}


def _stored(key: Key) -> str:
    return " ".join(key)
