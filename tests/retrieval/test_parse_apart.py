import os
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from core.errors import Unavailable
from retrieval.limits import PROCESS_LIMITS
from retrieval.parsing import UnreadableDocument, parse
from retrieval.parsing.apart import ParserProcess
from tests.retrieval.pdf_samples import fee_policy

LIMITS = replace(PROCESS_LIMITS, cpu_s=1, wall_s=2.0, memory_bytes=600 * 2**20, output_bytes=2**20)


@pytest.fixture
def parser() -> Iterator[ParserProcess]:
    """One that does what the document says."""
    made = ParserProcess(LIMITS, "tests.retrieval.misbehaving:parse")
    yield made
    made.close()


@pytest.fixture
def real() -> Iterator[ParserProcess]:
    made = ParserProcess()
    yield made
    made.close()


@pytest.mark.parametrize(
    ("does", "says"),
    [
        (b"hang", "takes longer than a document may take"),
        (b"spin", "takes longer than a document may take"),
        (b"crash", "it is damaged"),
        (b"abort", "it is damaged"),
        (b"eat", "takes more memory than a document may take"),
        (b"fill the disk", "its parser failed"),
        (b"defect", "its parser failed"),
        (b"vanish", "it is damaged"),
    ],
)
def test_a_file_that_breaks_its_parser_is_refused_and_the_next_is_read(
    parser: ParserProcess, does: bytes, says: str
) -> None:
    with pytest.raises(UnreadableDocument, match=says):
        parser.parse(does, "policy.pdf")
    assert parser.parse(b"fine", "next.txt").blocks[0].text == "next.txt: fine"


def test_one_that_cannot_be_ended_by_its_alarm_is_given_up(parser: ParserProcess) -> None:
    with pytest.raises(UnreadableDocument, match="takes longer"):
        parser.parse(b"deaf to alarms", "policy.pdf")
    assert children_of(parser) == []


def children_of(parser: ParserProcess) -> list[str]:
    """The copies that run, after time enough to end."""
    assert parser._process is not None
    children = Path(f"/proc/{parser._process.pid}/task/{parser._process.pid}/children")
    for _ in range(100):
        if not children.read_text():
            break
        time.sleep(0.05)
    return children.read_text().split()


def test_when_the_process_itself_is_killed_the_job_is_to_be_tried_again(parser: ParserProcess) -> None:
    with pytest.raises(Unavailable):
        parser.parse(b"end my parent", "policy.pdf")
    assert parser.parse(b"fine", "next.txt").blocks[0].text == "next.txt: fine"


def test_a_document_that_hangs_holds_no_other_up(parser: ParserProcess) -> None:
    with ThreadPoolExecutor(8) as pool:
        hanging = pool.submit(parser.parse, b"hang", "policy.pdf")
        read = list(pool.map(parser.parse, [b"%d" % number for number in range(40)], ["a"] * 40))
        assert not hanging.done()
        assert [document.blocks[0].text for document in read] == [f"a: {number}" for number in range(40)]
        assert isinstance(hanging.exception(), UnreadableDocument)


def test_the_process_has_no_secrets_and_no_connections(parser: ParserProcess, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "secret")
    with Path(__file__).open("rb") as ours, ThreadPoolExecutor(2) as pool:
        os.set_inheritable(ours.fileno(), True)
        pool.submit(parser.parse, b"hang", "other.pdf")  # its connection must not be seen either
        seen = parser.parse(b"look around", "policy.pdf").blocks[0].text
    assert "OPENAI_API_KEY" not in seen
    assert "DATABASE_URL" not in seen
    assert str(Path(__file__)) not in seen
    assert seen.count("socket") == 1


def test_pages_are_counted_while_it_reads(parser: ParserProcess) -> None:
    heard: list[tuple[int, int]] = []
    parser.parse(b"count", "policy.pdf", lambda done, total: heard.append((done, total)))
    assert heard == [(10, 25), (20, 25), (25, 25)]


@pytest.mark.parametrize(
    ("content", "filename"),
    [
        (fee_policy(), "fees.pdf"),
        (b"# Fees\n\nThe fee is 5 EUR.\n\n| a | b |\n|---|---|\n| c | d |", "fees.md"),
        (b"<h1>Fees</h1><p>The fee is <b>5</b> EUR.</p>", "fees.html"),
        ("Gebühren\n\n§ 1 Die Gebühr beträgt 5 €.".encode("utf-16"), "fees.txt"),
    ],
)
def test_what_is_read_apart_is_what_is_read_here(real: ParserProcess, content: bytes, filename: str) -> None:
    assert real.parse(content, filename) == parse(content, filename)


def test_a_refusal_comes_through_as_it_was_said(real: ParserProcess) -> None:
    with pytest.raises(UnreadableDocument) as here:
        parse(b"Just words.", "policy.html")
    with pytest.raises(UnreadableDocument) as apart:
        real.parse(b"Just words.", "policy.html")
    assert apart.value.detail == here.value.detail


def test_the_spooled_document_is_read_as_often_as_one_likes(real: ParserProcess) -> None:
    whole = parse(fee_policy(), "fees.pdf")
    with real.opened(fee_policy(), "fees.pdf") as document:
        both = list(zip(document.pages(), document.blocks(), strict=False))
        assert [page for page, _ in both] == list(whole.pages)
        assert tuple(document.blocks()) == whole.blocks
        assert (document.summary.page_count, document.summary.block_count) == (len(whole.pages), len(whole.blocks))


def test_close_ends_the_process_and_what_it_reads(parser: ParserProcess) -> None:
    parser.parse(b"fine", "a.txt")
    process = parser._process
    assert process is not None
    parser.close()
    assert process.returncode == 0
