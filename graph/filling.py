"""From a writer's drafts to the checked fields of a form.

Every field is checked like a claim. One that fails is asked for once more with the reason; then a sentence, item or row
of a passage that it cites takes its place, word for word; else it is left out, and how many were is said.
"""

from collections.abc import Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field, replace

from gateway.errors import ModelError
from gateway.writers.entries import Entry, entries
from gateway.writers.ports import ClaimDraft, Form, Part, SourceText, Usage, Writer, WritingTask
from graph import inputs
from graph.context import RunContext
from graph.guarded import CLAIM
from graph.limits import FORM_LIMITS
from graph.sources import hidden_texts
from graph.writing import Tally
from guardrails.claims import check
from guardrails.reasons import EXPLANATIONS, ReasonCode
from guardrails.verbatim import stands_verbatim
from guardrails.verdict import Verdict
from guardrails.words import content_stems, coverage
from retrieval.sentences import sentences


@dataclass(frozen=True, slots=True)
class Filled:
    """A checked field. `entry`: what it is in its passage, where it is one of its entries; `score`: the support that
    was measured, 1 for what stands word for word."""

    draft: ClaimDraft
    score: float
    verbatim: bool
    entry: Entry | None
    shown: Callable[[str], str]
    """Puts back what models did not see."""

    @property
    def text(self) -> str:
        return self.shown(self.draft.text)

    @property
    def condition(self) -> str | None:
        return self.shown(self.draft.condition) or None

    @property
    def lead(self) -> str | None:
        """What introduces the list that it is an item of."""
        return None if self.entry is None or self.entry.lead is None else self.shown(self.entry.lead.text)

    @property
    def said(self) -> str:
        """What it says where it stands alone."""
        return self.text if self.entry is None else self.shown(self.entry.introduced)


@dataclass(slots=True)
class FormFiller:
    """Asks for the fields of one form and checks each."""

    ctx: RunContext
    form: Form
    question: str
    instructions: str
    filled: list[Filled] = field(default_factory=list[Filled])
    left_out: int = 0
    tally: Tally = field(default_factory=Tally)
    _entries: list[Entry] = field(default_factory=list[Entry])
    _texts: tuple[SourceText, ...] = ()
    _evidence: tuple[SourceText, ...] = ()
    _seen: set[str] = field(default_factory=set[str])

    async def _read(self) -> None:
        """The evidence as writers get it, in the order of its documents."""
        order, before = self.ctx.reading_order, self.ctx.directly_before
        place = {ref: at for at, ref in enumerate(order)}
        texts = sorted(await hidden_texts(self.ctx), key=lambda text: place.get(text.ref, len(place)))
        self._texts = tuple(replace(text, follows=before.get(text.ref)) for text in texts)
        self._evidence = tuple(text.unflagged() for text in self._texts)
        self._entries = entries(self._evidence, sentences)

    async def fill(self) -> None:
        """Write, check, and put quotes in the place of what failed; nothing is filled where nothing stands."""
        services = self.ctx.services
        await self._read()
        failed = await self._attempt(services.writer, feedback=None)
        if self.tally.failures and services.writer.name != services.quoter.name:
            again = await self._attempt(services.writer, feedback=_feedback(self.tally.failures))
            failed = again or ([] if self.filled else failed)
        for draft in failed:
            await self._replace(draft)
        if not self.filled and services.writer.name != services.quoter.name:
            self.left_out = 0
            await self._attempt(services.quoter, feedback=None)

    async def _attempt(self, writer: Writer, feedback: str | None) -> list[ClaimDraft]:
        """One call of a writer; the drafts that failed. One that breaks off counts as failed."""
        most = FORM_LIMITS.of(self.form)
        task = WritingTask(
            question=self.ctx.spelt_out or self.question,
            sources=self._texts,
            instructions=self.instructions,
            max_claims=most,
            feedback=feedback,
            form=self.form,
        )
        failed: list[ClaimDraft] = []
        try:
            drafts = 0
            async with aclosing(writer.write(task)) as items:
                async for item in items:
                    if isinstance(item, Usage):
                        self.tally.add(item)
                        continue
                    drafts += 1
                    if drafts > most:
                        break
                    if not await self._take(item):
                        failed.append(item)
                    self.tally.model = writer.name
        except ModelError as error:
            self.tally.failures.append(f"the writer broke off: {type(error).__name__}")
        return failed

    async def _take(self, draft: ClaimDraft) -> bool:
        """Check a draft and keep it; whether it stands, now or before."""
        entry = self._entry_of(draft)
        said = essence(draft.text if entry is None else entry.introduced)
        if said in self._seen:
            return True
        if entry is not None and entry.is_cut_off:  # what introduces its list may turn it round
            self.tally.failures.append(EXPLANATIONS[ReasonCode.NOT_SUPPORTED].reason)
            return False
        scores: list[float] = []
        for claim in _to_check(draft, entry):
            verdict = await self._verdict(claim)
            if not verdict:
                self.tally.failures.append(verdict.reason)
                return False
            scores.append(verdict.score or 0.0)
        verbatim = not draft.condition and (entry is not None or self._is_verbatim(draft))
        citations = tuple(sorted(set(draft.citations))) if entry is None else entry.refs
        text = draft.text.strip() if entry is None else entry.text
        kept = replace(draft, text=text, citations=citations, quote=verbatim)
        self._seen.add(said)
        self.filled.append(
            Filled(kept, 1.0 if verbatim else round(min(scores), 4), verbatim, entry, self.ctx.placeholders.restore)
        )
        return True

    def _entry_of(self, draft: ClaimDraft) -> Entry | None:
        """What the draft is in a passage that it cites: the same words, or a piece of a list's item."""
        wanted = essence(draft.text)
        listed = [entry for entry in self._entries if entry.source.ref in draft.citations]
        same = [entry for entry in listed if essence(entry.text) == wanted]
        found = same or [entry for entry in listed if _is_of_list(entry) and wanted in essence(entry.text)]
        new = (entry for entry in found if essence(entry.introduced) not in self._seen)
        return next(new, found[0] if found else None)

    def _is_verbatim(self, draft: ClaimDraft) -> bool:
        cited = [text.text for text in self._evidence if text.ref in draft.citations]
        return any(stands_verbatim(draft.text, text) for text in cited)

    async def _verdict(self, claim: ClaimDraft) -> Verdict:
        services, by_ref = self.ctx.services, {text.ref: text for text in self._evidence}
        return await self.ctx.outside.ask(
            "verdict",
            inputs.VERDICT,
            lambda: CLAIM.ask(
                lambda: check(claim, by_ref, self.question, services.embedder.embed, services.guards.personal_data),
                services.watch,
            ),
        )

    async def _replace(self, draft: ClaimDraft) -> None:
        """The entry of a cited passage that says most of what the draft tried to say, word for word."""
        wanted = content_stems(draft.text)
        listed = [entry for entry in self._entries if entry.source.ref in draft.citations and not entry.is_cut_off]
        rated = [(coverage(wanted, frozenset(content_stems(entry.introduced))), entry) for entry in listed]
        share, entry = max(rated, key=lambda each: each[0], default=(0.0, None))
        if entry is not None and wanted and share >= FORM_LIMITS.replaces:
            quote = ClaimDraft(entry.text, entry.refs, quote=True, part=draft.part or Part.ITEM)
            if await self._take(quote):
                return
        self.left_out += 1


def _is_of_list(entry: Entry) -> bool:
    return entry.lead is not None or entry.is_cut_off


def _to_check(draft: ClaimDraft, entry: Entry | None) -> list[ClaimDraft]:
    """An item with its condition; what is an item of a list with what introduces the list, each word for
    word."""
    if draft.condition:
        return [replace(draft, text=f"{draft.text.strip().rstrip('.')}, {draft.condition.strip()}", quote=False)]
    if entry is None:
        return [draft]
    return [ClaimDraft(text, (ref,), quote=True) for text, ref in entry.quotes]


def essence(text: str) -> str:
    """The words, whatever their spacing and case."""
    return " ".join(text.casefold().split())


def _feedback(failures: Sequence[str]) -> str:
    reasons = "\n".join(f"- {reason}" for reason in dict.fromkeys(failures))
    return f"Some lines of your last form were not accepted:\n{reasons}\nWrite only what the evidence says."
