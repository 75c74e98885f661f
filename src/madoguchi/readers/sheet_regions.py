"""Where the tables of a sheet are: regions apart by empty rows and columns, and how deep their headers reach."""

from dataclasses import dataclass
from itertools import pairwise

Rows = list[list[str]]


@dataclass
class Region:
    """A rectangle of a sheet; all from 0 and inclusive."""

    top: int
    left: int
    bottom: int
    right: int


def regions(rows: Rows, merged: dict[tuple[int, int], int]) -> list[Region]:
    """Return the regions of a sheet from top to bottom, then left to right."""
    width = len(rows[0])
    filled = [any(row) for row in rows]
    found: list[Region] = []
    at = 0
    while at < len(rows):
        if not filled[at]:
            at += 1
            continue
        end = at
        while end + 1 < len(rows) and (filled[end + 1] or _goes_on(merged, end, width)):
            end += 1
        found += _columns(rows, at, end, width)
        at = end + 1
    return _joined(found, rows)


def _goes_on(merged: dict[tuple[int, int], int], row: int, width: int) -> bool:
    """Whether a merged cell reaches over the end of a row."""
    if not merged:
        return False
    return any(
        (number := merged.get((row, column))) is not None and merged.get((row + 1, column)) == number
        for column in range(width)
    )


def _columns(rows: Rows, top: int, bottom: int, width: int) -> list[Region]:
    used = [any(rows[row][column] for row in range(top, bottom + 1)) for column in range(width)]
    parts: list[Region] = []
    column = 0
    while column < width:
        if not used[column]:
            column += 1
            continue
        end = column
        while end + 1 < width and used[end + 1]:
            end += 1
        parts.append(Region(top, column, bottom, end))
        column = end + 1
    # Blank columns inside one table (a form) part nothing: two tables both have some breadth and height.
    if len(parts) > 1 and not all(part.right > part.left and bottom - top >= 2 for part in parts):
        return [Region(top, parts[0].left, bottom, parts[-1].right)]
    return [_trimmed(part, rows) for part in parts]


def _trimmed(region: Region, rows: Rows) -> Region:
    span = slice(region.left, region.right + 1)
    top, bottom = region.top, region.bottom
    while top < bottom and not any(rows[top][span]):
        top += 1
    while bottom > top and not any(rows[bottom][span]):
        bottom -= 1
    return Region(top, region.left, bottom, region.right)


def _joined(found: list[Region], rows: Rows) -> list[Region]:
    """A table that has an empty row in it is still one: the same columns, and what follows has no header of its own."""
    joined: list[Region] = []
    for region in found:
        last = joined[-1] if joined else None
        if (
            last
            and (last.left, last.right) == (region.left, region.right)
            and region.top - last.bottom == 2
            and last.bottom - last.top >= 2
            and region.right > region.left
            and _figures(rows[region.top][region.left : region.right + 1])
        ):
            last.bottom = region.bottom
        else:
            joined.append(region)
    return joined


def _figures(row: list[str]) -> bool:
    return any(cell.replace(",", "").replace(".", "").replace("-", "").isdigit() for cell in row[1:])


def header_depth(cells: Rows, numeric: list[list[bool]], merged: list[list[int]]) -> int:
    """Guess how many rows are headers: as deep as the merged cells of the first row reach, and on while merged titles
    stand over rows without figures."""
    if sum(_is_figure(text, is_number) for text, is_number in zip(cells[0], numeric[0], strict=True)) * 2 > len(
        [text for text in cells[0] if text]
    ):
        return 0
    depth = 1
    for column, number in enumerate(merged[0]):
        reach = 1
        while number and reach < len(merged) and merged[reach][column] == number:
            reach += 1
        if reach < len(cells):
            depth = max(depth, reach)
    while depth < min(6, len(cells) - 1):
        row = merged[depth - 1]
        sideways = any(a and a == b for a, b in pairwise(row)) or _gaps_under_titles(cells, depth)
        if not sideways or any(map(_is_figure, cells[depth], numeric[depth])):
            break
        depth += 1
    return min(depth, 6, len(cells) - 1)


def _gaps_under_titles(cells: Rows, depth: int) -> bool:
    """A header that was centred instead of merged: blanks in it over words."""
    above, below = cells[depth - 1], cells[depth]
    return any(above) and sum(not a and bool(b) for a, b in zip(above, below, strict=True)) >= 2


def _is_figure(text: str, is_number: bool) -> bool:
    """A number that is no year."""
    return is_number and not (text.isdigit() and 1900 <= int(text) <= 2100)
