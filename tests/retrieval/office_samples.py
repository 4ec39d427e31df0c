"""Small Word documents and workbooks, written by hand: what programs write, and what attackers do."""

import io
import zipfile
from collections.abc import Mapping

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
X = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
R = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_TYPES = "application/vnd.openxmlformats-officedocument."
DOCX_TYPE = f"{_TYPES}wordprocessingml.document.main+xml"
XLSX_TYPE = f"{_TYPES}spreadsheetml.sheet.main+xml"

STYLES = """
<w:style w:type="paragraph" w:default="1" w:styleId="Normal"><w:name w:val="Normal"/></w:style>
<w:style w:type="paragraph" w:styleId="T"><w:name w:val="Title"/></w:style>
<w:style w:type="paragraph" w:styleId="H1"><w:name w:val="heading 1"/><w:pPr><w:outlineLvl w:val="0"/></w:pPr></w:style>
<w:style w:type="paragraph" w:styleId="H2"><w:name w:val="heading 2"/><w:basedOn w:val="H1"/>
  <w:pPr><w:outlineLvl w:val="1"/></w:pPr></w:style>
<w:style w:type="paragraph" w:styleId="Clause"><w:name w:val="Clause"/>
  <w:pPr><w:numPr><w:numId w:val="2"/></w:numPr></w:pPr></w:style>
<w:style w:type="character" w:styleId="Ghost"><w:name w:val="Ghost"/><w:rPr><w:vanish/></w:rPr></w:style>
<w:style w:type="paragraph" w:styleId="TOC1"><w:name w:val="toc 1"/></w:style>
<w:style w:type="table" w:styleId="Dark"><w:name w:val="Dark"/>
  <w:tblStylePr w:type="firstRow"><w:tcPr><w:shd w:val="clear" w:fill="203864"/></w:tcPr></w:tblStylePr></w:style>
"""


def archive(parts: Mapping[str, str | bytes], packing: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A zip file of these parts."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", packing) as file:
        for name, content in parts.items():
            file.writestr(zipfile.ZipInfo(name), content, packing)
    return stream.getvalue()


def relations(*targets: tuple[str, str], external: tuple[tuple[str, str], ...] = ()) -> str:
    """A relationships part: kinds and targets, ids counting from rId1."""
    rows = [
        f'<Relationship Id="rId{number}" Type="{R}/{kind}" Target="{target}"{mode}/>'
        for number, (kind, target, mode) in enumerate(
            [(*pair, "") for pair in targets] + [(*pair, ' TargetMode="External"') for pair in external], start=1
        )
    ]
    return f'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{"".join(rows)}</Relationships>'


def types(part: str, kind: str) -> str:
    return (
        '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
        '<Default Extension="xml" ContentType="application/xml"/>'
        f'<Override PartName="/{part}" ContentType="{kind}"/></Types>'
    )


def docx_parts(
    body: str,
    *,
    numbering: str = "",
    footnotes: str = "",
    external: tuple[tuple[str, str], ...] = (),
    kind: str = DOCX_TYPE,
) -> dict[str, str | bytes]:
    wrapped = f'xmlns:w="{W}" xmlns:r="{R}"'
    return {
        "[Content_Types].xml": types("word/document.xml", kind),
        "_rels/.rels": relations(("officeDocument", "word/document.xml")),
        "word/document.xml": f"<w:document {wrapped}><w:body>{body}</w:body></w:document>",
        "word/_rels/document.xml.rels": relations(
            ("styles", "styles.xml"), ("numbering", "numbering.xml"), ("footnotes", "footnotes.xml"), external=external
        ),
        "word/styles.xml": f"<w:styles {wrapped}>{STYLES}</w:styles>",
        "word/numbering.xml": f"<w:numbering {wrapped}>{numbering}</w:numbering>",
        "word/footnotes.xml": f"<w:footnotes {wrapped}>{footnotes}</w:footnotes>",
    }


def docx(body: str, *, numbering: str = "", footnotes: str = "", kind: str = DOCX_TYPE) -> bytes:
    """A Word document of this body."""
    return archive(docx_parts(body, numbering=numbering, footnotes=footnotes, kind=kind))


def p(text: str, style: str = "", more: str = "") -> str:
    """A paragraph; `text` may be runs."""
    named = f'<w:pStyle w:val="{style}"/>' if style else ""
    runs = text if text.startswith("<w:") else r(text)
    return f"<w:p><w:pPr>{named}{more}</w:pPr>{runs}</w:p>"


def r(text: str, look: str = "") -> str:
    """A run."""
    return f'<w:r><w:rPr>{look}</w:rPr><w:t xml:space="preserve">{text}</w:t></w:r>'


def tc(content: str, more: str = "") -> str:
    """A table's cell."""
    inside = content if content.startswith("<w:p") else p(content)
    return f"<w:tc><w:tcPr>{more}</w:tcPr>{inside}</w:tc>"


def table(*rows: str, style: str = "") -> str:
    named = f'<w:tblPr><w:tblStyle w:val="{style}"/></w:tblPr>' if style else ""
    return f"<w:tbl>{named}{''.join(f'<w:tr>{row}</w:tr>' for row in rows)}</w:tbl>"


def level(number: int, style: str, text: str, left: int, more: str = "") -> str:
    """A level of a list."""
    return (
        f'<w:lvl w:ilvl="{number}"><w:start w:val="1"/><w:numFmt w:val="{style}"/><w:lvlText w:val="{text}"/>{more}'
        f'<w:pPr><w:ind w:left="{left}" w:hanging="360"/></w:pPr></w:lvl>'
    )


def item(text: str, depth: int = 0, num: int = 1) -> str:
    """A numbered paragraph."""
    return p(text, more=f'<w:numPr><w:ilvl w:val="{depth}"/><w:numId w:val="{num}"/></w:numPr>')


CLAUSES = (
    f'<w:abstractNum w:abstractNumId="7">{level(0, "lowerLetter", "(%1)", 720)}{level(1, "decimal", "(%2)", 1440)}'
    f"{level(2, 'lowerRoman', '(%3)', 2160)}</w:abstractNum>"
    f'<w:abstractNum w:abstractNumId="8">{level(0, "upperRoman", "%1.", 720)}'
    f"{level(1, 'decimal', '%1.%2', 1440, '<w:isLgl/>')}</w:abstractNum>"
    f'<w:abstractNum w:abstractNumId="9">{level(0, "bullet", "", 720)}</w:abstractNum>'
    '<w:num w:numId="1"><w:abstractNumId w:val="7"/></w:num>'
    '<w:num w:numId="2"><w:abstractNumId w:val="8"/></w:num>'
    '<w:num w:numId="3"><w:abstractNumId w:val="9"/></w:num>'
    '<w:num w:numId="4"><w:abstractNumId w:val="7"/><w:lvlOverride w:ilvl="0"><w:startOverride w:val="1"/>'
    "</w:lvlOverride></w:num>"
)


def xlsx_parts(
    *sheets: tuple[str, str, str],
    styles: str = "",
    strings: str = "",
    properties: str = "",
    kind: str = XLSX_TYPE,
) -> dict[str, str | bytes]:
    """A workbook of sheets: name, further attributes, and what stands within the worksheet element."""
    listed = "".join(
        f'<sheet name="{name}" sheetId="{number}" r:id="rId{number}" {more}/>'
        for number, (name, more, _) in enumerate(sheets, start=1)
    )
    parts: dict[str, str | bytes] = {
        "[Content_Types].xml": types("xl/workbook.xml", kind),
        "_rels/.rels": relations(("officeDocument", "xl/workbook.xml")),
        "xl/workbook.xml": f'<workbook xmlns="{X}" xmlns:r="{R}">{properties}<sheets>{listed}</sheets></workbook>',
        "xl/_rels/workbook.xml.rels": relations(
            *[("worksheet", f"worksheets/sheet{number}.xml") for number in range(1, len(sheets) + 1)],
            ("styles", "styles.xml"),
            ("sharedStrings", "sharedStrings.xml"),
        ),
        "xl/styles.xml": f'<styleSheet xmlns="{X}">{styles}</styleSheet>',
        "xl/sharedStrings.xml": f'<sst xmlns="{X}">{strings}</sst>',
    }
    for number, (_, _, content) in enumerate(sheets, start=1):
        parts[f"xl/worksheets/sheet{number}.xml"] = f'<worksheet xmlns="{X}" xmlns:r="{R}">{content}</worksheet>'
    return parts


def xlsx(*sheets: tuple[str, str, str], **rest: str) -> bytes:
    return archive(xlsx_parts(*sheets, **rest))


def rows(*texts: list[str | float | None], first: int = 1, more: str = "") -> str:
    """Sheet data: text as inline strings, numbers as numbers; None leaves a cell out."""
    written: list[str] = []
    for number, row in enumerate(texts, start=first):
        cells: list[str] = []
        for column, content in enumerate(row):
            place = f'r="{chr(ord("A") + column)}{number}"'
            if isinstance(content, str):
                cells.append(f'<c {place} t="inlineStr"><is><t>{content}</t></is></c>')
            elif content is not None:
                cells.append(f"<c {place}><v>{content}</v></c>")
        written.append(f'<row r="{number}" {more}>{"".join(cells)}</row>')
    return "".join(written)


def sheet(name: str, *texts: list[str | float | None]) -> tuple[str, str, str]:
    """A sheet of these rows."""
    return name, "", f"<sheetData>{rows(*texts)}</sheetData>"
