"""A message as the rules of the built-in planner read it, character for character as long as what the person wrote."""

import re
from dataclasses import dataclass

_SAME = str.maketrans(
    {
        "’": "'",
        "‘": "'",
        "‐": "-",
        "‑": "-",
        "‒": "-",
        "−": "-",
        "\u00a0": " ",
        "\u202f": " ",
        "\t": " ",
        "“": '"',
        "”": '"',
        "„": '"',
    }
)
_PLACEHOLDER = re.compile(r"\[[A-Za-z][A-Za-z -]{1,40} \d{1,4}\]")


@dataclass(frozen=True, slots=True)
class Folded:
    """`low` has the length of `text`: lower case, straight quotes, plain dashes, and blanks where a placeholder or
    something already read stands. Offsets in one are offsets in the other."""

    text: str
    low: str

    def part(self, start: int, end: int) -> "Folded":
        return Folded(self.text[start:end], self.low[start:end])

    def without(self, *places: tuple[int, int]) -> "Folded":
        """The same with each `[start, end)` blanked for the rules; the places don't overlap and come in order."""
        pieces: list[str] = []
        cursor = 0
        for start, end in places:
            pieces += [self.low[cursor:start], " " * (end - start)]
            cursor = end
        return Folded(self.text, "".join(pieces) + self.low[cursor:])


def fold(text: str) -> Folded:
    """Folds letter by letter, so that nothing moves."""
    low = "".join(lower if len(lower := character.lower()) == 1 else character for character in text)
    return Folded(text, _PLACEHOLDER.sub(lambda found: " " * len(found.group()), low.translate(_SAME)))
