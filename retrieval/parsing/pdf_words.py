"""The words of a PDF page with their places, in the order in which the file draws them.

PDFium is asked once per word and once per text object, not once per character: a page of 500 words takes 5 ms
instead of 25.
"""

import ctypes
import math
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from retrieval.limits import PARSE_LIMITS
from retrieval.parsing.normalise import SOFT_HYPHEN, visible
from retrieval.parsing.pdfium import RAW

# How PDFium hands over a hyphen at the end of a line; the next line's word follows without a space.
_LINE_END_HYPHENS = f"\x02\ufffe{SOFT_HYPHEN}"
_WORD = re.compile(rf"[^\s{_LINE_END_HYPHENS}]+[{_LINE_END_HYPHENS}]*")
_BOLD = re.compile(r"bold|black|heavy|semibold|demi", re.IGNORECASE)
_ITALIC = re.compile(r"italic|oblique", re.IGNORECASE)
_ITALIC_FLAG = 1 << 6


@dataclass(frozen=True, slots=True)
class Style:
    """How a text object is set. `size` is in points after scaling; `light` says its fill is almost white."""

    size: float
    bold: bool
    italic: bool
    upright: bool
    light: bool
    transparent: bool


@dataclass(frozen=True, slots=True)
class Word:
    """A word on the page as displayed: points, origin top left. `hyphenated`: it goes on in the next line."""

    text: str
    x0: float
    y0: float
    x1: float
    y1: float
    baseline: float
    style: Style
    hyphenated: bool = False


@dataclass(frozen=True, slots=True)
class PageFrame:
    """The visible part of a page in PDF coordinates, and its rotation in quarter turns clockwise."""

    left: float
    bottom: float
    right: float
    top: float
    turns: int

    @property
    def width(self) -> float:
        return self.right - self.left if self.turns % 2 == 0 else self.top - self.bottom

    @property
    def height(self) -> float:
        return self.top - self.bottom if self.turns % 2 == 0 else self.right - self.left

    def shown(self, x: float, y: float) -> tuple[float, float]:
        """Where the point of PDF coordinates is displayed, from the top left."""
        match self.turns:
            case 1:
                return y - self.bottom, x - self.left
            case 2:
                return self.right - x, y - self.bottom
            case 3:
                return self.top - y, self.right - x
            case _:
                return x - self.left, self.top - y


def frame_of(page: Any) -> PageFrame:
    """The frame of an open `pypdfium2.PdfPage`."""
    left, bottom, right, top = page.get_bbox()
    return PageFrame(left, bottom, right, top, page.get_rotation() // 90 % 4)


class WordReader:
    """Reads the words of one open text page; made anew for each page, used under the PDFium lock."""

    def __init__(self, textpage: Any, frame: PageFrame) -> None:
        self._textpage = textpage.raw
        self._frame = frame
        self._styles: dict[int, Style] = {}
        self._heights: dict[float, float] = {}
        self._rectangle = RAW.FS_RECTF()
        self._rectangle_ref = ctypes.byref(self._rectangle)
        self._x, self._y = ctypes.c_double(), ctypes.c_double()
        self._origin_refs = ctypes.byref(self._x), ctypes.byref(self._y)

    def count(self) -> int:
        """The number of characters on the page, spaces and line ends that PDFium adds included."""
        return max(0, int(RAW.FPDFText_CountChars(self._textpage)))

    def words(self) -> Iterator[Word]:
        text = self._text()
        for match in _WORD.finditer(text):
            word = self._word(match.group(), match.start(), match.end())
            if word is not None:
                yield word

    def _text(self) -> str:
        count = self.count()
        buffer = (ctypes.c_ushort * (count + 1))()
        written = int(RAW.FPDFText_GetText(self._textpage, 0, count, buffer))
        units = bytes(buffer)[: 2 * count]
        text = units.decode("utf-16-le", "replace") if written == count + 1 else ""
        if len(text) == count and "\ufffd" not in text:
            return text
        # Outside the basic plane one character takes two units and offsets would shift: ask one by one.
        code_points = (int(RAW.FPDFText_GetUnicode(self._textpage, index)) for index in range(count))
        return "".join(chr(point) if point < 0x110000 and point else "\x01" for point in code_points)

    def _word(self, raw: str, start: int, end: int) -> Word | None:
        hyphenated = raw[-1] in _LINE_END_HYPHENS
        text = visible(raw.rstrip(_LINE_END_HYPHENS)) if hyphenated else visible(raw)
        if not text:
            return None
        x0, y0, x1, y1 = self._box(start, end - 1)
        RAW.FPDFText_GetCharOrigin(self._textpage, start, *self._origin_refs)
        baseline = self._frame.shown(self._x.value, self._y.value)[1]
        # The same words recur, and those of one line stand at one height: kept once, a long document takes half the
        # memory.
        y0, y1, baseline = (self._heights.setdefault(height, height) for height in (y0, y1, baseline))
        return Word(sys.intern(text), x0, y0, x1, y1, baseline, self._style(start), hyphenated)

    def _box(self, first: int, last: int) -> tuple[float, float, float, float]:
        box = self._rectangle
        RAW.FPDFText_GetLooseCharBox(self._textpage, first, self._rectangle_ref)
        left, bottom, right, top = box.left, box.bottom, box.right, box.top
        if last != first:
            RAW.FPDFText_GetLooseCharBox(self._textpage, last, self._rectangle_ref)
            left, bottom = min(left, box.left), min(bottom, box.bottom)
            right, top = max(right, box.right), max(top, box.top)
        ax, ay = self._frame.shown(left, top)
        bx, by = self._frame.shown(right, bottom)
        return min(ax, bx), min(ay, by), max(ax, bx), max(ay, by)

    def _style(self, index: int) -> Style:
        drawn = RAW.FPDFText_GetTextObject(self._textpage, index)
        address = ctypes.addressof(drawn.contents) if drawn else 0
        known = self._styles.get(address)
        if known is None:
            known = self._styles[address] = self._read_style(index, drawn)
        return known

    def _read_style(self, index: int, drawn: Any) -> Style:
        matrix = RAW.FS_MATRIX()
        RAW.FPDFText_GetMatrix(self._textpage, index, ctypes.byref(matrix))
        scale = math.hypot(matrix.c, matrix.d) or 1.0
        origin, ahead = self._frame.shown(0, 0), self._frame.shown(matrix.a, matrix.b)
        along, across = ahead[0] - origin[0], ahead[1] - origin[1]
        name = ctypes.create_string_buffer(128)
        flags = ctypes.c_int()
        RAW.FPDFText_GetFontInfo(self._textpage, index, name, len(name), ctypes.byref(flags))
        font = name.value.decode("utf-8", "replace")
        channels = [ctypes.c_uint() for _ in range(4)]
        RAW.FPDFText_GetFillColor(self._textpage, index, *(ctypes.byref(channel) for channel in channels))
        mode = int(RAW.FPDFTextObj_GetTextRenderMode(drawn)) if drawn else 0
        return Style(
            size=round(float(RAW.FPDFText_GetFontSize(self._textpage, index)) * scale, 2),
            bold=bool(_BOLD.search(font)),
            italic=bool(flags.value & _ITALIC_FLAG) or bool(_ITALIC.search(font)),
            upright=along > 0 and abs(across) < 0.05 * along,
            light=min(channel.value for channel in channels[:3]) >= PARSE_LIMITS.near_white,
            transparent=channels[3].value == 0 or mode == int(RAW.FPDF_TEXTRENDERMODE_INVISIBLE),
        )
