"""True sentences made false by as little as possible."""

import re
from collections.abc import Callable, Mapping
from random import Random
from typing import Final

Alter = Callable[[str, Random], str | None]
"""The sentence made false, or None where it has nothing of the kind."""


def _swap(pairs: Mapping[str, str]) -> Alter:
    """One of the words becomes its opposite."""
    both = dict(pairs) | {b.casefold(): a for a, b in pairs.items() if b.casefold() not in pairs}
    pattern = re.compile(
        r"\b(?:" + "|".join(map(re.escape, sorted(both, key=len, reverse=True))) + r")\b", re.IGNORECASE
    )

    def alter(text: str, chance: Random) -> str | None:
        found = list(pattern.finditer(text))
        if not found:
            return None
        at = chance.choice(found)
        new = both[at.group().casefold()]
        if at.group()[0].isupper() and new:
            new = new[0].upper() + new[1:]
        return " ".join(f"{text[: at.start()]}{new}{text[at.end() :]}".split())

    return alter


def figure(text: str, chance: Random) -> str | None:
    """One number becomes another."""
    found = list(re.finditer(r"\d+(?:[.,]\d+)*", text))
    if not found:
        return None
    at = chance.choice(found)
    digits = at.group()
    ways = [
        digits + "0",
        "1" + digits,
        str(9 - int(digits[0])) + digits[1:],
        digits[:-1] + str((int(digits[-1]) + 3) % 10),
    ]
    new = chance.choice([way for way in ways if way != digits and not way.startswith("0")] or ["77"])
    return f"{text[: at.start()]}{new}{text[at.end() :]}"


def dropped_exception(text: str, _: Random) -> str | None:
    """What stands behind 'unless', 'except' or 'only if' is left off."""
    at = re.search(r",? (?:unless|except|only if|provided that|but not|as long as|until)\b", text)
    return f"{text[: at.start()].rstrip(' ,')}." if at and at.start() > 25 else None


def inserted_negation(text: str, chance: Random) -> str | None:
    found = list(re.finditer(r"\b(?:must|may|can|is|are|has to|will|should)\b(?! not)", text))
    if not found:
        return None
    at = chance.choice(found)
    return f"{text[: at.end()]} not{text[at.end() :]}"


def dropped_negation(text: str, chance: Random) -> str | None:
    found = list(re.finditer(r" (?:not|never)\b|\b(?:No|no) (?=\w)|\bwithout\b", text))
    if not found:
        return None
    at = chance.choice(found)
    new = "with" if at.group() == "without" else "A " if at.group() == "No " else ""
    return " ".join(f"{text[: at.start()]}{new}{text[at.end() :]}".split())


def dropped_only(text: str, _: Random) -> str | None:
    new = re.sub(r"\b(?:only|alone|at once|immediately) ?", "", text, count=1)
    return None if new == text else " ".join(new.split())


def false_tail(text: str, chance: Random) -> str:
    tails = (
        ", and no record of it is needed",
        ", unless the customer asks otherwise",
        ", but a teller may waive this",
        " or within a year, whichever is later",
        "; the supervisor's signature is optional",
        ", except for long-standing customers",
    )
    return f"{text.rstrip('.')}{chance.choice(tails)}."


def false_head(text: str, chance: Random) -> str:
    heads = (
        "It is not true that ",
        "Until 2019 only, ",
        "Unless the branch is busy, ",
        "In theory, but not in practice, ",
    )
    return f"{chance.choice(heads)}{text[0].lower()}{text[1:]}"


ALTERED: Final[Mapping[str, Alter]] = {
    "figure": figure,
    "negation dropped": dropped_negation,
    "negation inserted": inserted_negation,
    "exception dropped": dropped_exception,
    "limit dropped": dropped_only,
    "modal": _swap(
        {"must": "may", "has to": "can", "required": "optional", "never": "always", "every": "no", "all": "some"}
    ),
    "condition": _swap(
        {"before": "after", "at least": "at most", "more than": "less than", "above": "below", "unless": "if",
         "minimum": "maximum", "earlier": "later", "first": "last", "with": "without", "both": "neither",
         "increase": "decrease", "up to": "over", "within": "after", "except": "including", "open": "closed"}
    ),
    "unit": _swap(
        {"days": "weeks", "months": "years", "business days": "hours", "hours": "minutes", "usd": "EUR",
         "percent": "dollars"}
    ),
    "person": _swap(
        {"customer": "teller", "supervisor": "trainee", "teller": "customer", "branch manager": "cashier",
         "compliance": "marketing", "two": "one", "parent": "neighbour", "second person": "first person"}
    ),
    "false tail": false_tail,
    "false head": false_head,
}  # fmt: skip
