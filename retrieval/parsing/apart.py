"""Parsing in a process apart: a file that crashes its parser, hangs it or eats memory is refused, and we go on.

The process is started at the first document and kept (about 40 MB, shared with its copies); each document is read by
a copy of its own (see `child`), which costs some 10 ms.
"""

import signal
import socket
import subprocess
import sys
import tempfile
import threading
import weakref
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from dataclasses import asdict
from pathlib import Path
from typing import IO, Final

import orjson
from pydantic import TypeAdapter, ValidationError

from core.errors import Unavailable
from core.telemetry import logger
from retrieval.limits import PROCESS_LIMITS, ProcessLimits
from retrieval.models import ParsedDocument
from retrieval.parsing.errors import UnreadableDocument
from retrieval.parsing.frames import Frame, receive, send
from retrieval.parsing.spool import SpooledDocument, Summary

PageProgress = Callable[[int, int], None]
"""Called with the pages read so far and their number, for formats with pages, in the thread that asked."""

_LARGEST_ANSWER: Final = 16 * 1024 * 1024
# Seconds beyond the process's own limit until it is given up from here.
_GRACE_S: Final = 5.0
# Where our packages lie.
_ROOT: Final = Path(__file__).resolve().parents[2]
_PARSER: Final = "retrieval.parsing:parse"
_SUMMARY = TypeAdapter(Summary)
_ADVICE: Final = "Open it in the program that it comes from, save or export it again (best as PDF), and upload that."

_log = logger(__name__)


def _no_progress(_done: int, _total: int) -> None:
    return None


class ParserProcess:
    """Parses documents in a process apart; for any number of threads. `close` ends the process.

    `parser` is the module and function that the process loads: `(bytes, filename, progress) -> ParsedDocument`.
    """

    def __init__(self, limits: ProcessLimits = PROCESS_LIMITS, parser: str = _PARSER) -> None:
        self._limits = limits
        self._parser = parser
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._control: socket.socket | None = None

    def parse(self, content: bytes, filename: str, progress: PageProgress = _no_progress) -> ParsedDocument:
        """As `retrieval.parsing.parse`, which it runs apart. Blocks: call it in a thread.

        Raises `UnreadableDocument` for a file that is refused, and for one that crashes its parser or needs more time
        or memory than a document may; `Unavailable` when no process can be had.
        """
        with self.opened(content, filename, progress) as document:
            return document.document()

    @contextmanager
    def opened(
        self, content: bytes, filename: str, progress: PageProgress = _no_progress
    ) -> Generator[SpooledDocument]:
        """As `parse`, but the result stays on disk: its pages and blocks are read as often as they are asked for,
        and no more of them is in memory than the caller keeps. It is complete when this block is entered."""
        with tempfile.TemporaryFile(prefix="countersign-parsed-") as output:
            connection = self._ask(output)
            with connection:
                connection.settimeout(self._limits.wall_s + _GRACE_S)
                summary = self._result(connection, content, filename, progress)
            yield SpooledDocument(summary, output)

    def close(self) -> None:
        """End the process and what it is parsing. A later `parse` starts another."""
        with self._lock:
            self._end()

    def _ask(self, output: IO[bytes]) -> socket.socket:
        """Have a copy made that writes to `output`; the connection to it."""
        ours, theirs = socket.socketpair()
        message = orjson.dumps(asdict(self._limits))
        with theirs, self._lock:
            for attempt in (1, 2):
                try:
                    socket.send_fds(self._running(), [message], [theirs.fileno(), output.fileno()])
                except OSError as error:  # it was ended from outside: by an operator, or for lack of memory
                    self._end()
                    if attempt == 2:
                        ours.close()
                        raise Unavailable("Documents cannot be read at the moment.", retry_after_s=30) from error
                else:
                    break
        return ours

    def _running(self) -> socket.socket:
        if self._control is not None and self._process is not None and self._process.poll() is None:
            return self._control
        self._end()
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-m", "retrieval.parsing.child", str(theirs.fileno()), self._parser],
                stdin=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
                # Nothing of our own environment: it holds the database's address and the providers' keys.
                env={"PYTHONPATH": str(_ROOT), "LC_ALL": "C.UTF-8"},
                start_new_session=True,
            )
        self._control = ours
        # Nobody need remember to close: it ends with us, or with the last reference to this object.
        weakref.finalize(self, _end, ours, self._process)
        return ours

    def _end(self) -> None:
        if self._control is not None and self._process is not None:
            _end(self._control, self._process)
        self._control = self._process = None

    def _result(self, connection: socket.socket, content: bytes, filename: str, progress: PageProgress) -> Summary:
        last: tuple[Frame, bytes] | None = None
        name = filename.encode(errors="replace").replace(b"\x00", b"")
        with suppress(OSError):  # it has ended already: how is what comes next
            send(connection, Frame.REQUEST, name + b"\x00" + content)
        try:
            while (frame := receive(connection, _LARGEST_ANSWER)) is not None:
                kind, payload = frame
                if kind is Frame.PROGRESS:
                    progress(*orjson.loads(payload))
                elif kind is Frame.ENDED:
                    return _judged(last, int(payload))
                else:
                    last = frame
        except TimeoutError:
            return _judged(last, -int(signal.SIGALRM))
        except ConnectionError:
            pass
        raise Unavailable("The process that reads documents was ended.", retry_after_s=5)


def _end(control: socket.socket, process: subprocess.Popen[bytes]) -> None:
    """Hang up, upon which the process ends its copies and itself; wait until it has."""
    control.close()
    try:
        process.wait(_GRACE_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _judged(last: tuple[Frame, bytes] | None, status: int) -> Summary:
    """What was found, by the process's last word and how it ended."""
    kind, payload = last or (None, b"")
    if status == 0 and kind is Frame.DONE:
        try:
            return _SUMMARY.validate_json(payload)
        except ValidationError as error:
            raise UnreadableDocument(f"This file could not be read: its parser failed. {_ADVICE}") from error
    if status == 0 and kind is Frame.REFUSED:
        raise UnreadableDocument(payload.decode(errors="replace"))
    if kind is Frame.DEFECT:
        _log.error("document.parser_failed", error=orjson.loads(payload))
        raise UnreadableDocument(f"This file could not be read: its parser failed. {_ADVICE}")
    _log.warning("document.parser_ended", status=status)
    if status in (-signal.SIGXCPU, -signal.SIGALRM):
        raise UnreadableDocument(
            f"Reading this file takes longer than a document may take. {_ADVICE} If it is very long, split it."
        )
    if status in (signal.SIGKILL, -signal.SIGKILL):
        raise UnreadableDocument(
            f"Reading this file takes more memory than a document may take. {_ADVICE} If it is very long, split it."
        )
    raise UnreadableDocument(f"This file could not be read: it is damaged. {_ADVICE}")
