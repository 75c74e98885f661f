"""Tables whose rows no line parts (決算カード, 統計表): bands of figures under a ruled header, often some of them in
one net of lines.

A band is a cell of figures in some rows. The header over it tells the columns and how far the table reaches to the
sides; the rows are where its figures and the words of its labels stand level. What is left of the net is no part of it.
"""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from madoguchi.readers import pdf_cells, structure
from madoguchi.readers.pdf_layout import Table
from madoguchi.readers.pdf_nets import ROWS, Cell, Net, is_figure, net_of
from madoguchi.readers.pdf_tables import Grid
from madoguchi.readers.pdf_text import Line

# Share of rows that must have a label of their own, and of a cell's rows that must stand level with the figures.
_LABELLED, _LEVEL = 0.6, 0.75
_TITLE_CHARACTERS = 60


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
    title: Cell | None = None

    @property
    def columns(self) -> range:
        return range(self.left, self.right)


def take(grid: Grid, inside: Mapping[int, list[Line]]) -> tuple[list[Table], set[int]]:
    """Return the tables whose rows no line parts, and the numbers of the regions they are made of."""
    if not any(len(lines) >= ROWS and sum(map(is_figure, lines)) >= ROWS for lines in inside.values()):
        return [], set()
    net = net_of(grid, inside)
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


# --- where the table is


def _extent(net: Net, band: Cell) -> _Extent | None:
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


def _columns(net: Net, top: int, band: Cell) -> list[tuple[range, bool]]:
    """The columns of the table by the header right over its body, and whether figures stand in them."""
    over = net.within(range(top - 1, top), range(band.left, band.right)) if top else []
    if not over or not all(cell.is_words and cell.bottom == top for cell in over):
        return _without_header(net, top, band)
    left, right = over[0].left, over[-1].right
    below = net.within(range(top, top + 1), range(left, right))
    inside = all(cell.top == top and left <= cell.left and cell.right <= right for cell in below)
    if not inside or not all(cell.is_figures for cell in below):
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


def _header_beside(net: Net, top: int, column: int) -> Cell | None:
    """The cell of the header in a column: words, or nothing over a column of labels."""
    cell = net.at(top - 1, column)
    below = net.within(range(top, top + 1), range(cell.left, cell.right))
    if cell.bottom != top or cell.is_figures or any(other.top != top for other in below):
        return None
    if below[0].left < cell.left or below[-1].right > cell.right:
        return None
    return cell if cell.lines or any(other.is_words for other in below) else None


def _without_header(net: Net, top: int, band: Cell) -> list[tuple[range, bool]]:
    """A band no header stands over: itself, figures beside it, and the words at their left, as high as it."""
    figures = [band]
    while figures[0].left and (beside := net.at(top, figures[0].left - 1)).is_figures and beside.top == top:
        figures.insert(0, beside)
    last = len(net.grid.xs) - 1
    while figures[-1].right < last and (beside := net.at(top, figures[-1].right)).is_figures and beside.top == top:
        figures.append(beside)
    left = figures[0].left
    labels: list[tuple[range, bool]] = []
    while left and len(labels) < 2:
        beside_all = net.within(range(top, band.bottom), range(left - 1, left))
        start = min(cell.left for cell in beside_all)
        cells = net.within(range(top, band.bottom), range(start, left))
        inside = all(
            cell.top >= top and cell.bottom <= band.bottom and start <= cell.left and cell.right <= left
            for cell in cells
        )
        if not inside or not any(cell.is_words for cell in cells) or any(cell.is_figures for cell in cells):
            break
        labels.insert(0, (range(start, left), False))
        left = start
    # Figures alone are those of a chart.
    return [*labels, *((range(cell.left, cell.right), True) for cell in figures)] if labels else []


def _reach_down(net: Net, extent: _Extent) -> None:
    """Go down by slabs that no cell crosses while they hold figures, up to a row that is a header again."""
    last = len(net.grid.ys) - 1
    while extent.bottom < last:
        end, row = extent.bottom + 1, extent.bottom
        while row < end:
            end = max(end, *(cell.bottom for cell in net.within(range(row, row + 1), extent.columns)))
            row += 1
        cells = net.within(range(extent.bottom, end), extent.columns)
        if any(
            cell.top < extent.bottom or cell.left < extent.left or cell.right > extent.right for cell in cells
        ) or not any(cell.is_figures for cell in cells):
            return
        if any(_is_header(net, extent, row) for row in range(extent.bottom, end)):
            return
        extent.bottom = end


def _is_header(net: Net, extent: _Extent, row: int) -> bool:
    cells = [cell for place in extent.figures for cell in net.within(range(row, row + 1), place)]
    return all(cell.is_words and not cell.figures for cell in cells)


def _reach_up(net: Net, extent: _Extent) -> None:
    """Go up over the rows of the header, to a title over all of it."""
    while extent.head:
        start = row = extent.head - 1
        while row >= start:
            start = min(start, *(cell.top for cell in net.within(range(row, row + 1), extent.columns)))
            row -= 1
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


def _table(net: Net, extent: _Extent, taken: set[int]) -> tuple[Table, set[int]] | None:
    """The table there and its regions, if its rows have labels."""
    first = extent.figures[0].start
    of_figures = {column for place in extent.figures for column in place}
    # A box of words among the columns of figures is no part of the table.
    body = [
        cell
        for cell in net.within(range(extent.top, extent.bottom), extent.columns)
        if not (cell.is_words and len(cell.rows) > 1 and of_figures.issuperset(range(cell.left, cell.right)))
    ]
    if any(cell.number in taken for cell in body):
        return None
    rows = pdf_cells.rows_of(line for cell in body if cell.is_figures for line in cell.lines)
    middles = [sum(line.middle for line in row) / len(row) for row in rows]
    cut = {cell.number for cell in body if cell.left in of_figures or _stands_level(cell, net.grid, middles)}
    labels = [cell for cell in body if cell.number in cut and cell.right <= first]
    middles = sorted(middles + _rows_of_labels(labels, middles))
    if len(middles) < ROWS:
        return None
    places = _places(net, extent, body)
    at = [min(max(bisect_right(net.grid.ys, middle) - 1, extent.top), extent.bottom - 1) for middle in middles]
    shown = _shown(net, places, at, {cell.number for cell in body}, cut, first)
    said = _texts(net, body, places, middles, at, cut, first)
    if not said.keys() <= {key for keys in shown for key in keys}:
        # Something would be lost.
        return None
    heads: list[list[_Key]] = []
    for row in range(extent.head, extent.top):
        head = [(net.at(row, column).number, _EMPTY, _EMPTY) for column in places]
        if not heads or head != heads[-1]:
            heads.append(head)
    said |= {key: net.cells[key[0]].text for head in heads for key in head}
    left = sum(place < first for place in places)
    words = sum(any(character.isalpha() for character in text) for text in said.values())
    labelled = sum(any(said.get(key) for key in row[:left] if key[1] >= 0) for row in shown)
    if words < 2 or labelled < _LABELLED * len(middles):
        return None
    return _made(net, extent, body, places, heads, shown, said, taken)


def _made(
    net: Net,
    extent: _Extent,
    body: list[Cell],
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


def _shown(net: Net, places: list[int], at: list[int], body: set[int], cut: set[int], first: int) -> list[list[_Key]]:
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
    net: Net, body: list[Cell], places: list[int], middles: list[float], at: list[int], cut: set[int], first: int
) -> dict[_Key, str]:
    lines: dict[_Key, list[Line]] = {}
    for cell in body:
        for line in cell.lines:
            beside = [number for number, row in enumerate(at) if cell.top <= row < cell.bottom]
            level = min(beside, key=lambda number: abs(middles[number] - line.middle), default=_EMPTY)
            middle = max(net.grid.xs[cell.left], (line.x0 + line.x1) / 2)
            if cell.number not in cut:
                key = (cell.number, _EMPTY, _EMPTY)
            elif cell.left >= first:
                key = (cell.number, level, sum(net.grid.xs[place] <= middle for place in places) - 1)
            else:
                key = (net.label_at(at[level], cell.left).number, level, _EMPTY)
            lines.setdefault(key, []).append(line)
    return {key: pdf_cells.cell_text(found) for key, found in lines.items()}


def _stands_level(cell: Cell, grid: Grid, middles: Sequence[float]) -> bool:
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


def _rows_of_labels(labels: list[Cell], middles: Sequence[float]) -> list[float]:
    """The places of labels that no figure stands beside."""
    alone: list[float] = []
    for cell in labels:
        if cell.is_figures or cell.is_upright:
            continue
        for row in cell.rows:
            place, size = row[0].middle, row[0].size
            if all(abs(place - other) >= 0.8 * size for other in [*middles, *alone]):
                alone.append(place)
    return alone


def _places(net: Net, extent: _Extent, body: list[Cell]) -> list[int]:
    """The columns of the net that are columns of the table: where something begins."""
    heads = net.within(range(extent.head, extent.top), extent.columns)
    places = {place.start for place in extent.figures} | {extent.left} | {cell.left for cell in heads}
    places |= {cell.left for cell in body if cell.lines}
    return sorted(place for place in places if extent.left <= place < extent.right)
