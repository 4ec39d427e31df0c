import io
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from core.errors import NotFound
from retrieval.chunking import chunk
from retrieval.models import Box
from retrieval.page_images import boxes_within, render_page
from retrieval.parsing import UnreadableDocument, parse
from tests.retrieval.pdf_samples import fee_policy

CONTENT = fee_policy()


def pixels(png: bytes) -> NDArray[np.int16]:
    return np.asarray(Image.open(io.BytesIO(png)).convert("RGB"), dtype=np.int16)


def yellow(image: NDArray[np.int16]) -> NDArray[np.bool_]:
    return (image[:, :, 0] - image[:, :, 2]) > 60


def test_the_quoted_sentence_and_nothing_else_is_marked() -> None:
    passage = next(draft for draft in chunk(parse(CONTENT, "fees.pdf")) if "It binds every branch" in draft.text)
    start = passage.text.index("It binds")
    quote = boxes_within(passage.boxes, start, passage.text.index(".", start) + 1)
    image = pixels(render_page(CONTENT, 1, quote, scale=2))
    marked = yellow(image)
    assert image.shape == (1684, 1191, 3)
    covered = np.zeros(marked.shape, dtype=bool)
    for box in quote:
        covered[round(2 * box.y0) : round(2 * box.y1), round(2 * box.x0) - 2 : round(2 * box.x1) + 2] = True
    assert marked.any()
    assert not (marked & ~covered).any()
    # Letters stay black on the mark.
    assert image[covered].min() < 60


def test_without_boxes_the_page_is_plain_grey() -> None:
    plain = pixels(render_page(CONTENT, 2))
    assert (plain[:, :, 0] == plain[:, :, 1]).all()
    assert (plain[:, :, 0] == plain[:, :, 2]).all()
    assert plain.max() == 255


def test_boxes_of_other_pages_are_not_drawn() -> None:
    elsewhere = Box(1, 60, 60, 300, 80, 0, 10)
    assert render_page(CONTENT, 2, [elsewhere]) == render_page(CONTENT, 2)


@pytest.mark.parametrize(("scale", "width"), [(1, 596), (3, 1786), (100, 2382), (0.001, 149)])
def test_the_scale_is_kept_within_bounds(scale: float, width: int) -> None:
    assert Image.open(io.BytesIO(render_page(CONTENT, 1, scale=scale))).width == pytest.approx(width, abs=1)


@pytest.mark.parametrize("number", [0, -1, 4])
def test_a_page_that_is_not_there_is_not_found(number: int) -> None:
    with pytest.raises(NotFound, match="has 3 pages"):
        render_page(CONTENT, number)


def test_a_file_that_cannot_be_opened_says_so() -> None:
    with pytest.raises(UnreadableDocument, match="damaged"):
        render_page(CONTENT[:500], 1)


def test_boxes_are_cut_in_proportion_where_a_quote_begins_within_one() -> None:
    boxes = (Box(1, 100, 10, 200, 20, 0, 10), Box(1, 100, 20, 180, 30, 11, 19))
    assert boxes_within(boxes, 5, 15) == (Box(1, 150, 10, 200, 20, 5, 10), Box(1, 100, 20, 140, 30, 11, 15))
    assert boxes_within(boxes, 10, 11) == ()


def test_pages_are_rendered_and_parsed_side_by_side() -> None:
    """PDFium crashes the process without the lock."""
    once = render_page(CONTENT, 1)
    with ThreadPoolExecutor(4) as pool:
        images = [pool.submit(render_page, CONTENT, 1) for _ in range(6)]
        parses = [pool.submit(parse, CONTENT, "fees.pdf") for _ in range(3)]
        assert [image.result() == once for image in images] == [True] * 6
        assert len({parsed.result() for parsed in parses}) == 1
