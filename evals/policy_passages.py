"""Passages as ingest makes them: of the sandbox's policies, and of whatever documents a folder holds, by path."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from evals.cases_file import read_cases
from retrieval.chunking import chunk
from retrieval.parsing import parse

POLICIES: Final = Path("sandbox/policies/source")
_DOCUMENTS: Final = frozenset({".md", ".html", ".pdf"})


@dataclass(frozen=True, slots=True)
class Passage:
    """`family` is the document without its edition: editions repeat each other's text."""

    source: str
    family: str
    heading: str
    text: str


def of_folder(folder: Path, source: str) -> list[Passage]:
    """The passages of each document in a folder, in order."""
    files = sorted(file for file in folder.iterdir() if file.suffix in _DOCUMENTS)
    return [
        Passage(source, file.name[: file.name.find("-20")], " › ".join(draft.section), draft.text)
        for file in files
        for draft in chunk(parse(file.read_bytes(), file.name))
    ]


def of_corpus(corpus: Path, source: str, every: int = 1) -> list[Passage]:
    """Each `every`th passage of a corpus in JSON Lines."""
    cases = read_cases(corpus)[::every]
    return [Passage(source, f"{source} {case['document']}", str(case["section"]), case["text"]) for case in cases]
