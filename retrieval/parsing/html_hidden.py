"""What of an HTML page its reader does not see, by the page's own styles: instructions to a model hide there.

A small cascade over style elements and attributes: display, visibility, opacity, size, colour on colour, and boxes
moved off the page or shrunk to nothing. Selectors are names, classes and ids, one within another; what needs more than
that (pseudo-classes, attributes, sheets from elsewhere, scripts) is not judged, and its text is kept.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from retrieval.limits import PARSE_LIMITS
from retrieval.parsing.html_tree import Element

_MOST_RULES: Final = 5_000
_COMMENT = re.compile(r"/\*.*?(?:\*/|\Z)", re.DOTALL)
_COMPOUND = re.compile(r"(?P<tag>[a-zA-Z][\w-]*|\*)?(?P<more>(?:[.#][\w-]+)*)")
_NAMED_PART = re.compile(r"([.#])([\w-]+)")
_HEX = re.compile(r"#([0-9a-f]{3,8})")
_RGB = re.compile(r"rgba?\(\s*(\d{1,3})[\s,]+(\d{1,3})[\s,]+(\d{1,3})(?:[\s,/]+([\d.]{1,6}%?))?\s*\)")
_LENGTH = re.compile(r"(-?\d{0,7}\.?\d{1,6})\s*(px|pt|em|rem|cm|mm|in|vw|vh|%)?")
_POINTS: Final = {"px": 0.75, "pt": 1.0, "em": 12.0, "rem": 12.0, "cm": 28.35, "mm": 2.83, "in": 72.0}
_NOWHERE = re.compile(r"rect\(\s*(?:0|1px)[\s,]|inset\(\s*(?:50|100)%|circle\(\s*0|scale\(\s*0\s*[,)]")
_FAR: Final = 500.0
_NAMED_COLOURS: Final = {
    "white": (255, 255, 255),
    "snow": (255, 250, 250),
    "ivory": (255, 255, 240),
    "black": (0, 0, 0),
}
PAPER: Final = (255, 255, 255)
_JUDGED: Final = frozenset(
    {"display", "visibility", "opacity", "font-size", "color", "background", "background-color", "left", "top"}
    | {"right", "text-indent", "margin-left", "clip", "clip-path", "transform", "height", "max-height", "width"}
    | {"max-width", "overflow", "overflow-x", "overflow-y", "content-visibility"}
)

Style = Mapping[str, str]
Colour = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class _Compound:
    """One simple selector: "p.note#x"."""

    tag: str
    classes: frozenset[str]
    ids: frozenset[str]

    def fits(self, element: Element) -> bool:
        if self.tag not in ("", "*", element.tag):
            return False
        classes = (element.get("class") or "").split() if self.classes else ()
        return self.classes.issubset(classes) and self.ids <= {element.get("id") or ""}


@dataclass(frozen=True, slots=True)
class _Rule:
    """A selector, outermost first, with its weight in the cascade and what it declares."""

    selector: tuple[_Compound, ...]
    weight: tuple[int, int, int, int]
    style: Style


@dataclass(slots=True)
class PageStyles:
    """The judged styles of a page; rules by the id, class or name that their last selector must have."""

    rules: dict[str, list[_Rule]] = field(default_factory=lambda: defaultdict[str, list[_Rule]](list))

    @classmethod
    def of(cls, root: Element) -> "PageStyles":
        styles = cls()
        text = "\n".join("".join(element.itertext()) for element in root.iter("style"))
        for order, (selector, style) in enumerate(_declared(_COMMENT.sub(" ", text))):
            if order >= _MOST_RULES:
                break
            for part in selector.split(","):
                rule = _rule(part, style, order)
                if rule is not None:
                    styles.rules[_key(rule.selector[-1])].append(rule)
        return styles

    def style(self, element: Element) -> Style:
        """The declarations that count for an element."""
        keys = [
            "",
            element.tag,
            f"#{element.get('id')}",
            *(f".{name}" for name in (element.get("class") or "").split()),
        ]
        fitting = [rule for key in keys for rule in self.rules.get(key, ()) if _fits(rule.selector, element)]
        found: dict[str, str] = {}
        for rule in sorted(fitting, key=lambda rule: rule.weight):
            found |= rule.style
        return found | _style(element.get("style") or "")


def is_hidden(element: Element, style: Style, behind: Colour | None) -> bool:
    """Whether a reader sees nothing of an element; `behind` is the colour behind it, None where it can't be told."""
    if element.get("hidden") is not None or style.get("display") == "none":
        return True
    if style.get("visibility") in ("hidden", "collapse") or style.get("content-visibility") == "hidden":
        return True
    if _number(style.get("opacity"), 1.0) < 0.05 or _is_tiny(style) or _is_away(style):
        return True
    given = style.get("color")
    if given is None:
        return False
    if _is_transparent(given):
        return True
    colour = colour_of(given)
    ground = background(style, behind)
    if colour is None or ground is None:
        return False
    return max(abs(one - other) for one, other in zip(colour, ground, strict=True)) < PARSE_LIMITS.min_contrast


def background(style: Style, behind: Colour | None) -> Colour | None:
    """The colour behind the text of an element with this style, on `behind`."""
    given = style.get("background-color") or style.get("background")
    if given is None or given in ("none", "inherit", "initial") or _is_transparent(given):
        return behind
    return colour_of(given)


def colour_of(text: str) -> Colour | None:
    """Red, green and blue; None for what is no plain colour."""
    if text in _NAMED_COLOURS:
        return _NAMED_COLOURS[text]
    found = _HEX.fullmatch(text)
    if found and len(found.group(1)) in (3, 4, 6, 8):
        digits = found.group(1)
        digits = "".join(2 * digit for digit in digits[:3]) if len(digits) < 6 else digits[:6]
        return int(digits[:2], 16), int(digits[2:4], 16), int(digits[4:], 16)
    parts = _RGB.fullmatch(text)
    return (int(parts.group(1)), int(parts.group(2)), int(parts.group(3))) if parts else None


def _is_transparent(text: str) -> bool:
    parts = _RGB.fullmatch(text)
    alpha = parts.group(4) if parts else None
    return text == "transparent" or (alpha is not None and _number(alpha.rstrip("%"), 1.0) == 0.0)


def _is_tiny(style: Style) -> bool:
    size = _points(style.get("font-size"))
    return size is not None and size < PARSE_LIMITS.min_font_points


def _is_away(style: Style) -> bool:
    """Whether a box is moved off the page or has no room for what it holds."""
    if any(_NOWHERE.search(style.get(name, "")) for name in ("clip", "clip-path", "transform")):
        return True
    for name in ("left", "top", "text-indent", "margin-left", "right"):
        place = _points(style.get(name))
        if place is not None and place < -_FAR:
            return True
    if any("hidden" in style.get(name, "") for name in ("overflow", "overflow-x", "overflow-y")):
        rooms = (_points(style.get(name)) for name in ("height", "max-height", "width", "max-width"))
        return any(room is not None and room < PARSE_LIMITS.min_font_points for room in rooms)
    return False


def _points(text: str | None) -> float | None:
    found = _LENGTH.fullmatch(text or "")
    if found is None:
        return None
    return float(found.group(1)) * _POINTS.get(found.group(2) or "px", 6.0)


def _number(text: str | None, otherwise: float) -> float:
    found = _LENGTH.fullmatch(text or "")
    return float(found.group(1)) / (100.0 if found.group(2) == "%" else 1.0) if found else otherwise


def _declared(text: str) -> Iterator[tuple[str, Style]]:
    """Selectors and what they declare, of rules that count on a screen."""
    depth_skipped = depth = position = 0
    for brace in re.finditer(r"[{}]", text):
        before = text[position : brace.start()].rpartition(";")[2].strip() if brace.group() == "{" else ""
        if brace.group() == "{":
            depth += 1
            at_rule = before.startswith("@")
            if at_rule and not depth_skipped and _counts_not(before):
                depth_skipped = depth
            if not at_rule and not depth_skipped:
                end = text.find("}", brace.end())
                style = _style(text[brace.end() : end if end >= 0 else len(text)])
                if style:
                    yield before, style
        else:
            depth_skipped = 0 if depth == depth_skipped else depth_skipped
            depth = max(0, depth - 1)
        position = brace.end()


def _counts_not(at_rule: str) -> bool:
    """Whether a block is for print, for some screens only, or no rules at all."""
    words = at_rule.casefold()
    return (
        not words.startswith(("@media", "@layer", "@supports"))
        or "print" in words
        or "width" in words
        or "not " in words
    )


def _style(text: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for declaration in _COMMENT.sub(" ", text).split(";"):
        name, colon, given = declaration.partition(":")
        name = name.strip().casefold()
        if colon and name in _JUDGED:
            found[name] = given.casefold().replace("!important", "").strip()
    return found


def _rule(selector: str, style: Style, order: int) -> _Rule | None:
    compounds: list[_Compound] = []
    for part in selector.replace(">", " ").split():
        found = _COMPOUND.fullmatch(part)
        if found is None:
            return None
        named = _NAMED_PART.findall(found.group("more"))
        compounds.append(
            _Compound(
                (found.group("tag") or "").casefold(),
                frozenset(name for kind, name in named if kind == "."),
                frozenset(name for kind, name in named if kind == "#"),
            )
        )
    if not compounds:
        return None
    ids = sum(len(compound.ids) for compound in compounds)
    classes = sum(len(compound.classes) for compound in compounds)
    tags = sum(compound.tag not in ("", "*") for compound in compounds)
    return _Rule(tuple(compounds), (ids, classes, tags, order), style)


def _key(compound: _Compound) -> str:
    if compound.ids:
        return f"#{min(compound.ids)}"
    if compound.classes:
        return f".{min(compound.classes)}"
    return "" if compound.tag == "*" else compound.tag


def _fits(selector: Sequence[_Compound], element: Element) -> bool:
    """Whether an element and those around it fit; "a > b" is taken like "a b"."""
    if not selector[-1].fits(element):
        return False
    around = element.getparent()
    for compound in reversed(selector[:-1]):
        while around is not None and not compound.fits(around):
            around = around.getparent()
        if around is None:
            return False
        around = around.getparent()
    return True
