"""Health of the process."""

from typing import Any, Literal

from pydantic import BaseModel, Field


class Alive(BaseModel):
    """The process answers."""

    status: Literal["ok"] = "ok"


class Readiness(BaseModel):
    """Whether requests can be served, and with what."""

    status: Literal["ready", "not_ready"]
    reasons: list[str] = Field(description="Why not; empty when ready.")
    worker: str = Field(description="Where turns are executed: `embedded` in this process, or `separate`.")
    guards: dict[str, str] = Field(description="The active guards and what they cover.")
    models: dict[str, Any] = Field(description="The active model of each task.")
