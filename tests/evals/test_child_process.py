"""Processes that a measurement starts: waited for, and gone afterwards."""

import os
import sys
from pathlib import Path

import pytest

from evals.child_process import ChildProcess
from evals.errors import ServiceError


def _start(code: str, folder: Path) -> ChildProcess:
    command = [sys.executable, "-c", code]
    return ChildProcess.start("a thing", command, environment=os.environ, log=folder / "log", cwd=folder)


def test_waits_for_what_it_says_and_ends_it_with_the_block(tmp_path: Path) -> None:
    with _start("import time; print('address here', flush=True); time.sleep(600)", tmp_path) as child:
        assert child.wait_until(lambda: child.said("address "), within_s=30) == "here"
        assert child.process.poll() is None
    assert child.process.returncode == -15


def test_ends_it_when_the_block_fails(tmp_path: Path) -> None:
    child = _start("import time; time.sleep(600)", tmp_path)
    with pytest.raises(ValueError, match="in the block"), child:
        raise ValueError("in the block")
    assert child.process.returncode == -15


def test_says_what_it_said_when_it_ends_too_soon(tmp_path: Path) -> None:
    with (
        _start("print('no such table'); raise SystemExit(3)", tmp_path) as child,
        pytest.raises(ServiceError, match=r"(?s)a thing ended at once \(status 3\).*no such table"),
    ):
        child.wait_until(lambda: None, within_s=30)


def test_gives_up_on_what_never_gets_ready(tmp_path: Path) -> None:
    with (
        _start("import time; time.sleep(600)", tmp_path) as child,
        pytest.raises(ServiceError, match=r"not ready within 0 s"),
    ):
        child.wait_until(lambda: None, within_s=0.2)


def test_counts_the_processor_time_of_the_process(tmp_path: Path) -> None:
    with _start(
        "n = 0\nwhile n < 3_000_000: n += 1\nprint('done', flush=True)\nimport time\ntime.sleep(600)", tmp_path
    ) as child:
        child.wait_until(lambda: child.said("done"), within_s=60)
        assert 0.02 < child.cpu_s() < 60
