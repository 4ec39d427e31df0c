import pytest

from retrieval.chunking import chunk
from retrieval.limits import PARSE_LIMITS
from retrieval.models import Block, BlockKind, ParsedDocument
from retrieval.parsing import UnreadableDocument, parse
from retrieval.parsing.number_formats import shown
from tests.retrieval.office_samples import rows, sheet, xlsx

STYLES = (
    '<numFmts><numFmt numFmtId="164" formatCode="0.0%"/></numFmts>'
    '<fonts><font/><font><b/></font><font><color rgb="FFFFFFFF"/></font><font><sz val="1"/></font>'
    '<font><color theme="0"/></font></fonts>'
    '<fills><fill><patternFill patternType="none"/></fill>'
    '<fill><patternFill patternType="solid"><fgColor rgb="FF203864"/></patternFill></fill></fills>'
    '<cellXfs><xf numFmtId="0" fontId="0" fillId="0"/><xf numFmtId="164" fontId="0" fillId="0"/>'
    '<xf numFmtId="14" fontId="0" fillId="0"/><xf numFmtId="0" fontId="1" fillId="0"/>'
    '<xf numFmtId="0" fontId="2" fillId="0"/><xf numFmtId="0" fontId="2" fillId="1"/>'
    '<xf numFmtId="0" fontId="3" fillId="0"/><xf numFmtId="0" fontId="4" fillId="0"/></cellXfs>'
)


def read(*sheets: tuple[str, str, str], **rest: str) -> ParsedDocument:
    return parse(xlsx(*sheets, **rest), "fees.xlsx")


def texts(content: str, **rest: str) -> list[str]:
    return [block.text for block in read(("S", "", content), **rest).blocks[1:]]


def cell(place: str, text: str, style: int) -> str:
    return f'<c r="{place}" s="{style}" t="inlineStr"><is><t>{text}</t></is></c>'


def test_each_sheet_is_a_section_of_tables_and_paragraphs() -> None:
    document = read(
        sheet(
            "Fees", ["Fees from 1 May"], [], ["Service", "Fee"], ["Card", 12.5], ["Wire", None, "free"], [], ["A note."]
        ),
        sheet("Empty"),
        sheet("Limits", ["Role", "Limit"], ["Teller", 1000]),
    )
    assert (document.title, document.pages, document.problems) == (None, (), ())
    assert document.blocks == (
        Block(BlockKind.HEADING, "Fees", ("Fees",)),
        Block(BlockKind.PARAGRAPH, "Fees from 1 May", ("Fees",)),
        Block(BlockKind.TABLE, "Service | Fee\nCard | 12.5\nWire |  | free", ("Fees",)),
        Block(BlockKind.PARAGRAPH, "A note.", ("Fees",)),
        Block(BlockKind.HEADING, "Limits", ("Limits",)),
        Block(BlockKind.TABLE, "Role | Limit\nTeller | 1000", ("Limits",)),
    )


def test_long_sheets_repeat_their_header() -> None:
    many: list[list[str | float | None]] = [[f"Service number {n}, described in words", n] for n in range(60)]
    chunks = chunk(read(sheet("Fees", ["Service", "Fee"], *many)))
    assert len(chunks) > 1
    assert all(draft.text.startswith("Service | Fee\n") and draft.section == ("Fees",) for draft in chunks)


def test_a_bold_line_above_a_table_is_its_title() -> None:
    content = f'<sheetData><row r="1">{cell("A1", "Card fees", 3)}</row>{rows(["a", "b"], [1, 2], first=3)}</sheetData>'
    assert [block.section for block in read(("S", "", content), styles=STYLES).blocks] == [
        ("S",),
        ("S", "Card fees"),
        ("S", "Card fees"),
    ]


def test_what_is_hidden_is_left_out_and_reported() -> None:
    content = (
        '<cols><col min="2" max="3" hidden="1"/></cols><sheetData>'
        + rows(["Seen", "no", "no", "too"])
        + rows(["hidden row", None, None, "x"], first=2, more='hidden="1"')
        + rows(["flat row"], first=3, more='ht="0" customHeight="1"')
        + f'<row r="4">{cell("A4", "white", 4)}{cell("D4", "on blue", 5)}'
        + f"{cell('E4', 'tiny', 6)}{cell('F4', 'theme', 7)}</row>"
        "</sheetData>"
    )
    document = read(("S", "", content), ("H", 'state="hidden"', ""), ("V", 'state="veryHidden"', ""), styles=STYLES)
    assert [block.text for block in document.blocks] == ["S", "Seen | too", "on blue"]
    assert {problem.code: problem.detail.partition(".")[0] for problem in document.problems} == {
        "hidden_text": "Places with text that a reader cannot see (hidden, white or tiny): 3",
        "hidden_sheets": "Hidden sheets: 2",
        "hidden_cells": "Hidden rows and columns: 4",
    }


def test_merged_cells_repeat_downwards() -> None:
    content = (
        f"<sheetData>{rows(['Group', 'Fee'], ['Retail', 1], [None, 2], [None, 3])}</sheetData>"
        '<mergeCells><mergeCell ref="A2:A4"/><mergeCell ref="B1:C1"/><mergeCell ref="nonsense"/></mergeCells>'
    )
    assert texts(content) == ["Group | Fee\nRetail | 1\nRetail | 2\nRetail | 3"]


def test_values_of_every_kind() -> None:
    content = (
        "<sheetData><row>"
        '<c t="s"><v>1</v></c><c t="s"><v>99</v></c><c t="b"><v>1</v></c><c t="str"><f>A1</f><v>computed</v></c>'
        '<c s="1"><v>0.125</v></c><c s="2"><v>46084</v></c><c t="e"><v>#REF!</v></c>'
        "<c><f>1+1</f></c><c><f>1+1</f><v>2</v></c>"
        "</row></sheetData>"
    )
    strings = "<si><t>no</t></si><si><r><t>rich </t></r><r><t>text | bar</t></r><rPh><t>reading</t></rPh></si>"
    document = read(("S", "", content), styles=STYLES, strings=strings)
    assert document.blocks[1].text == "rich text / bar | TRUE | computed | 12.5% | 2026-03-03 | 2"
    assert [problem.code for problem in document.problems] == ["no_stored_values", "failed_cells"]


def test_a_workbook_that_was_never_calculated_is_refused_with_what_to_do() -> None:
    with pytest.raises(UnreadableDocument, match="open it in Excel, save it"):
        read(("S", "", "<sheetData><row><c><f>1+1</f></c></row></sheetData>"))


def test_the_calendar_of_1904() -> None:
    content = '<sheetData><row><c s="2"><v>44622</v></c></row></sheetData>'
    assert texts(content, styles=STYLES, properties='<workbookPr date1904="1"/>') == ["2026-03-03"]


def test_strings_repeated_without_end_are_refused() -> None:
    count = PARSE_LIMITS.max_characters // 30_000 + 1
    cells = '<c t="s"><v>0</v></c>' * count
    content = f"<sheetData><row>{cells}</row></sheetData>"
    with pytest.raises(UnreadableDocument, match="Split it"):
        read(("S", "", content), strings=f"<si><t>{'x' * 30_000}</t></si>")


def test_cells_far_apart_do_not_fill_the_memory() -> None:
    wide = "".join(f'<c r="{chr(65 + a)}{chr(65 + b)}1"><v>1</v></c>' for a in range(26) for b in range(26))
    tall = "".join(f'<row r="{n}"><c r="ZZ{n}"><v>1</v></c></row>' for n in range(2, 2_000))
    with pytest.raises(UnreadableDocument, match="too far apart"):
        read(("S", "", f'<sheetData><row r="1">{wide}</row>{tall}</sheetData>'))


@pytest.mark.parametrize(
    ("number", "code", "says"),
    [
        ("1234.5", "General", "1234.5"),
        ("0.1", "General", "0.1"),
        ("0.30000000000000004", "General", "0.3"),
        ("1E-3", "General", "0.001"),
        ("100", "General", "100"),
        ("0", "General", "0"),
        ("-7", "General", "-7"),
        ("1e400", "General", "1e400"),
        ("NaN", "0.0", "NaN"),
        ("1234.5", "0", "1235"),
        ("2.5", "0", "3"),
        ("1234567.891", "#,##0.00", "1,234,567.89"),
        ("0", "#,##0.00", "0.00"),
        ("0.5", "#.##", ".5"),
        ("12", "000", "012"),
        ("0.125", "0%", "13%"),
        ("0.0475", "0.00%", "4.75%"),
        ("1200", '"€"#,##0.00', "€1,200.00"),
        ("1200", "#,##0.00\\ [$€-407]", "1,200.00 €"),
        ("-1200", "#,##0;(#,##0)", "(1,200)"),
        ("-1200", "#,##0", "-1,200"),
        ("-0.4", "0", "-0"),
        ("0", '0;-0;"none"', "none"),
        ("5", ";;;", ""),
        ("5", '"pre";"neg"', "pre"),
        ("1500000", '0.0,,"m"', "1.5m"),
        ("5", "[Red]0.0", "5.0"),
        ("5", "[<10]0.0;0", "5"),
        ("0.5", "# ?/?", "0.5"),
        ("46084", "d-mmm-yy", "3-Mar-26"),
        ("46084", "dddd, d mmmm yyyy", "Tuesday, 3 March 2026"),
        ("46084", "dd/mm/yyyy", "03/03/2026"),
        ("46084.75", "yyyy-mm-dd hh:mm", "2026-03-03 18:00"),
        ("46084.75", "h:mm AM/PM", "6:00 PM"),
        ("0.5208333333", "h:mm:ss", "12:30:00"),
        ("1.25", "[h]:mm", "30:00"),
        ("59", "yyyy-mm-dd", "1900-02-28"),
        ("61", "yyyy-mm-dd", "1900-03-01"),
        ("-1", "yyyy-mm-dd", "-1"),
        ("99999999", "yyyy-mm-dd", "99999999"),
        ("12", "0.0" * 200, "12"),
    ],
)
def test_numbers_are_shown_as_their_format_says(number: str, code: str, says: str) -> None:
    assert shown(number, code) == says
