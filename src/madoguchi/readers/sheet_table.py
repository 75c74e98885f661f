"""One region of a sheet -> its title lines, its table with spans and header rows, its notes; or a form's pairs."""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass

from madoguchi.readers import sheet_squares, structure
from madoguchi.readers.blocks import Block
from madoguchi.readers.grid import range_of
from madoguchi.readers.sheet_boxes import Box, Line, is_figure
from madoguchi.readers.sheet_model import Rows
from madoguchi.readers.sheet_regions import Region, header_depth

_NOTES = ("※", "注", "（注", "(注", "＊注", "【注", "備考", "資料：", "出典：", "資料:", "出典:")
# Of a region larger than this the whole is no form.
_MOST_SQUARES = 200_000
_HEADER_LOOK = 16
# Characters of a label that has a row to itself.
_LABEL_MOST = 15


@dataclass
class View:
    """What one sees of a sheet: rows and columns from 0, and which of the sheet (from 0) each is."""

    rows: Rows
    numeric: list[list[bool]]
    # (row, column) -> number of its merged range.
    merged: dict[tuple[int, int], int]
    # By number: first row, first column, last row, last column; the number 0 is none.
    ranges: list[tuple[int, int, int, int]]
    row_numbers: Sequence[int]
    column_numbers: Sequence[int]


@dataclass
class Found:
    """Where a table was found, in rows and columns of the sheet from 0."""

    top: int
    left: int
    bottom: int
    right: int
    header_rows: list[int]


def read(region: Region, view: View, unit: str, squared: bool) -> tuple[list[Block], str, list[Found]]:
    """Return a region's blocks, the unit that waits for the next table, and where tables stand. `squared`: the
    sheet as a whole is squared paper."""
    return _Region(region, view).read(unit, squared)


def is_squared(view: View) -> bool:
    """Return whether a sheet is squared paper (方眼紙)."""
    if not view.merged or len(view.rows) * len(view.rows[0]) > _MOST_SQUARES:
        return False
    whole = Region(0, 0, len(view.rows) - 1, len(view.rows[0]) - 1)
    return sheet_squares.is_squared(_Region(whole, view).boxes())


class _Region:
    def __init__(self, region: Region, view: View) -> None:
        self._region, self._view = region, view
        self._rows, self._merged = view.rows, view.merged
        self._columns = range(region.left, region.right + 1)

    def read(self, unit: str, squared: bool) -> tuple[list[Block], str, list[Found]]:
        if squared:
            boxes = self.boxes()
            if not sheet_squares.is_table(boxes):
                return self._squared(boxes), unit, []
        blocks: list[Block] = []
        first, unit = self._titles(blocks, unit)
        tail, last = self._notes(first)
        if first > last:
            return blocks + tail, unit, []
        # A row of a few words at the top right is often 「（単位：千円）」 beside a title.
        while first < last and len(said := self._said(first)) == 2 and structure.unit_of(said[1]):
            unit = structure.unit_of(said[1])
            blocks.append(Block("paragraph", said[0], {"range": self._place(first, first)}))
            first += 1
        again = self._begins_again(first, last)
        if again:
            halves = ((self._region.left, again - 1), (again, self._region.right))
            left, right = (
                _Region(Region(first, start, last, end), self._view).read(unit, False) for start, end in halves
            )
            return [*blocks, *left[0], *right[0], *tail], right[1], left[2] + right[2]
        table, found = self._table(first, last, unit)
        if table.kind == "table" and blocks and len(blocks[-1].text) <= 60 and blocks[-1].kind == "paragraph":
            table.text = blocks.pop().text
        return [*blocks, table, *tail], "" if table.kind == "table" else unit, [found] if found else []

    def _begins_again(self, first: int, last: int) -> int:
        """The column where a second table begins beside the first: its header says 「区分」 again, over words, and no
        merged cell reaches over the border; 0 when there is none."""
        left, merged = self._region.left, self._merged
        for row in range(first, min(first + 3, last)):
            said = self._rows[row][left]
            if not said or len(said) > _LABEL_MOST or is_figure(said):
                continue
            for column in range(left + 2, self._region.right):
                if self._rows[row][column] != said or self._rows[row][column - 1] == said:
                    continue
                below = [text for at in range(row + 1, last + 1) if (text := self._rows[at][column]) and text != said]
                crossed = any(
                    (number := merged.get((at, column))) is not None and merged.get((at, column - 1)) == number
                    for at in range(first, last + 1)
                )
                if len(below) > 1 and not crossed and sum(map(is_figure, below)) * 2 < len(below):
                    return column
        return 0

    def _titles(self, blocks: list[Block], unit: str) -> tuple[int, str]:
        region, first = self._region, self._region.top
        while first <= region.bottom and len(said := self._said(first)) <= 1:
            if region.left == region.right and first < region.bottom and not structure.unit_of("".join(said)):
                break
            if said and not (first > region.top and self._repeats(first)):
                found = structure.unit_of(said[0])
                if found:
                    unit = found
                else:
                    blocks.append(self._line(said[0], first))
            first += 1
        return first, unit

    def _notes(self, first: int) -> tuple[list[Block], int]:
        tail: list[Block] = []
        last = self._region.bottom
        while last > first and len(said := self._said(last)) <= 1 and self._region.right > self._region.left:
            # A total may stand alone in its row, and a label without figures; a note is words.
            if said and (is_figure(said[0]) or self._is_label(said[0], last)):
                break
            if said and not self._repeats(last):
                tail.insert(0, self._line(said[0], last))
            last -= 1
        return tail, last

    def _is_label(self, text: str, row: int) -> bool:
        left = self._region.left
        alone = (row, left) not in self._merged or self._merged.get((row, left + 1)) != self._merged[(row, left)]
        short = len(text) <= _LABEL_MOST and not text.startswith(_NOTES) and not text.endswith(("。", "以上"))
        return short and alone and self._rows[row][left] == text and bool(self._rows[row - 1][left])

    def _line(self, text: str, row: int) -> Block:
        return Block("note" if text.startswith(_NOTES) else "paragraph", text, {"range": self._place(row, row)})

    def _said(self, row: int) -> list[str]:
        """The texts of a row, a merged one once; no more than three, which is enough to tell a line from a table."""
        seen: list[tuple[int, str]] = []
        line = self._rows[row]
        for column in self._columns:
            text = line[column]
            if text:
                key = (self._merged.get((row, column), -column - 1), text)
                if key not in seen:
                    seen.append(key)
                    if len(seen) == 3:
                        break
        return [text for _, text in seen]

    def _repeats(self, row: int) -> bool:
        """Whether a row only goes on with what is merged from the row above."""
        return all(
            not self._rows[row][column]
            or (self._merged.get((row, column), -1) == self._merged.get((row - 1, column), -2))
            for column in self._columns
        )

    def _place(self, first: int, last: int) -> str:
        rows, columns = self._view.row_numbers, self._view.column_numbers
        left, right = columns[self._region.left], columns[self._region.right]
        return range_of(rows[first] + 1, left + 1, rows[last] + 1, right + 1)

    def boxes(self) -> list[Box]:
        """Return the cells and merged cells of the region that hold something or are merged."""
        boxes: list[Box] = []
        for row in range(self._region.top, self._region.bottom + 1):
            for column in self._columns:
                text, number = self._rows[row][column], self._merged.get((row, column), 0)
                if number:
                    top, left, bottom, right = self._view.ranges[number]
                    if (row, column) != (top, left):
                        continue
                elif text:
                    top, left, bottom, right = row, column, row, column
                else:
                    continue
                figure = self._view.numeric[row][column] or is_figure(text)
                boxes.append(Box(top, left, bottom, right, text, figure))
        return boxes

    def _squared(self, boxes: list[Box]) -> list[Block]:
        blocks = []
        rows, columns = self._view.row_numbers, self._view.column_numbers
        for item in sheet_squares.read(boxes):
            box = item.box
            place = range_of(rows[box.top] + 1, columns[box.left] + 1, rows[box.bottom] + 1, columns[box.right] + 1)
            if isinstance(item, Line):
                kind = "note" if item.text.startswith(_NOTES) else "paragraph"
                blocks.append(Block(kind, item.text, {"range": place}))  # type: ignore[arg-type]
            else:
                blocks.append(
                    Block("table", item.caption, {"range": place}, 0, item.cells, item.header_rows, item.unit)
                )
        return blocks

    def _table(self, first: int, last: int, unit: str) -> tuple[Block, Found | None]:
        region, rows, merged = self._region, self._rows, self._merged
        # A column or row that only goes on with the one before it: paper ruled in squares (方眼紙).
        span = [
            column
            for column in self._columns
            if column == region.left
            or any(
                (rows[row][column] or rows[row][column - 1])
                and merged.get((row, column), -1) != merged.get((row, column - 1), -2)
                for row in range(first, last + 1)
            )
        ]
        kept = [row for row in range(first, last + 1) if row == first or not merged or not self._repeats(row)]
        if len(kept) == 1:
            line = dict.fromkeys((merged.get((first, column), -column - 1), rows[first][column]) for column in span)
            text = "　".join(text for _, text in line if text)
            return Block("paragraph", text, {"range": self._place(first, first)}), None
        if span == list(range(span[0], span[-1] + 1)):
            cells = [rows[row][span[0] : span[-1] + 1] for row in kept]
        else:
            cells = [[rows[row][column] for column in span] for row in kept]
        numbers = [[self._view.numeric[row][column] for column in span] for row in kept[:_HEADER_LOOK]]
        covers = [[merged.get((row, column), 0) for column in span] for row in kept[:_HEADER_LOOK]]
        depth = header_depth(cells[:_HEADER_LOOK], numbers, covers)
        depth = min(depth, len(cells) - 1)
        block = Block("table", "", {"range": self._place(first, last)}, 0, cells, depth, unit, self._spans(kept, span))
        numbers_of, columns = self._view.row_numbers, self._view.column_numbers
        found = Found(
            numbers_of[first],
            columns[region.left],
            numbers_of[last],
            columns[region.right],
            [numbers_of[row] for row in kept[:depth]],
        )
        return block, found

    def _spans(self, kept: list[int], span: list[int]) -> list[list[int]]:
        spans = []
        for r0, c0, r1, c1 in self._view.ranges[1:]:
            if r1 < kept[0] or r0 > kept[-1] or c1 < span[0] or c0 > span[-1]:
                continue
            top, bottom = bisect_left(kept, r0), bisect_left(kept, r1 + 1)
            left, right = bisect_left(span, c0), bisect_left(span, c1 + 1)
            if bottom - top > 1 or right - left > 1:
                spans.append([top, left, bottom - top, right - left])
        return spans
