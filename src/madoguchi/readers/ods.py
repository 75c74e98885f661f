"""OpenDocument sheets (ods) -> blocks, straight from the XML: each cell's text as it was shown when it was saved.

Rows and columns that claim to be repeated are counted before they are written out.
"""

import io
import mmap
from typing import Any

from lxml import etree

from madoguchi.readers import sheet_blocks
from madoguchi.readers.blocks import Reading
from madoguchi.readers.grid import range_of
from madoguchi.readers.limits import Limits
from madoguchi.readers.ods_styles import Styles
from madoguchi.readers.problems import Problem
from madoguchi.readers.sheet_model import COMMENT, HIDDEN_SHEET, Sheet
from madoguchi.readers.xmlparts import Package

_TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
_OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
_TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
_DRAW = "{urn:oasis:names:tc:opendocument:xmlns:drawing:1.0}"
_NUMBERS = frozenset(("float", "percentage", "currency"))
_UNSEEN = frozenset(("collapse", "filter"))
_MOST_ROWS, _MOST_COLUMNS, _MOST_SPACES = 1_048_576, 16_384, 20


def read(data: bytes | mmap.mmap, limits: Limits) -> Reading:
    """Return the blocks of every sheet, those nobody sees marked. Problem `broken`, `password`, `zip-bomb`, `xml`."""
    package = Package(data, limits)
    content = package.content("content.xml")
    if not content:
        raise Problem("broken")
    styles = Styles()
    shared = package.part("styles.xml")
    if shared is not None:
        styles.add(shared)
    result = sheet_blocks.Sheets(limits)
    reader = _Reader(styles, result)
    try:
        reader.read(content)
    except etree.XMLSyntaxError as error:
        raise Problem("nested" if "depth" in str(error) else "broken") from None
    if reader.unsaved:
        result.notices.append(f"値が保存されていない計算式のセル（{reader.unsaved:,}個）は空として読み取りました。")
    return result.reading()


class _Reader:
    def __init__(self, styles: Styles, result: sheet_blocks.Sheets) -> None:
        self._styles, self._result = styles, result
        self.unsaved = 0
        self._sheet = Sheet("")
        # Row -> column -> (text, whether a number).
        self._cells: dict[int, dict[int, tuple[str, bool]]] = {}
        self._row = self._column = self._count = 0
        self._column_styles: list[tuple[int, int, str]] = []

    def read(self, content: bytes) -> None:
        tags = [f"{_TABLE}{name}" for name in ("table", "table-row", "table-column", "shapes")]
        events = etree.iterparse(
            io.BytesIO(content),
            events=("start", "end"),
            tag=[*tags, f"{_OFFICE}automatic-styles"],
            resolve_entities=False,
            no_network=True,
            load_dtd=False,
            huge_tree=False,
            remove_comments=True,
            remove_pis=True,
        )
        depth = 0
        for event, element in events:
            name = etree.QName(element).localname
            if event == "start":
                if name == "table":
                    depth += 1
                    if depth == 1:
                        self._begin(element)
                continue
            if name == "automatic-styles":
                if element.getroottree().docinfo.doctype:
                    raise Problem("xml")
                self._styles.add(element)
            elif name == "table":
                depth -= 1
                if depth == 0:
                    self._end()
                    element.clear()
            elif depth == 1:
                self._take(name, element)
                element.clear()
                while element.getprevious() is not None:
                    del element.getparent()[0]

    def _take(self, name: str, element: Any) -> None:
        if name == "table-row":
            self._take_row(element)
        elif name == "table-column":
            count = _count(element, "number-columns-repeated", _MOST_COLUMNS)
            if element.get(f"{_TABLE}visibility") in _UNSEEN:
                self._sheet.hidden_columns.append((self._column, self._column + count - 1))
            self._column_styles.append(
                (self._column, self._column + count - 1, element.get(f"{_TABLE}default-cell-style-name", ""))
            )
            self._column += count
        elif name == "shapes":
            self._take_shapes(element, "")

    def _begin(self, element: Any) -> None:
        hidden = HIDDEN_SHEET if self._styles.hides_sheet(element.get(f"{_TABLE}style-name", "")) else ""
        self._sheet = Sheet(element.get(f"{_TABLE}name", ""), hidden=hidden)
        self._cells, self._column_styles = {}, []
        self._row = self._column = self._count = 0

    def _take_row(self, element: Any) -> None:
        repeated = _count(element, "number-rows-repeated", _MOST_ROWS)
        if element.get(f"{_TABLE}visibility") in _UNSEEN:
            self._sheet.hidden_rows.append((self._row, self._row + repeated - 1))
        cells: dict[int, tuple[str, bool]] = {}
        hidden: dict[int, str] = {}
        column = 0
        for cell in element:
            if cell.tag not in (f"{_TABLE}table-cell", f"{_TABLE}covered-table-cell"):
                continue
            across = _count(cell, "number-columns-repeated", _MOST_COLUMNS)
            self._take_cell(cell, column, across, cells, hidden)
            column += across
        if cells:
            # What is over the limit is counted, not kept: `room` will say so.
            for row in range(self._row, min(self._row + repeated, _MOST_ROWS)):
                self._count += len(cells)
                if self._count > self._result.left:
                    break
                self._cells[row] = cells
                for column, why in hidden.items():
                    self._sheet.hidden_cells[(row, column)] = why
        self._row += repeated

    def _take_cell(
        self, cell: Any, column: int, across: int, cells: dict[int, tuple[str, bool]], unseen: dict[int, str]
    ) -> None:
        lines = []
        for child in cell:
            if child.tag == f"{_TEXT}p":
                lines.append(_said(child))
            elif child.tag == f"{_OFFICE}annotation":
                said = "\n".join(_said(line) for line in child.iter(f"{_TEXT}p")).strip()
                self._sheet.asides.append((self._place(column), said, COMMENT))
            elif isinstance(child.tag, str) and len(child):
                self._take_shapes(child, self._place(column))
        text = "\n".join(lines).strip()
        if cell.tag.endswith("}covered-table-cell"):
            # What a merged cell covers is not shown.
            return
        down, wide = (
            _count(cell, "number-rows-spanned", _MOST_ROWS),
            _count(cell, "number-columns-spanned", _MOST_COLUMNS),
        )
        if down > 1 or wide > 1:
            self._sheet.merged.append((self._row, column, self._row + down - 1, column + wide - 1))
        if not text:
            if cell.get(f"{_TABLE}formula") and cell.get(f"{_OFFICE}value-type") is None:
                self.unsaved += 1
            return
        number = cell.get(f"{_OFFICE}value-type") in _NUMBERS
        style = cell.get(f"{_TABLE}style-name") or self._default(column)
        hidden = self._styles.hides_cell(style)
        for at in range(column, min(column + across, _MOST_COLUMNS)):
            cells[at] = (text, number)
            if hidden:
                unseen[at] = hidden

    def _default(self, column: int) -> str:
        return next((style for first, last, style in self._column_styles if first <= column <= last), "")

    def _place(self, column: int) -> str:
        return range_of(self._row + 1, column + 1, self._row + 1, column + 1)

    def _take_shapes(self, element: Any, place: str) -> None:
        lines = [_said(line) for line in element.iter(f"{_TEXT}p")]
        text = "\n".join(line for line in lines if line.strip())
        if text and len(self._sheet.asides) < 2000:
            self._sheet.asides.append((place, text, ""))

    def _end(self) -> None:
        sheet, cells = self._sheet, self._cells
        columns = {column for row in cells.values() for column in row}
        top, left = min(cells, default=0), min(columns, default=0)
        height = max(cells, default=-1) - top + 1 if cells else 0
        width = max(columns, default=-1) - left + 1 if columns else 0
        if self._count > self._result.left:
            height = max(height, self._count // max(1, width) + 1)
        rows = self._result.room(sheet.name, height, width)
        if not rows:
            return
        sheet.top, sheet.left = top, left
        for row in range(top, top + min(rows, height)):
            line = cells.get(row, {})
            sheet.rows.append([line[at][0] if at in line else "" for at in range(left, left + width)])
            sheet.numeric.append([at in line and line[at][1] for at in range(left, left + width)])
        sheet.hidden_cells = {
            place: why for place, why in sheet.hidden_cells.items() if place[0] - top < len(sheet.rows)
        }
        self._result.add(sheet)


def _count(element: Any, name: str, most: int) -> int:
    text = element.get(f"{_TABLE}{name}", "1")
    return min(most, max(1, int(text))) if text.isascii() and text.isdigit() and len(text) < 10 else 1


def _said(element: Any) -> str:
    """A paragraph's text; its many spaces are a number that may lie."""
    parts = [element.text or ""]
    for child in element:
        if child.tag == f"{_TEXT}s":
            count = child.get(f"{_TEXT}c", "1")
            parts.append(
                " " * (min(_MOST_SPACES, int(count)) if count.isascii() and count.isdigit() and len(count) < 10 else 1)
            )
        elif child.tag == f"{_TEXT}line-break":
            parts.append("\n")
        elif child.tag == f"{_TEXT}tab":
            parts.append(" ")
        elif (
            isinstance(child.tag, str) and child.tag != f"{_OFFICE}annotation" and not child.tag.endswith("}ruby-text")
        ):
            parts.append(_said(child))
        parts.append(child.tail or "")
    return "".join(parts)
