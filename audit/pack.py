"""The evidence pack of a run: its records, their places in the log, who signed that, and a script that checks it."""

import base64
import io
import json
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from audit import merkle, pack_verify
from audit import store as records_store
from audit.merkle import Node
from audit.notes import Note, Verifier, parse_signatures
from audit.pack_verify import FORMAT
from audit.records import Record
from audit.tree import store as tree
from audit.tree.store import KeptCheckpoint, Leaf
from core.canonical import canonical_json
from core.database import Database, Transaction
from core.errors import Conflict, NotFound
from core.principal import Principal

README: Final = """Evidence pack of one run.

  python verify.py            checks everything here; Python 3.11 or newer, nothing else, no network
  records.jsonl               the records of the run's conversation, one a line, in the bytes that were hashed
  proofs.json                 where each record stands in the log, with its RFC 6962 inclusion proof
  checkpoint.txt              the log's size and root, signed by the log and cosigned by its witness
  pack.json                   which run this is, and the public keys (compare them with those you were given)

Texts are not in the records, only commitments to them. Nothing here tells what came after the checkpoint.
"""

SCRIPT: Final = Path(pack_verify.__file__).read_bytes()
"""Goes into every pack as `verify.py`."""


@dataclass(frozen=True, slots=True)
class Parties:
    """Whose signatures a pack carries."""

    log: Verifier
    witnesses: Sequence[Verifier] = ()


@dataclass(frozen=True, slots=True)
class _Evidence:
    checkpoint: KeptCheckpoint
    note: str
    records: list[Record]
    leaves: dict[tuple[str, int], Leaf]
    nodes: dict[Node, bytes]


async def export(
    database: Database,
    tenant: str,
    run_id: UUID,
    parties: Parties,
    at: datetime,
    extras: Mapping[str, bytes] | None = None,
) -> bytes:
    """The pack as a zip. `extras` are put beside the rest and are not covered by any proof.

    Under the last checkpoint that a witness cosigned, where that has the whole run; else under the last. Raises
    `NotFound` where the run has no records, `Conflict` where they are not sealed yet.
    """
    async with database.transaction(Principal.system(tenant)) as tx:
        evidence = await _evidence(tx, run_id, parties)
    about: dict[str, Any] = {
        "format": FORMAT,
        "tenant": tenant,
        "run_id": str(run_id),
        "made_at": at.isoformat(),
        "streams": _counts(evidence.records),
        "log_key": str(parties.log),
        "witness_keys": [str(witness) for witness in parties.witnesses],
    }
    files = {
        "README.txt": README.encode(),
        "verify.py": SCRIPT,
        "pack.json": json.dumps(about, indent=1).encode(),
        "records.jsonl": b"".join(canonical_json(record.hashed_fields()) + b"\n" for record in evidence.records),
        "proofs.json": json.dumps(_proofs(evidence), indent=1).encode(),
        "checkpoint.txt": evidence.note.encode(),
    }
    return _zip({**(extras or {}), **files}, at)


async def _evidence(tx: Transaction, run_id: UUID, parties: Parties) -> _Evidence:
    streams = await records_store.streams_of_run(tx, run_id)
    if not streams:
        raise NotFound("There are no records of this run.")
    records = [record for stream in streams for record in await records_store.stream_records(tx, stream)]
    leaves = {(leaf.stream, leaf.seq): leaf for leaf in await tree.leaves_of(tx, streams)}
    last_of_run = [leaves.get((each.stream, each.seq)) for each in records if each.run_id == run_id]
    checkpoint = await tree.last_cosigned_checkpoint(tx, [witness.name for witness in parties.witnesses])
    if checkpoint is None or any(leaf is None or leaf.position >= checkpoint.size for leaf in last_of_run):
        checkpoint = await tree.last_checkpoint(tx)
    sealed = [] if checkpoint is None else _up_to(records, leaves, checkpoint.size)
    if checkpoint is None or not any(record.run_id == run_id for record in sealed):
        raise Conflict("The records of this run are not sealed yet. Try again in a few seconds.")
    lines = [each.line for each in await tree.cosignatures(tx, checkpoint.size, checkpoint.size)]
    note = Note.parse(checkpoint.note.encode())
    whole = Note(note.text, (*note.signatures, *parse_signatures("".join(lines)))) if lines else note
    paths = [merkle.inclusion_path(leaves[each.stream, each.seq].position, checkpoint.size) for each in sealed]
    nodes = await tree.nodes(tx, sorted({node for path in paths for node in merkle.needed(path)}))
    return _Evidence(checkpoint, whole.content().decode(), sealed, leaves, nodes)


def _up_to(records: list[Record], leaves: Mapping[tuple[str, int], Leaf], size: int) -> list[Record]:
    """Those of each stream that stand below a size: from the first on, since a stream is sealed in its order."""
    return [
        each for each in records if (leaf := leaves.get((each.stream, each.seq))) is not None and leaf.position < size
    ]


def _counts(records: Sequence[Record]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for record in records:
        counts[record.stream] = counts.get(record.stream, 0) + 1
    return counts


def _proofs(evidence: _Evidence) -> list[dict[str, Any]]:
    proofs: list[dict[str, Any]] = []
    for record in evidence.records:
        position = evidence.leaves[record.stream, record.seq].position
        path = merkle.inclusion_path(position, evidence.checkpoint.size)
        try:
            hashes = merkle.proof(path, evidence.nodes)
        except KeyError as error:
            raise Conflict("The log is damaged: leaves that a proof needs are missing. Verify the ledger.") from error
        encoded = [base64.b64encode(each).decode() for each in hashes]
        proofs.append({"stream": record.stream, "seq": record.seq, "position": position, "proof": encoded})
    return proofs


def _zip(files: Mapping[str, bytes], at: datetime) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            entry = zipfile.ZipInfo(name, at.timetuple()[:6])
            entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
            archive.writestr(entry, content)
    return buffer.getvalue()
