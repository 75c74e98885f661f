"""What was read, made ready for a page: blocks as headings, paragraphs and tables, with the cited part marked."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from madoguchi.library import tables
from madoguchi.library.models import Passage
from madoguchi.readers.blocks import Block

# Rows and paragraphs on one screen.
ROWS_ON_A_SCREEN = 200
SHORTEST_MARK = 2


@dataclass
class Row:
    """A row of a table as it is shown."""

    cells: list[str]
    is_header: bool
    marked: bool


@dataclass
class Shown:
    """A block, or some rows of a table, as it is shown."""

    kind: str
    text: str
    # Of a heading: h3 to h6.
    tag: str = "p"
    unit: str = ""
    # Where it stands, in words: 「シート 歳出 B4:D9」.
    place: str = ""
    rows: list[Row] = field(default_factory=list)
    marked: bool = False


@dataclass
class Screen:
    """Some of what was read, and where one goes from here."""

    number: int
    last: int
    shown: list[Shown]


def screen(blocks: list[Block], passage: Passage | None, number: int | None) -> Screen:
    """Return one screen of blocks: the one asked for (from 1), else the one where the passage is marked."""
    screens = list(_screens(blocks, passage))
    if not screens:
        return Screen(1, 1, [])
    if number is None:
        marked = (at for at, shown in enumerate(screens, 1) if any(each.marked for each in shown))
        number = next(marked, 1)
    number = min(max(1, number), len(screens))
    return Screen(number, len(screens), _in_steps(screens[number - 1]))


def on_page(blocks: list[Block], page: int, passage: Passage | None) -> list[Shown]:
    """Return what was read on a page."""
    return _in_steps(
        [shown for block in blocks if block.locator.get("page") == page for shown in _shown(block, passage)]
    )


def _in_steps(shown: list[Shown]) -> list[Shown]:
    """Raise headings that skip a level below the page's h2: a part of a document may begin anywhere in its outline."""
    above = 2
    for each in shown:
        if each.kind == "heading":
            above = min(int(each.tag[1]), above + 1)
            each.tag = f"h{above}"
    return shown


def _screens(blocks: list[Block], passage: Passage | None) -> Iterator[list[Shown]]:
    shown: list[Shown] = []
    size = 0
    for block in blocks:
        for each in _shown(block, passage):
            length = max(1, len(each.rows))
            if shown and size + length > ROWS_ON_A_SCREEN:
                yield shown
                shown, size = [], 0
            shown.append(each)
            size += length
    if shown:
        yield shown


def _shown(block: Block, passage: Passage | None) -> Iterator[Shown]:
    cited = passage if passage is not None and _same_place(block, passage) else None
    if block.kind != "table":
        if block.text.strip():
            tag = f"h{min(6, max(1, block.level) + 2)}" if block.kind == "heading" else "p"
            yield Shown(block.kind, block.text.strip(), tag, marked=_marks_text(block.text, cited))
        return
    head_rows = min(max(0, block.header_rows), len(block.cells))
    header = [Row(cells, True, False) for cells in block.cells[:head_rows]]
    body = block.cells[head_rows:]
    for start in range(0, max(1, len(body)), ROWS_ON_A_SCREEN):
        rows = [
            Row(cells, False, _marks_row(block, head_rows + start + at, cells, cited))
            for at, cells in enumerate(body[start : start + ROWS_ON_A_SCREEN])
        ]
        place = " ".join(text for text in (block.locator.get("sheet", ""), block.locator.get("range", "")) if text)
        marked = any(row.marked for row in rows)
        yield Shown("table", block.text.strip(), "table", block.unit, place, header + rows, marked)


def _same_place(block: Block, passage: Passage) -> bool:
    locator = passage.locator
    if "page" in locator:
        return bool(block.locator.get("page") == locator["page"])
    if "sheet" in locator:
        return bool(block.locator.get("sheet") == locator["sheet"])
    return True


def _marks_text(text: str, passage: Passage | None) -> bool:
    if passage is None or passage.kind == Passage.Kind.TABLE:
        return False
    mine, cited = _plain(text), _plain(passage.text)
    if len(mine) < SHORTEST_MARK:
        return False
    return mine in cited or (len(mine) > len(cited) and cited in mine)


def _marks_row(block: Block, row: int, cells: list[str], passage: Passage | None) -> bool:
    if passage is None or passage.kind != Passage.Kind.TABLE:
        return False
    numbers = tables.rows_of(block.locator.get("range", ""), passage.locator.get("range", ""), len(block.cells))
    if numbers is not None:
        return row in numbers
    words = [_plain(cell) for cell in cells if _plain(cell)]
    cited = [_plain(line) for line in passage.text.splitlines()]
    return bool(words) and any(all(word in line for word in words) for line in cited)


def _plain(text: str) -> str:
    return re.sub(r"\s", "", text)
