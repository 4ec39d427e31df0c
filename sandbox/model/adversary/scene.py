"""What a play sees of a request, and what it answers."""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from random import Random
from typing import Final

from sandbox.model.quoting import Passage

_SENTENCE: Final = re.compile(r"[^.!?\n|]{20,400}[.!?]")
LEAST_WORDS: Final = 6


@dataclass(slots=True)
class Said:
    """What a play has said so far, by its own account: `faithful` is word for word from the evidence and rightly cited,
    `false` may never be shown whatever it is found in."""

    faithful: list[str] = field(default_factory=list[str])
    false: list[str] = field(default_factory=list[str])


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer. `raw` is the body as it is, chunk by chunk; else `text` is streamed as the interface has it, in
    `deltas` where they are given. `cut`: the stream's bytes are written in pieces of at most so many."""

    text: str = ""
    deltas: tuple[str, ...] | None = None
    raw: Iterable[bytes] | None = None
    calls: tuple[tuple[str, str], ...] = ()
    status: int = 200
    headers: tuple[tuple[bytes, bytes], ...] = ()
    field: str = "content"
    cut: int = 0
    pause_s: float = 0.0
    """Between two pieces of `raw`."""


@dataclass(frozen=True, slots=True)
class Foreign:
    """What the campaign lets the adversary know of others: ids and sentences that the asker may not read."""

    chunks: tuple[str, ...] = ()
    texts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Scene:
    """One request: the evidence that it came with, the how-manieth of its run, and chance."""

    chance: Random
    call: int
    question: str
    instructions: str
    passages: tuple[Passage, ...]
    foreign: Foreign
    said: Said
    tools: tuple[str, ...] = ()

    def sentence(self) -> tuple[str, int]:
        """A sentence of the evidence, word for word, and where it stands."""
        found = [(s, p.ref) for p in self.passages for s in sentences(p.text)]
        return self.chance.choice(found) if found else ("The branch keeps the record for ten years.", 1)

    def sentences(self) -> list[tuple[str, int]]:
        """All of them, in any order."""
        found = [(s, p.ref) for p in self.passages for s in sentences(p.text)]
        self.chance.shuffle(found)
        return found

    def true(self) -> str:
        """A line that may be shown."""
        text, ref = self.sentence()
        self.said.faithful.append(text)
        return line(text, ref)

    def false(self, text: str, *refs: int) -> str:
        """A line that may not."""
        self.said.false.append(text)
        return line(text, *(refs or (self.ref(),)))

    def ref(self) -> int:
        """The number of a passage that there is."""
        return self.chance.choice(self.passages).ref if self.passages else 1


def sentences(text: str) -> list[str]:
    """The plain sentences of a passage."""
    found = (" ".join(match.split()) for match in _SENTENCE.findall(text))
    return [each for each in found if len(each.split()) >= LEAST_WORDS]


def line(text: object, *refs: object) -> str:
    """A claim as the prompt asks for it."""
    return json.dumps({"text": text, "citations": list(refs)}, ensure_ascii=False)


def lines(*each: str) -> Reply:
    return Reply("\n".join(each))
