"""Figures of a PDF page: images and clusters of drawn paths with few words, with their caption and their words."""

from collections.abc import Callable, Iterable, Sequence
from itertools import chain

from madoguchi.readers import structure
from madoguchi.readers.blocks import Block
from madoguchi.readers.pdf_layout import Ready, Table
from madoguchi.readers.pdf_objects import Box, Drawn
from madoguchi.readers.pdf_text import Frame, Line, joined

# The net on which what is drawn hangs together, in points.
_NET = 9.0
_ROW = 10_000
_SMALLEST_WIDTH, _SMALLEST_HEIGHT = 70.0, 45.0
_LARGEST = 0.8
# Fewest paths of a drawing, and how much of it words may fill.
_FEWEST_PATHS = 10
_WORDS = 0.3
_LONG_LINE = 32
# Of a page, a figure without a word.
_SILENT_SHARE = 0.06
_NEAR_CAPTION = 32.0
_MAX_SHAPES = 20_000

Words = Callable[[Box], tuple[str, float] | None]


def take(
    drawn: Drawn, lines: list[Line], tables: Sequence[Table], frame: Frame, number: int, words: Words | None
) -> tuple[list[Line], list[Ready]]:
    """Part a page's open lines into those of the text and its figures. `words(box)` reads an image by eye."""
    found: list[Ready] = []
    if not drawn.images and len(drawn.shapes) < _FEWEST_PATHS:
        return lines, found
    for box, is_image in _boxes(drawn, tables, frame):
        inside = [line for line in lines if _within(line, box)]
        if not _is_figure(inside, box, is_image):
            continue
        gone = {id(line) for line in inside}
        lines = [line for line in lines if id(line) not in gone]
        caption = _caption(lines, box)
        inside = [line for line in inside if line is not caption]
        if caption:
            lines = [line for line in lines if line is not caption]
        text = _text(inside)
        read = words(box) if words and is_image and len(text) < 20 else None
        block = Block("figure", "", {"page": number, "boxes": [_share(box, frame)]})
        if read:
            text = f"{text}\n{read[0]}".strip()
            block.origin, block.confidence = "ocr", read[1]
        block.text = "\n".join(part for part in (caption.text.strip() if caption else "", text) if part)
        if not block.text and _area(box) < _SILENT_SHARE * frame.width * frame.height:
            # An ornament.
            continue
        found.append(Ready(*box, block))
    return lines, found


def _boxes(drawn: Drawn, tables: Sequence[Table], frame: Frame) -> list[tuple[Box, bool]]:
    """What hangs together as (box, whether it is mostly an image)."""
    whole = frame.width * frame.height
    images = [box for box in drawn.images if 0.008 * whole < _area(box) < _LARGEST * whole][:200]
    placed = [*images]
    widest, highest = 0.6 * frame.width, 0.6 * frame.height
    taken = [(t.x0 - 2, t.top - 2, t.x1 + 2, t.bottom + 2) for t in tables]
    for shape in drawn.shapes[:_MAX_SHAPES]:
        x0, top, x1, bottom = box = shape.box
        if x1 - x0 > widest or bottom - top > highest:
            continue
        if x1 < 0 or bottom < 0 or x0 > frame.width or top > frame.height:
            continue
        x, y = (x0 + x1) / 2, (top + bottom) / 2
        for left, upper, right, lower in taken:
            if left <= x <= right and upper <= y <= lower:
                break
        else:
            placed.append(box)
    if not images and len(placed) < _FEWEST_PATHS:
        return []
    owner = list(range(len(placed)))

    def root(index: int) -> int:
        while owner[index] != index:
            owner[index] = owner[owner[index]]
            index = owner[index]
        return index

    # Cell of the net -> the first box that touches it.
    cells: dict[int, int] = {}
    for index, box in enumerate(placed):
        mine = index
        for cell in _net(box):
            other = cells.setdefault(cell, index)
            if other != index and (first := root(other)) != mine:
                owner[mine] = first
                mine = first
    groups: dict[int, list[int]] = {}
    for index in range(len(placed)):
        groups.setdefault(root(index), []).append(index)
    boxes: list[tuple[Box, bool]] = []
    for group in groups.values():
        members = [placed[index] for index in group]
        box = (
            max(0.0, min(member[0] for member in members)),
            max(0.0, min(member[1] for member in members)),
            min(frame.width, max(member[2] for member in members)),
            min(frame.height, max(member[3] for member in members)),
        )
        is_image = any(index < len(images) for index in group)
        big = box[2] - box[0] >= _SMALLEST_WIDTH and box[3] - box[1] >= _SMALLEST_HEIGHT
        if big and _area(box) < _LARGEST * whole and (is_image or len(group) >= _FEWEST_PATHS):
            boxes.append((box, is_image))
    return sorted(boxes, key=lambda found: -_area(found[0]))


def _net(box: Box) -> Iterable[int]:
    """The cells of the net, by one number each, that a box's outline touches."""
    x0, top, x1, bottom = int(box[0] // _NET), int(box[1] // _NET), int(box[2] // _NET), int(box[3] // _NET)
    x1, bottom = min(x1, x0 + 300), min(bottom, top + 300)
    first, last = top * _ROW, bottom * _ROW
    if x1 - x0 < 2 and bottom - top < 2:
        return first + x0, first + x1, last + x0, last + x1
    sides = range(first, last + _ROW, _ROW)
    return chain(
        range(first + x0, first + x1 + 1),
        range(last + x0, last + x1 + 1),
        (row + x0 for row in sides),
        (row + x1 for row in sides),
    )


def _is_figure(inside: Sequence[Line], box: Box, is_image: bool) -> bool:
    """Whether a cluster is a picture rather than a box or ground of running text."""
    filled = sum(len(line.text) * line.size**2 for line in inside) / max(1.0, _area(box))
    sentences = sum(len(line.text) >= _LONG_LINE for line in inside)
    return filled <= _WORDS and sentences <= (3 if is_image else 2)


def _caption(lines: Sequence[Line], box: Box) -> Line | None:
    """The nearest line below or above that begins as captions do."""
    near: list[tuple[float, Line]] = []
    for line in lines:
        if line.x1 < box[0] or line.x0 > box[2] or not structure.FIGURE_CAPTION.match(line.text) or len(line.text) > 80:
            continue
        below, above = line.top - box[3], box[1] - line.bottom
        distance = below if below > -line.size else above
        if -line.size <= distance <= _NEAR_CAPTION:
            near.append((distance, line))
    return min(near, key=lambda one: one[0])[1] if near else None


def _text(lines: list[Line]) -> str:
    """The words in a figure, row by row."""
    rows: list[list[Line]] = []
    for line in sorted(lines, key=lambda line: line.middle):
        if rows and abs(line.middle - rows[-1][-1].middle) < 0.45 * line.size:
            rows[-1].append(line)
        else:
            rows.append([line])
    return "\n".join(
        " ".join(part.text.strip() for part in joined(sorted(row, key=lambda line: line.x0))) for row in rows
    )


def _within(line: Line, box: Box) -> bool:
    return box[0] <= (line.x0 + line.x1) / 2 <= box[2] and box[1] <= line.middle <= box[3]


def _area(box: Box) -> float:
    return max(0.0, box[2] - box[0]) * max(0.0, box[3] - box[1])


def _share(box: Box, frame: Frame) -> list[float]:
    shares = (box[0] / frame.width, box[1] / frame.height, box[2] / frame.width, box[3] / frame.height)
    return [round(min(1.0, max(0.0, share)), 5) for share in shares]
