"""The acting branch of scripted turns: "do TOOL {arguments}" asks for a signature, then does it by the real rules."""

import json
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import uuid4

from audit import ledger
from audit.records import thread_stream
from core.clock import Clock
from core.crypto import DataKey
from core.database import Database, Transaction
from core.principal import Principal
from jobs.approvals import ApprovalDesk
from runs import log, store
from runs.models import Run
from tools.approvals.models import Approval
from tools.approvals.requests import open_approval, requested_entry, required_event
from tools.calls.calls import keep_call
from tools.catalogue.models import Catalogue, Tool
from tools.connector.ports import Acting, Connector, Outcome, ToolRefused
from tools.effects.execution import begin, finish, void
from tools.effects.models import BegunState
from tools.models import Argument, Call, Decision, Origin, Proposal, Ruling, Signature
from tools.rendering import render, value_text

DO = "do "
LATE = "late do "
"""As if it had been asked for two hours ago, and the worker that lets it expire had not come by."""


@dataclass(frozen=True, slots=True)
class ScriptedActs:
    """Proposes what the question says, word for word; policy is not asked."""

    database: Database
    catalogue: Catalogue
    connector: Connector
    desk: ApprovalDesk
    clock: Clock

    async def propose(self, tx: Transaction, key: DataKey, run: Run) -> None:
        """Ask for the signature and let the run wait. `tx` is the system's and holds the run."""
        is_late = run.question.text.startswith(LATE)
        call = _call(run.question.text.removeprefix("late "))
        tool = self.catalogue.tools[call.tool]
        now = self.clock.now() - (timedelta(hours=2) if is_late else timedelta())
        proposal = Proposal(uuid4(), run.id, 1, call, _decision(tool, call))
        await keep_call(tx, key, proposal, tool.effect, now)
        approval = await open_approval(
            tx,
            key,
            self.catalogue,
            proposal,
            approval_id=uuid4(),
            thread_id=run.thread_id,
            maker=run.person,
            request=run.question.text,
            now=now,
        )
        await log.append(tx, key, run.id, "act", [required_event(approval, tool)], now)
        stream = thread_stream(run.thread_id)
        await ledger.append(tx, stream, [requested_entry(approval)], actor=run.person, at=now)
        if not is_late:
            await self.desk.schedule_expiry(tx, approval.id, approval.expires_at)
        assert await store.pause_run(tx, run.id, run.attempts)

    async def perform(self, key: DataKey, tenant: str, approval: Approval) -> tuple[bool, str]:
        """Do what is signed, once: whether it was done, and what is said of it."""
        system, tool = Principal.system(tenant), self.catalogue.tools[approval.tool]
        async with self.database.transaction(system) as tx:
            begun = await begin(tx, key, self.catalogue, approval.id, now=self.clock.now())
            if begun.state is BegunState.VOID:
                await void(tx, key, begun.approval, begun.why or "", self.clock.now())
                return False, begun.why or ""
        acting = Acting(tenant, approval.maker, begun.approval.approvers)
        try:
            result = await self.connector.call(tool, approval.call.args, acting, idempotency_key=begun.key)
            outcome, said = Outcome(True, result), render(tool.receipt, approval.call.args, result)
        except ToolRefused as refused:
            outcome, said = Outcome(False, None, refused.detail), refused.detail
        async with self.database.transaction(system) as tx:
            await finish(tx, key, begun.approval, outcome, now=self.clock.now(), summary=said)
        return outcome.ok, said


def asks_to_act(question: str) -> bool:
    return question.startswith((DO, LATE))


def _call(question: str) -> Call:
    tool, _, args = question.removeprefix(DO).partition(" ")
    parsed: dict[str, Any] = json.loads(args)
    return Call(tool, parsed)


def _decision(tool: Tool, call: Call) -> Decision:
    assert tool.signature is not None
    signature, limit = tool.signature, tool.limit
    if limit is not None and limit.two_above is not None and call.args[limit.argument] > limit.two_above:
        signature = Signature.TWO
    arguments = tuple(
        Argument(
            name=name,
            label=tool.labels[name],
            value=value,
            text=value_text(value),
            origin=Origin.USER,
            origin_text="your own words",
            sensitive=name in tool.sensitive,
        )
        for name, value in call.args.items()
    )
    return Decision(Ruling.APPROVE, signature, "needs_signature", "Another person has to sign this.", arguments)


def do(tool: str, **args: Any) -> str:
    """The question that asks for this."""
    return f"{DO}{tool} {json.dumps(args)}"
