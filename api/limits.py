"""Bounds of the HTTP door: frozen data, each with the reason for its size."""

from dataclasses import dataclass
from datetime import timedelta

from retrieval.limits import PARSE_LIMITS


@dataclass(frozen=True, slots=True)
class TokenLimits:
    """Bounds on access tokens and on the key sets that verify them."""

    token_chars: int = 8_192  # Entra and Keycloak tokens with 200 group claims stay below 6 kB
    key_id_chars: int = 256
    roles: int = 200  # the number of groups after which Entra stops listing them in a token
    claim_chars: int = 256
    signing_limit: int = 2**53 - 1  # whole dollars; the largest integer that every JSON reader keeps exactly
    leeway_s: int = 30  # clock skew between machines that run NTP, with room
    rsa_bits: int = 2_048  # NIST SP 800-131A: shorter RSA keys are disallowed
    document_bytes: int = 262_144  # discovery document or key set; the largest public ones are about 30 kB
    keys: int = 64
    fetch_timeout_s: float = 5.0
    keys_fresh_s: int = 600  # ask again after ten minutes, so that a withdrawn key stops counting
    keys_usable_s: int = 86_400  # without contact for a day the last good keys stop counting too
    first_load_pause_s: int = 1  # the provider may start after us
    refresh_pause_s: int = 30  # an unknown key id can cause at most one request in this time


TOKENS = TokenLimits()


@dataclass(frozen=True, slots=True)
class SignInLimits:
    """Bounds on the browser's sign-in."""

    attempt_s: int = 600  # time to type a password and a second factor
    return_to_chars: int = 512
    exchange_timeout_s: float = 10.0


SIGN_IN = SignInLimits()


@dataclass(frozen=True, slots=True)
class BodyLimits:
    """Largest request bodies, in bytes; longer ones are refused with 413 before they are read."""

    ordinary: int = 262_144  # a question of 8,000 characters in any script, escaped, and its settings
    upload: int = PARSE_LIMITS.max_bytes + 262_144  # the largest file that is read, and its metadata
    form_fields: int = 20


BODIES = BodyLimits()


@dataclass(frozen=True, slots=True)
class Rate:
    """A token bucket: `burst` at once, then `per_second` on average."""

    per_second: float
    burst: int


UPLOADS_PER_PERSON = Rate(per_second=1.0, burst=60)
"""A policy owner may send a folder of circulars at once; parsing is queued behind it anyway."""

FACTS_PER_PERSON = Rate(per_second=2.0, burst=60)
"""Somebody who goes through a queue of 60 at once sees each beside its facts; the bank's system is spared the rest."""

AUDIT_LOOKS_PER_PERSON = Rate(per_second=3.0, burst=120)
"""Somebody who walks from run to run, with a banner that asks too; every look adds a record to the ledger."""

AUDIT_PROOFS_PER_PERSON = Rate(per_second=0.2, burst=20)
"""Replays, packs and full verifications take seconds of a core each."""

BUCKETS = 50_000
"""People whose bucket is remembered; the one longest unused is forgotten first, which only refills it."""


@dataclass(frozen=True, slots=True)
class InputLimits:
    """Sizes of what a request may contain."""

    message_chars: int = 8_000  # a long e-mail pasted as a question; the guard's own limit may be lower
    query_chars: int = 2_000
    comment_chars: int = 2_000
    correction_chars: int = 2_000  # a field has at most 1,200; a person may say more
    libraries: int = 50
    name_chars: int = 200
    search_results: int = 50
    page_size: int = 100  # the contract's maximum
    page_size_default: int = 50
    idempotency_key_chars: int = 200
    pages: int = 100_000
    audience_roles: int = 50
    digest_chars: int = 128  # a digest has 64; a longer one is no digest
    arguments: int = 50  # an operation of the bank's system has a handful
    argument_chars: int = 16_000  # a note of several pages
    argument_depth: int = 4
    whole_number: int = 2**53 - 1  # RFC 8785: larger ones differ between readers of JSON
    scope_chars: int = 120  # `tool:` and the name of a tool


INPUTS = InputLimits()


@dataclass(frozen=True, slots=True)
class AudienceLimits:
    """Changing who may read a document."""

    reason_chars: int = 2_000  # a paragraph at most
    listed: int = 100  # of the history: a document's audience changes a few times in its life
    waiting: int = 20  # wider audiences of one document that wait for a second policy owner
    proposals_open: timedelta = timedelta(days=7)  # a colleague is back from a week's leave; then it is asked anew


AUDIENCES = AudienceLimits()


@dataclass(frozen=True, slots=True)
class AuditLimits:
    """How far compliance may look at once."""

    first_year: int = 2000  # before any record; keeps days away from the ends of the calendar
    last_year: int = 2100
    period_days: int = 366  # of figures: a year, leap years too
    default_days: int = 30
    outcomes: int = 20  # there are twelve
    unanswered: int = 1_000  # questions opened and grouped for one look: half a second of a core; the latest count
    nearest: int = 3  # passages whose documents a question without an answer is told with
    examples: int = 3  # runs shown for a topic; the list of runs has the others


AUDIT = AuditLimits()


@dataclass(frozen=True, slots=True)
class FactLimits:
    """Reading the bank's present state beside a request that waits for a signature."""

    within_s: float = 4.0  # longer than that a signer reads without it, and the page says so
    line_chars: int = 500  # one line beside one argument; the bank's own text may be of any length


FACTS = FactLimits()


@dataclass(frozen=True, slots=True)
class StreamLimits:
    """How an event stream behaves, in seconds."""

    ping_s: int = 15  # the contract: a comment line every 15 s keeps proxies open
    send_timeout_s: float = 30.0  # a reader that takes nothing for so long is gone
    poll_s: float = 2.0  # caps a lost wake-up
    linger_s: float = 1.0  # a stopping service lets a turn end for so long before it ends the turn's stream
    shutdown_grace_s: float = 2.0  # then streams are cut; shorter than the server's own
    server_grace_s: int = 8
    open_per_person: int = 20  # tabs and reconnects of one person; protects the process


STREAMS = StreamLimits()

IDEMPOTENCY_DAYS = 1
"""How long a stored reply answers a repeated request: a day covers every retry of a client or proxy."""
