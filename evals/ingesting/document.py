"""A made-up manual as PDF, of as many pages as wanted."""

import random
from pathlib import Path
from typing import Final

from reportlab.pdfgen.canvas import Canvas

_NOUNS: Final = (
    "account", "card", "customer", "branch", "teller", "limit", "notice", "dispute", "ledger", "signature", "review",
    "deposit", "mandate", "guarantor", "collateral", "instalment", "complaint", "beneficiary", "statement", "voucher",
)  # fmt: skip
_VERBS: Final = ("checks", "records", "returns", "signs", "reports", "closes", "keeps", "compares", "refuses", "opens")
_LINES: Final = 40
_PITCH: Final = 17.0


def write_manual(file: Path, pages: int, seed: int) -> None:
    """Write it: a heading and forty lines of sentences a page, some three passages. No two passages are equal."""
    chance = random.Random(seed)  # noqa: S311 -- the same manual each time
    canvas = Canvas(str(file), invariant=True)
    for page in range(1, pages + 1):
        canvas.setFont("Helvetica-Bold", 13)
        canvas.drawString(72, 770, f"{page} Rules about the {chance.choice(_NOUNS)} of a {chance.choice(_NOUNS)}")
        canvas.setFont("Helvetica", 10)
        for line in range(_LINES):
            canvas.drawString(72, 745 - _PITCH * line, _sentence(chance, page, line))
        canvas.showPage()
    canvas.save()


def _sentence(chance: random.Random, page: int, line: int) -> str:
    subject, other, third = (chance.choice(_NOUNS) for _ in range(3))
    days = chance.randint(1, 90)
    act = chance.choice(_VERBS)
    return f"The {subject} desk {act} each {other} of rule {page}.{line} within {days} days of a {third}."
