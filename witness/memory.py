"""What a witness remembers: its key, and the last checkpoint that it cosigned of each log, on disk before it answers.

The two are made together. A key without its memory could cosign a second history, so such a witness refuses to start.
"""

import base64
import os
import sqlite3
from collections.abc import Generator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from witness.notes import MalformedError, TreeHead, WitnessKey, read_base64

KEY_FILE = "witness-key"
MEMORY_FILE = "witness.sqlite"
MAX_EVIDENCE = 100
"""Refused checkpoints kept of each log: a few prove all that many would."""

_BUSY_S = 10.0
_TABLES = """
CREATE TABLE about (verifier TEXT NOT NULL);
CREATE TABLE heads (origin TEXT PRIMARY KEY, size INTEGER NOT NULL, root BLOB NOT NULL, note BLOB NOT NULL);
CREATE TABLE refused (at INTEGER NOT NULL, origin TEXT NOT NULL, reason TEXT NOT NULL, request BLOB NOT NULL);
"""


class UnusableMemoryError(Exception):
    """The data folder does not hold a whole witness; the text says what to do."""


@dataclass(frozen=True, slots=True)
class KnownHead:
    """The last checkpoint that was cosigned; `note` has the log's signature and ours."""

    size: int
    root: bytes
    note: bytes


class Memory:
    """The memory of one witness. Several processes may share it: a decision is taken under its lock."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def close(self) -> None:
        self._connection.close()

    @contextmanager
    def deciding(self) -> Generator[None]:
        """Nobody else reads or changes it until the block ends; then what was kept is on disk."""
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._connection.execute("ROLLBACK")
            raise
        self._connection.execute("COMMIT")

    def known(self, origin: str) -> KnownHead | None:
        row = self._connection.execute("SELECT size, root, note FROM heads WHERE origin = ?", (origin,)).fetchone()
        return None if row is None else KnownHead(*row)

    def keep(self, head: TreeHead, note: bytes) -> None:
        self._connection.execute(
            "INSERT INTO heads VALUES (?, ?, ?, ?) ON CONFLICT (origin) DO UPDATE "
            "SET size = excluded.size, root = excluded.root, note = excluded.note",
            (head.origin, head.size, head.root, note),
        )

    def keep_evidence(self, head: TreeHead, reason: str, request: bytes, at: int) -> None:
        """A checkpoint that the log signed and that contradicts what it signed before."""
        [kept] = self._connection.execute("SELECT count(*) FROM refused WHERE origin = ?", (head.origin,)).fetchone()
        if kept < MAX_EVIDENCE:
            self._connection.execute("INSERT INTO refused VALUES (?, ?, ?, ?)", (at, head.origin, reason, request))

    def evidence(self) -> list[tuple[int, str, str, bytes]]:
        """(POSIX seconds, origin, reason, request), oldest first."""
        return self._connection.execute("SELECT at, origin, reason, request FROM refused ORDER BY rowid").fetchall()


def open_witness(folder: Path, name: str) -> tuple[WitnessKey, Memory]:
    """The witness of a data folder, made where the folder has none. Raises `UnusableMemoryError`."""
    key_file, memory_file = folder / KEY_FILE, folder / MEMORY_FILE
    if key_file.exists() != memory_file.exists():
        there, missing = (KEY_FILE, MEMORY_FILE) if key_file.exists() else (MEMORY_FILE, KEY_FILE)
        raise UnusableMemoryError(
            f"{folder} has {there} but no {missing}. A witness that lost one of them must not go on under its old key: "
            "bring the missing file back, or begin a new witness in an empty folder and have its key trusted."
        )
    if not key_file.exists():
        _make(folder, name)
    key, memory = _read_key(key_file), Memory(_connect(memory_file))
    [verifier] = memory._connection.execute("SELECT verifier FROM about").fetchone()
    if verifier != key.verifier:
        memory.close()
        raise UnusableMemoryError(f"{memory_file} is the memory of another witness, {verifier}.")
    return key, memory


def _make(folder: Path, name: str) -> None:
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    key = WitnessKey(name, os.urandom(32))
    with closing(_connect(folder / MEMORY_FILE)) as connection:
        connection.executescript(_TABLES)
        connection.execute("INSERT INTO about VALUES (?)", (key.verifier,))
    descriptor = os.open(folder / KEY_FILE, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(f"{key.name} {base64.b64encode(key.seed).decode()}\n")
        file.flush()
        os.fsync(file.fileno())


def _read_key(path: Path) -> WitnessKey:
    name, _, encoded = path.read_text().rstrip("\n").partition(" ")
    try:
        seed = read_base64(encoded)
    except MalformedError as error:
        raise UnusableMemoryError(f"{path} is no witness's key: {error}.") from error
    if not name or len(seed) != 32:
        raise UnusableMemoryError(f"{path} is no witness's key.")
    return WitnessKey(name, seed)


def _connect(path: Path) -> sqlite3.Connection:
    """`EXTRA`: a commit is on disk, its folder's entry too, before it returns."""
    connection = sqlite3.connect(path, timeout=_BUSY_S, isolation_level=None, check_same_thread=False)
    connection.execute("PRAGMA synchronous = EXTRA")
    return connection
