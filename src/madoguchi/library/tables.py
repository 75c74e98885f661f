"""Cutting tables by rows. Each part says caption and unit again, each cell its headers: 「区分：一般　金額：100」."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from madoguchi.library.sentences import sentences
from madoguchi.readers.blocks import Block, Locator

GAP = "　"
_RANGE = re.compile(r"([A-Z]{1,3})(\d+)(?::([A-Z]{1,3})(\d+))?")


@dataclass
class Part:
    """Some rows of a table as text, and where they stand."""

    text: str
    locator: Locator


def cut(block: Block, max_characters: int) -> Iterator[Part]:
    """Yield a table in parts of whole rows where they fit; a long row is cut between cells, a long cell anywhere."""
    head_rows = min(max(0, block.header_rows), len(block.cells))
    rows = block.cells[head_rows:]
    labels = _labels(block.cells[:head_rows])
    caption, unit = block.text.strip(), block.unit.strip()
    if len(caption) > max_characters // 3 or len(unit) > max_characters // 6:
        # Too long to stand above every part: said once in full, then shortened.
        for text in sentences(f"{caption}\n{unit}".strip(), max_characters):
            yield Part(text.strip(), _locator(block, head_rows, 0, 0))
    top = _top(caption[: max_characters // 3], unit[: max_characters // 6])
    lines: list[str] = []
    first = 0
    room = max_characters - len(top)
    said = [(0, _fitting(_unsaid(block.cells[:head_rows], labels, rows), room))]
    said += [(number, _fitting(_cells(row, labels), room)) for number, row in enumerate(rows)]
    for number, row_lines in said:
        for line in row_lines:
            if lines and len(top) + sum(map(len, lines)) + len(lines) + len(line) > max_characters:
                yield Part(top + "\n".join(lines), _locator(block, head_rows, first, number))
                lines, first = [], number
            lines.append(line)
    if lines or top:
        yield Part((top + "\n".join(lines)).strip(), _locator(block, head_rows, first, len(rows)))


def span(ranges: list[str]) -> str:
    """Return the smallest range that holds some ranges of one sheet: `A1:B2` and `C3` -> `A1:C3`."""
    corners = [found for text in ranges if (found := _corners(text))]
    if not corners:
        return next((text for text in ranges if text), "")
    left, top = min(corner[0] for corner in corners), min(corner[1] for corner in corners)
    right, bottom = max(corner[2] for corner in corners), max(corner[3] for corner in corners)
    return _written(left, top, right, bottom)


def rows_of(table: str, part: str, height: int) -> range | None:
    """Return which rows of a table (from 0) a range covers; None when the ranges do not say."""
    whole, inner = _corners(table), _corners(part)
    if not whole or not inner or whole[3] - whole[1] + 1 != height:
        return None
    return range(inner[1] - whole[1], inner[3] - whole[1] + 1)


def _top(caption: str, unit: str) -> str:
    """Return what stands above every part."""
    return "".join(f"{text}\n" for text in (caption, unit) if text)


def _labels(header: list[list[str]]) -> list[str]:
    """Return the label of each column: its headers from the top, each said once."""
    width = max((len(row) for row in header), default=0)
    labels = []
    for column in range(width):
        parts = [row[column].strip() for row in header if column < len(row)]
        labels.append("／".join(dict.fromkeys(part for part in parts if part)))
    return labels


def _cells(row: list[str], labels: list[str]) -> list[str]:
    cells = []
    for column, cell in enumerate(row):
        text = " ".join(cell.split())
        if not text:
            continue
        label = labels[column] if column < len(labels) else ""
        cells.append(f"{label}：{text}" if label else text)
    return cells


def _unsaid(header: list[list[str]], labels: list[str], rows: list[list[str]]) -> list[str]:
    """Return the header texts that no cell will say, because its column is empty."""
    columns = {column for row in rows for column, cell in enumerate(row) if cell.strip() and column < len(labels)}
    words = {word for column in columns for word in labels[column].split("／")}
    cells = [cell.strip() for row in header for cell in row if cell.strip()]
    return list(dict.fromkeys(cell for cell in cells if not set(cell.split("／")) <= words))


def _fitting(cells: list[str], most: int) -> list[str]:
    """Return a row as lines that fit: one when it can be."""
    most = max(10, most)
    lines: list[str] = []
    for cell in cells:
        for start in range(0, len(cell), most):
            part = cell[start : start + most]
            if lines and start == 0 and len(lines[-1]) + len(GAP) + len(part) <= most:
                lines[-1] += GAP + part
            else:
                lines.append(part)
    return lines


def _locator(block: Block, head_rows: int, first: int, after: int) -> Locator:
    """Return the place of the rows `first` to `after`: the very range in a sheet, else that of the table."""
    locator: Locator = dict(block.locator)  # type: ignore[assignment]
    corners = _corners(locator.get("range", ""))
    if corners and corners[3] - corners[1] + 1 == len(block.cells):
        left, top, right, _ = corners
        locator["range"] = _written(left, top + head_rows + first, right, top + head_rows + max(after, first + 1) - 1)
        if after <= first:
            locator["range"] = block.locator["range"]
    return locator


def _corners(text: str) -> tuple[int, int, int, int] | None:
    found = _RANGE.fullmatch(text)
    if not found:
        return None
    left, top, right, bottom = found.groups()
    return _number(left), int(top), _number(right or left), int(bottom or top)


def _number(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number


def _letters(number: int) -> str:
    letters = ""
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def _written(left: int, top: int, right: int, bottom: int) -> str:
    start, end = f"{_letters(left)}{top}", f"{_letters(right)}{bottom}"
    return start if start == end else f"{start}:{end}"
