"""`python -m evals ledger`: how long a large ledger takes to verify, and a record waits for its cosignature."""

import argparse
import asyncio
import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from random import Random
from statistics import quantiles
from typing import Any, Final
from uuid import UUID

from audit import ledger as audit_ledger
from audit.chain import Head, link
from audit.records import Entry, Record, RecordKind, thread_stream
from audit.sealing import seal_all
from audit.tree import store
from audit.trust import Trust
from audit.verify import verify
from core.clock import SystemClock
from core.principal import Principal
from core.settings import Settings
from evals.cases_file import progress
from evals.errors import CannotMeasure
from evals.tampering.servers import postgres, witness
from evals.tampering.store import superuser
from evals.tampering.world import Ground, grounds, log_key
from jobs.sealing import Sealer

SEED: Final = 1
RECORDS_OF_A_STREAM: Final = 20
"""About what a question and its answer leave."""

BAR_S: Final = 20.0
"""Our own bar for a million records on two cores."""

PAUSE_S: Final = 0.1
LARGE, LIVELY = "large", "lively"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--records", type=int, default=1_000_000, help="of the large ledger (default: %(default)s)")
    parser.add_argument("--seconds", type=int, default=30, help="of appending and cosigning (default: %(default)s)")


def run(args: argparse.Namespace) -> dict[str, Any]:
    """`verify_s` of a sealed and cosigned ledger; `before_cosigning_s`: from a record's commit to its cosignature."""
    with tempfile.TemporaryDirectory(prefix="cs-ledger-") as folder:
        return {"task": "ledger", "cores": os.cpu_count()} | asyncio.run(_measure(Path(folder), args))


async def _measure(folder: Path, args: argparse.Namespace) -> dict[str, Any]:
    with postgres(folder) as urls, superuser(urls) as admin, witness(folder, [LARGE, LIVELY], SEED) as (url, verifier):
        async with grounds(urls.app, admin, url, verifier) as ground:
            window = await _window(ground, args.seconds)
            begun = time.monotonic()
            count = admin.copy_in(_records(args.records))
            made = time.monotonic()
            key = log_key(LARGE, SEED)
            await seal_all(ground.database, LARGE, key, datetime.now(UTC))
            await ground.client.cosign(ground.database, LARGE)
            seen = await ground.client.last_seen(key.verifier.name)
            sealed = time.monotonic()
            trust = Trust(key.verifier, (ground.witness,), () if seen is None else (seen,))
            found = await verify(ground.database, LARGE, trust, progress=lambda done: progress("records", done, count))
            took = time.monotonic() - sealed
    if found.faults or (found.records, found.sealed, found.cosigned) != (count, count, count):
        raise CannotMeasure(f"The ledger that was made does not verify: {found.faults[:3]}")
    return {
        "records": count,
        "streams": found.streams,
        "checkpoints": found.checkpoints,
        "generate_s": round(made - begun, 1),
        "seal_s": round(sealed - made, 1),
        "verify_s": round(took, 2),
        "records_per_s": round(count / took),
        "bar_s": BAR_S,
        "load": os.getloadavg()[0],
        "before_cosigning_s": window,
    }


def _records(count: int) -> Iterator[Record]:
    """Conversations as the ledger would have them, without going through the ledger."""
    random = Random(SEED)  # noqa: S311 -- drawn by seed
    at = datetime(2026, 3, 3, tzinfo=UTC)
    for made in range(0, count, RECORDS_OF_A_STREAM):
        stream, run = thread_stream(UUID(int=random.getrandbits(128))), UUID(int=random.getrandbits(128))
        head = Head()
        for number in range(min(RECORDS_OF_A_STREAM, count - made)):
            at += timedelta(microseconds=random.randrange(1, 10**6))
            passages = [{"chunk": str(UUID(int=random.getrandbits(128))), "score": "0.734512"} for _ in range(3)]
            body = {"code": "ok", "passages": passages, "commitment": random.randbytes(32).hex(), "count": number}
            entry = Entry(RecordKind.RUN_RETRIEVED, f"{run}/retrieve/{number}", body, run)
            record = link(head, entry, tenant=LARGE, stream=stream, actor="anna", at=at)
            head = Head(record.seq, record.hash)
            yield record
        progress("made", min(made + RECORDS_OF_A_STREAM, count), count)


async def _window(ground: Ground, seconds: int) -> dict[str, float]:
    """Seconds from the commit of a record until its cosignature was kept, at the shipped interval."""
    interval = Settings.model_fields["sealing_interval_s"].default
    key_of = partial(log_key, seed=SEED)
    sealer = Sealer(ground.database, (LIVELY,), key_of, SystemClock(), ground.client, interval)
    sealing = asyncio.create_task(sealer.run())
    appended: dict[int, datetime] = {}
    try:
        for number in range(int(seconds / PAUSE_S)):
            async with ground.database.transaction(Principal.system(LIVELY)) as tx:
                entry = Entry(RecordKind.CLAIM_RELEASED, str(number), {"n": number})
                [record] = await audit_ledger.append(tx, "thread:1", [entry], actor="anna", at=datetime.now(UTC))
            appended[record.seq] = datetime.now(UTC)
            await asyncio.sleep(PAUSE_S)
        await asyncio.sleep(2 * interval)
    finally:
        sealing.cancel()
        with suppress(asyncio.CancelledError):
            await sealing
    async with ground.database.transaction(Principal.system(LIVELY)) as tx:
        kept = [(each.size, each.kept_at) for each in await store.cosignatures(tx)]
    waits = [
        (next(at for size, at in kept if size >= seq) - moment).total_seconds()
        for seq, moment in appended.items()
        if seq <= kept[-1][0]
    ]
    cuts = quantiles(waits, n=20)
    return {"interval": interval, "p50": round(cuts[9], 2), "p95": round(cuts[18], 2), "max": round(max(waits), 2)}
