"""How each kind of input is kept."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final, Literal
from uuid import UUID

from pydantic import TypeAdapter

from core.principal import Principal
from gateway.planning.ports import Plan
from gateway.writers.ports import ClaimDraft, Usage
from graph.shown import Shown
from guardrails.personal_data import Mask, Value
from guardrails.reasons import ReasonCode
from guardrails.scope import ScopeFinding
from guardrails.screening import Screening
from guardrails.verdict import Verdict
from retrieval.models import Evidence
from retrieval.owners.models import Owner
from retrieval.surroundings import Surroundings
from runs.models import Exchange, Run
from tools.approvals.models import Approval
from tools.calls.calls import KeptCall
from tools.connector.ports import Outcome
from tools.effects.models import Begun, EffectState


@dataclass(frozen=True, slots=True)
class Beginning:
    """What an execution starts from."""

    run: Run
    principal: Principal
    history: tuple[Exchange, ...]
    attempt: int
    tries: int
    shown: Shown
    versions: Mapping[str, str]
    """Of everything that decides and is not an input: models, prompts, thresholds, catalogue."""
    is_stopped: bool = False
    """The person asked to stop before anything had begun."""
    masks: tuple[Mask, ...] = ()
    """The personal data that earlier turns of the conversation hid, in their order."""


@dataclass(frozen=True, slots=True)
class Left:
    """Where an earlier execution was: at an interrupt, behind a step of the graph, or nowhere."""

    interrupted: bool
    step: int | None


@dataclass(frozen=True, slots=True)
class Ended:
    """What became of the approval of a run that ended by itself."""

    approval: Approval
    state: EffectState


Held = Literal["ours", "stop", "lost", "changed"]
"""Whether a run is still this execution's, whether its person asked to stop, and whether they may still read what is
about to be shown."""

Finished = bool | Literal["changed"]
"""Whether a run was ended; not where its person may no longer read what is about to be shown."""

HELD: Final[TypeAdapter[Held]] = TypeAdapter(Held)
FINISHED: Final[TypeAdapter[Finished]] = TypeAdapter(Finished)
BEGINNING: Final = TypeAdapter(Beginning)
LEFT: Final = TypeAdapter(Left)
MOMENT: Final = TypeAdapter(datetime)
ID: Final = TypeAdapter(UUID)
FLAG: Final = TypeAdapter(bool)
NUMBER: Final = TypeAdapter(int)
TEXT: Final = TypeAdapter(str)
ANYTHING: Final[TypeAdapter[Any]] = TypeAdapter(Any)
SCREENING: Final = TypeAdapter(Screening)
VALUES: Final[TypeAdapter[tuple[Value, ...]]] = TypeAdapter(tuple[Value, ...])
SCOPE: Final = TypeAdapter(ScopeFinding)
VERDICT: Final = TypeAdapter(Verdict)
EVIDENCE: Final = TypeAdapter(Evidence)
SURROUNDINGS: Final = TypeAdapter(Surroundings)
WRITTEN: Final[TypeAdapter[ClaimDraft | Usage]] = TypeAdapter(ClaimDraft | Usage)
PLAN: Final = TypeAdapter(Plan)
CALLS: Final[TypeAdapter[tuple[KeptCall, ...]]] = TypeAdapter(tuple[KeptCall, ...])
APPROVAL: Final = TypeAdapter(Approval)
MAYBE_APPROVAL: Final[TypeAdapter[Approval | None]] = TypeAdapter(Approval | None)
BEGUN: Final = TypeAdapter(Begun)
MAYBE_OUTCOME: Final[TypeAdapter[Outcome | None]] = TypeAdapter(Outcome | None)
MAYBE_REASON: Final[TypeAdapter[ReasonCode | None]] = TypeAdapter(ReasonCode | None)
OWNERS: Final[TypeAdapter[tuple[Owner, ...]]] = TypeAdapter(tuple[Owner, ...])
MAYBE_DAY: Final[TypeAdapter[date | None]] = TypeAdapter(date | None)
MAYBE_ENDED: Final[TypeAdapter[Ended | None]] = TypeAdapter(Ended | None)
