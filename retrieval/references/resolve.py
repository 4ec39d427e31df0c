"""From references to the passages that they mean: in the same edition first, else in the caller's other documents."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Final
from uuid import UUID

from core.database import Transaction
from retrieval.access import Scope
from retrieval.documents.models import Chunk
from retrieval.parsing.markers import markers_of
from retrieval.references.detect import Reference, references_in, terms_defined, used_in
from retrieval.references.store import Candidate, OtherEdition, below_headings, below_path, defining, in_force

_WORD_SQL = r"§+\s*|(section|article|clause|rule|chapter|part|paragraph)\s+"
_WORD = rf"(?:{_WORD_SQL.replace('(', '(?:')})"
# A heading's own number: "§ 1005.2 Definitions.", "4.2 Fees", "Article 5". Not "2(b) Account".
_NUMBERED = re.compile(rf"{_WORD}?(\d{{1,5}}(?:\.\d{{1,4}}){{0,4}})(?=[.:\s—–-]|$)", re.IGNORECASE)
_BARE_MARKER = re.compile(r"(?:\([A-Za-z0-9]{1,5}\)|[A-Za-z0-9]{1,7}[.)])")
# Numbers like 1005.2 name one document's section; "4.2" stands in every policy.
_DISTINCTIVE = re.compile(r"\d{3,5}\.\d")
_MOST_TERMS: Final = 8


@dataclass(frozen=True, slots=True)
class Resolved:
    """A reference as written in the passage, and the passage that it means. `document` is that one's key."""

    text: str
    chunk_id: UUID
    edition_id: UUID
    section: tuple[str, ...]
    document: str


async def resolve_references(tx: Transaction, chunk: Chunk, today: date) -> list[Resolved]:
    """What the passage points to and may be opened by the caller: sections, annexes and definitions of its terms.

    Other documents count as they were in force on the first day of the passage's edition, or today if that is still
    in force. References that mean the passage itself, or nothing that is there, are left out.
    """
    references = references_in(chunk.text)
    own = chunk.edition.edition_id
    patterns = sorted({pattern for reference in references if (pattern := _pattern(reference)) is not None})
    here = await below_headings(tx, [own], patterns) if patterns else []
    beside = await _beside(tx, chunk) if any(_is_relative(reference) for reference in references) else []
    found: list[tuple[int, Resolved]] = []
    away: list[Reference] = []
    for reference in references:
        target = None if reference.document else _target(reference, beside if _is_relative(reference) else here)
        if target is not None:
            found.append((reference.start, _resolved(reference.text, target, chunk.edition.document)))
        elif reference.document or (reference.number and _DISTINCTIVE.match(reference.number)):
            away.append(reference)
    found.extend(await _elsewhere(tx, chunk, away, today))
    found.extend(_definitions(chunk.text, await defining(tx, own), chunk.edition.document))
    unique = {(item.text.casefold(), item.chunk_id): item for _, item in sorted(found, key=lambda pair: pair[0])}
    return [item for item in unique.values() if item.chunk_id != chunk.chunk_id]


def _is_relative(reference: Reference) -> bool:
    return reference.number is None and reference.annex is None


def _pattern(reference: Reference) -> str | None:
    """A regular expression, in the database's dialect, of headings that the reference may mean."""
    if reference.annex is not None:
        return rf"^{re.escape(reference.annex)}\M"
    if reference.number is None:
        return None
    return rf"^({_WORD_SQL})?{re.escape(reference.number)}([:\s—–-]|\.\D|\.?$)"


async def _beside(tx: Transaction, chunk: Chunk) -> list[Candidate]:
    """The passages of the section that the chunk stands in."""
    path = chunk.section
    numbered = [
        depth for depth, title in enumerate(path, 1) if _NUMBERED.match(title) and not _BARE_MARKER.fullmatch(title)
    ]
    depth = numbered[-1] if numbered else len(path)
    while not numbered and depth and _BARE_MARKER.fullmatch(path[depth - 1]):
        depth -= 1
    return await below_path(tx, chunk.edition.edition_id, path[:depth]) if depth else []


def _target(reference: Reference, candidates: Sequence[Candidate]) -> Candidate | None:
    """The passage that a reference means among those of one edition."""
    if _is_relative(reference):
        return _below(reference.markers, [(candidate, candidate.section) for candidate in candidates], strict=True)
    placed: list[tuple[bool, int, Candidate, int]] = []
    for candidate in candidates:
        depth = next((n for n, title in enumerate(candidate.section, 1) if _means(reference, title)), None)
        if depth is not None:
            # The rule itself goes before a commentary on it, which is named like it.
            placed.append((not candidate.section[depth - 1].startswith("§"), candidate.ordinal, candidate, depth))
    if not placed:
        return None
    placed.sort(key=lambda item: item[:2])
    _, _, first, depth = placed[0]
    path = first.section[:depth]
    below = [(item, item.section[depth:]) for _, _, item, _ in placed if item.section[:depth] == path]
    return _below(reference.markers, below, strict=False)


def _means(reference: Reference, title: str) -> bool:
    if reference.annex is not None:
        return re.match(rf"{re.escape(reference.annex)}\b", title, re.IGNORECASE) is not None
    numbered = _NUMBERED.match(title)
    return numbered is not None and numbered.group(1) == reference.number


def _below(
    markers: tuple[str, ...], placed: Sequence[tuple[Candidate, tuple[str, ...]]], *, strict: bool
) -> Candidate | None:
    """The first of the passages that holds most of the marked paragraph's path; `strict`: all of it."""
    best: tuple[int, Candidate] | None = None
    for candidate, path in placed:
        depth = _depth(markers, tuple(title for title in path if title.startswith("(")), candidate.text)
        if best is None or depth > best[0]:
            best = depth, candidate
    if best is None or (strict and best[0] < len(markers)):
        return None
    return best[1]


def _depth(markers: tuple[str, ...], tail: tuple[str, ...], text: str) -> int:
    """How much of the path `markers` a passage with the path `tail` holds; its lines may hold deeper ones."""
    common = 0
    for wanted, has in zip(markers, tail, strict=False):
        if wanted != has:
            return 0
        common += 1
    if common == len(markers):
        return common
    labels = (marker.label for line in text.split("\n") for marker in markers_of(line))
    rest = list(markers[len(tail) :])
    for label in labels:
        if rest and label == rest[0]:
            rest.pop(0)
    return len(markers) - len(rest)


async def _elsewhere(
    tx: Transaction, chunk: Chunk, references: Sequence[Reference], today: date
) -> list[tuple[int, Resolved]]:
    """References into other documents: by title where one is named, else by a number that only one document has."""
    edition = chunk.edition
    lasts = edition.effective_to is None or today < edition.effective_to
    day = today if edition.effective_from <= today and lasts else edition.effective_from
    scope = Scope.of(tx.principal, day, None)
    found: list[tuple[int, Resolved]] = []
    for title, same in groupby(sorted(references, key=lambda item: item.document or ""), lambda item: item.document):
        group = list(same)
        editions = {other.edition_id: other for other in await in_force(tx, scope, title)}
        editions.pop(edition.edition_id, None)
        patterns = sorted({pattern for reference in group if (pattern := _pattern(reference)) is not None})
        if editions and patterns:
            found.extend(_unambiguous(group, editions, await below_headings(tx, list(editions), patterns)))
    return found


def _unambiguous(
    references: Sequence[Reference], editions: dict[UUID, OtherEdition], candidates: Sequence[Candidate]
) -> Iterator[tuple[int, Resolved]]:
    by_edition = {
        edition_id: list(group) for edition_id, group in groupby(candidates, lambda candidate: candidate.edition_id)
    }
    for reference in references:
        targets = [target for group in by_edition.values() if (target := _target(reference, group)) is not None]
        if len(targets) == 1:
            yield reference.start, _resolved(reference.text, targets[0], editions[targets[0].edition_id].document)


def _definitions(text: str, candidates: Sequence[Candidate], document: str) -> Iterator[tuple[int, Resolved]]:
    """The terms of the edition's definitions that the passage uses, longest first where one holds another."""
    terms: dict[str, Candidate] = {}
    for candidate in candidates:
        for term in terms_defined(candidate.text):
            terms.setdefault(term.casefold(), candidate)
    taken: list[tuple[int, int]] = []
    used: list[tuple[int, Resolved]] = []
    for term in sorted(terms, key=len, reverse=True):
        place = used_in(text, term)
        if place is not None and not any(start <= place[0] < end for start, end in taken):
            taken.append((place[0], place[0] + len(place[1])))
            used.append((place[0], _resolved(place[1], terms[term], document)))
    yield from sorted(used, key=lambda pair: pair[0])[:_MOST_TERMS]


def _resolved(text: str, target: Candidate, document: str) -> Resolved:
    return Resolved(text, target.chunk_id, target.edition_id, target.section, document)
