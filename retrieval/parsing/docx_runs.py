"""The text of a Word paragraph as its reader sees it when all changes are accepted, and a count of what is left out."""

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from retrieval.parsing.docx_styles import Look, StyleSheet, is_hidden
from retrieval.parsing.office_archive import Xml, attributes, child, children, short

_WITHIN: Final = frozenset({"w:hyperlink", "w:smartTag", "w:customXml", "w:dir", "w:bdo", "w:fldSimple"})
_ADDED: Final = frozenset({"w:ins", "w:moveTo"})
_REMOVED: Final = frozenset({"w:del", "w:moveFrom"})
_FORMULAS: Final = frozenset({"m:oMath", "m:oMathPara"})
_PICTURES: Final = frozenset({"w:drawing", "w:pict", "mc:AlternateContent"})
_SPACES: Final = {"w:tab": " ", "w:br": " ", "w:cr": " ", "w:ptab": " ", "w:noBreakHyphen": "-"}
# Fields whose text another file or program supplies.
_FETCHING = re.compile(r"\s*(?:DDE|DDEAUTO|INCLUDETEXT|INCLUDEPICTURE|INCLUDE|IMPORT|LINK|RD)\b", re.IGNORECASE)
_SUPERSCRIPTS = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


@dataclass(slots=True)
class Paragraph:
    """The text of one paragraph, in the making."""

    parts: list[str] = field(default_factory=list[str])
    plain: bool = False
    notes: list[str] = field(default_factory=list[str])

    def add(self, text: str, look: Look) -> None:
        self.parts.append(text)
        emphasised = look.get("bold") == "1" or look.get("italic") == "1"
        self.plain = self.plain or (not emphasised and not text.isspace())


@dataclass(slots=True)
class TextReader:
    """Reads paragraphs one after the other; fields reach over their ends. `note` gives the texts of a foot- or endnote
    by its kind and id; `left_out` counts by what it was."""

    styles: StyleSheet
    note: Callable[[str, str], list[Xml]]
    left_out: Counter[str] = field(default_factory=Counter[str])
    _fields: list[bool] = field(default_factory=list[bool])
    _noted: int = 0

    def inline(self, element: Xml, around: Look, behind: str, into: Paragraph) -> None:
        """Read what stands within a paragraph, or within an element of one; `around` is how its runs look and
        `behind` the colour behind them."""
        for item in element:
            name = short(item)
            if name == "w:r":
                self._run(item, self.styles.run(child(item, "w:rPr"), around), behind, into)
            elif name in _WITHIN or name in _ADDED:
                self.left_out["tracked_changes"] += name in _ADDED
                self.left_out["external_references"] += bool(_FETCHING.match(attributes(item).get("instr", "")))
                self.inline(item, around, behind, into)
            elif name in _REMOVED:
                self.left_out["tracked_changes"] += 1
            elif name == "w:sdt":
                if child(item, "w:sdtPr", "w:showingPlcHdr") is None:
                    for content in children(item, "w:sdtContent"):
                        self.inline(content, around, behind, into)
            elif name in _FORMULAS:
                self.left_out["formulas"] += 1
            elif name in _PICTURES:
                self.picture(item)

    def picture(self, item: Xml) -> None:
        """Note a drawing that holds text, or parts of other formats; a plain picture has nothing to say."""
        for inner in item.iter():
            name = short(inner)
            if name == "w:t" and inner.text and inner.text.strip():
                self.left_out["text_boxes"] += 1
                return

    def _run(self, run: Xml, look: Look, behind: str, into: Paragraph) -> None:
        hidden = is_hidden(look, behind)
        for item in run:
            name = short(item)
            if name == "w:fldChar":
                self._field(attributes(item).get("fldCharType"))
            elif name == "w:instrText":
                self.left_out["external_references"] += bool(_FETCHING.match(item.text or ""))
            elif name == "w:commentReference":
                self.left_out["comments"] += 1
            elif name == "w:object":
                self.left_out["embedded_objects"] += 1
            elif name in _PICTURES:
                self.picture(item)
            elif any(self._fields):
                continue  # within a field's instructions, which are not shown
            elif name == "w:ruby":
                for base in children(item, "w:rubyBase"):
                    self.inline(base, look, behind, into)
            else:
                text = self._shown(name, item, into, hidden=hidden)
                if hidden:
                    self.left_out["hidden_text"] += bool(text.strip())
                elif text:
                    into.add(text, look)

    def _shown(self, name: str, item: Xml, into: Paragraph, *, hidden: bool) -> str:
        """The text of one piece of a run."""
        if name == "w:t":
            return item.text or ""
        if name in ("w:footnoteReference", "w:endnoteReference"):
            return self._note(name, item, into) if not hidden else ""
        if name == "w:sym":
            return _symbol(attributes(item).get("char", ""))
        return _SPACES.get(name, "")

    def _note(self, name: str, item: Xml, into: Paragraph) -> str:
        """The mark of a foot- or endnote; its text goes below the paragraph."""
        texts = self.note(name, attributes(item).get("id", ""))
        if not texts:
            return ""
        self._noted += 1
        mark = str(self._noted).translate(_SUPERSCRIPTS)
        below = Paragraph()
        for text in texts:
            look, run = self.styles.paragraph(child(text, "w:pPr"))
            self.inline(text, run, look.get("fill", "FFFFFF"), below)
            below.parts.append(" ")
        into.notes.append(f"{mark} {''.join(below.parts)}")
        into.notes.extend(below.notes)
        return mark

    def _field(self, kind: str | None) -> None:
        if kind == "begin":
            self._fields.append(True)
        elif kind == "separate" and self._fields:
            self._fields[-1] = False
        elif kind == "end" and self._fields:
            self._fields.pop()


def _symbol(code: str) -> str:
    """A character named by number; those of symbol fonts are pictures without a meaning of their own."""
    try:
        point = int(code, 16)
    except ValueError:
        return ""
    return chr(point) if 0x20 <= point < 0xD800 or 0xF900 <= point < 0x10000 else ""
