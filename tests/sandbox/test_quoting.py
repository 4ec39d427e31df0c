import json

from hypothesis import given
from hypothesis import strategies as st

from sandbox.model.quoting import NOT_AN_ANSWER_TASK, Passage, answer, choose_quotes, read_passages
from sandbox.model.wire import split

EVIDENCE = """
[1] Card disputes › Time limits
The branch must investigate a disputed card payment within 10 business days.
If it needs longer, it may take up to 45 days.

[2] Card disputes › New accounts
For an account opened within 30 days, the investigation may take 20 business days.
- The customer is told in writing.
[12] Kitchen
Coffee is free for everyone who works here.
"""


def test_passages_are_read_by_number() -> None:
    assert read_passages(EVIDENCE) == [
        Passage(
            1,
            "Card disputes › Time limits",
            "The branch must investigate a disputed card payment within 10 business days.\n"
            "If it needs longer, it may take up to 45 days.",
        ),
        Passage(
            2,
            "Card disputes › New accounts",
            "For an account opened within 30 days, the investigation may take 20 business days.\n"
            "- The customer is told in writing.",
        ),
        Passage(12, "Kitchen", "Coffee is free for everyone who works here."),
    ]


def test_the_sentence_that_answers_is_quoted_with_its_number() -> None:
    quotes = choose_quotes("How long may we investigate a dispute of a new account?", read_passages(EVIDENCE))
    assert quotes[0] == (2, "For an account opened within 30 days, the investigation may take 20 business days.")
    assert 12 not in {ref for ref, _ in quotes}


def test_no_evidence_no_line() -> None:
    question = "What is the interest rate of a boat mortgage in Norway?"
    assert answer(f"<question>{question}</question><evidence>{EVIDENCE}</evidence>") == ""
    assert answer(f"<question>{question}</question><evidence></evidence>") == ""
    assert answer(f"<question>???</question><evidence>{EVIDENCE}</evidence>") == ""


def test_a_question_to_rewrite_comes_back_as_it_is() -> None:
    prompt = '<history>\nWhat is a PEP?\n</history>\n<question>and for "a new" one?</question>'
    assert json.loads(answer(prompt)) == {"question": 'and for "a new" one?'}


def test_another_prompt_gets_a_plain_sentence() -> None:
    assert answer("Rewrite this question.") == NOT_AN_ANSWER_TASK


words = st.text(alphabet=st.sampled_from('abc de 10.%,\n"\\ü›[1]'), max_size=80)


@given(question=words, texts=st.lists(words, max_size=4))
def test_it_only_ever_quotes_the_passage_that_it_cites(question: str, texts: list[str]) -> None:
    passages = [Passage(ref, "c de", text) for ref, text in enumerate(texts, start=1)]
    for ref, quote in choose_quotes(question, passages):
        assert quote in " ".join(texts[ref - 1].split())


@given(question=words, texts=st.lists(words, max_size=4))
def test_every_line_is_a_claim_in_json(question: str, texts: list[str]) -> None:
    evidence = "\n".join(f"[{ref}] Title › section\n{text}" for ref, text in enumerate(texts, start=1))
    for line in answer(f"<question>{question}</question><evidence>{evidence}</evidence>").splitlines():
        assert set(json.loads(line)) == {"text", "citations"}


@given(text=st.text(max_size=200), tokens=st.integers(0, 60))
def test_deltas_add_up_to_the_text(text: str, tokens: int) -> None:
    deltas = split(text, tokens)
    assert "".join(deltas) == text
    assert not (tokens and text) or len(deltas) == tokens
