"""Binary Excel (xlsb) -> blocks: values by calamine; merged cells, hidden rows and columns from the records. Formats
and comments are not known, and the notice says so."""

import mmap
import struct
from collections.abc import Iterator

from python_calamine import SheetTypeEnum

from madoguchi.readers import office_members, sheet_blocks, xls
from madoguchi.readers.blocks import Reading
from madoguchi.readers.limits import Limits
from madoguchi.readers.problems import Problem
from madoguchi.readers.sheet_model import Sheet
from madoguchi.readers.xls_records import Facts
from madoguchi.readers.xlsx import hiding, opened
from madoguchi.readers.xmlparts import Package

_WORKBOOK = "xl/workbook.bin"
_ROW, _COLUMNS, _SHEET, _MERGED = 0, 60, 156, 176
_CELLS = range(1, 12)
_READ_IN_PART = 4


def read(data: bytes | mmap.mmap, limits: Limits) -> Reading:
    """Return the blocks of every sheet. Problem `broken`, `password`, `zip-bomb`, `cells`."""
    package = Package(data, limits)
    parts = _parts(package)
    facts = {name: _facts(package.content(part)) for name, part in parts.items()}
    if any(height * width > limits.max_cells * _READ_IN_PART for height, width in (f.size() for f in facts.values())):
        # calamine takes the memory before anyone can ask.
        raise Problem("cells", f"{limits.max_cells:,}")
    book = opened(data)
    result = sheet_blocks.Sheets(limits)
    result.notices.append("xlsb形式では、コメント、白い文字、表示形式を確かめられません。")
    for metadata in book.sheets_metadata:
        if metadata.typ == SheetTypeEnum.WorkSheet:
            sheet = Sheet(metadata.name, hidden=hiding(metadata))
            xls.fill(sheet, book, result, facts.get(metadata.name))
    return office_members.add(result.reading(), package, limits)


def member(data: bytes | mmap.mmap, number: int, limits: Limits) -> bytes:
    """Return the bytes of one file inside. Problem `broken`, `zip-bomb`, `xml`."""
    return office_members.member(Package(data, limits), number, limits)


def _parts(package: Package) -> dict[str, str]:
    """Name of each sheet -> its part."""
    related = package.related(_WORKBOOK)
    found = {}
    for kind, body in _records(package.content(_WORKBOOK)):
        if kind == _SHEET:
            key, rest = _text(body[8:])
            found[_text(rest)[0]] = related.get(key, ("", ""))[1]
    return found


def _facts(content: bytes) -> Facts:
    """What a sheet's records say of its size, its merged cells and what is hidden."""
    found = Facts()
    row = 0
    for kind, body in _records(content):
        if kind == _ROW and len(body) >= 12:
            row = int.from_bytes(body[:4], "little")
            if body[11] & 0x10:
                found.hidden_rows.append((row, row))
        elif kind in _CELLS and len(body) >= 4:
            column = int.from_bytes(body[:4], "little")
            # An empty cell with a format alone takes no memory.
            if kind > 1:
                found.cover(row, column, column)
        elif kind == _COLUMNS and len(body) >= 18:
            first, last, width = struct.unpack_from("<III", body)
            if body[16] & 1 or not width:
                found.hidden_columns.append((first, last))
        elif kind == _MERGED and len(body) >= 16:
            top, bottom, left, right = struct.unpack_from("<IIII", body)
            found.merged.append((top, left, bottom, right))
    return found


def _records(content: bytes) -> Iterator[tuple[int, bytes]]:
    at = 0
    while at < len(content):
        kind, at = _number(content, at, 2)
        length, at = _number(content, at, 4)
        yield kind, content[at : at + length]
        at += length


def _number(content: bytes, at: int, most: int) -> tuple[int, int]:
    """A number of up to `most` bytes of seven bits, the last of which says so; and where it ends."""
    value = 0
    for shift in range(most):
        byte = content[at] if at < len(content) else 0
        at += 1
        value |= (byte & 0x7F) << (7 * shift)
        if not byte & 0x80:
            break
    return value, at


def _text(body: bytes) -> tuple[str, bytes]:
    """A text with its length before it, and what follows it."""
    length = int.from_bytes(body[:4], "little")
    return body[4 : 4 + 2 * length].decode("utf-16-le", "replace"), body[4 + 2 * length :]
