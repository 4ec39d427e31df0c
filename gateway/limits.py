"""Bounds and tuning of the gateway, each with where its number came from."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class EmbeddingLimits:
    """Bounds of one process's embedding thread."""

    max_tokens: int = 256
    """The model's own training length (its sentence_bert_config.json); longer texts are cut."""
    max_characters: int = 32_000
    """256 tokens never need more; keeps a hostile text from occupying the tokenizer."""
    max_waiting_tokens: int = 4_000_000
    """About 25 minutes of work on one core at 0.37 ms a token; beyond that the caller is refused."""
    bulk_tokens: int = 4_000
    """More at once is bulk and waits for all that is less. A batch of 64 passages has some 12,000; the sentences that
    one answer is made of and checked by stay under 2,000."""
    cached_texts: int = 4096
    """1.5 kB each, 6 MB in all."""
    cached_text_tokens: int = 96
    """Questions and sentences are remembered, passages (seen once, at ingest) are not."""


EMBEDDING = EmbeddingLimits()


@dataclass(frozen=True, slots=True)
class RerankingLimits:
    """Bounds of the optional cross-encoder. Times in seconds."""

    tokens: int = 256
    """Of question and passage together; a passage is made to fit (900 characters, some 200 tokens)."""
    characters: int = 4_000
    """256 tokens seldom need more; keeps a hostile text from occupying the tokenizer."""
    total_s: float = 2.0
    """Twenty passages on one core with a model of six layers; beyond it the order stays as it was."""
    waiting: int = 8
    """Questions that may wait for the thread; with more of them the last would time out anyway."""


RERANKING = RerankingLimits()


@dataclass(frozen=True, slots=True)
class ClassifyingLimits:
    """Bounds of the optional classifier of messages. Times in seconds."""

    tokens: int = 512
    """Of one window; the usual models read so many."""
    overlap: int = 64
    """Tokens that a window shares with the one before, so that no sentence is cut in both."""
    characters: int = 4_000
    """No message has more."""
    total_s: float = 4.0
    """Less than the guard that asks it may take; beyond it the turn is refused."""
    waiting: int = 8
    """Messages that may wait for the thread."""


CLASSIFYING = ClassifyingLimits()


@dataclass(frozen=True, slots=True)
class EntailingLimits:
    """Bounds of the optional entailment model. Times in seconds."""

    tokens: int = 384
    """Of a few sentences and a claim together."""
    characters: int = 4_000
    """384 tokens seldom need more; keeps a hostile text from occupying the tokenizer."""
    total_s: float = 2.0
    """Five pairs on one core with a model of twelve layers; beyond it the claim is withheld."""
    waiting: int = 16
    """Claims that may wait for the thread; with more of them the last would time out anyway."""


ENTAILING = EntailingLimits()


@dataclass(frozen=True, slots=True)
class WritingLimits:
    """Bounds of one call of a model. Times in seconds."""

    claim_characters: int = 600
    """A claim is one sentence, or a lead-in with its list; the longest sentences of Regulation E are near it."""
    line_characters: int = 4_000
    """A JSON line with its claim, every character escaped, and room to spare."""
    citations: int = 8
    """More sources for one sentence than a reader follows."""
    output_tokens: int = 1_200
    """Six claims of 600 characters are some 900 tokens."""
    reply_characters: int = 16_000
    """Stops a provider that ignores the token limit."""
    event_bytes: int = 256_000
    """Of one line of a stream: a delta with its envelope has a few hundred. What never ends a line would fill the
    memory until the time is over."""
    stream_bytes: int = 8_000_000
    """Of a whole stream, its comments and blanks too: 1,200 tokens with their envelopes are some 400,000."""
    counted_tokens: int = 10_000_000
    """A count above it is none: the largest contexts hold a tenth of that."""
    connect_s: float = 3.0
    silence_s: float = 15.0
    """Before the first byte of a stream, and between two."""
    total_s: float = 45.0
    """A whole reply; most answers take a few seconds."""
    end_of_body_s: float = 0.05
    """After a stream's last event; a server that dawdles costs a new connection, not an answer's time."""
    bedrock_threads: int = 8
    """Calls of Bedrock under way at once in a process; others wait for one to end."""


WRITING = WritingLimits()

FORM_WRITING = WritingLimits(output_tokens=4_000, reply_characters=48_000)
"""Forty fields of some 200 characters with their JSON are 3,000 tokens; three times as many characters as an answer
stop a provider that ignores that."""


@dataclass(frozen=True, slots=True)
class ResilienceLimits:
    """How long the gateway tries before it falls back. Times in seconds."""

    attempts: int = 2
    """One retry: a second failure within a second is an outage and the next writer's turn."""
    wait_initial_s: float = 0.1
    wait_max_s: float = 0.5
    wait_jitter_s: float = 0.2
    first_claim_s: float = 30.0
    """For all providers together until the first claim; then the sources are quoted instead."""
    breaker_threshold: int = 5
    breaker_open_s: float = 20.0
    """Five failures in a row open it; one call is let through after twenty seconds."""


RESILIENCE = ResilienceLimits()


@dataclass(frozen=True, slots=True)
class RewritingLimits:
    """Bounds of making a follow-up stand alone."""

    question_characters: int = 500
    turns: int = 4
    answer_characters: int = 1_200
    output_tokens: int = 200
    reply_bytes: int = 64_000
    """A question of 500 characters, every one escaped, in the provider's own fields."""
    total_s: float = 8.0
    """The built-in rules take over after that; the person is still waiting for the search to begin."""


REWRITING = RewritingLimits()


@dataclass(frozen=True, slots=True)
class PlanningLimits:
    """Bounds of one step of planning by a model."""

    calls: int = 8
    """At once; nobody asks for more in one message, and each write is signed by itself."""
    arguments_characters: int = 16_000
    """A note of the longest message (4,000 characters), half of it escaped."""
    arguments_depth: int = 4
    """The object itself is the first level; no tool of a bank's catalogue should need more."""
    reply_bytes: int = 256_000
    """Eight calls with the longest arguments and the provider's own fields around them."""
    result_characters: int = 8_000
    """Of one past result; some 2,000 tokens."""
    past_steps: int = 12
    output_tokens: int = 2_500
    """Two of the longest notes."""
    total_s: float = 20.0
    """The built-in planner takes over after that; the person is still waiting."""


PLANNING = PlanningLimits()


@dataclass(frozen=True, slots=True)
class ExtractiveWeights:
    """How the built-in writer chooses. Tuned by hand on 36 questions of our own over the regulations and the
    sandbox policies (not the golden ones)."""

    likeness: float = 1.0
    """Times the cosine of question and sentence in context."""
    likeness_characters: int = 320
    """Of a candidate with its heading: some 70 tokens, 25 ms; what a sentence is about stands at its beginning."""
    coverage: float = 0.8
    context_share: float = 0.8
    section_share: float = 0.5
    title_share: float = 1.0
    """A term that is not quoted but stands in the caption, the section path or the document's title."""
    amount: float = 0.15
    """For a row whose range holds the amount of the question, and off for one that does not."""
    form: float = 0.35
    rank: float = 0.02
    """Off for each place of its source in the search's order."""
    least_coverage: float = 0.15
    least_score: float = 0.8
    near_best: float = 0.85
    as_good: float = 0.9
    """A list whose score is this share of its own item's takes the item's place."""
    repeats: float = 0.85
    """Share of the shorter one's terms that the other has, too."""
    shortlist: int = 16
    max_claims: int = 3
    note_claims: int = 8
    """Rules and steps of a note on a case: a page of it, each with what speaks for it nearly as the best."""
    short_reference: int = 160
    penalties: Mapping[str, float] = field(
        default_factory=lambda: {
            "sentence": 0.0,
            "list": 0.0,
            "row": 0.0,
            "item": 0.1,
            "fragment": 0.35,
            "dangling": 0.12,
            "example": 0.3,
            "reference": 0.2,
            "definition": 0.15,
            "model_form": 0.15,
            "purpose": 0.3,
        }
    )


EXTRACTIVE = ExtractiveWeights()


@dataclass(frozen=True, slots=True)
class ListingWeights:
    """How the built-in writer chooses the items of a checklist. Set on requests of our own over the sandbox policies
    (`python -m evals forms`)."""

    text_share: float = 0.5
    """A term of the request that stands in a section's text and not in its headings."""
    rank: float = 0.05
    """Off for each place in the search's order."""
    near_best: float = 0.65
    """Sections whose share of the request's own terms is this near to the best one's are taken, too."""
    title: float = 0.3
    """For the share of the terms that a document's title has."""
    of_title: float = 0.5
    """Weight of a term that the title and a heading have, in telling sections apart."""
    common: float = 0.6
    """A term of the title that so many of its sections have tells none of them apart."""
    alone: float = 0.9
    """Share of the terms that an entry of another section must have to be taken without its section."""
    row_terms: float = 0.5
    """Share of the terms that only a table's rows have, which a row must have where they tell rows apart."""
    sections: int = 12


LISTING = ListingWeights()
