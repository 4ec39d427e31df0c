"""`python -m evals`: which task, what it prints, and how it ends."""

import argparse
import json
from pathlib import Path
from typing import Any

import pytest

from evals.__main__ import TASKS, Task, main, run_task
from evals.errors import DataError

TASK = Task("nowhere", "something")


class Scripted:
    """A task that gives what it is told to."""

    def __init__(self, result: dict[str, Any] | BaseException) -> None:
        self._result = result

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--cases", default="none")

    def run(self, args: argparse.Namespace) -> dict[str, Any]:
        if isinstance(self._result, BaseException):
            raise self._result
        return {**self._result, "cases": args.cases}


def test_prints_the_figures_as_one_line_and_writes_them_to_the_file(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    file = tmp_path / "figures.json"
    assert run_task("x", TASK, Scripted({"recall": 0.5}), ["--json", str(file), "--cases", "F"]) == 0
    printed = capsys.readouterr()
    assert printed.err == ""
    assert json.loads(printed.out.splitlines()[-1]) == {"recall": 0.5, "cases": "F"}
    assert json.loads(file.read_text(encoding="utf-8")) == {"recall": 0.5, "cases": "F"}


@pytest.mark.parametrize(("passed", "status"), [(True, 0), (None, 0), (False, 1)])
def test_a_missed_gate_is_the_exit_status(passed: bool | None, status: int) -> None:
    assert run_task("x", TASK, Scripted({"gate_passed": passed}), []) == status


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (DataError(Path("cases.jsonl"), "no field 'label'", line=7), "cases.jsonl:7: no field 'label'"),
        (FileNotFoundError(2, "No such file or directory", "cases.jsonl"), "No such file or directory: 'cases.jsonl'"),
        (KeyboardInterrupt(), "interrupted"),
    ],
)
def test_what_can_not_be_measured_is_said_without_a_traceback(
    error: BaseException, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_task("x", TASK, Scripted(error), []) in (2, 130)
    printed = capsys.readouterr()
    assert said in printed.err
    assert printed.out == ""


def test_a_defect_of_ours_keeps_its_traceback() -> None:
    with pytest.raises(ZeroDivisionError):
        run_task("x", TASK, Scripted(ZeroDivisionError()), [])


def test_lists_the_tasks_for_an_unknown_one(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["everything"]) == 2
    said = capsys.readouterr().err
    assert "There is no task 'everything'." in said
    assert "golden" in said
    assert main([]) == 2


def test_every_task_offers_the_same_two_functions(capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("golden", "turn"):
        with pytest.raises(SystemExit) as ended:
            main([name, "--help"])
        assert ended.value.code == 0
        assert TASKS[name].summary.split(";")[0][:20] in " ".join(capsys.readouterr().out.split())


def test_golden_says_what_is_missing(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main(["golden", "--data", str(tmp_path)]) == 2
    assert "there is no manifest of the regulations" in capsys.readouterr().err
