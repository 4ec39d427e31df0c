"""Text as everything after parsing sees it: NFC, no invisible characters, single spaces.

Invisible characters (controls, zero width, direction overrides, tags, variation selectors) are how instructions
are hidden from the human reader of a document and shown to a model; none carries meaning in a policy: all go.
"""

import re
import unicodedata

SOFT_HYPHEN = "\u00ad"
BULLETS = frozenset("•‣⁃◦▪▫■□●○◆◇►▸▶✓✔➢➤·∙\uf0b7\uf0a7\uf0d8\uf076\uf0fc")

# Typesetting ligatures: pages print them, people type the letters.
_LIGATURES = str.maketrans({"ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl", "ﬅ": "st", "ﬆ": "st"})
_SPACES = re.compile(r"\s+")
_INVISIBLE_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Cn"})
_PLAIN = re.compile(r"[\x20-\x7e§“”‘’–—•€£…]*")


def _is_invisible(character: str) -> bool:
    if "\ufe00" <= character <= "\ufe0f" or "\U000e0100" <= character <= "\U000e01ef":
        return True
    return unicodedata.category(character) in _INVISIBLE_CATEGORIES and not character.isspace()


def visible(text: str) -> str:
    """`text` in NFC without invisible characters and ligatures; white space is kept as it is."""
    if _PLAIN.fullmatch(text):
        return text
    composed = unicodedata.normalize("NFC", text.translate(_LIGATURES))
    return "".join(character for character in composed if not _is_invisible(character))


def one_line(text: str) -> str:
    """`visible(text)` with each run of white space (line breaks and no-break spaces too) as one space."""
    return _SPACES.sub(" ", visible(text)).strip()


def without_bullet(text: str) -> tuple[str, bool]:
    """`text` without a leading bullet glyph, and whether there was one."""
    if text[:1] in BULLETS and text[1:2].isspace():
        return text[1:].lstrip(), True
    return text, False
