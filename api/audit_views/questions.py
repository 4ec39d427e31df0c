"""What is said of the steps that lead from a question to an answer from documents."""

from collections.abc import Mapping, Sequence
from typing import Any

from api.audit_views.words import Sentence, Told, World, counted, day, listed, quoted, sentences, the_roles
from guardrails.reasons import EXPLANATIONS, ReasonCode

INTENTS = {
    "question": "a question about the bank's documents",
    "small_talk": "a greeting",
    "action_request": "a request to do something",
    "evasion": "a request to get round a control",
    "forbidden": "a request that the assistant must not follow",
    "errand": "an errand outside the bank's business",
}

RISKS = {
    "low": "Of low risk: an answer is shown sentence by sentence.",
    "standard": "Of standard risk: an answer is shown as a whole.",
    "high": "Of high risk: an answer is shown as a whole, and only if every sentence passes.",
}


def admitted(told: Told, world: World) -> Sentence:
    """`run.admitted`"""
    body = told.body
    branch = f", Branch {body['branch']}" if body.get("branch") else ""
    libraries = body.get("libraries")
    return Sentence(
        "Asked",
        f"by {world.name(told.actor)}{branch}",
        sentences(
            f"To be answered from what counted on {day(body['as_of'])}." if "as_of" in body else None,
            None if libraries is None else f"Only from: {listed(libraries)}.",
        ),
        f"Signed in with {the_roles(body.get('roles', []))}.",
    )


def screened(told: Told, world: World) -> Sentence:  # noqa: ARG001 -- the shape of all of these
    """`run.screened`"""
    body = told.body
    masked = int(body.get("masked", 0))
    if not body.get("allowed", False):
        return Sentence("Screened", "and refused", _told_why(body.get("code")), _rules(body.get("rules", [])))
    return Sentence(
        "Screened",
        "and let through with suspicion" if body.get("suspicious") else "and let through",
        sentences(
            "Part of it reads like an order to the assistant, so nothing was shown before all of it was checked."
            if body.get("suspicious")
            else "No attack was found in it.",
            f"{counted(masked, 'piece')} of personal data were masked before any model saw it."
            if masked > 1
            else "One piece of personal data was masked before any model saw it."
            if masked
            else None,
        ),
        _rules(body.get("rules", [])),
    )


def understood(told: Told, world: World) -> Sentence:  # noqa: ARG001
    """`run.understood`"""
    body = told.body
    earlier, by = int(body.get("earlier_turns", 0)), str(body.get("rewritten_by", "nobody"))
    text = "as a request to act or look something up in the bank's systems"
    if not body.get("acting", False):
        text = f"as {INTENTS.get(str(body.get('intent')), 'a question')}"
    stood = "It stands by itself." if by == "nobody" else f"Made to stand by itself by {by}, from what was said before."
    return Sentence(
        "Understood",
        text,
        sentences(
            stood,
            f"{counted(earlier, 'earlier turn')} of the conversation could be referred to." if earlier else None,
            None if body.get("code") in (None, "", "allowed") else f"Judged: {quoted(why(body.get('code')))}",
            None if body.get("acting", False) else RISKS.get(str(body.get("risk"))),
        ),
        _routed_as(body) if "kind" in body else None,
    )


def _routed_as(body: Mapping[str, Any]) -> str:
    rules = [str(rule).replace("_", " ") for rule in body.get("risk_rules", [])]
    return f"Kind: {str(body['kind']).replace('_', ' ')}. Risk by: {listed(rules)}."


def retrieved(told: Told, world: World) -> Sentence:
    """`run.retrieved`"""
    body = told.body
    passages = list(body.get("passages", []))
    editions = {passage["edition"] for passage in passages}
    text = f"and found {counted(len(passages), 'passage')} in {counted(len(editions), 'document')}"
    libraries = body.get("libraries")
    return Sentence(
        "Searched",
        text if passages else "and found nothing that fits",
        sentences(
            f"{world.name(told.actor)} could read {counted(int(body.get('candidates', 0)), 'passage')} "
            f"with {the_roles(body.get('roles', []))}.",
            None if libraries is None else f"Only the libraries {listed(libraries)} were searched.",
            _also(body.get("glossary", []), world),
        ),
        f"Compared by the model {body['embedding']}." if body.get("embedding") else None,
    )


def _also(entries: Sequence[str], world: World) -> str | None:
    """By the entries of the glossary that widened the search."""
    terms = [world.terms.get(str(entry), "an entry that is not known") for entry in entries]
    return f"Searched also by the bank's glossary: {listed(terms)}." if terms else None


def weighed(told: Told, world: World) -> Sentence:  # noqa: ARG001
    """`run.weighed`"""
    body = told.body
    strength = f"Strength {float(body['evidence']):.2f} of 1." if body.get("evidence") else None
    if body.get("enough", False):
        return Sentence("Weighed", "the evidence: enough to answer from", None, strength)
    return Sentence("Weighed", "the evidence: not enough", _told_why(body.get("code")), strength)


def claimed(told: Told, world: World) -> Sentence:
    """`claim.released`"""
    body, words = told.body, told.shown.get("text")
    refs = [str(ref) for ref in told.shown.get("citations", [])]
    cited = len(refs) or len(body.get("citations", []))
    sources = f"source {listed(f'[{ref}]' for ref in refs)}" if refs else counted(cited, "passage")
    return Sentence(
        "Told",
        f"sentence {int(body.get('index', 0)) + 1}, {world.lost}" if words is None else quoted(str(words)),
        f"Word for word from {sources}." if body.get("quote") else f"Checked against {sources}.",
    )


def written(told: Told, world: World) -> Sentence:  # noqa: ARG001
    """`run.written`"""
    body = told.body
    claims, failed = int(body.get("claims", 0)), int(body.get("failed_checks", 0))
    usage, prompt = body.get("usage", {}), body.get("prompt", {})
    tokens = int(usage.get("input_tokens", 0)) + int(usage.get("output_tokens", 0))
    return Sentence(
        "Wrote",
        f"{counted(claims, 'sentence')} that held" + (f"; {failed:,} did not pass and stayed out" if failed else ""),
        f"Why: {' '.join(body['reasons'])}" if body.get("reasons") else None,
        sentences(
            f"Written by {usage['model']}" + (f" with {counted(tokens, 'token')}." if tokens else ".")
            if usage.get("model")
            else None,
            f"Prompt answer {prompt['version']}." if prompt.get("version") else None,
        ),
    )


def why(code: object) -> str:
    """The sentence behind a reason code; the code itself where it is none of ours."""
    try:
        return EXPLANATIONS[ReasonCode(str(code))].reason
    except ValueError:
        return str(code or "")


def _told_why(code: object) -> str | None:
    """The words that a person is told for a code; they speak to that person."""
    return f"In the words told for it: {quoted(why(code))}" if code else None


def _rules(rules: list[str]) -> str | None:
    return f"Rules that matched: {listed(rules)}." if rules else None
