"""Admit questions, read conversations back, keep what people said about them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson

from core.crypto import DataKey, Keyring
from core.database import Transaction
from core.errors import NotFound
from runs import sealing, store
from runs.event_log import store as event_store
from runs.events import Release, RunStarted
from runs.log import append
from runs.models import Exchange, Mode, Question, Run, RunStatus, StoredEvent, Thread

NOTICE = "An AI system answers from your bank's approved documents. Each sentence is checked against its source."
TITLE_LENGTH = 80
"""Characters of the first question that name a thread in the history."""

HISTORY_LIMIT = 6
"""Earlier turns that a follow-up may refer to; more would only dilute the question."""


@dataclass(frozen=True, slots=True)
class Admitted:
    """A run that will be executed, and the key of its thread."""

    run_id: UUID
    thread_id: UUID
    key: DataKey


@dataclass(frozen=True, slots=True)
class NewIds:
    """The identifiers that an admission may need, minted by the caller's `RunContext`."""

    thread: UUID
    run: UUID
    message: UUID


async def create_thread(tx: Transaction, keyring: Keyring, thread_id: UUID, now: datetime) -> DataKey:
    """A conversation of the principal's own with its own key."""
    key, wrapped = keyring.new_data_key(tx.principal.tenant, str(thread_id))
    await store.insert_thread(tx, thread_id, tx.principal.person, wrapped, now)
    return key


async def admit(
    tx: Transaction,
    keyring: Keyring,
    question: Question,
    *,
    thread_id: UUID | None,
    ids: NewIds,
    release: Release,
    now: datetime,
) -> Admitted:
    """Write the run, its question and `run.started`; the caller adds the job and the audit record to `tx`.

    Raises `NotFound` for another person's thread, `Gone` for an erased one, and `ThreadBusy` while a run of it is under
    way.
    """
    principal = tx.principal
    if thread_id is None:
        thread_id = ids.thread
        key = await create_thread(tx, keyring, thread_id, now)
    else:
        key = await sealing.thread_key(tx, keyring, thread_id, hold=True)
    run_id = ids.run
    await store.insert_run(
        tx,
        store.NewRun(
            id=run_id,
            thread_id=thread_id,
            person=principal.person,
            mode=question.mode.value,
            as_of=question.as_of,
            asked_on=question.asked_on,
            as_of_given=question.as_of_given,
            libraries=None if question.libraries is None else list(question.libraries),
            sealed_title=key.seal(
                question.text[:TITLE_LENGTH].encode(), sealing.title_context(principal.tenant, thread_id)
            ),
            sealed_question=key.seal(question.text.encode(), sealing.message_context(principal.tenant, run_id, "user")),
            message_id=ids.message,
            at=now,
        ),
    )
    started = RunStarted(thread_id=thread_id, notice=NOTICE, release=release)
    await append(tx, key, run_id, "admit", [started], now)
    return Admitted(run_id=run_id, thread_id=thread_id, key=key)


async def get_run(tx: Transaction, keyring: Keyring, run_id: UUID) -> tuple[Run, DataKey]:
    """A run of the principal's own (or any of the tenant's, for the system). Raises `NotFound`."""
    row = await store.run(tx, run_id)
    if row is None:
        raise NotFound("There is no such run of yours.")
    key = sealing.open_thread_key(keyring, tx.principal.tenant, row["thread_id"], row["wrapped"])
    return _run(tx.principal.tenant, key, row), key


async def get_thread(tx: Transaction, keyring: Keyring, thread_id: UUID) -> tuple[Thread, list[Run], DataKey]:
    """A thread of the principal's own with its runs, oldest first. Raises `NotFound`, `Gone`."""
    row = await store.thread(tx, thread_id)
    if row is None:
        raise NotFound("There is no such conversation of yours.")
    tenant = tx.principal.tenant
    key = sealing.open_thread_key(keyring, tenant, thread_id, row["wrapped"])
    runs = [_run(tenant, key, run) for run in await store.runs_of_thread(tx, thread_id)]
    return _thread(tenant, key, row), runs, key


async def list_threads(
    tx: Transaction, keyring: Keyring, *, before: tuple[datetime, UUID] | None, limit: int
) -> list[Thread]:
    """The principal's conversations that were not hidden or erased, the latest first."""
    tenant = tx.principal.tenant
    return [
        _thread(tenant, sealing.open_thread_key(keyring, tenant, row["id"], row["wrapped"]), row)
        for row in await store.threads(tx, before, limit)
    ]


async def outcomes(tx: Transaction, key: DataKey, thread_id: UUID) -> Mapping[UUID, StoredEvent]:
    """For each finished run of the thread, the event that ended it."""
    tenant = tx.principal.tenant
    found: dict[UUID, StoredEvent] = {}
    for row in await event_store.last_outcomes(tx, thread_id):
        context = sealing.event_context(tenant, row["run_id"], row["step"], row["ordinal"])
        data: dict[str, Any] = orjson.loads(key.open(bytes(row["sealed"]), context))
        found[row["run_id"]] = StoredEvent(seq=row["seq"], kind=row["kind"], data=data)
    return found


async def history(tx: Transaction, key: DataKey, thread_id: UUID, before: datetime) -> tuple[Exchange, ...]:
    """The last few turns of the thread before a moment, oldest first."""
    tenant = tx.principal.tenant

    def opened(row: Mapping[str, Any], column: str, role: str) -> str:
        sealed = row[column]
        if sealed is None:
            return ""
        return key.open(bytes(sealed), sealing.message_context(tenant, row["id"], role)).decode()

    return tuple(
        Exchange(question=opened(row, "question", "user"), answer=opened(row, "answer", "assistant"))
        for row in await store.history(tx, thread_id, before, HISTORY_LIMIT)
    )


async def keep_reply(tx: Transaction, key: DataKey, run: Run, message_id: UUID, text: str, now: datetime) -> None:
    """Keep what was answered as the thread's next message, for follow-ups."""
    sealed = key.seal(text.encode(), sealing.message_context(tx.principal.tenant, run.id, "assistant"))
    await store.insert_reply(tx, message_id, run.id, run.thread_id, run.person, sealed, now)


async def keep_feedback(
    tx: Transaction, key: DataKey, run_id: UUID, rating: str, comment: str | None, now: datetime
) -> None:
    """The person's own rating of a run; a later one replaces it."""
    principal = tx.principal
    context = sealing.comment_context(principal.tenant, run_id, principal.person)
    sealed = None if comment is None else key.seal(comment.encode(), context)
    await store.save_feedback(tx, run_id, principal.person, rating, sealed, now)


async def ratings(tx: Transaction, thread_id: UUID) -> Mapping[UUID, str]:
    """How the principal rated the runs of a thread: `up` or `down`."""
    return {row["run_id"]: row["rating"] for row in await store.ratings(tx, thread_id)}


def _thread(tenant: str, key: DataKey, row: Mapping[str, Any]) -> Thread:
    title = row["title"]
    return Thread(
        id=row["id"],
        person=row["person_id"],
        title="" if title is None else key.open(bytes(title), sealing.title_context(tenant, row["id"])).decode(),
        created_at=row["created_at"],
        updated_at=row["updated_at"],
    )


def _run(tenant: str, key: DataKey, row: Mapping[str, Any]) -> Run:
    text = key.open(bytes(row["question"]), sealing.message_context(tenant, row["id"], "user")).decode()
    libraries = row["libraries"]
    return Run(
        id=row["id"],
        thread_id=row["thread_id"],
        person=row["person_id"],
        status=RunStatus(row["status"]),
        question=Question(
            text=text,
            as_of=row["as_of"],
            mode=Mode(row["mode"]),
            libraries=None if libraries is None else tuple(libraries),
            asked_on=row["asked_on"],
            as_of_given=row["as_of_given"],
        ),
        attempts=row["attempts"],
        created_at=row["created_at"],
        finished_at=row["finished_at"],
        usage=row["usage"] or {},
    )
