"""Words that a reader of the page can't see: instructions to a model hide there, so they are left out and reported.

Hidden is: print below 2 points, fully transparent fill, outside the page, and fill so light that the rendered page
shows no contrast at the word (white on white; white on a dark table head is fine). Text drawn invisibly over a
scanned page is how recognised text is stored and is kept when the page has no other.
"""

from collections.abc import Sequence
from typing import Any

from PIL import Image

from retrieval.limits import PARSE_LIMITS
from retrieval.models import ParseProblem
from retrieval.parsing.pdf_words import PageFrame, Word

# Pixels per point of the page image on which contrast is looked for.
_LOOK_SCALE = 1.5


def shown_words(
    page: Any, number: int, frame: PageFrame, words: Sequence[Word]
) -> tuple[list[Word], list[ParseProblem]]:
    """The words of an open page (lock held) that its reader sees, and what was left out."""
    recognised = bool(words) and all(word.style.transparent for word in words)
    visible = [word for word in words if not _is_hidden(word, frame, recognised=recognised)]
    if any(word.style.light for word in visible):
        visible = _with_contrast(page, visible)
    problems: list[ParseProblem] = []
    if len(visible) < len(words):
        detail = (
            f"Page {number} holds {len(words) - len(visible)} words that a reader cannot see (white, tiny or outside "
            "the page). They were left out."
        )
        problems.append(ParseProblem(number, "hidden_text", detail))
    upright = [word for word in visible if word.style.upright]
    if len(upright) < len(visible):
        detail = (
            f"Page {number} holds {len(visible) - len(upright)} words that are turned (a stamp, or a table on its "
            "side). They were left out; turn the page upright if they matter."
        )
        problems.append(ParseProblem(number, "turned_text", detail))
    return upright, problems


def _is_hidden(word: Word, frame: PageFrame, *, recognised: bool) -> bool:
    if word.style.size < PARSE_LIMITS.min_font_points or (word.style.transparent and not recognised):
        return True
    return word.x1 <= 0 or word.y1 <= 0 or word.x0 >= frame.width or word.y0 >= frame.height


def _with_contrast(page: Any, words: Sequence[Word]) -> list[Word]:
    image: Image.Image = page.render(scale=_LOOK_SCALE, grayscale=True, may_draw_forms=False).to_pil()
    return [word for word in words if not word.style.light or _stands_out(image, word)]


def _stands_out(image: Image.Image, word: Word) -> bool:
    """Whether the word's letters differ from what is behind them."""
    corners = (word.x0 * _LOOK_SCALE, word.y0 * _LOOK_SCALE, word.x1 * _LOOK_SCALE, word.y1 * _LOOK_SCALE)
    left, top, right, bottom = (round(edge) for edge in corners)
    # Inwards of the loose box: a table's rule at its edge must not count as contrast.
    inset = max(1, (bottom - top) // 5)
    box = (max(left, 0), max(top + inset, 0), min(right, image.width), min(bottom - inset, image.height))
    if box[0] >= box[2] or box[1] >= box[3]:
        return False
    darkest, lightest = image.crop(box).getextrema()
    return float(lightest) - float(darkest) >= PARSE_LIMITS.min_contrast  # pyright: ignore[reportArgumentType]
