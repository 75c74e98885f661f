"""Tables whose rows no line parts (決算カード, 統計表): bands of figures under a ruled header, often some of them in
one net of lines.

A band is a cell of figures in some rows. The header over it tells the columns and how far the table reaches to the
sides; the rows are where its figures and the words of its labels stand level. What is left of the net is no part of it.
"""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from madoguchi.readers import pdf_cells, structure
from madoguchi.readers.pdf_layout import Table
from madoguchi.readers.pdf_tables import Grid
from madoguchi.readers.pdf_text import Line

# A band has at least so many rows of figures.
_ROWS = 3
# Share of rows that must have a label of their own, and of a cell's rows that must stand level with the figures.
_LABELLED, _LEVEL = 0.6, 0.75
_TITLE_CHARACTERS = 60
# A figure with its sign, commas, spaces and unit.
_LONGEST = 32


@dataclass(eq=False)
class _Cell:
    """A region of the net: its first and past-the-last column and row, and its text in rows."""

    number: int
    left: int
    top: int
    right: int
    bottom: int
    lines: list[Line] = field(default_factory=list)
    rows: list[list[Line]] = field(default_factory=list)
    figures: int = 0

    @property
    def text(self) -> str:
        return pdf_cells.cell_text(self.lines)

    @property
    def is_figures(self) -> bool:
        return 0 < self.figures >= len(self.lines) - self.figures

    @property
    def is_words(self) -> bool:
        return bool(self.lines) and not self.is_figures

    @property
    def is_band(self) -> bool:
        return self.is_figures and len(self.rows) >= _ROWS and self.figures >= 0.8 * len(self.rows)

    @property
    def is_upright(self) -> bool:
        """Whether its words stand one character under another, as those at the side of many rows do."""
        if not self.lines or all(line.vertical for line in self.lines):
            return True
        middles = [line.x0 + line.x1 for line in self.lines]
        return len(self.lines) > 1 and max(middles) - min(middles) < 2 and all(len(x.text) == 1 for x in self.lines)


@dataclass
class _Net:
    """A grid with its cells; `at(row, column)` is the one there."""

    grid: Grid
    cells: dict[int, _Cell]

    def at(self, row: int, column: int) -> _Cell:
        return self.cells[self.grid.region[row][column]]

    def label_at(self, row: int, column: int) -> _Cell:
        """The cell a label there begins in: where a cell below or above is narrower, one without a line between may
        come as two."""
        while column and not self.grid.walls[row][column - 1]:
            column -= 1
        return self.at(row, column)

    def within(self, rows: range, columns: range) -> list[_Cell]:
        """The cells that reach into some rows and columns, from the top left."""
        numbers = dict.fromkeys(self.grid.region[row][column] for row in rows for column in columns)
        return [self.cells[number] for number in numbers]


@dataclass
class _Extent:
    """Where a table stands in its net: columns, and rows from the header's first over the body's first to past the
    last; `labels` columns at the left hold no figures."""

    left: int
    right: int
    head: int
    top: int
    bottom: int
    figures: list[range]
    title: _Cell | None = None

    @property
    def columns(self) -> range:
        return range(self.left, self.right)


def take(grid: Grid, inside: Mapping[int, list[Line]]) -> tuple[list[Table], set[int]]:
    """Return the tables whose rows no line parts, and the numbers of the regions they are made of."""
    if not any(len(lines) >= _ROWS and sum(map(_is_figure, lines)) >= _ROWS for lines in inside.values()):
        return [], set()
    net = _net(grid, inside)
    bands = sorted((cell for cell in net.cells.values() if cell.is_band), key=lambda cell: (cell.top, cell.left))
    tables: list[Table] = []
    taken: set[int] = set()
    for band in bands:
        if band.number in taken:
            continue
        extent = _extent(net, band)
        made = _table(net, extent, taken) if extent else None
        if made:
            tables.append(made[0])
            taken |= made[1]
    return tables, taken


def _net(grid: Grid, inside: Mapping[int, list[Line]]) -> _Net:
    cells: dict[int, _Cell] = {}
    for row, numbers in enumerate(grid.region):
        for column, number in enumerate(numbers):
            cell = cells.setdefault(number, _Cell(number, column, row, column + 1, row + 1))
            cell.right, cell.bottom = max(cell.right, column + 1), row + 1
    for number, lines in inside.items():
        cells[number].lines = lines
        cells[number].rows = pdf_cells.rows_of(lines)
        cells[number].figures = sum(map(_is_figure, lines))
    return _Net(grid, cells)


def _is_figure(line: Line) -> bool:
    return len(line.text) < _LONGEST and bool(pdf_cells.FIGURE.fullmatch(line.text.replace(" ", "")))


# --- where the table is


def _extent(net: _Net, band: _Cell) -> _Extent | None:
    top = band.top
    # Rows that a line parts from the band, as the first line of a sum.
    while top:
        above = net.at(top - 1, band.left)
        if (above.left, above.right) != (band.left, band.right) or not above.is_figures or above.top == 0:
            break
        top = above.top
    columns = _columns(net, top, band)
    if not columns:
        return None
    if len(columns) > 1 and all(is_figures for _, is_figures in columns):
        # Years or numbers of rows.
        columns[0] = (columns[0][0], False)
    left, right = columns[0][0].start, columns[-1][0].stop
    extent = _Extent(left, right, top, top, top, [place for place, is_figures in columns if is_figures])
    _reach_down(net, extent)
    if extent.bottom <= band.top:
        return None
    _reach_up(net, extent)
    return extent


def _columns(net: _Net, top: int, band: _Cell) -> list[tuple[range, bool]]:
    """The columns of the table by the header right over its body, and whether figures stand in them."""
    if top == 0 or any(cell.bottom != top for cell in net.within(range(top - 1, top), range(band.left, band.right))):
        return _without_header(net, top, band)
    over = net.within(range(top - 1, top), range(band.left, band.right))
    if over[0].left < band.left or over[-1].right > band.right or not all(cell.is_words for cell in over):
        return _without_header(net, top, band)
    run = list(over)
    while run[0].left and (beside := _header_beside(net, top, run[0].left - 1)):
        run.insert(0, beside)
        if not beside.lines:
            break
    while run[-1].right < len(net.grid.xs) - 1 and (beside := _header_beside(net, top, run[-1].right)):
        if not beside.lines:
            break
        run.append(beside)
    columns = [(range(cell.left, cell.right), net.at(top, cell.left).is_figures) for cell in run]
    # The header of the labels once more: another table begins.
    name = next((cell.text for cell, (_, is_figures) in zip(run, columns, strict=True) if not is_figures), "")
    starts = [at for at, cell in enumerate(run) if at and name and cell.text == name and not columns[at][1]]
    for begin, end in pairwise([0, *starts, len(run)]):
        if run[begin].left <= band.left < run[end - 1].right:
            return columns[begin:end]
    return []


def _header_beside(net: _Net, top: int, column: int) -> _Cell | None:
    """The cell of the header in a column: words, or nothing over a column of labels."""
    cell = net.at(top - 1, column)
    below = net.within(range(top, top + 1), range(cell.left, cell.right))
    if cell.bottom != top or cell.is_figures or any(other.top != top for other in below):
        return None
    if below[0].left < cell.left or below[-1].right > cell.right:
        return None
    return cell if cell.lines or any(other.is_words for other in below) else None


def _without_header(net: _Net, top: int, band: _Cell) -> list[tuple[range, bool]]:
    """A band nothing stands over: itself and the words at its left, as high as it."""
    left = band.left
    labels: list[tuple[range, bool]] = []
    while left and len(labels) < 2:
        beside = net.within(range(top, band.bottom), range(left - 1, left))
        start = min(cell.left for cell in beside)
        beside = net.within(range(top, band.bottom), range(start, left))
        inside = all(
            cell.top >= top and cell.bottom <= band.bottom and start <= cell.left and cell.right <= left
            for cell in beside
        )
        if not inside or not any(cell.is_words for cell in beside) or any(cell.is_figures for cell in beside):
            break
        labels.insert(0, (range(start, left), False))
        left = start
    return [*labels, (range(band.left, band.right), True)] if labels else []


def _reach_down(net: _Net, extent: _Extent) -> None:
    """Go down by slabs that no cell crosses while they hold figures, up to a row that is a header again."""
    last = len(net.grid.ys) - 1
    while extent.bottom < last:
        end = extent.bottom + 1
        cells = net.within(range(extent.bottom, end), extent.columns)
        while (low := max(cell.bottom for cell in cells)) > end:
            end = low
            cells = net.within(range(extent.bottom, end), extent.columns)
        if any(
            cell.top < extent.bottom or cell.left < extent.left or cell.right > extent.right for cell in cells
        ) or not any(cell.is_figures for cell in cells):
            return
        if any(_is_header(net, extent, row) for row in range(extent.bottom, end)):
            return
        extent.bottom = end


def _is_header(net: _Net, extent: _Extent, row: int) -> bool:
    cells = [cell for place in extent.figures for cell in net.within(range(row, row + 1), place)]
    return all(cell.is_words and not cell.figures for cell in cells)


def _reach_up(net: _Net, extent: _Extent) -> None:
    """Go up over the rows of the header, to a title over all of it."""
    while extent.head:
        start = extent.head - 1
        cells = net.within(range(start, extent.head), extent.columns)
        while (high := min(cell.top for cell in cells)) < start:
            start = high
            cells = net.within(range(start, extent.head), extent.columns)
        inside = all(
            cell.left >= extent.left and cell.right <= extent.right and cell.bottom <= extent.head for cell in cells
        )
        if not inside or any(cell.is_figures for cell in cells) or not any(cell.lines for cell in cells):
            return
        if len(cells) == 1:
            extent.title = cells[0] if len(cells[0].text) <= _TITLE_CHARACTERS else None
            return
        extent.head = start


# --- its rows


# (number of the cell, its row, its column): what one place of a table shows; -1 where it is the same for all.
_Key = tuple[int, int, int]
_EMPTY = -1


def _table(net: _Net, extent: _Extent, taken: set[int]) -> tuple[Table, set[int]] | None:
    """The table there and its regions, if its rows have labels."""
    first = extent.figures[0].start
    # A box of words among the columns of figures is no part of the table.
    body = net.within(range(extent.top, extent.bottom), extent.columns)
    body = [cell for cell in body if cell.left < first or not cell.is_words or len(cell.rows) == 1]
    if any(cell.number in taken for cell in body):
        return None
    rows = pdf_cells.rows_of(line for cell in body if cell.is_figures for line in cell.lines)
    middles = [sum(line.middle for line in row) / len(row) for row in rows]
    cut = {cell.number for cell in body if cell.left >= first or _stands_level(cell, net.grid, middles)}
    middles = sorted(middles + _rows_of_labels(body, cut, middles))
    if len(middles) < _ROWS:
        return None
    places = _places(net, extent, body)
    at = [min(max(bisect_right(net.grid.ys, middle) - 1, extent.top), extent.bottom - 1) for middle in middles]
    shown = _shown(net, places, at, {cell.number for cell in body}, cut, first)
    said = _texts(net, body, places, middles, at, cut, first)
    labels = sum(place < first for place in places)
    if sum(any(said.get(key) for key in row[:labels] if key[1] >= 0) for row in shown) < _LABELLED * len(middles):
        return None
    heads: list[list[_Key]] = []
    for row in range(extent.head, extent.top):
        head = [(net.at(row, column).number, _EMPTY, _EMPTY) for column in places]
        if not heads or head != heads[-1]:
            heads.append(head)
    said |= {key: net.cells[key[0]].text for head in heads for key in head}
    return _made(net, extent, body, places, heads, shown, said, taken)


def _made(
    net: _Net,
    extent: _Extent,
    body: list[_Cell],
    places: list[int],
    heads: list[list[_Key]],
    shown: list[list[_Key]],
    said: dict[_Key, str],
    taken: set[int],
) -> tuple[Table, set[int]]:
    grid = net.grid
    used = body + net.within(range(extent.head, extent.top), extent.columns)
    rows = [*heads, *shown]
    cells = [[said.get(key, "") for key in row] for row in rows]
    box = grid.xs[extent.left], grid.ys[extent.head], grid.xs[extent.right], grid.ys[extent.bottom]
    table = Table(*box, cells, len(heads), [grid.xs[place] for place in places])
    if extent.title and extent.title.number not in taken:
        used.append(extent.title)
        unit = structure.UNIT.search(extent.title.text)
        table.unit = unit[1] if unit else ""
        table.caption = extent.title.text.replace(unit[0] if unit else "", "").strip()
    table.lines = [line for cell in used for line in cell.lines]
    numbers: dict[_Key, int] = {}
    table.spans = pdf_cells.spans([[numbers.setdefault(key, len(numbers)) for key in row] for row in rows])
    return table, {cell.number for cell in used}


def _shown(net: _Net, places: list[int], at: list[int], body: set[int], cut: set[int], first: int) -> list[list[_Key]]:
    """What each place of the body shows. `at`: the row of the net that each row of the table is in."""
    shown: list[list[_Key]] = []
    for level, row in enumerate(at):
        keys: list[_Key] = []
        for number, place in enumerate(places):
            cell = net.at(row, place)
            if cell.number not in body:
                keys.append((_EMPTY, level, number))
            elif cell.number not in cut:
                keys.append((cell.number, _EMPTY, _EMPTY))
            elif cell.left >= first:
                keys.append((cell.number, level, number))
            else:
                keys.append((net.label_at(row, place).number, level, _EMPTY))
        shown.append(keys)
    return shown


def _texts(
    net: _Net, body: list[_Cell], places: list[int], middles: list[float], at: list[int], cut: set[int], first: int
) -> dict[_Key, str]:
    lines: dict[_Key, list[Line]] = {}
    for cell in body:
        for line in cell.lines:
            level = min(range(len(middles)), key=lambda number: abs(middles[number] - line.middle))
            middle = (line.x0 + line.x1) / 2
            if cell.number not in cut:
                key = (cell.number, _EMPTY, _EMPTY)
            elif cell.left >= first:
                key = (cell.number, level, max(0, sum(net.grid.xs[place] <= middle for place in places) - 1))
            else:
                key = (net.label_at(at[level], cell.left).number, level, _EMPTY)
            lines.setdefault(key, []).append(line)
    return {key: pdf_cells.cell_text(found) for key, found in lines.items()}


def _stands_level(cell: _Cell, grid: Grid, middles: Sequence[float]) -> bool:
    """Whether a cell of labels is one for each row it stands beside, and not one for all of them."""
    beside = [middle for middle in middles if grid.ys[cell.top] < middle < grid.ys[cell.bottom]]
    if len(beside) <= 1:
        return True
    if cell.is_upright or len(cell.rows) < 2:
        return False
    at = [
        number
        for row in cell.rows
        for number, middle in enumerate(beside)
        if any(abs(line.middle - middle) < 0.5 * line.size for line in row)
    ]
    if len(at) < _LEVEL * len(cell.rows):
        return False
    # Labels of groups stand at the first row of each; the words of one label go on from row to row.
    return len(at) >= _LABELLED * len(beside) or (at[0] == 0 and any(b - a > 1 for a, b in pairwise(at)))


def _rows_of_labels(body: list[_Cell], cut: set[int], middles: Sequence[float]) -> list[float]:
    """The places of labels that no figure stands beside."""
    alone: list[float] = []
    for cell in body:
        if cell.number not in cut or cell.is_figures or cell.is_upright:
            continue
        for row in cell.rows:
            place, size = row[0].middle, row[0].size
            if all(abs(place - other) >= 0.8 * size for other in [*middles, *alone]):
                alone.append(place)
    return alone


def _places(net: _Net, extent: _Extent, body: list[_Cell]) -> list[int]:
    """The columns of the net that are columns of the table: where a header or a label begins, or many cells do."""
    heads = net.within(range(extent.head, extent.top), extent.columns)
    places = {place.start for place in extent.figures} | {extent.left} | {cell.left for cell in heads}
    places |= {cell.left for cell in body if cell.left < extent.figures[0].start and cell.lines}
    return sorted(place for place in places if extent.left <= place < extent.right)
