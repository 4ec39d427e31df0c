"""Every play of the replay campaign: what is played, how its last run has to end, what is played alone."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from evals import replay_effects as effects
from evals import replay_questions as questions
from evals import replay_requests as requests
from evals.replay_stage import Stage
from runs.models import RunStatus

ANSWERED: Final = frozenset({RunStatus.ANSWERED})
ABSTAINED: Final = frozenset({RunStatus.ABSTAINED})
REFUSED: Final = frozenset({RunStatus.REFUSED})
FAILED: Final = frozenset({RunStatus.FAILED})
CANCELLED: Final = frozenset({RunStatus.CANCELLED})
TIMED_OUT: Final = frozenset({RunStatus.BUDGET_EXCEEDED})


@dataclass(frozen=True, slots=True)
class Play:
    """A way that a run can go. `alone`: it stops tools or changes rights or limits, which other plays would feel."""

    act: Callable[[Stage], Awaitable[None]]
    ends: frozenset[RunStatus]
    alone: bool = False


PLAYS: Final[dict[str, Play]] = {
    "answered by quoting": Play(questions.answered, ANSWERED),
    "written by a model": Play(questions.written, ANSWERED),
    "rewritten": Play(questions.rewritten, ANSWERED),
    "quoted after bad claims": Play(questions.quoted_after_bad_claims, ANSWERED),
    "quoted after a failure": Play(questions.quoted_after_a_failure, ANSWERED),
    "broken off by the model": Play(questions.broken_off, ANSWERED),
    "abstained": Play(questions.abstained, ABSTAINED | REFUSED),
    "nothing stood": Play(questions.unsupported, ABSTAINED),
    "refused: injection": Play(questions.refused_injection, REFUSED),
    "refused: evasion": Play(questions.refused_evasion, REFUSED),
    "refused: small talk": Play(questions.refused_small_talk, REFUSED),
    "refused: out of scope": Play(questions.refused_out_of_scope, REFUSED),
    "followed up": Play(questions.followed_up, ANSWERED | ABSTAINED),
    "followed up by a model": Play(questions.followed_up_by_a_model, ANSWERED | ABSTAINED),
    "killed in an answer": Play(questions.killed_in_an_answer, ANSWERED),
    "killed after a claim": Play(questions.killed_after_a_claim, ANSWERED),
    "claims withdrawn": Play(questions.withdrawn, ABSTAINED),
    "closed meanwhile": Play(questions.closed_meanwhile, ABSTAINED),
    "given up": Play(questions.given_up, FAILED),
    "out of reach": Play(questions.out_of_reach, ANSWERED),
    "shut down in an answer": Play(questions.shut_down, ANSWERED),
    "executed twice at once": Play(questions.two_at_once, ANSWERED),
    "cancelled while silent": Play(questions.cancelled_while_silent, CANCELLED),
    "cancelled while writing": Play(questions.cancelled_while_writing, CANCELLED | ANSWERED),
    "cancelled at any moment": Play(questions.cancelled_at_any_moment, CANCELLED),
    "timed out": Play(questions.timed_out, TIMED_OUT, alone=True),
    "failed by a defect": Play(questions.defect, FAILED | TIMED_OUT),
    "looked up": Play(requests.looked_up, ANSWERED),
    "looked up in vain": Play(requests.looked_up_in_vain, ABSTAINED),
    "looked up while the bank was away": Play(requests.looked_up_while_away, FAILED),
    "completed by the next message": Play(requests.asked_for_what_is_missing, ANSWERED),
    "approved": Play(requests.approved, ANSWERED),
    "approved by two": Play(requests.approved_by_two, ANSWERED),
    "approved by oneself": Play(requests.approved_by_oneself, ANSWERED),
    "two requests in one": Play(requests.two_in_one_message, ANSWERED),
    "planned by a model": Play(requests.planned_by_a_model, ANSWERED),
    "planned after a failure": Play(requests.planned_after_a_failure, ANSWERED),
    "denied": Play(requests.denied, REFUSED),
    "edited": Play(requests.edited, ANSWERED | {RunStatus.REJECTED}),
    "rejected": Play(requests.rejected, frozenset({RunStatus.REJECTED})),
    "expired": Play(requests.expired, frozenset({RunStatus.EXPIRED})),
    "withdrawn by its maker": Play(requests.withdrawn_by_the_maker, CANCELLED),
    "stopped while it waits": Play(requests.stopped_while_it_waits, CANCELLED),
    "voided by a demotion": Play(effects.voided_by_a_demotion, FAILED, alone=True),
    "voided by a stop": Play(effects.voided_by_a_stop, FAILED, alone=True),
    "held up by a stop": Play(effects.held_up_by_a_stop, REFUSED, alone=True),
    "stopped after it was done": Play(effects.stopped_after_it_was_done, ANSWERED, alone=True),
    "refused by the bank": Play(effects.refused_by_the_bank, FAILED),
    "away and back": Play(effects.away_and_back, ANSWERED),
    "never back": Play(effects.never_back, FAILED),
    "killed before the effect": Play(effects.killed_before_the_effect, ANSWERED),
    "killed after the effect": Play(effects.killed_after_the_effect, ANSWERED),
    "out of reach when it acts": Play(effects.out_of_reach, ANSWERED),
    "shut down when it acts": Play(effects.shut_down, ANSWERED),
    "killed while asking": Play(effects.killed_while_asking, ANSWERED),
}
