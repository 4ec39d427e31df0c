"""Supervised processes: begun again when they die, given up when that is hopeless, and gone when we are."""

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from core.settings import ROOT
from deploy.processes import HOPELESS_AFTER, Process

PYTHON = [sys.executable, "-c"]
SUPERVISOR = """
import asyncio, os, sys
from pathlib import Path
from deploy.processes import Process

async def supervise():
    process = Process("child", [sys.executable, "-c", sys.argv[2]], dict(os.environ), Path(sys.argv[1]), Path.cwd())
    process.start()
    await asyncio.sleep(120)

asyncio.run(supervise())
"""
SAYS_ITS_ID = "import os, time; print(os.getpid(), flush=True); time.sleep(120)"


def _process(folder: Path, *command: str, grace_s: float = 10.0) -> Process:
    return Process("it", command, dict(os.environ), folder / "it.log", folder, restart_s=0.01, stop_grace_s=grace_s)


async def _lines(log: Path, wanted: int) -> list[str]:
    """The lines of the log once there are so many."""
    async with asyncio.timeout(30):
        while not log.exists() or len(lines := log.read_text().splitlines()) < wanted:  # noqa: ASYNC110, ASYNC240
            await asyncio.sleep(0.02)
    return lines


async def _gone(pid: int) -> None:
    async with asyncio.timeout(30):
        while psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE:  # noqa: ASYNC110
            await asyncio.sleep(0.02)


async def test_a_process_that_dies_is_begun_again(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    process = _process(tmp_path, *PYTHON, SAYS_ITS_ID)
    process.start()
    (first,) = await _lines(tmp_path / "it.log", 1)
    os.kill(int(first), signal.SIGKILL)
    _, second = await _lines(tmp_path / "it.log", 2)
    await process.stop()
    assert second != first
    assert not psutil.pid_exists(int(second))
    assert not process.hopeless.is_set()
    assert "it ended unexpectedly; starting it again" in capsys.readouterr().out


async def test_a_process_that_keeps_dying_at_once_is_given_up(tmp_path: Path) -> None:
    process = _process(tmp_path, *PYTHON, "print('no', flush=True); raise SystemExit(3)")
    process.start()
    await asyncio.wait_for(process.hopeless.wait(), 60)
    assert await _lines(tmp_path / "it.log", HOPELESS_AFTER) == ["no"] * HOPELESS_AFTER
    await process.stop()


async def test_one_that_does_not_listen_is_ended_for_good(tmp_path: Path) -> None:
    deaf = f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); {SAYS_ITS_ID}"
    process = _process(tmp_path, *PYTHON, deaf, grace_s=0.2)
    process.start()
    (pid,) = await _lines(tmp_path / "it.log", 1)
    await process.stop()
    assert not psutil.pid_exists(int(pid))


async def test_what_a_process_began_itself_ends_with_it(tmp_path: Path) -> None:
    parent = f"import subprocess, sys; subprocess.Popen([sys.executable, '-c', {SAYS_ITS_ID!r}]); {SAYS_ITS_ID}"
    process = _process(tmp_path, *PYTHON, parent)
    process.start()
    pids = await _lines(tmp_path / "it.log", 2)
    await process.stop()
    for pid in pids:
        await _gone(int(pid))


async def test_stopping_what_never_ran_is_quiet(tmp_path: Path) -> None:
    process = _process(tmp_path, *PYTHON, "")
    await process.stop()
    assert not process.log.exists()


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel's parent-death signal is Linux's")
async def test_children_do_not_outlive_a_killed_supervisor(tmp_path: Path) -> None:
    log = tmp_path / "child.log"
    supervisor = await asyncio.create_subprocess_exec(
        *PYTHON, SUPERVISOR, str(log), SAYS_ITS_ID, cwd=ROOT, stdout=subprocess.DEVNULL
    )
    (child,) = await _lines(log, 1)
    assert psutil.pid_exists(int(child))
    supervisor.kill()
    await supervisor.wait()
    await _gone(int(child))
