"""How paragraphs and runs of a Word document are set, their styles and the styles that those are based on included."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from retrieval.limits import PARSE_LIMITS
from retrieval.parsing.office_archive import Xml, attributes, child, children, value

Look = Mapping[str, str]
"""Properties by name, in Word's own units: what is not said is absent."""

_OFF: Final = frozenset({"0", "false", "off", "none"})
_WHITE: Final = "FFFFFF"
# Theme colours that are white unless a bank's theme is dark.
_PAPER: Final = frozenset({"background1", "light1", "bg1", "lt1"})
_LONGEST_CHAIN: Final = 20
_TWIPS_PER_POINT: Final = 20.0


@dataclass(slots=True)
class StyleSheet:
    """The styles of a document. A paragraph's look has "style" (the style's name, in lower case), "outline", "num",
    "level", "left", "hanging", "first", "fill"; a run's "vanish", "colour", "size", "bold", "italic", "fill"."""

    styles: Mapping[str, Xml]
    default_paragraph: str | None
    defaults: Look
    _cache: dict[str, tuple[Look, Look]] = field(default_factory=dict[str, tuple[Look, Look]])

    @classmethod
    def of(cls, root: Xml | None) -> "StyleSheet":
        styles: dict[str, Xml] = {}
        default = None
        for element in children(root, "w:style"):
            said = attributes(element)
            styles.setdefault(said.get("styleId", ""), element)
            if said.get("type") == "paragraph" and said.get("default", "0") not in _OFF:
                default = said.get("styleId")
        return cls(styles, default, run_look(child(root, "w:docDefaults", "w:rPrDefault", "w:rPr")))

    def paragraph(self, properties: Xml | None) -> tuple[Look, Look]:
        """The look of a paragraph with these properties, and of a run in it that says nothing."""
        style = value(properties, "w:pStyle") or self.default_paragraph
        paragraph, run = self._style(style)
        return {**paragraph, **paragraph_look(properties)}, {**self.defaults, **run}

    def run(self, properties: Xml | None, around: Look) -> Look:
        """The look of a run with these properties in a paragraph whose runs look like `around`."""
        if properties is None:
            return around
        named = value(properties, "w:rStyle")
        return {**around, **(self._style(named)[1] if named else {}), **run_look(properties)}

    def is_shaded(self, style: str | None) -> bool:
        """Whether a table style puts colour behind any of its cells."""
        for element in self._chain(style):
            for shading in element.iter():
                if "fill" in _fill(shading) and not _is_light(_fill(shading)["fill"]):
                    return True
        return False

    def _style(self, style: str | None) -> tuple[Look, Look]:
        if style is None:
            return {}, {}
        known = self._cache.get(style)
        if known is None:
            paragraph: dict[str, str] = {}
            run: dict[str, str] = {}
            for element in self._chain(style):
                name = value(element, "w:name")
                paragraph |= paragraph_look(child(element, "w:pPr"))
                paragraph["style"] = (name or "").casefold()
                run |= run_look(child(element, "w:rPr"))
            known = self._cache[style] = paragraph, run
        return known

    def _chain(self, style: str | None) -> list[Xml]:
        """The style and those that it is based on, the last of them first."""
        chain: list[Xml] = []
        while style is not None and style in self.styles and len(chain) < _LONGEST_CHAIN:
            chain.append(self.styles[style])
            style = value(chain[-1], "w:basedOn")
        return chain[::-1]


def paragraph_look(properties: Xml | None) -> dict[str, str]:
    """What a paragraph's own properties say."""
    said: dict[str, str] = {}
    for element in properties if properties is not None else ():
        match element.tag.rpartition("}")[2]:
            case "outlineLvl":
                said["outline"] = attributes(element).get("val", "9")
            case "numPr":
                said["num"] = value(element, "w:numId") or said.get("num", "0")
                level = value(element, "w:ilvl")
                if level is not None:
                    said["level"] = level
            case "ind":
                said |= indents(element)
            case "shd":
                said |= _fill(element)
            case _:
                pass
    return said


def indents(element: Xml | None) -> dict[str, str]:
    """What an indentation element says, in twips."""
    if element is None:
        return {}
    given = attributes(element)
    names = {"left": "left", "start": "left", "hanging": "hanging", "firstLine": "first"}
    return {names[name]: number for name, number in given.items() if name in names}


def first_line(look: Look) -> float:
    """Points that the first line stands in from the left."""
    left = _number(look.get("left")) - _number(look.get("hanging"))
    return (left + (_number(look.get("first")) if "hanging" not in look else 0.0)) / _TWIPS_PER_POINT


def run_look(properties: Xml | None) -> dict[str, str]:
    """What a run's own properties say."""
    said: dict[str, str] = {}
    for element in properties if properties is not None else ():
        given = attributes(element)
        match element.tag.rpartition("}")[2]:
            case "vanish" | "b" | "i" as name:
                plain = {"vanish": "vanish", "b": "bold", "i": "italic"}[name]
                said[plain] = "0" if given.get("val", "1") in _OFF else "1"
            case "color":
                theme = given.get("themeColor", "").casefold() in _PAPER and "themeShade" not in given
                said["colour"] = _WHITE if theme else given.get("val", "auto")
            case "sz":
                said["size"] = given.get("val", "")
            case "highlight":
                said["fill"] = _WHITE if given.get("val") in ("white", "none") else "highlight"
            case "shd":
                said |= _fill(element)
            case _:
                pass
    return said


def is_hidden(look: Look, behind: str) -> bool:
    """Whether a reader sees nothing of a run that looks like this; `behind` is the colour behind its paragraph."""
    if look.get("vanish") == "1":
        return True
    size = _number(look.get("size")) / 2
    if 0 < size < PARSE_LIMITS.min_font_points:
        return True
    colour, ground = _channels(look.get("colour", "auto")), _channels(look.get("fill", behind))
    if colour is None or ground is None:
        return False
    return max(abs(one - other) for one, other in zip(colour, ground, strict=True)) < PARSE_LIMITS.min_contrast


def fill_of(properties: Xml | None) -> str | None:
    """The colour behind a cell, or None where its properties name none."""
    return _fill(child(properties, "w:shd")).get("fill")


def _fill(element: Xml | None) -> dict[str, str]:
    if element is None or element.tag.rpartition("}")[2] != "shd":
        return {}
    given = attributes(element)
    if given.get("val") == "nil":
        return {}
    fill = given.get("color" if given.get("val") == "solid" else "fill", "auto")
    if "themeFill" in given and given["themeFill"].casefold() not in _PAPER:
        return {"fill": "theme"}
    return {} if fill == "auto" else {"fill": fill}


def _is_light(colour: str) -> bool:
    channels = _channels(colour)
    return channels is not None and min(channels) >= PARSE_LIMITS.near_white


def _channels(colour: str) -> tuple[int, int, int] | None:
    """Red, green and blue of a colour in hexadecimal; None for names and for "auto", which Word makes readable."""
    try:
        number = int(colour, 16) if len(colour) == 6 else None
    except ValueError:
        return None
    return None if number is None else (number >> 16, number >> 8 & 255, number & 255)


def _number(given: str | None) -> float:
    try:
        return min(max(float(given or 0), -20_000.0), 20_000.0)
    except ValueError:
        return 0.0
