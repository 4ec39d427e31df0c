"""The title in a file's properties, unless a program put a placeholder there."""

import re
from typing import Final

from retrieval.parsing.normalise import one_line

_PLACEHOLDERS: Final = frozenset({"", "untitled", "(anonymous)", "document", "title", "unbenannt"})
_FILE_NAME = re.compile(r"^microsoft word\b|\.(docx?|odt|rtf|pdf|html?|xlsx?|indd)$", re.IGNORECASE)


def own_title(given: str | None) -> str | None:
    """The title as one line, or None where there is none."""
    title = one_line(given or "")
    return None if title.casefold() in _PLACEHOLDERS or _FILE_NAME.search(title) else title
