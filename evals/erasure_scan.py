"""Look for words and keys among the bytes of files, in each of the forms that a careless copy would have."""

import base64
import mmap
from collections.abc import Iterable, Mapping
from contextlib import suppress
from os import SEEK_END
from pathlib import Path


def forms(needle: bytes) -> set[bytes]:
    """As it is, in hexadecimal digits, in base64 at each of its three alignments, and as UTF-16 where it is text."""
    found = {needle, needle.hex().encode(), needle.hex().upper().encode(), *_base64(needle)}
    if needle.isascii():
        found |= {needle.upper(), needle.decode().encode("utf-16-le"), needle.hex().encode().hex().encode()}
    return found


def _base64(needle: bytes) -> set[bytes]:
    """The characters that stay the same whatever stands before and after it."""
    found: set[bytes] = set()
    for before in range(3):
        coded = base64.b64encode(b"\0" * before + needle)
        whole = (before + len(needle)) // 3 * 4
        found.add(coded[(0, 2, 3)[before] : whole])
    return found


def files_under(folder: Path) -> list[Path]:
    """Every plain file that is there now."""
    return [path for path in folder.rglob("*") if path.is_file()]


def size(files: Iterable[Path]) -> int:
    """Bytes of those that are still there."""
    total = 0
    for path in files:
        with suppress(FileNotFoundError):
            total += path.stat().st_size
    return total


def holding(needles: Mapping[str, Iterable[bytes]], files: Iterable[Path]) -> dict[str, list[str]]:
    """By name of a needle, the files that hold any of its forms. A server that runs removes files of its own meanwhile:
    what is gone holds nothing."""
    found: dict[str, list[str]] = {}
    for path in files:
        with suppress(FileNotFoundError), path.open("rb") as file:
            if not file.seek(0, SEEK_END):
                continue
            with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
                for name, shapes in needles.items():
                    if any(content.find(shape) >= 0 for shape in shapes):
                        found.setdefault(name, []).append(path.name)
    return found
