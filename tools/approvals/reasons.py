"""Fixed sentences about signing. Whoever sees them is a clerk or a supervisor, not a programmer."""

from enum import StrEnum


class RightCode(StrEnum):
    """Why a person may or may not decide."""

    OK = "ok"
    OWN_REQUEST = "own_request"
    MAKER_ONLY = "maker_only"
    NO_ROLE = "no_role"
    NO_PERMISSION = "no_permission"
    NO_LIMIT = "no_limit"
    NO_AMOUNT = "no_amount"
    ABOVE_LIMIT = "above_limit"
    SIGNED_BEFORE = "signed_before"


RIGHTS: dict[RightCode, str] = {
    RightCode.OK: "You may decide this.",
    RightCode.OWN_REQUEST: "You asked for this or changed it, so another person decides.",
    RightCode.MAKER_ONLY: "Only the person who asked confirms this.",
    RightCode.NO_ROLE: "None of your roles signs this kind of request.",
    RightCode.NO_PERMISSION: "Your roles do not include the right that this needs. Ask your administrator.",
    RightCode.NO_LIMIT: "None of your roles may sign an amount of this kind.",
    RightCode.NO_AMOUNT: "The amount can't be read as a whole number, so it can't be signed.",
    RightCode.ABOVE_LIMIT: "The amount is above what you may sign. Somebody with a higher limit has to sign it.",
    RightCode.SIGNED_BEFORE: "You have signed this already. Another person has to sign it too.",
}

NO_SUCH = "There is no such request that you asked for or may sign."
DIFFERS = "This is not the request that you looked at. Open it again and check it before you decide."
CATALOGUE_CHANGED = "The rules for such requests changed since this was asked. It can only be rejected; ask again."
EXPIRED = "Nobody signed this in time, so it expired. It has to be asked for again."
STOPPED = "This request was stopped before anybody decided it."
BEING_DONE = "This was approved already and is being carried out, so it can no longer be stopped."
JUST_DECIDED = "Somebody else decided this just now."

DECIDED: dict[str, str] = {
    "approved": "This was approved already.",
    "executed": "This was approved and carried out already.",
    "rejected": "This was rejected already.",
    "edited": "This was changed already; the changed request took its place.",
    "withdrawn": STOPPED,
    "voided": "This was approved, but then could not be carried out.",
    "failed": "This was approved, but the bank's system refused it.",
}

REASON_NEEDED = "Say why you reject this: the person who asked will read it."
REASON_TOO_LONG = "The reason is too long; {most} characters are the most."
ARGS_NEEDED = "Say what the request is to be changed to."
ARGS_NOT_WANTED = "Only an edit takes changed arguments."
NOTHING_CHANGED = "Nothing was changed. To sign it as it is, approve it."
BAD_EDIT = "The changed request is not valid: {problems}."

EDITED_BY = "typed by {name} when changing the request"
EDITED_REASON = "{name} changed what was asked, so somebody else has to sign it."
EDITED_OWN_REASON = "You changed what you asked for; confirm it as it is now."
