"""Where the tables of a sheet are: regions apart by empty rows and columns, and how deep their headers reach."""

from dataclasses import dataclass
from itertools import pairwise

Rows = list[list[str]]
_DEEPEST = 4


@dataclass
class Region:
    """A rectangle of a sheet; all from 0 and inclusive."""

    top: int
    left: int
    bottom: int
    right: int


def regions(rows: Rows, merged: dict[tuple[int, int], int]) -> list[Region]:
    """Return the regions of a sheet from top to bottom, then left to right."""
    found = _parted(rows, merged, Region(0, 0, len(rows) - 1, len(rows[0]) - 1), 0)
    return _joined(found, rows)


def _parted(rows: Rows, merged: dict[tuple[int, int], int], region: Region, depth: int) -> list[Region]:
    """A region cut at its empty rows, each part at its empty columns, and what came apart again."""
    span = slice(region.left, region.right + 1)
    found: list[Region] = []
    at = region.top
    while at <= region.bottom:
        if not any(rows[at][span]):
            at += 1
            continue
        end = at
        while end < region.bottom and (any(rows[end + 1][span]) or _goes_on(merged, end, region)):
            end += 1
        parts = _columns(rows, Region(at, region.left, end, region.right))
        for part in parts:
            found += _parted(rows, merged, part, depth + 1) if len(parts) > 1 and depth < _DEEPEST else [part]
        at = end + 1
    return found


def _goes_on(merged: dict[tuple[int, int], int], row: int, region: Region) -> bool:
    """Whether a merged cell reaches over the end of a row."""
    if not merged:
        return False
    return any(
        (number := merged.get((row, column))) is not None and merged.get((row + 1, column)) == number
        for column in range(region.left, region.right + 1)
    )


def _columns(rows: Rows, region: Region) -> list[Region]:
    """The parts of a region between its empty columns, where they are things apart."""
    lines = rows[region.top : region.bottom + 1]
    parts: list[Region] = []
    column = region.left
    while column <= region.right:
        if not any(line[column] for line in lines):
            column += 1
            continue
        end = column
        while end < region.right and any(line[end + 1] for line in lines):
            end += 1
        parts.append(_trimmed(Region(region.top, column, region.bottom, end), rows))
        column = end + 1
    # Blank columns inside one table (a form) part nothing: two tables both have some breadth and height.
    if len(parts) > 1 and all(part.right > part.left and part.bottom - part.top >= 2 for part in parts):
        return parts
    apart = [part for part in parts if _is_island(part, region, rows)]
    rest = [part for part in parts if part not in apart]
    if apart and rest:
        whole = Region(region.top, rest[0].left, region.bottom, rest[-1].right)
        if all(part.left > whole.right or part.right < whole.left for part in apart):
            return sorted([_trimmed(whole, rows), *apart], key=lambda part: (part.top, part.left))
    return [_trimmed(Region(region.top, parts[0].left, region.bottom, parts[-1].right), rows)] if parts else []


def _is_island(part: Region, region: Region, rows: Rows) -> bool:
    """Whether a part is a remark beside a table: words in hardly any of the table's rows, far from its columns."""
    height = region.bottom - region.top + 1
    said = sum(any(rows[row][part.left : part.right + 1]) for row in range(part.top, part.bottom + 1))
    return height >= 4 and said * 2 <= height and part.right - part.left <= 2


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
        sideways = sideways or _goes_deeper(cells, numeric, depth)
        if not sideways or any(map(_is_figure, cells[depth], numeric[depth])):
            break
        depth += 1
    return min(depth, 6, len(cells) - 1)


def _gaps_under_titles(cells: Rows, depth: int) -> bool:
    """A header that was centred instead of merged: blanks in it over words."""
    above, below = cells[depth - 1], cells[depth]
    return any(above) and sum(not a and bool(b) for a, b in zip(above, below, strict=True)) >= 2


def _goes_deeper(cells: Rows, numeric: list[list[bool]], depth: int) -> bool:
    """Words below headers that are all said, where the first column has nothing to say until the figures begin."""
    row = cells[depth]
    said = sum(bool(text) for text in row)
    follows = cells[depth + 1 : depth + 4]
    figures = any(
        any(map(_is_figure, line, number)) for line, number in zip(follows, numeric[depth + 1 :], strict=False)
    )
    return (
        not row[0]
        and bool(cells[0][0])
        and said >= 2
        and said * 3 >= len(row) * 2 - 2
        and figures
        and bool(follows[0][0] or follows[-1][0])
    )


def _is_figure(text: str, is_number: bool) -> bool:
    """A number that is no year."""
    return is_number and not (text.isdigit() and 1900 <= int(text) <= 2100)
