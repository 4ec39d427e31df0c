"""What a witness knows survives whatever ends it, and a witness without its memory does not go on."""

import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from audit.notes import Note, open_checkpoint
from core.settings import ROOT
from tests.witness.log import KEY, ORIGIN, Log, log_of, witness_of
from witness.memory import KEY_FILE, MEMORY_FILE, UnusableMemoryError, open_witness
from witness.service import Witness

DYING = """
import os, signal, sys
from pathlib import Path
from witness.memory import open_witness
from witness.notes import LogKey
from witness.service import Witness
def die(): os.kill(os.getpid(), signal.SIGKILL)
key, memory = open_witness(Path(sys.argv[1]), "-")
log = LogKey.read(sys.argv[3])
witness = Witness(key, memory, {log.name: log}, die if sys.argv[2] == "inside" else (lambda: 1))
witness.add_checkpoint(sys.stdin.buffer.read())
die()
"""


def die(folder: Path, moment: str, body: bytes) -> None:
    command = [sys.executable, "-c", DYING, str(folder), moment, str(KEY.verifier)]
    assert subprocess.run(command, cwd=ROOT, input=body, check=False, timeout=30).returncode == -signal.SIGKILL


@pytest.mark.parametrize(("moment", "kept"), [("inside", 4), ("before the answer", 9)])
def test_killed_before_its_answer_it_knows_the_old_or_the_new_head(tmp_path: Path, moment: str, kept: int) -> None:
    log = log_of(12)
    first = witness_of(tmp_path)
    assert first.add_checkpoint(log.request(0, 4)).status == 200
    first.memory.close()
    die(tmp_path, moment, log.request(4, 9))
    again = witness_of(tmp_path)
    assert again.key == first.key
    assert open_checkpoint(Note.parse(again.checkpoint(ORIGIN).body), KEY.verifier).size == kept
    fork = Log([*log.texts[:3], "forged", *log.texts[4:]])
    assert again.add_checkpoint(fork.request(kept, 12)).status == 422
    assert again.add_checkpoint(log.request(kept, 12)).status == 200
    again.memory.close()


@pytest.mark.parametrize("lost", [KEY_FILE, MEMORY_FILE])
def test_half_a_witness_does_not_start(tmp_path: Path, lost: str) -> None:
    witness_of(tmp_path).memory.close()
    (tmp_path / lost).unlink()
    with pytest.raises(UnusableMemoryError, match=lost):
        open_witness(tmp_path, "-")


def test_another_witnesss_memory_is_refused(tmp_path: Path) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    for folder in (one, other):
        witness_of(folder).memory.close()
    (one / KEY_FILE).write_bytes((other / KEY_FILE).read_bytes())
    with pytest.raises(UnusableMemoryError, match="another witness"):
        open_witness(one, "-")
    (one / KEY_FILE).write_text("nothing\n")
    with pytest.raises(UnusableMemoryError, match="no witness's key"):
        open_witness(one, "-")


def test_the_key_is_for_the_witness_alone(tmp_path: Path) -> None:
    witness_of(tmp_path / "data").memory.close()
    assert (tmp_path / "data" / KEY_FILE).stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "data").stat().st_mode & 0o777 == 0o700


def test_two_at_once_decide_one_after_the_other(tmp_path: Path) -> None:
    """Two processes over one memory: of two different heads for one size, one is cosigned."""
    witnesses = [witness_of(tmp_path), witness_of(tmp_path)]
    bodies = [log_of(2, salt=salt).request(0) for salt in ("", "x")]

    def ask(witness: Witness, body: bytes) -> int:
        return witness.add_checkpoint(body).status

    with ThreadPoolExecutor(2) as threads:
        replies = list(threads.map(ask, witnesses, bodies))
    assert sorted(replies) == [200, 409]
    for witness in witnesses:
        witness.memory.close()


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


class Served:
    """`python -m witness serve`, to be killed."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        command = [sys.executable, "-m", "witness", "serve", "--data", str(folder), "--port", str(self.port)]
        self.process = subprocess.Popen(
            [*command, "--log-key", str(KEY.verifier)],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            env={"PATH": os.environ["PATH"]},
        )
        for _ in range(300):
            try:
                self.get("/livez")
            except OSError:
                time.sleep(0.05)
            else:
                return
        raise AssertionError("the witness did not start")

    def get(self, path: str) -> bytes:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=5) as response:
            return response.read()

    def post(self, body: bytes) -> int:
        asked = urllib.request.Request(f"http://127.0.0.1:{self.port}/add-checkpoint", body, method="POST")
        try:
            with urllib.request.urlopen(asked, timeout=5) as response:
                return response.status
        except urllib.error.HTTPError as error:
            error.close()
            return error.code

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()
        assert self.process.stdout is not None
        self.process.stdout.close()


def test_killed_at_any_moment_it_forgets_nothing_that_it_answered(tmp_path: Path) -> None:
    log, seed = log_of(400), random.Random(7)
    answered = 0
    for _ in range(3):
        served = Served(tmp_path)
        known = answered
        if answered:
            known = open_checkpoint(Note.parse(served.get(f"/checkpoint?origin={ORIGIN}")), KEY.verifier).size
            assert known >= answered
            fork = Log([*log.texts[: answered - 1], "forged", *log.texts[answered:]])
            assert served.post(fork.request(known, 400)) == 422
        killer = threading.Timer(seed.uniform(0.05, 0.3), served.kill)
        killer.start()
        try:
            for size in range(known + 1, 400):
                assert served.post(log.request(known, size)) == 200
                answered = known = size
        except (OSError, urllib.error.URLError):
            pass  # killed in the middle
        killer.join()
    assert answered > 3


def test_the_command_prints_key_head_and_refusals(tmp_path: Path) -> None:
    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "witness", *arguments],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
            timeout=30,
        )

    data = ("--data", str(tmp_path))
    key = run("key", *data, "--name", "witness.example/w")
    witness = witness_of(tmp_path)
    assert (key.returncode, key.stdout) == (0, f"{witness.key.verifier}\n")
    nothing = run("show", *data, "--origin", ORIGIN)
    assert (nothing.returncode, nothing.stderr) == (1, f"Nothing was cosigned for {ORIGIN}.\n")
    witness.add_checkpoint(log_of(3).request(0))
    witness.add_checkpoint(log_of(3, salt="fork").request(3))
    shown = run("show", *data, "--origin", ORIGIN)
    assert shown.stdout.encode() == witness.checkpoint(ORIGIN).body
    assert "another root for the same size" in run("refused", *data).stdout
    wrong = run("serve", *data, "--log-key", "nonsense")
    assert (wrong.returncode, "verifier key" in wrong.stderr) == (os.EX_USAGE, True)
    witness.memory.close()
