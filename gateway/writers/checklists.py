"""The built-in writer's checklists: the lists, tables and numbered paragraphs that treat the subject of the request,
word for word and in the order of their document.

A request names its subject by words. Those that the document's title has say which document; the others say which of
its sections, by heading before text. Where the title says it all, the whole document is meant. What a chosen section
refers to by name or number ("the standard checklist and the following items") is taken with it.
"""

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from gateway.limits import LISTING
from gateway.writers.amounts import amounts, fits
from gateway.writers.entries import Entry, EntryKind, entries
from gateway.writers.ports import SourceText, WritingTask
from gateway.writers.quotable import Split

Terms = Callable[[str], list[str]]

# What says that a list is wanted, not of what.
_SCAFFOLD = re.compile(
    r"\b(?:check-?\s?lists?|lists?|to-?do|steps?|items?|things?|everything|points?|procedure|process|guide|overview|"
    r"(?:give|show|make|write|create|draft|prepare|produce|need|needed|want|collect|do|does|"
    r"done|has|have|must|should|tick|ticked|go through|complete|following|all|required|requirements?|please|me|us|"
    r"what|which|how|when|before|after|about|customer|customers|bank|branch|employee|employees|staff|case))\b",
    re.IGNORECASE,
)
_EDITION = re.compile(r"^\W*edition \d+\b.*\bin force\b", re.IGNORECASE)
_DEFINES = re.compile(
    r"^\W*(?:an?|the|any)? ?(?:[\w'’-]+ ){1,6}(?:is|are|means) (?:not )?(?:an?|any|every|someone|anyone) ",
    re.IGNORECASE,
)
_SAYS_WHAT_TO_DO = re.compile(
    r"\b(?:must|may|shall|should|can|cannot|never|not|need|needs|required?|only|at (?:most|least))\b", re.IGNORECASE
)
_PURPOSE = re.compile(
    r"^\W*(?:this|the) (?:circular|policy|document|schedule|section|part|chapter|playbook|guide) "
    r"(?:says|describes|sets out|covers|explains|regulates|contains|tells|lists|applies)\b|\bnew in this edition\b",
    re.IGNORECASE,
)
_WORDING = re.compile(r"\b(?:wording|templates?|model (?:form|clause|letter)s?|sample|glossary|definitions?)\b", re.I)
_SECTION_NUMBER = re.compile(r"\bsections? (\d+(?:\.\d+)?)\b", re.IGNORECASE)
_NAMES_A_LIST = re.compile(
    r"\b(?:check-?lists?|lists?|items|steps|documents|checks|requirements|table)\b", re.IGNORECASE
)
_SPELT_OUT = re.compile(r"\b[A-Z][A-Za-z]{1,7} \(([^()]+)\)")
_FIGURE = re.compile(r"(?:\b[A-Z]{3}\s?|[$€£]\s?)?\d[\d.,]*")
_HEADING_NUMBER = re.compile(r"^\W*(\d+(?:\.\d+)*)\b")


@dataclass(frozen=True, slots=True)
class _Section:
    """The sources under one heading of one document, in their order."""

    document: str
    heading: str
    sources: tuple[SourceText, ...]
    entries: tuple[Entry, ...]
    heading_terms: frozenset[str]
    text_terms: frozenset[str]

    @property
    def first_rank(self) -> int:
        return min(source.ref for source in self.sources)


def chosen_items(task: WritingTask, split: Split, terms: Terms, is_planted: Callable[[str], bool]) -> list[Entry]:
    """The entries that the request is about, in the order of their documents; none where the sources list nothing on
    its subject. `is_planted`: whether a text gives orders to whoever reads it out."""
    sections = _sections(task.sources, split, terms, is_planted)
    wanted = frozenset(terms(_subject(task.question)))
    weights = _weights(wanted, sections)
    document = _document(sections, weights, terms)
    found = _of_document(document, weights, task.question, terms)
    return [entry for entry in _fitting(found, task.question) if _is_item(entry)][: task.max_claims]


def _subject(request: str) -> str:
    """Without what says that a list is wanted, figures, and abbreviations beside what they stand for."""
    return _FIGURE.sub(" ", _SCAFFOLD.sub(" ", _SPELT_OUT.sub(r"\1", request)))


def _sections(
    sources: Sequence[SourceText], split: Split, terms: Terms, is_planted: Callable[[str], bool]
) -> list[_Section]:
    def place(source: SourceText) -> tuple[str, str]:
        title, _, rest = source.heading.partition(" › ")
        return title, rest.partition(" › ")[0]

    found: list[_Section] = []
    for (title, heading), members in groupby(sources, key=place):
        group = tuple(members)
        listed = tuple(e for e in entries(group, split) if not is_planted(e.introduced) and not e.is_cut_off)
        texts = " ".join(entry.introduced for entry in listed)
        found.append(_Section(title, heading, group, listed, frozenset(terms(heading)), frozenset(terms(texts))))
    return found


def _weights(wanted: frozenset[str], sections: Sequence[_Section]) -> Mapping[str, float]:
    """Rare terms count more; what no section has can't tell sections apart."""
    count = {term: sum(term in s.heading_terms | s.text_terms for s in sections) for term in wanted}
    return {term: math.log(1 + len(sections) / n) for term, n in count.items() if n}


def _share(has: frozenset[str], weights: Mapping[str, float]) -> float:
    total = sum(weights.values())
    return sum(weight for term, weight in weights.items() if term in has) / total if total else 0.0


def _about(section: _Section, weights: Mapping[str, float], title: frozenset[str] = frozenset()) -> float:
    """0 to 1: the share of the weighted terms that its heading has, or in lesser part its text."""
    by_name = _share(section.heading_terms | title, weights)
    return by_name + LISTING.text_share * _share(section.text_terms - section.heading_terms - title, weights)


def _document(sections: Sequence[_Section], weights: Mapping[str, float], terms: Terms) -> list[_Section]:
    """The sections of the document that the request is about: whose title, headings and text have most of its terms,
    title before text, and that search ranked high."""
    by_document: dict[str, list[_Section]] = {}
    for section in sections:
        by_document.setdefault(section.document, []).append(section)

    def rating(members: Sequence[_Section]) -> float:
        title = frozenset(terms(members[0].document))
        best = max(_about(section, weights, title) for section in members)
        return best + LISTING.title * _share(title, weights) - LISTING.rank * min(s.first_rank for s in members)

    return max(by_document.values(), key=rating) if by_document else []


def _of_document(
    sections: Sequence[_Section], weights: Mapping[str, float], question: str, terms: Terms
) -> list[Entry]:
    listed = [section for section in sections if section.entries and not _WORDING.search(section.heading)]
    own = _telling(listed, weights, frozenset(terms(sections[0].document)) if sections else frozenset())
    best = max((_about(section, own) for section in listed), default=0.0)
    named = [section for section in listed if _is_named(section, question)]
    if named:
        chosen = named
    elif not own or not best:
        chosen = listed
    else:
        chosen = [section for section in listed if _about(section, own) >= LISTING.near_best * best]
    chosen = _with_referred(chosen, listed, terms)[: LISTING.sections]
    found: list[Entry] = []
    for section in listed:
        if section in chosen:
            found += _of_section(section, own, terms)
        elif own and not named:
            found += [e for e in section.entries if _share(frozenset(terms(e.introduced)), own) > LISTING.alone]
    return found


def _telling(listed: Sequence[_Section], weights: Mapping[str, float], title: frozenset[str]) -> Mapping[str, float]:
    """The terms that tell the sections of a document apart: in no heading but the title's, or in most sections, a term
    does not, and one that the title has tells less."""
    in_headings = frozenset(term for section in listed for term in section.heading_terms)
    having = {t: sum(t in s.heading_terms | s.text_terms for s in listed) for t in weights}
    return {
        term: weight * (LISTING.of_title if term in title else 1.0)
        for term, weight in weights.items()
        if (term in in_headings or term not in title)
        and (term not in title or having[term] < LISTING.common * len(listed))
    }


def _is_named(section: _Section, question: str) -> bool:
    """The request has the heading word for word."""
    heading = _HEADING_NUMBER.sub("", section.heading).strip(" .:").casefold()
    return len(heading.split()) > 1 and re.search(rf"\b{re.escape(heading)}\b", question.casefold()) is not None


def _with_referred(chosen: list[_Section], listed: Sequence[_Section], terms: Terms) -> list[_Section]:
    """With the sections that a chosen one refers to, by number or by the words of their heading."""
    texts = [" ".join(entry.introduced for entry in section.entries) for section in chosen]
    more: list[_Section] = []
    for other in listed:
        if other in chosen:
            continue
        number = _HEADING_NUMBER.match(other.heading)
        words = " ".join(terms(_HEADING_NUMBER.sub("", other.heading)))
        for text in texts:
            by_number = number is not None and number.group(1) in _SECTION_NUMBER.findall(text)
            names_one = _NAMES_A_LIST.search(other.heading) is not None
            by_words = names_one and len(words.split()) > 1 and f" {words} " in f" {' '.join(terms(text))} "
            if by_number or by_words:
                more.append(other)
                break
    return [*chosen, *more]


def _of_section(section: _Section, own: Mapping[str, float], terms: Terms) -> list[Entry]:
    """Its entries; of a table that is looked things up in, only the rows that the request names."""
    rows = [entry for entry in section.entries if entry.kind is EntryKind.ROW and not entry.is_numbered_row]
    around = section.heading_terms | frozenset(t for entry in rows for t in terms(entry.header))
    open_terms = {term: weight for term, weight in own.items() if term not in around}
    named = {row for row in rows if _share(frozenset(terms(row.cells[0])), open_terms) >= LISTING.row_terms}
    return [entry for entry in section.entries if not named or entry not in rows or entry in named]


def _fitting(found: Sequence[Entry], question: str) -> list[Entry]:
    """Without the rows whose range does not hold the amount of the request, where another's does."""
    asked = amounts(question)
    verdicts = [fits(entry.text, asked) if entry.kind is EntryKind.ROW else None for entry in found]
    if not any(verdicts):
        return list(found)
    return [entry for entry, verdict in zip(found, verdicts, strict=True) if verdict is not False]


def _is_item(entry: Entry) -> bool:
    """Not what a document says about itself or means by a word."""
    text = entry.text
    if entry.kind is not EntryKind.PARAGRAPH:
        return True
    if _EDITION.search(text) or _PURPOSE.search(text) or len(text.split()) < 4:
        return False
    return _DEFINES.search(text) is None or _SAYS_WHAT_TO_DO.search(text.split(".", 1)[0]) is not None
