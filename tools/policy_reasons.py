"""Why policy ruled as it did: a closed set of codes, each with its sentence for people."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from tools.models import Origin


class PolicyCode(StrEnum):
    """`ok.*`: as the catalogue lists it. `raised.*`: a second person signs who otherwise need not. The rest denies."""

    READS = "ok.reads"
    CONFIRMED = "ok.confirmed"
    SIGNED = "ok.signed"
    SIGNED_TWICE = "ok.signed_twice"
    NOT_ASKED = "raised.not_asked"
    FROM_TEXT = "raised.from_text"
    FROM_NOWHERE = "raised.from_nowhere"
    FOREIGN_ADDRESS = "raised.foreign_address"
    REPEATED = "raised.repeated"
    UNKNOWN_TOOL = "unknown_tool"
    NO_PERMISSION = "no_permission"
    BAD_ARGUMENTS = "bad_arguments"
    ABOVE_LIMITS = "above_limits"


SENTENCES: Final[Mapping[PolicyCode, str]] = {
    PolicyCode.READS: "This only reads.",
    PolicyCode.CONFIRMED: "You confirm this yourself: it can be undone and affects nobody else.",
    PolicyCode.SIGNED: "A second person must sign this.",
    PolicyCode.SIGNED_TWICE: "Two other persons must sign this, because the amount is above ${amount}.",
    PolicyCode.NOT_ASKED: "A second person must sign this, because the message does not ask for it in so many words.",
    PolicyCode.FROM_TEXT: (
        "A second person must sign this, because this comes from text that anybody may have written: {labels}."
    ),
    PolicyCode.FROM_NOWHERE: (
        "A second person must sign this, because the message does not say this in so many words: {labels}."
    ),
    PolicyCode.FOREIGN_ADDRESS: (
        "A second person must sign this, because an address or a number stands in it that the message does not "
        "name: {labels}."
    ),
    PolicyCode.REPEATED: "A second person must sign this, because the same was done just before.",
    PolicyCode.UNKNOWN_TOOL: "The assistant is not allowed to do this.",
    PolicyCode.NO_PERMISSION: "Your roles do not include the right to ask for this.",
    PolicyCode.BAD_ARGUMENTS: "This can't be done as it stands. {problems}",
    PolicyCode.ABOVE_LIMITS: "Nobody here may sign more than ${amount}, so this can't be asked for.",
}


ORIGINS: Final[Mapping[Origin, str]] = {
    Origin.USER: "Said in the request",
    Origin.RESULT: "From the bank's own record",
    Origin.EDITOR: "Typed by the person who edited the request",
    Origin.DEFAULT: "Set by the bank's catalogue",
    Origin.TEXT: "From text that anybody may have written",
    Origin.UNKNOWN: "Not found in the request or in any record",
}
