"""What approvals ask of the queue: that a signed run goes on, and that an unsigned one is looked at when it expires."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from procrastinate import App

from core.database import Transaction
from jobs.queue import APPROVALS, EXPIRE_APPROVAL, Queue, TryAgain
from runs import store
from tools.approvals.decisions import Decisions


@dataclass(frozen=True, slots=True)
class ApprovalDesk:
    """Work that follows from an approval, put on the queue in the transaction of its cause."""

    queue: Queue

    async def resume(self, tx: Transaction, run_id: UUID, thread_id: UUID) -> None:
        """The run may go on: its approval is signed. `tx` is the system's."""
        await store.requeue_run(tx, run_id)
        await self.queue.turn(tx, run_id, thread_id)

    async def schedule_expiry(self, tx: Transaction, approval_id: UUID, at: datetime) -> None:
        """Have the approval expire at `at`, unless it is decided by then."""
        await self.queue.expire(tx, approval_id, at)


def register(app: App, decisions: Decisions) -> None:
    """Teach the app to let approvals expire."""

    @app.task(name=EXPIRE_APPROVAL, queue=APPROVALS, retry=TryAgain())
    async def expire_approval(tenant: str, approval_id: str) -> None:
        await decisions.expire(tenant, UUID(approval_id))
