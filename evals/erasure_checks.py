"""What the erasure test looks for before and after it, and what it calls what it finds."""

import base64
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from audit.verify import verify
from core.crypto import Keyring
from core.database import Database
from deploy.embedded_postgres import EmbeddedPostgres
from deploy.migrate import DatabaseUrls
from evals.crash_people import Person
from evals.dump import store
from evals.erasure_plan import READER, Kind, common
from evals.erasure_play import Talk, doors
from evals.erasure_scan import files_under, forms, holding
from evals.erasure_thief import Opened, readable, unknown_columns
from evals.service import Service

GONE: Final = 410
WAL: Final = "pg_wal"


class Finding(StrEnum):
    """Each of them may not happen."""

    PLAIN = "plain_bytes"
    """A word stands in the dump, a file of the database or the log, in any of its forms."""
    OPENED = "opened_after_erasure"
    """A thief with the dump and the master key reads a word of an erased conversation."""
    KEY_LEFT = "keys_left"
    """The destroyed key stands in the dump or in a file of a table."""
    ROWS_LEFT = "rows_left"
    """Checkpoints or what it was about are still there."""
    CHAIN = "chain_faults"
    LOST = "kept_but_lost"
    """Of a conversation that was kept something can't be read any more."""
    SHOWN = "still_shown"
    """A door of an erased conversation says anything but 410, or a list shows it."""
    BROKEN = "replies_refused_or_broken"
    NOT_PLANTED = "not_planted"
    """The thief did not find it before the erasure: not finding it later would prove nothing."""
    UNKNOWN = "unknown_columns"
    """Nobody has looked whether this column holds texts."""


@dataclass(frozen=True, slots=True)
class Found:
    finding: Finding
    detail: str


@dataclass(frozen=True, slots=True)
class Scene:
    """The conversations that were had, and every way to look at what is left of them."""

    service: Service
    server: EmbeddedPostgres
    urls: DatabaseUrls
    folder: Path
    seed: int
    talks: list[Talk]
    people: Mapping[str, Person]
    database: Database

    @property
    def logs(self) -> list[Path]:
        """What the service has written about its work."""
        return [path for path in self.folder.glob("api*.log") if path.stat().st_size > 0]

    @property
    def keyring(self) -> Keyring:
        return Keyring(base64.b64decode(self.service.environment["MASTER_KEY"]))

    def wrapped_keys(self) -> dict[UUID, bytes]:
        """Every key as the table has it."""
        with store.superuser(self.urls) as conn:
            return {
                row["thread_id"]: bytes(row["wrapped"])
                for row in store.rows(conn, "app.thread_keys")
                if row["wrapped"] is not None
            }


def before(scene: Scene) -> tuple[list[Found], dict[str, Any]]:
    """That the thief reads every word, and knows every column; and how many texts of which column hold a word."""
    with store.superuser(scene.urls) as conn:
        found = [Found(Finding.UNKNOWN, column) for column in sorted(unknown_columns(conn))]
        opened = list(readable(conn, scene.keyring))
    texts = _by_thread(opened)
    word = common(scene.seed).encode()
    planted = Counter(one.column for one in opened if word in one.text)
    for talk in scene.talks:
        missing = [marker for marker in talk.markers if marker.encode() not in texts[talk.thread_id]]
        found += [Found(Finding.NOT_PLANTED, f"{marker} of {_named(talk)}") for marker in missing]
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
    for talk in scene.talks:
        found += await (_not_gone(scene, talk) if talk.wish.is_erased else _not_there(scene, talk))
        found += await _told_to_compliance(scene, talk)
    found += await _listed(scene)
    return found, {
        "dump_bytes": dump.stat().st_size,
        "files_searched": len(files),
        "bytes_searched": sum(path.stat().st_size for path in files),
        "texts_readable_of_others": len(opened),
        "ledger_records": verified.records,
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
                found.append(Found(Finding.OPENED, f"{word} of {_named(talk)} in {where}"))
            elif not talk.wish.is_erased and word.encode() not in texts[talk.thread_id]:
                found.append(Found(Finding.LOST, f"{word} of {_named(talk)}"))
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
    erased = {_named(talk): forms(keys[talk.thread_id]) for talk in scene.talks if talk.wish.is_erased}
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
        found += [Found(Finding.ROWS_LEFT, f"{table} of {_named(erased[run])}") for run in sorted(left)]
    return found


async def _not_gone(scene: Scene, talk: Talk) -> list[Found]:
    found: list[Found] = []
    for who, path in doors(talk):
        person = scene.people[who]
        reply = await person.http.get(path, headers={"Authorization": f"Bearer {person.token}"})
        if reply.status_code != GONE:
            found.append(Found(Finding.SHOWN, f"{path} of {_named(talk)} says {reply.status_code}"))
    return found


async def _not_there(scene: Scene, talk: Talk) -> list[Found]:
    """What was kept is shown to its owner as before, by the product itself."""
    found: list[Found] = []
    for who, path in doors(talk):
        person = scene.people[who]
        reply = await person.http.get(path, headers={"Authorization": f"Bearer {person.token}"})
        is_first = path == f"/v1/threads/{talk.thread}"
        if reply.status_code != 200 or (is_first and talk.markers[0] not in reply.text):
            found.append(Found(Finding.LOST, f"{path} of {_named(talk)} says {reply.status_code}"))
    return found


async def _told_to_compliance(scene: Scene, talk: Talk) -> list[Found]:
    """The story of each run is told: of an erased one without a word of it, and it is not replayed."""
    reader = scene.people[READER]
    headers = {"Authorization": f"Bearer {reader.token}"}
    found: list[Found] = []
    for run in talk.runs:
        story = await reader.http.get(f"/v1/audit/runs/{run}", headers=headers)
        words = [marker for marker in talk.markers if marker in story.text]
        if story.status_code != 200 or (words and talk.wish.is_erased):
            found.append(Found(Finding.SHOWN, f"{READER} is told {story.status_code} {words} of {_named(talk)}"))
        if talk.wish.is_erased:
            replay = {"policy": "recorded"}
            again = await reader.http.post(f"/v1/audit/runs/{run}/replay", json=replay, headers=headers)
            if again.status_code != GONE:
                found.append(Found(Finding.SHOWN, f"a replay of {_named(talk)} says {again.status_code}"))
        elif talk.wish.kind is not Kind.WAITING and not words and talk.markers:
            found.append(Found(Finding.LOST, f"{READER} is told no word of {_named(talk)}"))
    return found


async def _listed(scene: Scene) -> list[Found]:
    """Whose conversations and requests the lists show: every kept one and no erased one."""
    shown: dict[str, set[str]] = {"/v1/threads": set(), "/v1/approvals": set()}
    for path, ids in shown.items():
        for person in scene.people.values():
            query = "?limit=100"
            while query:
                page = await person.get(f"{path}{query}")
                ids.update(item["id"] for item in page["items"])
                query = page["next_cursor"] and f"?limit=100&cursor={page['next_cursor']}"
    found: list[Found] = []
    for talk in scene.talks:
        listed = {talk.thread} & shown["/v1/threads"] | {*talk.approvals} & shown["/v1/approvals"]
        if talk.wish.is_erased:
            found += [Found(Finding.SHOWN, f"{one} of {_named(talk)} is listed") for one in sorted(listed)]
        else:
            due = {*talk.approvals} if talk.wish.kind is Kind.HIDDEN else {talk.thread, *talk.approvals}
            found += [Found(Finding.LOST, f"{one} of {_named(talk)} is not listed") for one in sorted(due - listed)]
    return found


def _named(talk: Talk) -> str:
    return f"{talk.wish.kind.value} {talk.thread}"
