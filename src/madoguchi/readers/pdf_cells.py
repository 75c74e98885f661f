"""Grids and lines -> tables: text into cells, merged cells repeated, header rows guessed, unit and caption bound."""

import re
from collections.abc import Collection, Sequence
from itertools import pairwise
from typing import Any

from madoguchi.readers import structure
from madoguchi.readers.pdf_layout import Frame, Paragraph, Table
from madoguchi.readers.pdf_tables import Grid, Rules, grids
from madoguchi.readers.pdf_text import Line

# What a figure looks like in a cell.
FIGURE = re.compile(r"[△▲＋+\-－(（]?[\d０-９][\d０-９,，.．]*[)）]?(?:[%％円千百万億人件回年月日歳]*)?|[-－―‐]")
# A unit or caption stands at most this far (points) above its table.
_NEAR = 40.0


class Cells:
    """The grids of a page; every region (cell) has a number of its own, 0 being the open page."""

    def __init__(self, rules: Rules) -> None:
        self.grids = grids(rules)
        if not self.grids and len(rules.filled) >= 4:
            for box in rules.filled:
                rules.add_box(*box)
            self.grids = grids(rules)
        self._base: list[int] = []
        base = 1
        for grid in self.grids:
            self._base.append(base)
            base += grid.count

    def region_of(self, x: float, y: float) -> int:
        """The number of the cell at a point, of the smallest grid there; 0 outside."""
        for base, grid in zip(self._base, self.grids, strict=True):
            if grid.xs[0] <= x <= grid.xs[-1] and grid.ys[0] <= y <= grid.ys[-1]:
                at = grid.at(x, y)
                if at >= 0:
                    return base + at
        return 0

    def take(self, lines: Sequence[Line]) -> tuple[list[Line], list[Table], list[Frame]]:
        """Part lines into those of the open page, tables, and frames (boxes that are no table)."""
        free: list[Line] = []
        inside: list[dict[int, list[Line]]] = [{} for _ in self.grids]
        for line in lines:
            if line.region == 0:
                free.append(line)
                continue
            which = max(index for index, base in enumerate(self._base) if base <= line.region)
            inside[which].setdefault(line.region - self._base[which], []).append(line)
        tables: list[Table] = []
        frames: list[Frame] = []
        for grid, regions in zip(self.grids, inside, strict=True):
            table = _table(grid, regions)
            if table:
                tables.append(table)
            elif grid.count == 1 or len(regions) <= 1:
                found = [line for lines in regions.values() for line in lines]
                if found:
                    frames.append(Frame(*grid.box, found))
            else:
                frames += [_frame(found) for found in regions.values()]
        kept = [frame for frame in frames if not _encloses(frame, [*frames, *tables])]
        free += [line for frame in frames if frame not in kept for line in frame.lines]
        return free, tables, kept


def _encloses(frame: Frame, others: Sequence[Frame | Table]) -> bool:
    """Whether a box reaches over others: the ground of a page, not a box that is read for itself."""
    return any(
        other is not frame
        and frame.x0 < (other.x0 + other.x1) / 2 < frame.x1
        and frame.top < (other.top + other.bottom) / 2 < frame.bottom
        for other in others
    )


def _frame(lines: list[Line]) -> Frame:
    return Frame(
        min(line.x0 for line in lines),
        min(line.top for line in lines),
        max(line.x1 for line in lines),
        max(line.bottom for line in lines),
        lines,
    )


def _table(grid: Grid, regions: dict[int, list[Line]]) -> Table | None:
    texts = {region: cell_text(lines) for region, lines in regions.items()}
    rows = [[texts.get(region, "") for region in row] for row in grid.region]
    # Columns and rows that are wholly merged into their neighbour, or hold nothing.
    columns = [
        column
        for column in range(len(rows[0]))
        if any(row[column] for row in rows)
        and (column == 0 or any(row[column] != row[column - 1] for row in grid.region))
    ]
    kept = [
        index
        for index, row in enumerate(rows)
        if any(row) and (index == 0 or grid.region[index] != grid.region[index - 1])
    ]
    if len(columns) < 2 or len(kept) < 2:
        return None
    cells = [[rows[index][column] for column in columns] for index in kept]
    merged = [[grid.region[index][column] for column in columns] for index in kept]
    shown = {region for row in merged for region in row}
    # Bars and grid lines of a chart hold figures without a word that says what they are.
    words = sum(any(character.isalpha() for character in text) for text in texts.values())
    if len(texts) < 3 or words < 2 or len(texts) < 0.15 * len(shown):
        return None
    table = Table(*grid.box, cells, header_rows(cells, merged), [grid.xs[column] for column in columns])
    table.lines = [line for lines in regions.values() for line in lines]
    table.spans = spans(merged)
    return table


def spans(merged: list[list[int]]) -> list[list[int]]:
    """The merged cells of a table whose places carry the numbers of their regions: [row, column, rows, columns]."""
    found: list[list[int]] = []
    seen: set[int] = set()
    for row, numbers in enumerate(merged):
        for column, number in enumerate(numbers):
            if number in seen:
                continue
            seen.add(number)
            width = height = 1
            while column + width < len(numbers) and numbers[column + width] == number:
                width += 1
            while row + height < len(merged) and merged[row + height][column] == number:
                height += 1
            if width * height > 1:
                found.append([row, column, height, width])
    return found


def cell_text(lines: list[Line]) -> str:
    """Return a cell's lines as one text; an item with a mark of its own begins a new line."""
    text = ""
    lines = sorted(lines, key=lambda line: (round(line.top / max(1, line.size * 0.7)), line.x0))
    if all(line.vertical for line in lines):
        lines.sort(key=lambda line: -line.x0)
    for line in lines:
        own = structure.item_depth(line.text) and not FIGURE.fullmatch(line.text)
        text = f"{text}\n{line.text}" if text and (own or text.endswith("。")) else structure.join(text, line.text)
    return text.strip()


def header_rows(cells: list[list[str]], merged: list[list[int]]) -> int:
    """Guess how many rows at the top are headers: as many as the first row's merged cells reach down, and the row under
    one that merges sideways."""
    if _figures(cells[0]) * 2 > len([cell for cell in cells[0] if cell]):
        return 0
    first = merged[0]
    depth = 1
    for column, cell in enumerate(first):
        reach = 1
        while reach < len(merged) and merged[reach][column] == cell:
            reach += 1
        # A first column that reaches far down is a label of rows, not a header.
        if reach <= 5 and reach < len(merged):
            depth = max(depth, reach)
    sideways = any(a == b for a, b in pairwise(first)) and len(set(first)) > 1
    if depth == 1 and sideways and _figures(cells[1]) * 3 <= len(cells[1]):
        depth = 2
    while depth > 1 and _figures(cells[depth - 1]) * 3 > len(cells[depth - 1]):
        depth -= 1
    return min(depth, len(cells) - 1)


def _figures(row: list[str]) -> int:
    return sum(bool(FIGURE.fullmatch(cell.replace(" ", ""))) for cell in row)


def repeat_header(before: Table, after: Table) -> None:
    """When `after` (on the next page) goes on with `before`: give it the header, unit and caption of it."""
    if not _same_columns(before, after):
        return
    header = before.cells[: before.header_rows]
    if after.cells[: before.header_rows] != header:
        after.cells = header + after.cells
        depth = len(header)
        repeated = [span for span in before.spans if span[0] + span[2] <= depth]
        after.spans = repeated + [[row + depth, *rest] for row, *rest in after.spans]
    after.header_rows = before.header_rows
    after.continues = before


def _same_columns(before: Table, after: Table) -> bool:
    """Whether the columns stand at the same places; those that are empty on the later page are put in."""
    if abs(before.x0 - after.x0) > 6 or abs(before.x1 - after.x1) > 6:
        return False
    empty = [at for at, x in enumerate(before.xs) if not any(abs(x - other) <= 6 for other in after.xs)]
    if len(before.xs) - len(empty) != len(after.xs):
        return False
    for at in empty:
        after.xs.insert(at, before.xs[at])
        for row in after.cells:
            row.insert(at, "")
        for span in after.spans:
            # A merged cell that reaches over the place is a column wider.
            if span[1] >= at:
                span[1] += 1
            elif span[1] + span[3] > at:
                span[3] += 1
    for top, left, height, width in after.spans:
        for cells in after.cells[top : top + height]:
            cells[left : left + width] = [after.cells[top][left]] * width
    return all(abs(a - b) <= 6 for a, b in zip(before.xs, after.xs, strict=True))


def bind(parts: list[tuple[Any, Paragraph | Table]], headings: Collection[int]) -> None:
    """Give each table the unit and caption that stand right above it; lines that are only that leave the text.
    A caption says 「表」 or is one short line that is no heading (`headings`: their ids)."""
    bound: list[int] = []
    for index, (sheet, part) in enumerate(parts):
        if not isinstance(part, Table):
            continue
        for at in range(index - 1, max(-1, index - 4), -1):
            other_sheet, other = parts[at]
            if other_sheet is not sheet or isinstance(other, Table):
                break
            line = other.lines[-1]
            if not -6 < part.top - line.bottom < _NEAR:
                break
            unit = structure.unit_of(other.text)
            if unit and not part.unit:
                part.unit = unit
                bound.append(at)
            elif not part.caption and id(other) not in headings and _is_caption(other):
                part.caption = other.text
                bound.append(at)
                break
            else:
                found = structure.UNIT.search(other.text)
                if found and not part.unit and len(other.text) <= 60:
                    part.unit = found[1]
                break
        if part.continues:
            part.unit = part.unit or part.continues.unit
            part.caption = part.caption or part.continues.caption
    for at in sorted(bound, reverse=True):
        del parts[at]


def _is_caption(part: Paragraph) -> bool:
    text = part.text
    if structure.TABLE_CAPTION.match(text):
        return len(text) <= 60
    return len(part.lines) == 1 and len(text) <= 50 and text[-1] not in "。、，：:" and not text.startswith("※")
