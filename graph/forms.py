"""Forms out of checked fields: titles and groups are headings of the documents, facts the person's own words."""

import re
from collections.abc import Sequence

from gateway.writers.entries import CELL_BORDER, EntryKind
from gateway.writers.ports import Part
from graph.context import RunContext
from graph.filling import Filled
from graph.limits import FORM_LIMITS
from retrieval.models import Passage
from retrieval.sentences import sentences
from runs.forms import Basis, CaseNote, Cell, Checklist, ChecklistItem, FormField

_MARKER = re.compile(r"[(§]?[\w.]{1,8}\)?")
_MUST = re.compile(
    r"\b(?:must|shall|has to|have to|needs?|required|requires?|at least|at most|never|no|not|only|cannot)\b", re.I
)
_MAY = re.compile(r"\b(?:may|can|might|optional(?:ly)?|if wanted|on request|need not)\b(?! not\b)", re.IGNORECASE)
_MAY_NOT = re.compile(r"\b(?:may|can) (?:not|only)\b", re.IGNORECASE)
_CASE = re.compile(r"\b(?:case\s+(?:no\.?\s*|number\s+|#)?)?[A-Z]{1,3}-\d{3,10}\b", re.IGNORECASE)
_LEAD_IN = re.compile(
    r"^\W*(?:please\s+|(?:can|could|would|will) you\s+(?:please\s+)?)?"
    r"(?:(?:write|draft|make|create|prepare|add|put|need|want)\s+(?:me\s+|us\s+)?)?(?:a\s+|the\s+|an\s+)?(?:\w+\s+)?"
    r"(?:case\s+)?note\b(?:\s+(?:on|for|about|to|in|regarding))?(?:\s+the)?(?:\s+(?:case|file))?"
    r"(?:\s+(?:no\.?\s*)?[A-Z]{1,3}-\d{3,10})?\s*(?:[:,–—-]|\bthat\b|\bsaying(?:\s+that)?\b)?\s*",
    re.IGNORECASE,
)
_OPEN = re.compile(
    r"\b(?:missing|outstanding|not yet|still (?:open|to|needs?|missing|waiting)|pending|awaits?|waiting for|unclear|"
    r"unknown|to follow|to be (?:sent|supplied|clarified|checked)|has not|have not|did not|does not have|lacks?)\b",
    re.IGNORECASE,
)


def checklist(ctx: RunContext, filled: Sequence[Filled], left_out: int) -> Checklist:
    """The items under the headings that they stand under."""
    passages = {passage.ref: passage for passage in ctx.passages}
    places = [passages[each.draft.citations[-1] if each.entry is None else each.entry.source.ref] for each in filled]
    documents = list(dict.fromkeys(place.title for place in places))
    groups = [_group(place, with_title=len(documents) > 1) for place in places]
    title = " and ".join(documents)
    if len(documents) == 1 and len(set(groups)) == 1 and groups[0]:
        title, groups = f"{title} › {groups[0]}", [None] * len(groups)
    items = [_item(at, each, group) for at, (each, group) in enumerate(zip(filled, groups, strict=True))]
    return Checklist(title=_cut(title, 300), items=items, left_out=left_out)


def _item(at: int, each: Filled, group: str | None) -> ChecklistItem:
    draft = each.draft
    return ChecklistItem(
        id=f"item{at + 1}",
        text=each.text,
        source="passage",
        citations=list(draft.citations),
        claim=at,
        quote=each.verbatim,
        basis=Basis.WORD_FOR_WORD if each.verbatim else Basis.CHECKED,
        confidence=each.score,
        group=None if group is None else _cut(group, 300),
        condition=each.condition,
        lead=each.lead,
        required=_required(f"{each.lead or ''} {each.text}"),
        mark=_mark(each),
        cells=_cells(each),
    )


def _group(place: Passage, *, with_title: bool) -> str | None:
    """The innermost heading that is more than a marker."""
    heading = next((name for name in reversed(place.section) if not _MARKER.fullmatch(name.strip())), None)
    named = [place.title, heading] if with_title else [heading]
    return " › ".join(name for name in named if name) or None


def _required(text: str) -> bool | None:
    """What the words say; None where they say neither must nor may."""
    if _MAY.search(text) and not _MAY_NOT.search(text):
        return False
    return True if _MUST.search(text) or _MAY_NOT.search(text) else None


def _mark(each: Filled) -> str | None:
    entry = each.entry
    if entry is None or not entry.marker or entry.marker in "•‣▪●◦*–-":
        return None
    return _cut(each.shown(entry.marker), 300) if entry.kind is not EntryKind.ROW or entry.is_numbered_row else None


def _cells(each: Filled) -> list[Cell]:
    """A row by its columns; nothing where the table has no header, or another number of columns."""
    entry = each.entry
    if entry is None or entry.kind is not EntryKind.ROW:
        return []
    names = [name.strip() for name in entry.header.split(CELL_BORDER)]
    if len(names) != len(entry.cells) or len(names) > FORM_LIMITS.cells or not all(entry.cells):
        return []
    return [
        Cell(name=_cut(each.shown(name), 300), text=each.shown(cell))
        for name, cell in zip(names, entry.cells, strict=True)
    ]


def case_note(written: str, filled: Sequence[Filled], left_out: int) -> CaseNote:
    """The person's own words, and what the documents say about them."""
    facts, open_points = own_words(written)
    parts = {part: [each for each in enumerate(filled) if each[1].draft.part is part] for part in Part}
    return CaseNote(
        subject=_yours("subject1", _subject(written, facts or open_points)),
        facts=[_yours(f"fact{at}", text) for at, text in enumerate(facts, start=1)],
        rules=[_checked(f"rule{at}", *each) for at, each in enumerate(parts[Part.RULE], start=1)],
        next_steps=[_checked(f"step{at}", *each) for at, each in enumerate(parts[Part.STEP], start=1)],
        open_points=[
            *(_yours(f"open{at}", text) for at, text in enumerate(open_points, start=1)),
            *(_checked(f"open{at}", *each) for at, each in enumerate(parts[Part.OPEN], start=len(open_points) + 1)),
        ],
        left_out=left_out,
    )


def own_words(written: str) -> tuple[list[str], list[str]]:
    """The sentences of what the person wrote, those apart that say what is still open; without the request itself and
    without questions."""
    lead = _LEAD_IN.match(written)
    told = written[lead.end() :] if lead is not None else written
    pieces = [told[start:end].strip() for start, end in sentences(told)]
    said = [_cut(piece, FORM_LIMITS.own_words) for piece in pieces if any(c.isalnum() for c in piece)]
    said = [piece for piece in said if not piece.endswith("?")][: FORM_LIMITS.facts]
    return [p for p in said if not _OPEN.search(p)], [p for p in said if _OPEN.search(p)]


def _subject(written: str, said: Sequence[str]) -> str:
    """The case that the person named, else how they began."""
    named = _CASE.search(written)
    if named is not None:
        return named.group()
    return _cut(said[0] if said else " ".join(written.split()), FORM_LIMITS.subject)


def _yours(name: str, text: str) -> FormField:
    return FormField(id=name, text=text, source="you", basis=Basis.YOURS)


def _checked(name: str, at: int, each: Filled) -> FormField:
    return FormField(
        id=name,
        text=each.text,
        source="passage",
        citations=list(each.draft.citations),
        claim=at,
        quote=each.verbatim,
        basis=Basis.WORD_FOR_WORD if each.verbatim else Basis.CHECKED,
        confidence=each.score,
    )


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1].rstrip()}…"
