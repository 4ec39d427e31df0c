"""The numbers of a Word document's lists, which stand nowhere in it: they are counted as Word counts them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from retrieval.parsing.docx_styles import Look, indents
from retrieval.parsing.office_archive import Xml, attributes, child, children, value

_LEVELS: Final = 9
_ROMAN: Final = (
    ("m", 1000), ("cm", 900), ("d", 500), ("cd", 400), ("c", 100), ("xc", 90), ("l", 50), ("xl", 40), ("x", 10),
    ("ix", 9), ("v", 5), ("iv", 4), ("i", 1),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Level:
    """One level of a list: how its numbers look ("%1.%2") and where its items stand (twips, by name)."""

    start: int
    style: str
    text: str
    legal: bool
    restarts: bool
    indents: Look


@dataclass(frozen=True, slots=True)
class Label:
    """What stands before an item: its number, or "" and `bullet`."""

    text: str
    bullet: bool
    indents: Look


@dataclass(frozen=True, slots=True)
class _List:
    """A list as a paragraph names it: the definition whose count it shares, and the starts that it sets anew."""

    definition: str
    levels: Mapping[int, Level]
    starts: Mapping[int, int]


@dataclass(slots=True)
class Numbering:
    """Counts the items of all lists, in reading order."""

    lists: Mapping[str, _List]
    _counts: dict[str, list[int | None]] = field(default_factory=dict[str, list[int | None]])
    _started: set[tuple[str, int]] = field(default_factory=set[tuple[str, int]])

    @classmethod
    def of(cls, root: Xml | None) -> "Numbering":
        definitions = {attributes(item).get("abstractNumId", ""): item for item in children(root, "w:abstractNum")}
        by_style = {value(item, "w:styleLink"): name for name, item in definitions.items()}
        lists: dict[str, _List] = {}
        for item in children(root, "w:num"):
            name = value(item, "w:abstractNumId") or ""
            linked = value(definitions.get(name), "w:numStyleLink")
            name = by_style.get(linked, name) if linked else name
            levels = _levels(definitions.get(name))
            starts: dict[int, int] = {}
            for override in children(item, "w:lvlOverride"):
                level = _integer(attributes(override).get("ilvl"), 0)
                levels.update(_levels(override))
                start = value(override, "w:startOverride")
                if start is not None:
                    starts[level] = _integer(start, 1)
            lists[attributes(item).get("numId", "")] = _List(name, levels, starts)
        return cls(lists)

    def next(self, num: str | None, level: str | None) -> Label | None:
        """Count an item of the list `num` at `level` and say what stands before it; None for no list."""
        chosen = self.lists.get(num or "0")
        depth = min(max(_integer(level, 0), 0), _LEVELS - 1)
        if chosen is None or depth not in chosen.levels:
            return None
        counts = self._counts.setdefault(chosen.definition, [None] * _LEVELS)
        begins = chosen.starts.get(depth) if (num or "", depth) not in self._started else None
        self._started.add((num or "", depth))
        here = counts[depth]
        if begins is not None:
            counts[depth] = begins
        else:
            counts[depth] = chosen.levels[depth].start if here is None else here + 1
        for deeper in range(depth + 1, _LEVELS):
            if deeper not in chosen.levels or chosen.levels[deeper].restarts:
                counts[deeper] = None
        style = chosen.levels[depth]
        if style.style == "bullet":
            return Label("", bullet=True, indents=style.indents)
        return Label(_text(chosen.levels, counts, depth), bullet=False, indents=style.indents)


def _levels(parent: Xml | None) -> dict[int, Level]:
    found: dict[int, Level] = {}
    for element in children(parent, "w:lvl"):
        found[_integer(attributes(element).get("ilvl"), 0)] = Level(
            start=_integer(value(element, "w:start"), 0 if value(element, "w:start") is None else 1),
            style=value(element, "w:numFmt") or "decimal",
            text=value(element, "w:lvlText") or "",
            legal=child(element, "w:isLgl") is not None,
            restarts=value(element, "w:lvlRestart") != "0",
            indents=indents(child(element, "w:pPr", "w:ind")),
        )
    return found


def _text(levels: Mapping[int, Level], counts: list[int | None], depth: int) -> str:
    text = levels[depth].text
    for other in range(depth + 1):
        level = levels.get(other)
        if level is None or f"%{other + 1}" not in text:
            continue
        if counts[other] is None:
            counts[other] = level.start
        style = "decimal" if levels[depth].legal else level.style
        text = text.replace(f"%{other + 1}", numeral(counts[other] or 0, style))
    return text


def numeral(number: int, style: str) -> str:
    """A number as a list prints it; styles of other scripts come as plain figures."""
    if style in ("lowerLetter", "upperLetter") and number > 0:
        letters = chr(ord("a") + (number - 1) % 26) * min(1 + (number - 1) // 26, 5)
        return letters.upper() if style == "upperLetter" else letters
    if style in ("lowerRoman", "upperRoman") and 0 < number < 4000:
        return _roman(number).upper() if style == "upperRoman" else _roman(number)
    if style == "none":
        return ""
    if style == "ordinal":
        ending = "th" if 10 < number % 100 < 14 else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
        return f"{number}{ending}"
    return f"{number:02}" if style == "decimalZero" else str(number)


def _roman(number: int) -> str:
    written = ""
    for letters, worth in _ROMAN:
        written += letters * (number // worth)
        number %= worth
    return written


def _integer(given: str | None, otherwise: int) -> int:
    return int(given) if given is not None and given.isdecimal() and len(given) < 7 else otherwise
