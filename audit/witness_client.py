"""Asking a witness: C2SP's tlog-witness `add-checkpoint` over HTTP. A witness that is down delays cosigning only."""

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Final

import httpx

from audit import merkle
from audit.notes import WITNESS, Note, NoteError, Signature, Verifier, cosignatures, parse_signatures
from audit.tree import store
from audit.tree.store import KeptCheckpoint, KeptCosignature, WitnessReply
from core.clock import Clock
from core.database import Database
from core.principal import Principal

TIMEOUT_S: Final = 5.0
"""A witness answers within milliseconds; longer, and the next round asks again."""

MAX_REPLY_BYTES: Final = 65_536


class Outcome(StrEnum):
    COSIGNED = "cosigned"
    UNREACHABLE = "unreachable"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Witness:
    """A witness's address (before `/add-checkpoint`) and the keys that it may answer with."""

    url: str
    keys: tuple[Verifier, ...]

    @classmethod
    def of(cls, url: str, keys: Sequence[str]) -> "Witness | None":
        """As it is configured; None where none is. Raises `NoteError` for what is no witness's key."""
        verifiers = tuple(Verifier.parse(key) for key in keys)
        if any(verifier.kind != WITNESS for verifier in verifiers):
            raise NoteError("WITNESS_KEYS has a log's key: give the one that `python -m witness key` prints")
        return cls(url, verifiers) if url else None

    @property
    def names(self) -> list[str]:
        return [key.name for key in self.keys]


@dataclass(frozen=True, slots=True)
class _Answer:
    status: int
    body: str


class WitnessUnreachable(Exception):
    """No answer, or one that says to try later; the text says which."""


class WitnessClient:
    """Asks one witness for the logs of all tenants."""

    def __init__(self, http: httpx.AsyncClient, witness: Witness, clock: Clock) -> None:
        self._http = http
        self._witness = witness
        self._clock = clock

    async def cosign(self, database: Database, tenant: str) -> WitnessReply | None:
        """Ask for a cosignature of the last checkpoint and keep it; None when there is nothing new to cosign.

        A refusal is kept for the banner: the witness knows another log than ours.
        """
        async with database.transaction(Principal.system(tenant)) as tx:
            last = await store.last_checkpoint(tx)
            cosigned = await store.last_cosigned_checkpoint(tx, self._witness.names)
        old = 0 if cosigned is None else cosigned.size
        if last is None or old == last.size:
            return None
        try:
            reply, kept = await self._ask(database, tenant, last, old)
        except WitnessUnreachable as error:
            reply, kept = self._reply(last, Outcome.UNREACHABLE, str(error)), []
        async with database.transaction(Principal.system(tenant)) as tx:
            for cosignature in kept:
                await store.insert_cosignature(tx, cosignature)
            await store.note_reply(tx, reply)
        return reply

    async def last_seen(self, origin: str) -> Note | None:
        """The last checkpoint that the witness cosigned of a log, unverified; None when it never did.

        Raises `WitnessUnreachable`.
        """
        answer = await self._call("GET", "/checkpoint", params={"origin": origin})
        if answer.status == 404:
            return None
        if answer.status != 200:
            raise WitnessUnreachable(f"the witness answered {answer.status}")
        try:
            return Note.parse(answer.body.encode())
        except NoteError as error:
            raise WitnessUnreachable(f"the witness's answer: {error}") from error

    async def _ask(
        self, database: Database, tenant: str, last: KeptCheckpoint, old: int
    ) -> tuple[WitnessReply, list[KeptCosignature]]:
        """Twice at most: the first answer may be the size that the witness knows."""
        answer = await self._add_checkpoint(database, tenant, last, old)
        if answer.status == 409:
            known = int(answer.body) if answer.body.strip().isdecimal() and len(answer.body) < 24 else None
            if known is None or known > last.size:
                return self._reply(
                    last, Outcome.REFUSED, f"it knows a log of {answer.body.strip()[:24]} records, ours has {last.size}"
                ), []
            if known != old:
                answer = await self._add_checkpoint(database, tenant, last, known)
        if answer.status != 200:
            reason = "it knows another log of the same size" if answer.status == 409 else answer.body.strip()[:200]
            return self._reply(last, Outcome.REFUSED, f"{answer.status}: {reason}"), []
        return self._cosigned(last, answer)

    def _cosigned(self, last: KeptCheckpoint, answer: _Answer) -> tuple[WitnessReply, list[KeptCosignature]]:
        try:
            text = Note.parse(last.note.encode()).text
            found = cosignatures(text, parse_signatures(answer.body), self._witness.keys)
        except NoteError as error:
            return self._reply(last, Outcome.REFUSED, f"its answer: {error}"), []
        if not found:
            return self._reply(last, Outcome.REFUSED, "its answer has no cosignature of a key that is trusted"), []
        kept = [self._kept(last.size, signature, at) for signature, at in found]
        return self._reply(last, Outcome.COSIGNED, ""), kept

    def _kept(self, size: int, signature: Signature, at: int) -> KeptCosignature:
        return KeptCosignature(
            size, signature.name, signature.line(), datetime.fromtimestamp(at, UTC), self._clock.now()
        )

    def _reply(self, last: KeptCheckpoint, outcome: Outcome, detail: str) -> WitnessReply:
        return WitnessReply(self._witness.names[0], outcome, detail, last.size, self._clock.now())

    async def _add_checkpoint(self, database: Database, tenant: str, last: KeptCheckpoint, old: int) -> _Answer:
        path = merkle.consistency_path(old, last.size)
        async with database.transaction(Principal.system(tenant)) as tx:
            nodes = await store.nodes(tx, merkle.needed(path))
        try:
            proof = merkle.proof(path, nodes)
        except KeyError:
            proof = []  # leaves are missing: the witness will say what that means
        lines = "".join(f"{base64.b64encode(each).decode()}\n" for each in proof)
        return await self._call("POST", "/add-checkpoint", content=f"old {old}\n{lines}\n{last.note}".encode())

    async def _call(
        self, method: str, path: str, *, content: bytes | None = None, params: dict[str, str] | None = None
    ) -> _Answer:
        try:
            async with self._http.stream(
                method, f"{self._witness.url}{path}", content=content, params=params, timeout=TIMEOUT_S
            ) as response:
                body = b""
                async for part in response.aiter_bytes():
                    body += part
                    if len(body) > MAX_REPLY_BYTES:
                        raise WitnessUnreachable("its answer is too long")
        except httpx.HTTPError as error:
            raise WitnessUnreachable(f"it did not answer ({type(error).__name__})") from error
        if response.status_code >= 500 or response.status_code == 429:
            raise WitnessUnreachable(f"it answered {response.status_code}")
        return _Answer(response.status_code, body.decode(errors="replace"))
