"""Requests that wait for a signature: what is asked, by whom, what stands in the bank's system now, who decided."""

from datetime import datetime
from typing import Annotated, Any, Literal, Self, cast
from uuid import UUID

from pydantic import AfterValidator, AliasChoices, BaseModel, Field, model_validator

from api.limits import INPUTS
from api.schemas.common import Body, Text
from tools.approvals.limits import APPROVAL_LIMITS
from tools.approvals.models import ApprovalState, Choice
from tools.models import Origin, Signature

Role = Literal["maker", "checker"]


class PersonView(BaseModel):
    """Somebody of the tenant."""

    person: str
    name: str = Field(description="As the last sign-in said; the id where nothing is known of the person.")


class ArgumentOfApproval(BaseModel):
    """One argument as it is to be read before signing."""

    name: str
    label: str
    value: Any
    text: str = Field(description="The value in words.")
    origin: Origin
    origin_text: str = Field(description="Where the value came from, as a phrase.")
    sensitive: bool = Field(description="It steers what is affected.")


class SignatureView(PersonView):
    """What one person decided."""

    decision: Choice
    at: datetime
    reason: str | None


class Rights(BaseModel):
    """What the caller may do with it now."""

    approve: bool
    edit: bool
    reject: bool
    withdraw: bool
    why: str | None = Field(description="Why the caller may not approve it while it waits, in a sentence.")


class FactLine(BaseModel):
    """What stands in the bank's system now, and what will stand there."""

    label: str
    now: str
    after: str | None = Field(description="Null where it stays as it is.")


class FactsView(BaseModel):
    """The present state, read from the bank's system for this reply and in the caller's name."""

    read_at: datetime
    lines: list[FactLine]
    problem: str | None = Field(description="Why it could not be read, in a sentence.")


class ApprovalView(BaseModel):
    """A request for a signature. `digest` names exactly this call; a decision has to repeat it."""

    id: UUID
    run_id: UUID
    thread_id: UUID | None = Field(description="The conversation, for whose it is; null for everyone else.")
    call_id: UUID
    tool: str
    title: str
    system: str = Field(description="What people call the bank's system.")
    summary: str
    args: dict[str, Any]
    arguments: list[ArgumentOfApproval]
    arguments_schema: dict[str, Any] = Field(
        validation_alias=AliasChoices("arguments_schema", "schema"),
        serialization_alias="schema",
        description="JSON Schema of the arguments, for an edit.",
    )
    signature: Signature = Field(description="Who signs: the maker, another person, or two other persons.")
    needed: int = Field(ge=1, le=2, description="How many persons have to approve.")
    signatures: list[SignatureView]
    status: ApprovalState
    reason: str = Field(description="Why it has to be signed.")
    digest: str
    catalogue_version: str
    makers: list[PersonView]
    branch: str | None = Field(description="Of the person who asked.")
    request: str = Field(description="The words of the person who asked.")
    created_at: datetime
    expires_at: datetime
    closed_at: datetime | None
    follows: UUID | None = Field(description="The request that was edited into this one.")
    followed_by: UUID | None
    may: Rights
    result: str | None = Field(description="What came of it, once it was executed.")


class ApprovalDetail(ApprovalView):
    """A request for a signature beside the present state of what it would change."""

    facts: FactsView | None = Field(description="Null once it is decided, and where nothing is read for this tool.")


class Counts(BaseModel):
    """What waits."""

    to_sign: int = Field(description="Requests that the caller may approve now, her own to confirm among them.")
    oldest_at: datetime | None = Field(description="When the oldest of them was made.")
    requests_open: int = Field(description="Requests of the caller's own that wait for a signature.")


def _plain(value: Any, depth: int = INPUTS.argument_depth) -> None:
    """Whole numbers, texts, truth values, null, and short lists and objects of them: what has one canonical form."""
    if value is None or isinstance(value, bool):
        return
    if isinstance(value, int):
        if abs(value) > INPUTS.whole_number:
            raise ValueError("a number in it is too large")
    elif isinstance(value, str):
        _text(value)
    elif isinstance(value, list | dict) and depth > 0:
        for part in _parts(cast("list[Any] | dict[str, Any]", value)):
            _plain(part, depth - 1)
    else:
        raise ValueError("it may hold texts, whole numbers, true, false, null, and short lists and objects of them")


def _text(value: str) -> None:
    if len(value) > INPUTS.argument_chars:
        raise ValueError(f"a text in it has more than {INPUTS.argument_chars} characters")
    if "\x00" in value or any("\ud800" <= character <= "\udfff" for character in value):
        raise ValueError("it has a character that is not text")


def _parts(value: list[Any] | dict[str, Any]) -> list[Any]:
    if len(value) > INPUTS.arguments:
        raise ValueError(f"it has more than {INPUTS.arguments} entries")
    if isinstance(value, list):
        return value
    for name in value:
        _text(name)
    return list(value.values())


def _arguments(value: dict[str, Any]) -> dict[str, Any]:
    _plain(value)
    return value


Arguments = Annotated[dict[str, Any], AfterValidator(_arguments)]


class DecisionBody(Body):
    """A decision about exactly the call that the digest names."""

    decision: Choice
    digest: Annotated[
        Text, Field(min_length=1, max_length=INPUTS.digest_chars, description="`digest` of the request as it was read.")
    ]
    reason: Annotated[
        Text | None, Field(min_length=1, max_length=APPROVAL_LIMITS.reason_chars, description="Required to reject.")
    ] = None
    args: Annotated[
        Arguments | None, Field(description="All arguments as they are to be; with `edit` and only with it.")
    ] = None

    @model_validator(mode="after")
    def _args_belong_to_an_edit(self) -> Self:
        if (self.args is not None) != (self.decision == "edit"):
            raise ValueError("args go with the decision edit, and only with it")
        return self


class OpenApproval(BaseModel):
    """The request for a signature that a run waits for."""

    id: UUID
    state: ApprovalState
