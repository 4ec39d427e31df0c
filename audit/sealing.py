"""Sealing: records that wait get positions in their tenant's Merkle log, and the log that grew a signed checkpoint."""

import re
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote

from audit import merkle
from audit.merkle import Frontier, Range, leaf_hash
from audit.notes import Checkpoint, LogKey, Note, NoteError, open_checkpoint
from audit.tree import store
from audit.tree.store import KeptCheckpoint, Leaf, Waiting
from core.database import Database, Transaction
from core.principal import Principal

BATCH = 5_000
"""Leaves of one transaction, and so of one checkpoint: a backlog is worked off in steps of about a second."""


_HASH = re.compile("[0-9a-f]{64}")


class LogBroken(Exception):
    """The log is not the one that was signed last, so nothing more is signed; says what differs."""


@dataclass(frozen=True, slots=True)
class Sealing:
    """What a call of `seal` did. `size` is the log's after it."""

    added: int
    size: int


def log_name(base: str, tenant: str) -> str:
    """The name (origin) of a tenant's log: unique among all logs that a witness knows."""
    return f"{base}/{quote(tenant, safe='')}"


def tenant_key(base: str, seed: bytes, tenant: str) -> LogKey:
    """The key of a tenant's log. Raises `NoteError` for what is no seed or no name."""
    return LogKey(log_name(base, tenant), seed)


async def seal(database: Database, tenant: str, key: LogKey, now: datetime, *, batch: int = BATCH) -> Sealing:
    """Give up to `batch` waiting records their positions and sign the log that has them.

    One process at a time, by a lock; a record gets its position once, whatever dies when. Raises `LogBroken` where the
    kept log does not fit the last checkpoint or that is not signed by `key`.
    """
    async with database.transaction(Principal.system(tenant)) as tx:
        if not await store.is_anything_waiting(tx):
            return Sealing(0, await store.size(tx))
        await store.lock(tx)
        taken = await store.waiting(tx, batch)
        frontier = await _frontier(tx, key)
        leaves = _leaves(frontier, taken)
        await store.take(tx, taken)
        if leaves:
            await store.insert_leaves(tx, leaves)
            checkpoint = Checkpoint(key.verifier.name, frontier.size, frontier.root())
            note = key.sign(checkpoint).content().decode()
            await store.insert_checkpoint(tx, KeptCheckpoint(frontier.size, checkpoint.root, note, now))
    return Sealing(len(leaves), frontier.size)


async def seal_all(database: Database, tenant: str, key: LogKey, now: datetime) -> Sealing:
    """`seal` until nothing waits."""
    added = 0
    while (step := await seal(database, tenant, key, now)).added:
        added += step.added
    return Sealing(added, step.size)


def _leaves(frontier: Frontier, taken: list[Waiting]) -> list[Leaf]:
    leaves: list[Leaf] = []
    for each in taken:
        if each.hash is not None:
            if not _HASH.fullmatch(each.hash):
                raise LogBroken(f"record {each.seq} of {each.stream} has no hash that could be sealed")
            position, leaf = frontier.size, leaf_hash(bytes.fromhex(each.hash))
            leaves.append(Leaf(position, each.stream, each.seq, leaf, frontier.append(leaf)))
    return leaves


async def _frontier(tx: Transaction, key: LogKey) -> Frontier:
    """The log as it stands, held against the last checkpoint: a log never signs what contradicts what it signed."""
    size, last = await store.size(tx), await store.last_checkpoint(tx)
    if size != (0 if last is None else last.size):
        raise LogBroken(f"there are {size} leaves, and the last checkpoint has {0 if last is None else last.size}")
    if last is None:
        return Frontier()
    try:
        signed = open_checkpoint(Note.parse(last.note.encode()), key.verifier)
    except NoteError as error:
        raise LogBroken(f"the last checkpoint: {error}") from error
    wanted = merkle.complete_subtrees(Range(0, size))
    found = await store.nodes(tx, wanted)
    if len(found) != len(wanted):
        raise LogBroken("leaves of the log are missing")
    frontier = Frontier(size, [found[node] for node in wanted])
    if (signed.size, signed.root) != (size, frontier.root()):
        raise LogBroken(f"the {size} leaves are not those that were signed")
    return frontier
