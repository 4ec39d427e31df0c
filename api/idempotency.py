"""The same `Idempotency-Key` and body give the same reply: key, effect and reply are one transaction."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Any
from uuid import UUID

from fastapi import Header

from api import store
from api.limits import IDEMPOTENCY_DAYS, INPUTS
from core.canonical import canonical_json
from core.clock import Clock
from core.crypto import DataKey, Keyring
from core.database import Database, Transaction
from core.errors import IdempotencyMismatch
from core.principal import Principal
from runs.sealing import open_thread_key

KeyHeader = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=INPUTS.idempotency_key_chars,
        pattern=r"^[\x21-\x7e]+$",
        description="The same key and body give the same reply for a day; another body gives 409.",
    ),
]


@dataclass(frozen=True, slots=True)
class About:
    """The conversation that a reply tells of: the reply is kept under its key, and is gone with it."""

    thread_id: UUID
    key: DataKey


@dataclass(frozen=True, slots=True)
class Reply:
    """What a creating request answers: a status and a JSON object."""

    status: int
    body: Mapping[str, Any]
    about: About | None = None


class Idempotency:
    """Keeps the replies to creating requests, sealed, for a day."""

    def __init__(self, keyring: Keyring, clock: Clock) -> None:
        self._keyring = keyring
        self._clock = clock

    async def once(
        self, tx: Transaction, key: str | None, request: Mapping[str, Any], make: Callable[[], Awaitable[Reply]]
    ) -> Reply:
        """The kept reply to this request, or what `make` does and answers within `tx`.

        `request` is what must be the same: the endpoint and its body. Raises `IdempotencyMismatch`, and `Gone` where
        the reply told of a conversation that was erased since.
        """
        if key is None:
            return await make()
        tenant = tx.principal.tenant
        place = f"reply|{tenant}|{tx.principal.person}|{key}"
        fingerprint = self._keyring.digest(canonical_json(request), place)
        now = self._clock.now()
        kept = await store.claim_key(tx, key, fingerprint, at=now, forget_before=now - timedelta(days=IDEMPOTENCY_DAYS))
        if kept is None:
            reply = await make()
            about = reply.about
            sealed = (self._keyring if about is None else about.key).seal(json.dumps(dict(reply.body)).encode(), place)
            await store.save_reply(tx, key, reply.status, sealed, None if about is None else about.thread_id)
            return reply
        of_thread = kept.thread_id
        opener = self._keyring if of_thread is None else open_thread_key(self._keyring, tenant, of_thread, kept.wrapped)
        if kept.request_digest != fingerprint:
            raise IdempotencyMismatch("Use a new Idempotency-Key for another request.")
        return Reply(kept.status, json.loads(opener.open(kept.sealed, place)))


class Acts:
    """The same for what commits in a transaction of its own, such as a signature.

    The key is taken before the act and held until its reply is kept, so repeats at the same time wait for that reply.
    A process that dies between the act and its reply leaves the key free: the repeat then meets the act itself, which
    is never done twice, and is told of it (409).
    """

    def __init__(self, database: Database, idempotency: Idempotency, *, at_once: int) -> None:
        """`at_once`: how many may hold a connection for their key; the acts themselves need another one each."""
        self._database = database
        self._idempotency = idempotency
        self._turn = asyncio.Semaphore(at_once)

    async def once(
        self, principal: Principal, key: str | None, request: Mapping[str, Any], make: Callable[[], Awaitable[Reply]]
    ) -> Reply:
        """The kept reply to this request, or what `make` does and answers. Raises `IdempotencyMismatch`."""
        if key is None:
            return await make()
        async with self._turn, self._database.transaction(principal) as tx:
            return await self._idempotency.once(tx, key, request, make)
