"""Policies of a made-up bank in any number, the same every time, and questions that they answer.

Each rule is a section of its own, short enough to become one chunk, and differs from every other in what it is about
and in its figures: enough likeness that search has to choose, as among a real bank's circulars.
"""

import json
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from evals.errors import CannotMeasure

SEED: Final = 20_261_120
SECTIONS_PER_CIRCULAR: Final = 100
IN_FORCE_FROM: Final = "2026-01-01"
MANIFEST: Final = "manifest.json"

ACTIVITIES: Final = (
    ("closing", "close"), ("reopening", "reopen"), ("blocking", "block"), ("transferring", "transfer"),
    ("reviewing", "review"), ("reporting", "report"), ("correcting", "correct"), ("renewing", "renew"),
    ("archiving", "archive"), ("pledging", "pledge"), ("dividing", "divide"), ("inspecting", "inspect"),
    ("registering", "register"), ("suspending", "suspend"), ("converting", "convert"), ("certifying", "certify"),
)  # fmt: skip
PRODUCTS: Final = (
    "a savings account", "a current account", "a safe deposit box", "a foreign currency account", "a debit card",
    "a credit card", "a standing order", "a term deposit", "a mortgage file", "a car loan", "an overdraft",
    "a letter of credit", "a bank guarantee", "a cash pickup", "a custody account", "a payroll account",
    "a merchant terminal", "a student loan", "an escrow account", "a trust account",
)  # fmt: skip
CUSTOMERS: Final = (
    "a non-resident", "a minor", "a charity", "a sole trader", "a partnership", "an estate", "a housing cooperative",
    "a politically exposed person", "a public authority", "a farmer", "a bankrupt company", "an embassy",
)  # fmt: skip
REGIONS: Final = ("Coast", "Hill", "River", "Island")
PEOPLE: Final = (
    "branch manager", "head teller", "compliance officer", "regional director", "credit officer", "records clerk",
)  # fmt: skip
OBSTACLES: Final = (
    "a signature is missing", "the address can't be confirmed", "the file is incomplete", "a court order is pending",
    "two documents disagree", "the customer can't be reached",
)  # fmt: skip

ROUND: Final = len(ACTIVITIES) * len(PRODUCTS) * len(CUSTOMERS) * len(REGIONS)
"""Rules of one district; a larger collection has more districts."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One section: its heading, its sentences, and questions that one of them answers."""

    heading: str
    text: str
    questions: tuple[str, ...]


def rules(count: int) -> Iterator[Rule]:
    """The first `count` rules; a larger collection begins with the same ones."""
    for district in range(-(-count // ROUND)):
        order = list(range(ROUND))
        random.Random(SEED + district).shuffle(order)  # noqa: S311 -- made-up text, no secret
        for number in order[: count - district * ROUND]:
            yield _rule(number, district)


def _rule(number: int, district: int) -> Rule:
    rest, region = divmod(number, len(REGIONS))
    rest, customer = divmod(rest, len(CUSTOMERS))
    activity, product = divmod(rest, len(PRODUCTS))
    doing, do = ACTIVITIES[activity]
    what = f"{PRODUCTS[product]} of {CUSTOMERS[customer]}"
    where = f"the {REGIONS[region]} region{f', district {district + 1}' if district else ''}"
    roll = random.Random(SEED + district * ROUND + number)  # noqa: S311 -- made-up text, no secret
    days, years, fee = roll.randint(2, 60), roll.randint(2, 30), roll.randint(5, 400)
    limit = roll.randrange(500, 90_000, 50)
    sentences = (
        f"Staff in {where} who {do} {what} finish within {days} business days of the request.",
        f"The fee for {doing} {what} is USD {fee}.",
        f"Above USD {limit:,} the {roll.choice(PEOPLE)} approves it in writing before anything is booked.",
        f"The signed form {roll.randint(100, 9_999)}-{REGIONS[region][0]} is kept for {years} years.",
        f"Where {roll.choice(OBSTACLES)}, the {roll.choice(PEOPLE)} is told on the same day and notes the reason.",
    )
    return Rule(
        heading=f"{doing.capitalize()} {what}: {where.removeprefix('the ')}",
        text=" ".join(sentences),
        questions=(
            f"How many business days do staff in {where} have to {do} {what}?",
            f"What is the fee for {doing} {what} in {where}?",
            f"Above which amount does {doing} {what} in {where} need approval in writing?",
            f"How long is the signed form kept for {doing} {what} in {where}?",
        ),
    )


def questions(chunks: int, count: int) -> list[str]:
    """`count` questions, no two alike, spread over the rules of a collection of `chunks`. Raises `CannotMeasure`."""
    asked = [question for rule in rules(chunks) for question in rule.questions]
    if count > len(asked):
        raise CannotMeasure(
            f"{chunks:,} chunks answer {len(asked):,} questions, not {count:,}: ask less or add chunks."
        )
    return random.Random(SEED).sample(asked, count)  # noqa: S311 -- made-up text, no secret


def write_circulars(folder: Path, chunks: int) -> Path:
    """Write the rules as Markdown circulars with their manifest; returns the manifest's path."""
    folder.mkdir(parents=True, exist_ok=True)
    written = list(rules(chunks))
    entries: list[dict[str, str]] = []
    for number, start in enumerate(range(0, chunks, SECTIONS_PER_CIRCULAR), 1):
        title = f"Working instruction {number}"
        path = folder / f"instruction-{number:04}.md"
        path.write_text(_circular(title, written[start : start + SECTIONS_PER_CIRCULAR]), encoding="utf-8")
        entries.append(
            {
                "file": path.name,
                "document": path.stem,
                "title": title,
                "version": "1",
                "effective_from": IN_FORCE_FROM,
                "library": "working-instructions",
            }
        )
    manifest = folder / MANIFEST
    manifest.write_text(json.dumps(entries, indent=1), encoding="utf-8")
    return manifest


def _circular(title: str, sections: Sequence[Rule]) -> str:
    return f"# {title}\n\n" + "\n\n".join(f"## {rule.heading}\n\n{rule.text}" for rule in sections) + "\n"
