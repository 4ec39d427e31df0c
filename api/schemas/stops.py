"""The stop switch: what is stopped, by whom and why, and who wants it to go on."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, Field

from api.limits import INPUTS
from api.schemas.approvals import PersonView
from api.schemas.common import Body, Text
from tools.stops.limits import STOP_LIMITS
from tools.stops.models import Stop, StopState


class RestartView(PersonView):
    """One of the two persons who let work go on."""

    at: datetime


class StopView(BaseModel):
    """A stop. It is lifted when two persons have restarted it."""

    id: UUID
    scope: str = Field(description="`all`, `writes`, or `tool:NAME`.")
    state: StopState
    stopped_by: PersonView
    reason: str
    stopped_at: datetime
    restarts: list[RestartView]
    lifted_at: datetime | None

    @classmethod
    def of(cls, stop: Stop) -> "StopView":
        return cls(
            id=stop.id,
            scope=stop.scope,
            state=stop.state,
            stopped_by=PersonView(person=stop.stopped_by.person, name=stop.stopped_by.name),
            reason=stop.reason or "",
            stopped_at=stop.stopped_at,
            restarts=[RestartView(person=mark.person, name=mark.name, at=mark.at) for mark in stop.restarts],
            lifted_at=stop.lifted_at,
        )


class StopBody(Body):
    """What is to stop, and why."""

    scope: Annotated[
        Text,
        Field(
            min_length=1,
            max_length=INPUTS.scope_chars,
            pattern=r"^(all|writes|tool:[a-z][a-z0-9_]*)$",
            description="`all`: nothing is read from the bank's systems nor changed; `writes`: nothing is changed; "
            "`tool:NAME`: that one tool.",
        ),
    ]
    reason: Annotated[Text, Field(min_length=1, max_length=STOP_LIMITS.reason_chars)]
