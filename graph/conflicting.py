"""Where documents disagree, what each of them says: beside the answer, in the order of the claims."""

from collections.abc import Sequence

from guardrails.conflicts import disagreements
from retrieval.models import Passage
from runs.events import Claim, DocumentsDisagree, Statement


def conflicts_of(claims: Sequence[Claim], passages: Sequence[Passage]) -> list[DocumentsDisagree]:
    """One entry for each claim that another document in evidence gainsays; the claim's own words come first."""
    found: list[DocumentsDisagree] = []
    for claim in claims:
        others = disagreements(claim.text, claim.citations, passages)
        if others:
            own = Statement(ref=claim.citations[0], text=claim.text)
            theirs = [Statement(ref=other.ref, text=other.text) for other in others]
            found.append(DocumentsDisagree(claim=claim.index, statements=[own, *theirs]))
    return found
