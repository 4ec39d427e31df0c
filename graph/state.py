"""What a turn carries from node to node.

Texts live in object channels only: the saver keeps scalars in plaintext. Documents stay out; a passage is its id.
"""

from typing import Any, Literal, TypedDict

OutcomeKind = Literal["answered", "abstained", "refused"]


class QuestionState(TypedDict):
    """The question as screened: `masked` is what a model may see, `standalone` what search is asked.

    `text` is what the person wrote, normalised: no model sees it. `stranger`: it does not look like a
    bank's question, and is refused unless the documents do answer it. `kind` and `risk` are those of
    `guardrails.risk`; a suspicious message is of high risk whatever it asks.
    """

    text: str
    masked: str
    standalone: str
    suspicious: bool
    stranger: bool
    kind: str
    risk: str


class EvidenceState(TypedDict):
    """The evidence by reference: chunk ids in the order of their numbers, and how well it fits (0..1)."""

    chunk_ids: list[str]
    scores: list[float]
    strength: float


class ActingState(TypedDict):
    """The acting branch. `request`: what is to be done, in the person's own words; `call_id`: the call that waits for
    a signature; `approval_id` and `digest`: what was signed; `performed`: something has been done in this run.
    `only_reads`: the message looks suspicious, so no model plans and nothing is changed."""

    request: str
    only_reads: bool
    call_id: str
    approval_id: str
    digest: str
    performed: bool


class OutcomeState(TypedDict):
    """How the turn ends. `event` is the payload of its last event but one, without run and time."""

    kind: OutcomeKind
    event: dict[str, Any]


class TurnState(TypedDict):
    """The whole state; a key is there once its node has run."""

    question: QuestionState
    evidence: EvidenceState
    acting: ActingState
    outcome: OutcomeState


class Update(TypedDict, total=False):
    """What a node returns, and what a turn starts from."""

    question: QuestionState
    evidence: EvidenceState
    acting: ActingState
    outcome: OutcomeState
