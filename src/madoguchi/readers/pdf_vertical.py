"""Vertical writing (縦書き): lines from top to bottom, from right to left.

A page of it is turned a quarter so that its lines lie as horizontal ones do, put in order by the same rules, and its
lines turned back. What is horizontal on such a page (a table, a box, a title) keeps its own order inside.
"""

from collections.abc import Sequence

from madoguchi.readers import pdf_layout
from madoguchi.readers.blocks import Block
from madoguchi.readers.pdf_layout import Frame, Paragraph, Ready, Table, Unit
from madoguchi.readers.pdf_text import Line

# Fewest characters of vertical lines beside each other on a horizontal page that are text and no label.
_FEWEST = 16
_NONE = Block("note", "", {})


def is_vertical(lines: Sequence[Line]) -> bool:
    """Return whether most of a page's characters stand in vertical lines."""
    upright = sum(len(line.text) for line in lines if line.vertical)
    return upright > 8 and upright * 2 > sum(len(line.text) for line in lines)


def ordered(units: list[Unit], width: float) -> list[Paragraph | Table | Ready]:
    """Return paragraphs, tables and ready blocks of a vertical page in reading order; `width` is the page's."""
    turned: list[Unit] = []
    # Turned unit -> what it stands for.
    stands_for: dict[int, Unit] = {}
    lying = [unit for unit in units if isinstance(unit, Line) and not unit.vertical]
    rest = [unit for unit in units if not isinstance(unit, Line) or unit.vertical]
    for unit in [*rest, *_rows(lying)]:
        if isinstance(unit, Line):
            turned.append(_turned(unit, width))
            continue
        place = Ready(unit.top, width - unit.x1, unit.bottom, width - unit.x0, _NONE)
        stands_for[id(place)] = unit
        turned.append(place)
    found: list[Paragraph | Table | Ready] = []
    for group in pdf_layout.order(turned):
        for part in pdf_layout.paragraphs(group):
            meant: Unit | Paragraph = stands_for.get(id(part), part)
            if isinstance(meant, Frame):
                found += arranged(list(meant.lines), width)
            elif isinstance(meant, Paragraph):
                meant.lines = [_turned_back(line, width) for line in meant.lines]
                found.append(meant)
            elif isinstance(meant, Table | Ready):
                found.append(meant)
    return found


def arranged(units: list[Unit], width: float) -> list[Paragraph | Table | Ready]:
    """Return the parts of a page, or of a box on it, in reading order, whichever way it is written."""
    if is_vertical([line for unit in units for line in _lines(unit)]):
        return ordered(units, width)
    units = _with_upright_frames(units)
    found: list[Paragraph | Table | Ready] = []
    for group in pdf_layout.order(units):
        plain: list[Unit] = []
        for unit in group:
            if isinstance(unit, Frame) and is_vertical(unit.lines):
                found += pdf_layout.paragraphs(plain)
                found += ordered(list(unit.lines), width)
                plain = []
            else:
                plain.append(unit)
        found += pdf_layout.paragraphs(plain)
    return found


def _lines(unit: Unit) -> Sequence[Line]:
    if isinstance(unit, Line):
        return [unit]
    return unit.lines if isinstance(unit, Frame) else []


def _rows(lines: Sequence[Line]) -> list[Unit]:
    """Horizontal lines of a vertical page as boxes: those one above another together."""
    frames: list[Frame] = []
    for line in sorted(lines, key=lambda line: line.top):
        for frame in frames:
            near = line.top - frame.bottom < 1.5 * line.size
            if near and line.x0 < frame.x1 + line.size and line.x1 > frame.x0 - line.size:
                frame.lines.append(line)
                frame.x0, frame.x1 = min(frame.x0, line.x0), max(frame.x1, line.x1)
                frame.bottom = max(frame.bottom, line.bottom)
                break
        else:
            frames.append(Frame(line.x0, line.top, line.x1, line.bottom, [line]))
    return list(frames)


def _with_upright_frames(units: list[Unit]) -> list[Unit]:
    """On a horizontal page: vertical lines beside each other become one box."""
    upright = sorted((unit for unit in units if isinstance(unit, Line) and unit.vertical), key=lambda line: -line.x1)
    if sum(len(line.text) for line in upright) < _FEWEST:
        return units
    frames: list[Frame] = []
    for line in upright:
        for frame in frames:
            last = frame.lines[-1]
            shared = min(frame.bottom, line.bottom) - max(frame.top, line.top)
            if 0 <= last.x0 - line.x0 < 3 * line.size and shared > 0:
                frame.lines.append(line)
                frame.x0 = min(frame.x0, line.x0)
                frame.top, frame.bottom = min(frame.top, line.top), max(frame.bottom, line.bottom)
                break
        else:
            frames.append(Frame(line.x0, line.top, line.x1, line.bottom, [line]))
    frames = [
        frame for frame in frames if len(frame.lines) > 1 and sum(len(line.text) for line in frame.lines) >= _FEWEST
    ]
    taken = {id(line) for frame in frames for line in frame.lines}
    return [*(unit for unit in units if id(unit) not in taken), *frames]


def _turned(line: Line, width: float) -> Line:
    turned = Line(line.top, width - line.x1, line.bottom, width - line.x0, line.text, line.region, line.hidden)
    turned.size, turned.font, turned.bold = line.size, line.font, line.bold
    return turned


def _turned_back(line: Line, width: float) -> Line:
    back = Line(width - line.bottom, line.x0, width - line.top, line.x1, line.text, line.region, line.hidden)
    back.size, back.font, back.bold, back.vertical = line.size, line.font, line.bold, True
    return back
