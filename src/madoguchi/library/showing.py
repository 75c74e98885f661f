"""What was read, made ready for a page: blocks as headings, paragraphs and tables, with the cited part marked."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from django.conf import settings
from django.utils.translation import gettext as _

from madoguchi.library import tables
from madoguchi.library.grids import Row, rows_of
from madoguchi.library.models import Description, Passage
from madoguchi.readers.blocks import Block, Page

# Rows and paragraphs on one screen.
ROWS_ON_A_SCREEN = 200
SHORTEST_MARK = 2


@dataclass
class Crop:
    """A part of a page image: its frame in points, written out so that no language changes the point."""

    x: str
    y: str
    width: str
    height: str


@dataclass
class Shown:
    """A block, or some rows of a table, as it is shown."""

    kind: str
    text: str
    # Its place among the blocks that were read, from 0.
    number: int
    # Of a heading: h3 to h6.
    tag: str = "p"
    unit: str = ""
    # Where it stands, in words: 「シート 歳出 B4:D9」.
    place: str = ""
    head: list[Row] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)
    marked: bool = False
    # What a person must know of a reading that is not sure.
    doubt: str = ""
    # Whether a person said what it reads.
    is_corrected: bool = False
    # Why who opens the file does not see it.
    hidden: str = ""
    boxes: list[list[float]] = field(default_factory=list)
    # Of a figure on a page that can be drawn.
    crop: Crop | None = None
    # What a model says the figure shows.
    described: Description | None = None


@dataclass
class Screen:
    """Some of what was read, and where one goes from here."""

    number: int
    last: int
    shown: list[Shown]


def doubt_of(confidence: float | None) -> int | None:
    """Return how sure a reading is in per cent when it is less than an office takes for sure; else None."""
    if confidence is None or confidence * 100 >= settings.READER_LOW_CONFIDENCE_PERCENT:
        return None
    return round(confidence * 100)


def doubt_in_words(confidence: float | None) -> str:
    """Return what a person must know of a reading that is not sure; empty when nothing."""
    percent = doubt_of(confidence)
    return "" if percent is None else _("読み取りに自信がありません（%(percent)s％）") % {"percent": percent}


def crop_of(page: Page, boxes: list[list[float]], margin: float = 0.0) -> Crop | None:
    """Return the part of a page that some boxes cover, with a margin in points; None when there is none."""
    if not boxes:
        return None
    x0, top = min(box[0] for box in boxes) * page.width, min(box[1] for box in boxes) * page.height
    x1, bottom = max(box[2] for box in boxes) * page.width, max(box[3] for box in boxes) * page.height
    x0, top = max(0.0, x0 - margin), max(0.0, top - margin)
    width, height = min(page.width, x1 + margin) - x0, min(page.height, bottom + margin) - top
    if width < 1 or height < 1:
        return None
    return Crop(f"{x0:.2f}", f"{top:.2f}", f"{width:.2f}", f"{height:.2f}")


def screen(
    blocks: list[Block], passage: Passage | None, number: int | None, hidden: bool = False, block: int | None = None
) -> Screen:
    """Return one screen of blocks: the one asked for (from 1), else the one of a block, or where the passage is marked.

    What nobody who opens the file sees comes along only with `hidden`.
    """
    screens = list(_screens(blocks, passage, hidden))
    if not screens:
        return Screen(1, 1, [])
    if number is None:
        wanted = (
            at
            for at, shown in enumerate(screens, 1)
            if any(each.marked if block is None else each.number == block for each in shown)
        )
        number = next(wanted, 1)
    number = min(max(1, number), len(screens))
    return Screen(number, len(screens), _in_steps(screens[number - 1]))


def whole(blocks: list[Block], hidden: bool = False) -> list[Shown]:
    """Return all that was read, from beginning to end."""
    return [shown for screen_shown in _screens(blocks, None, hidden) for shown in screen_shown]


def on_page(blocks: list[Block], page: int, passage: Passage | None, hidden: bool = False) -> list[Shown]:
    """Return what was read on a page."""
    return _in_steps(
        [
            shown
            for number, block in enumerate(blocks)
            if block.locator.get("page") == page and (hidden or not block.hidden)
            for shown in _shown(number, block, passage)
        ]
    )


def _in_steps(shown: list[Shown]) -> list[Shown]:
    """Raise headings that skip a level below the page's h2: a part of a document may begin anywhere in its outline."""
    above = 2
    for each in shown:
        if each.kind == "heading":
            above = min(int(each.tag[1]), above + 1)
            each.tag = f"h{above}"
    return shown


def _screens(blocks: list[Block], passage: Passage | None, hidden: bool) -> Iterator[list[Shown]]:
    shown: list[Shown] = []
    size = 0
    for number, block in enumerate(blocks):
        if block.hidden and not hidden:
            continue
        for each in _shown(number, block, passage):
            length = max(1, len(each.head) + len(each.rows))
            if shown and size + length > ROWS_ON_A_SCREEN:
                yield shown
                shown, size = [], 0
            shown.append(each)
            size += length
    if shown:
        yield shown


def _shown(number: int, block: Block, passage: Passage | None) -> Iterator[Shown]:
    cited = passage if passage is not None and _same_place(block, passage) else None
    text, is_corrected = block.text.strip(), block.origin == "person"
    if block.kind != "table":
        # One that a person emptied is told to who may correct it.
        if text or is_corrected or (block.kind == "figure" and block.locator.get("boxes")):
            tag = f"h{min(6, max(1, block.level) + 2)}" if block.kind == "heading" and text else "p"
            shown = Shown(block.kind, text, number, tag, marked=_marks_text(block.text, cited))
            shown.marked = shown.marked or _marks_figure(block, cited)
            yield _described(shown, block)
        return
    head_rows = min(max(0, block.header_rows), len(block.cells))
    head = rows_of(block, 0, head_rows, is_header=True)
    place = " ".join(text for text in (block.locator.get("sheet", ""), block.locator.get("range", "")) if text)
    for start in range(head_rows, max(head_rows + 1, len(block.cells)), ROWS_ON_A_SCREEN):
        rows = rows_of(block, start, min(start + ROWS_ON_A_SCREEN, len(block.cells)))
        for row in rows:
            row.marked = _marks_row(block, row.number, block.cells[row.number], cited)
        marked = any(row.marked for row in rows)
        shown = Shown("table", text, number, "table", block.unit, place, head, rows, marked)
        yield _described(shown, block)


def _described(shown: Shown, block: Block) -> Shown:
    shown.doubt, shown.is_corrected = doubt_in_words(block.confidence), block.origin == "person"
    shown.hidden, shown.boxes = block.hidden, list(block.locator.get("boxes", []))
    return shown


def _same_place(block: Block, passage: Passage) -> bool:
    locator = passage.locator
    if "page" in locator:
        return bool(block.locator.get("page") == locator["page"])
    if "sheet" in locator:
        return bool(block.locator.get("sheet") == locator["sheet"])
    return True


def _marks_text(text: str, passage: Passage | None) -> bool:
    if passage is None or passage.kind == Passage.Kind.TABLE or not passage.is_citable:
        return False
    mine, cited = _plain(text), _plain(passage.text)
    if len(mine) < SHORTEST_MARK:
        return False
    return mine in cited or (len(mine) > len(cited) and cited in mine)


def _marks_figure(block: Block, passage: Passage | None) -> bool:
    """Return whether a passage is what a model says of this figure."""
    if passage is None or passage.is_citable or block.kind != "figure":
        return False
    return bool(block.locator.get("boxes") == passage.locator.get("boxes"))


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
