"""How a workbook's cells are set: their number format, whether they are bold, whether anybody can see them."""

from dataclasses import dataclass
from typing import Final

from retrieval.limits import PARSE_LIMITS
from retrieval.parsing.number_formats import BUILT_IN
from retrieval.parsing.office_archive import Xml, attributes, child, children

_PAPER: Final = "FFFFFF"
# Places in the theme's list that hold its paper colours, in the order in which files name them.
_PAPER_THEMES: Final = frozenset({"0", "2"})


@dataclass(frozen=True, slots=True)
class CellLook:
    """How the cells of one style look; `code` is their number format."""

    code: str
    bold: bool
    hidden: bool


PLAIN: Final = CellLook("General", bold=False, hidden=False)


def cell_looks(root: Xml | None) -> list[CellLook]:
    """The looks that cells name by place."""
    formats = {
        attributes(item).get("numFmtId", ""): attributes(item).get("formatCode", "General")
        for item in children(child(root, "x:numFmts"), "x:numFmt")
    }
    fonts = list(children(child(root, "x:fonts"), "x:font"))
    fills = list(children(child(root, "x:fills"), "x:fill"))
    looks: list[CellLook] = []
    for item in children(child(root, "x:cellXfs"), "x:xf"):
        said = attributes(item)
        number = said.get("numFmtId", "0")
        code = formats.get(number) or BUILT_IN.get(int(number) if number.isdecimal() and len(number) < 6 else 0)
        font, fill = _at(fonts, said.get("fontId")), _at(fills, said.get("fillId"))
        bold = child(font, "x:b")
        is_bold = bold is not None and attributes(bold).get("val", "1") not in ("0", "false")
        looks.append(CellLook(code or "General", is_bold, _is_hidden(font, fill)))
    return looks


def _at(items: list[Xml], index: str | None) -> Xml | None:
    place = int(index) if index is not None and index.isdecimal() and len(index) < 7 else -1
    return items[place] if 0 <= place < len(items) else None


def _is_hidden(font: Xml | None, fill: Xml | None) -> bool:
    size = child(font, "x:sz")
    points = "" if size is None else attributes(size).get("val", "")
    if points.replace(".", "", 1).isdecimal() and float(points) < PARSE_LIMITS.min_font_points:
        return True
    colour, behind = _colour(child(font, "x:color")), _behind(fill)
    if colour is None or behind is None:
        return False
    pairs = zip(bytes.fromhex(colour), bytes.fromhex(behind), strict=True)
    return max(abs(one - other) for one, other in pairs) < PARSE_LIMITS.min_contrast


def _behind(fill: Xml | None) -> str | None:
    """The colour behind a cell; None where it cannot be told."""
    pattern = child(fill, "x:patternFill")
    if pattern is None:
        return _PAPER if fill is None or len(fill) == 0 else None
    kind = attributes(pattern).get("patternType", "none")
    if kind == "none":
        return _PAPER
    return _colour(child(pattern, "x:fgColor")) if kind == "solid" else None


def _colour(element: Xml | None) -> str | None:
    """Six hexadecimal figures, or None where the colour is not given as such."""
    said = attributes(element) if element is not None else {}
    if said.get("theme") in _PAPER_THEMES and "tint" not in said:
        return _PAPER if said["theme"] == "0" else None
    given = said.get("rgb", "")[-6:]
    try:
        return given if len(bytes.fromhex(given)) == 3 else None
    except ValueError:
        return None
