"""The process that the crash test's API and worker are forked from, so that starting one again takes no seconds.

It imports what `python -m api` and `python -m jobs` import and opens nothing: threads, connections and models are made
in the forked process, which runs the same `main` as the command does, in a session of its own.
"""

import ctypes
import gc
import os
import signal
import socket
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Final, NoReturn

from api.__main__ import main as serve
from jobs.__main__ import main as work

_PR_SET_PDEATHSIG: Final = 1


def _worker() -> int:
    return work(["work", "--queue", "turns"])


COMMANDS: Final[dict[str, Callable[[], int]]] = {"api": serve, "worker": _worker, "second": _worker}


def main(address: Path) -> int:
    """Start the API, then whatever is asked for over this socket: a name in, its process id out. Logs lie beside it."""
    running: dict[str, int] = {}
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the kernel takes note of the dead; nobody has to wait for them
    signal.signal(signal.SIGTERM, _leave)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(address))
        listener.listen()
        gc.collect()
        gc.freeze()  # what was imported is not searched for garbage in every fork, which would copy it
        try:
            running["api"] = _fork("api", address.parent, listener)
            while True:
                connection, _ = listener.accept()
                with connection:
                    name = connection.recv(64).decode()
                    if not _lives(running.get(name)):
                        running[name] = _fork(name, address.parent, listener, connection)
                    connection.sendall(str(running[name]).encode())
        finally:
            for pid in running.values():
                if _lives(pid):
                    os.kill(pid, signal.SIGKILL)


def _fork(name: str, folder: Path, *inherited: socket.socket) -> int:
    sys.stdout.flush()
    sys.stderr.flush()
    pid = os.fork()
    if pid == 0:
        for one in inherited:
            one.close()
        _become(COMMANDS[name], folder / f"{name}.log")
    return pid


def _become(command: Callable[[], int], log: Path) -> NoReturn:
    """In the forked process: what a fresh one would be, ended with its command."""
    status = 70
    try:
        os.setsid()
        _end_with_parent()
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        with log.open("ab") as output:
            os.dup2(output.fileno(), 1)
            os.dup2(output.fileno(), 2)
        status = command()
    except BaseException:  # noqa: BLE001 -- nothing may run on into the parent's code; the log says what it was
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


def _end_with_parent() -> None:
    """Linux: the kernel kills this process when the one that it was forked from ends, however that ends."""
    try:
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    except (OSError, AttributeError):
        return


def _lives(pid: int | None) -> bool:
    if pid is None:
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def _leave(_number: int, _frame: object) -> NoReturn:
    raise SystemExit(0)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
