"""An answer as a file: Markdown, Word. Both say that a model wrote it until a person confirmed it."""

import io
import re
from collections.abc import Iterator
from typing import Any

import lxml.html
from django.utils import timezone
from django.utils.translation import gettext as _
from docx import Document
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Pt

from madoguchi.chat.models import Turn
from madoguchi.chat.show import html_of, mark_of

FONT = "Yu Gothic"
# Letters that no XML may hold.
_NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_BOLD, _ITALIC, _STRUCK = ("strong", "b"), ("em", "i"), ("s", "del")
_DEEPEST = 3


def markdown(turn: Turn) -> str:
    """Return an answer as Markdown, its mark at the end."""
    return f"{turn.text.rstrip()}\n\n---\n{mark_of(turn)}\n"


def word(turn: Turn) -> bytes:
    """Return an answer as a Word file: headings, lists, tables, bold; its mark on top and in its properties."""
    document = Document()
    style = document.styles["Normal"]
    style.font.name, style.font.size = FONT, Pt(10.5)
    for each in document.styles.element.iter(qn("w:rFonts")):
        each.set(qn("w:eastAsia"), FONT)
    style.element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), FONT)
    mark = mark_of(turn)
    _properties(document.core_properties, turn, mark)
    document.add_paragraph().add_run(mark).italic = True
    for element in lxml.html.fragments_fromstring(html_of(_NO_XML.sub("", turn.text), (), below=0)):
        if not isinstance(element, str):
            _block(document, element)
    file = io.BytesIO()
    document.save(file)
    return file.getvalue()


def _properties(properties: Any, turn: Turn, mark: str) -> None:
    # The format takes no longer texts here.
    properties.title = _NO_XML.sub("", turn.conversation.title)[:255]
    properties.author = (turn.confirmed_by.name if turn.confirmed_by else turn.model)[:255]
    properties.comments = mark[:255]
    properties.keywords = "" if turn.confirmed_at else _("AI生成・未確認")
    properties.created = properties.modified = timezone.now().replace(tzinfo=None)
    properties.last_modified_by = ""


def _block(document: Any, element: Any, depth: int = 1) -> None:
    tag = element.tag
    if re.fullmatch("h[1-6]", tag):
        _inline(document.add_heading(level=int(tag[1])), element)
    elif tag in ("ul", "ol"):
        _list(document, element, depth)
    elif tag == "table":
        _table(document, element)
    elif tag == "blockquote":
        for child in element:
            _inline(document.add_paragraph(style="Quote"), child)
    elif tag == "pre":
        document.add_paragraph().add_run(element.text_content().rstrip("\n")).font.name = "Courier New"
    elif tag == "hr":
        document.add_paragraph("―" * 20)
    else:
        _inline(document.add_paragraph(), element)


def _list(document: Any, element: Any, depth: int) -> None:
    """Add a list; one with numbers counts from its own beginning."""
    kind = "List Number" if element.tag == "ol" else "List Bullet"
    level = min(depth, _DEEPEST)
    style = kind if level == 1 else f"{kind} {level}"
    number = _numbered(document, style, int(element.get("start") or 1)) if element.tag == "ol" else None
    for item in element:
        paragraph = document.add_paragraph(style=style)
        if number is not None:
            numbering = paragraph._p.get_or_add_pPr().get_or_add_numPr()
            numbering.get_or_add_numId().val = number
            numbering.get_or_add_ilvl().val = 0
        _inline(paragraph, item)
        for child in item:
            if child.tag in ("ul", "ol", "table", "blockquote", "pre"):
                _block(document, child, depth + 1)


def _numbered(document: Any, style: str, start: int) -> int:
    """Return the id of a new numbering that looks as a style's and begins at a number."""
    numbering = document.part.numbering_part.element
    of_style = document.styles[style].element.pPr.numPr.numId.val
    abstract = numbering.num_having_numId(of_style).abstractNumId.val
    number = numbering.add_num(abstract)
    number.add_lvlOverride(ilvl=0).add_startOverride(start)
    return int(number.numId)


def _table(document: Any, element: Any) -> None:
    rows = [[cell for cell in row if cell.tag in ("th", "td")] for row in element.iter("tr")]
    if not rows or not rows[0]:
        return
    table = document.add_table(len(rows), max(map(len, rows)), style="Table Grid")
    cells = list(table._cells)
    width = max(map(len, rows))
    for at, row in enumerate(rows):
        for column, cell in enumerate(row):
            _inline(cells[at * width + column].paragraphs[0], cell, is_bold=cell.tag == "th")
        if row[0].tag == "th":
            # The head stands on every page of a long table.
            head = OxmlElement("w:tblHeader")
            table.rows[at]._tr.get_or_add_trPr().append(head)


def _inline(paragraph: Any, element: Any, is_bold: bool = False) -> None:
    for text, marks in _runs(element, ()):
        run = paragraph.add_run(text)
        run.bold = True if is_bold or any(mark in _BOLD for mark in marks) else None
        run.italic = True if any(mark in _ITALIC for mark in marks) else None
        run.font.strike = True if any(mark in _STRUCK for mark in marks) else None
        if "code" in marks:
            run.font.name = "Courier New"


def _runs(element: Any, marks: tuple[str, ...]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield the texts of an element with the elements they stand in; a list or table inside is a block of its own."""
    if element.text:
        yield _line(element.text), marks
    for child in element:
        if child.tag == "br":
            yield "\n", marks
        elif child.tag not in ("ul", "ol", "table", "blockquote", "pre"):
            yield from _runs(child, (*marks, child.tag))
        if child.tail:
            yield _line(child.tail), marks


def _line(text: str) -> str:
    """Return a text with the ends of its source's lines as spaces between Latin words and nothing elsewhere."""
    return re.sub(r"(?<=[!-~])\n(?=[!-~])", " ", text).replace("\n", "")
