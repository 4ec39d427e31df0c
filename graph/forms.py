"""Forms out of checked fields: titles and groups are headings of the documents, facts the person's own words."""

import re
from collections.abc import Sequence

from gateway.writers.entries import CELL_BORDER, EntryKind
from gateway.writers.ports import Part
from graph.context import RunContext
from graph.filling import Filled
from graph.limits import FORM_LIMITS
from graph.own_words import cut, own_words, subject_of_case
from retrieval.models import Passage
from runs.forms import Basis, CaseNote, Cell, Checklist, ChecklistItem, FormField

_MARKER = re.compile(r"[(§]?[\w.]{1,8}\)?")
_MUST = re.compile(
    r"\b(?:must|shall|has to|have to|needs?|required|requires?|at least|at most|never|no|not|only|cannot)\b", re.I
)
_MAY = re.compile(r"\b(?:may|can|might|optional(?:ly)?|if wanted|on request|need not)\b(?! not\b)", re.IGNORECASE)
_MAY_NOT = re.compile(r"\b(?:may|can) (?:not|only)\b", re.IGNORECASE)


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
    return Checklist(title=cut(title, 300), items=items, left_out=left_out)


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
        group=None if group is None else cut(group, 300),
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
    return cut(each.shown(entry.marker), 300) if entry.kind is not EntryKind.ROW or entry.is_numbered_row else None


def _cells(each: Filled) -> list[Cell]:
    """A row by its columns; nothing where the table has no header, or another number of columns."""
    entry = each.entry
    if entry is None or entry.kind is not EntryKind.ROW:
        return []
    names = [name.strip() for name in entry.header.split(CELL_BORDER)]
    if len(names) != len(entry.cells) or len(names) > FORM_LIMITS.cells or not all(entry.cells):
        return []
    return [
        Cell(name=cut(each.shown(name), 300), text=each.shown(cell))
        for name, cell in zip(names, entry.cells, strict=True)
    ]


def case_note(written: str, filled: Sequence[Filled], left_out: int) -> CaseNote:
    """The person's own words, and what the documents say about them."""
    facts, open_points = own_words(written)
    parts = {part: [each for each in enumerate(filled) if each[1].draft.part is part] for part in Part}
    return CaseNote(
        subject=_yours("subject1", subject_of_case(written, facts or open_points)),
        facts=[_yours(f"fact{at}", text) for at, text in enumerate(facts, start=1)],
        rules=[_checked(f"rule{at}", *each) for at, each in enumerate(parts[Part.RULE], start=1)],
        next_steps=[_checked(f"step{at}", *each) for at, each in enumerate(parts[Part.STEP], start=1)],
        open_points=[
            *(_yours(f"open{at}", text) for at, text in enumerate(open_points, start=1)),
            *(_checked(f"open{at}", *each) for at, each in enumerate(parts[Part.OPEN], start=len(open_points) + 1)),
        ],
        left_out=left_out,
    )


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
