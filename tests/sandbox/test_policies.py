"""The sandbox banks' policies: manifests, files, the PDFs against their sources, and what must be in them."""

import json
import re
from datetime import date
from pathlib import Path
from typing import Any

import pypdfium2
import pytest

from sandbox.policies.build import HERE, UnsupportedBlockError, render, render_source, sources, target

MANIFESTS = [HERE / "manifest.json", HERE / "vale" / "manifest.json"]
REQUIRED = {
    "file",
    "document",
    "title",
    "version",
    "effective_from",
    "library",
    "audience",
    "classification",
}
ROLES = {"staff", "analyst", "supervisor", "compliance", "policy_owner", "hr", "fraud_desk", "*"}


def _entries(manifest: Path) -> list[dict[str, Any]]:
    return json.loads(manifest.read_text(encoding="utf-8"))


def _text(path: Path) -> str:
    if path.suffix == ".md":
        return path.read_text(encoding="utf-8")
    document = pypdfium2.PdfDocument(path)
    text = "\n".join(page.get_textpage().get_text_bounded() for page in document)
    document.close()
    return text


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", text)


@pytest.mark.parametrize("manifest", MANIFESTS, ids=["harbour", "vale"])
def test_every_entry_is_whole_and_every_policy_is_listed_once(manifest: Path) -> None:
    entries = _entries(manifest)
    folder = manifest.parent
    on_disk = {path.name for path in folder.iterdir() if path.suffix in {".md", ".pdf"}} - {"README.md"}

    assert sorted(entry["file"] for entry in entries) == sorted(on_disk)
    for entry in entries:
        assert set(entry) - {"effective_to"} == REQUIRED, entry["file"]
        assert entry["audience"], entry["file"]
        assert set(entry["audience"]) <= ROLES, entry["file"]
        start = date.fromisoformat(entry["effective_from"])
        if "effective_to" in entry:
            assert start < date.fromisoformat(entry["effective_to"]), entry["file"]


@pytest.mark.parametrize("manifest", MANIFESTS, ids=["harbour", "vale"])
def test_the_text_opens_with_the_title_and_says_the_date_of_the_manifest(manifest: Path) -> None:
    for entry in _entries(manifest):
        text = " ".join(_text(manifest.parent / entry["file"]).split())
        day = date.fromisoformat(entry["effective_from"])
        assert entry["title"] in text, entry["file"]
        assert f"in force from {day.day} {day:%B %Y}" in text.replace("In force", "in force"), entry["file"]
        if entry["version"].startswith("edition"):
            assert entry["version"].capitalize() in text, entry["file"]


def test_editions_of_a_document_share_title_library_and_audience_and_differ_in_date_and_version() -> None:
    by_key: dict[str, list[dict[str, Any]]] = {}
    for entry in _entries(MANIFESTS[0]):
        by_key.setdefault(entry["document"], []).append(entry)
    for key, editions in by_key.items():
        shared = {(e["title"], e["library"], tuple(e["audience"]), e["classification"]) for e in editions}
        assert len(shared) == 1, key
        assert len({e["effective_from"] for e in editions}) == len(editions), key
        assert len({e["version"] for e in editions}) == len(editions), key


def test_the_collection_has_what_the_product_is_tried_with() -> None:
    entries = _entries(MANIFESTS[0])
    keys = {entry["document"] for entry in entries}
    editions = [entry["document"] for entry in entries]
    audiences = {entry["library"]: entry["audience"] for entry in entries}

    assert len(keys) >= 14
    assert len(_entries(MANIFESTS[1])) >= 2
    assert sum(entry["file"].endswith(".pdf") for entry in entries) >= 5
    assert {key for key in keys if editions.count(key) >= 3} >= {"cash-handling", "fee-schedule"}
    assert audiences["hr"] == ["hr"]
    assert audiences["fraud-desk"] == ["fraud_desk"]
    assert audiences["branch-operations"] == ["*"]
    assert len({tuple(audience) for audience in audiences.values()}) >= 4
    assert not any("mortgage" in _text(HERE / entry["file"]).lower() for entry in entries)


def test_two_documents_in_force_contradict_each_other_on_dormancy() -> None:
    assert "no contact with the bank for 24 months" in _text(HERE / "dormant-accounts-2025-01-01.md")
    assert "counts as dormant after 18 months" in _text(HERE / "customer-records-2026-02-01.md")


def test_two_documents_carry_instructions_to_the_assistant() -> None:
    carrying = {
        entry["document"]
        for entry in _entries(MANIFESTS[0])
        if re.search(r"\bassistant\b", _text(HERE / entry["file"]), re.IGNORECASE)
    }
    assert carrying == {"power-of-attorney", "wire-transfers"}


@pytest.mark.parametrize("source", sources(), ids=lambda path: f"{path.parent.parent.name}-{path.stem}")
def test_a_pdf_is_its_source_rendered_again_byte_for_byte(source: Path) -> None:
    assert target(source).read_bytes() == render_source(source)


@pytest.mark.parametrize("source", sources(), ids=lambda path: f"{path.parent.parent.name}-{path.stem}")
def test_a_pdf_holds_every_word_of_its_source(source: Path) -> None:
    missing = set(_words(source.read_text(encoding="utf-8"))) - set(_words(_text(target(source))))
    assert missing == set()


def test_a_block_that_the_renderer_does_not_draw_is_refused() -> None:
    with pytest.raises(UnsupportedBlockError, match="blockquote can't be drawn"):
        render("# Title\n\n> a quotation\n", "Harbour Bank")
