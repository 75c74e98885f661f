"""Excel (xlsx, xlsm) -> blocks: values by calamine; styles, hidden parts, comments and shapes from the XML.

A formula gives the value that was last saved with it; nothing is calculated, no macro runs, no link is followed.
"""

import io
import mmap
import re
from collections.abc import Iterator
from typing import Any

from python_calamine import CalamineError, CalamineWorkbook, PasswordError, SheetTypeEnum, SheetVisibleEnum

from madoguchi.readers import office_members, sheet_blocks, xlsx_parts
from madoguchi.readers.blocks import Reading
from madoguchi.readers.grid import column_number
from madoguchi.readers.limits import Limits
from madoguchi.readers.office_pictures import Pictures
from madoguchi.readers.problems import Problem
from madoguchi.readers.sheet_formats import plain
from madoguchi.readers.sheet_model import DEEPLY_HIDDEN_SHEET, HIDDEN_SHEET, WHITE, Sheet
from madoguchi.readers.xlsx_styles import styles_of
from madoguchi.readers.xmlparts import Package

# A cell that holds something; one that is only formatted closes itself.
_CELL = re.compile(rb'<c r="([A-Z]{1,3})([0-9]{1,7})"[^>]*[^/]>')
_LETTERS, _ROW = re.compile(rb'<c r="([A-Z]{1,3})'), re.compile(rb'<c r="[A-Z]{1,3}([0-9]{1,7})"')
# A cell of a shared text.
_SHARED = re.compile(rb'<c r="([A-Z]{1,3})([0-9]{1,7})"[^>]*\st="s"[^>]*>\s*<v>([0-9]{1,9})</v>')
# A formula that was never calculated: written by a program, not by Excel.
_UNSAVED = re.compile(rb"(?:</f>|<f/>|<f [^>]*/>)\s*(?:<v\s*/>|<v></v>|</c>)")


def read(data: bytes | mmap.mmap, limits: Limits) -> Reading:
    """Return the blocks of every sheet, those nobody sees marked. Problem `broken`, `password`, `zip-bomb`, `xml`."""
    package = Package(data, limits)
    workbook = package.part("xl/workbook.xml")
    if workbook is None:
        raise Problem("broken")
    book = opened(data)
    pictures = Pictures(package, limits)
    reader = _Book(package, book, workbook, pictures)
    result = sheet_blocks.Sheets(limits)
    for metadata in book.sheets_metadata:
        if metadata.typ == SheetTypeEnum.WorkSheet:
            reader.add(metadata.name, hiding(metadata), result)
    if reader.unsaved:
        result.notices.append(f"値が保存されていない計算式のセル（{reader.unsaved:,}個）は空として読み取りました。")
    result.notices.append(pictures.notice())
    return office_members.add(result.reading(), package, limits)


def member(data: bytes | mmap.mmap, number: int, limits: Limits) -> bytes:
    """Return the bytes of one file inside. Problem `broken`, `zip-bomb`, `xml`."""
    return office_members.member(Package(data, limits), number, limits)


def opened(data: bytes | mmap.mmap) -> CalamineWorkbook:
    """Open a workbook of any kind with calamine. Problem `password` or `broken`."""
    try:
        return CalamineWorkbook.from_filelike(io.BytesIO(data))
    except PasswordError:
        raise Problem("password") from None
    except CalamineError:
        raise Problem("broken") from None


def hiding(metadata: Any) -> str:
    """Return why nobody sees a sheet, by what calamine says of it; empty for a sheet one sees."""
    if metadata.visible == SheetVisibleEnum.Visible:
        return ""
    return HIDDEN_SHEET if metadata.visible == SheetVisibleEnum.Hidden else DEEPLY_HIDDEN_SHEET


class _Book:
    """A workbook under reading."""

    def __init__(self, package: Package, book: CalamineWorkbook, workbook: Any, pictures: Pictures) -> None:
        self._package, self._book = package, book
        properties = workbook.find("{*}workbookPr")
        since_1904 = properties is not None and properties.get("date1904") in ("1", "true")
        parts = {key: (kind, path) for kind, path, key in xlsx_parts.targets(package, "xl/workbook.xml")}
        named = dict(parts.values())
        self._styles = styles_of(package.part(named.get("styles", "xl/styles.xml")), since_1904)
        texts = package.content(named.get("sharedStrings", "xl/sharedStrings.xml"))
        self._partly = xlsx_parts.partly_hidden(texts)
        del texts
        self._parts: dict[str, str] = {}
        for sheet in workbook.iter("{*}sheet"):
            key = next((value for name, value in sheet.attrib.items() if name.endswith("}id")), "")
            self._parts[sheet.get("name", "")] = parts.get(key, ("", ""))[1]
        self.unsaved = 0
        self.pictures = pictures

    def add(self, name: str, hidden: str, result: sheet_blocks.Sheets) -> None:
        """Read a sheet into the result, as far as its limit of cells goes."""
        part = self._parts.get(name, "")
        content = xlsx_parts.usual(self._package.content(part))
        if b"<f" in content:
            self.unsaved += len(_UNSAVED.findall(content))
        height = result.room(name, *_size(content, result.left))
        if height == 0:
            return
        try:
            found = self._book.get_sheet_by_name(name)
            values: list[list[Any]] = found.to_python(skip_empty_area=True, nrows=height)
            ranges = found.merged_cell_ranges or []
        except (CalamineError, PasswordError):
            raise Problem("broken") from None
        sheet = Sheet(name, hidden=hidden)
        if values and found.start is not None:
            sheet.top, sheet.left = found.start
            sheet.merged = [(r0, c0, r1, c1) for (r0, c0), (r1, c1) in ranges]
            sheet.numeric = [[value.__class__ is float or value.__class__ is int for value in row] for row in values]
            self._show(content, values, sheet)
            sheet.rows = values
        sheet.hidden_rows, sheet.hidden_columns = xlsx_parts.hidden_lines(content)
        del content
        for kind, path, _ in xlsx_parts.targets(self._package, part) if part else []:
            if kind in ("comments", "threadedComment"):
                sheet.asides += xlsx_parts.comments(self._package, path)
            elif kind == "drawing":
                sheet.asides += xlsx_parts.shapes(self._package, path)
                for place, picture, its in xlsx_parts.pictures(self._package, path):
                    figure = self.pictures.figure(picture, its)
                    if figure and figure.text:
                        figure.locator["range"] = place
                        sheet.figures.append(figure)
        result.add(sheet)

    def _show(self, content: bytes, values: list[list[Any]], sheet: Sheet) -> None:
        """Turn values into texts in place: by their format where a style has one, then the rest plainly."""
        top, left = sheet.top, sheet.left
        columns: dict[bytes, int] = {}
        styles = {str(number).encode(): style for number, style in self._styles.items()}
        height, width = len(values), len(values[0])
        for letters, row, number in self._styled(content):
            column = columns.get(letters)
            if column is None:
                column = columns[letters] = column_number(letters.decode()) - 1 - left
            at = int(row) - 1 - top
            if not (0 <= at < height and 0 <= column < width):
                continue
            value = values[at][column]
            if value == "":
                continue
            style = styles[number]
            if style.shown and value.__class__ is not str:
                values[at][column] = style.shown(value)
            if style.hidden:
                sheet.hidden_cells[(at + top, column + left)] = style.hidden
        for at, line in enumerate(values):
            values[at] = [value.strip() if value.__class__ is str else plain(value) for value in line]
        found = (
            [
                (letters.decode(), row.decode(), self._partly[int(number)])
                for letters, row, number in _SHARED.findall(content)
                if int(number) in self._partly
            ]
            if self._partly
            else []
        )
        for letters_, row_, (seen, unseen) in [*found, *xlsx_parts.partly_hidden_cells(content)]:
            at, column = int(row_) - 1 - top, column_number(letters_) - 1 - left
            if 0 <= at < len(values) and 0 <= column < len(values[at]):
                values[at][column] = seen
                sheet.asides.append((f"{letters_}{row_}", unseen, WHITE))

    def _styled(self, content: bytes) -> Iterator[tuple[bytes, bytes, bytes]]:
        """Column, row and style of the cells whose style matters."""
        if self._styles:
            numbers = b"|".join(str(number).encode() for number in sorted(self._styles))
            pattern = re.compile(rb'<c r="([A-Z]{1,3})([0-9]{1,7})" s="(' + numbers + rb')"[^>/]*>')
            for chunk in _chunks(content):
                yield from pattern.findall(chunk)


def _size(content: bytes, most: int) -> tuple[int, int]:
    """The rows and columns of the rectangle around all values, which is what calamine would allocate.

    Counted cheaply with the cells that are only formatted; exactly where that is too much.
    """
    letters: set[bytes] = set()
    rows: set[bytes] = set()
    for chunk in _chunks(content):
        letters.update(_LETTERS.findall(chunk))
        rows.update(_ROW.findall(chunk))
    size = _rectangle(letters, rows)
    if size[0] * size[1] <= most:
        return size
    letters, rows = set(), set()
    for found in _CELL.finditer(content):
        letters.add(found[1])
        rows.add(found[2])
    return _rectangle(letters, rows)


def _rectangle(letters: set[bytes], rows: set[bytes]) -> tuple[int, int]:
    columns, numbers = [column_number(each.decode()) for each in letters], [int(row) for row in rows]
    return (max(numbers) - min(numbers) + 1, max(columns) - min(columns) + 1) if columns and numbers else (0, 0)


def _chunks(content: bytes) -> Iterator[bytes]:
    """A sheet's XML in parts of a megabyte that end before a row."""
    start = 0
    while start < len(content):
        end = content.find(b"<row ", start + 1_000_000)
        end = len(content) if end < 0 else end
        yield content[start:end]
        start = end
