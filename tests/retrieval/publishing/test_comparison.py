"""What changed between two editions: aligned whatever the chunks are, and nothing lost or made up."""

import random
from uuid import uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from retrieval.documents.models import TextPassage
from retrieval.publishing import comparison, words
from retrieval.publishing.comparison import PassageChangeKind, Place, compare
from retrieval.publishing.limits import ComparisonLimits
from retrieval.publishing.words import Change

FEES = ("3 Fees",)
CARDS = ("4 Cards",)


def passages(*texts: tuple[tuple[str, ...], str]) -> list[TextPassage]:
    return [TextPassage(uuid4(), n, section, n + 1, text) for n, (section, text) in enumerate(texts)]


def told(before: list[TextPassage], after: list[TextPassage]) -> list[tuple[str, tuple[str, ...], str]]:
    """Kind, section and the words, gone ones as [-…-], new ones as {+…+}, figures with a *."""
    marks = {Change.SAME: ("", ""), Change.REMOVED: ("[-", "-]"), Change.ADDED: ("{+", "+}")}
    return [
        (
            change.kind.value,
            change.section,
            "".join(f"{marks[p.change][0]}{'*' if p.figure else ''}{p.text}{marks[p.change][1]}" for p in change.parts),
        )
        for change in compare(before, after).changes
    ]


def test_a_changed_figure_is_found_in_its_sentence() -> None:
    before = passages((FEES, "A replacement card costs $10 from the second one on. The first one is free."))
    after = passages((FEES, "A replacement card costs $15 from the second one on. The first one is free."))
    assert told(before, after) == [
        ("changed", FEES, "A replacement card costs $[-*10-]{+*15+} from the second one on.")
    ]
    assert compare(before, after).unchanged == 1
    (change,) = compare(before, after).changes
    assert change.figures
    assert (change.before, change.after) == (Place(before[0].chunk_id, 1), Place(after[0].chunk_id, 1))


def test_added_removed_and_moved_passages_are_told_apart() -> None:
    moves = "Lost cards are blocked at once by the desk that hears of it."
    before = passages(
        (FEES, "A statement on paper costs $2."),
        (FEES, f"Cheques are free.\n{moves}"),
        (CARDS, "Cards are sent by post. They are valid for three years."),
    )
    after = passages(
        (FEES, "A statement on paper costs $2."),
        (CARDS, f"Cards are sent by post. They are valid for three years.\n{moves}\nA card may be frozen in the app."),
    )
    assert told(before, after) == [
        ("removed", FEES, "[-Cheques are free.-]"),
        ("moved", CARDS, moves),
        ("added", CARDS, "{+A card may be frozen in the app.+}"),
    ]
    assert compare(before, after).changes[1].before == Place(before[1].chunk_id, 2)


def test_the_same_text_in_other_chunks_and_lines_has_not_changed() -> None:
    text = [f"Rule {n} holds for every account of that kind." for n in range(30)]
    before = passages(*((FEES, " ".join(text[n : n + 5])) for n in range(0, 30, 5)))
    after = passages(*((FEES, "\n".join(text[n : n + 7])) for n in range(0, 30, 7)))
    assert (told(before, after), compare(before, after).unchanged) == ([], 30)


def test_the_header_row_that_each_part_of_a_table_repeats_counts_once() -> None:
    header = "Service | Fee"
    rows = [f"Service {n} | ${n}" for n in range(6)]
    before = passages((FEES, "\n".join([header, *rows])))
    after = passages((FEES, "\n".join([header, *rows[:3]])), (FEES, "\n".join([header, *rows[3:]])))
    assert told(before, after) == []


def test_a_first_edition_is_all_new_and_an_emptied_one_all_gone() -> None:
    some = passages((FEES, "A statement on paper costs two dollars."))
    assert told([], some) == [("added", FEES, "{+A statement on paper costs +}{+*two +}{+dollars.+}")]
    assert [kind for kind, _, _ in told(some, [])] == ["removed"]
    assert told([], []) == []


SENTENCES = st.lists(st.sampled_from([f"Rule {c} is {n}." for c in "ABCDE" for n in range(4)]), max_size=14)


@settings(max_examples=200)
@given(SENTENCES, SENTENCES, st.integers(1, 5), st.integers(1, 5))
def test_both_texts_can_be_told_from_the_changes(old: list[str], new: list[str], one: int, other: int) -> None:
    """Every sentence is unchanged, or stands in a change of its side as often as it stands in its edition."""
    before = passages(*((FEES, " ".join(old[n : n + one])) for n in range(0, len(old), one)))
    after = passages(*((FEES, " ".join(new[n : n + other])) for n in range(0, len(new), other)))
    found = compare(before, after)
    gone = sum(_sentences(change, Change.ADDED) for change in found.changes if change.before and change.kind != "moved")
    come = sum(_sentences(change, Change.REMOVED) for change in found.changes if change.after)
    moved = sum(_sentences(change, None) for change in found.changes if change.kind is PassageChangeKind.MOVED)
    assert found.unchanged + gone + moved == len(old)
    assert found.unchanged + come == len(new)


def _sentences(change: comparison.PassageChange, without: Change | None) -> int:
    return "".join(part.text for part in change.parts if part.change is not without).count(".")


@given(st.text(max_size=60), st.text(max_size=60))
def test_words_that_changed_give_back_both_texts(old: str, new: str) -> None:
    parts = words.compared(words.words(old), words.words(new))
    assert "".join(part.text for part in parts if part.change is not Change.ADDED) == old
    assert "".join(part.text for part in parts if part.change is not Change.REMOVED) == new


def test_beyond_its_bounds_a_comparison_is_coarse_and_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    tight = ComparisonLimits(pairs_at_once=4, pairs=4, word_pairs_at_once=4, word_pairs=4)
    monkeypatch.setattr(comparison, "COMPARISON", tight)
    before = passages((FEES, " ".join(f"The fee of kind {n} is {n} dollars." for n in range(5))))
    after = passages((FEES, " ".join(f"The fee of kind {n} is {n + 1} dollars." for n in range(5))))
    assert [kind for kind, _, _ in told(before, after)] == ["removed", "added"]


def test_the_sentences_of_two_thousand_pages_are_compared() -> None:
    """Nothing is measured here but that it ends: 40,000 sentences, every third another one."""
    rng = random.Random(5)
    vocabulary = [f"word{n}" for n in range(400)]
    old = [" ".join(rng.choices(vocabulary, k=12)) + "." for _ in range(40_000)]
    new = [" ".join(rng.choices(vocabulary, k=12)) + "." if n % 3 == 0 else text for n, text in enumerate(old)]
    found = compare(passages((FEES, "\n".join(old))), passages((FEES, "\n".join(new))))
    assert found.unchanged > 26_000
