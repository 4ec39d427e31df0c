"""Reading cases (JSON Lines, gzip allowed) and running the embedding model over many texts, with progress."""

import gzip
import json
import sys
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final, cast

import numpy as np
from numpy.typing import NDArray

from evals.errors import DataError
from gateway.embeddings import Embedder, OnnxEmbedder

MODEL_DIR: Final = Path(".models/minilm-l6-v2")
CASES_DIR: Final = Path(__file__).parent / "cases"


def open_embedder() -> OnnxEmbedder:
    """The packaged model as `make setup` exported it."""
    return OnnxEmbedder(MODEL_DIR)


class Case(dict[str, Any]):
    """One line of a file of cases. A field that is not there is the file's fault: `DataError` says which line."""

    def __init__(self, fields: dict[str, Any], path: Path, line: int) -> None:
        super().__init__(fields)
        self._path = path
        self._line = line

    def __missing__(self, field: str) -> Any:
        raise DataError(self._path, f"there is no field '{field}'", line=self._line)


def read_cases(path: Path) -> list[dict[str, Any]]:
    """One JSON object a line. Raises `DataError` with file and line where a line is no object."""
    try:
        return list(_lines(path))
    except (gzip.BadGzipFile, EOFError, zlib.error, UnicodeDecodeError) as error:
        raise DataError(path, f"this is not JSON Lines in UTF-8, plain or gzip: {error}") from error


def _lines(path: Path) -> Iterator[Case]:
    with gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            if not line.strip():
                continue
            try:
                value: Any = json.loads(line)
            except json.JSONDecodeError as error:
                raise DataError(path, f"this is not JSON: {error.msg} (column {error.colno})", line=number) from error
            if not isinstance(value, dict):
                raise DataError(path, "this is not a JSON object", line=number)
            yield Case(cast(dict[str, Any], value), path, number)


def own_examples(name: str) -> list[str]:
    """The lines of `evals/cases/<name>.txt`: examples written for this project."""
    return [line for line in (CASES_DIR / f"{name}.txt").read_text(encoding="utf-8").split("\n") if line.strip()]


def injection_lines(name: str) -> list[str]:
    """The texts of `evals/cases/injection/<name>.txt`; `\\n` stands for a line break."""
    content = (CASES_DIR / "injection" / f"{name}.txt").read_text(encoding="utf-8")
    return [line.replace("\\n", "\n") for line in content.split("\n") if line.strip()]


async def embed_all(embedder: Embedder, texts: Sequence[str], *, label: str, batch: int = 64) -> NDArray[np.float32]:
    """(n, dimension) in batches, with a progress line on standard error."""
    parts: list[NDArray[np.float32]] = []
    for start in range(0, len(texts), batch):
        parts.append(await embedder.embed(texts[start : start + batch]))
        progress(label, min(start + batch, len(texts)), len(texts))
    return np.concatenate(parts) if parts else np.empty((0, embedder.dimension), np.float32)


def progress(label: str, done: int, total: int) -> None:
    """One line that overwrites itself on a terminal, and is written once at the end elsewhere."""
    if sys.stderr.isatty() or done == total:
        end = "\n" if done == total else ""
        sys.stderr.write(f"\r{label}: {done}/{total}{end}")
        sys.stderr.flush()
