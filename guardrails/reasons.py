"""Why something was refused, withheld or not answered: the closed set of codes and the fixed sentences users see.

Every sentence here is product text (invariant 1): no part of it comes from a model, a document or the user.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class ReasonCode(StrEnum):
    """One code per cause, used in `refused`, `abstained` and verdict records; see `EXPLANATIONS` for the words."""

    ALLOWED = "allowed"

    # refused: the request itself
    EMPTY = "empty"
    TOO_LONG = "too_long"
    UNREADABLE = "unreadable"
    INJECTION = "injection"
    OUT_OF_SCOPE = "out_of_scope"
    SMALL_TALK = "small_talk"
    FORBIDDEN = "forbidden"
    OTHER_PERSONS_DATA = "other_persons_data"
    CREDIT_DECISION = "credit_decision"
    TIPPING_OFF = "tipping_off"
    DISCRIMINATION = "discrimination"
    ACTION_UNAVAILABLE = "action_unavailable"
    GUARD_UNAVAILABLE = "guard_unavailable"

    # acting: a request to do something, or to look something up
    ARGUMENT_MISSING = "argument_missing"
    NO_TOOL_FITS = "no_tool_fits"
    TOOL_REFUSED = "tool_refused"
    TOOLS_STOPPED = "tools_stopped"
    TOOLS_SUSPENDED = "tools_suspended"
    TOO_MANY_CALLS = "too_many_calls"
    TOO_MANY_OPEN = "too_many_open"
    CALL_REPEATED = "call_repeated"
    PLACEHOLDER_MISPLACED = "placeholder_misplaced"

    # abstained: the evidence or the answer
    NO_EVIDENCE = "no_evidence"
    WEAK_EVIDENCE = "weak_evidence"
    NAMED_THING_MISSING = "named_thing_missing"
    NO_EDITION_THEN = "no_edition_then"
    NOTHING_LISTED = "nothing_listed"
    EVIDENCE_UNWEIGHED = "evidence_unweighed"
    UNSUPPORTED_ANSWER = "unsupported_answer"
    EVIDENCE_CHANGED = "evidence_changed"

    # one claim did not pass
    CLAIM_EMPTY = "claim_empty"
    CLAIM_TOO_LONG = "claim_too_long"
    CITATION_MISSING = "citation_missing"
    CITATION_UNKNOWN = "citation_unknown"
    UNSAFE_TEXT = "unsafe_text"
    FIGURE_NOT_IN_SOURCE = "figure_not_in_source"
    MODALITY_CHANGED = "modality_changed"
    FIGURE_ELSEWHERE = "figure_elsewhere"
    CONDITION_DROPPED = "condition_dropped"
    CONDITION_CHANGED = "condition_changed"
    MEANING_TURNED = "meaning_turned"
    OTHER_LANGUAGE = "other_language"
    CLAIM_CHECK_FAILED = "claim_check_failed"
    QUOTE_NOT_VERBATIM = "quote_not_verbatim"
    NOT_SUPPORTED = "not_supported"
    PERSONAL_DATA = "personal_data"


@dataclass(frozen=True, slots=True)
class Explanation:
    """What the user reads: why, and what to do next. Both are whole sentences in plain English."""

    reason: str
    next_step: str


_REPHRASE: Final = "Try naming the product, the regulation or the document you have in mind."
_ASK_COMPLIANCE: Final = "Please ask compliance or the owner of the policy."
_CLAIM_NEXT: Final = "The sentence was left out. Read the cited passages directly."

EXPLANATIONS: Final[dict[ReasonCode, Explanation]] = {
    ReasonCode.ALLOWED: Explanation("Nothing stands against it.", ""),
    ReasonCode.EMPTY: Explanation("There was no question in your message.", "Write your question and send it again."),
    ReasonCode.TOO_LONG: Explanation(
        "Your message is longer than this assistant can read at once.",
        "Shorten it to the question and the facts that matter, at most 4,000 characters.",
    ),
    ReasonCode.UNREADABLE: Explanation(
        "Your message could not be read as text.", "Type the question instead of pasting it, and send it again."
    ),
    ReasonCode.INJECTION: Explanation(
        "This message tries to change how the assistant works, so it was not answered.",
        "Ask your policy question in plain words. If you think this is a mistake, tell compliance.",
    ),
    ReasonCode.OUT_OF_SCOPE: Explanation(
        "This assistant answers questions about the bank's policies, products and regulations only.",
        "Ask about a policy, a procedure or a regulation.",
    ),
    ReasonCode.SMALL_TALK: Explanation(
        "Hello. I answer questions from the bank's approved policies and regulations, and every sentence shows "
        "its source.",
        "Ask, for example: “How long do we keep applications for credit?”",
    ),
    ReasonCode.FORBIDDEN: Explanation(
        "This asks how to get around a control, and the assistant does not help with that.",
        "If you have seen such a case, report it to compliance. You may ask what the rule requires.",
    ),
    ReasonCode.OTHER_PERSONS_DATA: Explanation(
        "This asks for another person's data, and no case or customer number says that it belongs to your work.",
        "Name the case or the customer number. You may ask who may be told what, for example about a spouse.",
    ),
    ReasonCode.CREDIT_DECISION: Explanation(
        "Whether a person gets credit is decided by the people and the procedure that the credit policy names, not by "
        "this assistant.",
        "Ask which criteria, documents and approvals apply, and decide by them. You may also ask what to tell the "
        "applicant.",
    ),
    ReasonCode.TIPPING_OFF: Explanation(
        "Letting somebody know of a suspicion, a report or an investigation can be an offence, so the assistant does "
        "not help with that.",
        "Say nothing about it to the customer and speak to compliance. You may ask what may be said.",
    ),
    ReasonCode.DISCRIMINATION: Explanation(
        "This would treat people differently for what they are (such as origin, religion, sex or age), and the "
        "assistant does not help with that.",
        "Decide by the criteria of the credit policy. You may ask which grounds are prohibited.",
    ),
    ReasonCode.ACTION_UNAVAILABLE: Explanation(
        "The assistant can't change anything in the bank's systems yet.",
        "Do it in the usual system. You may ask which rules apply to it.",
    ),
    ReasonCode.GUARD_UNAVAILABLE: Explanation(
        "A safety check could not run, so the message was not answered.", "Please try again in a minute."
    ),
    ReasonCode.ARGUMENT_MISSING: Explanation(
        "Something is missing before this can be proposed.", "Add it in your next message; the rest is kept."
    ),
    ReasonCode.PLACEHOLDER_MISPLACED: Explanation(
        "The assistant put a person's data where it does not belong, so nothing was proposed.",
        "Say once more what is to be done, or do it in the usual system.",
    ),
    ReasonCode.NO_TOOL_FITS: Explanation(
        "The assistant has no tool for this.",
        "Do it in the usual system. You may ask which rules apply to it.",
    ),
    ReasonCode.TOOL_REFUSED: Explanation(
        "The bank's system did not give this.", "Check the number or name, and ask again."
    ),
    ReasonCode.TOOLS_STOPPED: Explanation(
        "Requests of this kind are stopped at present, so nothing was proposed.",
        "Ask again when they are not, or do it in the usual system.",
    ),
    ReasonCode.TOOLS_SUSPENDED: Explanation(
        "Part of this message reads like an order to the assistant itself, so nothing was proposed.",
        "Write in plain words what is to be done. If you think this is a mistake, tell compliance.",
    ),
    ReasonCode.TOO_MANY_CALLS: Explanation(
        "This needs more steps than one request may take, so the rest was not done.",
        "Ask for the rest in a message of its own.",
    ),
    ReasonCode.TOO_MANY_OPEN: Explanation(
        "Too many of your requests wait for a signature already, so nothing was proposed.",
        "Wait until some are decided, or withdraw those that you no longer need; then ask again.",
    ),
    ReasonCode.CALL_REPEATED: Explanation(
        "The same step was planned twice, so nothing more was done.", "Ask again in other words, one step at a time."
    ),
    ReasonCode.NO_EVIDENCE: Explanation(
        "Nothing was found in the documents you may read.", f"{_REPHRASE} {_ASK_COMPLIANCE}"
    ),
    ReasonCode.WEAK_EVIDENCE: Explanation(
        "The documents you may read don't clearly answer this question.",
        f"The nearest passages are listed below. {_REPHRASE} {_ASK_COMPLIANCE}",
    ),
    ReasonCode.NAMED_THING_MISSING: Explanation(
        "The documents you may read don't deal with something that your question names.",
        f"The nearest passages are listed below. {_ASK_COMPLIANCE}",
    ),
    ReasonCode.NO_EDITION_THEN: Explanation(
        "No edition that counted on that day answers this.", "Ask about a later day, or about today."
    ),
    ReasonCode.NOTHING_LISTED: Explanation(
        "The documents that were found hold nothing that could be listed for this.",
        "Ask it as a question instead, or name the document that you mean.",
    ),
    ReasonCode.EVIDENCE_UNWEIGHED: Explanation(
        "Whether the documents answer this could not be judged, so nothing was answered.",
        "Please try again in a minute, or read the nearest passages listed below.",
    ),
    ReasonCode.UNSUPPORTED_ANSWER: Explanation(
        "No answer could be written that the documents fully support.",
        f"The nearest passages are listed below. {_ASK_COMPLIANCE}",
    ),
    ReasonCode.EVIDENCE_CHANGED: Explanation(
        "While this was being answered, a document behind it was replaced or withdrawn, or stopped being open to you.",
        "Ask again: the answer then rests on what you may read and what applies now.",
    ),
    ReasonCode.CLAIM_EMPTY: Explanation("The sentence has no text.", _CLAIM_NEXT),
    ReasonCode.CLAIM_TOO_LONG: Explanation("The sentence is too long to check.", _CLAIM_NEXT),
    ReasonCode.CITATION_MISSING: Explanation("The sentence cites no source.", _CLAIM_NEXT),
    ReasonCode.CITATION_UNKNOWN: Explanation("The sentence cites a source that was not found for you.", _CLAIM_NEXT),
    ReasonCode.UNSAFE_TEXT: Explanation(
        "The sentence has a link, markup, an instruction or advertising in it.", _CLAIM_NEXT
    ),
    ReasonCode.FIGURE_NOT_IN_SOURCE: Explanation(
        "A figure, date, amount or period of the sentence is not in the cited passages.", _CLAIM_NEXT
    ),
    ReasonCode.MODALITY_CHANGED: Explanation(
        "The sentence says must, may or not where the cited passages say otherwise.", _CLAIM_NEXT
    ),
    ReasonCode.FIGURE_ELSEWHERE: Explanation(
        "A figure of the sentence belongs to something else in the cited passages, or has another bound there.",
        _CLAIM_NEXT,
    ),
    ReasonCode.CONDITION_DROPPED: Explanation(
        "The sentence leaves out a condition or an exception of the cited passages.", _CLAIM_NEXT
    ),
    ReasonCode.CONDITION_CHANGED: Explanation(
        "The sentence has another condition or exception than the cited passages.", _CLAIM_NEXT
    ),
    ReasonCode.MEANING_TURNED: Explanation("The sentence says the opposite of the cited passages.", _CLAIM_NEXT),
    ReasonCode.OTHER_LANGUAGE: Explanation("The sentence is in another language than its sources.", _CLAIM_NEXT),
    ReasonCode.CLAIM_CHECK_FAILED: Explanation("The sentence could not be checked.", _CLAIM_NEXT),
    ReasonCode.QUOTE_NOT_VERBATIM: Explanation(
        "The sentence is marked as a quote but is not in the cited passages word for word.", _CLAIM_NEXT
    ),
    ReasonCode.NOT_SUPPORTED: Explanation("The cited passages don't say what the sentence says.", _CLAIM_NEXT),
    ReasonCode.PERSONAL_DATA: Explanation(
        "The sentence has personal data in it that the cited passages don't have.", _CLAIM_NEXT
    ),
}
