import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.errors import ModelNonsense
from gateway.limits import WRITING
from gateway.writers.claim_lines import ClaimLines
from gateway.writers.ports import ClaimDraft, Form, Part


def read(*pieces: str) -> list[ClaimDraft]:
    lines = ClaimLines()
    return [claim for piece in pieces for claim in lines.feed(piece)] + lines.finish()


def test_a_claim_is_given_when_its_line_is_complete() -> None:
    lines = ClaimLines()
    assert lines.feed('{"text": "One.", "citations": [1') == []
    assert lines.feed(', 2]}\n{"te') == [ClaimDraft("One.", (1, 2), quote=False)]
    assert lines.feed('xt": "Two.", "citations": [2, 2]}') == []
    assert lines.finish() == [ClaimDraft("Two.", (2,), quote=False)]
    assert lines.finish() == []


def test_fences_blank_lines_and_trailing_commas_are_passed_over() -> None:
    text = '```json\n\n{"text": " One \\n line. ", "citations": [1]},\n   \n```\n'
    assert read(text) == [ClaimDraft("One line.", (1,), quote=False)]


def test_no_text_is_no_claim() -> None:
    assert read("") == read("\n\n") == []


def test_a_model_cannot_say_that_it_quotes() -> None:
    assert read('{"text": "One.", "citations": [1], "quote": true}') == [ClaimDraft("One.", (1,), quote=False)]


@pytest.mark.parametrize(
    "line",
    [
        "The documents do not say.",
        '{"text": "One."}',
        '{"text": "", "citations": [1]}',
        '{"text": " ", "citations": [1]}',
        '{"text": 7, "citations": [1]}',
        '{"text": "One.", "citations": ["1"]}',
        '{"text": "One.", "citations": [true]}',
        '{"text": "One.", "citations": [1.0]}',
        '[{"text": "One.", "citations": [1]}]',
        '"One."',
        '{"text": "One.", "citations": [1]',
        json.dumps({"text": "x" * (WRITING.claim_characters + 1), "citations": [1]}),
        json.dumps({"text": "One.", "citations": list(range(WRITING.citations + 1))}),
        "{" * WRITING.line_characters * 2,
        '{"text": "\ud800", "citations": [1]}'.encode("utf-8", "replace").decode().replace("?", "\\ud800"),
    ],
)
def test_anything_else_is_nonsense(line: str) -> None:
    with pytest.raises(ModelNonsense):
        read('{"text": "Fine.", "citations": [1]}\n', line)


def test_an_endless_reply_is_cut_off() -> None:
    with pytest.raises(ModelNonsense, match="longer than an answer"):
        read(*['{"text": "Fine.", "citations": [1]}\n'] * 1000)


@given(
    st.lists(st.tuples(st.text(min_size=1).filter(str.strip), st.lists(st.integers(1, 99), max_size=8)), max_size=5),
    st.data(),
)
def test_it_does_not_matter_where_the_stream_is_cut(claims: list[tuple[str, list[int]]], data: st.DataObject) -> None:
    text = "\n".join(json.dumps({"text": text, "citations": refs}, ensure_ascii=False) for text, refs in claims)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=20)))
    pieces = [text[start:end] for start, end in zip([0, *cuts], [*cuts, len(text)], strict=True)]
    assert read(*pieces) == read(text)
    assert [claim.text for claim in read(text)] == [" ".join(text.split()) for text, _ in claims]


def read_form(form: Form, *pieces: str) -> list[ClaimDraft]:
    lines = ClaimLines(form)
    return [claim for piece in pieces for claim in lines.feed(piece)] + lines.finish()


def test_a_forms_lines_say_their_part_and_condition() -> None:
    first = '{"part": "item", "text": "One.", "citations": [1], "condition": " if\\n so "}\n'
    text = first + '{"text": "Two.", "citations": [2]}'
    assert read_form(Form.CHECKLIST, text) == [
        ClaimDraft("One.", (1,), quote=False, part=Part.ITEM, condition="if so"),
        ClaimDraft("Two.", (2,), quote=False, part=Part.ITEM),
    ]
    (step,) = read_form(Form.CASE_NOTE, '{"part": "step", "text": "One.", "citations": [1]}')
    assert step.part is Part.STEP


@pytest.mark.parametrize(
    "more",
    ['"part": "fact"', '"part": "rule"', '"confidence": 1', '"quote": true', '"group": "x"', '"condition": 7'],
)
def test_a_form_has_no_other_fields_and_no_other_parts(more: str) -> None:
    with pytest.raises(ModelNonsense):
        read_form(Form.CHECKLIST, f'{{"text": "One.", "citations": [1], {more}}}')
