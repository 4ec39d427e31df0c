"""What a search is asked for, as query parameters, and as what the store looks for."""

from datetime import timedelta
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from api.cursors import MAX_CHARS
from api.days import Days
from api.limits import AUDIT, INPUTS
from api.schemas.audit import AuditDay
from api.schemas.common import Name
from audit.search.models import Wanted
from core.crypto import Keyring
from core.errors import Unprocessable
from runs.models import RunStatus
from runs.subjects import subject_digest

OutcomeFilter = RunStatus | Literal["acted"]
"""How a run stands or ended; `acted`: something was done in the bank's systems."""


class Filters(BaseModel):
    """All that is given has to hold. A misspelt filter is refused: without it the list would say something else."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    user: Annotated[Name | None, Field(description="Who asked, by id.")] = None
    since: Annotated[AuditDay | None, Field(alias="from", description="Asked on this day or later.")] = None
    until: Annotated[AuditDay | None, Field(alias="to", description="Asked on this day or earlier.")] = None
    outcome: Annotated[
        list[OutcomeFilter],
        Field(max_length=AUDIT.outcomes, description="Any of these; `acted`: something was done under signature."),
    ] = []
    tool: Annotated[Name | None, Field(description="A call of this tool was proposed.")] = None
    document: Annotated[
        Name | None, Field(description="Among the evidence: a document by its key, or an edition by its id.")
    ] = None
    case: Annotated[Name | None, Field(description="A call was about this case: `C-1042`.")] = None
    customer: Annotated[Name | None, Field(description="A call was about this customer: `31-7750`.")] = None
    code: Annotated[Name | None, Field(description="There was no answer for this reason, as a reason code.")] = None
    limit: Annotated[int, Field(ge=1, le=INPUTS.page_size, description="How many items at most.")] = (
        INPUTS.page_size_default
    )
    cursor: Annotated[
        str | None, Field(max_length=MAX_CHARS, description="`next_cursor` of the page before; opaque.")
    ] = None


def wanted(filters: Filters, keyring: Keyring, days: Days, tenant: str) -> Wanted:
    """What to look for. Raises `Unprocessable` for days in the wrong order."""
    since, until = filters.since, filters.until
    if since is not None and until is not None and until < since:
        raise Unprocessable("The period ends before it begins. Exchange from and to.")
    named = {"case": filters.case, "customer": filters.customer}
    return Wanted(
        person=filters.user,
        since=None if since is None else days.begins(tenant, since),
        until=None if until is None else days.begins(tenant, until + timedelta(days=1)),
        outcomes=[str(outcome) for outcome in filters.outcome] or None,
        tool=filters.tool,
        document=filters.document,
        subjects=[subject_digest(keyring, tenant, kind, value) for kind, value in named.items() if value is not None],
        code=filters.code,
    )
