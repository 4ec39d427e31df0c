"""What is said of how a run began to end, and ended, and of what people did about it afterwards."""

from api.audit_views.questions import why
from api.audit_views.words import Sentence, Told, World, listed, quoted, sentences

ENDINGS = {
    "answered": Sentence("Answered", "and finished"),
    "abstained": Sentence("Not answered", "because the evidence did not carry an answer"),
    "refused": Sentence("Refused", "and finished"),
    "rejected": Sentence("Finished", "as rejected", "Nothing was done."),
    "expired": Sentence("Finished", "as expired", "Nothing was done."),
    "failed": Sentence("Failed", "and finished"),
    "cancelled": Sentence("Stopped", "and finished"),
    "budget_exceeded": Sentence("Stopped", "because it took too long"),
}


_GUARDS = {
    "screening": "the screening of the message",
    "injection": "the search for instructions in the message",
    "personal_data": "the search for personal data",
    "scope": "the judgement of what the message is about",
    "sufficiency": "the weighing of the evidence",
    "claim": "the check of a sentence",
    "embedder": "the model that the guards compare meanings by",
}
_FAULTS = {
    "raised": "It failed.",
    "slow": "It took longer than it may.",
    "nonsense": "What it gave was no verdict.",
}


def guard_failed(told: Told, world: World) -> Sentence:  # noqa: ARG001
    """`guard.failed`"""
    guard, fault = str(told.body.get("guard", "one of its guards")), str(told.body.get("fault", ""))
    return Sentence("Stopped by itself", f"without {_GUARDS.get(guard, guard)}", _FAULTS.get(fault, fault) or None)


def finished(told: Told, world: World) -> Sentence:
    """`run.finished`"""
    status, code = str(told.body.get("status", told.shown.get("status", ""))), told.body.get("code")
    ending = ENDINGS.get(status, Sentence("Finished", f"as {status}"))
    if status == "answered":
        model = told.shown.get("model")
        return Sentence(ending.title, ending.rest, _answered(model, world) if told.shown else None)
    reason = told.shown.get("reason") or told.shown.get("detail") or (why(code) if code else None)
    said = f"Told to the person: {quoted(str(reason))}" if reason else None
    return Sentence(ending.title, ending.rest, sentences(said, ending.text))


def _answered(model: object, world: World) -> str | None:
    if model == "receipt":
        return "The answer is the receipt of what was read and done; no model wrote any of it."
    return f"The answer was written by {model}." if model else f"The answer, {world.lost}."


def cancel_requested(told: Told, world: World) -> Sentence:
    """`run.cancel_requested`"""
    return Sentence("Asked to stop", f"by {world.name(told.actor)}")


def rated(told: Told, world: World) -> Sentence:
    """`feedback.given`"""
    rating = {"up": "as helpful", "down": "as not helpful"}.get(str(told.body.get("rating")), "")
    detail = "With a comment, which only the person sees." if told.body.get("comment") else None
    return Sentence("Rated", f"{rating} by {world.name(told.actor)}".strip(), detail)


def corrected(told: Told, world: World) -> Sentence:
    """`field.corrected`"""
    text = world.corrections.get(str(told.body.get("correction")))
    detail = "Their own words, which nobody checked. What was checked stays in the form."
    said = f"Now: {quoted(text)}" if text is not None else f"What they wrote: {world.lost}."
    return Sentence(
        "Changed", f"{told.body.get('field', 'a field')} of the form by {world.name(told.actor)}", said, detail
    )


def hidden(told: Told, world: World) -> Sentence:
    """`thread.hidden`"""
    return Sentence("Hidden", f"from the list of {world.name(told.actor)}", "Hiding destroys nothing.")


def erased(told: Told, world: World) -> Sentence:
    """`thread.erased`"""
    detail = "The key of the conversation was destroyed. Its records remain, its texts do not."
    return Sentence("Erased", f"by {world.name(told.actor)}", detail)


def anything(kind: str, told: Told, world: World) -> Sentence:
    """What has no sentence of its own."""
    area, _, what = kind.partition(".")
    fields = sorted(str(name) for name in told.body)
    return Sentence(
        "Recorded",
        f"{area.replace('_', ' ')} {what.replace('_', ' ')}, for {world.name(told.actor)}".strip(),
        f"With {listed(fields)}." if fields else None,
    )
