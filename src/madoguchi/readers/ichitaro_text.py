"""The stream of a 一太郎 document's text -> paragraphs and tables, after what others have observed of real files.

16-bit units, the high byte first. 0x001C opens a record, 0x001F ends one and begins text, which lasts until the next
control unit. A reading or a hint in a segment of its own is no text of the document's.
"""

import re
import struct
from dataclasses import dataclass, field

MARK = b"SsmgV.01"
_OPEN, _SEGMENT, _SEGMENT_END, _TEXT = 0x1C, 0x1D, 0x1E, 0x1F
_PAGE_BREAK, _ROW_END = 0x0C, 0x0E
_TAB, _LF, _CR = 0x09, 0x0A, 0x0D
_INLINE, _PARAGRAPH, _CELL = 0x01, 0x10, 0x30
_CLASSES = (0x00, 0x10, 0x20, 0x30)
# A segment whose end is not within so many units is none.
_SEGMENT_MAX_UNITS = 256
# In a stream without a known end, so many units without text are what comes after it.
_GAP_MAX_UNITS = 4096
# Cells as narrow as this at both ends of a row are its border.
_BORDER_WIDTH = 2
_UNSEEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufdd0-\ufdef\ufeff\ufff0-\uffff]"
)


@dataclass
class Cell:
    """A cell of a table and where its sides stand; -1 when the file does not say."""

    left: int = -1
    right: int = -1
    text: str = ""


@dataclass
class Part:
    """A paragraph's text, or the rows of a table."""

    text: str = ""
    rows: list[list[Cell]] = field(default_factory=list)


class Parts:
    """What a stream holds, in order. `scan` is for one whose end nobody knows."""

    def __init__(self, stream: bytes, scan: bool = False) -> None:
        stream = stream.removeprefix(MARK)
        self._units = struct.unpack(f">{len(stream) // 2}H", stream[: len(stream) // 2 * 2])
        self._scan = scan
        self._said: list[int] = []
        self._rows: list[list[Cell]] = []
        self._row: list[Cell] | None = None
        self._cell: Cell | None = None
        self.found: list[Part] = []
        self._walk()
        self._end_paragraph()
        self._end_row()
        self._end_table()

    def _walk(self) -> None:
        units, at, in_text, last = self._units, 0, False, 0
        while at < len(units):
            unit = units[at]
            if self._scan and at - last > _GAP_MAX_UNITS:
                return
            if unit == _OPEN:
                at, in_text = self._opened(at, in_text)
                last = at if in_text else last
            elif unit == _TEXT:
                in_text, at = True, at + 1
            elif unit in (_LF, _CR):
                if in_text:
                    self._break()
                at += 1
            elif unit == _ROW_END:
                self._end_row()
                in_text, at = True, at + 1
            elif unit == _PAGE_BREAK:
                self._end_paragraph()
                in_text, at = True, at + 1
            elif unit != _TAB and (unit < 0x20 or 0x7F <= unit < 0xA0):
                in_text, at = False, at + 1
            else:
                if in_text:
                    self._said.append(unit)
                    last = at
                at += 1

    def _opened(self, at: int, in_text: bool) -> tuple[int, bool]:
        """Take the record that opens here; without one, 0x001C stands between two cells."""
        units = self._units
        kind = units[at + 1] if at + 1 < len(units) else -1
        end = self._segment(at)
        if end:
            return end, in_text
        length = units[at + 2] if at + 2 < len(units) else 0
        close = at + length
        if kind in _CLASSES and length >= 7 and close <= len(units) and self._closes(close, kind, length):
            self._record(at, kind, length)
            return close, True
        if kind in _CLASSES:
            # A record that is damaged: its end is the next one there is.
            for further in range(at + 2, min(at + _SEGMENT_MAX_UNITS, len(units))):
                if units[further] == _TEXT:
                    return further, False
            return at + 2, False
        self._between_cells()
        return at + 1, True

    def _closes(self, close: int, kind: int, length: int) -> bool:
        return self._units[close - 4 : close] == (length, 0, kind, _TEXT)

    def _segment(self, at: int) -> int:
        """Where a segment that begins here ends, its visible text taken; 0 when there is none."""
        units = self._units
        if units[at + 1 : at + 4] != (_INLINE, 7, 0) or units[at + 6 : at + 7] != (_SEGMENT,):
            return 0
        try:
            end = units.index(_SEGMENT_END, at + 7, at + 7 + _SEGMENT_MAX_UNITS)
        except ValueError:
            return 0
        if units[at + 4] == 0:
            self._said += [unit for unit in units[at + 7 : end] if unit >= 0x20 and not 0x7F <= unit < 0xA0]
        return end + 1

    def _record(self, at: int, kind: int, length: int) -> None:
        if kind == _CELL and length == 12:
            if self._row is None:
                self._end_paragraph()
                self._row = []
            self._end_cell()
            self._cell = Cell(self._units[at + 4], self._units[at + 5])
            self._row.append(self._cell)
        elif kind == _PARAGRAPH:
            self._break()

    def _between_cells(self) -> None:
        if self._row is None:
            return
        if self._cell is None:
            self._row.append(Cell())
            self._cell = self._row[-1]
        self._end_cell()

    def _end_cell(self) -> None:
        if self._row is not None and self._cell is None and self._said:
            self._row.append(Cell())
            self._cell = self._row[-1]
        if self._cell is not None:
            self._cell.text += self._taken()
        self._cell = None

    def _break(self) -> None:
        if self._row is None:
            self._end_paragraph()
        elif self._said:
            self._said.append(_LF)

    def _end_row(self) -> None:
        if self._row is None:
            return
        self._end_cell()
        while self._row and _is_border(self._row[0]):
            self._row.pop(0)
        while self._row and _is_border(self._row[-1]):
            self._row.pop()
        if self._row:
            self._rows.append(sorted(self._row, key=lambda cell: cell.left) if _is_placed(self._row) else self._row)
        self._row = None

    def _end_table(self) -> None:
        if self._rows:
            self.found.append(Part(rows=self._rows))
            self._rows = []

    def _end_paragraph(self) -> None:
        if self._row is not None:
            return
        text = self._taken()
        if text:
            self._end_table()
            self.found.append(Part(text))

    def _taken(self) -> str:
        raw = struct.pack(f">{len(self._said)}H", *self._said)
        self._said = []
        return _UNSEEN.sub("", raw.decode("utf-16-be", "replace")).strip("\n")


def grid(rows: list[list[Cell]]) -> tuple[list[list[str]], list[list[int]]]:
    """Return a table's texts and the numbers of its cells, what is merged repeated in each place it covers."""
    number = 0
    if not all(_is_placed(row) for row in rows):
        width = max(len(row) for row in rows)
        texts = [[cell.text for cell in row] + [""] * (width - len(row)) for row in rows]
        return texts, [[at * width + column for column in range(width)] for at in range(len(rows))]
    sides: list[int] = []
    for side in sorted({side for row in rows for cell in row for side in (cell.left, cell.right)}):
        # Sides that stand together but for a line's width are one.
        if not sides or side - sides[-1] > _BORDER_WIDTH:
            sides.append(side)
    texts, numbers = [], []
    for row in rows:
        said, its = [""] * (len(sides) - 1), [-1 - column for column in range(len(sides) - 1)]
        for cell in row:
            number += 1
            for column in range(len(sides) - 1):
                if cell.left - _BORDER_WIDTH <= sides[column] < cell.right - _BORDER_WIDTH:
                    said[column], its[column] = cell.text, number
        texts.append(said)
        numbers.append(its)
    return texts, numbers


def _is_border(cell: Cell) -> bool:
    return cell.left >= 0 and cell.right - cell.left <= _BORDER_WIDTH and not cell.text.strip()


def _is_placed(row: list[Cell]) -> bool:
    return all(0 <= cell.left < cell.right for cell in row)
