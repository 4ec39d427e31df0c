"""Logs say where something failed, and never what was in it."""

import json
import subprocess
import sys

import pytest

from core.settings import ROOT

PROGRAM = """
import sys
from core.telemetry import configure_logging, logger
configure_logging(json_lines=sys.argv[1] == "json")
log = logger("test")
def inner(question):
    raise KeyError(question)
try:
    try:
        inner("tulip-" + "8823")
    except KeyError as error:
        raise ValueError(f"bad: {error}") from error
except ValueError:
    log.exception("turn.failed", run_id="r1")
log.warning("plain", n=1)
"""


@pytest.mark.parametrize("form", ["json", "console"])
def test_an_exception_is_logged_by_its_place_only(form: str) -> None:
    result = subprocess.run(
        [sys.executable, "-c", PROGRAM, form], cwd=ROOT, capture_output=True, text=True, check=True, timeout=60
    )
    assert "tulip-8823" not in result.stdout + result.stderr
    first, second = result.stderr.strip().splitlines()
    assert "turn.failed" in first
    assert "r1" in first
    assert "plain" in second
    if form == "json":
        line = json.loads(first)
        assert [place.split(" at ")[0] for place in line["error"]] == ["ValueError", "KeyError", "KeyError"]
        assert line["error"][-1].endswith("in inner")
