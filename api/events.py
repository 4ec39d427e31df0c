"""The documented form of a run's events: the fields of each kind, the run and the time, and the reason codes."""

from typing import Any, cast, get_args

from pydantic import BaseModel

from guardrails.reasons import ReasonCode
from runs.events import Event
from tools.policy_reasons import PolicyCode

RUN_FIELDS: dict[str, Any] = {
    "run_id": {"type": "string", "format": "uuid"},
    "at": {"type": "string", "format": "date-time"},
}

REFUSED = (
    ReasonCode.EMPTY,
    ReasonCode.TOO_LONG,
    ReasonCode.UNREADABLE,
    ReasonCode.INJECTION,
    ReasonCode.OUT_OF_SCOPE,
    ReasonCode.SMALL_TALK,
    ReasonCode.FORBIDDEN,
    ReasonCode.OTHER_PERSONS_DATA,
    ReasonCode.CREDIT_DECISION,
    ReasonCode.TIPPING_OFF,
    ReasonCode.DISCRIMINATION,
    ReasonCode.ACTION_UNAVAILABLE,
    ReasonCode.GUARD_UNAVAILABLE,
    ReasonCode.NO_TOOL_FITS,
    ReasonCode.TOOLS_STOPPED,
    ReasonCode.TOOLS_SUSPENDED,
    ReasonCode.TOO_MANY_CALLS,
    ReasonCode.TOO_MANY_OPEN,
    ReasonCode.CALL_REPEATED,
    PolicyCode.UNKNOWN_TOOL,
    PolicyCode.NO_PERMISSION,
    PolicyCode.BAD_ARGUMENTS,
    PolicyCode.ABOVE_LIMITS,
)
"""Why a request is refused; the last four by the policy on calls of the bank's systems."""

ABSTAINED = (
    ReasonCode.NO_EVIDENCE,
    ReasonCode.WEAK_EVIDENCE,
    ReasonCode.NAMED_THING_MISSING,
    ReasonCode.NO_EDITION_THEN,
    ReasonCode.EVIDENCE_UNWEIGHED,
    ReasonCode.NOTHING_LISTED,
    ReasonCode.UNSUPPORTED_ANSWER,
    ReasonCode.EVIDENCE_CHANGED,
    ReasonCode.GUARD_UNAVAILABLE,
    ReasonCode.ARGUMENT_MISSING,
    ReasonCode.TOOL_REFUSED,
)
"""Why there is no answer."""

CODES = {"refused": REFUSED, "abstained": ABSTAINED}


def _models() -> dict[str, type[BaseModel]]:
    union = get_args(Event)[0]
    models = cast("tuple[type[BaseModel], ...]", get_args(union))
    return {str(model.model_fields["event"].default): model for model in models}


EVENT_MODELS = _models()


def event_schemas(ref_template: str) -> dict[str, Any]:
    """A schema for each kind of event, named `event.KIND`, and those that they refer to."""
    schemas: dict[str, Any] = {}
    for kind, model in EVENT_MODELS.items():
        schema = model.model_json_schema(ref_template=ref_template, mode="serialization")
        schemas |= schema.pop("$defs", {})
        schemas[f"event.{kind}"] = _with_run(kind, schema, ref_template)
    return schemas


def _with_run(kind: str, schema: dict[str, Any], ref_template: str) -> dict[str, Any]:
    if kind == "error":  # its data is the problem document itself
        problem = {"$ref": ref_template.format(model="Problem")}
        return {"allOf": [problem, {"type": "object", "properties": RUN_FIELDS, "required": list(RUN_FIELDS)}]}
    fields = {name: field for name, field in schema["properties"].items() if name != "event"}
    if kind in CODES:
        fields["code"] = {"type": "string", "enum": [code.value for code in CODES[kind]]}
    required = [name for name in schema.get("required", []) if name != "event"]
    return {**schema, "properties": RUN_FIELDS | fields, "required": [*RUN_FIELDS, *required]}
