"""Change what is asked before it is signed: a new request, of which whoever changed it is a maker too."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from core.canonical import canonical_json
from core.crypto import DataKey
from core.errors import Unprocessable
from core.principal import Principal
from tools.approvals.digest import call_digest
from tools.approvals.models import Approval, ApprovalState
from tools.approvals.reasons import BAD_EDIT, EDITED_BY, EDITED_OWN_REASON, EDITED_REASON, NOTHING_CHANGED
from tools.catalogue.arguments import problems
from tools.catalogue.models import Tool
from tools.catalogue.words import argument_text
from tools.models import Argument, Call, Origin, Signature
from tools.rendering import render

_STRENGTH = {Signature.SELF: 0, Signature.OTHER: 1, Signature.TWO: 2}


def edited(
    approval: Approval,
    tool: Tool,
    args: Mapping[str, Any],
    *,
    editor: Principal,
    key: DataKey,
    approval_id: UUID,
    now: datetime,
) -> Approval:
    """The request that takes the place of `approval`. The catalogue is the one that it was asked under.

    Raises `Unprocessable` that names the argument, or says that nothing was changed.
    """
    wrong = problems(tool, args)
    if wrong:
        raise Unprocessable(BAD_EDIT.format(problems="; ".join(text.rstrip(".") for text in wrong)))
    if _same(dict(args), dict(approval.call.args)):
        raise Unprocessable(NOTHING_CHANGED)
    call = Call(tool.name, dict(args))
    own = editor.person in approval.makers
    name = editor.name or editor.person
    digest = call_digest(
        key, call=call, tenant=editor.tenant, run_id=approval.run_id, catalogue_version=approval.catalogue_version
    )
    return replace(
        approval,
        id=approval_id,
        digest=digest,
        signature=signature_after(approval, tool, args),
        signers=tool.signers,
        makers=approval.makers if own else (*approval.makers, editor.person),
        state=ApprovalState.PENDING,
        follows=approval.id,
        followed_by=None,
        created_at=now,
        expires_at=now + tool.expires,
        closed_at=None,
        call=call,
        arguments=_arguments(approval, tool, args, EDITED_BY.format(name=name)),
        summary=render(tool.summary, args),
        reason=EDITED_OWN_REASON if own else EDITED_REASON.format(name=name),
        signatures=(),
    )


def signature_after(approval: Approval, tool: Tool, args: Mapping[str, Any]) -> Signature:
    """At least what it was and what the catalogue asks for; two persons for an amount above the line, or for one that
    can't be read."""
    wanted = [approval.signature, tool.signature or Signature.OTHER]
    if tool.limit is not None and tool.limit.two_above is not None:
        amount = args.get(tool.limit.argument)
        if not isinstance(amount, int) or isinstance(amount, bool) or amount > tool.limit.two_above:
            wanted.append(Signature.TWO)
    return max(wanted, key=_STRENGTH.__getitem__)


def _arguments(approval: Approval, tool: Tool, args: Mapping[str, Any], origin_text: str) -> tuple[Argument, ...]:
    """As they were where they are what they were; the others come from whoever typed them."""
    before = {argument.name: argument for argument in approval.arguments}
    shown: list[Argument] = []
    order = list(tool.schema.get("properties", {}))
    for name, value in sorted(args.items(), key=lambda item: order.index(item[0]) if item[0] in order else len(order)):
        kept = before.get(name)
        if kept is None or not _same(kept.value, value):
            kept = Argument(
                name=name,
                label=tool.labels.get(name, name),
                value=value,
                text=argument_text(tool, name, value),
                origin=Origin.EDITOR,
                origin_text=origin_text,
                sensitive=name in tool.sensitive,
            )
        shown.append(kept)
    return tuple(shown)


def _same(one: object, other: object) -> bool:
    """As JSON: `1` is not `true`, whatever Python says."""
    return canonical_json(one) == canonical_json(other)
