"""Lines and tables of a PDF page -> reading order and paragraphs."""

from dataclasses import dataclass, field
from itertools import pairwise
from math import ceil

from madoguchi.readers import structure
from madoguchi.readers.blocks import Block, Origin
from madoguchi.readers.pdf_text import Line, joined


@dataclass
class Table:
    """A ruled table as it stands on a page; box in points."""

    x0: float
    top: float
    x1: float
    bottom: float
    cells: list[list[str]]
    header_rows: int
    # Places of the columns, to see whether a table goes on over the page.
    xs: list[float]
    unit: str = ""
    caption: str = ""
    lines: list[Line] = field(default_factory=list)
    # The table on the page before that this one goes on with.
    continues: "Table | None" = None
    # Merged cells as [row, column, rows, columns] of `cells`.
    spans: list[list[int]] = field(default_factory=list)


@dataclass
class Frame:
    """A box drawn around text: what is in it is read together."""

    x0: float
    top: float
    x1: float
    bottom: float
    lines: list[Line]


@dataclass
class Ready:
    """What is a block already and only has to find its place: a figure, a form field, a page read by eye."""

    x0: float
    top: float
    x1: float
    bottom: float
    block: Block


@dataclass
class Paragraph:
    """Lines that are one text. `size` is of most of its characters; boxes in points."""

    lines: list[Line] = field(default_factory=list)
    text: str = ""
    size: float = 0.0
    bold: bool = False
    font: str = ""
    # The full width of its column, to tell centred from filled.
    right: float = 0.0
    left: float = 0.0

    @property
    def top(self) -> float:
        return self.lines[0].top


Unit = Line | Table | Frame | Ready


@dataclass
class Sheet:
    """One page as extracted, before anything is dropped. `origin` is `ocr` where its characters were read by eye."""

    number: int
    width: float
    height: float
    lines: list[Line]
    tables: list[Table]
    frames: list[Frame]
    ready: list[Ready] = field(default_factory=list)
    # Lines nobody who opens the file sees, each with its reason.
    unseen: list[Line] = field(default_factory=list)
    # [x0, top, x1, bottom, text] of what is no `Line`, fractions of the page.
    seen: list[tuple[float, float, float, float, str]] = field(default_factory=list)
    origin: Origin = "file"
    label: str = ""


def order(units: list[Unit], depth: int = 0) -> list[list[Unit]]:
    """Return the units in reading order, as groups: each group is one column between two things that cross it."""
    if not units:
        return []
    if not depth:
        # 「令和8年度　予算の概要」 is one title; columns stand further apart.
        units = _by_row(units, 1.5)
    gutter = _gutter(units) if depth < 4 and len(units) >= 6 else None
    if gutter is None:
        return [_by_row(units)]
    groups: list[list[Unit]] = []
    left: list[Unit] = []
    right: list[Unit] = []
    full: list[Unit] = []

    def flush_columns() -> None:
        if left or right:
            # A line or two beside each other is a row, not columns.
            if len(left) < 2 or len(right) < 2:
                groups.append(_by_row(left + right))
            else:
                groups.extend(order(left, depth + 1) + order(right, depth + 1))
            left.clear()
            right.clear()

    for unit in sorted(units, key=lambda unit: unit.top):
        if unit.x0 < gutter < unit.x1:
            flush_columns()
            full.append(unit)
            continue
        if full:
            groups.append(_by_row(full))
            full = []
        (left if unit.x1 <= gutter else right).append(unit)
    flush_columns()
    if full:
        groups.append(_by_row(full))
    return groups


def _by_row(units: list[Unit], reach: float = 4.0) -> list[Unit]:
    """Top to bottom; lines of one row left to right, joined where little stands between them."""
    rows: list[list[Unit]] = []
    for unit in sorted(units, key=lambda unit: (unit.top + unit.bottom) / 2 if isinstance(unit, Line) else unit.top):
        last = rows[-1][-1] if rows else None
        if isinstance(unit, Line) and isinstance(last, Line):
            same = abs(unit.middle - last.middle) < 0.45 * min(unit.size, last.size)
        else:
            shared = min(unit.bottom, last.bottom) - max(unit.top, last.top) if last else -1.0
            same = (
                last is not None
                and not isinstance(unit, Line)
                and not isinstance(last, Line)
                and shared > 0.5 * min(unit.bottom - unit.top, last.bottom - last.top)
            )
        if same:
            rows[-1].append(unit)
        else:
            rows.append([unit])
    ordered: list[Unit] = []
    for row in rows:
        row.sort(key=lambda unit: unit.x0)
        lines = [unit for unit in row if isinstance(unit, Line)]
        ordered += joined(lines, reach) if len(lines) == len(row) else row
    return ordered


def _gutter(units: list[Unit]) -> float | None:
    """Where a page of columns parts: hardly anything crosses it and both sides are filled with text."""
    x0, x1 = min(unit.x0 for unit in units), max(unit.x1 for unit in units)
    width = x1 - x0
    if width < 120:
        return None
    # How many units each of the places 15 % to 85 % across cuts: counted where units begin and end.
    ends = [0] * 102
    for unit in units:
        first, behind = int((unit.x0 - x0) * 100 / width) + 1, ceil((unit.x1 - x0) * 100 / width)
        if first < behind:
            ends[first] += 1
            ends[behind] -= 1
    best: tuple[int, float, float] | None = None
    crossing = sum(ends[:15])
    for step in range(15, 86):
        crossing += ends[step]
        if crossing > len(units) * 0.3:
            continue
        candidate = (crossing, abs(step - 50), x0 + width * step / 100)
        if best is None or candidate < best:
            best = candidate
    if best is None:
        return None
    x = best[2]
    left = [unit for unit in units if unit.x1 <= x]
    right = [unit for unit in units if unit.x0 >= x]
    if len(left) < 3 or len(right) < 3:
        return None
    # The gutter's own edges.
    inner_left, inner_right = max(unit.x1 for unit in left), min(unit.x0 for unit in right)
    if inner_right - inner_left < 6:
        return None
    if not (_is_columns(left, inner_left - x0) and _is_columns(right, x1 - inner_right)):
        return None
    return (inner_left + inner_right) / 2


def _is_columns(units: list[Unit], width: float) -> bool:
    """Whether one side of a gutter is a column, or several."""
    return _is_filled(units, width) or (len(units) >= 6 and _gutter(units) is not None)


def _is_filled(units: list[Unit], width: float) -> bool:
    """Whether the units are running text of that width, rather than labels or figures beside others."""
    if width < 60:
        return False
    if any(not isinstance(unit, Line) for unit in units):
        return True
    filled = sum(unit.x1 - unit.x0 > 0.55 * width for unit in units)
    return filled >= 0.4 * len(units)


def paragraphs(group: list[Unit]) -> list[Paragraph | Table | Ready]:
    """Join a group's lines into paragraphs; a frame's lines among themselves."""
    found: list[Paragraph | Table | Ready] = []
    lines = [unit for unit in group if isinstance(unit, Line)]
    right = _right_edge(lines)
    left = min((line.x0 for line in lines), default=0.0)
    pitch = _pitch(lines)
    current: Paragraph | None = None
    for unit in group:
        if isinstance(unit, Line):
            if current and _goes_on(current, unit, right, pitch):
                current.lines.append(unit)
                current.text = structure.join(current.text, unit.text)
                continue
            current = Paragraph([unit], unit.text, unit.size, unit.bold, unit.font, right, left)
            found.append(current)
            continue
        current = None
        if isinstance(unit, Table | Ready):
            found.append(unit)
        else:
            for inner in order(list(unit.lines)):
                found += paragraphs(inner)
    return found


def _right_edge(lines: list[Line]) -> float:
    ends = sorted(line.x1 for line in lines)
    return ends[int(len(ends) * 0.9)] if ends else 0.0


def _pitch(lines: list[Line]) -> float:
    """From line to line inside paragraphs: the closer ones of those that follow each other. 0 for too few lines."""
    pitches = sorted(
        distance
        for above, below in pairwise(lines)
        if 0.8 * above.size < (distance := below.middle - above.middle) < 3 * above.size
    )
    return pitches[len(pitches) // 4] if len(pitches) > 2 else 0.0


def _goes_on(paragraph: Paragraph, line: Line, right: float, usual: float) -> bool:
    last = paragraph.lines[-1]
    size = last.size
    if line.vertical != last.vertical or not 0.87 < line.size / size < 1.15:
        return False
    pitch = line.middle - last.middle
    if not 0.6 * size < pitch < max(2.0 * size, min(2.9 * size, 1.25 * usual)):
        return False
    if line.x0 > last.x1 or line.x1 < last.x0:
        return False
    if len(paragraph.lines) > 1 and pitch > 1.35 * (last.middle - paragraph.lines[-2].middle):
        return False
    if structure.part_of(line.text).rank or structure.item_depth(line.text) or structure.is_caption(line.text):
        return False
    if structure.is_contents(paragraph.text) or structure.is_caption(paragraph.text):
        return False
    if line.text.startswith(("※", "（注", "(注")):
        return False
    if last.x1 < right - 2.2 * size and last.text[-1] not in "、，(（「":
        # A short line ends a paragraph, unless the text of this page is ragged as Latin text is.
        return not structure.is_japanese(last.text[-1]) and last.x1 > right - 8 * size and not last.text.endswith(".")
    first = paragraph.lines[0]
    # An indented line begins a new paragraph where the one before ended with a sentence.
    reference = last.x0 if len(paragraph.lines) > 1 else first.x0
    return not (last.text.endswith(("。", "．")) and line.x0 > reference + 0.7 * size)
