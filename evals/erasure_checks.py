"""What is left in the database, its dump and its files: looked for before the erasure and after it."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from audit.verify import verify
from evals.dump import store
from evals.erasure_doors import at_every_door
from evals.erasure_plan import common
from evals.erasure_scan import files_under, forms, holding, size
from evals.erasure_scene import Finding, Found, Scene, named
from evals.erasure_thief import Opened, readable, unknown_columns

WAL: Final = "pg_wal"


def before(scene: Scene) -> tuple[list[Found], dict[str, Any]]:
    """That the thief reads every word, and knows every column; and how many texts of which column hold a word."""
    with store.superuser(scene.urls) as conn:
        store.sample_everything(conn)
        found = [Found(Finding.UNKNOWN, column) for column in sorted(unknown_columns(conn))]
        opened = list(readable(conn, scene.keyring))
    texts = _by_thread(opened)
    word = common(scene.seed).encode()
    planted = Counter(one.column for one in opened if word in one.text)
    for talk in scene.talks:
        missing = [marker for marker in talk.markers if marker.encode() not in texts[talk.thread_id]]
        found += [Found(Finding.NOT_PLANTED, f"{marker} of {named(talk)}") for marker in missing]
    return found, {"texts_with_markers_before": dict(sorted(planted.items()))}


async def after(scene: Scene, keys: Mapping[UUID, bytes]) -> tuple[list[Found], dict[str, Any]]:
    """Everything that may not be there, and the figures of where it was looked for."""
    with store.superuser(scene.urls) as conn:
        store.write_everything_down(conn)
        opened = list(readable(conn, scene.keyring))
        found = _rows_left(scene, conn)
    dump = store.dump(scene.server, scene.urls, scene.folder / "dump.sql")
    files = [path for path in files_under(scene.server.data) if path != dump]
    found += _opened(scene, opened)
    found += _plain(scene, [dump, *files, *scene.logs])
    left, in_wal = _keys_left(scene, keys, dump, files)
    found += left
    verified = await verify(scene.database, "harbour")
    found += [Found(Finding.CHAIN, f"{fault}") for fault in verified.faults]
    found += await at_every_door(scene)
    return found, {
        "dump_bytes": dump.stat().st_size,
        "files_searched": len(files),
        "bytes_searched": size(files),
        "texts_readable_of_others": len(opened),
        "ledger_records": verified.records,
        "ledger_sealed": verified.sealed,
        "destroyed_keys_in_wal": in_wal,
    }


def _by_thread(opened: Iterable[Opened]) -> defaultdict[UUID | None, bytes]:
    texts: defaultdict[UUID | None, bytes] = defaultdict(bytes)
    for one in opened:
        texts[one.thread] += one.text + b"\n"
    return texts


def _opened(scene: Scene, opened: list[Opened]) -> list[Found]:
    """Words of erased conversations anywhere; words of kept ones that are gone."""
    texts, everything = _by_thread(opened), b"\n".join(one.text for one in opened)
    found: list[Found] = []
    for talk in scene.talks:
        for word in talk.markers:
            if talk.wish.is_erased and word.encode() in everything:
                where = sorted({one.column for one in opened if word.encode() in one.text})
                found.append(Found(Finding.OPENED, f"{word} of {named(talk)} in {where}"))
            elif not talk.wish.is_erased and word.encode() not in texts[talk.thread_id]:
                found.append(Found(Finding.LOST, f"{word} of {named(talk)}"))
    return found


def _plain(scene: Scene, files: list[Path]) -> list[Found]:
    """Any word, also of conversations that were kept: none is ever written unsealed."""
    suspects = holding({"any": forms(common(scene.seed).encode())}, files).get("any", [])
    if not suspects:
        return []
    words = {word: forms(word.encode()) for talk in scene.talks for word in talk.markers}
    where = holding(words, [path for path in files if path.name in suspects])
    return [Found(Finding.PLAIN, f"{word} in {names}") for word, names in where.items()]


def _keys_left(scene: Scene, keys: Mapping[UUID, bytes], dump: Path, files: list[Path]) -> tuple[list[Found], int]:
    """Destroyed keys in the dump or in tables; and how many of them the write-ahead log still holds, as it must until
    its segments are written over."""
    erased = {named(talk): forms(keys[talk.thread_id]) for talk in scene.talks if talk.wish.is_erased}
    log = [path for path in files if WAL in path.parts]
    where = holding(erased, [dump, *(path for path in files if WAL not in path.parts)])
    found = [Found(Finding.KEY_LEFT, f"of {name} in {names}") for name, names in where.items()]
    return found, len(holding(erased, log))


def _rows_left(scene: Scene, conn: store.Connection) -> list[Found]:
    erased = {run: talk for talk in scene.talks if talk.wish.is_erased for run in talk.runs}
    found: list[Found] = []
    for table, column in (
        ("langgraph.checkpoints", "thread_id"),
        ("langgraph.checkpoint_blobs", "thread_id"),
        ("langgraph.checkpoint_writes", "thread_id"),
        ("app.run_subjects", "run_id"),
    ):
        left = {str(row[column]) for row in store.rows(conn, table)} & set(erased)
        found += [Found(Finding.ROWS_LEFT, f"{table} of {named(erased[run])}") for run in sorted(left)]
    return found
