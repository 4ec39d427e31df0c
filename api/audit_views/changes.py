"""What an edit changed in a request for a signature, argument by argument."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from tools.approvals.models import Approval
from tools.models import Argument

Changed = tuple[str, str | None, str | None]
"""Label, what it said, what it says; None where it was not there."""


def changes(before: Approval, after: Approval) -> list[Changed]:
    """The arguments that differ, in the order in which they are shown."""
    old, new = _by_name(before.arguments), _by_name(after.arguments)
    differing = [name for name in {**new, **old} if _value(old.get(name)) != _value(new.get(name))]
    return [(_label(name, old, new), _text(old.get(name)), _text(new.get(name))) for name in differing]


def changes_by_approval(approvals: Sequence[Approval]) -> Mapping[UUID, list[Changed]]:
    """Of each request that follows another one of them, what was changed."""
    known = {approval.id: approval for approval in approvals}
    return {
        approval.id: changes(known[approval.follows], approval)
        for approval in approvals
        if approval.follows is not None and approval.follows in known
    }


def _by_name(arguments: Sequence[Argument]) -> dict[str, Argument]:
    return {argument.name: argument for argument in arguments}


def _value(argument: Argument | None) -> tuple[bool, object]:
    return (False, None) if argument is None else (True, argument.value)


def _label(name: str, *sides: Mapping[str, Argument]) -> str:
    return next((side[name].label for side in sides if name in side), name)


def _text(argument: Argument | None) -> str | None:
    return None if argument is None else argument.text
