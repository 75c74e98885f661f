"""Ruled lines -> the cells they enclose, merged ones as one."""

from dataclasses import dataclass

import numpy as np

from madoguchi.readers.ocr_image import Box, Rule


@dataclass
class Cell:
    """A cell: its place in the grid (row, column, rows, columns) and its box in pixels."""

    row: int
    column: int
    rows: int
    columns: int
    box: Box


@dataclass
class Grid:
    """A table of ruled lines in pixels: its frame, its size, its cells from the top left."""

    box: Box
    rows: int
    columns: int
    cells: list[Cell]


def grids(across: list[Rule], down: list[Rule], em: int) -> tuple[list[Grid], list[Rule]]:
    """Return the tables of a page from the top, and every line that is a rule, not a stroke of a large character."""
    near = max(3, em // 3)
    found, rules = [], []
    for group_across, group_down in _groups(across, down, near):
        group = group_across + group_down
        box = (
            min(rule.x0 for rule in group),
            min(rule.top for rule in group),
            max(rule.x1 for rule in group),
            max(rule.bottom for rule in group),
        )
        # A character of a title is never so large.
        if max(box[2] - box[0], box[3] - box[1]) < 5.5 * em:
            continue
        rules += group
        grid = _grid(box, group_across, group_down, near)
        if grid and len(grid.cells) > 1:
            found.append(grid)
    return sorted(found, key=lambda grid: (grid.box[1], grid.box[0])), rules


def _groups(across: list[Rule], down: list[Rule], near: int) -> list[tuple[list[Rule], list[Rule]]]:
    """The lines that touch, together."""
    every = [*across, *down]
    leader = list(range(len(every)))

    def lead(at: int) -> int:
        while leader[at] != at:
            leader[at] = leader[leader[at]]
            at = leader[at]
        return at

    boxes = np.array([[rule.x0, rule.top, rule.x1, rule.bottom] for rule in every]).reshape(-1, 4)
    for at, (x0, top, x1, bottom) in enumerate(boxes):
        touching = (
            (boxes[:, 0] <= x1 + near)
            & (boxes[:, 2] >= x0 - near)
            & (boxes[:, 1] <= bottom + near)
            & (boxes[:, 3] >= top - near)
        )
        for other in np.flatnonzero(touching).tolist():
            leader[lead(other)] = lead(at)
    groups: dict[int, tuple[list[Rule], list[Rule]]] = {}
    for at, rule in enumerate(every):
        groups.setdefault(lead(at), ([], []))[0 if at < len(across) else 1].append(rule)
    return list(groups.values())


def _places(values: list[float], near: int) -> list[int]:
    """Values that lie together as one, ascending."""
    places: list[list[float]] = []
    for value in sorted(values):
        if places and value - places[-1][-1] <= near:
            places[-1].append(value)
        else:
            places.append([value])
    return [round(sum(place) / len(place)) for place in places]


def _grid(box: Box, across: list[Rule], down: list[Rule], near: int) -> Grid | None:
    xs = _places([(rule.x0 + rule.x1) / 2 for rule in down], near)
    ys = _places([(rule.top + rule.bottom) / 2 for rule in across], near)
    # A table may be open at its sides or its ends.
    xs = [*([box[0]] if not xs or xs[0] - box[0] > 3 * near else []), *xs]
    xs = [*xs, *([box[2]] if box[2] - xs[-1] > 3 * near else [])]
    ys = [*([box[1]] if not ys or ys[0] - box[1] > 3 * near else []), *ys]
    ys = [*ys, *([box[3]] if box[3] - ys[-1] > 3 * near else [])]
    rows, columns = len(ys) - 1, len(xs) - 1
    if rows < 1 or columns < 1 or rows * columns > 20_000 or not across or not down:
        return None
    # [row, column]: whether a line stands under the cell, and at its right.
    under, right = np.zeros((rows, columns), bool), np.zeros((rows, columns), bool)
    for row in range(rows - 1):
        at = [rule for rule in across if abs((rule.top + rule.bottom) / 2 - ys[row + 1]) <= near + 1]
        for column in range(columns):
            under[row, column] = _covers([(rule.x0, rule.x1) for rule in at], xs[column], xs[column + 1])
    for column in range(columns - 1):
        at = [rule for rule in down if abs((rule.x0 + rule.x1) / 2 - xs[column + 1]) <= near + 1]
        for row in range(rows):
            right[row, column] = _covers([(rule.top, rule.bottom) for rule in at], ys[row], ys[row + 1])
    return Grid((xs[0], ys[0], xs[-1], ys[-1]), rows, columns, _merged(xs, ys, under, right))


def _covers(stretches: list[tuple[int, int]], start: int, end: int) -> bool:
    """Whether lines cover most of the side of a cell."""
    return sum(max(0, min(end, stop) - max(start, begin)) for begin, stop in stretches) >= 0.6 * (end - start)


def _merged(xs: list[int], ys: list[int], under: np.ndarray, right: np.ndarray) -> list[Cell]:
    rows, columns = under.shape
    taken = np.zeros((rows, columns), bool)
    cells = []
    for row in range(rows):
        for column in range(columns):
            if taken[row, column]:
                continue
            wide = 1
            while column + wide < columns and not right[row, column + wide - 1] and not taken[row, column + wide]:
                wide += 1
            tall = 1
            while row + tall < rows and not under[row + tall - 1, column : column + wide].any():
                # The next row belongs to it only when no line parts it inside.
                if right[row + tall, column : column + wide - 1].any():
                    break
                tall += 1
            taken[row : row + tall, column : column + wide] = True
            cells.append(Cell(row, column, tall, wide, (xs[column], ys[row], xs[column + wide], ys[row + tall])))
    return cells
