"""`python -m retrieval.parsing.child FD PARSER`: the process that parses strangers' files, so that ours need not.

It loads the parsers once, then waits on the socket FD. For each document it forks: the copy reads the file from a
socket of its own, parses it under limits and ends. Nothing of one document is left when the next comes, a copy that
crashes, hangs or eats memory ends alone, and none has the service's secrets or connections: the environment that this
process starts with holds neither. It stays single-threaded, which is what makes forking safe, and ends with its parent.
"""

import importlib
import os
import resource
import select
import signal
import socket
import sys
import traceback
from collections.abc import Callable, Sequence, Set
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Final

import orjson

from retrieval.limits import PARSE_LIMITS, ProcessLimits
from retrieval.models import ParsedDocument
from retrieval.parsing.errors import UnreadableDocument
from retrieval.parsing.frames import Frame, receive, send
from retrieval.parsing.spool import write

Parse = Callable[[bytes, str, Callable[[int, int], None]], ParsedDocument]

_LARGEST_REQUEST: Final = 64 * 1024
# Under this pages are read too fast for anybody to see each.
_PAGES_PER_REPORT: Final = 10
_FRAMES_TOLD: Final = 8


@dataclass(slots=True)
class _Keeper:
    """The process that makes copies: what it watches and who runs."""

    control: socket.socket
    parse: Parse
    poll: select.poll = field(default_factory=select.poll)
    running: dict[int, socket.socket] = field(default_factory=dict[int, socket.socket])

    def serve(self) -> None:
        """Fork a copy for each request on `control` until its other end closes."""
        woken, waker = socket.socketpair()
        for end in (woken, waker):
            end.setblocking(False)
        signal.set_wakeup_fd(waker.fileno(), warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda _number, _frame: None)
        self.poll.register(self.control, select.POLLIN)
        self.poll.register(woken, select.POLLIN)
        while True:
            ready = {descriptor for descriptor, _ in self.poll.poll()}
            if woken.fileno() in ready:
                with suppress(BlockingIOError):
                    woken.recv(4096)
            self._reap()
            self._end_abandoned(ready)
            if self.control.fileno() in ready:
                message, files, _, _ = socket.recv_fds(self.control, _LARGEST_REQUEST, 2)
                if not message:
                    break
                self._copy(message, files, (woken, waker))
        for pid in self.running:
            os.kill(pid, signal.SIGKILL)

    def _copy(self, message: bytes, files: Sequence[int], ours: Sequence[socket.socket]) -> None:
        """Have a copy of this process serve one request."""
        connection, output = socket.socket(fileno=files[0]), files[1]
        pid = os.fork()
        if pid == 0:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            for other in (self.control, *ours, *self.running.values()):
                other.close()
            _parse_and_exit(connection, output, ProcessLimits(**orjson.loads(message)), self.parse)
        os.close(output)
        self.running[pid] = connection
        # Nothing but whether its other end hangs up: what comes through it is for the copy.
        self.poll.register(connection, 0)

    def _reap(self) -> None:
        """Tell those who wait how their copies ended."""
        while self.running:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if pid == 0:
                return
            connection = self.running.pop(pid)
            self.poll.unregister(connection)
            with connection, suppress(OSError):
                send(connection, Frame.ENDED, str(os.waitstatus_to_exitcode(status)).encode())

    def _end_abandoned(self, ready: Set[int]) -> None:
        """End the copies that nobody waits for any more: a hanging one, or one whose asker was cancelled."""
        for pid, connection in self.running.items():
            if connection.fileno() in ready:
                os.kill(pid, signal.SIGKILL)


def _parse_and_exit(connection: socket.socket, output: int, limits: ProcessLimits, parse: Parse) -> None:
    """The life of a copy. It never returns into the loop of the process that it was copied from."""
    status = 1
    try:
        _confine(limits)
        status = _answer(connection, output, parse)
    finally:
        sys.stderr.flush()
        os._exit(status)


def _confine(limits: ProcessLimits) -> None:
    """Bound what this process may take. The kernel keeps the bounds: also against a library that never returns."""
    resource.setrlimit(resource.RLIMIT_AS, (limits.memory_bytes, limits.memory_bytes))
    resource.setrlimit(resource.RLIMIT_CPU, (limits.cpu_s, limits.cpu_s + 1))
    resource.setrlimit(resource.RLIMIT_FSIZE, (limits.output_bytes, limits.output_bytes))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (limits.files, limits.files))
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.setitimer(signal.ITIMER_REAL, limits.wall_s)
    # Where memory runs out all the same, this process is the one to go.
    with suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("1000")


def _answer(connection: socket.socket, output: int, parse: Parse) -> int:
    request = receive(connection, PARSE_LIMITS.max_bytes + _LARGEST_REQUEST)
    if request is None:
        return 0
    name, _, content = request[1].partition(b"\x00")
    del request

    def progress(done: int, total: int) -> None:
        if done % _PAGES_PER_REPORT == 0 or done == total:
            send(connection, Frame.PROGRESS, orjson.dumps([done, total]))

    try:
        document = parse(content, name.decode(errors="replace"), progress)
        with os.fdopen(output, "wb") as file:
            summary = write(document, file)
    except UnreadableDocument as refusal:
        send(connection, Frame.REFUSED, refusal.detail.encode())
    except MemoryError:
        return int(signal.SIGKILL)
    except Exception as defect:  # noqa: BLE001 -- the outermost boundary of this process: it tells and ends
        send(connection, Frame.DEFECT, orjson.dumps(_places(defect)))
    else:
        send(connection, Frame.DONE, orjson.dumps(asdict(summary)))
    return 0


def _places(defect: Exception) -> list[str]:
    """The defect's kind and places, never its message, which may quote the document."""
    frames = traceback.extract_tb(defect.__traceback__)[-_FRAMES_TOLD:]
    return [type(defect).__name__, *(f"{frame.filename}:{frame.lineno} in {frame.name}" for frame in frames)]


def main() -> None:
    """Serve on the socket that the command line names, with the parser that it names as module:function."""
    control = socket.socket(fileno=int(sys.argv[1]))
    module, _, function = sys.argv[2].partition(":")
    _Keeper(control, getattr(importlib.import_module(module), function)).serve()


if __name__ == "__main__":
    main()
