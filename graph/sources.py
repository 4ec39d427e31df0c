"""Passages as the numbered sources that a person sees, and back from their ids."""

from collections.abc import Callable, Sequence

from gateway.writers.ports import SourceText
from graph.as_of import named_day, said
from graph.context import RunContext
from retrieval.models import Passage
from runs.events import DayTaken, Source, SourceWarning


def as_source(passage: Passage) -> Source:
    """The passage as an entry of `sources`."""
    return Source(
        ref=passage.ref,
        chunk_id=passage.chunk_id,
        edition_id=passage.edition_id,
        document=passage.document,
        title=passage.title,
        version=passage.version,
        library=passage.library,
        section=list(passage.section),
        page=passage.page,
        effective_from=passage.effective_from,
        effective_to=passage.effective_to,
        score=round(passage.score, 4),
        warning=SourceWarning.INSTRUCTIONS if passage.flagged else None,
    )


def day_taken(ctx: RunContext) -> DayTaken | None:
    """What is told of a day that the question's words named."""
    named = ctx.named
    if named is None:
        return None
    asked = ctx.run.question
    own = None if asked.asked_on is None else named_day(asked.text, asked.asked_on)
    return DayTaken(words=named.words, note=said(named), question=asked.text if own is None else own.without)


def edition_of(passage: Passage) -> str:
    """Which edition a passage stands in, in words that a claim may use of it."""
    until = "" if passage.effective_to is None else f" to {passage.effective_to.isoformat()}"
    return f"edition {passage.version} in force from {passage.effective_from.isoformat()}{until}"


def heading(passage: Passage) -> str:
    """Where the passage stands, as a writer is told: title › section."""
    return " › ".join((passage.title, *passage.section))


def as_texts(passages: Sequence[Passage]) -> tuple[SourceText, ...]:
    """The passages as writers read them."""
    return tuple([SourceText(ref=p.ref, heading=heading(p), text=p.text, flagged=p.flagged) for p in passages])


async def hidden_texts(ctx: RunContext) -> tuple[SourceText, ...]:
    """The evidence as a writer gets it: with personal data hidden. Raises `GuardUnavailable`."""
    await ctx.learn([text for p in ctx.passages for text in (heading(p), p.text)])

    def hidden(text: str) -> str:
        return ctx.placeholders.hide(text, is_document=True)

    texts = as_texts(ctx.passages)
    return tuple([_replaced(each, hidden) for each in texts])


def _replaced(source: SourceText, change: Callable[[str], str]) -> SourceText:
    """The source with its texts changed, piece by piece where some of it is flagged."""
    text, flagged = "", list[tuple[int, int]]()
    for piece, is_flagged in source.pieces():
        start, text = len(text), text + change(piece)
        if is_flagged:
            flagged.append((start, len(text)))
    return SourceText(ref=source.ref, heading=change(source.heading), text=text, flagged=tuple(flagged))
