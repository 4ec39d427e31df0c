"""What may be done with a call that somebody, a model above all, wants: allowed, to be signed by another, or denied.

The ruling depends on the catalogue, on the rights of the person, on the call, and on where its arguments came from. The
planner's own reasons count for nothing. In doubt a second person signs; a denial is for what could never be signed.

A write that its maker may confirm alone (`self`) stays so only if all of this holds, else another person signs:
1. her words order what the tool does; 2. every argument that steers it (sensitive by the catalogue, or an amount or an
identifier by its form) is given by her words in that role, or is a trusted field of a record that her words pick out;
3. no other argument carries an address, a link, an account or a number to dial that she did not give; 4. it was not
done already in this run.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from core.principal import Principal
from tools.catalogue.arguments import problems
from tools.catalogue.models import Catalogue, Limit, Tool
from tools.catalogue.words import argument_text
from tools.models import Argument, Call, Decision, Effect, Origin, PastCall, Ruling, Signature
from tools.policy_reasons import ORIGINS, SENTENCES, PolicyCode
from tools.provenance.tracing import Trace, Tracer, tracer
from tools.rendering import value_text

_SHOWN_PROBLEMS: Final = 3


def decide(
    catalogue: Catalogue, call: Call, *, principal: Principal, words: Sequence[str], past: Sequence[PastCall]
) -> Decision:
    """Rule on one call. `words`: the person's own messages of this conversation, newest last; `past`: what this run
    has executed so far. Never raises for anything that a call may hold."""
    tool = catalogue.get(call.tool)
    if tool is None:
        return _denied(PolicyCode.UNKNOWN_TOOL)
    if not principal.may(tool.permission):
        return _denied(PolicyCode.NO_PERMISSION)
    wrong = problems(tool, call.args)
    if wrong:
        return _denied(PolicyCode.BAD_ARGUMENTS, problems=" ".join(wrong[:_SHOWN_PROBLEMS]))
    tracing = tracer(catalogue, tool, words, past)
    traces = tracing.traces(call.args)
    arguments = tuple(_argument(tool, name, call.args[name], traces[name]) for name in _ordered(tool, call.args))
    if tool.effect is Effect.READ:
        return Decision(Ruling.ALLOW, None, PolicyCode.READS, SENTENCES[PolicyCode.READS], arguments)
    if tool.limit is not None and _amount(tool.limit, call.args) > max(tool.limit.by_role.values()):
        return _denied(PolicyCode.ABOVE_LIMITS, arguments, amount=value_text(max(tool.limit.by_role.values())))
    return _signed(tool, call, arguments, tracing, traces, past)


def _signed(
    tool: Tool,
    call: Call,
    arguments: tuple[Argument, ...],
    tracing: Tracer,
    traces: Mapping[str, Trace],
    past: Sequence[PastCall],
) -> Decision:
    """Who signs a write that may be asked for."""
    if _wants_two(tool, call.args):
        amount = value_text(tool.limit.two_above) if tool.limit is not None else ""
        reason = SENTENCES[PolicyCode.SIGNED_TWICE].format(amount=amount)
        return Decision(Ruling.APPROVE, Signature.TWO, PolicyCode.SIGNED_TWICE, reason, arguments)
    if tool.signature is not Signature.SELF:
        reason = SENTENCES[PolicyCode.SIGNED]
        return Decision(Ruling.APPROVE, Signature.OTHER, PolicyCode.SIGNED, reason, arguments)
    doubt = _doubt(call, tracing, traces, past)
    if doubt is not None:
        code, names = doubt
        labels = ", ".join(tool.labels.get(name, name) for name in names)
        reason = SENTENCES[code].format(labels=labels)
        return Decision(Ruling.APPROVE, Signature.OTHER, code, reason, arguments)
    reason = SENTENCES[PolicyCode.CONFIRMED]
    return Decision(Ruling.ALLOW, Signature.SELF, PolicyCode.CONFIRMED, reason, arguments)


def _doubt(
    call: Call, tracing: Tracer, traces: Mapping[str, Trace], past: Sequence[PastCall]
) -> tuple[PolicyCode, list[str]] | None:
    """Why the maker's own confirmation is not enough, and the arguments that it is about; None when it is."""
    loose = [name for name, trace in traces.items() if not trace.settled]
    from_text = [name for name in loose if traces[name].origin is Origin.TEXT]
    if from_text:
        return PolicyCode.FROM_TEXT, from_text
    foreign = [name for name, trace in traces.items() if trace.foreign]
    if foreign:
        return PolicyCode.FOREIGN_ADDRESS, foreign
    if loose:
        return PolicyCode.FROM_NOWHERE, loose
    if not tracing.is_asked(traces):
        return PolicyCode.NOT_ASKED, []
    return (PolicyCode.REPEATED, []) if _is_repeated(call, past) else None


def _is_repeated(call: Call, past: Sequence[PastCall]) -> bool:
    return any(done.tool == call.tool and dict(done.args) == dict(call.args) for done in past)


def _wants_two(tool: Tool, args: Mapping[str, Any]) -> bool:
    if tool.signature is Signature.TWO:
        return True
    limit = tool.limit
    return limit is not None and limit.two_above is not None and _amount(limit, args) > limit.two_above


def _amount(limit: Limit, args: Mapping[str, Any]) -> int:
    """The amount, which the schema made a required integer."""
    amount = args[limit.argument]
    if not isinstance(amount, int) or isinstance(amount, bool):
        raise TypeError(f"{limit.argument} is no integer although the schema asks for one")
    return amount


def _ordered(tool: Tool, args: Mapping[str, Any]) -> list[str]:
    """The arguments in the order of the catalogue."""
    known = [name for name in tool.schema.get("properties", {}) if name in args]
    return known + [name for name in args if name not in known]


def _argument(tool: Tool, name: str, value: Any, trace: Trace) -> Argument:
    return Argument(
        name=name,
        label=tool.labels.get(name, name),
        value=value,
        text=argument_text(tool, name, value),
        origin=trace.origin,
        origin_text=ORIGINS[trace.origin],
        sensitive=name in tool.sensitive,
    )


def _denied(code: PolicyCode, arguments: tuple[Argument, ...] = (), **filled: str) -> Decision:
    return Decision(Ruling.DENY, None, code, SENTENCES[code].format(**filled), arguments)
