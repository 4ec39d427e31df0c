"""What goes into a model call and what comes out of it, and the ports of those who make the calls."""

from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Protocol

CUT = "\n…\n"
"""Stands where a flagged part was."""


class Form(StrEnum):
    """What is to be written instead of the sentences of an answer."""

    CHECKLIST = "checklist"
    CASE_NOTE = "case_note"


class Part(StrEnum):
    """Where in a form a draft belongs."""

    ITEM = "item"
    RULE = "rule"
    STEP = "step"
    OPEN = "open"


PARTS = {
    Form.CHECKLIST: (Part.ITEM,),
    Form.CASE_NOTE: (Part.RULE, Part.STEP, Part.OPEN),
}
"""Those of each form; the first is taken where a draft names none."""


@dataclass(frozen=True, slots=True)
class SourceText:
    """One numbered passage as a writer sees it."""

    ref: int
    heading: str
    """`title › section › …`"""
    text: str
    follows: int | None = None
    """The number of the source that stands directly before it in its document, where that is known."""
    flagged: tuple[tuple[int, int], ...] = ()
    """Parts of the text that read like orders to whoever reads it out: shown to a model as such, and no evidence."""

    def pieces(self) -> list[tuple[str, bool]]:
        """The text in pieces, each with whether it is flagged."""
        found: list[tuple[str, bool]] = []
        at = 0
        for start, end in self.flagged:
            found += [(self.text[at:start], False), (self.text[start:end], True)]
            at = end
        return [(text, flagged) for text, flagged in [*found, (self.text[at:], False)] if text]

    def unflagged(self) -> "SourceText":
        """What of it is evidence: without the flagged parts, a line of its own in the place of each, so that nothing
        is quoted across it."""
        if not self.flagged:
            return self
        return replace(self, text="".join(CUT if flagged else text for text, flagged in self.pieces()), flagged=())


@dataclass(frozen=True, slots=True)
class WritingTask:
    """A stand-alone question, the passages that may answer it, and how to write."""

    question: str
    sources: tuple[SourceText, ...]
    instructions: str
    """The system prompt."""
    max_claims: int = 6
    feedback: str | None = None
    """Why a claim of the first try was not released, on the second."""
    form: Form | None = None
    """Its fields are wanted, not an answer: sources then come in the order of their documents."""


@dataclass(frozen=True, slots=True)
class ClaimDraft:
    """One sentence of an answer, unchecked: nobody outside the server may see it yet."""

    text: str
    citations: tuple[int, ...]
    quote: bool
    """Verbatim, contiguous text of its one source, by construction and not by the model's word."""
    part: Part | None = None
    condition: str = ""
    """When an item applies, as far as its text leaves it open."""


@dataclass(frozen=True, slots=True)
class Usage:
    """What an answer cost: tokens as the provider counted them, over all calls made for it."""

    model: str
    """The name of the writer whose claims were emitted."""
    input_tokens: int
    output_tokens: int
    calls: int


class Writer(Protocol):
    """Answers a question from numbered sources, claim by claim."""

    @property
    def name(self) -> str:
        """`extractive-1`, `openai:MODEL`, `bedrock:MODEL`."""
        ...

    def write(self, task: WritingTask) -> AsyncGenerator[ClaimDraft | Usage]:
        """Claims as they complete, then one Usage. No claim at all means that the sources don't answer.

        Raises ModelUnavailable, ModelMisconfigured, ModelNonsense or ModelRefused, after any number of claims.
        """
        ...

    async def aclose(self) -> None:
        """Release connections and threads."""
        ...


class Rewriter(Protocol):
    """Makes a follow-up question stand alone."""

    @property
    def name(self) -> str: ...

    async def rewrite(self, history: Sequence[tuple[str, str]], question: str) -> str:
        """The question with what it takes from earlier (question, answer) pairs, oldest first.

        Raises a ModelError; the caller has a built-in way for that case.
        """
        ...

    async def aclose(self) -> None: ...
