"""Background jobs as their owner sees them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, Field


class Progress(BaseModel):
    """How far a job is; `total` is 0 until that is known."""

    done: int
    total: int


class JobView(BaseModel):
    """A job: reading a file in."""

    id: UUID
    kind: str
    state: Literal["queued", "running", "succeeded", "failed"]
    progress: Progress
    edition_id: UUID | None
    error: dict[str, Any] | None = Field(description="A problem document where it failed: what to change.")
    created_at: datetime
    finished_at: datetime | None

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> "JobView":
        return cls(
            id=row["id"],
            kind=row["kind"],
            state=row["state"],
            progress=Progress(done=row["done"], total=row["total"]),
            edition_id=row["edition_id"],
            error=row["error"],
            created_at=row["created_at"],
            finished_at=row["finished_at"],
        )
