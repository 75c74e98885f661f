"""What calamine does not tell of an old Excel file (BIFF8): hidden rows and columns, formats, colours, comments, sizes.

Only records of fixed shape are looked at; what is cut short or older than Excel 97 is left to calamine.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

from madoguchi.readers.problems import Problem
from madoguchi.readers.sheet_formats import BUILT_IN, format_of, hides
from madoguchi.readers.sheet_model import COMMENT, NOT_SHOWN
from madoguchi.readers.xlsx_styles import Style, hidden_by

_BOF, _EOF, _BOUNDSHEET, _FILEPASS, _FORMAT, _FONT, _XF = 0x809, 0x0A, 0x85, 0x2F, 0x41E, 0x31, 0xE0
_ROW, _COLINFO, _MULRK, _NOTE, _OBJ, _TXO, _CONTINUE, _1904 = 0x208, 0x7D, 0xBD, 0x1C, 0x5D, 0x1B6, 0x3C, 0x22
# Formula, number, RK, text, text of old, rich text, truth or error.
_CELLS = frozenset((0x06, 0x203, 0x27E, 0xFD, 0x204, 0xD6, 0x205))
_WHITE, _BLACK = frozenset((1, 9, 65)), frozenset((0, 8, 64, 0x7FFF))


@dataclass
class Facts:
    """What a sheet's records say. Rows and columns count from 0."""

    hidden_rows: list[tuple[int, int]] = field(default_factory=list)
    hidden_columns: list[tuple[int, int]] = field(default_factory=list)
    # First row, first column, last row, last column, where calamine does not tell.
    merged: list[tuple[int, int, int, int]] = field(default_factory=list)
    # (row, column, style) of cells whose style matters.
    styled: list[tuple[int, int, Style]] = field(default_factory=list)
    # Row, column, text, why hidden.
    comments: list[tuple[int, int, str, str]] = field(default_factory=list)
    first_row: int = 1 << 20
    last_row: int = -1
    first_column: int = 1 << 20
    last_column: int = -1

    def cover(self, row: int, column: int, last_column: int) -> None:
        """Count a cell in."""
        self.first_row, self.last_row = min(self.first_row, row), max(self.last_row, row)
        self.first_column, self.last_column = min(self.first_column, column), max(self.last_column, last_column)

    def size(self) -> tuple[int, int]:
        """Return rows and columns of the rectangle around all cells."""
        return max(0, self.last_row - self.first_row + 1), max(0, self.last_column - self.first_column + 1)


def facts(stream: bytes) -> list[Facts] | None:
    """Return what is known of each sheet, in the order of the file's list of them; None for files before Excel 97.

    Problem `password`.
    """
    if len(stream) < 8 or stream[4:6] != b"\x00\x06":
        return None
    fonts: list[tuple[int, int]] = []
    formats = dict(BUILT_IN)
    raw_styles: list[bytes] = []
    offsets: list[int] = []
    since_1904 = False
    for kind, body in _records(stream, 0):
        if kind == _FILEPASS:
            raise Problem("password")
        if kind == _EOF:
            break
        if kind == _BOUNDSHEET and len(body) >= 8:
            offsets.append(struct.unpack_from("<I", body)[0])
        elif kind == _1904:
            since_1904 = body[:1] == b"\x01"
        elif kind == _FONT and len(body) >= 6:
            height, _, colour = struct.unpack_from("<HHH", body)
            fonts.append((height, colour))
        elif kind == _FORMAT and len(body) >= 5:
            formats[struct.unpack_from("<H", body)[0]] = _text(body[2:])
        elif kind == _XF and len(body) >= 20:
            raw_styles.append(body)
    styles = _styles(raw_styles, fonts, formats, since_1904)
    return [_sheet(stream, offset, styles) for offset in offsets[:4096]]


def _records(stream: bytes, at: int) -> Iterator[tuple[int, bytes]]:
    while at + 4 <= len(stream):
        kind, length = struct.unpack_from("<HH", stream, at)
        yield kind, stream[at + 4 : at + 4 + length]
        at += 4 + length


def _text(body: bytes) -> str:
    """A text with its length in two bytes and its width in one."""
    length, wide = struct.unpack_from("<HB", body)
    return (
        body[3 : 3 + length * 2].decode("utf-16-le", "replace") if wide & 1 else body[3 : 3 + length].decode("latin-1")
    )


def _styles(
    raw: list[bytes], fonts: list[tuple[int, int]], formats: dict[int, str], since_1904: bool
) -> dict[int, Style]:
    found: dict[int, Style] = {}
    for number, body in enumerate(raw):
        font, code = struct.unpack_from("<HH", body)
        # The list of fonts leaves out number 4.
        at = font - 1 if font > 4 else font
        height, colour = fonts[at] if at < len(fonts) else (220, 0x7FFF)
        pattern = struct.unpack_from("<I", body, 14)[0] >> 26
        ground = "FFFFFF" if pattern == 0 else _colour(struct.unpack_from("<H", body, 18)[0] & 0x7F, "pattern")
        text = formats.get(code, "")
        hidden = hidden_by(_colour(colour, ""), ground if pattern < 2 else "pattern", height / 20)
        shown = format_of(text, since_1904)
        if hidden or hides(text) or shown:
            found[number] = Style(shown, hidden or (NOT_SHOWN if hides(text) else ""))
    return found


def _colour(number: int, otherwise: str) -> str:
    return "FFFFFF" if number in _WHITE else "000000" if number in _BLACK else otherwise


def _sheet(stream: bytes, offset: int, styles: dict[int, Style]) -> Facts:
    found = Facts()
    texts: dict[int, str] = {}
    shape, waiting = 0, False
    depth = 0
    for kind, body in _records(stream, offset):
        if kind == _BOF:
            depth += 1
        elif kind == _EOF:
            depth -= 1
            if depth <= 0:
                break
        elif depth > 1:
            # A chart inside the sheet.
            continue
        elif kind in _CELLS and len(body) >= 6:
            row, column, style = struct.unpack_from("<HHH", body)
            found.cover(row, column, column)
            if style in styles:
                found.styled.append((row, column, styles[style]))
        elif kind == _MULRK and len(body) >= 12:
            row, column = struct.unpack_from("<HH", body)
            count = (len(body) - 6) // 6
            found.cover(row, column, column + count - 1)
            for number in range(count):
                style = struct.unpack_from("<H", body, 4 + number * 6)[0]
                if style in styles:
                    found.styled.append((row, column + number, styles[style]))
        elif kind == _ROW and len(body) >= 16 and body[12] & 0x20:
            row = struct.unpack_from("<H", body)[0]
            found.hidden_rows.append((row, row))
        elif kind == _COLINFO and len(body) >= 10:
            first, last, width, _, flags = struct.unpack_from("<HHHHH", body)
            if flags & 1 or width == 0:
                found.hidden_columns.append((first, last))
        elif kind == _OBJ and len(body) >= 8:
            shape = struct.unpack_from("<H", body, 6)[0]
        elif kind == _TXO:
            waiting = len(body) >= 12 and struct.unpack_from("<H", body, 10)[0] > 0
        elif kind == _CONTINUE and waiting:
            waiting = False
            texts[shape] = body[1:].decode("utf-16-le" if body[:1] == b"\x01" else "latin-1", "replace")
        elif kind == _NOTE and len(body) >= 8:
            row, column, _, shape_of = struct.unpack_from("<HHHH", body)
            if texts.get(shape_of, "").strip():
                found.comments.append((row, column, texts[shape_of].strip(), COMMENT))
    return found
