"""Blocks -> Word document, dressed as a city office would: headings, ruled tables, page number."""

from __future__ import annotations

import datetime as dt
import zipfile
from pathlib import Path

from blocks import Block, Source, law_contents
from docx import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt

FIXED = dt.datetime(2026, 4, 1, 9, 0, 0)
INDENT = {
    "article": (1, -1),
    "clause": (1, -1),
    "item": (3.5, -2.5),
    "subitem": (4.5, -1),
    "caption": (1, 0),
    "suppl": (3, 0),
    "p": (0, 1),
    "note": (1, -1),
}
EM = 10.5


def _font(style, name: str, size: float) -> None:
    style.font.name = name
    style.font.size = Pt(size)
    style.font.color.rgb = None
    fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
    for key in ("w:ascii", "w:hAnsi", "w:eastAsia"):
        fonts.set(qn(key), name)
    for key in ("w:asciiTheme", "w:hAnsiTheme", "w:eastAsiaTheme", "w:cstheme"):
        fonts.attrib.pop(qn(key), None)


def _page_number(paragraph) -> None:
    paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    for kind, text in (("begin", None), (None, "PAGE"), ("end", None)):
        run = paragraph.add_run()
        if kind:
            mark = OxmlElement("w:fldChar")
            mark.set(qn("w:fldCharType"), kind)
        else:
            mark = OxmlElement("w:instrText")
            mark.text = text
        run._r.append(mark)


def _table(document, rows: list[list[str]]) -> None:
    table = document.add_table(rows=len(rows), cols=len(rows[0]), style="Table Grid")
    for r, row in enumerate(rows):
        for c, cell in enumerate(row):
            if cell == "^":
                continue
            table.cell(r, c).text = cell.replace("<br>", "\n")
            for paragraph in table.cell(r, c).paragraphs:
                paragraph.paragraph_format.space_after = Pt(0)
                for run in paragraph.runs:
                    run.font.size = Pt(9.5)
                    run.bold = r == 0 or None
                if r == 0:
                    paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    for c in range(len(rows[0])):
        top = 1
        for r in range(1, len(rows) + 1):
            if r == len(rows) or rows[r][c] != "^":
                if r - 1 > top:
                    table.cell(top, c).merge(table.cell(r - 1, c))
                top = r
    repeat = OxmlElement("w:tblHeader")
    repeat.set(qn("w:val"), "true")
    table.rows[0]._tr.get_or_add_trPr().append(repeat)
    document.add_paragraph().paragraph_format.space_after = Pt(2)


def _paragraph(document, block: Block) -> None:
    if block.kind in {"h1", "h2", "h3"}:
        document.add_heading(block.text, level=int(block.kind[1]))
        return
    if block.kind == "li":
        document.add_paragraph(block.text, style="List Bullet").paragraph_format.space_after = Pt(1)
        return
    text = f"{block.speaker}　{block.text}" if block.kind == "speaker" else block.text
    paragraph = document.add_paragraph(text)
    form = paragraph.paragraph_format
    form.space_after = Pt(1)
    if block.kind == "right":
        paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
    elif block.kind == "center":
        paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    elif block.kind in INDENT:
        left, first = INDENT[block.kind]
        form.left_indent, form.first_line_indent = Pt(left * EM), Pt(first * EM)
    if block.kind in {"caption", "suppl"}:
        form.keep_with_next = True


def write(source: Source, target: Path) -> None:
    document = Document()
    section = document.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.left_margin = section.right_margin = Mm(25)
    section.top_margin = section.bottom_margin = Mm(25)
    _font(document.styles["Normal"], "ＭＳ 明朝", EM)
    for level, size in ((1, 12.5), (2, 11.5), (3, 11)):
        _font(document.styles[f"Heading {level}"], "ＭＳ ゴシック", size)
    _font(document.styles["Title"], "ＭＳ ゴシック", 15)
    _page_number(section.footer.paragraphs[0])
    document.add_paragraph(source.meta["title"], style="Title").alignment = WD_ALIGN_PARAGRAPH.CENTER
    for line in source.meta.get("history", "").split("／"):
        if line:
            document.add_paragraph(line).alignment = WD_ALIGN_PARAGRAPH.RIGHT
    for block in source.blocks:
        if block.kind == "table":
            _table(document, block.rows)
        elif block.kind == "break":
            document.add_page_break()
        elif block.kind == "toc":
            document.add_paragraph("目次")
            for kind, text in law_contents(source.blocks):
                document.add_paragraph("　" * int(kind[1]) + text).paragraph_format.space_after = Pt(0)
            document.add_paragraph("　附則")
        else:
            _paragraph(document, block)
    core = document.core_properties
    core.author, core.last_modified_by, core.title = "風見市", "風見市", source.meta["title"]
    core.language, core.comments, core.revision = "ja-JP", "", 1
    core.created = core.modified = FIXED
    target.parent.mkdir(parents=True, exist_ok=True)
    document.save(target)
    fix_zip(target)


def fix_zip(target: Path) -> None:
    """Same bytes every time: fixed order and fixed time of the members."""
    with zipfile.ZipFile(target) as archive:
        members = [(info.filename, archive.read(info)) for info in archive.infolist()]
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name, data in members:
            info = zipfile.ZipInfo(name, (2026, 4, 1, 9, 0, 0))
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, data)
