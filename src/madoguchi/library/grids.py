"""A table's cells as HTML lays them out: a merged cell once, with how many rows and columns it covers."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from madoguchi.readers.blocks import Block

_NUMBER = re.compile(r"[\s　]*[△▲▼+＋\-－−(（]?[\d０-９][\d０-９,，.．]*[%％)）]?[\s　]*")


@dataclass
class Cell:
    """A cell, merged ones once: where its first place is, and what it covers."""

    text: str
    row: int
    column: int
    rows: int = 1
    columns: int = 1
    # Of a header cell: what it is the header of.
    scope: str = ""
    is_number: bool = False


@dataclass
class Row:
    """A row of a table, with its place among the rows from 0."""

    number: int
    cells: list[Cell] = field(default_factory=list)
    marked: bool = False


def rows_of(block: Block, first: int, after: int, is_header: bool = False) -> list[Row]:
    """Return the rows `first` up to `after` of a table; what is merged across their edge is cut there."""
    spans, covered = _merged(block, first, after)
    rows = []
    for number in range(first, after):
        row = Row(number)
        for column, text in enumerate(block.cells[number]):
            if (number, column) in covered:
                continue
            high, wide = spans.get((number, column), (1, 1))
            scope = ("colgroup" if wide > 1 else "col") if is_header else ""
            is_number = not is_header and bool(_NUMBER.fullmatch(text))
            row.cells.append(Cell(text, number, column, high, wide, scope, is_number))
        rows.append(row)
    return rows


def covers(block: Block, row: int, column: int) -> list[tuple[int, int]]:
    """Return every place that the cell at a place covers, itself among them."""
    for top, left, high, wide in block.spans:
        if top <= row < top + high and left <= column < left + wide:
            places = [(at, across) for at in range(top, top + high) for across in range(left, left + wide)]
            return [(at, across) for at, across in places if at < len(block.cells) and across < len(block.cells[at])]
    return [(row, column)]


def label_of(block: Block, row: int, column: int) -> str:
    """Return the headers above a cell, outermost first, each said once; empty in the header itself."""
    head = min(max(0, block.header_rows), len(block.cells))
    if row < head:
        return ""
    above = [block.cells[at][column].strip() for at in range(head) if column < len(block.cells[at])]
    return "／".join(dict.fromkeys(text for text in above if text))


def _merged(
    block: Block, first: int, after: int
) -> tuple[dict[tuple[int, int], tuple[int, int]], set[tuple[int, int]]]:
    """Return the size of each merged cell by its first place in these rows, and the places that these cover."""
    sizes: dict[tuple[int, int], tuple[int, int]] = {}
    covered: set[tuple[int, int]] = set()
    for top, left, high, wide in block.spans:
        begin, end = max(top, first), min(top + high, after)
        if begin >= end or left < 0 or wide < 1:
            continue
        shortest = min(len(block.cells[at]) for at in range(begin, end))
        right = min(left + wide, shortest)
        places = set(_places(begin, end, left, right))
        # A reader says nothing twice; what overlaps all the same would tear the table.
        if right <= left or places & covered or (begin, left) in sizes or places & sizes.keys():
            continue
        sizes[begin, left] = (end - begin, right - left)
        covered |= places - {(begin, left)}
    return sizes, covered


def _places(top: int, bottom: int, left: int, right: int) -> Iterator[tuple[int, int]]:
    return ((row, column) for row in range(top, bottom) for column in range(left, right))
