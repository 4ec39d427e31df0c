"""The starter glossary that comes with the product."""

from functools import cache
from pathlib import Path
from typing import Any, Final
from uuid import NAMESPACE_URL, UUID, uuid5

import yaml

from retrieval.glossary.models import Term, TermOrigin

FILE: Final = Path(__file__).with_name("built_in.yaml")
_NAMESPACE: Final = uuid5(NAMESPACE_URL, "countersign:glossary")


@cache
def built_in() -> tuple[Term, ...]:
    """Our entries in the order of the file. An entry's id is a function of its term, so it is the same everywhere."""
    rows: list[dict[str, Any]] = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    return tuple(
        Term(
            id=built_in_id(row["term"]),
            term=row["term"],
            meanings=tuple(row["means"]),
            capitals_only=row.get("capitals_only", False),
            origin=TermOrigin.BUILT_IN,
        )
        for row in rows
    )


def built_in_id(term: str) -> UUID:
    """The id of our entry for this term."""
    return uuid5(_NAMESPACE, term)
