"""What came of requests for a signature once they were executed: the receipt, or why nothing was done."""

from collections.abc import Mapping, Sequence
from uuid import UUID

import orjson

from api import store
from core.crypto import Keyring
from core.database import Transaction
from runs.sealing import open_thread_key
from tools.approvals.models import Approval, ApprovalState
from tools.calls.calls import CallResult, result_context

_ENDED = frozenset({ApprovalState.EXECUTED, ApprovalState.FAILED, ApprovalState.VOIDED})


async def results(tx: Transaction, keyring: Keyring, approvals: Sequence[Approval]) -> Mapping[UUID, str]:
    """The words for each approval that has an outcome, by its id. `tx` is the system's; the caller has checked that
    the viewer may see these approvals. A call that was edited belongs to the last of its approvals."""
    ended = {approval.call_id: approval for approval in approvals if approval.state in _ENDED}
    if not ended:
        return {}
    tenant = tx.principal.tenant
    found: dict[UUID, str] = {}
    for row in await store.call_results(tx, list(ended)):
        key = open_thread_key(keyring, tenant, row["thread_id"], row["wrapped"])
        opened = orjson.loads(key.open(bytes(row["sealed_result"]), result_context(tenant, row["call_id"])))
        found[ended[row["call_id"]].id] = CallResult(**opened).summary
    return found
