"""The calls of a run as they were decided, and what came of each: kept at once, so that none is planned twice."""

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson

from core.canonical import NotCanonical, canonical_json
from core.crypto import DataKey
from core.database import Transaction
from tools.calls import store
from tools.models import Argument, Call, Decision, Effect, Origin, PastCall, Proposal, Ruling, Signature


@dataclass(frozen=True, slots=True)
class CallResult:
    """What executing a call gave: the bank's JSON, or why it refused."""

    ok: bool
    result: Any
    summary: str
    """As people are told, rendered by the service."""

    def commitment(self, key: DataKey) -> str:
        """For the ledger. A bank's numbers may be ones without a canonical form, such as ids beyond 2^53; what was done
        is recorded all the same."""
        told = {"result": self.result, "summary": self.summary}
        try:
            text = canonical_json(told)
        except NotCanonical:
            text = orjson.dumps(told, option=orjson.OPT_SORT_KEYS)
        return key.commit(text.decode())


@dataclass(frozen=True, slots=True)
class KeptCall:
    """A proposal of a run, with its result once it was executed."""

    proposal: Proposal
    effect: Effect
    result: CallResult | None

    def as_past(self) -> PastCall:
        call = self.proposal.call
        return PastCall(call.tool, call.args, None if self.result is None else self.result.result)


def call_context(tenant: str, call_id: UUID) -> str:
    """The place that a sealed call is bound to."""
    return f"call|{tenant}|{call_id}"


def result_context(tenant: str, call_id: UUID) -> str:
    return f"call-result|{tenant}|{call_id}"


async def keep_call(tx: Transaction, key: DataKey, proposal: Proposal, effect: Effect, now: datetime) -> None:
    """Keep a decided call. `tx` is the system's."""
    content = {"call": asdict(proposal.call), "decision": asdict(proposal.decision)}
    await store.insert_call(
        tx,
        {
            "run_id": proposal.run_id,
            "ordinal": proposal.ordinal,
            "call_id": proposal.call_id,
            "tool": proposal.call.tool,
            "effect": effect.value,
            "ruling": proposal.decision.ruling.value,
            "sealed": key.seal(orjson.dumps(content), call_context(tx.principal.tenant, proposal.call_id)),
            "at": now,
        },
    )


async def keep_result(tx: Transaction, key: DataKey, call_id: UUID, result: CallResult, now: datetime) -> bool:
    """Keep what came of a call; False when something was kept before, which then stands."""
    sealed = key.seal(orjson.dumps(asdict(result)), result_context(tx.principal.tenant, call_id))
    return await store.keep_result(tx, call_id, sealed, now)


async def calls_of_run(tx: Transaction, key: DataKey, run_id: UUID) -> tuple[KeptCall, ...]:
    """Every call of a run, in the order of their proposal. `tx` is the system's."""
    return tuple([_kept(tx.principal.tenant, key, row) for row in await store.calls_of_run(tx, run_id)])


def _kept(tenant: str, key: DataKey, row: dict[str, Any]) -> KeptCall:
    content = orjson.loads(key.open(bytes(row["sealed"]), call_context(tenant, row["call_id"])))
    sealed = row["sealed_result"]
    result = None
    if sealed is not None:
        result = CallResult(**orjson.loads(key.open(bytes(sealed), result_context(tenant, row["call_id"]))))
    return KeptCall(
        Proposal(
            row["call_id"], row["run_id"], row["ordinal"], Call(**content["call"]), _decision(content["decision"])
        ),
        Effect(row["effect"]),
        result,
    )


def _decision(fields: dict[str, Any]) -> Decision:
    signature = fields["signature"]
    kept: list[dict[str, Any]] = fields["arguments"]
    arguments = tuple(Argument(**dict[str, Any](argument, origin=Origin(argument["origin"]))) for argument in kept)
    return Decision(
        Ruling(fields["ruling"]), signature and Signature(signature), fields["code"], fields["reason"], arguments
    )
