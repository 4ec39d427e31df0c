"""A small catalogue for tests of what stands beneath it: one tool of each kind of signature, and one that reads."""

from datetime import timedelta
from typing import Any

from core.principal import Permission
from tools.catalogue.models import Catalogue, Limit, Operation, Tool
from tools.models import Effect, Signature


def tool(name: str, **changes: Any) -> Tool:
    """A writing tool that another person signs; `changes` are fields."""
    fields: dict[str, Any] = {
        "name": name,
        "title": "Add note",
        "description": "Adds a note to a case.",
        "operation": Operation(
            "addCaseNote", "POST", "/v1/cases/{case_id}/notes", frozenset({"case_id"}), frozenset(), frozenset({"text"})
        ),
        "schema": {
            "type": "object",
            "additionalProperties": False,
            "required": ["case_id", "text"],
            "properties": {
                "case_id": {"type": "string", "pattern": "^C-[0-9]{4}$"},
                "text": {"type": "string", "minLength": 1},
            },
        },
        "labels": {"case_id": "Case", "text": "Note"},
        "effect": Effect.WRITE,
        "permission": Permission.CASE_WRITE,
        "signature": Signature.OTHER,
        "signers": frozenset({"supervisor"}),
        "expires": timedelta(minutes=60),
        "timeout_s": 5.0,
        "summary": "Add a note to case {case_id}",
        "receipt": "The note was added to case {case_id}.",
    }
    return Tool(**(fields | changes))


NOTE = tool("case_add_note")
LOOKUP = tool("case_lookup", effect=Effect.READ, permission=Permission.CASE_READ, signature=None, signers=frozenset())
TASK = tool("task_create", permission=Permission.TASK_WRITE, signature=Signature.SELF, signers=frozenset())
LIMIT = tool(
    "limit_change",
    permission=Permission.LIMIT_WRITE,
    schema={
        "type": "object",
        "additionalProperties": False,
        "required": ["customer_id", "amount"],
        "properties": {"customer_id": {"type": "string"}, "amount": {"type": "integer", "minimum": 0}},
    },
    limit=Limit("amount", {"supervisor": 50_000}, two_above=10_000),
    summary="Change a limit of customer {customer_id}",
    receipt="Done.",
)

CATALOGUE = Catalogue("v1", "Core Banking", {each.name: each for each in (NOTE, LOOKUP, TASK, LIMIT)})
