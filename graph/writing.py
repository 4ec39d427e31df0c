"""From a writer's drafts to checked claims: every draft is checked before anything downstream sees it."""

from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass, field, replace

from gateway.errors import ModelError
from gateway.writers.ports import ClaimDraft, SourceText, Usage, Writer, WritingTask
from graph import inputs
from graph.context import RunContext
from graph.guarded import CLAIM
from graph.limits import TURN_LIMITS
from graph.sources import edition_of, hidden_texts
from guardrails.claims import check
from runs.events import Claim


@dataclass(slots=True)
class Tally:
    """What writing took: the model that wrote last, tokens, calls, and why drafts failed."""

    model: str = ""
    input_tokens: int = 0
    output_tokens: int = 0
    calls: int = 0
    failures: list[str] = field(default_factory=list[str])

    def add(self, usage: Usage) -> None:
        self.model = usage.model
        self.input_tokens += usage.input_tokens
        self.output_tokens += usage.output_tokens
        self.calls += usage.calls

    def as_usage(self) -> dict[str, int | str]:
        return {
            "model": self.model,
            "input_tokens": self.input_tokens,
            "output_tokens": self.output_tokens,
            "calls": self.calls,
        }


class ClaimWriter:
    """Asks for claims, checks each, asks once more with the reasons of those that failed, then falls back to quotes.

    `all_or_nothing`: an attempt of which any sentence fails counts for nothing (`guardrails.risk`, high).
    """

    def __init__(self, ctx: RunContext, question: str, *, all_or_nothing: bool = False) -> None:
        self._ctx = ctx
        self._all_or_nothing = all_or_nothing
        self._question = question
        self._texts: tuple[SourceText, ...] = ()
        self._by_ref: dict[int, SourceText] = {}
        self._next_index = len(ctx.shown.claims)
        self._seen = {_essence(claim.text) for claim in ctx.shown.claims}
        self.fell_back = False
        """Whether the claims are quotes because nothing that the model wrote could be checked."""
        self.accepted: list[Claim] = list(ctx.shown.claims)
        self.tally = Tally()

    async def claims(self) -> AsyncGenerator[Claim]:
        """Each claim as soon as it is checked."""
        self._texts = await hidden_texts(self._ctx)
        # What was flagged as an order is no evidence: a claim that repeats it has nothing behind it.
        editions = {passage.ref: edition_of(passage) for passage in self._ctx.passages}
        texts = [text.unflagged() for text in self._texts]
        self._by_ref = {t.ref: replace(t, heading=f"{t.heading} › {editions[t.ref]}") for t in texts}
        only_quotes = self._ctx.services.writer.name == self._ctx.services.quoter.name
        if self._all_or_nothing and not only_quotes:
            async for claim in self._complete():
                yield claim
            return
        async for claim in self._attempt(self._ctx.services.writer, feedback=None):
            yield claim
        if self.tally.failures and not only_quotes:
            async for claim in self._attempt(self._ctx.services.writer, feedback=_feedback(self.tally.failures)):
                yield claim
        if not self.accepted:
            async for claim in self._quotes(fallback=not only_quotes):
                yield claim

    async def _quotes(self, *, fallback: bool) -> AsyncGenerator[Claim]:
        """What the built-in writer quotes; `fallback`: because a model's sentences could not be checked."""
        async for claim in self._attempt(self._ctx.services.quoter, feedback=None):
            self.fell_back = fallback
            yield claim

    async def _complete(self) -> AsyncGenerator[Claim]:
        """The claims of the first attempt in which every sentence passed; else quotes that did."""
        for _ in range(2):
            before = len(self.tally.failures)
            feedback = _feedback(self.tally.failures) if before else None
            claims = [claim async for claim in self._attempt(self._ctx.services.writer, feedback)]
            if len(self.tally.failures) == before:
                break
            self._take_back(claims)
        for claim in list(self.accepted):
            yield claim
        if not self.accepted:
            async for claim in self._quotes(fallback=True):
                yield claim

    def _take_back(self, claims: Sequence[Claim]) -> None:
        """Forget claims that were accepted and never shown."""
        kept = len(self.accepted) - len(claims)
        del self.accepted[kept:]
        self._next_index -= len(claims)
        self._seen -= {_essence(claim.text) for claim in claims}

    async def _attempt(self, writer: Writer, feedback: str | None) -> AsyncGenerator[Claim]:
        """One call of a writer. One that breaks off counts as a failed draft; what was checked before it stands."""
        task = WritingTask(
            question=self._ctx.spelt_out or self._question,
            sources=self._texts,
            instructions=self._ctx.services.answer_prompt.text,
            max_claims=TURN_LIMITS.claims,
            feedback=feedback,
        )
        try:
            async for item in writer.write(task):
                if isinstance(item, Usage):
                    self.tally.add(item)
                elif (claim := await self._checked(item)) is not None:
                    self.tally.model = writer.name
                    yield claim
        except ModelError as error:
            self.tally.failures.append(f"the writer broke off: {type(error).__name__}")

    async def _checked(self, draft: ClaimDraft) -> Claim | None:
        text = self._ctx.placeholders.restore(draft.text.strip())
        if len(self.accepted) >= TURN_LIMITS.claims or _essence(text) in self._seen:
            return None
        services = self._ctx.services
        verdict = await self._ctx.outside.ask(
            "verdict",
            inputs.VERDICT,
            lambda: CLAIM.ask(
                lambda: check(
                    draft,
                    self._by_ref,
                    self._question,
                    services.embedder.embed,
                    services.guards.personal_data,
                    services.guards.entailment,
                ),
                services.watch,
            ),
        )
        if not verdict:
            self.tally.failures.append(verdict.reason)
            return None
        # Whoever asked has typed the value, or may read the passage or the record that it stands in.
        claim = Claim(index=self._next_index, text=text, citations=sorted(set(draft.citations)), quote=draft.quote)
        self._next_index += 1
        self._seen.add(_essence(text))
        self.accepted.append(claim)
        return claim


def _essence(text: str) -> str:
    return " ".join(text.casefold().split())


def _feedback(failures: Sequence[str]) -> str:
    reasons = "\n".join(f"- {reason}" for reason in dict.fromkeys(failures))
    return f"Some sentences of your last answer were not accepted:\n{reasons}\nWrite only what the evidence says."
