"""Small PDFs written for the tests: a policy with headings, markers, tables and footers, and pages that mislead."""

import io
from collections.abc import Callable

from reportlab.lib import colors, pdfencrypt
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle, getSampleStyleSheet
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Flowable, Paragraph, SimpleDocTemplate, Spacer, Table

STYLES = getSampleStyleSheet()
# The sample sheet sets "Title" and "Heading1" alike; a policy doesn't.
TITLE = ParagraphStyle("PolicyTitle", parent=STYLES["Title"], fontSize=22, leading=26)


def drawn(draw: Callable[[Canvas], None], encryption: pdfencrypt.StandardEncryption | None = None) -> bytes:
    """A PDF whose content `draw` puts on a canvas."""
    stream = io.BytesIO()
    canvas = Canvas(stream, pagesize=A4, encrypt=encryption, invariant=True)
    draw(canvas)
    canvas.save()
    return stream.getvalue()


def flowed(story: list[Flowable], footer: str = "Harbour Bank · Fee policy") -> bytes:
    """A PDF of flowing text with a header line and page numbers."""

    def margins(canvas: Canvas, document: SimpleDocTemplate) -> None:
        canvas.setFont("Helvetica", 8)
        canvas.drawString(60, 810, footer)
        canvas.drawRightString(540, 30, f"Page {document.page}")

    stream = io.BytesIO()
    document = SimpleDocTemplate(stream, pagesize=A4, invariant=True)
    document.build(story, onFirstPage=margins, onLaterPages=margins)
    return stream.getvalue()


def text(words: str, style: str = "BodyText", left: float = 0) -> Paragraph:
    return Paragraph(words, ParagraphStyle(style + str(left), parent=STYLES[style], leftIndent=left))


def fee_policy() -> bytes:
    """Three pages: a title, numbered headings, paragraphs with markers, a table of 40 rows, a second table."""
    rows: list[list[object]] = [["Service", "Fee", "Note"]]
    for number in range(1, 41):
        name = text(f"Service {number} has a name that is long enough to wrap within its own cell")
        note = text("Charged monthly in arrears to the account of the customer" if number % 2 else "")
        rows.append([name, f"{number}.00 EUR", note])
    look = [
        ("GRID", (0, 0), (-1, -1), 0.5, colors.grey),
        ("BACKGROUND", (0, 0), (-1, 0), colors.navy),
        ("TEXTCOLOR", (0, 0), (-1, 0), colors.white),
        ("VALIGN", (0, 0), (-1, -1), "MIDDLE"),
    ]
    limits = [["Limit", "Who approves"], ["up to 1,000 EUR", "Teller"], ["above", "Supervisor"]]
    return flowed(
        [
            Paragraph("Fee policy", TITLE),
            text("1. Purpose", "Heading1"),
            text("This policy sets the fees of the bank. It binds every branch from the day it takes effect."),
            text("(a) <i>Who decides.</i> The pricing board decides on fees:"),
            text("(1) once a year for private customers; and", left=18),
            text("(2) at any time for companies.", left=18),
            text("(b) A branch may not waive a fee without consent."),
            text("1.1 Fees", "Heading2"),
            text("The fees are:"),
            Table(rows, colWidths=[180, 80, 180], repeatRows=1, style=look),
            text("2. Limits", "Heading1"),
            text("Limits apply as follows:"),
            Table(limits, colWidths=[150, 150]),
            Spacer(1, 12),
            text("After the table a paragraph follows. " * 6),
        ]
    )
