"""Asking."""

from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, Field

from api.limits import INPUTS
from api.schemas.common import Body, Day, Name, Text
from runs.models import Mode, RunStatus


class Ask(Body):
    """A question for a conversation."""

    message: Annotated[Text, Field(min_length=1, max_length=INPUTS.message_chars, description="The question.")]
    mode: Mode = Mode.ANSWER
    as_of: Annotated[Day | None, Field(description="The day whose policy counts; today where none is given.")] = None
    libraries: Annotated[
        list[Name] | None,
        Field(min_length=1, max_length=INPUTS.libraries, description="Only these; all of the caller's where none."),
    ] = None


class AskStream(Ask):
    """A question, in a conversation of the caller's or in a new one."""

    thread_id: Annotated[UUID | None, Field(description="A new conversation where none is given.")] = None


class RunAccepted(BaseModel):
    """The run that will answer."""

    run_id: UUID
    thread_id: UUID
    status: RunStatus
    events: str = Field(description="Where its events are, as a path.")
