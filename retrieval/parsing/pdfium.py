"""PDFium behind one lock: the library crashes the process when two threads are inside it.

Every use goes through `opened()` and holds `PDFIUM_LOCK`, for one page at a time, so that a page image need not wait
for a whole document. Documents and pages are closed under the lock too, never by the garbage collector, which runs in
whatever thread it likes. Forms and their JavaScript are never initialised; embedded files are never opened.
"""

import threading
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

import pypdfium2
import pypdfium2.raw

from retrieval.parsing.errors import UnreadableDocument

PDFIUM_LOCK = threading.RLock()

# The bindings carry no types; everything taken from them is typed where it is taken.
RAW: Any = pypdfium2.raw
PdfiumError: type[Exception] = pypdfium2.PdfiumError


@contextmanager
def opened(content: bytes) -> Generator[Any]:
    """A `pypdfium2.PdfDocument` over `content`. Raises `UnreadableDocument` where PDFium can't open it."""
    with PDFIUM_LOCK:
        document = _open(content)
    try:
        yield document
    finally:
        with PDFIUM_LOCK:
            document.close()


@contextmanager
def opened_page(document: Any, number: int) -> Generator[Any]:
    """Page `number` (from 1) of an opened document, with the lock held. Raises `PdfiumError` when damaged."""
    with PDFIUM_LOCK:
        page = document[number - 1]
        try:
            yield page
        finally:
            page.close()


def _open(content: bytes) -> Any:
    try:
        document: Any = pypdfium2.PdfDocument(content)
    except PdfiumError as error:
        if getattr(error, "err_code", None) == RAW.FPDF_ERR_PASSWORD:
            raise UnreadableDocument(
                "This PDF is protected with a password. Save a copy without one and upload that."
            ) from error
        raise UnreadableDocument(
            "This PDF is damaged or incomplete and cannot be opened. Export it again from its source and upload "
            "the new file."
        ) from error
    return document
