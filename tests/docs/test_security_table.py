"""Every test that the documents name exists: a table of attacks is worth what its tests are."""

import re
from pathlib import Path

import pytest

from core.settings import ROOT

NAMED = re.compile(r"`(tests/[\w/]+\.py)(?:::(test_\w+))?`(?:: ((?:`test_\w+`(?:, )?)+))?")


def named(document: Path) -> list[tuple[str, str]]:
    """File and test of each reference; the test is empty where the whole file is named."""
    found: list[tuple[str, str]] = []
    for file, test, more in NAMED.findall(document.read_text()):
        tests = [test] if test else re.findall(r"test_\w+", more)
        found += [(file, name) for name in tests] or [(file, "")]
    return found


@pytest.mark.parametrize("document", sorted(ROOT.glob("docs/**/*.md")), ids=lambda path: path.name)
def test_what_a_document_names_exists(document: Path) -> None:
    for file, test in named(document):
        assert (ROOT / file).is_file(), f"{document.name} names {file}"
        assert not test or f"def {test}(" in (ROOT / file).read_text(), f"{document.name} names {file}::{test}"


def test_the_security_document_names_tests() -> None:
    assert len(named(ROOT / "docs/security.md")) > 60
