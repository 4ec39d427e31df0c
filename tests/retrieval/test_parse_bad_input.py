import random

import pytest
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.pdfgen.canvas import Canvas

from core.errors import ProblemError
from retrieval.limits import PARSE_LIMITS
from retrieval.parsing import UnreadableDocument, parse
from tests.retrieval.pdf_samples import drawn, fee_policy


def one_line(canvas: Canvas) -> None:
    canvas.drawString(60, 700, "One line of text.")


def picture(canvas: Canvas) -> None:
    canvas.rect(100, 100, 200, 200, fill=1)


NOISE = random.Random(7).randbytes(4_000)
PDF = fee_policy()


@pytest.mark.parametrize(
    ("content", "filename", "says"),
    [
        (b"", "policy.pdf", "empty"),
        (b" \n\n", "policy.txt", "empty"),
        (drawn(one_line, StandardEncryption("secret")), "policy.pdf", "protected with a password"),
        (PDF[: len(PDF) // 2], "policy.pdf", "damaged or incomplete"),
        (b"%PDF-1.7\n" + NOISE, "policy.pdf", "damaged or incomplete"),
        (drawn(picture), "scan.pdf", "text recognition"),
        (NOISE, "policy.txt", "binary data"),
        (NOISE, "policy.md", "binary data"),
        (b"\x00\x01\x02\x03" * 500, "policy.txt", "binary data"),
        (PDF, "policy.txt", "its content is PDF. Give it the ending .pdf"),
        (PDF, "policy.html", "Give it the ending .pdf"),
        (b"<!DOCTYPE html><p>Text</p>", "policy.txt", "Give it the ending .html"),
        (b"<!DOCTYPE html><p>Text</p>", "policy.pdf", "its content is not one"),
        (b"Just words.", "policy.html", "holds no HTML"),
        (b"PK\x03\x04" + NOISE, "policy.docx", "an Office document"),
        (b"PK\x03\x04" + NOISE, "policy.pdf", "an Office document"),
        (b"\x89PNG\r\n" + NOISE, "scan.pdf", "a picture"),
        (b"Just words.", "policy.doc", "does not end in .pdf, .html, .md or .txt"),
        (b"Just words.", "policy", "does not end in"),
        (b"<p>Start</p>" + b"<div>" * 50_000 + b"end", "bomb.html", "nested too deeply"),
        (b"<p>" + b"<b>" * 400 + b"end", "bomb.html", "nested too deeply"),
        (b"<p>x</p>" * (PARSE_LIMITS.max_html_elements + 1), "bomb.html", "too many elements"),
        (b"<p><script>var x = 'text'</script></p>", "script.html", "no text that a reader sees"),
        (b"<!-- nothing -->", "policy.md", "no text"),
        (b"a " * (PARSE_LIMITS.max_characters // 2 + 1), "long.txt", "Split it"),
    ],
)
def test_what_cannot_be_read_says_what_to_change(content: bytes, filename: str, says: str) -> None:
    with pytest.raises(UnreadableDocument, match=says) as caught:
        parse(content, filename)
    assert isinstance(caught.value, ProblemError)
    assert (caught.value.status, caught.value.code) == (422, "unreadable_document")


def many_pages(canvas: Canvas) -> None:
    for _ in range(PARSE_LIMITS.max_pages + 1):
        canvas.showPage()


def test_a_pdf_with_too_many_pages_is_refused() -> None:
    with pytest.raises(UnreadableDocument, match="2,001 pages; the most is 2,000"):
        parse(drawn(many_pages), "endless.pdf")


def test_a_file_beyond_the_size_limit_is_refused_before_it_is_read() -> None:
    with pytest.raises(UnreadableDocument, match="65 MB; the most is 64 MB"):
        parse(b"%PDF-" + b"0" * (65 * 2**20), "huge.pdf")


def test_a_pdf_that_anyone_may_open_but_not_copy_is_read() -> None:
    document = parse(drawn(one_line, StandardEncryption("", "owner", canCopy=0)), "policy.pdf")
    assert [block.text for block in document.blocks] == ["One line of text."]


def test_entities_of_a_document_are_not_expanded() -> None:
    bomb = b'<!DOCTYPE html [<!ENTITY a "expanded"><!ENTITY b "&a;&a;">]><body><p>Text &b; ends.</p></body>'
    blocks = parse(bomb, "bomb.html").blocks
    assert blocks[-1].text == "Text &b; ends."
    assert "expandedexpanded" not in "".join(block.text for block in blocks)


@pytest.mark.parametrize("filename", ["a/b/policy.txt", "C:\\policies\\policy.TXT", "../../policy.txt"])
def test_folders_in_a_file_name_do_not_matter(filename: str) -> None:
    assert parse(b"The rule.", filename).blocks[0].text == "The rule."
