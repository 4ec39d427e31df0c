"""What of an Office file is not read, as the policy owner is told."""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Final

from retrieval.models import ParseProblem
from retrieval.parsing.office_archive import Relation

# Relations to other places that show something; a plain link's address is not part of the text.
_FETCHED: Final = frozenset(
    {"attachedTemplate", "oleObject", "frame", "subDocument", "aFChunk", "image", "package", "externalLinkPath"}
)

_REPORTS: Final = {
    "tracked_changes": "Tracked changes: {0}. The document was read as if all were accepted; accept or reject them and "
    "upload it again, so that no doubt is left.",
    "hidden_text": "Places with text that a reader cannot see (hidden, white or tiny): {0}. It was left out.",
    "hidden_sheets": "Hidden sheets: {0}. They were left out.",
    "hidden_cells": "Hidden rows and columns: {0}. They were left out.",
    "no_stored_values": "Formulas without a stored value: {0}. Nothing is calculated here, so these cells are empty. "
    "Open the workbook in Excel, save it, and upload it again.",
    "failed_cells": "Cells that show an error such as #REF!: {0}. They were left out; mend them and upload the "
    "workbook again.",
    "comments": "Comments: {0}. They were left out.",
    "text_boxes": "Text boxes or drawings with text: {0}. They were left out; move what matters into the running text.",
    "drawings": "Sheets with charts, pictures or text boxes: {0}. What these say was left out.",
    "formulas": "Formulas: {0}. They were left out; say in words what matters.",
    "embedded_objects": "Embedded files or objects: {0}. They were left out.",
    "external_references": "References to files elsewhere: {0}. Nothing was fetched.",
    "macros": "The file holds macros. They were neither run nor read.",
}


def fetched(relations: Mapping[str, Relation]) -> int:
    """How many of a part's relations would fetch something from outside the file."""
    return sum(relation.external and relation.kind in _FETCHED for relation in relations.values())


def problems(left_out: Counter[str]) -> Iterator[ParseProblem]:
    """What was left out, by how often, in words."""
    for code, detail in _REPORTS.items():
        if left_out[code]:
            yield ParseProblem(None, code, detail.format(left_out[code]))
