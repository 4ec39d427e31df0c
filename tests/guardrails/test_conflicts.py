from dataclasses import dataclass

from guardrails.conflicts import Disagreement, disagreements


@dataclass(frozen=True)
class Passage:
    ref: int
    document: str
    text: str


DORMANT = "An account is dormant when the customer has made no transaction for 24 months."
OTHERWISE = "An account counts as dormant after 18 months without a transaction by the customer."


def test_another_document_with_another_figure_is_told() -> None:
    passages = [Passage(1, "dormant", DORMANT), Passage(2, "records", f"Marketing letters stop.\n{OTHERWISE}")]
    assert disagreements(DORMANT, (1,), passages) == [Disagreement(2, OTHERWISE)]


def test_another_document_that_forbids_what_is_allowed_is_told() -> None:
    allowed = "A branch manager may waive the fee for a replacement card."
    forbidden = "A branch manager may not waive the fee for a replacement card."
    passages = [Passage(1, "fees", allowed), Passage(2, "cards", forbidden)]
    assert disagreements(allowed, (1,), passages) == [Disagreement(2, forbidden)]


def test_the_same_figure_another_subject_and_the_same_document_are_none() -> None:
    same = DORMANT.replace("when the customer has made", "if the customer makes")
    other = "A card is destroyed when the customer has not collected it for 2 months."
    passages = [
        Passage(1, "dormant", DORMANT),
        Passage(2, "records", f"{same}\n{other}"),
        Passage(3, "dormant", OTHERWISE),
    ]
    assert disagreements(DORMANT, (1,), passages) == []
