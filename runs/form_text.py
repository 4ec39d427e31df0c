"""A form as plain text, for who reads no forms: an e-mail, a terminal, the thread's history."""

from runs.forms import CaseNote, Checklist, ChecklistItem, FormField

_LEFT_OUT = "Left out, because it did not hold up against its sources: {}."


def as_text(form: Checklist | CaseNote) -> str:
    """Each field on a line with its source numbers; what nobody checked says so."""
    lines = _of_checklist(form) if isinstance(form, Checklist) else _of_note(form)
    if form.left_out:
        lines.append(_LEFT_OUT.format("one field" if form.left_out == 1 else f"{form.left_out} fields"))
    return "\n".join(lines)


def _of_checklist(form: Checklist) -> list[str]:
    lines, group, lead = [form.title], None, None
    for item in form.items:
        if item.group is not None and item.group != group:
            lines.append(item.group)
            group = item.group
        if item.lead is not None and item.lead != lead:
            lines.append(item.lead)
        lead = item.lead
        lines.append(f"{'  - ' if lead else '- '}{_item(item)} {_refs(item)}")
    return lines


def _item(item: ChecklistItem) -> str:
    return item.text if item.condition is None else f"{item.text} ({item.condition})"


def _of_note(form: CaseNote) -> list[str]:
    lines = [form.subject.text]
    for heading, fields in (
        ("Facts, as you wrote them", form.facts),
        ("Rules that apply", form.rules),
        ("Next steps", form.next_steps),
        ("Open points", form.open_points),
    ):
        if fields:
            lines += [heading, *(f"- {each.text} {_refs(each)}" for each in fields)]
    return lines


def _refs(field: FormField) -> str:
    return "".join(f"[{ref}]" for ref in field.citations) if field.source == "passage" else "(you wrote this)"
