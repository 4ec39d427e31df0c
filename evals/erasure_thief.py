"""Somebody with a dump of the database and the master key: what can be read, and where.

Opens whatever opens, by the product's own rules of where each text lives. A column of bytes that nothing here knows is
a finding: it could hold texts.
"""

from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from core.crypto import DataKey, Keyring, SealBroken
from evals.dump import store
from evals.dump.store import Connection, Row
from runs import sealing
from tools.approvals.reading import closed
from tools.approvals.sealing import approval_context, reason_context
from tools.calls.calls import call_context, result_context

NO_TEXTS: Final = frozenset(
    {
        "app.sessions.id_hash",
        "app.sessions.sealed",
        "app.stops.sealed_reason",
        "app.audience_history.sealed_reason",
        "app.audience_proposals.sealed_reason",
        "app.edition_files.content",
        "app.edition_postings.content",
        "app.thread_keys.wrapped",
        "app.audit_leaves.leaf",
        "app.audit_leaves.completes",
        "app.audit_checkpoints.root",
    }
)
"""Bytes that are no part of a conversation: tokens, why something was stopped or a document closed, documents and what
is kept to search them, hashes, the keys."""


@dataclass(frozen=True, slots=True)
class Place:
    """A sealed column: the conversation that a row belongs to, by itself, its run or its approval, and its context."""

    column: str
    by: str
    context: Callable[[str, Row], str]

    @property
    def table(self) -> str:
        return self.column.rpartition(".")[0]


def _approval(tenant: str, row: Row) -> str:
    return approval_context(tenant, closed({**row, "followed_by": None}))


PLACES: Final = (
    Place(
        "app.thread_masks.sealed",
        "thread_id",
        lambda t, row: sealing.mask_context(t, row["thread_id"], row["ordinal"]),
    ),
    Place("app.threads.title", "id", lambda tenant, row: sealing.title_context(tenant, row["id"])),
    Place("app.messages.sealed", "thread_id", lambda t, row: sealing.message_context(t, row["run_id"], row["role"])),
    Place(
        "app.run_events.sealed",
        "run_id",
        lambda t, row: sealing.event_context(t, row["run_id"], row["step"], row["ordinal"]),
    ),
    Place(
        "app.run_inputs.sealed",
        "run_id",
        lambda t, row: sealing.inputs_context(t, row["run_id"], row["attempt"], row["ordinal"]),
    ),
    Place(
        "app.feedback.sealed_comment",
        "run_id",
        lambda t, row: sealing.comment_context(t, row["run_id"], row["person_id"]),
    ),
    Place("app.corrections.sealed", "run_id", lambda t, row: sealing.correction_context(t, row["run_id"], row["id"])),
    Place("app.tool_calls.sealed", "run_id", lambda tenant, row: call_context(tenant, row["call_id"])),
    Place("app.tool_calls.sealed_result", "run_id", lambda tenant, row: result_context(tenant, row["call_id"])),
    Place("app.approvals.sealed", "thread_id", _approval),
    Place(
        "app.approval_signatures.sealed_reason",
        "approval_id",
        lambda t, row: reason_context(t, row["approval_id"], row["person_id"]),
    ),
    Place("app.effects.sealed_result", "approval_id", lambda tenant, row: f"effect|{tenant}|{row['approval_id']}"),
    Place("langgraph.checkpoint_blobs.blob", "thread_id", lambda t, row: f"checkpoint|{t}|{row['thread_id']}"),
    Place("langgraph.checkpoint_writes.blob", "thread_id", lambda t, row: f"checkpoint|{t}|{row['thread_id']}"),
    Place(
        "app.idempotency_keys.sealed",
        "thread_id",
        lambda t, row: f"reply|{t}|{row['person_id']}|{row['key']}",
    ),
)


@dataclass(frozen=True, slots=True)
class Opened:
    """A text that could be read, and the conversation that it belongs to."""

    column: str
    thread: UUID | None
    text: bytes


@dataclass(frozen=True, slots=True)
class Keys:
    """What the thief unwraps, and which conversation each run (or checkpoint) and approval belongs to."""

    keyring: Keyring
    of_thread: Mapping[UUID, DataKey]
    owner: Mapping[Any, UUID]

    @classmethod
    def of(cls, conn: Connection, keyring: Keyring) -> "Keys":
        keys = {
            row["thread_id"]: keyring.unwrap(row["tenant"], str(row["thread_id"]), bytes(row["wrapped"]))
            for row in store.rows(conn, "app.thread_keys")
            if row["wrapped"] is not None
        }
        owner: dict[Any, UUID] = {row["id"]: row["id"] for row in store.rows(conn, "app.threads")}
        for row in store.rows(conn, "app.runs"):
            owner[row["id"]] = owner[str(row["id"])] = row["thread_id"]
        owner |= {row["id"]: row["thread_id"] for row in store.rows(conn, "app.approvals")}
        return cls(keyring, keys, owner)


def unknown_columns(conn: Connection) -> set[str]:
    """Columns of bytes that nobody has looked at."""
    return store.binary_columns(conn) - NO_TEXTS - {place.column for place in PLACES}


def readable(conn: Connection, keyring: Keyring) -> Generator[Opened]:
    """Every sealed text that the dump and the master key open."""
    keys = Keys.of(conn, keyring)
    for place in PLACES:
        column = place.column.rpartition(".")[2]
        for row in store.rows(conn, place.table):
            if row[column] is None:
                continue
            thread = keys.owner.get(row[place.by])
            text = _opened(keys, thread, bytes(row[column]), place.context(row["tenant"], row))
            if text is not None:
                yield Opened(place.column, thread, text)


def _opened(keys: Keys, thread: UUID | None, sealed: bytes, context: str) -> bytes | None:
    """By the conversation's key or the service's own."""
    key = None if thread is None else keys.of_thread.get(thread)
    for opener in (key, keys.keyring):
        if opener is not None:
            try:
                return opener.open(sealed, context)
            except SealBroken:
                continue
    return None
