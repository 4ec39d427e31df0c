"""What bounds one turn. Each limit says why it has its value."""

from dataclasses import dataclass
from datetime import timedelta

from gateway.writers.ports import Form
from tools.connector.limits import SETTLED_AFTER_S


@dataclass(frozen=True, slots=True)
class TurnLimits:
    wall_s: float = 120.0
    """A person waiting longer has gone; a model that streams for two minutes is stuck."""

    recursion: int = 32
    """Graph steps: a question takes seven, an action two and three for each signed call; the library's own default is
    10007."""

    passages: int = 10
    """Evidence given to the writer: recall at ten is what retrieval is tuned for."""

    nearest: int = 3
    """Closest passages shown with an abstention: enough to rephrase by, few enough to read."""

    owners: int = 2
    """Policy owners named with an abstention: one to ask, and one more where the nearest documents have two."""

    claims: int = 6
    """Claims of one answer: more is not an answer but a document."""

    rewrites: int = 1
    """A claim that failed its check is asked for once more, with the reason."""

    attempts: int = 5
    """Executions of one run after crashes or outages, before it is failed for good."""

    stop_check_s: float = 0.5
    """A stop that was asked for while the model writes nothing is noticed within this; one small read each time."""


@dataclass(frozen=True, slots=True)
class ActingLimits:
    calls: int = 6
    """Calls of one run, reads included: a request that needs more is several requests."""

    open_requests: int = 50
    """Requests of one person that may wait for signatures at once: nobody needs more in an hour, and whoever asks for
    thousands hides one among them from those who sign."""

    write_tries: int = 3
    """Tries of a signed write within one execution of the run; all carry the same idempotency key."""

    write_wait_s: float = 0.2
    """Before the second of them, doubling: a connection that broke is back at once or not soon."""

    write_jitter_s: float = 0.05
    """At most this more, so that those whom one outage held up don't all come back in the same instant."""

    settled_after_s: float = SETTLED_AFTER_S
    """When a write that was sent has either been done or never will be."""

    write_for: timedelta = timedelta(hours=1)
    """How long after the last signature a write is tried again while the bank's system does not answer; then somebody
    has to look, and what was signed for this morning should not happen tonight."""


@dataclass(frozen=True, slots=True)
class FormLimits:
    """What bounds one form."""

    items: int = 40
    """Of a checklist: two pages of it; nobody ticks off more at once."""

    note: int = 12
    """Rules, steps and open points of a note together: more is the policy itself."""

    facts: int = 30
    """Sentences of what the person wrote: a message of the longest kind has about as many."""

    own_words: int = 1_000
    subject: int = 120
    cells: int = 8
    """Columns that a row is shown by."""

    replaces: float = 0.5
    """Share of a failed field's words that an entry of its passage must have to take its place."""

    def of(self, form: Form) -> int:
        """The most fields that a writer may give."""
        return self.items if form is Form.CHECKLIST else self.note


TURN_LIMITS = TurnLimits()
FORM_LIMITS = FormLimits()
ACTING_LIMITS = ActingLimits()
