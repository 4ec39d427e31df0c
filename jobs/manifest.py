"""What `python -m jobs ingest` was asked to take in: files, with what a manifest or the command says of each."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from core.errors import Unprocessable
from retrieval.editions.models import EditionMetadata

SUFFIXES = {
    ".pdf": "application/pdf",
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".html": "text/html",
    ".htm": "text/html",
    ".md": "text/markdown",
    ".markdown": "text/markdown",
    ".txt": "text/plain",
}
"""What can be read, by the end of a file's name; the content is looked at too."""

DEFAULT_LIBRARY = "general"
DEFAULT_VERSION = "1"


class ManifestEntry(BaseModel):
    """One file of a manifest; other fields (source, bytes) are for people and ignored."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    file: str
    document: str
    title: str
    version: str
    effective_from: date
    effective_to: date | None = None
    library: str | None = None
    audience: tuple[str, ...] | None = None
    classification: str | None = None


@dataclass(frozen=True, slots=True)
class Incoming:
    """A file and its metadata."""

    path: Path
    metadata: EditionMetadata


@dataclass(frozen=True, slots=True)
class Defaults:
    """What counts where a manifest is silent. The command's library and audience go before the manifest's."""

    library: str | None
    audience: tuple[str, ...] | None
    today: date


def incoming(paths: Sequence[Path], manifest: Path | None, defaults: Defaults) -> list[Incoming]:
    """The files to take in, in the manifest's order or by name.

    With a manifest: its entries, or those of them that lie under `paths`. Without: every readable file under `paths`,
    each a document of its own. Raises `Unprocessable` that names what is wrong.
    """
    if manifest is None:
        found = [Incoming(path, _from_name(path, defaults)) for path in _files(paths)]
    else:
        entries = _entries(manifest)
        found = [Incoming(manifest.parent / e.file, _from_entry(e, defaults)) for e in entries]
        if paths:
            wanted = [path.resolve() for path in paths]
            found = [item for item in found if any(item.path.resolve().is_relative_to(w) for w in wanted)]
    missing = [str(item.path) for item in found if not item.path.is_file()]
    if missing:
        raise Unprocessable(f"The manifest names files that are not there: {', '.join(missing)}")
    if not found:
        raise Unprocessable(f"No file to take in. Readable are {', '.join(SUFFIXES)}.")
    return found


def _entries(manifest: Path) -> list[ManifestEntry]:
    try:
        return TypeAdapter(list[ManifestEntry]).validate_python(json.loads(manifest.read_text()))
    except OSError as error:
        raise Unprocessable(f"The manifest {manifest} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise Unprocessable(f"The manifest {manifest} is not UTF-8 text.") from error
    except json.JSONDecodeError as error:
        raise Unprocessable(f"The manifest {manifest} is not JSON: {error}") from error
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise Unprocessable(f"The manifest {manifest} is wrong at {place}: {first['msg']}") from error


def _files(paths: Sequence[Path]) -> list[Path]:
    found: list[Path] = []
    for path in paths:
        if path.is_dir():
            found += sorted(p for p in path.rglob("*") if p.suffix.lower() in SUFFIXES and p.is_file())
        elif path.is_file():
            found.append(path)
        else:
            raise Unprocessable(f"There is no file or folder {path}.")
    return found


def _from_entry(entry: ManifestEntry, defaults: Defaults) -> EditionMetadata:
    return EditionMetadata(
        document=entry.document,
        title=entry.title,
        library=defaults.library or entry.library or DEFAULT_LIBRARY,
        version=entry.version,
        effective_from=entry.effective_from,
        effective_to=entry.effective_to,
        audience=defaults.audience or entry.audience or ("*",),
        classification=entry.classification,
    )


def _from_name(path: Path, defaults: Defaults) -> EditionMetadata:
    key = re.sub(r"[^a-z0-9]+", "-", path.stem.lower()).strip("-") or "document"
    return EditionMetadata(
        document=key,
        title=path.stem.replace("-", " ").replace("_", " ").strip().capitalize(),
        library=defaults.library or DEFAULT_LIBRARY,
        version=DEFAULT_VERSION,
        effective_from=defaults.today,
        audience=defaults.audience or ("*",),
    )
