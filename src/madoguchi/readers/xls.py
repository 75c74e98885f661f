"""Old Excel (xls) -> blocks: values by calamine; formats, hidden rows and columns and comments from the records."""

import io
import mmap
from typing import Any

import olefile
from python_calamine import CalamineError, CalamineWorkbook, PasswordError, SheetTypeEnum

from madoguchi.readers import sheet_blocks, xls_records
from madoguchi.readers.blocks import Reading
from madoguchi.readers.grid import range_of
from madoguchi.readers.limits import Limits
from madoguchi.readers.problems import Problem
from madoguchi.readers.sheet_formats import plain
from madoguchi.readers.sheet_model import Sheet
from madoguchi.readers.xls_records import Facts
from madoguchi.readers.xlsx import hiding, opened

_READ_IN_PART = 4


def read(data: bytes | mmap.mmap, limits: Limits) -> Reading:
    """Return the blocks of every sheet, those nobody sees marked. Problem `broken`, `password`, `cells`."""
    content = bytes(data)
    facts = xls_records.facts(_stream(content))
    sizes = [height * width for height, width in (each.size() for each in facts or [])]
    if sum(sizes) > limits.max_cells * _READ_IN_PART:
        # calamine takes the memory for all sheets at once.
        raise Problem("cells", f"{limits.max_cells:,}")
    book = opened(content)
    result = sheet_blocks.Sheets(limits)
    known = facts if facts and len(facts) == len(book.sheets_metadata) else None
    for number, metadata in enumerate(book.sheets_metadata):
        if metadata.typ == SheetTypeEnum.WorkSheet:
            sheet = Sheet(metadata.name, hidden=hiding(metadata))
            fill(sheet, book, result, known[number] if known else None)
    return result.reading()


def fill(sheet: Sheet, book: CalamineWorkbook, result: sheet_blocks.Sheets, facts: Facts | None) -> None:
    """Read a sheet's values with calamine, and what its records add to them, into the result."""
    try:
        found = book.get_sheet_by_name(sheet.name)
        height = result.room(sheet.name, found.height, found.width)
        if height == 0:
            return
        values: list[list[Any]] = found.to_python(skip_empty_area=True, nrows=height)
        ranges = found.merged_cell_ranges or []
    except (CalamineError, PasswordError):
        raise Problem("broken") from None
    if values and found.start is not None:
        sheet.top, sheet.left = found.start
        sheet.merged = [(r0, c0, r1, c1) for (r0, c0), (r1, c1) in ranges] or (facts.merged if facts else [])
        sheet.numeric = [[value.__class__ is float or value.__class__ is int for value in row] for row in values]
        for row, column, style in facts.styled if facts else []:
            at, across = row - sheet.top, column - sheet.left
            if not (0 <= at < len(values) and 0 <= across < len(values[at])) or values[at][across] == "":
                continue
            if style.shown and not isinstance(values[at][across], str):
                values[at][across] = style.shown(values[at][across])
            if style.hidden:
                sheet.hidden_cells[(row, column)] = style.hidden
        sheet.rows = [[plain(value) for value in row] for row in values]
    if facts:
        sheet.hidden_rows, sheet.hidden_columns = facts.hidden_rows, facts.hidden_columns
        for row, column, text, why in facts.comments:
            sheet.asides.append((range_of(row + 1, column + 1, row + 1, column + 1), text, why))
    result.add(sheet)


def _stream(content: bytes) -> bytes:
    try:
        with olefile.OleFileIO(io.BytesIO(content)) as storage:
            for name in ("Workbook", "Book"):
                if storage.exists(name):
                    with storage.openstream(name) as stream:
                        return bytes(stream.read())
    except (OSError, ValueError, IndexError, TypeError):
        raise Problem("broken") from None
    raise Problem("broken")
