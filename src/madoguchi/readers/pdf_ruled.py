"""Ruled lines and the lines of text between them -> tables and boxes."""

from collections.abc import Sequence
from itertools import accumulate

from madoguchi.readers import pdf_bands, pdf_cells
from madoguchi.readers.pdf_layout import Frame, Table
from madoguchi.readers.pdf_tables import Grid, Rules, grids
from madoguchi.readers.pdf_text import Line


class Cells:
    """The grids of a page; every region (cell) has a number of its own, 0 being the open page."""

    def __init__(self, rules: Rules) -> None:
        self.grids = grids(rules)
        if not self.grids and len(rules.filled) + len(rules.grounds) >= 4 and len(rules.boxes()) >= 4:
            for box in rules.filled:
                rules.add_box(*box)
            self.grids = grids(rules)
        self._base = list(accumulate((grid.count for grid in self.grids), initial=1))[:-1]
        self._boxes = [(*grid.box, base, grid) for base, grid in zip(self._base, self.grids, strict=True)]

    def region_of(self, x: float, y: float) -> int:
        """The number of the cell at a point, of the smallest grid there; 0 outside."""
        for x0, top, x1, bottom, base, grid in self._boxes:
            if x0 <= x <= x1 and top <= y <= bottom:
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
            banded, taken = pdf_bands.take(grid, regions)
            if banded:
                tables += banded
                frames += [_frame(found) for region, found in regions.items() if region not in taken]
                continue
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
    texts = {region: pdf_cells.cell_text(lines) for region, lines in regions.items()}
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
    table = Table(*grid.box, cells, pdf_cells.header_rows(cells, merged), [grid.xs[column] for column in columns])
    table.lines = [line for lines in regions.values() for line in lines]
    table.spans = pdf_cells.spans(merged)
    return table
