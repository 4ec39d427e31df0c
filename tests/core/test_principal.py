"""What roles permit, and who a document is meant for."""

import pytest

from core.errors import Forbidden
from core.principal import Permission, Principal

READER = {Permission.CHAT_ASK, Permission.SEARCH_QUERY, Permission.DOCUMENT_READ}
MAKER = READER | {
    Permission.CASE_READ,
    Permission.CASE_WRITE,
    Permission.CUSTOMER_READ,
    Permission.TASK_WRITE,
    Permission.CARD_BLOCK,
    Permission.LIMIT_WRITE,
}

OWNER = READER | {Permission.SEARCH_EXPLAIN, Permission.DOCUMENT_WRITE, Permission.DOCUMENT_PUBLISH}


def person(*roles: str) -> Principal:
    return Principal(tenant="harbour", person="anna", roles=frozenset(roles))


@pytest.mark.parametrize(
    ("roles", "permitted"),
    [
        ((), set[Permission]()),
        (("staff",), MAKER),
        (("analyst",), MAKER),
        (("supervisor",), MAKER | {Permission.APPROVAL_DECIDE, Permission.TOOLS_STOP}),
        (
            ("compliance",),
            READER
            | {Permission.SEARCH_EXPLAIN, Permission.AUDIT_READ, Permission.AUDIT_PERSONAL, Permission.TOOLS_STOP},
        ),
        (
            ("policy_owner",),
            READER | {Permission.SEARCH_EXPLAIN, Permission.DOCUMENT_WRITE, Permission.DOCUMENT_PUBLISH},
        ),
        (("platform_admin",), {Permission.USAGE_READ, Permission.TOOLS_STOP}),
        (("hr",), set[Permission]()),
        (
            ("hr", "compliance", "platform_admin"),
            READER
            | {
                Permission.SEARCH_EXPLAIN,
                Permission.AUDIT_READ,
                Permission.AUDIT_PERSONAL,
                Permission.USAGE_READ,
                Permission.TOOLS_STOP,
            },
        ),
    ],
)
def test_permissions_are_the_union_of_the_roles(roles: tuple[str, ...], permitted: set[Permission]) -> None:
    principal = person(*roles)
    assert principal.permissions == permitted
    assert {p for p in Permission if principal.may(p)} == permitted


def test_a_missing_right_is_refused_by_name() -> None:
    person("compliance").require(Permission.AUDIT_READ)
    with pytest.raises(Forbidden, match="audit:read"):
        person("staff").require(Permission.AUDIT_READ)


def test_the_system_holds_no_right_that_an_endpoint_could_ask_for() -> None:
    assert Principal.system("harbour").permissions == frozenset()
