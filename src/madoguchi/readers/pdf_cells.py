"""Cells of tables: their text, merged cells, header rows; tables that go on over pages; unit and caption bound."""

import re
from collections.abc import Collection, Iterable
from itertools import pairwise
from typing import Any

from madoguchi.readers import structure
from madoguchi.readers.pdf_layout import Paragraph, Table
from madoguchi.readers.pdf_text import Line

# What a figure looks like in a cell.
FIGURE = re.compile(r"[△▲＋+\-－(（]?[\d０-９][\d０-９,，.．]*[)）]?(?:[%％円千百万億人件回年月日歳]*)?|[-－―‐]")
# A unit or caption stands at most this far (points) above its table.
_NEAR = 40.0


def spans(merged: list[list[int]]) -> list[list[int]]:
    """The merged cells of a table whose places carry the numbers of their regions: [row, column, rows, columns]."""
    found: list[list[int]] = []
    seen: set[int] = set()
    for row, numbers in enumerate(merged):
        for column, number in enumerate(numbers):
            if number in seen:
                continue
            seen.add(number)
            width = height = 1
            while column + width < len(numbers) and numbers[column + width] == number:
                width += 1
            while row + height < len(merged) and merged[row + height][column] == number:
                height += 1
            if width * height > 1:
                found.append([row, column, height, width])
    return found


def rows_of(lines: Iterable[Line]) -> list[list[Line]]:
    """Part lines into rows from the top, each from the left: lines stand in one that share most of their height."""
    rows: list[list[Line]] = []
    for line in sorted(lines, key=lambda line: line.middle):
        if rows and line.middle - rows[-1][0].middle < 0.5 * max(line.size, rows[-1][0].size):
            rows[-1].append(line)
        else:
            rows.append([line])
    for row in rows:
        row.sort(key=lambda line: line.x0)
    return rows


def cell_text(lines: list[Line]) -> str:
    """Return a cell's lines as one text; an item with a mark of its own begins a new line."""
    if len(lines) == 1:
        return _drawn_together(lines[0].text.strip())
    if all(line.vertical for line in lines):
        rows = [[line] for line in sorted(lines, key=lambda line: -line.x0)]
    else:
        rows = rows_of(lines)
    text = ""
    for row in rows:
        for at, line in enumerate(row):
            # 「・」 alone within a row is one character of a spread label.
            own = (
                (at == 0 or len(line.text) > 2) and structure.item_depth(line.text) and not FIGURE.fullmatch(line.text)
            )
            said = _drawn_together(line.text)
            text = f"{text}\n{said}" if text and (own or text.endswith("。")) else structure.join(text, said)
    return text.strip()


def _drawn_together(text: str) -> str:
    """A label spread over its cell (「地 方 税」) without the spaces."""
    if text[1:2] != " " or text.count(" ") < 2:
        return text
    parts = text.split()
    single = sum(len(part) == 1 and part > "\u2e7f" for part in parts)
    return "".join(parts) if single >= 0.6 * len(parts) and max(map(len, parts)) <= 4 else text


def header_rows(cells: list[list[str]], merged: list[list[int]]) -> int:
    """Guess how many rows at the top are headers: as many as the first row's merged cells reach down, and the row under
    one that merges sideways."""
    if _figures(cells[0]) * 2 > len([cell for cell in cells[0] if cell]):
        return 0
    first = merged[0]
    depth = 1
    for column, cell in enumerate(first):
        reach = 1
        while reach < len(merged) and merged[reach][column] == cell:
            reach += 1
        # A first column that reaches far down is a label of rows, not a header.
        if reach <= 5 and reach < len(merged):
            depth = max(depth, reach)
    sideways = any(a == b for a, b in pairwise(first)) and len(set(first)) > 1
    if depth == 1 and sideways and _figures(cells[1]) * 3 <= len(cells[1]):
        depth = 2
    while depth > 1 and _figures(cells[depth - 1]) * 3 > len(cells[depth - 1]):
        depth -= 1
    return min(depth, len(cells) - 1)


def _figures(row: list[str]) -> int:
    return sum(bool(FIGURE.fullmatch(cell.replace(" ", ""))) for cell in row)


def repeat_header(before: Table, after: Table) -> None:
    """When `after` (on the next page) goes on with `before`: give it the header, unit and caption of it."""
    if not _same_columns(before, after):
        return
    header = before.cells[: before.header_rows]
    if after.cells[: before.header_rows] != header:
        after.cells = header + after.cells
        depth = len(header)
        repeated = [span for span in before.spans if span[0] + span[2] <= depth]
        after.spans = repeated + [[row + depth, *rest] for row, *rest in after.spans]
    after.header_rows = before.header_rows
    after.continues = before


def _same_columns(before: Table, after: Table) -> bool:
    """Whether the columns stand at the same places; those that are empty on the later page are put in."""
    if abs(before.x0 - after.x0) > 6 or abs(before.x1 - after.x1) > 6:
        return False
    empty = [at for at, x in enumerate(before.xs) if not any(abs(x - other) <= 6 for other in after.xs)]
    if len(before.xs) - len(empty) != len(after.xs):
        return False
    for at in empty:
        after.xs.insert(at, before.xs[at])
        for row in after.cells:
            row.insert(at, "")
        for span in after.spans:
            # A merged cell that reaches over the place is a column wider.
            if span[1] >= at:
                span[1] += 1
            elif span[1] + span[3] > at:
                span[3] += 1
    for top, left, height, width in after.spans:
        for cells in after.cells[top : top + height]:
            cells[left : left + width] = [after.cells[top][left]] * width
    return all(abs(a - b) <= 6 for a, b in zip(before.xs, after.xs, strict=True))


def bind(parts: list[tuple[Any, Paragraph | Table]], headings: Collection[int]) -> None:
    """Give each table the unit and caption that stand right above it; lines that are only that leave the text.
    A caption says 「表」 or is one short line that is no heading (`headings`: their ids)."""
    bound: list[int] = []
    for index, (sheet, part) in enumerate(parts):
        if not isinstance(part, Table):
            continue
        for at in range(index - 1, max(-1, index - 4), -1):
            other_sheet, other = parts[at]
            if other_sheet is not sheet or isinstance(other, Table):
                break
            line = other.lines[-1]
            if not -6 < part.top - line.bottom < _NEAR:
                break
            unit = structure.unit_of(other.text)
            if unit and not part.unit:
                part.unit = unit
                bound.append(at)
            elif not part.caption and id(other) not in headings and _is_caption(other):
                part.caption = other.text
                bound.append(at)
                break
            else:
                found = structure.UNIT.search(other.text)
                if found and not part.unit and len(other.text) <= 60:
                    part.unit = found[1]
                break
        if part.continues:
            part.unit = part.unit or part.continues.unit
            part.caption = part.caption or part.continues.caption
    for at in sorted(bound, reverse=True):
        del parts[at]


def _is_caption(part: Paragraph) -> bool:
    text = part.text
    if structure.TABLE_CAPTION.match(text):
        return len(text) <= 60
    return len(part.lines) == 1 and len(text) <= 50 and text[-1] not in "。、，：:" and not text.startswith("※")
