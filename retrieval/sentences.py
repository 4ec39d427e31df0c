"""Sentences of policy and legal text, as character spans.

One splitter serves chunking (no passage cuts a sentence), the extractive writer (it quotes sentences) and the
claim checks (a quote is compared with sentences), so that all three mean the same thing by the word.

A line break always ends a sentence: parsing puts each paragraph, list item and table row on a line of its own.
A table's row is one sentence. Within other lines, ". ! ?" end one unless what stands before is an abbreviation, an
initial or an enumerator, or what follows goes on in lower case; items of a list within one line part at "; (2)" and
before bullets.
"""

import re
from collections.abc import Iterator

_CLOSERS = "\"'”’»)]"
_OPENERS = "\"'“‘«(["

# Between the cells of a table's row; a row is one sentence.
_CELL_BORDER = " | "
_LONGEST_ENUMERATOR = 24
_LOOK_BACK = 400

# From the first of several stops and without going back: linear in a line of nothing but dots.
_STOP = re.compile(rf"(?<![.!?…])[.!?…]++[{re.escape(_CLOSERS)}]*+(?=\s)")
_ITEM = re.compile(r";(?:\s+(?:and|or|and/or))?(?=\s+\((?:[a-z]{1,4}|[A-Z]{1,2}|\d{1,2})\)\s)")
_BULLET = re.compile(r"(?<=\S)(?=\s+[•‣▪●◦]\s)")
_ENUMERATOR = re.compile(r"(?:\(?(?:\d{1,3}|[A-Za-z]|[ivxlcIVXLC]{1,6})[.)]\s*)+|\d{1,3}(?:\.\d{1,3})+\.?")
_MARKER_AHEAD = re.compile(r"\((?:[a-z]{1,4}|[A-Z]{1,2}|\d{1,2})\)\s")
_LAST_WORD = re.compile(r"[^\s(\[“\"‘']*$")
_FIRST_WORD = re.compile(r"[^\W\d_]+")


def _words(table: str) -> frozenset[str]:
    return frozenset(table.split())


# Go on when a number follows ("No. 7", "Sec. 5"), else the word itself has ended a sentence ("The answer is no.").
_BEFORE_NUMBERS = _words("no nos sec secs sect art arts para paras par p pp fig figs ch chs vol max min ref tel ext")
# Never end a sentence: something belonging to them always follows.
_LEADING = _words(
    "e.g i.e cf viz approx vs v mr mrs ms dr prof st rev hon pub l stat fed reg regs app supp cl avg incl excl "
    "resp jan feb mar apr jun jul aug sep sept oct nov dec c.f.r u.s.c cfr"
)
# May end a sentence; then a word that opens sentences follows.
_TRAILING = _words("etc inc co corp ltd plc llc al seq u.s u.k e.u d.c a.m p.m est bros dept n.a s.a ph.d")
_SENTENCE_STARTERS = _words(
    "The A An This That These Those If In On At It Its For From When Where While However Any All Each No Such "
    "They He She We You Our Your As After Before Unless Except Because Under See To Do Not Nothing Every Only Once"
)


def sentences(text: str) -> list[tuple[int, int]]:
    """Half-open spans of the sentences of `text`, in order, without surrounding white space.

    Together the spans hold every character that is not white space; none overlaps or is empty.
    """
    spans: list[tuple[int, int]] = []
    offset = 0
    for line in text.split("\n"):
        spans.extend((offset + start, offset + end) for start, end in _line_sentences(line))
        offset += len(line) + 1
    return spans


def _line_sentences(line: str) -> Iterator[tuple[int, int]]:
    start = _skip_space(line, 0)
    for cut in () if _CELL_BORDER in line else _cuts(line):
        if cut <= start or not _ends_sentence(line, start, cut):
            continue
        yield start, cut
        start = _skip_space(line, cut)
    end = len(line.rstrip())
    if start < end:
        yield start, end


def _skip_space(line: str, position: int) -> int:
    while position < len(line) and line[position].isspace():
        position += 1
    return position


def _cuts(line: str) -> list[int]:
    """Positions after which a sentence may end, in order."""
    found = {match.end() for pattern in (_STOP, _ITEM) for match in pattern.finditer(line)}
    found.update(match.start() for match in _BULLET.finditer(line))
    return sorted(found)


def _ends_sentence(line: str, start: int, cut: int) -> bool:
    if cut - start <= _LONGEST_ENUMERATOR and _ENUMERATOR.fullmatch(line, start, cut):
        return False
    # Only the end of a long sentence is looked at: the time stays linear in the text, whatever it holds.
    head = line[max(start, cut - _LOOK_BACK) : cut]
    bracketed = line[start] in "(["
    stop = head.rstrip(_CLOSERS)
    if not stop.endswith((".", "!", "?", "…")):
        return bracketed or _outside_brackets(head)
    following = _skip_space(line, cut)
    if not _opens_sentence(line, following):
        return False
    if stop.endswith(".") and len(stop) == len(head) and not _word_may_end(stop, line[following : following + 40]):
        return False
    return bracketed or _outside_brackets(head)


def _opens_sentence(line: str, position: int) -> bool:
    """Whether a sentence can begin here: not in lower case, unless with a marker such as "(ii)"."""
    if position >= len(line):
        return True
    if _MARKER_AHEAD.match(line, position):
        return True
    while position < len(line) and line[position] in _OPENERS:
        position += 1
    return position < len(line) and not line[position].islower() and line[position] not in ",;:)]"


def _word_may_end(stop: str, following: str) -> bool:
    """Whether the word before the full stop can end a sentence in front of `following`."""
    found = _LAST_WORD.search(stop[-30:-1])
    word = found.group() if found else ""
    if len(word) == 1 and word.isupper():  # an initial: "J. Smith", "Pub. L. 111"
        return False
    lowered = word.lower()
    if lowered in _LEADING or (lowered in _BEFORE_NUMBERS and following[:1].isdigit()):
        return False
    if lowered in _TRAILING:
        opener = _FIRST_WORD.match(following.lstrip(_OPENERS))
        return opener is None or opener.group() in _SENTENCE_STARTERS
    return True


def _outside_brackets(head: str) -> bool:
    """Whether `head` leaves no bracket open. One further back than `_LOOK_BACK` is a typing error, not waited for;
    a sentence that begins with a bracket closes with its own stop."""
    depth = 0
    for character in head:
        if character in "([":
            depth += 1
        elif character in ")]" and depth:
            depth -= 1
    return depth == 0
