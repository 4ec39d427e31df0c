"""Who am I, as the service sees it."""

from fastapi import APIRouter

from api.dependencies import CurrentCaller
from api.schemas.me import Me

router = APIRouter(prefix="/v1", tags=["person"])


@router.get("/me")
async def me(caller: CurrentCaller) -> Me:
    """The principal: name, tenant, branch, roles, permissions, and when the sign-in ends."""
    person = caller.principal
    return Me(
        person=person.person,
        name=person.name,
        tenant=person.tenant,
        branch=person.branch,
        roles=sorted(person.roles),
        permissions=sorted(person.permissions),
        expires_at=caller.identity.expires_at,
    )
