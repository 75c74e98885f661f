"""Ruled lines of a PDF page -> grids of cells, with merged cells.

PDFium's own path objects are enough: pdfplumber finds the same lines by reading the page a second time with
pdfminer, which takes fifty times as long, and it does not close a table that is open at its left and right.
"""

import ctypes
from bisect import bisect_left, bisect_right
from dataclasses import dataclass, field
from itertools import pairwise

import pypdfium2_raw as pdfium

from madoguchi.readers import pdfium_calls
from madoguchi.readers.pdf_objects import MAX_OBJECTS, Drawn, Path, matrix_of, times

# Lines at most this far apart (points) are one, and a line covers a cell's side that reaches this far past its end.
_SNAP = 3.0
# Lines that come this near belong to one table: a frame drawn around a table keeps a little more distance.
_TOUCH = 1.5
_THIN = 3.0
_MIN_LENGTH = 6.0
_MAX_SEGMENTS = 60_000
# A box has at most so many points; a filled shape of more with a curve among them is a drawing or a letter.
_BOX_SEGMENTS, _DRAWING_SEGMENTS = 5, 20


@dataclass
class Rules:
    """Ruled lines in shown points: horizontal (y, x0, x1), vertical (x, top, bottom); boxes that are only filled."""

    horizontal: list[tuple[float, float, float]] = field(default_factory=list)
    vertical: list[tuple[float, float, float]] = field(default_factory=list)
    filled: list[tuple[float, float, float, float]] = field(default_factory=list)
    # What may be such boxes and has not been looked at.
    grounds: list[Path] = field(default_factory=list)
    segments: int = 0

    def add_box(self, x0: float, top: float, x1: float, bottom: float) -> None:
        """Add the four sides of a box."""
        self.horizontal += [(top, x0, x1), (bottom, x0, x1)]
        self.vertical += [(x0, top, bottom), (x1, top, bottom)]

    def boxes(self) -> list[tuple[float, float, float, float]]:
        """The boxes that are only filled."""
        for path in self.grounds:
            _points(path, pdfium_calls.count_segments(path.handle), self)
        self.grounds = []
        return self.filled


@dataclass
class Grid:
    """Lines that hang together: the places of their columns and rows, and the region of each elementary cell."""

    xs: list[float]
    ys: list[float]
    # [row][column] -> number of the region (merged cell), counting from 0.
    region: list[list[int]]
    count: int
    # [row][column] -> whether a line stands at its right.
    walls: list[list[bool]]

    @property
    def box(self) -> tuple[float, float, float, float]:
        return self.xs[0], self.ys[0], self.xs[-1], self.ys[-1]

    def at(self, x: float, y: float) -> int:
        """The region at a point, or -1 outside."""
        column, row = bisect_right(self.xs, x) - 1, bisect_right(self.ys, y) - 1
        if 0 <= column < len(self.xs) - 1 and 0 <= row < len(self.ys) - 1:
            return self.region[row][column]
        return -1


def rules(drawn: Drawn) -> Rules:
    """Return the ruled lines of a page; none when it has too many objects to be a page of tables (a map, a plan)."""
    found = Rules()
    if drawn.objects > MAX_OBJECTS:
        return found
    for path in drawn.paths:
        x0, top, x1, bottom = path.box
        # Most paths are one rule or too small for one: their bounds tell, and their points need not be asked for.
        if bottom - top <= _THIN:
            if x1 - x0 >= _MIN_LENGTH:
                found.horizontal.append(((top + bottom) / 2, x0, x1))
        elif x1 - x0 <= _THIN:
            if bottom - top >= _MIN_LENGTH:
                found.vertical.append(((x0 + x1) / 2, top, bottom))
        elif x1 - x0 >= _MIN_LENGTH or bottom - top >= _MIN_LENGTH:
            _shape(path, found)
            if found.segments > _MAX_SEGMENTS:
                return Rules()
    return found


def _shape(path: Path, found: Rules) -> None:
    count = pdfium_calls.count_segments(path.handle)
    if not path.stroke and count <= _BOX_SEGMENTS:
        # Hardly ever asked for.
        found.grounds.append(path)
    # A filled shape of many points is a drawing; rules come as boxes.
    elif 2 <= count <= (5000 if path.stroke else 500):
        found.segments += count
        _points(path, count, found)


_x, _y = ctypes.c_float(), ctypes.c_float()
_X, _Y = ctypes.addressof(_x), ctypes.addressof(_y)


def _points(path: Path, count: int, found: Rules) -> None:
    a, b, c, d, e, f = times(matrix_of(path.handle), path.matrix)
    get, point, kind_of = pdfium_calls.path_segment, pdfium_calls.segment_point, pdfium_calls.segment_type
    move, curve, item = pdfium.FPDF_SEGMENT_MOVETO, pdfium.FPDF_SEGMENT_BEZIERTO, path.handle
    points: list[tuple[float, float]] = []
    curved = False
    for index in range(count):
        segment = get(item, index)
        kind = kind_of(segment)
        if kind == move:
            _subpath(points, curved, path.stroke, found)
            points, curved = [], False
        elif kind == curve:
            if not path.stroke and count > _DRAWING_SEGMENTS:
                return
            curved = True
        point(segment, _X, _Y)
        points.append((a * _x.value + c * _y.value + e, b * _x.value + d * _y.value + f))
    _subpath(points, curved, path.stroke, found)


def _subpath(points: list[tuple[float, float]], curved: bool, stroke: bool, found: Rules) -> None:
    if len(points) < 2:
        return
    xs, ys = [point[0] for point in points], [point[1] for point in points]
    x0, x1, top, bottom = min(xs), max(xs), min(ys), max(ys)
    if bottom - top <= _THIN:
        if x1 - x0 >= _MIN_LENGTH:
            found.horizontal.append(((top + bottom) / 2, x0, x1))
    elif x1 - x0 <= _THIN:
        if bottom - top >= _MIN_LENGTH:
            found.vertical.append(((x0 + x1) / 2, top, bottom))
    elif len(points) in (4, 5) and not curved and _is_box(points):
        if stroke:
            found.add_box(x0, top, x1, bottom)
        elif x1 - x0 >= 12 and bottom - top >= 8:
            found.filled.append((x0, top, x1, bottom))
    elif stroke and not curved:
        for (xa, ya), (xb, yb) in pairwise(points):
            if abs(ya - yb) <= 1 and abs(xa - xb) >= _MIN_LENGTH:
                found.horizontal.append(((ya + yb) / 2, min(xa, xb), max(xa, xb)))
            elif abs(xa - xb) <= 1 and abs(ya - yb) >= _MIN_LENGTH:
                found.vertical.append(((xa + xb) / 2, min(ya, yb), max(ya, yb)))


def _is_box(points: list[tuple[float, float]]) -> bool:
    return all(
        abs(xa - xb) < 1 or abs(ya - yb) < 1 for (xa, ya), (xb, yb) in zip(points, points[1:] + points[:1], strict=True)
    )


def grids(found: Rules) -> list[Grid]:
    """Return the grids of lines that cross or touch, the smallest first."""
    if len(found.horizontal) < 2 or len(found.vertical) < 1:
        return []
    horizontal, vertical = _merge(found.horizontal), _merge(found.vertical)
    if len(horizontal) * len(vertical) > 2_000_000:
        return []
    made = [_grid(*group) for group in _groups(horizontal, vertical)]
    return sorted(
        (grid for grid in made if grid), key=lambda grid: (grid.xs[-1] - grid.xs[0]) * (grid.ys[-1] - grid.ys[0])
    )


def _merge(lines: list[tuple[float, float, float]]) -> list[tuple[float, float, float]]:
    """Make lines at almost the same place one, and join pieces that almost touch (dashes, cell by cell borders)."""
    lines = sorted(lines)
    merged: list[tuple[float, float, float]] = []
    at = 0
    while at < len(lines):
        end = at + 1
        while end < len(lines) and lines[end][0] - lines[end - 1][0] <= 1.5 and lines[end][0] - lines[at][0] <= _SNAP:
            end += 1
        group = sorted(lines[at:end], key=lambda line: line[1])
        place = sum(line[0] for line in group) / len(group)
        start, stop = group[0][1], group[0][2]
        for _, begin, finish in group[1:]:
            if begin <= stop + _SNAP:
                stop = max(stop, finish)
            else:
                merged.append((place, start, stop))
                start, stop = begin, finish
        merged.append((place, start, stop))
        at = end
    return [line for line in merged if line[2] - line[1] >= _MIN_LENGTH]


Lines = list[tuple[float, float, float]]


def _groups(horizontal: Lines, vertical: Lines) -> list[tuple[Lines, Lines]]:
    parent = list(range(len(horizontal) + len(vertical)))

    def root(index: int) -> int:
        while parent[index] != index:
            parent[index] = parent[parent[index]]
            index = parent[index]
        return index

    # Those that stand upright come from the left.
    xs = [line[0] for line in vertical]
    for i, (y, x0, x1) in enumerate(horizontal):
        for j in range(bisect_left(xs, x0 - _TOUCH), bisect_right(xs, x1 + _TOUCH)):
            _, top, bottom = vertical[j]
            if top - _TOUCH <= y <= bottom + _TOUCH:
                parent[root(i)] = root(len(horizontal) + j)
    groups: dict[int, tuple[Lines, Lines]] = {}
    for i, line in enumerate(horizontal):
        groups.setdefault(root(i), ([], []))[0].append(line)
    for j, line in enumerate(vertical):
        groups.setdefault(root(len(horizontal) + j), ([], []))[1].append(line)
    return [group for group in groups.values() if len(group[0]) >= 2 and group[1]]


def _grid(horizontal: Lines, vertical: Lines) -> Grid | None:
    """The cells between lines that hang together. Where the outermost lines are missing (a table open at its sides),
    the ends of the others stand for them."""
    xs = _places([line[0] for line in vertical] + [min(h[1] for h in horizontal), max(h[2] for h in horizontal)])
    ys = _places([line[0] for line in horizontal] + [min(v[1] for v in vertical), max(v[2] for v in vertical)])
    rows, columns = len(ys) - 1, len(xs) - 1
    if rows < 1 or columns < 1 or rows * columns > 200_000:
        return None
    walls_right = [[False] * columns for _ in range(rows)]
    walls_below = [[False] * columns for _ in range(rows)]
    for x, top, bottom in vertical:
        column = _nearest(xs, x) - 1
        if 0 <= column < columns:
            for row in range(rows):
                slack = min(_SNAP, 0.25 * (ys[row + 1] - ys[row]))
                if top - slack <= (ys[row] + ys[row + 1]) / 2 <= bottom + slack:
                    walls_right[row][column] = True
    for y, x0, x1 in horizontal:
        row = _nearest(ys, y) - 1
        if 0 <= row < rows:
            for column in range(columns):
                slack = min(_SNAP, 0.25 * (xs[column + 1] - xs[column]))
                if x0 - slack <= (xs[column] + xs[column + 1]) / 2 <= x1 + slack:
                    walls_below[row][column] = True
    return _regions(xs, ys, walls_right, walls_below)


def _regions(xs: list[float], ys: list[float], right: list[list[bool]], below: list[list[bool]]) -> Grid:
    rows, columns = len(ys) - 1, len(xs) - 1
    region = [[-1] * columns for _ in range(rows)]
    count = 0
    for row in range(rows):
        for column in range(columns):
            if region[row][column] >= 0:
                continue
            # A merged cell is a rectangle: right along the row, then down while every cell below is open.
            end = column
            while end + 1 < columns and not right[row][end] and region[row][end + 1] < 0:
                end += 1
            bottom = row
            while (
                bottom + 1 < rows
                and all(not below[bottom][at] and region[bottom + 1][at] < 0 for at in range(column, end + 1))
                and not any(right[bottom + 1][column:end])
            ):
                bottom += 1
            for r in range(row, bottom + 1):
                region[r][column : end + 1] = [count] * (end + 1 - column)
            count += 1
    return Grid(xs, ys, region, count, right)


def _places(values: list[float]) -> list[float]:
    """Sorted places, those within the snap of each other taken as one."""
    places: list[float] = []
    for value in sorted(values):
        if not places or value - places[-1] > _SNAP + 0.5:
            places.append(value)
    return places


def _nearest(places: list[float], value: float) -> int:
    after = bisect_left(places, value)
    if after == len(places) or (after and value - places[after - 1] <= places[after] - value):
        return after - 1
    return after
