"""CSV and TSV -> one table: encoding and delimiter found, title lines kept apart, every cell as it is written."""

import csv
import io
import mmap
from collections import Counter

from madoguchi.readers import structure
from madoguchi.readers.blocks import Block, Reading
from madoguchi.readers.encoding import decode
from madoguchi.readers.grid import range_of
from madoguchi.readers.limits import Limits

_DELIMITERS = (",", "\t", ";", "|")
# Rows above a header.
_MOST_TITLES = 12


def read(data: bytes | mmap.mmap, limits: Limits) -> Reading:
    """Return the title lines and the table; beyond the limit of cells the rest is left out, and `notice` says so."""
    text = decode(bytes(data)).replace("\x00", "")
    csv.field_size_limit(1_000_000)
    rows, cut = _rows(text, _delimiter(text), limits.max_cells)
    notice = f"{limits.max_cells:,}セルで打ち切りました（上限）。" if cut else ""
    filled = [(number, row) for number, row in enumerate(rows, 1) if any(cell.strip() for cell in row)]
    if not filled:
        return Reading([], [], notice)
    start = _header(filled)
    blocks: list[Block] = []
    unit = ""
    for number, row in filled[:start]:
        said = "　".join(cell.strip() for cell in row if cell.strip())
        unit = structure.unit_of(said) or unit
        blocks.append(Block("paragraph", said, {"range": range_of(number, 1, number, len(row))}))
    table = [row for _, row in filled[start:]]
    columns = max(len(row) for row in table)
    cells = [row + [""] * (columns - len(row)) for row in table]
    place = range_of(filled[start][0], 1, filled[-1][0], columns)
    blocks.append(Block("table", "", {"range": place}, 0, cells, 1 if len(cells) > 1 else 0, unit))
    return Reading(blocks, [], notice)


def _header(filled: list[tuple[int, list[str]]]) -> int:
    """Which row is the header: title lines above it fill no more than half of its cells, or a third of those of the
    table."""
    counts = [len([cell for cell in row if cell.strip()]) for _, row in filled[:200]]
    first = counts.index(max(counts[:_MOST_TITLES]))
    if first and max(counts[:first]) * 2 <= counts[first]:
        return first
    width = Counter(counts).most_common(1)[0][0]
    start = 0
    while start < len(filled) - 1 and start < len(counts) and counts[start] <= max(1, width // 3):
        start += 1
    return 0 if start > _MOST_TITLES or width < 2 else start


def _delimiter(text: str) -> str:
    """The delimiter that parts most lines into the same number of cells, more than one."""
    sample = "".join(text.splitlines(keepends=True)[:60])[:200_000]
    best, best_score = ",", 0.0
    for delimiter in _DELIMITERS:
        try:
            counts = Counter(len(row) for row in csv.reader(io.StringIO(sample), delimiter=delimiter) if row)
        except csv.Error:
            continue
        if not counts:
            continue
        columns, lines = max(
            ((columns, lines) for columns, lines in counts.items() if columns > 1),
            default=(0, 0),
            key=lambda pair: pair[1],
        )
        score = lines / sum(counts.values()) * min(columns, 10)
        if score > best_score:
            best, best_score = delimiter, score
    return best


def _rows(text: str, delimiter: str, max_cells: int) -> tuple[list[list[str]], bool]:
    rows: list[list[str]] = []
    cells = 0
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        for row in reader:
            cells += len(row)
            if cells > max_cells:
                return rows, True
            rows.append(row)
    except csv.Error:
        # A quote that never closes: the lines as they stand are better than nothing.
        rows = [line.split(delimiter) for line in text.splitlines()]
        return rows[: max(1, max_cells // max(1, len(rows[0])))], False
    return rows, False
