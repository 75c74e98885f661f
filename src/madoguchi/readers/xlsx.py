"""Excel (xlsx) -> blocks: values by calamine, several tables on a sheet found apart, merged headers flattened to paths.

A formula gives the value that was last saved with it; nothing is calculated.
"""

import datetime
import io
import mmap
import re
from typing import Any

from python_calamine import CalamineError, CalamineWorkbook, PasswordError, SheetTypeEnum, SheetVisibleEnum

from madoguchi.readers import structure
from madoguchi.readers.blocks import Block, Reading
from madoguchi.readers.grid import column_number, range_of
from madoguchi.readers.limits import Limits
from madoguchi.readers.problems import Problem
from madoguchi.readers.sheet_regions import Region, header_depth, regions
from madoguchi.readers.xmlparts import Package

# A cell that holds something; one that is only formatted closes itself.
_CELL = re.compile(rb'<c r="([A-Z]{1,3})([0-9]{1,7})"[^>]*[^/]>')
# A formula that was never calculated: written by a program, not by Excel.
_UNSAVED = re.compile(rb"(?:</f>|<f/>)\s*(?:<v\s*/>|<v></v>|</c>)")
Rows = list[list[str]]


def read(data: bytes | mmap.mmap, limits: Limits) -> Reading:
    """Return the blocks of every visible sheet. Problem `broken`, `password`, `zip-bomb`, `xml`."""
    package = Package(data, limits)
    sizes, unsaved = _sizes(package)
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(data))
    except PasswordError:
        raise Problem("password") from None
    except CalamineError:
        raise Problem("broken") from None
    blocks: list[Block] = []
    notices: list[str] = []
    if unsaved:
        notices.append(f"値が保存されていない計算式のセル（{unsaved:,}個）は空として読み取りました。")
    left = limits.max_cells
    sheets = [sheet for sheet in book.sheets_metadata if sheet.typ == SheetTypeEnum.WorkSheet]
    for sheet in sheets:
        if sheet.visible != SheetVisibleEnum.Visible:
            notices.append(f"非表示のシート「{sheet.name}」は読み取っていません。")
            continue
        size = sizes.get(sheet.name, 0)
        if size > left:
            notices.append(
                f"シート「{sheet.name}」は範囲が大きすぎるため読み取っていません（上限{limits.max_cells:,}セル）。"
            )
            continue
        left -= size
        found = _sheet(book, sheet.name)
        if found and len(sheets) > 1:
            blocks.append(Block("heading", sheet.name, {"sheet": sheet.name}, 1))
        blocks += found
    if not blocks and notices:
        raise (
            Problem("cells", f"{limits.max_cells:,}")
            if any("大きすぎる" in notice for notice in notices)
            else Problem("no-text")
        )
    return Reading(blocks, [], "".join(notices))


def _sizes(package: Package) -> tuple[dict[str, int], int]:
    """Sheet name -> cells of the rectangle around all its values, which is what calamine would allocate; and how many
    formulas have no saved value."""
    workbook, relations = package.part("xl/workbook.xml"), package.part("xl/_rels/workbook.xml.rels")
    if workbook is None or relations is None:
        raise Problem("broken")
    targets = {item.get("Id"): str(item.get("Target", "")) for item in relations}
    sizes = {}
    unsaved = 0
    for sheet in workbook.iter("{*}sheet"):
        key = next((value for name, value in sheet.attrib.items() if name.endswith("}id")), "")
        target = targets.get(key, "")
        part = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
        columns, last = set(), 0
        first = 1 << 30
        content = package.content(part)
        unsaved += len(_UNSAVED.findall(content))
        for match in _CELL.finditer(content):
            columns.add(match[1])
            row = int(match[2])
            last, first = max(last, row), min(first, row)
        numbers = [column_number(name.decode()) for name in columns]
        sizes[sheet.get("name", "")] = (last - first + 1) * (max(numbers) - min(numbers) + 1) if numbers else 0
    return sizes, unsaved


def _sheet(book: CalamineWorkbook, name: str) -> list[Block]:
    try:
        sheet = book.get_sheet_by_name(name)
        values = sheet.to_python(skip_empty_area=True)
    except (CalamineError, PasswordError):
        raise Problem("broken") from None
    if not values or sheet.start is None:
        return []
    top, left = sheet.start
    rows = [[shown(value) for value in row] for row in values]
    numeric = [[isinstance(value, int | float) and not isinstance(value, bool) for value in row] for row in values]
    merged = _merge(rows, sheet.merged_cell_ranges or [], top, left)
    blocks: list[Block] = []
    unit = ""
    for region in regions(rows, merged):
        found, unit = _region(region, rows, numeric, merged, (top, left), unit)
        for block in found:
            block.locator["sheet"] = name
        blocks += found
    return blocks


def shown(value: Any) -> str:
    """Return a cell's value as text: whole numbers without a point, dates as 2026-04-01."""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else f"{value:.12g}"
    if isinstance(value, datetime.datetime):
        midnight = value.time() == datetime.time()
        return value.date().isoformat() if midnight else value.isoformat(" ", "minutes")
    if isinstance(value, datetime.timedelta):
        minutes = round(value.total_seconds() / 60)
        return f"{minutes // 60}:{minutes % 60:02}"
    return str(value).strip()


def _merge(rows: Rows, ranges: list[Any], top: int, left: int) -> dict[tuple[int, int], int]:
    """Repeat merged cells in each place they cover; (row, column) -> number of its merged range."""
    merged: dict[tuple[int, int], int] = {}
    for number, ((r0, c0), (r1, c1)) in enumerate(ranges, 1):
        # A range may reach over the whole sheet; only what has rows counts.
        r0, c0 = max(0, r0 - top), max(0, c0 - left)
        r1, c1 = min(len(rows) - 1, r1 - top), min(len(rows[0]) - 1, c1 - left)
        if r0 > r1 or c0 > c1 or len(merged) > 2_000_000:
            continue
        text = rows[r0][c0]
        for row in range(r0, r1 + 1):
            for column in range(c0, c1 + 1):
                rows[row][column] = text
                merged[(row, column)] = number
    return merged


def _region(
    region: Region,
    rows: Rows,
    numeric: list[list[bool]],
    merged: dict[tuple[int, int], int],
    start: tuple[int, int],
    unit: str,
) -> tuple[list[Block], str]:
    """A region's blocks: title lines, the table, notes; and the unit that waits for the next table."""

    def distinct(row: int) -> list[str]:
        seen: list[tuple[int, str]] = []
        for column in range(region.left, region.right + 1):
            text = rows[row][column]
            key = (merged.get((row, column), -column - 1), text)
            if text and key not in seen:
                seen.append(key)
        return [text for _, text in seen]

    def repeats(row: int) -> bool:
        """Whether a row only goes on with what is merged from the row above."""
        return all(
            not rows[row][column] or (merged.get((row, column), -1) == merged.get((row - 1, column), -2))
            for column in range(region.left, region.right + 1)
        )

    def place(first: int, last: int) -> str:
        top, left = start
        return range_of(first + top + 1, region.left + left + 1, last + top + 1, region.right + left + 1)

    blocks: list[Block] = []
    first, last = region.top, region.bottom
    tail: list[Block] = []
    while first <= last and len(said := distinct(first)) <= 1:
        if region.left == region.right and first < last:
            break
        if said and not (first > region.top and repeats(first)):
            found = structure.unit_of(said[0])
            if found:
                unit = found
            else:
                kind = "note" if said[0].startswith(("※", "注", "（注", "(注")) else "paragraph"
                blocks.append(Block(kind, said[0], {"range": place(first, first)}))  # type: ignore[arg-type]
        first += 1
    while last > first and len(said := distinct(last)) <= 1 and region.right > region.left:
        if said and not repeats(last):
            kind = "note" if said[0].startswith(("※", "注", "（注", "(注")) else "paragraph"
            tail.insert(0, Block(kind, said[0], {"range": place(last, last)}))  # type: ignore[arg-type]
        last -= 1
    if first > last:
        return blocks, unit
    # A row of a few words at the top right is often 「（単位：千円）」 beside a title.
    while first < last and len(distinct(first)) == 2 and structure.unit_of(distinct(first)[1]):
        unit = structure.unit_of(distinct(first)[1])
        blocks.append(Block("paragraph", distinct(first)[0], {"range": place(first, first)}))
        first += 1
    # A column or row that only goes on with the one before it: paper ruled in squares (方眼紙).
    span = [
        column
        for column in range(region.left, region.right + 1)
        if column == region.left
        or any(
            (rows[row][column] or rows[row][column - 1])
            and merged.get((row, column), -1) != merged.get((row, column - 1), -2)
            for row in range(first, last + 1)
        )
    ]
    kept = [row for row in range(first, last + 1) if row == first or not repeats(row)]
    cells = [[rows[row][column] for column in span] for row in kept]
    if len(cells) == 1:
        text = "　".join(distinct(first))
        return [*blocks, Block("paragraph", text, {"range": place(first, first)}), *tail], unit
    numbers = [[numeric[row][column] for column in span] for row in kept]
    covers = [[merged.get((row, column), 0) for column in span] for row in kept]
    depth = header_depth(cells, numbers, covers)
    table = Block("table", "", {"range": place(first, last)}, 0, _flattened(cells, depth), min(1, depth), unit)
    if blocks and len(blocks[-1].text) <= 60 and blocks[-1].kind == "paragraph":
        table.text = blocks.pop().text
    return [*blocks, table, *tail], ""


def _flattened(cells: Rows, depth: int) -> Rows:
    """Make the header one row of paths: 「歳入 > 市税」."""
    if depth <= 1:
        return cells
    header = []
    for column in range(len(cells[0])):
        path: list[str] = []
        for row in range(depth):
            text = cells[row][column].replace("\n", "")
            if text and (not path or path[-1] != text):
                path.append(text)
        header.append(" > ".join(path))
    return [header, *cells[depth:]]
