"""Addresses, links, accounts and numbers to dial in a text: what makes a harmless-looking note dangerous."""

import re
from collections.abc import Sequence
from typing import Final

from tools.provenance.limits import PROVENANCE
from tools.provenance.matching import find
from tools.provenance.scanning import Kind, Token, scan

_DOMAIN: Final = re.compile(r"(?:[a-z0-9-]+\.)+[a-z]{2,24}(?:[/:?#]\S*)?", re.IGNORECASE)
_FILE: Final = re.compile(r"\S+\.(?:docx?|xlsx?|pptx?|pdf|txt|csv|md|png|jpe?g|zip|eml|html?|json|xml)", re.IGNORECASE)
_DIALLED: Final = re.compile(r"(?<![\w-])\+?\(?[0-9](?:[ ()/.-]{0,2}[0-9]){6,33}")
_MOMENT: Final = re.compile(
    r"(?<![0-9-])(?:19|20)[0-9]{2}-[01][0-9]-[0-3][0-9](?![0-9-])|(?<![0-9:])[0-2]?[0-9]:[0-5][0-9](?![0-9:])"
)
_RUN: Final = re.compile(r"[0-9][0-9 ()/.-]*[0-9]")


def foreign_addresses(text: str, said: Sequence[Token]) -> list[str]:
    """Those in the text that are not among what the person said (her tokens)."""
    own = {token.low for token in said}
    found = [
        token.text
        for token in scan(text)
        if token.low not in own and token.kind is Kind.OPAQUE and _is_address(token.text) and not find(token.text, said)
    ]
    spoken = " ".join(token.text for token in said)
    known = {_digits(run) for run in _RUN.findall(spoken)} | {_digits(token.text) for token in said}
    for run in _DIALLED.findall(_MOMENT.sub(" ", text)):
        digits = _digits(run)
        if len(digits) >= PROVENANCE.dialable_digits and digits not in known:
            found.append(run)
    return found


def _digits(text: str) -> str:
    return re.sub(r"[^0-9]", "", text)


def _is_address(text: str) -> bool:
    if "@" in text.strip("@") or "://" in text:
        return True
    if _DOMAIN.fullmatch(text) and not _FILE.fullmatch(text):
        return True
    compact = re.sub(r"[^A-Za-z0-9]", "", text)
    return len(compact) >= 2 * PROVENANCE.dialable_digits and len(_digits(compact)) >= PROVENANCE.dialable_digits
