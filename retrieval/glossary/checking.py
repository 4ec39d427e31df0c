"""What may stand in the glossary: each refusal says what to change."""

import re
from collections.abc import Callable, Sequence
from typing import Final

from core.errors import Unprocessable
from retrieval.glossary.limits import GLOSSARY_LIMITS
from retrieval.glossary.models import Draft
from retrieval.glossary.words import is_everyday, short_key, squeezed
from retrieval.terms import STOP_WORDS

_OUT_OF_PLACE: Final = re.compile(r"[^\w &/().,'’+%§‐-]|_")


def checked(draft: Draft, is_suspicious: Callable[[str], bool]) -> Draft:
    """The draft with its blanks in order and its case decided. Raises `Unprocessable`.

    `is_suspicious`: whether a text reads like orders to the assistant. What an entry means is put beside questions.
    """
    term = _phrase(draft.term, "term", GLOSSARY_LIMITS.term_chars)
    meanings = tuple(dict.fromkeys(_phrase(each, "meaning", GLOSSARY_LIMITS.meaning_chars) for each in draft.meanings))
    _check_term(term)
    _check_meanings(term, meanings)
    note = " ".join((draft.note or "").split()) or None
    if note is not None and (len(note) > GLOSSARY_LIMITS.note_chars or not note.isprintable()):
        raise Unprocessable(f"The note may have at most {GLOSSARY_LIMITS.note_chars} printable characters.")
    if any(is_suspicious(text) for text in (term, *meanings, note or "")):
        raise Unprocessable("This reads like instructions to the assistant. Enter a term and what it stands for.")
    return Draft(term, meanings, bool(draft.capitals_only) or is_everyday(term), note, draft.replaces)


def _phrase(text: str, what: str, most: int) -> str:
    text = " ".join(text.split())
    if not text:
        raise Unprocessable(f"The {what} is empty.")
    if len(text) > most:
        raise Unprocessable(f"A {what} may have at most {most} characters. Shorten it.")
    if wrong := _OUT_OF_PLACE.search(text):
        character = wrong.group() if wrong.group().isprintable() else f"U+{ord(wrong.group()):04X}"
        raise Unprocessable(
            f"The {what} has a character that does not belong there: {character} "
            "(letters, figures, blanks and & / ( ) . , ' + % § - may be used)."
        )
    if not 1 <= len(short_key(text)) <= GLOSSARY_LIMITS.words:
        raise Unprocessable(f"A {what} has one to {GLOSSARY_LIMITS.words} words.")
    return text


def _check_term(term: str) -> None:
    if len(squeezed(term)) < 2:
        raise Unprocessable("The term needs at least two letters or figures.")
    if all(word in STOP_WORDS for word in short_key(term)) and term != term.upper():
        raise Unprocessable(f"“{term}” stands in every other question. Enter a term of its own.")
    if is_everyday(term) and term == term.lower():
        raise Unprocessable(
            f"In small letters “{term}” is an ordinary word, and questions with it would be searched for something "
            "else. Enter it in capitals, or with a second word."
        )


def _check_meanings(term: str, meanings: Sequence[str]) -> None:
    if not meanings:
        raise Unprocessable("Say what the term stands for.")
    if len(meanings) > GLOSSARY_LIMITS.meanings:
        raise Unprocessable(f"Name at most {GLOSSARY_LIMITS.meanings} meanings.")
    if any(short_key(meaning) == short_key(term) for meaning in meanings):
        raise Unprocessable("A meaning says the same as the term. Write it out.")
