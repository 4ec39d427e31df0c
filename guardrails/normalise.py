"""Text as the guards see it: one Unicode form, nothing invisible, plain whitespace.

`normalise` gives the text that is stored, searched and shown. `fold` goes further (look-alike letters, accents,
case) and is for detection only: it may change meaning and must never be shown or searched.
"""

import re
import unicodedata
from typing import Final

# Zero-width and joiner characters, soft hyphen, bidirectional controls, tag characters, variation selectors:
# all invisible, and all used to split trigger words or to hide text from a reader.
_INVISIBLE: Final = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f"
    "\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb\U000e0000-\U000e0fff]"
)
_CONTROL: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_BLANKS: Final = re.compile(r"[^\S\n]+")
_BLANK_LINES: Final = re.compile(r"\s*\n\s*\n\s*")
_DASHES: Final = str.maketrans({"‐": "-", "‑": "-", "‒": "-", "−": "-"})

# Letters of other scripts that look like Latin ones (the common part of Unicode's confusables).
_LOOKALIKES: Final = str.maketrans(
    "аеорсухіјѕԁһкмтвнгпԛԝѵɑɡıοαενικρτυχϲβηωАВЕКМНОРСТУХІЈЅΑΒΕΖΗΙΚΜΝΟΡΤΥΧ",
    "aeopcyxijsdhkmtbhrnqwvagioaevikptuxcbnwabekmhopctyxijsabezhikmnoptyx",
)
# Letters drawn in boxes or flags, and small capitals, which NFKC leaves as they are.
_DRAWN: Final = str.maketrans(
    {
        **{first + n: chr(ord("a") + n) for first in (0x1F130, 0x1F150, 0x1F170, 0x1F1E6) for n in range(26)},
        **dict(zip(map(ord, "ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘʀꜱᴛᴜᴠᴡʏᴢ"), "abcdefghijklmnoprstuvwyz", strict=True)),
    }
)
_OTHER_SCRIPT: Final = re.compile("[\u0370-\u03ff\u0400-\u052f\u0251\u0261\u0131]")
_LATIN: Final = re.compile("[A-Za-z]")
_WORD: Final = re.compile(r"\w+")
_QUOTES: Final = str.maketrans({"‘": "'", "’": "'", "‚": "'", "“": '"', "”": '"', "„": '"', "«": '"', "»": '"'})


def normalise(text: str) -> str:
    """NFKC without invisible and control characters; runs of blanks become one, at most one empty line stays."""
    text = unicodedata.normalize("NFKC", text.replace("\r\n", "\n").replace("\r", "\n"))
    text = _CONTROL.sub(" ", _INVISIBLE.sub("", text)).translate(_DASHES)
    text = _BLANKS.sub(" ", text)
    return _BLANK_LINES.sub("\n\n", text).strip()


def hidden_characters(text: str) -> int:
    """How many invisible characters the text carries: more than a few are a sign of hiding."""
    return len(_INVISIBLE.findall(text))


def hidden_text(text: str) -> str:
    """What is spelt in tag characters, which no screen shows: an invisible copy of ASCII."""
    return "".join(chr(ord(c) - 0xE0000) for c in text if 0xE0020 <= ord(c) <= 0xE007E)


def fold(text: str) -> str:
    """Lower case, Latin look-alikes as Latin, accents dropped, straight quotes. For detection only.

    A word is read as Latin where scripts are mixed in it, or where it could be Latin as a whole and stands among
    Latin ones; a Russian or Greek sentence stays one.
    """
    text = text.translate(_QUOTES).translate(_DRAWN)
    if _OTHER_SCRIPT.search(text):
        among_latin = len(_LATIN.findall(text)) > len(_OTHER_SCRIPT.findall(text))
        text = _WORD.sub(lambda word: _as_latin(word.group(), among_latin=among_latin), text)
    return "".join(c for c in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(c))


def _as_latin(word: str, *, among_latin: bool) -> str:
    if not _OTHER_SCRIPT.search(word):
        return word
    latin = word.translate(_LOOKALIKES)
    is_mixed = _LATIN.search(word) is not None
    return latin if is_mixed or (among_latin and not _OTHER_SCRIPT.search(latin)) else word


def squeeze(text: str) -> str:
    """The form in which quotes are compared: NFKC, straight quotes, plain dashes, single blanks, case kept."""
    text = _INVISIBLE.sub("", unicodedata.normalize("NFKC", text)).translate(_QUOTES).translate(_DASHES)
    return " ".join(text.replace("–", "-").replace("—", "-").split())
