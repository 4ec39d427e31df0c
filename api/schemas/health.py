"""Health of the process."""

from typing import Any, Literal

from pydantic import BaseModel, Field


class Alive(BaseModel):
    """The process answers."""

    status: Literal["ok"] = "ok"


class BankReadiness(BaseModel):
    """What may be done in the bank's system. It is not asked whether it answers: without it questions are answered."""

    connected: bool = Field(description="Whether one is configured; without it nothing can be asked for or signed.")
    system: str = Field(description="What people call it.")
    catalogue: str = Field(description="Version of the list of allowed operations.")
    tools: list[str] = Field(description="The operations that are allowed, by name.")


class Readiness(BaseModel):
    """Whether requests can be served, and with what."""

    status: Literal["ready", "not_ready"]
    reasons: list[str] = Field(description="Why not; empty when ready.")
    worker: str = Field(description="Where turns are executed: `embedded` in this process, or `separate`.")
    guards: dict[str, str] = Field(description="The active guards and what they cover.")
    models: dict[str, Any] = Field(description="The active model of each task.")
    bank: BankReadiness = Field(description="The bank's system that the assistant may act in.")
