"""Sheets -> blocks: regions apart, titles, units and notes bound to tables, what nobody sees marked as hidden."""

from madoguchi.readers import sheet_table
from madoguchi.readers.blocks import Block, Reading
from madoguchi.readers.grid import range_of
from madoguchi.readers.limits import Limits
from madoguchi.readers.problems import Problem
from madoguchi.readers.sheet_model import COMMENT, HIDDEN_COLUMNS, HIDDEN_ROWS, Rows, Sheet
from madoguchi.readers.sheet_regions import regions
from madoguchi.readers.sheet_table import Found, View

_MOST_MERGED = 2_000_000
# A sheet this many times larger than what may be read is read to the limit; a larger one only claims its size.
_READ_IN_PART = 4


class Sheets:
    """The sheets of one file, read one after the other within one limit of cells."""

    def __init__(self, limits: Limits) -> None:
        self.notices: list[str] = []
        self.left = self._most = limits.max_cells
        self._sheets: list[tuple[str, str, list[Block]]] = []
        self._refused = False
        self._count = 0

    def room(self, name: str, height: int, width: int) -> int:
        """Return how many rows of a sheet of this size may be read; 0 when it is not to be read, which is noted."""
        self._count += 1
        if height * width <= self.left:
            self.left -= height * width
            return max(1, height)
        rows = self.left // max(1, width)
        if height * width > self._most * _READ_IN_PART or not rows:
            self._refused = True
            self.notices.append(f"シート「{name}」は範囲が大きすぎるため読み取っていません（上限{self._most:,}セル）。")
            return 0
        self.left -= rows * width
        self.notices.append(f"シート「{name}」ははじめの{rows:,}行だけ読み取りました（上限{self._most:,}セル）。")
        return rows

    def add(self, sheet: Sheet) -> None:
        """Take a sheet's blocks."""
        self._sheets.append((sheet.name, sheet.hidden, blocks_of(sheet)))

    def reading(self) -> Reading:
        """Return the reading. Problem `cells` when nothing but sheets that are too large was there."""
        blocks: list[Block] = []
        unseen = [name for name, hidden, found in self._sheets if hidden and found]
        for name, hidden, found in self._sheets:
            if found and self._count > 1:
                blocks.append(Block("heading", name, {"sheet": name}, 1, hidden=hidden))
            blocks += found
        if unseen:
            self.notices.append(f"非表示のシート{''.join(f'「{name}」' for name in unseen[:20])}があります。")
        if not blocks:
            raise Problem("cells", f"{self._most:,}") if self._refused else Problem("no-text")
        return Reading(blocks, [], "".join(self.notices))


def blocks_of(sheet: Sheet) -> list[Block]:
    """Return the blocks of a sheet; `sheet.rows` is changed."""
    blocks: list[Block] = []
    if sheet.rows:
        blocks = _cells(sheet)
    for place, text, hidden in sheet.asides:
        kind = "note" if hidden == COMMENT else "paragraph"
        if text.strip():
            blocks.append(Block(kind, text.strip(), {"range": place} if place else {}, hidden=hidden))  # type: ignore[arg-type]
    blocks += sheet.figures
    for block in blocks:
        block.locator["sheet"] = sheet.name
        block.hidden = sheet.hidden or block.hidden
    return blocks


def _cells(sheet: Sheet) -> list[Block]:
    unseen: list[Block] = []
    for (row, column), why in sorted(sheet.hidden_cells.items()):
        line = sheet.rows[row - sheet.top]
        text = line[column - sheet.left]
        line[column - sheet.left] = ""
        if text:
            place = range_of(row + 1, column + 1, row + 1, column + 1)
            unseen.append(Block("paragraph", text, {"range": place}, hidden=why))
    whole = _whole(sheet)
    view, rows, columns = _visible(sheet, whole)
    blocks: list[Block] = []
    found: list[Found] = []
    unit = ""
    seen = bool(view.rows and view.rows[0])
    squared = seen and sheet_table.is_squared(view)
    for region in regions(view.rows, view.merged) if seen else []:
        said, unit, tables = sheet_table.read(region, view, unit, squared)
        blocks += said
        found += tables
    return blocks + _joined(unseen) + _hidden_rows(whole, rows, found) + _hidden_columns(whole, rows, columns, found)


def _whole(sheet: Sheet) -> View:
    """The whole sheet with merged cells repeated in each place they cover."""
    rows = sheet.rows
    merged: dict[tuple[int, int], int] = {}
    ranges: list[tuple[int, int, int, int]] = [(0, 0, 0, 0)]
    for r0, c0, r1, c1 in sheet.merged:
        # A range may reach over the whole sheet; only what has rows counts.
        r0, c0 = max(0, r0 - sheet.top), max(0, c0 - sheet.left)
        r1, c1 = min(len(rows) - 1, r1 - sheet.top), min(len(rows[0]) - 1, c1 - sheet.left)
        if r0 > r1 or c0 > c1 or len(merged) + (r1 - r0 + 1) * (c1 - c0 + 1) > _MOST_MERGED:
            continue
        text, number = rows[r0][c0], len(ranges)
        ranges.append((r0, c0, r1, c1))
        for row in range(r0, r1 + 1):
            for column in range(c0, c1 + 1):
                rows[row][column] = text
                merged[(row, column)] = number
    width = len(rows[0])
    return View(
        rows,
        sheet.numeric,
        merged,
        ranges,
        range(sheet.top, sheet.top + len(rows)),
        range(sheet.left, sheet.left + width),
    )


def _visible(sheet: Sheet, whole: View) -> tuple[View, list[int], list[int]]:
    """What one sees of the whole; and which of its rows and columns one does not."""
    rows = _within(sheet.hidden_rows, sheet.top, len(whole.rows))
    columns = _within(sheet.hidden_columns, sheet.left, len(whole.rows[0]))
    if not rows and not columns:
        return whole, rows, columns
    gone_rows, gone_columns = set(rows), set(columns)
    seen_rows = [row for row in range(len(whole.rows)) if row not in gone_rows]
    seen_columns = [column for column in range(len(whole.rows[0])) if column not in gone_columns]
    row_at = {row: at for at, row in enumerate(seen_rows)}
    column_at = {column: at for at, column in enumerate(seen_columns)}
    merged = {
        (row_at[row], column_at[column]): number
        for (row, column), number in whole.merged.items()
        if row in row_at and column in column_at
    }
    ranges = [_left_of(span, row_at, column_at) for span in whole.ranges]
    view = View(
        [[whole.rows[row][column] for column in seen_columns] for row in seen_rows],
        [[whole.numeric[row][column] for column in seen_columns] for row in seen_rows],
        merged,
        ranges,
        [sheet.top + row for row in seen_rows],
        [sheet.left + column for column in seen_columns],
    )
    return view, rows, columns


def _left_of(
    span: tuple[int, int, int, int], row_at: dict[int, int], column_at: dict[int, int]
) -> tuple[int, int, int, int]:
    rows = [row_at[row] for row in range(span[0], span[2] + 1) if row in row_at]
    columns = [column_at[column] for column in range(span[1], span[3] + 1) if column in column_at]
    return (rows[0], columns[0], rows[-1], columns[-1]) if rows and columns else (0, 0, -1, -1)


def _within(spans: list[tuple[int, int]], start: int, length: int) -> list[int]:
    found: set[int] = set()
    for first, last in spans:
        found.update(range(max(0, first - start), min(length - 1, last - start) + 1))
    return sorted(found)


def _joined(blocks: list[Block]) -> list[Block]:
    """Cells of one reason and one row as one block: a white row is one thing."""
    joined: list[Block] = []
    for block in blocks:
        last = joined[-1] if joined else None
        same_row = last and _row(last) == _row(block)
        if last and same_row and last.hidden == block.hidden:
            last.text += f"　{block.text}"
            last.locator["range"] = f"{last.locator['range'].split(':')[0]}:{block.locator['range']}"
        else:
            joined.append(block)
    return joined


def _row(block: Block) -> str:
    return block.locator["range"].split(":")[0].lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")


def _runs(numbers: list[int]) -> list[tuple[int, int]]:
    runs: list[tuple[int, int]] = []
    for number in numbers:
        if runs and runs[-1][1] == number - 1:
            runs[-1] = (runs[-1][0], number)
        else:
            runs.append((number, number))
    return runs


def _hidden_rows(whole: View, rows: list[int], found: list[Found]) -> list[Block]:
    """Hidden rows with the headers of the table that they stand in."""
    blocks: list[Block] = []
    for first, last in _runs(rows):
        body = [whole.rows[row] for row in range(first, last + 1)]
        if not any(any(row) for row in body):
            continue
        top = whole.row_numbers[first]
        table = next((each for each in found if each.header_rows and each.top < top <= each.bottom + 1), None)
        wide = range(len(whole.rows[0]))
        head: Rows = []
        if table:
            wide = range(table.left - whole.column_numbers[0], table.right - whole.column_numbers[0] + 1)
            head = [[whole.rows[row - whole.row_numbers[0]][column] for column in wide] for row in table.header_rows]
        used = [column for column in wide if any(row[column] for row in body)] if not table else list(wide)
        if not used:
            continue
        cells = head + [[row[column] for column in used] for row in body]
        blocks.append(_unseen(whole, cells, len(head), HIDDEN_ROWS, (first, used[0], last, used[-1])))
    return blocks


def _hidden_columns(whole: View, rows: list[int], columns: list[int], found: list[Found]) -> list[Block]:
    """Hidden columns beside the first column of the table that they stand in."""
    blocks: list[Block] = []
    gone = set(rows)
    for first, last in _runs(columns):
        for top, bottom, head, label in _beside(whole, first, found):
            lines = [row for row in range(top, bottom + 1) if row not in gone]
            if not any(any(whole.rows[row][first : last + 1]) for row in lines):
                continue
            before = [[whole.rows[row][label]] if label is not None else [] for row in lines]
            cells = [start + whole.rows[row][first : last + 1] for start, row in zip(before, lines, strict=True)]
            kept = [number for number, row in enumerate(cells) if number < head or any(row[len(before[0]) :])]
            cells = [cells[number] for number in kept]
            blocks.append(_unseen(whole, cells, min(head, len(cells) - 1), HIDDEN_COLUMNS, (top, first, bottom, last)))
    return blocks


def _beside(whole: View, column: int, found: list[Found]) -> list[tuple[int, int, int, int | None]]:
    """(first row, last row, header rows, column of labels) of the tables that a column stands in or beside; else of
    the whole sheet."""
    at = whole.column_numbers[column]
    start_row, start_column = whole.row_numbers[0], whole.column_numbers[0]
    tables = [each for each in found if each.left - 1 <= at <= each.right + 1]
    if not tables:
        return [(0, len(whole.rows) - 1, 0, None)]
    return [
        (
            each.top - start_row,
            each.bottom - start_row,
            len(each.header_rows),
            each.left - start_column if each.left - start_column != column else None,
        )
        for each in tables
    ]


def _unseen(whole: View, cells: Rows, head: int, why: str, corners: tuple[int, int, int, int]) -> Block:
    top, left, bottom, right = corners
    rows, columns = whole.row_numbers, whole.column_numbers
    place = range_of(rows[top] + 1, columns[left] + 1, rows[bottom] + 1, columns[right] + 1)
    if len(cells) == 1 or len(cells[0]) == 1:
        text = "　".join(dict.fromkeys(cell for row in cells for cell in row if cell))
        return Block("paragraph", text, {"range": place}, hidden=why)
    return Block("table", "", {"range": place}, 0, cells, head, hidden=why)
