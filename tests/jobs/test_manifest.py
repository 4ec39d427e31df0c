"""What a command asks to take in, and what it says when it asks for something that can't be."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from core.errors import Unprocessable
from jobs.manifest import Defaults, incoming
from retrieval.editions.models import EditionMetadata

TODAY = date(2026, 3, 3)
NONE = Defaults(library=None, audience=None, today=TODAY)
ENTRY: dict[str, Any] = {
    "file": "fees.md",
    "document": "fees",
    "title": "Fees",
    "version": "2025",
    "effective_from": "2025-07-01",
    "source": "ignored",
}


def manifest(folder: Path, *entries: Any) -> Path:
    path = folder / "manifest.json"
    path.write_text(json.dumps(list(entries)))
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("fees.md", "Cash Handling_2025.TXT", "sub/rules.html", "sub/skipped.odt"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("text")
    return tmp_path


def test_an_entry_says_everything(folder: Path) -> None:
    path = manifest(
        folder,
        ENTRY | {"library": "fees", "audience": ["staff"], "effective_to": "2026-01-01", "classification": "internal"},
    )
    (item,) = incoming([], path, NONE)
    assert item.path == folder / "fees.md"
    assert item.metadata == EditionMetadata(
        document="fees",
        title="Fees",
        library="fees",
        version="2025",
        effective_from=date(2025, 7, 1),
        effective_to=date(2026, 1, 1),
        audience=("staff",),
        classification="internal",
    )


def test_the_command_goes_before_the_manifest_and_both_before_the_defaults(folder: Path) -> None:
    path = manifest(folder, ENTRY | {"library": "fees", "audience": ["staff"]}, ENTRY | {"document": "bare"})
    asked = incoming([], path, Defaults("hr-policies", ("hr", "staff"), TODAY))
    silent = incoming([], path, NONE)
    assert [(i.metadata.library, i.metadata.audience) for i in asked] == [("hr-policies", ("hr", "staff"))] * 2
    assert [(i.metadata.library, i.metadata.audience) for i in silent] == [("fees", ("staff",)), ("general", ("*",))]


def test_files_without_a_manifest_are_named_after_themselves(folder: Path) -> None:
    items = incoming([folder], None, NONE)
    assert [(i.path.name, i.metadata.document, i.metadata.title) for i in items] == [
        ("Cash Handling_2025.TXT", "cash-handling-2025", "Cash handling 2025"),
        ("fees.md", "fees", "Fees"),
        ("rules.html", "rules", "Rules"),
    ]
    assert {(i.metadata.version, i.metadata.effective_from) for i in items} == {("1", TODAY)}


def test_paths_choose_among_a_manifests_entries(folder: Path) -> None:
    path = manifest(folder, ENTRY, ENTRY | {"file": "sub/rules.html", "document": "rules"})
    assert [i.metadata.document for i in incoming([folder / "sub"], path, NONE)] == ["rules"]
    assert [i.metadata.document for i in incoming([folder / "fees.md"], path, NONE)] == ["fees"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"{", "is not JSON"),
        (b"\xff\xfe", "is not UTF-8 text"),
        (b"{}", "is wrong at : Input should be a valid list"),
        (b'[{"file": "fees.md"}]', r"is wrong at 0\.document: Field required"),
        (json.dumps([ENTRY, ENTRY | {"effective_from": "soon"}]).encode(), r"is wrong at 1\.effective_from"),
        (json.dumps([ENTRY | {"audience": "staff"}]).encode(), r"is wrong at 0\.audience"),
        (json.dumps([ENTRY | {"file": "gone.md"}, ENTRY]).encode(), r"names files that are not there: .*gone\.md$"),
        (b"[]", "No file to take in"),
    ],
)
def test_a_wrong_manifest_is_refused_by_its_place(folder: Path, content: bytes, message: str) -> None:
    path = folder / "manifest.json"
    path.write_bytes(content)
    with pytest.raises(Unprocessable, match=message):
        incoming([], path, NONE)


def test_what_is_not_there_is_named(folder: Path) -> None:
    with pytest.raises(Unprocessable, match=r"no file or folder .*nowhere"):
        incoming([folder / "nowhere"], None, NONE)
    with pytest.raises(Unprocessable, match=r"manifest .*nowhere.* cannot be read: No such file"):
        incoming([], folder / "nowhere", NONE)
    with pytest.raises(Unprocessable, match="No file to take in"):
        incoming([folder / "sub/skipped.odt"], folder / manifest(folder, ENTRY), NONE)
