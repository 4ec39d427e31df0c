"""The stop switch of a tenant: one person with the right stops, two restart, and each act is in the ledger."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from audit.ledger import append
from audit.records import STOPS_STREAM, Entry, RecordKind
from core.clock import Clock
from core.crypto import Keyring
from core.database import Database, Transaction
from core.errors import Conflict, NotFound, Unprocessable
from core.principal import Permission, Principal
from tools.catalogue.models import Catalogue, Tool
from tools.people import directory
from tools.stops import store
from tools.stops.limits import STOP_LIMITS
from tools.stops.models import ALL, TOOL, WRITES, RestartMark, Stop, StopPerson, StopState, scopes_over


async def stopped_by(tx: Transaction, tool: Tool) -> Stop | None:
    """The stop that holds up this tool now, the widest first; None where it may be used.

    Until the transaction ends no stop begins: work begun in it comes before any later stop, and a stop that has been
    committed is seen here. The stop's reason stays sealed.
    """
    await store.lock_for_work(tx)
    rows = await store.active_stops(tx, scopes_over(tool))
    return (await _opened(tx, rows[:1], None))[0] if rows else None


class StopSwitch:
    """Stops, restarts and lists. Whoever does so needs the right in her token and in the directory's newest note."""

    def __init__(self, database: Database, keyring: Keyring, clock: Clock, catalogue: Catalogue) -> None:
        self._database = database
        self._keyring = keyring
        self._clock = clock
        self._catalogue = catalogue

    async def stop(self, principal: Principal, scope: str, reason: str) -> Stop:
        """Stop what the scope names, at once and for everyone of the tenant; the active stop where there is one.

        Work that was begun before has been begun: this waits until it is, and none begins after. Raises `Forbidden`,
        or `Unprocessable` for an unknown scope or without a reason.
        """
        principal.require(Permission.TOOLS_STOP)
        self._check_scope(scope)
        reason = _checked_reason(reason)
        now, stop_id = self._clock.now(), uuid4()
        async with self._database.transaction(principal) as tx:
            await _require_today(tx, principal)
            await store.lock_for_change(tx)
            active = await store.active_stops(tx, [scope])
            if active:
                return (await _opened(tx, active, self._keyring))[0]
            place = _reason_context(principal.tenant, stop_id)
            sealed = self._keyring.seal(reason.encode(), place)
            await store.insert_stop(
                tx, stop_id=stop_id, scope=scope, person=principal.person, sealed_reason=sealed, at=now
            )
            body = {"stop": str(stop_id), "scope": scope, "reason": self._keyring.digest(reason.encode(), place)}
            entry = Entry(RecordKind.TOOLS_STOPPED, step=f"stopped:{stop_id}", body=body)
            await append(tx, STOPS_STREAM, [entry], actor=principal.person, at=now)
            return await self._load(tx, stop_id)

    async def restart(self, principal: Principal, stop_id: UUID) -> Stop:
        """Sign that what was stopped may go on; the second person's signature lifts the stop.

        Raises `Forbidden`, `NotFound`, or `Conflict` for one who has signed already and where it is lifted.
        """
        principal.require(Permission.TOOLS_STOP)
        now = self._clock.now()
        async with self._database.transaction(principal) as tx:
            await _require_today(tx, principal)
            await store.lock_for_change(tx)
            stop = await self._load(tx, stop_id)
            if stop.state is StopState.LIFTED:
                raise Conflict("This is no longer stopped. Load the page again.")
            if not await store.insert_restart(tx, stop_id, principal.person, now):
                raise Conflict("You have signed this restart already. A second person has to sign it too.")
            signed_by = [*(mark.person for mark in stop.restarts), principal.person]
            await _record_restart(tx, stop, signed_by, now)
            if len(signed_by) >= STOP_LIMITS.restarts:
                await store.lift(tx, stop_id, now)
            return await self._load(tx, stop_id)

    async def list(self, principal: Principal) -> tuple[Stop, ...]:
        """What is stopped, then what was, the latest first. Raises `Forbidden`."""
        principal.require(Permission.TOOLS_STOP)
        async with self._database.transaction(principal) as tx:
            await _require_today(tx, principal)
            return await _opened(tx, await store.stops(tx, STOP_LIMITS.listed), self._keyring)

    def _check_scope(self, scope: str) -> None:
        if scope in (ALL, WRITES):
            return
        if not scope.startswith(TOOL) or self._catalogue.get(scope.removeprefix(TOOL)) is None:
            known = ", ".join(sorted(self._catalogue.tools))
            raise Unprocessable(f"Say what to stop: all, writes, or tool: and one of {known}.")

    async def _load(self, tx: Transaction, stop_id: UUID) -> Stop:
        row = await store.stop(tx, stop_id)
        if row is None:
            raise NotFound("There is no such stop.")
        return (await _opened(tx, [row], self._keyring))[0]


async def _record_restart(tx: Transaction, stop: Stop, signed_by: Sequence[str], now: datetime) -> None:
    """`signed_by`: the first first; the last is who signs now."""
    place = {"stop": str(stop.id), "scope": stop.scope}
    step = f"restart:{stop.id}:{len(signed_by)}"
    entries = [Entry(RecordKind.TOOLS_RESTART_SIGNED, step, {**place, "signatures": len(signed_by)})]
    if len(signed_by) >= STOP_LIMITS.restarts:
        lifted = {**place, "signed_by": list(signed_by)}
        entries.append(Entry(RecordKind.TOOLS_RESTARTED, f"restarted:{stop.id}", lifted))
    await append(tx, STOPS_STREAM, entries, actor=signed_by[-1], at=now)


def _checked_reason(reason: str) -> str:
    reason = reason.strip()
    if not 0 < len(reason) <= STOP_LIMITS.reason_chars:
        raise Unprocessable(f"Say why, in at most {STOP_LIMITS.reason_chars:,} characters.")
    return reason


async def _require_today(tx: Transaction, principal: Principal) -> None:
    """The token's roles may be of yesterday: the newest that is known of the person counts too."""
    (await directory.load(tx, principal.person)).require(Permission.TOOLS_STOP)


def _reason_context(tenant: str, stop_id: UUID) -> str:
    return f"stop-reason|{tenant}|{stop_id}"


async def _opened(tx: Transaction, rows: Sequence[Mapping[str, Any]], keyring: Keyring | None) -> tuple[Stop, ...]:
    """Rows as stops, with their signatures; the reasons are opened where there is a key."""
    tenant = tx.principal.tenant
    marks: dict[UUID, list[RestartMark]] = {row["id"]: [] for row in rows}
    for mark in await store.restarts(tx, list(marks)):
        marks[mark["stop_id"]].append(RestartMark(mark["person_id"], mark["name"], mark["at"]))
    return tuple(
        [
            Stop(
                id=row["id"],
                scope=row["scope"],
                state=StopState(row["state"]),
                stopped_by=StopPerson(row["stopped_by"], row["stopped_by_name"]),
                stopped_at=row["stopped_at"],
                lifted_at=row["lifted_at"],
                restarts=tuple(marks[row["id"]]),
                reason=None
                if keyring is None
                else keyring.open(bytes(row["sealed_reason"]), _reason_context(tenant, row["id"])).decode(),
            )
            for row in rows
        ]
    )
