"""Pages as PNG with passages marked as by a highlighter.

The page is rendered in grey and stored with a palette of two ramps, grey and yellow: a mark moves pixels from one to
the other, so that letters stay black on it, and encoding takes a third of the time of a colour picture.
"""

import io
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from core.errors import NotFound
from retrieval.models import Box
from retrieval.parsing.errors import UnreadableDocument
from retrieval.parsing.pdfium import PdfiumError, opened, opened_page

# Pixels per point: 2 is 144 dpi, sharp at the panel's width on a dense screen; 4 prints well.
DEFAULT_SCALE = 2.0
_SMALLEST_SCALE, _LARGEST_SCALE = 0.25, 4.0
# A plan sheet at full scale would take gigabytes; it is rendered smaller instead.
_MOST_PIXELS = 24_000_000
# Highlighter yellow: the share of each channel that it lets through.
_YELLOW = (1.0, 0.92, 0.35)
_LEVELS = 128
# Points that a mark reaches beyond its box.
_BLEED = 1.0


def render_page(content: bytes, number: int, boxes: Sequence[Box] = (), scale: float = DEFAULT_SCALE) -> bytes:
    """Page `number` (from 1) of a PDF as PNG, the boxes that lie on it marked. `scale` is pixels per point.

    Takes 10 to 40 ms of CPU: call it in a thread; PDFium itself runs under its lock, encoding outside. Raises
    `NotFound` when there is no such page and `UnreadableDocument` when it can't be rendered.
    """
    grey, used_scale = _render(content, number, scale)
    levels = grey >> 1
    for box in boxes:
        if box.page == number:
            left, top, right, bottom = (round(edge * used_scale) for edge in _with_bleed(box))
            levels[max(top, 0) : max(bottom, 0), max(left, 0) : max(right, 0)] |= _LEVELS
    image = _with_palette(Image.fromarray(levels))
    stream = io.BytesIO()
    image.save(stream, "PNG", compress_level=3)
    return stream.getvalue()


def boxes_within(boxes: Sequence[Box], start: int, end: int) -> tuple[Box, ...]:
    """The boxes that cover the characters from `start` to `end` of the text that `boxes` count in.

    Boxes end where sentences do, so that whole sentences are covered exactly; where a quote begins or ends inside a
    box, the box is cut in proportion to its characters.
    """
    covering: list[Box] = []
    for box in boxes:
        first, last = max(start, box.start), min(end, box.end)
        if first < last:
            per_character = (box.x1 - box.x0) / (box.end - box.start)
            x0 = box.x0 + (first - box.start) * per_character
            x1 = box.x0 + (last - box.start) * per_character
            covering.append(replace(box, x0=round(x0, 2), x1=round(x1, 2), start=first, end=last))
    return tuple(covering)


def _render(content: bytes, number: int, scale: float) -> tuple[NDArray[np.uint8], float]:
    with opened(content) as document:
        if not 1 <= number <= len(document):
            raise NotFound(f"This document has {len(document)} pages; there is no page {number}.")
        try:
            with opened_page(document, number) as page:
                width, height = page.get_size()
                most = (_MOST_PIXELS / max(width * height, 1.0)) ** 0.5
                used = min(max(scale, _SMALLEST_SCALE), _LARGEST_SCALE, most)
                bitmap = page.render(scale=used, grayscale=True, may_draw_forms=False)
                try:
                    pixels: NDArray[np.uint8] = np.array(bitmap.to_numpy(), dtype=np.uint8).reshape(
                        bitmap.height, bitmap.width, -1
                    )[:, :, 0]
                finally:
                    bitmap.close()
        except PdfiumError as error:
            raise UnreadableDocument(
                f"Page {number} is damaged and cannot be shown. Export the document again from its source."
            ) from error
    return pixels, used


def _with_bleed(box: Box) -> tuple[float, float, float, float]:
    return box.x0 - _BLEED, box.y0, box.x1 + _BLEED, box.y1


def _with_palette(levels: Image.Image) -> Image.Image:
    grey = [value for level in range(_LEVELS) for value in [round(level * 255 / (_LEVELS - 1))] * 3]
    yellow = [round(level * 255 / (_LEVELS - 1) * share) for level in range(_LEVELS) for share in _YELLOW]
    levels.putpalette(grey + yellow)
    return levels
