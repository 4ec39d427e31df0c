"""Who is asking: the authenticated person and what their roles permit."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Self

from core.errors import Forbidden

EVERYONE = "*"
SYSTEM_PERSON = "system"


class Permission(StrEnum):
    """What a role may do, in the grammar `area:action`."""

    CHAT_ASK = "chat:ask"
    SEARCH_QUERY = "search:query"
    SEARCH_EXPLAIN = "search:explain"
    DOCUMENT_READ = "document:read"
    DOCUMENT_WRITE = "document:write"
    DOCUMENT_PUBLISH = "document:publish"
    AUDIT_READ = "audit:read"
    AUDIT_PERSONAL = "audit:personal"
    USAGE_READ = "usage:read"
    CASE_READ = "case:read"
    CASE_WRITE = "case:write"
    CUSTOMER_READ = "customer:read"
    TASK_WRITE = "task:write"
    CARD_BLOCK = "card:block"
    LIMIT_WRITE = "limit:write"
    APPROVAL_DECIDE = "approval:decide"
    TOOLS_STOP = "tools:stop"


_READER = frozenset({Permission.CHAT_ASK, Permission.SEARCH_QUERY, Permission.DOCUMENT_READ})

_MAKER = frozenset(
    {
        Permission.CASE_READ,
        Permission.CASE_WRITE,
        Permission.CUSTOMER_READ,
        Permission.TASK_WRITE,
        Permission.CARD_BLOCK,
        Permission.LIMIT_WRITE,
    }
)
"""Who works with customers may look things up and ask for changes; asking signs nothing."""

ROLE_PERMISSIONS: dict[str, frozenset[Permission]] = {
    "staff": _READER | _MAKER,
    "analyst": _READER | _MAKER,
    "supervisor": _READER | _MAKER | {Permission.APPROVAL_DECIDE, Permission.TOOLS_STOP},
    "compliance": _READER
    | {Permission.SEARCH_EXPLAIN, Permission.AUDIT_READ, Permission.AUDIT_PERSONAL, Permission.TOOLS_STOP},
    "policy_owner": _READER | {Permission.SEARCH_EXPLAIN, Permission.DOCUMENT_WRITE, Permission.DOCUMENT_PUBLISH},
    "platform_admin": frozenset({Permission.USAGE_READ, Permission.TOOLS_STOP}),
}
"""Other role names that a bank's directory sends (`hr`, `fraud_desk`) permit nothing but count for audiences."""


@dataclass(frozen=True, slots=True)
class Principal:
    """An authenticated person of one tenant, or the system acting for that tenant."""

    tenant: str
    person: str
    name: str = ""
    branch: str | None = None
    roles: frozenset[str] = frozenset()
    is_system: bool = False

    @classmethod
    def system(cls, tenant: str) -> Self:
        """Background work of one tenant: sees every row of that tenant and nothing of another."""
        return cls(tenant=tenant, person=SYSTEM_PERSON, name="Countersign", is_system=True)

    @property
    def permissions(self) -> frozenset[Permission]:
        """The union of what the roles permit; none for the system, which no endpoint admits."""
        return frozenset[Permission]().union(*(ROLE_PERMISSIONS.get(role, frozenset()) for role in self.roles))

    def may(self, permission: Permission) -> bool:
        """Whether a role of this person permits it."""
        return permission in self.permissions

    def require(self, permission: Permission) -> None:
        """Raise `Forbidden` unless a role permits it."""
        if not self.may(permission):
            raise Forbidden(f"Your roles do not include the right {permission.value}. Ask your administrator.")
