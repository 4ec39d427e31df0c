"""The signed-in person."""

from datetime import datetime

from pydantic import BaseModel, Field

from core.principal import Permission


class Me(BaseModel):
    """The principal of the request."""

    person: str
    name: str
    tenant: str
    branch: str | None
    roles: list[str] = Field(description="As the identity provider names them; also the audiences of documents.")
    permissions: list[Permission]
    expires_at: datetime = Field(description="When the sign-in ends.")
