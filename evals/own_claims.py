"""Our own claims over passages of our own (`evals/claim_cases/own.txt`): what the claim check is trained and tried on
beside the development data. `# heading`, `| line of the passage`, `+ a faithful claim`, `- kind: an altered claim`."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

OWN: Final = Path(__file__).parent / "claim_cases" / "own.txt"
FAITHFUL: Final = "faithful"
WRONG_CITATION: Final = "citation"


@dataclass(frozen=True, slots=True)
class OwnClaim:
    """A claim beside a passage; `kind` is `faithful` or what was altered."""

    heading: str
    passage: str
    kind: str
    text: str


def own_claims(path: Path = OWN) -> list[OwnClaim]:
    """All claims as written, then each faithful one beside a passage that does not say it."""
    written = list(_written(path.read_text(encoding="utf-8").splitlines()))
    passages = dict.fromkeys((claim.heading, claim.passage) for claim in written)
    order = list(passages)
    moved: list[OwnClaim] = []
    for claim in written:
        if claim.kind == FAITHFUL:
            heading, passage = order[(order.index((claim.heading, claim.passage)) + 3) % len(order)]
            moved.append(OwnClaim(heading, passage, WRONG_CITATION, claim.text))
    return [*written, *moved]


def _written(lines: list[str]) -> Iterator[OwnClaim]:
    heading, passage = "", list[str]()
    for line in lines:
        sign, _, text = line.partition(" ")
        if sign == "#":
            heading, passage = text, []
        elif sign == "|":
            passage.append(text)
        elif sign == "+":
            yield OwnClaim(heading, "\n".join(passage), FAITHFUL, text)
        elif sign == "-":
            kind, _, altered = text.partition(": ")
            yield OwnClaim(heading, "\n".join(passage), kind, altered)
