"""What is said of calls, requests for a signature, what was decided about them, and what was done."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from api.audit_views.words import Sentence, Told, World, lasted, quoted, roles, sentences, short
from tools.models import Origin
from tools.policy_reasons import ORIGINS, SENTENCES, PolicyCode

SIGNATURES = {
    "self": "the same person, who confirms it",
    "other": "a second person",
    "two": "two other persons",
}


def proposed(told: Told, world: World) -> Sentence:
    """`tool.proposed`"""
    body = told.body
    by = body.get("planned_by")
    planned = f"Planned by {by}." if by else None
    if body.get("ruling") == "deny":
        tool = "a tool that does not exist" if body.get("code") == "unknown_tool" else world.tool(str(body.get("tool")))
        return Sentence("Denied", tool, _policy(body.get("code")), planned)
    reads = body.get("ruling") == "allow"
    return Sentence(
        "Chose" if reads else "Proposed",
        quoted(world.tool(str(body.get("tool", told.shown.get("tool", ""))))),
        _arguments(told.shown.get("arguments", [])) or _origins(body.get("origins", {})),
        planned,
    )


def read(told: Told, world: World) -> Sentence:
    """`tool.read`"""
    summary = told.shown.get("summary")
    system = world.catalogue.system
    if not told.body.get("ok", told.shown.get("ok", False)):
        return Sentence("Was told", f"by {system} that it has none of this", None if summary is None else str(summary))
    return Sentence("Read", f"in {system}", f"The record, {world.lost}." if summary is None else str(summary))


def requested(told: Told, world: World) -> Sentence:
    """`approval.requested`"""
    body, shown = told.body, told.shown
    signer = SIGNATURES.get(str(body.get("signature", shown.get("signature"))), "a second person")
    what = shown.get("summary") or world.tool(str(body.get("tool", shown.get("tool", ""))))
    digest = body.get("digest", shown.get("digest"))
    changed = body.get("follows") is not None
    return Sentence(
        "Asked for a signature",
        f"of {signer}: {what}",
        sentences(
            "In place of the request that was changed." if changed else None,
            str(shown["reason"]) if shown.get("reason") else None,
            _arguments(shown.get("arguments", [])) if changed else None,
        ),
        f"Digest {short(str(digest))}." if digest else None,
    )


def signed(told: Told, world: World, asked_at: datetime | None) -> Sentence:
    """`approval.signed`, `approval.approved`"""
    done = told.body.get("needed") is None or len(told.body.get("signed_by", [])) >= int(told.body["needed"])
    more = None if done else "Another person's signature is still needed."
    text = sentences(_after(told, asked_at), _reason(told, world), more)
    return Sentence("Signed", f"by {_who(told, world)}", text, _digest(told))


def rejected(told: Told, world: World, asked_at: datetime | None) -> Sentence:
    """`approval.rejected`"""
    text = sentences(_after(told, asked_at), _reason(told, world))
    return Sentence("Rejected", f"by {_who(told, world)}", text, _digest(told))


def edited(told: Told, world: World, asked_at: datetime | None, changes: Sequence[str]) -> Sentence:
    """`approval.edited`; `changes` say each what it was and what it became."""
    changed = f"{' '.join(changes)}" if changes else None
    text = sentences(changed, _after(told, asked_at), _reason(told, world), "Somebody else has to sign it now.")
    return Sentence("Changed", f"by {_who(told, world)}", text, _digest(told))


def expired(told: Told, world: World) -> Sentence:  # noqa: ARG001 -- the shape of all of these
    """`approval.expired`"""
    return Sentence("Expired", "because nobody signed it in time", "Nothing was done.")


def withdrawn(told: Told, world: World) -> Sentence:
    """`approval.withdrawn`"""
    return Sentence("Withdrawn", f"by {world.name(told.actor)}", "Nothing was done.")


def voided(told: Told, world: World) -> Sentence:
    """`approval.voided`"""
    reason = told.shown.get("reason")
    return Sentence("Void", "and not carried out", f"Why, {world.lost}." if reason is None else str(reason))


def paused(told: Told, world: World) -> Sentence:  # noqa: ARG001
    """`run.paused`"""
    return Sentence("Paused", "until it is signed")


def resumed(told: Told, world: World) -> Sentence:  # noqa: ARG001
    """`run.resumed`"""
    return Sentence("Went on", "with what was signed")


def begun(told: Told, world: World) -> Sentence:
    """`effect.started`"""
    tool = world.tool(str(told.body.get("tool", "")))
    text = "Under a key of its own, which lets it happen once only."
    return Sentence("Began", f"to carry it out in {world.catalogue.system}: {quoted(tool)}", text, _digest(told))


def done(told: Told, world: World) -> Sentence:
    """`effect.done`"""
    summary = told.shown.get("summary")
    return Sentence(
        "Done once", f"in {world.catalogue.system}", f"The receipt, {world.lost}." if summary is None else str(summary)
    )


def refused(told: Told, world: World) -> Sentence:
    """`effect.refused`"""
    summary = told.shown.get("summary")
    return Sentence(
        "Declined", f"by {world.catalogue.system}", sentences(summary and str(summary), "Nothing was done.")
    )


def unknown(told: Told, world: World) -> Sentence:  # noqa: ARG001
    """`effect.unknown`"""
    detail = f"{world.catalogue.system} gave no answer for too long. It has to be looked up there."
    return Sentence("Not known", "whether it was done", detail)


def _who(told: Told, world: World) -> str:
    had = told.body.get("roles")
    return world.name(told.actor) + (f" ({roles(had)})" if had else "")


def _digest(told: Told) -> str | None:
    digest = told.body.get("digest")
    return f"Digest {short(str(digest))}." if digest else None


def _after(told: Told, asked_at: datetime | None) -> str | None:
    return None if asked_at is None else f"Decided {lasted(told.at - asked_at)} after it was asked for."


def _reason(told: Told, world: World) -> str | None:
    if told.shown.get("reason"):
        return f"Reason: {quoted(str(told.shown['reason']))}"
    return f"A reason was given; {world.lost}." if told.body.get("reason") else None


def _arguments(arguments: Sequence[Mapping[str, Any]]) -> str | None:
    said = [f"{each['label']}: {each['text']} ({each['origin_text']})" for each in arguments]
    return f"{'; '.join(said)}." if said else None


def _origins(origins: Mapping[str, str]) -> str | None:
    """Where the arguments came from, when their values can't be read."""
    said = [f"{name}: {_origin(origin)}" for name, origin in sorted(origins.items())]
    return f"Arguments by origin: {'; '.join(said)}." if said else None


def _origin(origin: str) -> str:
    try:
        return ORIGINS[Origin(origin)].lower()
    except ValueError:
        return origin


def _policy(code: object) -> str:
    """The sentence of a ruling; figures and names in it are not recorded, so such a one is told without them."""
    try:
        sentence = SENTENCES[PolicyCode(str(code))]
    except ValueError:
        return f"Code {code}."
    return sentence if "{" not in sentence else sentence.partition("{")[0].rstrip(" $") + " …"


def changes_told(changes: Sequence[tuple[str, str | None, str | None]]) -> list[str]:
    """Each change as a sentence."""
    return [f"{label}: {quoted(before or '–')} became {quoted(after or '–')}." for label, before, after in changes]
