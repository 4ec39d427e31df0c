"""The evidence of an altered claim: the passages it cites among others of the same editions, as in a run."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import chain
from pathlib import Path
from typing import Final
from uuid import UUID

from core.canonical import digest, sha256_hex
from core.settings import ROOT
from evals.altered_cases import ClaimCase, EditionPlace, Group
from evals.cases_file import progress
from evals.errors import DataError
from gateway.writers.ports import ClaimDraft, SourceText
from graph.sources import as_texts
from jobs.manifest import Defaults, Incoming, incoming
from retrieval.chunking import chunk
from retrieval.models import Passage
from retrieval.parsing import parse
from retrieval.sentences import sentences

POLICIES: Final = ROOT / "sandbox" / "policies"
REGULATIONS: Final = "regulations"
MOST_BESIDE: Final = 4
"""Passages beside the cited ones at most: those named with them, their neighbours, and the question's own."""

EditionKey = tuple[str, str, date]
_NIL: Final = UUID(int=0)
_WORD: Final = re.compile(r"[^\W_]{3,}")


@dataclass(frozen=True, slots=True)
class Posed:
    """A claim with its question and numbered sources, ready to be checked."""

    case: ClaimCase
    question: str
    draft: ClaimDraft
    sources: dict[int, SourceText]


class Editions:
    """The passages of every edition that some group names; reads files, so build it in a thread."""

    def __init__(self, groups: Sequence[Group], data: Path | None) -> None:
        wanted = {_key(place) for group in groups for place in group.passages.values()}
        found = {key: item for key, item in _manifests(data) if key in wanted}
        if missing := wanted - set(found):
            raise DataError(data or POLICIES, f"no such editions: {sorted(map(str, missing))}")
        self._passages: dict[EditionKey, list[Passage]] = {}
        for done, key in enumerate(sorted(wanted), 1):
            self._passages[key] = _read(found[key])
            progress("read", done, len(wanted))

    def of(self, place: EditionPlace) -> list[Passage]:
        """The passages of the place's edition, in reading order."""
        return self._passages[_key(place)]

    def find(self, place: EditionPlace) -> Passage:
        """The one passage of a place. Raises `DataError` where there is none, or more than one."""
        held = [passage for passage in self.of(place) if place.holds(passage)]
        if len(held) != 1:
            raise DataError(POLICIES, f"{place!r} is found in {len(held)} passages, not in one")
        return held[0]


def pose(group: Group, case: ClaimCase, editions: Editions) -> Posed:
    """The claim with its evidence: deterministic, and in an order that doesn't tell which passages are cited."""
    cited = [editions.find(group.passages[letter]) for letter in case.cites]
    beside = _beside(group, case, cited, editions)
    shuffled = sorted([*cited, *beside], key=lambda passage: digest([case.id, passage.sha256, str(passage.section)]))
    numbered = [replace(passage, ref=ref) for ref, passage in enumerate(shuffled, 1)]
    refs = {passage.chunk_id: passage.ref for passage in numbered}
    quoted = cited[0] if case.of is None else editions.find(group.passages[case.of])
    text = case.claim if case.claim is not None else edited_sentence(case, quoted)
    draft = ClaimDraft(text, tuple(sorted(refs[passage.chunk_id] for passage in cited)), quote=False)
    return Posed(case, group.question, draft, {source.ref: source for source in as_texts(numbered)})


def edited_sentence(case: ClaimCase, passage: Passage) -> str:
    """The passage's one sentence that the case means, blanks made even, with its edits.

    Raises `DataError` where the pattern finds no sentence or several, or where an edit's old text isn't there once.
    """
    spans = (" ".join(passage.text[start:end].split()) for start, end in sentences(passage.text))
    found = [sentence for sentence in spans if re.search(case.sentence or "", sentence, re.IGNORECASE)]
    if len(found) != 1:
        raise DataError(POLICIES, f"{case.id}: the pattern finds {len(found)} sentences, not one")
    text = found[0]
    for edit in case.edits:
        if text.count(edit.old) != 1:
            raise DataError(POLICIES, f"{case.id}: '{edit.old}' is not once in the sentence")
        text = text.replace(edit.old, edit.new)
    return text


def _beside(group: Group, case: ClaimCase, cited: Sequence[Passage], editions: Editions) -> list[Passage]:
    """Others of the evidence: of each document only the edition that is cited, as one day's search would find."""
    places = [group.passages[letter] for letter in case.cites]
    edition_of = {(place.tenant, place.document): place.edition for place in places}
    named = [
        editions.find(place)
        for letter, place in group.passages.items()
        if letter not in case.cites
        and place.tenant == places[0].tenant
        and edition_of.setdefault((place.tenant, place.document), place.edition) == place.edition
    ]
    whole = editions.of(places[0])
    at = whole.index(cited[0])
    nearest = [whole[i] for i in (at - 1, at + 1) if 0 <= i < len(whole)]
    asked = sorted(whole, key=lambda passage: (-_shared(group.question, passage.text), passage.chunk_id))[:2]
    taken = {passage.chunk_id for passage in cited}
    others: list[Passage] = []
    for passage in chain(named, asked, nearest):
        if passage.chunk_id not in taken and len(others) < MOST_BESIDE:
            taken.add(passage.chunk_id)
            others.append(passage)
    return others


def _shared(question: str, text: str) -> float:
    """How many of the question's words a text has, for its length."""
    words = set(_WORD.findall(text.casefold()))
    return len(words & set(_WORD.findall(question.casefold()))) / (1 + len(words)) ** 0.5


def _key(place: EditionPlace) -> EditionKey:
    return place.tenant, place.document, place.edition


def _manifests(data: Path | None) -> Iterable[tuple[EditionKey, Incoming]]:
    manifests = [("harbour", POLICIES / "manifest.json"), ("vale", POLICIES / "vale" / "manifest.json")]
    if data is not None:
        manifests.append(("harbour", data / REGULATIONS / "manifest.json"))
    for tenant, manifest in manifests:
        if not manifest.is_file():
            raise DataError(manifest, "there is no such manifest")
        for item in incoming((), manifest, Defaults(library=None, audience=None, today=date.max)):
            yield (tenant, item.metadata.document, item.metadata.effective_from), item


def _read(item: Incoming) -> list[Passage]:
    drafts = chunk(parse(item.path.read_bytes(), item.path.name))
    return [
        Passage(
            ref=0,
            chunk_id=UUID(sha256_hex(f"{item.path.name}/{draft.ordinal}".encode())[:32]),
            edition_id=_NIL,
            document=item.metadata.document,
            title=item.metadata.title,
            version=item.metadata.version,
            library=item.metadata.library,
            section=draft.section,
            page=draft.page,
            effective_from=item.metadata.effective_from,
            effective_to=item.metadata.effective_to,
            text=draft.text,
            sha256=draft.sha256,
            score=0.0,
            dense=0.0,
            lexical=0.0,
        )
        for draft in drafts
    ]
