"""A parsed document on disk: written by the process that parses, read back piece by piece by the one that asked.

One JSON value a line, pages and blocks in the order in which they were found. What comes back is checked against the
types as at any door: the process that wrote it had a stranger's file in its hands.
"""

import tempfile
from collections.abc import Callable, Generator, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import IO, Final

import orjson
from pydantic import TypeAdapter

from retrieval.models import Block, ParsedDocument, ParsedPage, ParseProblem

_PAGE: Final = b"p"
_BLOCK: Final = b"b"
_PAGES = TypeAdapter(ParsedPage)
_BLOCKS = TypeAdapter(Block)


@dataclass(frozen=True, slots=True)
class Summary:
    """What a document is apart from its pages and blocks."""

    media_type: str
    title: str | None
    problems: tuple[ParseProblem, ...]
    page_count: int
    block_count: int


@dataclass(frozen=True, slots=True)
class SpooledDocument:
    """A parsed document whose pages and blocks are read from a file each time they are asked for, so that no more
    than one of them need be in memory. Good until the file is closed; for one thread."""

    summary: Summary
    file: IO[bytes]

    def pages(self) -> Iterator[ParsedPage]:
        """The pages in order. Raises `ValueError` for a line that holds none."""
        return (_PAGES.validate_json(line) for line in self._lines(_PAGE))

    def blocks(self) -> Iterator[Block]:
        """The blocks in reading order. Raises `ValueError` for a line that holds none."""
        return (_BLOCKS.validate_json(line) for line in self._lines(_BLOCK))

    def document(self) -> ParsedDocument:
        """All of it in memory."""
        summary = self.summary
        return ParsedDocument(
            summary.media_type, summary.title, tuple(self.pages()), tuple(self.blocks()), summary.problems
        )

    def _lines(self, kind: bytes) -> Iterator[bytes]:
        position = 0
        while True:
            # Another iterator may have moved the file's position meanwhile.
            self.file.seek(position)
            line = self.file.readline()
            position += len(line)
            if not line:
                return
            if line.startswith(kind):
                yield line[1:]


def here(
    parse: Callable[[bytes, str], ParsedDocument],
) -> Callable[[bytes, str], AbstractContextManager[SpooledDocument]]:
    """A parser of this process in the shape of `ParserProcess.opened`."""

    @contextmanager
    def opened(content: bytes, filename: str) -> Generator[SpooledDocument]:
        with tempfile.TemporaryFile(prefix="countersign-parsed-") as file:
            yield SpooledDocument(write(parse(content, filename), file), file)

    return opened


def write(document: ParsedDocument, file: IO[bytes]) -> Summary:
    """Write the document's pages and blocks to `file`."""
    for page in document.pages:
        file.write(_PAGE + orjson.dumps(page) + b"\n")
    for block in document.blocks:
        file.write(_BLOCK + orjson.dumps(block) + b"\n")
    file.flush()
    return Summary(document.media_type, document.title, document.problems, len(document.pages), len(document.blocks))
