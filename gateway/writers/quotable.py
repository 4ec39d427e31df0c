"""What can be quoted from a source: sentences, sentences with the list they introduce, and rows of tables.

Every candidate is contiguous text of one source. What stands around it and is not quoted (its heading, a caption,
the table's header, the sentence before) is kept as context, since it often holds the words of the question.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from gateway.limits import WRITING
from gateway.writers.ports import SourceText

Split = Callable[[str], list[tuple[int, int]]]
"""Text to the half-open spans of its sentences, in order; a line break always ends one."""

_ENUMERATOR = r"\([A-Za-z0-9]{1,5}\)|[•‣▪●◦*–-]|\d{1,3}(?:\.\d{1,3})*[.)]?|[A-Z]\.\d{1,2}|[ivx]{1,5}[.)]|[A-Za-z][.)]"
_MARKER = re.compile(rf"\s*(?:(?:{_ENUMERATOR})\s+)+")
_ITEM = re.compile(r"\s*(?:\([A-Za-z0-9]{1,5}\)|[•‣▪●◦*–-]|\d{1,3}[.)]|[ivx]{1,5}[.)]|[A-Za-z][.)])\s")
_ANNOUNCES = re.compile(r"\b(?:following|below|these|table)\b", re.IGNORECASE)
_CAPTION_WORDS = 9
_FINITE = re.compile(
    r"\b(?:is|are|was|were|be|been|has|have|had|do|does|may|must|shall|should|will|can|cannot|could|would|need|needs)\b",
    re.IGNORECASE,
)
_HERE = r"(?! (?:part|section|subpart|chapter|regulation|appendix|paragraph|circular|policy|document|checklist)\b)"
_DANGLING = re.compile(
    rf"(?:(?:this|these|those|such){_HERE}|it|its|they|their|he|she|however|otherwise|also|in addition|additionally|"
    r"similarly|likewise|nevertheless|conversely|thus|therefore|accordingly|alternatively|the same|that)\b|"
    r"(?:\w+ ){1,4}(?:that|such|this) (?:time|case|period|event|situation|date|amount|day)\b|if (?:so|not|it|they)\b",
    re.IGNORECASE,
)


class Kind(StrEnum):
    """What a candidate is."""

    SENTENCE = "sentence"
    LIST = "list"
    ITEM = "item"
    ROW = "row"
    FRAGMENT = "fragment"


@dataclass(frozen=True, slots=True)
class Candidate:
    """`text` is `source.text[start:end]`."""

    source: SourceText
    start: int
    end: int
    kind: Kind
    context: str
    """Words that belong to it without being quoted."""
    dangling: bool = False
    """It refers back to something that is not quoted."""

    @property
    def text(self) -> str:
        return self.source.text[self.start : self.end]


@dataclass(frozen=True, slots=True)
class _Sentence:
    start: int
    end: int
    text: str
    first_of_line: bool


def candidates(source: SourceText, split: Split) -> list[Candidate]:
    """All that can be quoted from a source, in its order."""
    found: list[Candidate] = []
    sentences = _sentences(source.text, split)
    caption = header = ""
    for index, sentence in enumerate(sentences):
        if _is_row(sentence.text):
            if not header:
                header = sentence.text
            else:
                found.append(_candidate(source, sentence, Kind.ROW, header))
            continue
        header = ""
        if _is_caption(sentence, sentences[index + 1 : index + 2]):
            caption = sentence.text
            continue
        if sentence.first_of_line and index and not _is_caption(sentences[index - 1], [sentence]):
            caption = ""
        found.extend(_of_sentence(source, sentences, index, caption))
    return [candidate for candidate in found if 0 < candidate.end - candidate.start <= WRITING.claim_characters]


def _of_sentence(source: SourceText, sentences: list[_Sentence], index: int, caption: str) -> list[Candidate]:
    sentence = sentences[index]
    if _leads_in(sentences, index):
        whole = _with_list(source, sentences, index, caption)
        return [whole] if whole else [_candidate(source, sentence, Kind.FRAGMENT, caption)]
    if _ITEM.match(sentence.text) and not _is_sentence(sentence.text):
        return [_candidate(source, sentence, Kind.ITEM, f"{caption} {_lead_in(sentences, index)}")]
    if not _is_sentence(sentence.text):
        return [_candidate(source, sentence, Kind.FRAGMENT, caption)]
    start = sentence.start + _marker_length(sentence.text)
    dangling = _DANGLING.match(source.text, start) is not None
    alone = Candidate(source, start, sentence.end, Kind.SENTENCE, caption, dangling)
    if not dangling or not index or sentence.first_of_line:
        return [alone]
    before = sentences[index - 1]
    begin = before.start + _marker_length(before.text)
    return [alone, Candidate(source, begin, sentence.end, Kind.SENTENCE, caption)]


def _leads_in(sentences: list[_Sentence], index: int) -> bool:
    """It ends in a colon or a dash, or announces the table that follows."""
    text = sentences[index].text.rstrip()
    if text.endswith((":", ":—", "—")):
        return True
    rows_follow = index + 1 < len(sentences) and _is_row(sentences[index + 1].text)
    return rows_follow and _ANNOUNCES.search(text) is not None


def _with_list(source: SourceText, sentences: list[_Sentence], index: int, caption: str) -> Candidate | None:
    """The lead-in with as many of its items as fit; None when not even one does."""
    lead = sentences[index]
    start = lead.start + _marker_length(lead.text)
    end = lead.end
    for item in sentences[index + 1 :]:
        is_item = _ITEM.match(item.text) is not None or _is_row(item.text) or not item.first_of_line
        if not is_item or item.end - start > WRITING.claim_characters:
            break
        end = item.end
    return None if end == lead.end else Candidate(source, start, end, Kind.LIST, caption)


def _lead_in(sentences: list[_Sentence], index: int) -> str:
    for sentence in reversed(sentences[:index]):
        if sentence.text.rstrip().endswith((":", "—")):
            return sentence.text
        if not _ITEM.match(sentence.text):
            return ""
    return ""


def _sentences(text: str, split: Split) -> list[_Sentence]:
    return [
        _Sentence(start, end, text[start:end], "\n" in text[previous:start] or start == 0 or not previous)
        for (start, end), previous in _with_previous(split(text))
    ]


def _with_previous(spans: list[tuple[int, int]]) -> list[tuple[tuple[int, int], int]]:
    ends = [0, *(end for _, end in spans)]
    return list(zip(spans, ends, strict=False))


def _candidate(source: SourceText, sentence: _Sentence, kind: Kind, context: str) -> Candidate:
    start = sentence.start + (_marker_length(sentence.text) if kind is Kind.ITEM else 0)
    return Candidate(source, start, sentence.end, kind, context)


def _marker_length(text: str) -> int:
    found = _MARKER.match(text)
    return found.end() if found and found.end() < len(text) else 0


def _is_row(text: str) -> bool:
    return text.count(" | ") >= 1


def _is_sentence(text: str) -> bool:
    body = text.rstrip("\"'”’)] ")
    if not body.endswith((".", "!", "?", ";")):
        return False
    return _FINITE.search(text) is not None or (len(text.split()) > _CAPTION_WORDS and not body.endswith(";"))


def _is_caption(sentence: _Sentence, following: list[_Sentence]) -> bool:
    """A run-in heading: "(2) New accounts." before the sentence that it names."""
    words = sentence.text[_marker_length(sentence.text) :].split()
    if not sentence.first_of_line or len(words) > _CAPTION_WORDS or _FINITE.search(sentence.text):
        return False
    return bool(following) and not following[0].first_of_line
