"""Pages of PDF: a printed paper, and the mark of a signature. Pure.

Drawn with ReportLab in Be Vietnam Pro, whose glyphs are embedded as far as they are used: the fonts that every reader has
know no Vietnamese, and neither does the one that ReportLab brings along.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from functools import cache

from fontpkg_be_vietnam_pro import ROOT as FONT_ROOT
from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.lib.utils import ImageReader, simpleSplit
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

from eid.signing.pdf_values import Sheet

REGULAR, BOLD = "BeVietnamPro-Regular", "BeVietnamPro-Bold"
MARGIN = 20 * mm
CODE_SIZE = 80 * mm
"""Of a QR code of version 25 with its quiet zone: 0.64 millimetres a module, which a phone reads from a hand's breadth."""
MARK_BOX = (int(A4[0] - MARGIN - 72 * mm), int(MARGIN + 8 * mm), int(A4[0] - MARGIN), int(MARGIN + 34 * mm))
"""Where the mark of the seal is on a printed paper: left, bottom, right, top, in points."""
_FOOT = MARGIN + CODE_SIZE + 14 * mm
"""What is told ends here on the first page; code and mark are below."""
_QUIET = 4
_INK, _SOFT, _LINE, _RED = "#1a1a1a", "#555555", "#bbbbbb", "#b3261e"


def draw_sheet(sheet: Sheet) -> bytes:
    """A4, one page, or more where the paper says much; code and portrait are on the first."""
    _register_fonts()
    buffer = io.BytesIO()
    canvas = Canvas(buffer, pagesize=A4, lang="vi", pageCompression=1)
    canvas.setTitle(sheet.title)
    canvas.setAuthor(sheet.issuer)
    _draw_head(canvas, sheet)
    portrait = ImageReader(io.BytesIO(sheet.portrait))
    canvas.drawImage(portrait, A4[0] - MARGIN - 30 * mm, A4[1] - 88 * mm, 30 * mm, 40 * mm)
    _draw_code(canvas, sheet)
    _draw_facts(canvas, sheet)
    canvas.save()
    return buffer.getvalue()


def draw_mark(lines: Sequence[str], *, width: float, height: float) -> bytes:
    """A page of this size, in points, that is the visible part of a signature: the first line stands out."""
    _register_fonts()
    buffer = io.BytesIO()
    canvas = Canvas(buffer, pagesize=(width, height))
    canvas.setStrokeColor(_RED)
    canvas.setLineWidth(1)
    canvas.roundRect(1, 1, width - 2, height - 2, 4)
    shown = [(number, part) for number, line in enumerate(lines) for part in _wrap(line, number == 0, width - 12)]
    step = min(11.0, (height - 8) / max(len(shown), 1))
    for place, (number, part) in enumerate(shown, 1):
        canvas.setFillColor(_RED if number == 0 else _INK)
        canvas.setFont(BOLD if number == 0 else REGULAR, step * 0.72)
        canvas.drawString(6, height - 3 - place * step, part)
    canvas.save()
    return buffer.getvalue()


@cache
def _register_fonts() -> None:
    for name in (REGULAR, BOLD):
        pdfmetrics.registerFont(TTFont(name, str(FONT_ROOT / "files" / f"{name}.ttf")))


def _wrap(line: str, is_bold: bool, width: float) -> list[str]:
    return simpleSplit(line, BOLD if is_bold else REGULAR, 8, width) or [""]


def _draw_head(canvas: Canvas, sheet: Sheet) -> None:
    canvas.setFillColor(_RED)
    canvas.rect(0, A4[1] - 14 * mm, A4[0], 14 * mm, stroke=0, fill=1)
    canvas.setFillColor("#ffffff")
    canvas.setFont(BOLD, 10)
    canvas.drawCentredString(A4[0] / 2, A4[1] - 9 * mm, sheet.simulation)
    canvas.setFillColor(_INK)
    canvas.setFont(BOLD, 20)
    canvas.drawString(MARGIN, A4[1] - 32 * mm, sheet.title)
    canvas.setFillColor(_SOFT)
    canvas.setFont(REGULAR, 10)
    canvas.drawString(MARGIN, A4[1] - 39 * mm, sheet.issuer)
    canvas.setStrokeColor(_LINE)
    canvas.line(MARGIN, A4[1] - 43 * mm, A4[0] - MARGIN, A4[1] - 43 * mm)


def _draw_code(canvas: Canvas, sheet: Sheet) -> None:
    module = CODE_SIZE / (len(sheet.code) + 2 * _QUIET)
    canvas.setFillColor("#000000")
    path = canvas.beginPath()
    for y, row in enumerate(sheet.code, _QUIET + 1):
        for x, dark in enumerate(row, _QUIET):
            if dark:
                path.rect(MARGIN + x * module, MARGIN + CODE_SIZE - y * module, module, module)
    canvas.drawPath(path, stroke=0, fill=1)
    top = MARGIN + CODE_SIZE - 6 * mm
    canvas.setFillColor(_INK)
    canvas.setFont(REGULAR, 9)
    for words in sheet.code_words:
        for part in simpleSplit(words, REGULAR, 9, A4[0] - 2 * MARGIN - CODE_SIZE - 6 * mm):
            canvas.drawString(MARGIN + CODE_SIZE + 6 * mm, top, part)
            top -= 4.5 * mm
        top -= 2 * mm


def _draw_facts(canvas: Canvas, sheet: Sheet) -> None:
    y, foot, beside = A4[1] - 52 * mm, _FOOT, A4[1] - 92 * mm
    for label, value in sheet.facts:
        width = A4[0] - 2 * MARGIN - 58 * mm - (36 * mm if y > beside and foot == _FOOT else 0)
        names, values = simpleSplit(label, REGULAR, 9, 54 * mm), simpleSplit(value, REGULAR, 10, width)
        height = max(len(names), len(values)) * 4.8 * mm
        if y - height < foot:
            canvas.showPage()
            _draw_head(canvas, sheet)
            y, foot = A4[1] - 52 * mm, MARGIN
        for font, colour, left, parts in (
            ((REGULAR, 9), _SOFT, MARGIN, names),
            ((REGULAR, 10), _INK, MARGIN + 58 * mm, values),
        ):
            canvas.setFont(*font)
            canvas.setFillColor(colour)
            for number, part in enumerate(parts):
                canvas.drawString(left, y - number * 4.8 * mm, part)
        y -= height + 1.6 * mm
