"""The cells of a net of lines, with the rows of text in them."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from madoguchi.readers import pdf_cells
from madoguchi.readers.pdf_tables import Grid
from madoguchi.readers.pdf_text import Line

# A band has at least so many rows of figures.
ROWS = 3
# A figure with its sign, commas, spaces and unit.
_LONGEST = 32


@dataclass(eq=False)
class Cell:
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
        """Return its text as one."""
        return pdf_cells.cell_text(self.lines)

    @property
    def is_figures(self) -> bool:
        return 0 < self.figures >= len(self.lines) - self.figures

    @property
    def is_words(self) -> bool:
        return bool(self.lines) and not self.is_figures

    @property
    def is_band(self) -> bool:
        return self.is_figures and len(self.rows) >= ROWS and self.figures >= 0.8 * len(self.rows)

    @property
    def is_upright(self) -> bool:
        """Whether its words stand one character under another, as those at the side of many rows do."""
        if not self.lines or all(line.vertical for line in self.lines):
            return True
        middles = [line.x0 + line.x1 for line in self.lines]
        return len(self.lines) > 1 and max(middles) - min(middles) < 2 and all(len(x.text) == 1 for x in self.lines)


@dataclass
class Net:
    """A grid with its cells; `at(row, column)` is the one there."""

    grid: Grid
    cells: dict[int, Cell]

    def at(self, row: int, column: int) -> Cell:
        return self.cells[self.grid.region[row][column]]

    def label_at(self, row: int, column: int) -> Cell:
        """The cell a label there begins in: where a cell below or above is narrower, one without a line between may
        come as two."""
        while column and not self.grid.walls[row][column - 1]:
            column -= 1
        return self.at(row, column)

    def within(self, rows: range, columns: range) -> list[Cell]:
        """The cells that reach into some rows and columns, from the top left."""
        numbers = dict.fromkeys(self.grid.region[row][column] for row in rows for column in columns)
        return [self.cells[number] for number in numbers]


def net_of(grid: Grid, inside: Mapping[int, list[Line]]) -> Net:
    """Return the cells of a grid; `inside`: the lines of text in each region."""
    cells: dict[int, Cell] = {}
    for row, numbers in enumerate(grid.region):
        for column, number in enumerate(numbers):
            cell = cells.setdefault(number, Cell(number, column, row, column + 1, row + 1))
            cell.right, cell.bottom = max(cell.right, column + 1), row + 1
    for number, lines in inside.items():
        cells[number].lines = lines
        cells[number].rows = pdf_cells.rows_of(lines)
        cells[number].figures = sum(map(is_figure, lines))
    return Net(grid, cells)


def is_figure(line: Line) -> bool:
    """Return whether a line is a figure and no more."""
    return len(line.text) < _LONGEST and bool(pdf_cells.FIGURE.fullmatch(line.text.replace(" ", "")))
