"""Word (docx) -> blocks: the final text, headings by style and by 第N条, numbering as displayed, tables with merges.

Its XML is read directly: python-docx leaves out numbering, insertions and text boxes, and takes longer to import
than most documents take to read.
"""

import mmap
import re
from typing import Any

from madoguchi.readers import office_members
from madoguchi.readers.blocks import Reading
from madoguchi.readers.docx_numbering import Numbering
from madoguchi.readers.docx_styles import Styles, fill, number
from madoguchi.readers.docx_tables import HOLDERS, Table, cells_of, rows_of
from madoguchi.readers.docx_text import MC, Said, Texts, is_prompt, mark
from madoguchi.readers.drawing_parts import chart_tables, diagram_items
from madoguchi.readers.flow import Flow, header_rows, merged
from madoguchi.readers.limits import Limits
from madoguchi.readers.office_pictures import Pictures
from madoguchi.readers.problems import Problem
from madoguchi.readers.xmlparts import Package

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
R = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
_MAIN = "word/document.xml"
_MAX_DEPTH = 12
# What stands around a page number in a header, and what says no more than that.
_AROUND_NUMBERS = " 　-－―‐/／|｜"
_NOTHING = re.compile(
    r"[\s　\d０-９\-－―‐/／|｜.・()（）]*(?:ページ|頁|page|of|p)?[\s　\d０-９\-－―‐/／|｜.・()（）]*", re.IGNORECASE
)


def read(data: bytes | mmap.mmap, limits: Limits) -> Reading:
    """Return the blocks of a docx. Problem `broken`, `password`, `zip-bomb`, `xml` or `no-text`."""
    package = Package(data, limits)
    main = next((part for kind, part in package.related("").values() if kind == "officeDocument"), _MAIN)
    document = package.part(main)
    if document is None and main != _MAIN:
        document = package.part(main := _MAIN)
    body = document.find(f"{W}body") if document is not None else None
    if document is None or body is None:
        raise Problem("broken")
    reader = _Reader(package, main, limits)
    reader.texts.shaded = fill_of_page(document)
    reader.texts.check_fields(document)
    heads, feet = reader.running_lines(document)
    for line in heads:
        reader.flow.note(line)
    reader.blocks_of(body, 0)
    reader.rest()
    said = {block.text for block in reader.flow.so_far()}
    for line in feet:
        if line not in said:
            reader.flow.note(line)
    notice = f"{limits.max_cells:,}セルで打ち切りました（上限）。" if reader.cells_left <= 0 else ""
    return office_members.add(Reading(reader.flow.blocks(), [], notice + reader.pictures.notice()), package, limits)


def member(data: bytes | mmap.mmap, number: int, limits: Limits) -> bytes:
    """Return the bytes of one file inside. Problem `broken`, `zip-bomb`, `xml`."""
    return office_members.member(Package(data, limits), number, limits)


def fill_of_page(document: Any) -> bool:
    """Return whether the page itself has a colour, on which white text can be read."""
    background = document.find(f"{W}background")
    return background is not None and background.get(f"{W}color", "FFFFFF").upper() not in ("FFFFFF", "AUTO")


class _Reader:
    def __init__(self, package: Package, main: str, limits: Limits) -> None:
        self.package, self.main = package, main
        self.related = package.related(main)
        self.styles = Styles(self._named("styles"))
        links = {key: list_ for key, (list_, _) in self.styles.numbering.items()}
        self.numbering = Numbering(self._named("numbering"), links)
        self.notes = {kind: self._notes(kind) for kind in ("footnote", "endnote", "comment")}
        self.texts = Texts(self.styles)
        self.cells_left = limits.max_cells
        self.pictures = Pictures(package, limits)
        self.flow = Flow()
        # What a paragraph said whose end was deleted: the next one goes on with it.
        self.before = ""

    def _named(self, kind: str) -> Any | None:
        part = next((part for each, part in self.related.values() if each == kind), "")
        return self.package.part(part) if part else None

    def _notes(self, kind: str) -> dict[str, Any]:
        part = self._named(f"{kind}s")
        found = part.iterfind(f"{W}{kind}") if part is not None else ()
        return {note.get(f"{W}id", ""): note for note in found if note.get(f"{W}type", "normal") == "normal"}

    def blocks_of(self, holder: Any, depth: int) -> None:
        """Walk the paragraphs and tables of a body, a content control or a text box."""
        if depth > _MAX_DEPTH:
            raise Problem("nested")
        for child in holder:
            if child.tag == f"{W}p":
                self.paragraph(child, depth)
            elif child.tag == f"{W}tbl":
                self.table(child, depth)
            elif child.tag == f"{MC}AlternateContent":
                for branch in child.iterfind(f"{MC}Choice"):
                    self.blocks_of(branch, depth + 1)
            elif child.tag in HOLDERS and not is_prompt(child) and not _is_contents(child):
                self.blocks_of(child, depth + 1)

    def paragraph(self, element: Any, depth: int) -> None:
        """Add one paragraph, then what hangs on it: notes, text boxes, charts, what nobody sees."""
        said = self.texts.paragraph(element)
        text = (self.before + said.text).strip()
        self.before = ""
        if element.find(f"{W}pPr/{W}rPr/{W}del") is not None:
            self.before = text
            text = ""
        elif not said.in_contents:
            self._add(element, text, said)
        self.attached(said, depth)

    def _add(self, element: Any, text: str, said: Said) -> None:
        style = element.find(f"{W}pPr/{W}pStyle")
        key = style.get(f"{W}val", "") if style is not None else self.styles.default
        # Word numbers an empty paragraph too; one whose text nobody sees it does not show.
        label, level = ("", 0) if said.hidden and not text else self.label(element, key)
        if not text:
            return
        if label:
            text = label + text if label in ("・", "●", "○", "■", "□", "◆") else f"{label}　{text}"
        own = element.find(f"{W}pPr/{W}outlineLvl")
        outline = self.styles.levels.get(key, 0)
        if own is not None and number(own.get(f"{W}val")) < 9:
            outline = number(own.get(f"{W}val")) + 2
        if outline and len(text) <= 200:
            self.flow.heading(" ".join(text.split("\n")), outline)
        else:
            self.flow.paragraph(text, level + 1 if label else 0)

    def attached(self, said: Said, depth: int) -> None:
        """Add what hangs on a paragraph or a table."""
        for kind, key, count in said.notes:
            note = self.notes[kind].get(key)
            if note is None:
                continue
            lines = [self.texts.paragraph(line) for line in note.iter(f"{W}p")]
            text = "\n".join(line.text.strip() for line in lines if line.text.strip())
            if kind == "comment":
                self.flow.hidden(text, "コメント")
            else:
                self.flow.note(mark(kind, count) + text if text else "")
            for line in lines:
                said.hidden += line.hidden
        for text, reason in said.hidden:
            self.flow.hidden(text, reason)
        for kind, key in said.drawings:
            self._drawing(kind, key)
        for picture in said.pictures:
            figure = self.pictures.figure(self.related.get(picture.key, ("", ""))[1], picture)
            if figure:
                self.flow.figure(figure)
        shaded, self.texts.shaded = self.texts.shaded, bool(said.boxes) or self.texts.shaded
        for box in said.boxes:
            self.blocks_of(box, depth + 1)
            self.rest()
        self.texts.shaded = shaded

    def rest(self) -> None:
        """Say what waits for a paragraph that does not come."""
        if self.before:
            self.flow.paragraph(self.before)
            self.before = ""

    def _drawing(self, kind: str, key: str) -> None:
        part = self.package.part(self.related.get(key, ("", ""))[1])
        if part is None:
            return
        if kind == "diagram":
            for text, depth in diagram_items(part):
                self.flow.paragraph(text, depth)
            return
        for title, cells in chart_tables(part):
            self.cells_left -= sum(map(len, cells))
            if self.cells_left > 0:
                self.flow.table(cells, 1, title)

    def label(self, element: Any, style: str) -> tuple[str, int]:
        """Return the number that Word shows before a paragraph, and how deep (from 0) it stands."""
        list_, level = self.styles.numbering.get(style, ("", None))
        properties = element.find(f"{W}pPr/{W}numPr")
        if properties is not None:
            own, depth = properties.find(f"{W}numId"), properties.find(f"{W}ilvl")
            list_ = own.get(f"{W}val", "0") if own is not None else list_
            level = number(depth.get(f"{W}val")) if depth is not None else level
        if not list_ or list_ == "0":
            return "", 0
        if level is None:
            level = self.numbering.level_of(list_, style)
        return self.numbering.next(list_, level), level

    def table(self, element: Any, depth: int) -> None:
        """Add a table with merged cells repeated; one of a single cell is a frame around text."""
        style = element.find(f"{W}tblPr/{W}tblStyle")
        shaded = self.texts.shaded
        filled = style is not None and style.get(f"{W}val", "") in self.styles.filled
        self.texts.shaded = shaded or filled or fill(element.find(f"{W}tblPr"))
        try:
            if _is_frame(element):
                for row in rows_of(element):
                    for cell in cells_of(row):
                        self.blocks_of(cell, depth + 1)
                        self.rest()
                return
            table = Table(self, element)
        finally:
            self.texts.shaded = shaded
        if table.cells:
            head = table.header_rows or header_rows(table.numbers)
            self.flow.table(table.cells, min(head, max(1, len(table.cells) - 1)), spans=merged(table.numbers))
        self.attached(table.said, depth)
        for caption, inner in table.inner:
            if depth >= _MAX_DEPTH:
                raise Problem("nested")
            if caption and not _is_frame(inner):
                self.flow.caption(caption)
            self.table(inner, depth + 1)

    def running_lines(self, document: Any) -> tuple[list[str], list[str]]:
        """Return what the headers and the footers say of their own, each once: no page number, no title said again."""
        body = {"".join(each.text or "" for each in line.iter(f"{W}t")).strip() for line in document.iter(f"{W}p")}
        lines: dict[str, list[str]] = {"headerReference": [], "footerReference": []}
        said_already: set[str] = set()
        for reference in document.iter(*(f"{W}{name}" for name in lines)):
            name = self.related.get(reference.get(f"{R}id", ""), ("", ""))[1]
            part = self.package.part(name) if name not in said_already else None
            said_already.add(name)
            if part is None:
                continue
            texts = Texts(self.styles, in_header=True, shaded=True)
            texts.check_fields(part)
            own = lines[reference.tag[len(W) :]]
            for line in part.iter(f"{W}p"):
                said = texts.paragraph(line)
                for text in (said.text, *said.watermarks):
                    plain = " ".join(text.split()).strip(_AROUND_NUMBERS)
                    if not (len(plain) <= 40 and _NOTHING.fullmatch(plain)) and plain not in body and plain not in own:
                        own.append(plain)
        heads = lines["headerReference"]
        return heads, [line for line in lines["footerReference"] if line not in heads]


def _is_frame(table: Any) -> bool:
    """Whether a table has one column or one cell only: a frame around text."""
    widths = [len(list(cells_of(row))) for row in rows_of(table)]
    return not widths or max(widths) <= 1


def _is_contents(control: Any) -> bool:
    """Whether a content control is Word's own table of contents."""
    gallery = control.find(f"{W}sdtPr/{W}docPartObj/{W}docPartGallery")
    return gallery is not None and gallery.get(f"{W}val", "") == "Table of Contents"
