"""What the erasure test has before its eyes, and what it calls what it finds."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from uuid import UUID

from core.crypto import Keyring
from core.database import Database
from deploy.embedded_postgres import EmbeddedPostgres
from deploy.migrate import DatabaseUrls
from evals.crash_people import Person
from evals.dump import store
from evals.erasure_play import Talk
from evals.service import Service


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
        return list(self.folder.glob("api*.log"))

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


def named(talk: Talk) -> str:
    return f"{talk.wish.kind.value} {talk.thread}"
