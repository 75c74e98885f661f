"""Lines and tables of a scanned page -> blocks: paragraphs, headings by their size and numbering, list items, notes."""

import math
from dataclasses import dataclass, field
from itertools import pairwise
from statistics import median

from madoguchi.readers import structure
from madoguchi.readers.blocks import Block, Kind, Locator
from madoguchi.readers.ocr_engine import Grey
from madoguchi.readers.ocr_image import Box, Ink

# How much larger than the body a heading without a numbering is.
_BIGGER = 1.3
_LONGEST_HEADING = 40


@dataclass
class Line:
    """A line as read; its box is in pixels of the straightened page."""

    box: Box
    text: str
    confidence: float
    vertical: bool
    # Which region of the page it stands in.
    region: int

    @property
    def size(self) -> int:
        """The height of its characters."""
        return self.box[2] - self.box[0] if self.vertical else self.box[3] - self.box[1]

    @property
    def start(self) -> int:
        """Where it begins, along its line."""
        return self.box[1] if self.vertical else self.box[0]

    @property
    def end(self) -> int:
        """Where it ends, along its line."""
        return self.box[3] if self.vertical else self.box[2]


@dataclass
class Table:
    """A table as read."""

    box: Box
    cells: list[list[str]]
    spans: list[list[int]]
    lines: list[Line]


@dataclass
class Scanned:
    """A page set upright, and what was done to it: quarters of a turn to the left, then degrees to the right."""

    level: Grey
    ink: Ink
    quarters: int
    skew: float
    # Of the page as it was handed over.
    width: int
    height: int

    def box(self, box: Box) -> tuple[float, float, float, float]:
        """Return a box of the straightened page as fractions of the page as it was handed over."""
        x0, top, x1, bottom = box
        points = [self._back(x, y) for x in (x0, x1) for y in (top, bottom)]
        xs, ys = [x / self.width for x, _ in points], [y / self.height for _, y in points]
        return (_share(min(xs)), _share(min(ys)), _share(max(xs)), _share(max(ys)))

    def _back(self, x: float, y: float) -> tuple[float, float]:
        height, width = self.level.shape
        if self.skew:
            angle = math.radians(-self.skew)
            right, down = x - width / 2, y - height / 2
            x = width / 2 + right * math.cos(angle) - down * math.sin(angle)
            y = height / 2 + right * math.sin(angle) + down * math.cos(angle)
        for _ in range(self.quarters):
            # Undo a quarter to the left: what is now at the left came from the top.
            x, y, width, height = height - y, x, height, width
        return x, y


def _share(value: float) -> float:
    return round(min(1.0, max(0.0, value)), 5)


@dataclass
class _Paragraph:
    lines: list[Line] = field(default_factory=list)

    @property
    def text(self) -> str:
        text = ""
        for line in self.lines:
            text = structure.join(text, line.text)
        return text


def blocks(lines: list[Line], tables: list[Table], page: Scanned, number: int) -> list[Block]:
    """Return the blocks of page `number` from its lines in reading order and its tables."""
    body = _body(lines)
    sizes: list[int] = []
    parts: list[_Paragraph | Table] = []
    parts += _paragraphs(lines, tables, body)
    for table in tables:
        parts.insert(_place(table, parts), table)
    large = [part for part in parts if isinstance(part, _Paragraph) and _is_large(part, body)]
    for size in sorted((line.size for part in large for line in part.lines[:1]), reverse=True):
        # Sizes that lie together are one.
        if not sizes or size < 0.85 * sizes[-1]:
            sizes.append(size)
    found: list[Block] = []
    for part in parts:
        if isinstance(part, Table):
            found.append(_table_block(part, found, page, number))
        else:
            found.append(_block(part, body, sizes, page, number))
    return found


def _body(lines: list[Line]) -> float:
    weighted = [line.size for line in lines for _ in range(max(1, len(line.text) // 5))]
    return median(weighted) if weighted else 1.0


def _paragraphs(lines: list[Line], tables: list[Table], body: float) -> list[_Paragraph]:
    found: list[_Paragraph] = []
    regions: dict[int, tuple[int, int]] = {}
    for line in lines:
        start, end = regions.get(line.region, (line.start, line.end))
        regions[line.region] = (min(start, line.start), max(end, line.end))
    pitches = [abs(_across(b) - _across(a)) for a, b in pairwise(lines) if a.region == b.region]
    pitch = median(pitches) if pitches else 2 * body
    for line in lines:
        before = found[-1].lines[-1] if found else None
        if before and _goes_on(before, line, found[-1], regions[line.region], body, pitch, tables):
            found[-1].lines.append(line)
        else:
            found.append(_Paragraph([line]))
    return found


def _across(line: Line) -> float:
    """Where a line stands across the lines, growing as they are read."""
    return -(line.box[0] + line.box[2]) / 2 if line.vertical else (line.box[1] + line.box[3]) / 2


def _goes_on(
    before: Line,
    line: Line,
    paragraph: _Paragraph,
    region: tuple[int, int],
    body: float,
    pitch: float,
    tables: list[Table],
) -> bool:
    """Whether a line is the paragraph's next."""
    if before.region != line.region or not 0.75 < line.size / max(1, before.size) < 1.35:
        return False
    apart = _across(line) - _across(before)
    if apart <= 0 or apart > max(1.5 * pitch, 1.6 * line.size) or apart > 3 * body:
        return False
    if any(_between(table.box, before.box, line.box) for table in tables):
        return False
    part = structure.part_of(line.text)
    if part.rank or part.depth or structure.is_caption(line.text):
        return False
    first = structure.part_of(paragraph.lines[0].text)
    if first.rank and first.rank != structure.ARTICLE_RANK:
        return False
    # The first line of a paragraph is set in; the last one ends early.
    if line.start > region[0] + 0.6 * body and line.start > paragraph.lines[-1].start + 0.6 * body:
        return len(paragraph.lines) == 1 and first.depth > 0
    return before.end >= region[1] - 2.5 * body


def _between(table: Box, before: Box, after: Box) -> bool:
    return table[1] >= before[1] and table[3] <= after[3] and before[3] < table[3] and after[1] > table[1]


def _place(table: Table, parts: list[_Paragraph | Table]) -> int:
    """Where a table comes among the parts: after the last that stands above it."""
    place = 0
    for at, part in enumerate(parts):
        box = part.box if isinstance(part, Table) else part.lines[-1].box
        beside = box[0] < table.box[2] and box[2] > table.box[0]
        if beside and (box[1] + box[3]) / 2 < (table.box[1] + table.box[3]) / 2:
            place = at + 1
    return place


def _is_large(part: _Paragraph, body: float) -> bool:
    text = part.text
    return (
        part.lines[0].size >= _BIGGER * body
        and 2 <= len(text) <= _LONGEST_HEADING
        and not text.endswith(("。", "、"))
        and len(part.lines) <= 2
    )


def _block(part: _Paragraph, body: float, sizes: list[int], page: Scanned, number: int) -> Block:
    text = part.text
    kind: Kind = "paragraph"
    level = 0
    said = structure.part_of(text)
    if _is_large(part, body):
        kind, level = "heading", 1 + next(at for at, size in enumerate(sizes) if part.lines[0].size >= 0.85 * size)
    elif said.rank and said.rank != structure.ARTICLE_RANK:
        kind, level = "heading", len(sizes) + 1
    elif structure.is_caption(text) and len(part.lines) == 1:
        kind, level = "heading", len(sizes) + 3
    elif said.depth:
        kind, level = "list_item", said.depth
    elif text.startswith(("※", "（注", "注）")):
        kind = "note"
    return Block(
        kind, text, _locator(part.lines, page, number), min(6, level), origin="ocr", confidence=_sure(part.lines)
    )


def _locator(lines: list[Line], page: Scanned, number: int) -> Locator:
    return {"page": number, "boxes": [list(page.box(line.box)) for line in lines]}


def _sure(lines: list[Line]) -> float:
    """As sure as its least sure line: the mean would hide the one to look at."""
    return round(min((line.confidence for line in lines), default=0.0), 3)


def _table_block(table: Table, before: list[Block], page: Scanned, number: int) -> Block:
    caption = unit = ""
    box = page.box(table.box)
    for _ in range(2):
        last = before[-1] if before else None
        if not last or last.kind not in ("paragraph", "heading") or last.locator.get("page") != number:
            break
        near = -0.04 <= box[1] - last.locator["boxes"][-1][3] < 0.05
        if near and not unit and structure.unit_of(last.text):
            unit = structure.unit_of(last.text)
        elif near and last.kind == "paragraph" and len(last.text) <= 60 and structure.TABLE_CAPTION.match(last.text):
            caption = last.text
        else:
            break
        before.pop()
    return Block(
        "table",
        caption,
        {"page": number, "boxes": [list(box)]},
        cells=table.cells,
        header_rows=_header_rows(table),
        unit=unit,
        spans=table.spans,
        origin="ocr",
        confidence=_sure(table.lines),
    )


def _is_figure(text: str) -> bool:
    digits = sum(character.isdigit() for character in text)
    return digits > 0 and digits >= sum(character.isalpha() and not character.isdigit() for character in text)


def _header_rows(table: Table) -> int:
    """How many rows at the top say what stands below: those that a merged cell of the first row reaches over, and those
    without a figure where figures follow."""
    rows = len(table.cells)
    if rows < 2:
        return 0
    reach = max((span[2] for span in table.spans if span[0] == 0), default=1)
    count = 1
    while count < min(reach, rows - 1, 3) and not any(_is_figure(cell) for cell in table.cells[count][1:]):
        count += 1
    return count
