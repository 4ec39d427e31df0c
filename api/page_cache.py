"""Page images, drawn beside the event loop and kept for a while. Whoever asks has been let in before."""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from uuid import UUID

from core.canonical import sha256_hex
from retrieval.models import Box
from retrieval.page_images import render_page

LOOK = "2"
"""Changes when pages are drawn another way, so that browsers ask again."""


@dataclass(frozen=True, slots=True)
class PageImage:
    """What is drawn: a page of a file, with some boxes of it marked."""

    edition_id: UUID
    file_sha256: str
    number: int
    boxes: tuple[Box, ...]

    @property
    def etag(self) -> str:
        marks = [(box.x0, box.y0, box.x1, box.y1) for box in self.boxes if box.page == self.number]
        return f'"{sha256_hex(repr((LOOK, self.file_sha256, self.number, marks)).encode())[:32]}"'


class PageCache:
    """The images last asked for, up to a number of bytes; few are drawn at once."""

    def __init__(self, *, most_bytes: int = 64 * 1024 * 1024, at_once: int = 2) -> None:
        self._most_bytes = most_bytes
        self._bytes = 0
        self._images: OrderedDict[str, bytes] = OrderedDict()
        self._slots = asyncio.Semaphore(at_once)

    async def png(self, image: PageImage, content: Callable[[], Awaitable[bytes]]) -> bytes:
        """The image; `content` fetches the file where it has to be drawn. Raises `NotFound`, `UnreadableDocument`."""
        kept = self._images.get(image.etag)
        if kept is not None:
            self._images.move_to_end(image.etag)
            return kept
        async with self._slots:
            drawn = await asyncio.to_thread(render_page, await content(), image.number, image.boxes)
        self._keep(image.etag, drawn)
        return drawn

    def _keep(self, etag: str, drawn: bytes) -> None:
        if etag in self._images:
            return
        self._images[etag] = drawn
        self._bytes += len(drawn)
        while self._bytes > self._most_bytes:
            _, forgotten = self._images.popitem(last=False)
            self._bytes -= len(forgotten)
