"""What of a run's texts can still be read: they are erased with their conversation's key, and open unaltered only."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from api.schemas.audit import Texts
from core.crypto import DataKey, Keyring, SealBroken
from core.errors import Gone
from core.telemetry import logger
from runs.sealing import message_context, open_thread_key

log = logger(__name__)

LOST: Mapping[str, str] = {
    "readable": "its words are not kept",
    "erased": "its words were erased",
    "altered": "its words were altered in the database and can't be shown",
}
"""Why a text is missing, as half a sentence."""


@dataclass(frozen=True, slots=True)
class Opened:
    """The question of a run, and the key of its other texts; None where they can't be read."""

    texts: Texts
    question: str | None = None
    key: DataKey | None = None


def open_question(keyring: Keyring, tenant: str, row: Mapping[str, Any]) -> Opened:
    """Of a row with `id`, `thread_id`, `wrapped` and the sealed `question`."""
    try:
        key = open_thread_key(keyring, tenant, row["thread_id"], row["wrapped"])
        if row["question"] is None:
            return Opened("altered", None, key)
        question = key.open(bytes(row["question"]), message_context(tenant, row["id"], "user")).decode()
    except Gone:
        return Opened("erased")
    except SealBroken:
        log.exception("audit.question_altered", run_id=str(row["id"]))
        return Opened("altered")
    return Opened("readable", question, key)
