"""Whatever is done to a file, it is read or refused: no other error comes out of a parser."""

import re

from hypothesis import given, settings
from hypothesis import strategies as st

from retrieval.models import ParsedDocument
from retrieval.parsing import UnreadableDocument, parse
from tests.retrieval.office_samples import CLAUSES, archive, docx_parts, item, p, r, sheet, table, tc, xlsx_parts
from tests.retrieval.pdf_samples import fee_policy

WORD = docx_parts(
    p("Scope", "H1") + p(r("White", '<w:color w:val="FFFFFF"/><w:sz w:val="20"/>')) + item("one") + item("two", 1)
    + table(tc("a", '<w:gridSpan w:val="2"/>') + tc("b"), tc("c", '<w:vMerge w:val="restart"/>') + tc("d")),
    numbering=CLAUSES,
)  # fmt: skip
EXCEL = xlsx_parts(
    sheet("S", ["a", "b"], ["c", 1.5]),
    styles='<fonts><font><sz val="9"/><color rgb="FF000000"/></font></fonts>'
    '<cellXfs><xf numFmtId="10" fontId="0"/></cellXfs>',
    strings="<si><t>x</t></si>",
)
VALUES = re.compile(r'(?<==")[^"]*(?=")|(?<=>)[^<]+(?=<)')
ODD = st.sampled_from(
    ["", "-1", "9" * 30, "NaN", "1e999", "٣", "²", "1.5.5", "FFFFFF", "../../x", "A0:ZZZ9999999", "true"]
)
PDF = fee_policy()


def read(content: bytes, filename: str) -> ParsedDocument | None:
    try:
        return parse(content, filename)
    except UnreadableDocument:
        return None


@given(st.sampled_from(["a.docx", "a.xlsx"]), st.lists(st.tuples(st.integers(0, 10**6), ODD), min_size=1, max_size=6))
@settings(max_examples=150, deadline=None)
def test_office_files_with_odd_values(filename: str, changes: list[tuple[int, str]]) -> None:
    parts = dict(WORD if filename == "a.docx" else EXCEL)
    names = sorted(parts)
    for place, value in changes:
        name = names[place % len(names)]
        text = str(parts[name])
        found = list(VALUES.finditer(text))
        if found:
            chosen = found[place // len(names) % len(found)]
            parts[name] = text[: chosen.start()] + value + text[chosen.end() :]
    read(archive(parts), filename)


@given(st.sampled_from(["a.docx", "a.xlsx", "a.pdf"]), st.data())
@settings(max_examples=100, deadline=None)
def test_files_cut_off_or_with_other_bytes(filename: str, data: st.DataObject) -> None:
    whole = {"a.docx": archive(WORD), "a.xlsx": archive(EXCEL), "a.pdf": PDF}[filename]
    place = data.draw(st.integers(0, len(whole) - 1))
    if data.draw(st.booleans()):
        read(whole[:place], filename)
    else:
        read(whole[:place] + data.draw(st.binary(min_size=1, max_size=8)) + whole[place + 4 :], filename)
