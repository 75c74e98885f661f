"""Tables of figures without lines: rows whose figures end at the same places, and the words over them.

Found among the lines of the open page, after ruled tables and figures have taken theirs. A table needs three rows with
two figures each in columns that end at one place; ordinary text, contents and lists of names do not have them.
"""

import re
from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass, field
from itertools import pairwise

from madoguchi.readers import pdf_cells, structure
from madoguchi.readers.pdf_layout import Table
from madoguchi.readers.pdf_text import Line

_YEAR = re.compile(
    r"(?:[MTSHR]|明治|大正|昭和|平成|令和)?\s*[元\d０-９]{1,4}\s*(?:年度?|月|日|歳|年\d+月)|(?:19|20)\d\d"
)
# At least so many rows of figures, and figures in a row.
_ROWS, _IN_ROW = 3, 2
# A row of words at most so many characters long is a label; longer ones are text.
_LONG = 32
# A figure with its sign, commas and unit.
_LONGEST = 24
# Share of the figures that must stand in columns that end at one place.
_ALIGNED = 0.8
_HEADER_ROWS = 5


@dataclass
class _Row:
    middle: float
    lines: list[Line]
    figures: list[Line] = field(default_factory=list)


@dataclass
class _Column:
    x0: float
    x1: float
    figures: bool


def take(lines: list[Line], page_width: float) -> tuple[list[Line], list[Table]]:
    """Part lines into those that stay and the tables of figures among them."""
    figures = {id(line) for line in lines if len(line.text) <= _LONGEST and not line.vertical and _is_figure(line.text)}
    if len(figures) < _ROWS * _IN_ROW:
        return lines, []
    rows = _rows([line for line in lines if not line.vertical], figures)
    tables: list[Table] = []
    at = 0
    floor = 0
    while at < len(rows):
        end = _block_end(rows, at, page_width)
        table = _table(rows, at, end, floor) if end - at >= _ROWS else None
        if table:
            tables.append(table)
            at = floor = end
        else:
            at += 1
    if not tables:
        return lines, []
    taken = {id(line) for table in tables for line in table.lines}
    return [line for line in lines if id(line) not in taken], tables


def take_into(lines: list[Line], tables: list[Table], page_width: float) -> list[Line]:
    """Add the tables of figures to `tables`; return the lines that stay."""
    rest, found = take(lines, page_width)
    tables += found
    return rest


def _is_figure(text: str) -> bool:
    return bool(pdf_cells.FIGURE.fullmatch(text.replace(" ", "").replace("\u3000", "")))


def _rows(lines: Sequence[Line], figures: set[int]) -> list[_Row]:
    rows: list[_Row] = []
    for line in sorted(lines, key=lambda line: line.middle):
        # Characters of figures are lower than those of words beside them: the tolerance is of the taller.
        if rows and abs(line.middle - rows[-1].middle) < 0.4 * max(line.size, rows[-1].lines[-1].size):
            rows[-1].lines.append(line)
        else:
            rows.append(_Row(line.middle, [line]))
    for row in rows:
        row.lines.sort(key=lambda line: line.x0)
        row.figures = [line for line in row.lines if id(line) in figures]
    return rows


def _is_body(row: _Row, page_width: float) -> bool:
    if len(row.figures) < _IN_ROW:
        return False
    words = [line for line in row.lines if line not in row.figures]
    if any(len(line.text) > _LONG and line.x1 - line.x0 > 0.35 * page_width for line in words):
        return False
    return not any("…" in line.text or "・・" in line.text or "..." in line.text for line in words)


def _block_end(rows: list[_Row], start: int, page_width: float) -> int:
    """The end of the rows that go on evenly from a row of figures; a row of a single label may stand between."""
    if not _is_body(rows[start], page_width):
        return start
    end = start + 1
    pitch = 0.0
    while end < len(rows):
        distance = rows[end].middle - rows[end - 1].middle
        size = rows[end].lines[0].size
        if distance > max(3.2 * size, 1.9 * pitch):
            break
        if not _is_body(rows[end], page_width):
            # One row of a label (a town's district, 「再掲」) between rows of figures.
            after = rows[end + 1] if end + 1 < len(rows) else None
            label = len(rows[end].lines) == 1 or (rows[end].figures and len(rows[end].lines) <= 3)
            if not (label and after and _is_body(after, page_width) and _is_short(rows[end])):
                break
            if after.middle - rows[end].middle > max(3.2 * size, 1.9 * pitch):
                break
        pitch = max(pitch, distance) if pitch else distance
        end += 1
    return end


def _is_short(row: _Row) -> bool:
    return all(len(line.text) <= 20 and not line.text.endswith("。") for line in row.lines)


def _table(rows: list[_Row], start: int, end: int, floor: int) -> Table | None:
    body = rows[start:end]
    # Years at the top are a header, though figures.
    first = start
    while first < end - 2 and _are_years(rows[first]) and not _are_years(rows[first + 1]):
        first += 1
    body = rows[first:end]
    if len(body) < _ROWS:
        return None
    size = sorted(line.size for row in body for line in row.lines)[sum(len(row.lines) for row in body) // 2]
    columns = _columns(body, size)
    wanted = [column for column in columns if column.figures]
    if len(wanted) < 2 or len(columns) < 3:
        return None
    if not _is_aligned(body, columns, size):
        return None
    header = _header(rows, first, floor, columns, size)
    heads, spans = _heads(header, columns)
    cells = heads + [_cells_of(row, columns) for row in body]
    used = [line for row in body for line in row.lines] + header
    # Words must say what the figures are.
    if not any(character.isalpha() for row in cells for cell in row for character in cell):
        return None
    x0, x1 = min(line.x0 for line in used), max(line.x1 for line in used)
    table = Table(
        x0,
        min(line.top for line in used),
        x1,
        max(line.bottom for line in used),
        cells,
        len(heads),
        [column.x1 if column.figures else column.x0 for column in columns],
    )
    table.lines = used
    table.spans = spans
    return table


def _are_years(row: _Row) -> bool:
    return bool(row.figures) and all(_YEAR.fullmatch(line.text.replace(" ", "")) for line in row.figures)


def _columns(body: list[_Row], size: float) -> list[_Column]:
    """Columns by the places that hardly any row writes over."""
    full = [row for row in body if len(row.figures) >= _IN_ROW]
    spans = sorted((line.x0, line.x1, line in row.figures) for row in full for line in row.lines)
    columns: list[_Column] = []
    counts: list[list[int]] = []
    for x0, x1, figure in spans:
        if columns and x0 < columns[-1].x1 - 0.05 * size:
            columns[-1].x1 = max(columns[-1].x1, x1)
            counts[-1][figure] += 1
        else:
            columns.append(_Column(x0, x1, False))
            counts.append([0, int(figure)] if figure else [1, 0])
    for column, (words, figures) in zip(columns, counts, strict=True):
        column.figures = figures > words
    return _united(columns, full, size)


def _united(columns: list[_Column], rows: list[_Row], size: float) -> list[_Column]:
    """A 「－」 that stands a little to the right of where the figures end is in their column: no row has both."""
    united: list[_Column] = []
    for column in columns:
        last = united[-1] if united else None
        if last and last.figures and column.figures and column.x0 - last.x1 < size:
            both = any(_stands_in(row, last) and _stands_in(row, column) for row in rows)
            if not both:
                last.x1 = column.x1
                continue
        united.append(column)
    return united


def _stands_in(row: _Row, column: _Column) -> bool:
    return any(column.x0 - 0.1 <= line.x0 and line.x1 <= column.x1 + 0.1 for line in row.lines)


def _is_aligned(body: list[_Row], columns: list[_Column], size: float) -> bool:
    """Whether most figures end where the column's others end (or begin there, or stand at its middle)."""
    good = total = 0
    filled = 0
    for column in columns:
        if not column.figures:
            continue
        mine = [line for row in body for line in row.figures if column.x0 - 1 <= line.x0 and line.x1 <= column.x1 + 1]
        total += len(mine)
        best = 0
        for places in (
            [line.x1 for line in mine],
            [line.x0 for line in mine],
            [(line.x0 + line.x1) / 2 for line in mine],
        ):
            best = max(best, max((sum(abs(a - b) < 0.35 * size for b in places) for a in places), default=0))
        good += best
        filled += len(mine) >= max(2, 0.4 * len(body))
    return total > 0 and good >= _ALIGNED * total and filled >= 2


def _header(rows: list[_Row], first: int, floor: int, columns: list[_Column], size: float) -> list[Line]:
    """The lines of words right above the body."""
    left, right = columns[0].x0 - 2 * size, columns[-1].x1 + 2 * size
    found: list[Line] = []
    below = rows[first].middle
    single: list[Line] = []
    for at in range(first - 1, max(floor, first - 1 - _HEADER_ROWS) - 1, -1):
        row = rows[at]
        if below - row.middle > 2.6 * size:
            break
        said = [line for line in row.lines if left <= line.x0 and line.x1 <= right]
        if len(said) < len(row.lines) or any(len(line.text) > 24 or line.text.endswith("。") for line in said):
            break
        if any(structure.unit_of(line.text) for line in said):
            break
        if row.figures and not _are_years(row):
            break
        if len(said) == 1:
            # 「比較」 over two columns; one line at the left is a title, unless more of the header stands above it.
            centre = (said[0].x0 + said[0].x1) / 2
            if said[0].x0 <= columns[0].x0 + size and at - 1 >= floor and len(rows[at - 1].lines) < 2:
                break
            if centre < columns[0].x1 and not found:
                break
            single += said
        else:
            found += single + said
            single = []
        below = row.middle
    # A line alone on top of all others is part of it when it stands over columns and close to them.
    for line in single:
        if found and line.x0 > columns[0].x1 and min(other.top for other in found) - line.bottom < 0.8 * size:
            found.append(line)
    return found


def _heads(header: list[Line], columns: list[_Column]) -> tuple[list[list[str]], list[list[int]]]:
    """The header as rows of cells, and its merged cells: each column has its own words lowest, and over them those of
    the groups it belongs to."""
    if not header:
        return [], []
    levels: list[list[Line]] = []
    for line in sorted(header, key=lambda line: line.middle):
        if levels and abs(line.middle - levels[-1][0].middle) < 0.4 * line.size:
            levels[-1].append(line)
        else:
            levels.append([line])
    leaves: list[Line] = []
    groups: list[Line] = []
    lower: list[list[Line]] = []
    for level in reversed(levels):
        new: list[Line] = []
        # As many lines, each over the middle of one: the words of each column go on in a second line.
        wraps = any(_goes_on_below(level, below) for below in lower)
        lower.append(level)
        for line in level:
            centre = (line.x0 + line.x1) / 2
            under = [other for other in leaves if other.top > line.top + 0.5 * line.size]
            before = any((o.x0 + o.x1) / 2 <= centre + 0.3 * line.size for o in under)
            after = any((o.x0 + o.x1) / 2 >= centre - 0.3 * line.size for o in under)
            (groups if before and after and not wraps else new).append(line)
        leaves += new
    leaves.sort(key=lambda line: line.x0)
    places = _matched(leaves, columns)
    stacks: list[list[Line]] = [[] for _ in columns]
    for line, column in zip(leaves, places, strict=True):
        stacks[column].append(line)
    for stack in stacks:
        stack.sort(key=lambda line: line.middle)
        # Lines close under each other in one column are one cell that wraps.
        while len(stack) > 1 and stack[1].top - stack[0].bottom < 0.6 * stack[0].size:
            whole = copy(stack[0])
            whole.text = structure.join(stack[0].text, stack[1].text)
            whole.bottom = stack[1].bottom
            stack[:2] = [whole]
    _add_groups(groups, leaves, places, stacks, columns)
    depth = max(len(stack) for stack in stacks)
    # The words of a column broken over lines are one.
    heads = [["" for _ in columns] for _ in range(depth)]
    owner = [[0 for _ in columns] for _ in range(depth)]
    for column, stack in enumerate(stacks):
        for row in range(depth):
            # The first reaches down as far as nothing stands under it.
            index = max(0, row - (depth - len(stack)))
            if stack:
                heads[row][column] = stack[index].text
                owner[row][column] = id(stack[index])
            else:
                owner[row][column] = -column - 1
    return heads, pdf_cells.spans(owner)


def _goes_on_below(level: list[Line], below: list[Line]) -> bool:
    if len(level) != len(below):
        return False
    pairs = zip(*(sorted(lines, key=lambda line: line.x0) for lines in (level, below)), strict=True)
    return all(abs(a.x0 + a.x1 - b.x0 - b.x1) < 1.2 * a.size for a, b in pairs)


def _matched(leaves: list[Line], columns: list[_Column]) -> list[int]:
    """The column of each header, in order: its own when they are as many, else the nearest."""
    rows = {round(line.middle) for line in leaves}
    if len(leaves) == len(columns) and len(rows) <= 3:
        return list(range(len(columns)))
    edges = [columns[0].x0]
    for a, b in pairwise(columns):
        # A column of figures ends with them, one of words begins with them.
        edges.append(b.x0 if not b.figures else a.x1 if a.figures else (a.x1 + b.x0) / 2)
    edges.append(columns[-1].x1)
    places = []
    for line in leaves:
        centre = (line.x0 + line.x1) / 2
        costs = [max(edges[at] - centre, centre - edges[at + 1], 0.0) for at in range(len(columns))]
        places.append(min(range(len(columns)), key=lambda at: costs[at]))
    return places


def _middle(columns: list[_Column], first: int, last: int) -> float:
    """The middle of the cells of some columns of figures, of which only their right ends are known."""
    at = first if first and columns[first - 1].figures else min(first + 1, len(columns) - 1)
    width = columns[at].x1 - columns[at - 1].x1
    return (columns[first].x1 - width + columns[last].x1) / 2


def _add_groups(
    groups: list[Line], leaves: list[Line], places: list[int], stacks: list[list[Line]], columns: list[_Column]
) -> None:
    centres = [(line.x0 + line.x1) / 2 for line in leaves]
    for group in sorted(groups, key=lambda line: -line.middle):
        centre = (group.x0 + group.x1) / 2
        beside = [
            (line.x0 + line.x1) / 2 for line in groups if line is not group and abs(line.middle - group.middle) < 3
        ]
        # Those under it that are nearer to it than to its neighbours.
        near = [
            at
            for at, line in enumerate(leaves)
            if line.top > group.top + 0.5 * group.size
            and all(abs(centres[at] - centre) <= abs(centres[at] - other) for other in beside)
        ]
        runs = [(i, j) for i in range(len(near)) for j in range(i, len(near)) if near[j] - near[i] == j - i]
        if not runs:
            continue
        tolerance = 0.9 * group.size

        def rank(
            run: tuple[int, int], near: list[int] = near, c: float = centre, t: float = tolerance
        ) -> tuple[int, int]:
            first, last = near[run[0]], near[run[1]]
            # It stands at the middle of the words under it, or of their columns where those words stand at the right.
            middles = ((centres[first] + centres[last]) / 2, _middle(columns, places[first], places[last]))
            return (int(min(abs(middle - c) for middle in middles) / t), run[0] - run[1])

        i, j = min(runs, key=rank)
        for at in near[i : j + 1]:
            stacks[places[at]].insert(0, group)


def _cells_of(row: _Row, columns: list[_Column]) -> list[str]:
    cells = ["" for _ in columns]
    for line in row.lines:
        shared = [min(line.x1, column.x1) - max(line.x0, column.x0) for column in columns]
        at = max(range(len(columns)), key=lambda index: shared[index])
        cells[at] = f"{cells[at]} {line.text}".strip()
    return cells
