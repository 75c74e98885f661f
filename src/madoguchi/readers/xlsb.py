"""Binary Excel (xlsb) -> blocks by calamine: values, merged cells and hidden sheets; formats and hidden rows are not
known, and the notice says so."""

import io
import mmap
import re
import zipfile

from python_calamine import SheetTypeEnum

from madoguchi.readers import sheet_blocks, xls
from madoguchi.readers.blocks import Reading
from madoguchi.readers.limits import Limits
from madoguchi.readers.problems import Problem
from madoguchi.readers.sheet_model import Sheet
from madoguchi.readers.xlsx import hiding, opened
from madoguchi.readers.xmlparts import Package

_SHEET = re.compile(r"xl/worksheets/[^/]+\.bin")
_READ_IN_PART = 4


def read(data: bytes | mmap.mmap, limits: Limits) -> Reading:
    """Return the blocks of every sheet. Problem `broken`, `password`, `zip-bomb`, `cells`."""
    package = Package(data, limits)
    for name in zipfile.ZipFile(io.BytesIO(data)).namelist():
        if _SHEET.fullmatch(name) and _cells(package.content(name)) > limits.max_cells * _READ_IN_PART:
            raise Problem("cells", f"{limits.max_cells:,}")
    book = opened(data)
    result = sheet_blocks.Sheets(limits)
    result.notices.append("xlsb形式では、非表示の行・列、コメント、表示形式を確かめられません。")
    for metadata in book.sheets_metadata:
        if metadata.typ == SheetTypeEnum.WorkSheet:
            xls.fill(Sheet(metadata.name, hidden=hiding(metadata)), book, result, None)
    return result.reading()


def _cells(content: bytes) -> int:
    """The cells of the rectangle around all cells of a sheet's records."""
    at, row = 0, 0
    rows: set[int] = set()
    columns: set[int] = set()
    while at < len(content):
        kind, at = _number(content, at, 2)
        length, at = _number(content, at, 4)
        if kind == 0 and length >= 4:
            row = int.from_bytes(content[at : at + 4], "little")
        elif 2 <= kind <= 11 and length >= 4:
            rows.add(row)
            columns.add(int.from_bytes(content[at : at + 4], "little"))
        at += length
    return (max(rows) - min(rows) + 1) * (max(columns) - min(columns) + 1) if rows else 0


def _number(content: bytes, at: int, most: int) -> tuple[int, int]:
    """A number of up to `most` bytes of seven bits; and where it ends."""
    value = 0
    for shift in range(most):
        byte = content[at] if at < len(content) else 0
        at += 1
        value |= (byte & 0x7F) << (7 * shift)
        if not byte & 0x80:
            break
    return value, at
