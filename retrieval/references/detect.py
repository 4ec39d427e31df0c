"""Cross-references and definitions in the text of a passage: pure reading, no lookup.

Found are "§ 1005.2(b)", "sections 4.2 and 4.3", "paragraph (c)(1) of this section", "Annex B", "section 4.2 of the Fee
Policy". What points into a law ("section 615(a) of the Act", "12 U.S.C. § 5531") is no reference to a document here.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from retrieval.parsing.markers import markers_of

MOST_REFERENCES: Final = 40
"""Of one passage; more are a table of contents."""

_NUMBER = r"\d{1,5}(?:\.\d{1,4}){0,4}"
_MARKERS = r"(?:\([A-Za-z]{1,5}\)|\(\d{1,3}\))"
_TARGET = rf"(?:{_NUMBER}{_MARKERS}*|{_MARKERS}+)"
_AND = r"(?:\s*,\s*(?:and\s+|or\s+)?|\s+(?:and|or|through|to)\s+|\s*[–-]\s*)"
_SECTIONS = re.compile(
    rf"(?<!\w)(?:(?P<sign>§{{1,2}})\s*|(?:sections?|articles?|clauses?|rules?|chapters?|parts?|paragraphs?)\s+)"
    rf"(?P<targets>{_TARGET}(?:{_AND}{_TARGET}){{0,12}})(?![\w%])",
    re.IGNORECASE,
)
_ANNEX = re.compile(
    r"\b(?P<kind>[Aa]ppendix|[Aa]nnex|[Ss]chedule|[Aa]ttachment|[Ee]xhibit)\s+(?P<label>[A-Z]{1,2}|[IVX]{1,5}|\d{1,2})\b"
)
_ONE = re.compile(rf"(?P<number>{_NUMBER})?(?P<markers>{_MARKERS}*)")
_MARKER = re.compile(_MARKERS)
# Before or after what points into a law.
_OF_A_CODE = re.compile(r"(?:C\.?F\.?R\.?|U\.?S\.?C\.?|Stat\.|Pub\. L\.)\s*$")
_OF_A_LAW = re.compile(
    r"\s*\)?\s+of\s+(?:(?:the|that|such)\s+)?(?:(?:[A-Z][\w’'&-]*|of|and|for|the|in)\s+){0,8}?"
    r"(?:Act|Code|Law|Statute|Directive|Constitution|[Tt]itle|Regulations?\s+[A-Z]{1,2})\b"
)
_OF_A_DOCUMENT = re.compile(
    r"\s+of\s+(?:the|our)\s+(?P<title>[A-Z][\w’'&-]*(?:\s+(?:of|and|for|the|on|[A-Z0-9][\w’'&-]*)){0,8})"
)
_WORDS_BEFORE: Final = 16

_DEFINING = r"(?:means|shall mean|has the (?:same )?meaning|have the (?:same )?meaning|refers to|is defined as)\b"
_QUOTED_TERM = re.compile(rf"[“\"]([^”\"\n]{{2,60}})[”\"]\s+{_DEFINING}")
_PLAIN_TERM = re.compile(rf"(?:The term\s+)?([A-Z][^\W\d_]*(?:[ -][^\W\d_]+){{0,5}})\s+{_DEFINING}")
_NO_TERM: Final = frozenset(
    {"This", "That", "These", "Those", "It", "There", "He", "She", "They", "We", "You", "Which", "What", "Who"}
    | {"Nothing", "Each"}
)


@dataclass(frozen=True, slots=True)
class Reference:
    """What a passage points to: a section by number, an annex by name, or (without either) the section it stands in;
    then paragraph markers. `document` is a title where another document is named."""

    text: str
    start: int
    number: str | None = None
    markers: tuple[str, ...] = ()
    annex: str | None = None
    document: str | None = None


def references_in(text: str) -> list[Reference]:
    """The references in order, at most `MOST_REFERENCES`."""
    found = [*_sections(text), *_annexes(text)]
    return sorted(found, key=lambda reference: reference.start)[:MOST_REFERENCES]


def terms_defined(text: str) -> list[str]:
    """The terms that the lines of a passage define, in order."""
    terms: list[str] = []
    for line in text.split("\n"):
        labels = "".join(re.escape(marker.label) + r"\s*" for marker in markers_of(line))
        bare = re.sub(rf"^{labels}", "", line, count=1) if labels else line
        plain = _PLAIN_TERM.match(bare)
        named = plain is not None and plain.group(1).split()[0] not in _NO_TERM
        terms.extend([plain.group(1)] if plain is not None and named else _QUOTED_TERM.findall(bare))
    return terms


def used_in(text: str, term: str) -> tuple[int, str] | None:
    """Where a term is first used in a text, in the singular or plural, and how it is written there."""
    found = re.search(rf"(?<!\w){re.escape(term)}(?:s|es)?(?!\w)", text, re.IGNORECASE)
    return (found.start(), found.group()) if found else None


def _sections(text: str) -> Iterator[Reference]:
    for match in _SECTIONS.finditer(text):
        before = text[max(0, match.start() - _WORDS_BEFORE) : match.start()]
        if _OF_A_CODE.search(before) or _OF_A_LAW.match(text, match.end()):
            continue
        named = _OF_A_DOCUMENT.match(text, match.end())
        document = named.group("title") if named else None
        word = text[match.start() : match.start("targets")]
        number: str | None = None
        markers: tuple[str, ...] = ()
        for index, target in enumerate(re.finditer(_TARGET, match.group("targets"))):
            number, markers = _following(target.group(), number, markers)
            start = match.start() if index == 0 else match.start("targets") + target.start()
            shown = word + target.group() if index == 0 else target.group()
            yield Reference(shown, start, number, markers, document=document)


def _following(target: str, number: str | None, markers: tuple[str, ...]) -> tuple[str | None, tuple[str, ...]]:
    """What a target means after the one before it: in "§ 5(b)(2) or (3)" the last is § 5(b)(3)."""
    found = _ONE.fullmatch(target)
    own = tuple(_MARKER.findall(target))
    if found is not None and found.group("number"):
        return found.group("number"), own
    for depth in range(len(markers) - 1, -1, -1):
        if own and _style(markers[depth]) == _style(own[0]):
            return number, (*markers[:depth], *own)
    return number, own


def _style(marker: str) -> str:
    return "digit" if marker[1].isdigit() else "upper" if marker[1].isupper() else "lower"


def _annexes(text: str) -> Iterator[Reference]:
    for match in _ANNEX.finditer(text):
        if not _OF_A_LAW.match(text, match.end()):
            annex = f"{match.group('kind').casefold()} {match.group('label')}"
            yield Reference(match.group(), match.start(), annex=annex)
