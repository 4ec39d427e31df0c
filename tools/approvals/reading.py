"""Read requests for a signature: one, those of a person, and what waits for her. Every `tx` here is the system's;
what a person may see is decided here by code, from today's roles."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from core.crypto import DataKey, Keyring, SealBroken
from core.database import Transaction
from core.errors import Forbidden, NotFound
from core.principal import Permission, Principal
from core.telemetry import logger
from runs.sealing import open_thread_key
from tools.approvals import store
from tools.approvals.limits import APPROVAL_LIMITS
from tools.approvals.models import Approval, ApprovalState, Row, SignatureMark
from tools.approvals.reasons import NO_SUCH
from tools.approvals.rights import by_both, may_see, may_sign
from tools.approvals.sealing import approval_context, open_content, reason_context
from tools.approvals.store import Filter
from tools.catalogue.models import Catalogue
from tools.models import Call, Signature
from tools.people.directory import load_signer
from tools.people.models import Signer

_log = logger(__name__)

Whose = Literal["maker", "checker", "either"]
"""`maker`: what she asked for or changed; `checker`: what she may decide, or could have; `either`: all that she may
see."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """What waits for a person, and for others on her behalf."""

    to_sign: int
    oldest_at: datetime | None
    requests_open: int


async def load(tx: Transaction, keyring: Keyring, approval_id: UUID, *, lock: bool = False) -> Approval | None:
    """Any request of the tenant, opened. With `lock` nobody else changes it until `tx` ends; whoever also changes its
    run locks that first. Raises `Gone` for an erased conversation, `SealBroken` for an altered row."""
    row = await store.approval(tx, approval_id, lock=lock)
    return None if row is None else (await opened(tx, keyring, [row]))[0]


async def latest_of_run(tx: Transaction, keyring: Keyring, run_id: UUID, *, lock: bool = False) -> Approval | None:
    """The request that a run waits for or waited for last; of a chain of edits the end."""
    row = await store.latest_of_run(tx, run_id, lock=lock)
    return None if row is None else (await opened(tx, keyring, [row]))[0]


async def load_for(tx: Transaction, keyring: Keyring, person: Principal, approval_id: UUID) -> Approval:
    """A request that the person asked for or could ever sign. Raises `NotFound` for every other, as for none."""
    row = await store.approval(tx, approval_id)
    if row is None or not may_see(closed(row), (await signer_today(tx, person)).principal):
        raise NotFound(NO_SUCH)
    return (await opened(tx, keyring, [row]))[0]


async def list_for(
    tx: Transaction,
    keyring: Keyring,
    person: Principal,
    *,
    whose: Whose = "either",
    only: Filter | None = None,
    before: tuple[datetime, UUID] | None = None,
    limit: int = APPROVAL_LIMITS.list_limit,
) -> list[Approval]:
    """A person's requests, the latest first, after the given place in that order.

    A checker's queue holds nothing that she has signed already while another signature is awaited. What was altered in
    the database is left out, and said in the log: it can be neither shown nor signed, and others still can.
    """
    rows = await _rows(tx, person, await signer_today(tx, person), whose, only or Filter(), before, limit)
    return await opened(tx, keyring, [row for row in rows if _opens(tx, keyring, row)])


async def waiting(tx: Transaction, keyring: Keyring, catalogue: Catalogue, person: Principal, now: datetime) -> Waiting:
    """How much she could approve now, since when, and how many requests of her own are open."""
    signer = await signer_today(tx, person)
    pending = Filter(states=[ApprovalState.PENDING], open_at=now)
    most = APPROVAL_LIMITS.waiting
    own = await _rows(tx, person, signer, "maker", pending, None, most)
    to_confirm = [row for row in own if row["signature"] == Signature.SELF]
    others = await _rows(tx, person, signer, "checker", pending, None, most)
    entitled = by_both(person, signer)
    signable = [row for row in (*to_confirm, *others) if _may_sign(tx, keyring, catalogue, entitled, row)]
    return Waiting(len(signable), min((row["created_at"] for row in signable), default=None), len(own))


async def signer_today(tx: Transaction, person: Principal) -> Signer:
    """The person as noted today; without any right where nothing is noted of her."""
    try:
        return await load_signer(tx, person.person)
    except Forbidden:
        return Signer(replace(person, roles=frozenset()), 0)


async def names(tx: Transaction, person_ids: Sequence[str]) -> Mapping[str, tuple[str, str | None]]:
    """Name and branch by person, of those who are known."""
    return {row["person_id"]: (row["name"], row["branch"]) for row in await store.people(tx, person_ids)}


def closed(row: Row) -> Approval:
    """What a row says without its key: everything but the texts, the call and the signatures."""
    return Approval(
        **{
            name: row[name]
            for name in ("id", "run_id", "thread_id", "call_id", "tool", "catalogue_version", "digest", "follows")
        },
        signature=Signature(row["signature"]),
        signers=frozenset(row["signers"]),
        makers=tuple(row["makers"]),
        state=ApprovalState(row["state"]),
        created_at=row["created_at"],
        expires_at=row["expires_at"],
        closed_at=row["closed_at"],
        followed_by=row["followed_by"],
        call=Call(row["tool"], {}),
        arguments=(),
        summary="",
        reason="",
        request="",
    )


async def opened(tx: Transaction, keyring: Keyring, rows: Sequence[Row]) -> list[Approval]:
    """The requests with their texts and signatures. Raises `Gone`, `SealBroken`."""
    tenant = tx.principal.tenant
    marks: dict[UUID, list[Row]] = {row["id"]: [] for row in rows}
    for mark in await store.signatures(tx, list(marks)):
        marks[mark["approval_id"]].append(mark)
    approvals: list[Approval] = []
    for row in rows:
        key = open_thread_key(keyring, tenant, row["thread_id"], row["wrapped"])
        signatures = tuple([_mark(tenant, key, mark) for mark in marks[row["id"]]])
        approvals.append(replace(_with_content(tenant, key, row), signatures=signatures))
    return approvals


def _opens(tx: Transaction, keyring: Keyring, row: Row) -> bool:
    """Whether a request is as it was sealed; one that is not is named in the log."""
    tenant = tx.principal.tenant
    try:
        _with_content(tenant, open_thread_key(keyring, tenant, row["thread_id"], row["wrapped"]), row)
    except SealBroken:
        _log.error("approval.altered", approval_id=str(row["id"]))
        return False
    return True


def _with_content(tenant: str, key: DataKey, row: Row) -> Approval:
    approval = closed(row)
    content: dict[str, Any] = open_content(key, bytes(row["sealed"]), approval_context(tenant, approval))
    return replace(approval, **content)


def _mark(tenant: str, key: DataKey, row: Row) -> SignatureMark:
    person, sealed = row["person_id"], row["sealed_reason"]
    reason = None
    if sealed is not None:
        reason = key.open(bytes(sealed), reason_context(tenant, row["approval_id"], person)).decode()
    return SignatureMark(person, row["decision"], reason, row["at"])


async def _rows(
    tx: Transaction,
    person: Principal,
    signer: Signer,
    whose: Whose,
    only: Filter,
    before: tuple[datetime, UUID] | None,
    limit: int,
) -> list[Row]:
    roles = signer.principal.roles
    if whose == "checker":
        entitled = by_both(person, signer).principal
        roles = entitled.roles if entitled.may(Permission.APPROVAL_DECIDE) else frozenset[str]()
    return await store.approvals(
        tx, whose=whose, person=person.person, roles=sorted(roles), only=only, before=before, limit=limit
    )


def _may_sign(tx: Transaction, keyring: Keyring, catalogue: Catalogue, signer: Signer, row: Row) -> bool:
    """Opens only what has an amount: most requests have none, and this is asked for every page that is shown."""
    tool = catalogue.get(row["tool"])
    if tool is None or row["catalogue_version"] != catalogue.version:
        return False
    approval = closed(row)
    if tool.limit is not None:
        if not _opens(tx, keyring, row):
            return False
        tenant = tx.principal.tenant
        key = open_thread_key(keyring, tenant, row["thread_id"], row["wrapped"])
        approval = _with_content(tenant, key, row)
    return bool(may_sign(tool, approval, signer, approval.call.args))
