"""Carries out checked requests: a write, its reply, its journal entry and its key in one transaction."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

import orjson

from sandbox.corebank.problems import BankProblem, KeyUsed, Unauthenticated, UnknownOperation
from sandbox.corebank.rules import READS, WRITES, Request
from sandbox.corebank.store import Records, Row, Store
from sandbox.corebank.tokens import Caller

EFFECTS_SHOWN = 1000


@dataclass(frozen=True, slots=True)
class Reply:
    """Status and body (JSON) of a reply. `replayed`: an earlier request with this key was answered so."""

    status: int
    body: Mapping[str, Any]
    replayed: bool = False


@dataclass(frozen=True, slots=True)
class Desk:
    """The bank's two doors, reading and writing. `clock` gives seconds since the epoch."""

    store: Store
    clock: Callable[[], float]

    def read(self, caller: Caller, operation: str, args: Mapping[str, Any]) -> Reply:
        """Raises `NotFound`, also for what belongs to the other bank."""
        with self.store.reading() as records:
            return Reply(200, READS[operation](records, self._request(caller, args)))

    def write(self, caller: Caller, operation: str, key: str, args: Mapping[str, Any]) -> Reply:
        """The reply to this request, or to the earlier one with this key. Refusals on the record's state are
        replies too and stay with the key. Raises `KeyUsed`, and `Unauthenticated` for a token that has expired
        since it arrived or served another write."""
        fingerprint = _fingerprint(caller, operation, args)
        with self.store.writing() as records:
            now = self.clock()
            self._spend(records, caller, key, now)
            earlier = records.row("SELECT * FROM operations WHERE tenant = ? AND key = ?", caller.tenant, key)
            if earlier is not None:
                if earlier["fingerprint"] != fingerprint:
                    raise KeyUsed("This Idempotency-Key was used for another request.")
                return Reply(earlier["status"], orjson.loads(earlier["reply"]), replayed=True)
            reply = self._carry_out(records, caller, operation, key, args)
            entry = {"tenant": caller.tenant, "key": key, "fingerprint": fingerprint, "operation": operation}
            done = {"status": reply.status, "reply": orjson.dumps(reply.body), "at": _rfc3339(now)}
            records.insert("operations", {**entry, **done})
            return reply

    def operation(self, caller: Caller, key: str) -> Reply:
        """What was done under a key of the caller's bank. Raises `UnknownOperation`."""
        with self.store.reading() as records:
            found = records.row("SELECT * FROM operations WHERE tenant = ? AND key = ?", caller.tenant, key)
        if found is None:
            raise UnknownOperation("No write with this Idempotency-Key was finished.")
        shown = {name: found[name] for name in ("key", "operation", "status", "at")}
        return Reply(200, {**shown, "reply": orjson.loads(found["reply"])})

    def effects(self, key: str | None, after: int) -> list[Row]:
        """The journal of what was really changed, oldest first, of one key or of all."""
        query = "SELECT * FROM effects WHERE number > ? AND (? IS NULL OR key = ?) ORDER BY number LIMIT ?"
        with self.store.reading() as records:
            rows = records.rows(query, after, key, key, EFFECTS_SHOWN)
        return [{**row, "approved_by": orjson.loads(row["approved_by"])} for row in rows]

    def _carry_out(self, records: Records, caller: Caller, operation: str, key: str, args: Mapping[str, Any]) -> Reply:
        write, asked = WRITES[operation], self._request(caller, args)
        try:
            result = write.rule(records, asked)
        except BankProblem as refusal:  # a rule refuses before it changes anything
            return Reply(refusal.status, refusal.document())
        who = {"maker": caller.person, "approved_by": orjson.dumps(caller.approved_by).decode(), "at": asked.at}
        what = {"tenant": caller.tenant, "key": key, "operation": operation, "target": write.target.format(**args)}
        records.insert("effects", {**what, **who})
        return Reply(write.status, result)

    def _spend(self, records: Records, caller: Caller, key: str, now: float) -> None:
        """A token serves the writes of one key, and none that comes to be carried out after it expired."""
        if now >= caller.expires_at:
            raise Unauthenticated("The service token has expired.")
        records.change("DELETE FROM used_tokens WHERE expires_at <= ?", now)
        used = records.row("SELECT tenant, key FROM used_tokens WHERE id = ?", caller.token_id)
        if used is None:
            token = {"id": caller.token_id, "tenant": caller.tenant, "key": key, "expires_at": caller.expires_at}
            records.insert("used_tokens", token)
        elif (used["tenant"], used["key"]) != (caller.tenant, key):
            raise Unauthenticated("The service token has served another write.")

    def _request(self, caller: Caller, args: Mapping[str, Any]) -> Request:
        return Request(caller.tenant, caller.person, args, _rfc3339(self.clock()))


def _fingerprint(caller: Caller, operation: str, args: Mapping[str, Any]) -> str:
    """Equal for equal requests of one person. Signers are left out: they may be named in another order."""
    return sha256(orjson.dumps([operation, caller.person, args], option=orjson.OPT_SORT_KEYS)).hexdigest()


def _rfc3339(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
