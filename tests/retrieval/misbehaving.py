"""A parser that does what its document says: what a hostile file may make a real one do."""

import ctypes
import os
import signal
import time
from collections.abc import Callable, Iterable
from pathlib import Path

from retrieval.models import Block, BlockKind, ParsedDocument, ParseProblem


def parse(content: bytes, filename: str, progress: Callable[[int, int], None]) -> ParsedDocument:
    match content.decode():
        case "hang":
            time.sleep(3600)
        case "spin":
            while True:
                pass
        case "crash":
            ctypes.string_at(0)
        case "abort":
            os.abort()
        case "eat":
            eaten: list[bytes] = []
            while True:
                eaten.append(bytes(2**26))  # blank pages: the limit is on the address space, and is met at once
        case "fill the disk":
            text = "x" * 2**20
            return document(Block(BlockKind.PARAGRAPH, text) for _ in range(64))
        case "defect":
            raise RuntimeError("a private sentence of the document")
        case "vanish":
            os._exit(0)
        case "deaf to alarms":
            signal.signal(signal.SIGALRM, signal.SIG_IGN)
            time.sleep(3600)
        case "end my parent":
            os.kill(os.getppid(), signal.SIGKILL)
            time.sleep(0.2)
        case "look around":
            files = sorted(str(link.readlink()) for link in Path("/proc/self/fd").iterdir() if link.exists())
            kinds = [name.split(":")[0] for name in files if "/proc/" not in name]
            return document([Block(BlockKind.PARAGRAPH, f"{sorted(os.environ)} {kinds}")])
        case "count":
            for number in range(1, 26):
                progress(number, 25)
        case _:
            pass
    return document([Block(BlockKind.PARAGRAPH, f"{filename}: {content.decode()}")])


def document(blocks: Iterable[Block]) -> ParsedDocument:
    return ParsedDocument("text/plain", "A title", (), tuple(blocks), (ParseProblem(None, "code", "A detail."),))
