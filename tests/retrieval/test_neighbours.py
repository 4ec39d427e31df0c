import pytest

from retrieval.neighbours import Side, Text, completes, lacking


@pytest.mark.parametrize(
    ("text", "sides"),
    [
        ("The bank answers within ten days.", ()),
        ("The bank shall:", (Side.AFTER,)),
        ("A notice is given in one of these ways—", (Side.AFTER,)),
        ("(c) by telephone; and", (Side.BEFORE, Side.AFTER)),
        ("(c) by telephone.", (Side.BEFORE,)),
        ("iv. by letter.", (Side.BEFORE,)),
        ("• by letter.", (Side.BEFORE,)),
        ("of the notice, unless the account is new.", (Side.BEFORE,)),
        ("The bank writes and", (Side.AFTER,)),
        ("England and Wales", ()),
        ("", ()),
    ],
)
def test_what_a_text_lacks(text: str, sides: tuple[Side, ...]):
    assert lacking(text) == sides


def test_a_lead_in_and_its_list_complete_each_other():
    lead, item = Text(("A", "1."), "The bank shall:"), Text(("A", "1.", "(a)"), "(a) answer within ten days.")
    assert completes(item, Side.BEFORE, lead)
    assert completes(lead, Side.AFTER, item)


def test_the_lead_in_may_stand_at_the_head_of_the_items_before():
    before = Text(("A",), "The bank shall:\n(a) answer; and\n(b) keep the notice.")
    assert completes(Text(("A",), "(c) tell the customer."), Side.BEFORE, before)


def test_a_whole_passage_before_an_item_is_no_lead_in():
    assert not completes(Text(("A",), "(a) Answer."), Side.BEFORE, Text(("A",), "Another rule. It ends here."))


def test_another_section_completes_nothing():
    lead = Text(("A", "1 Errors"), "The bank shall:")
    assert not completes(Text(("B", "2 Loss"), "(a) answer."), Side.BEFORE, lead)
    assert not completes(lead, Side.AFTER, Text(("B", "2 Loss"), "(a) answer."))
    assert not completes(Text((), "(a) answer."), Side.BEFORE, lead)
