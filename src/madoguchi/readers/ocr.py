"""A page that is only a picture -> blocks: set upright and straight, tables by their lines, each line read by itself.

Needs Tesseract's library and its Japanese data (Debian: tesseract-ocr-jpn, tesseract-ocr-jpn-vert); without them
`available` says so. Runs inside the reading child, and starts no process.
"""

from dataclasses import dataclass
from functools import cache

import numpy as np
from PIL import Image

from madoguchi.readers import ocr_blocks, ocr_dark, ocr_engine, ocr_image, ocr_layout, ocr_tables, ocr_text
from madoguchi.readers.blocks import Block
from madoguchi.readers.limits import Limits
from madoguchi.readers.ocr_blocks import Line, Scanned, Table
from madoguchi.readers.ocr_engine import Engine, Grey, Row
from madoguchi.readers.ocr_image import Box, Ink
from madoguchi.readers.problems import Problem

PageLine = tuple[float, float, float, float, str]
# What orientation and script detection says below this is a guess.
_SURE_OF_ORIENTATION = 4.0
# Share of the CPU seconds after which no further page is begun.
_SHARE = 0.9
# Of a line's height: the white around it when it is read.
_MARGIN = 0.25
# Of a line that is read a second time: how sure its weakest character is, and by how much smaller it is read.
_DOUBTED, _SMALLER = (0.85, 0.95), 0.8
# How sure a line is at most that two readings say otherwise, and at least one that they say alike.
_OTHERWISE, _ALIKE = 0.3, 0.75
# Of a figure's words: below it they are noise.
_LIKELY = 0.5
_QUARTERS = {90: 1, 180: 2, 270: 3}


@cache
def available() -> bool:
    """Return whether scans can be read here."""
    return bool(ocr_engine.data_path() and ocr_engine.library() and ocr_image.library())


def has_time(limits: Limits, seconds: float = 10.0) -> bool:
    """Return whether this process may begin another page that takes `seconds` of CPU time."""
    return limits.cpu_used() + seconds < _SHARE * limits.cpu_seconds


def read_page(
    grey: bytes, width: int, height: int, dpi: int, number: int, limits: Limits
) -> tuple[list[Block], list[PageLine]]:
    """Return the blocks of page `number` in reading order, and its lines for the text layer.

    `grey` is 8-bit rows without padding. Boxes are fractions of the page as it was handed over. Both lists are empty
    when there is nothing to read. Problem `image-size` over the limit of pixels.
    """
    if width * height > limits.max_image_megapixels * 1_000_000:
        raise Problem("image-size", f"{width:,}×{height:,}画素")
    page = upright(np.frombuffer(grey, np.uint8, width * height).reshape(height, width), dpi)
    if page is None:
        return [], []
    lines, tables = _read(page, dpi)
    blocks = ocr_blocks.blocks(lines, tables, page, number)
    every = [*lines, *(line for table in tables for line in table.lines)]
    return blocks, [(*page.box(line.box), line.text) for line in every]


def words(blocks: list[Block]) -> tuple[str, float] | None:
    """Return what is written in a picture, line by line, and how sure that is; None when hardly anything is.

    `blocks` are those of `read_page`; what is not likely is left out.
    """
    sure = [block for block in blocks if block.confidence is None or block.confidence >= _LIKELY]
    lines: list[str] = []
    for block in sure:
        lines += [block.text.strip(), *(" ".join(cell.strip() for cell in row if cell.strip()) for row in block.cells)]
    text = "\n".join(line for line in lines if line)
    if sum(character.isalnum() for character in text) < 2:
        return None
    return text, min((block.confidence for block in sure if block.confidence is not None), default=1.0)


def upright(grey: Grey, dpi: int) -> Scanned | None:
    """Return the page levelled, turned and straightened, with what was done to it; None when it has no ink."""
    level = ocr_image.level(ocr_dark.lit(grey, dpi))
    ink = ocr_image.ink_of(level)
    if ink.mean() > 0.5:
        level = 255 - level
        ink = ocr_image.ink_of(level)
    if not 0.0001 < ink.mean() < 0.5:
        return None
    degrees, sure = _engine(ocr_engine.TURNS).orientation(level, dpi) if ocr_engine.has(ocr_engine.TURNS) else (0, 0.0)
    quarters = _QUARTERS.get(degrees, 0) if sure >= _SURE_OF_ORIENTATION else 0
    if quarters:
        level, ink = np.ascontiguousarray(np.rot90(level, quarters)), np.ascontiguousarray(np.rot90(ink, quarters))
    skew = ocr_image.skew(ink)
    if skew:
        level = ocr_image.turned(level, skew)
        ink = ocr_image.ink_of(level)
    return Scanned(level, ink, quarters, skew, grey.shape[1], grey.shape[0])


@cache
def _engine(language: str) -> Engine:
    variables = {"tessedit_char_whitelist": "0123456789,.%-()"} if language == ocr_engine.WESTERN else {}
    return Engine(language, variables)


@dataclass
class _Part:
    """What is read at a time: its pixels and ink, and where its top left corner stands on the page."""

    level: Grey
    ink: Ink
    x0: int
    top: int
    vertical: bool


def _read(page: Scanned, dpi: int) -> tuple[list[Line], list[Table]]:
    level, ink = page.level.copy(), page.ink.copy()
    em = ocr_image.em_of(ocr_image.boxes(ink), dpi)
    across, down, _ = ocr_image.rules(ink, em)
    grids, rules = ocr_tables.grids(across, down, em)
    edge = max(1, em // 20)
    for rule in rules:
        area = np.s_[max(0, rule.top - edge) : rule.bottom + edge, max(0, rule.x0 - edge) : rule.x1 + edge]
        ink[area], level[area] = False, 255
    pieces = ocr_image.boxes(ink)
    for x0, top, x1, bottom in (*ocr_image.specks(pieces, em, ink.shape), *ocr_image.pictures(pieces, em)):
        area = np.s_[max(0, top - 1) : bottom + 1, max(0, x0 - 1) : x1 + 1]
        ink[area], level[area] = False, 255
    tables = []
    for grid in grids:
        tables.append(_table(grid, level, ink, em, dpi))
        x0, top, x1, bottom = grid.box
        ink[top:bottom, x0:x1] = False
    lines = []
    for at, region in enumerate(ocr_layout.regions(ink, em)):
        part = _part(level, ink, region.box, region.vertical)
        lines += _lines(part, em, dpi, at)
    return lines, tables


def _part(level: Grey, ink: Ink, box: Box, vertical: bool) -> _Part:
    x0, top, x1, bottom = box
    return _Part(level[top:bottom, x0:x1], ink[top:bottom, x0:x1], x0, top, vertical)


def _lines(part: _Part, em: int, dpi: int, region: int, in_table: bool = False) -> list[Line]:
    """Read the lines of a part, each by itself."""
    found = []
    lying = np.rot90(part.ink) if part.vertical else part.ink
    for box in ocr_layout.lines(lying, em):
        x0, top, x1, bottom = ocr_layout.upright(box, part.ink.shape[1]) if part.vertical else box
        across = x1 - x0 if part.vertical else bottom - top
        margin = max(4, round(_MARGIN * across))
        canvas = np.full((bottom - top + 2 * margin, x1 - x0 + 2 * margin), 255, np.uint8)
        canvas[margin:-margin, margin:-margin] = part.level[top:bottom, x0:x1]
        mode = ocr_engine.VERTICAL_BLOCK if part.vertical else ocr_engine.LINE
        if across > 1.9 * em and not part.vertical and _is_several(part.ink[top:bottom, x0:x1], em):
            mode = ocr_engine.BLOCK
        if part.vertical and not ocr_engine.has(ocr_engine.VERTICAL):
            continue
        engine = _engine(ocr_engine.VERTICAL if part.vertical else ocr_engine.HORIZONTAL)
        gaps = ocr_layout.gaps(
            lying[box[1] : box[3], box[0] : box[2]], round((1.1 if part.vertical else 0.75) * across)
        )
        if not part.vertical:
            gaps = [(start + margin, end + margin) for start, end in gaps]
        for row in engine.rows(canvas, dpi, mode):
            text = ocr_text.text_of(row, part.vertical, gaps, box[2] - box[0])
            if ocr_text.is_noise(text, row.confidence):
                continue
            whole = (x0 + part.x0, top + part.top, x1 + part.x0, bottom + part.top)
            if mode == ocr_engine.BLOCK:
                left, above = whole[0] - margin, whole[1] - margin
                whole = (left + row.x0, above + row.top, left + row.x1, above + row.bottom)
            line = Line(whole, text, ocr_text.sureness(row), part.vertical, region)
            if in_table and not part.vertical and ocr_text.is_figure(text):
                _read_figure(line, canvas, dpi)
            elif mode != ocr_engine.BLOCK and _DOUBTED[0] <= row.weakest < _DOUBTED[1]:
                _read_again(line, row, canvas, dpi, mode)
            found.append(line)
    return found


def _read_again(line: Line, row: Row, canvas: Grey, dpi: int, mode: int) -> None:
    """Read a line a second time, a little smaller: what is there reads alike, what is guessed does not."""
    size = (round(canvas.shape[1] * _SMALLER), round(canvas.shape[0] * _SMALLER))
    small = np.asarray(Image.fromarray(canvas).resize(size, Image.Resampling.BICUBIC))
    rows = _engine(ocr_engine.VERTICAL if line.vertical else ocr_engine.HORIZONTAL).rows(
        small, round(dpi * _SMALLER), mode
    )
    if [symbol.text for other in rows for symbol in other.symbols] == [symbol.text for symbol in row.symbols]:
        line.confidence = max(line.confidence, _ALIKE)
    else:
        line.confidence = min(line.confidence, _OTHERWISE)


def _read_figure(line: Line, canvas: Grey, dpi: int) -> None:
    """Read a figure a second time with the data for western print; where the two differ, it is doubtful."""
    if not ocr_engine.has(ocr_engine.WESTERN):
        return
    rows = _engine(ocr_engine.WESTERN).rows(canvas, dpi, ocr_engine.LINE)
    other = "".join(symbol.text for row in rows for symbol in row.symbols)
    mine = line.text
    line.text, agree = ocr_text.figure(mine, other)
    if agree:
        line.confidence = max(line.confidence, _ALIKE)
        return
    line.confidence = min(line.confidence, _OTHERWISE)
    # Digits and commas are one piece of ink each: the reading that has as many characters is nearer.
    pieces = ocr_image.boxes(canvas < 128)
    count = int((pieces[:, 3] - pieces[:, 1] > canvas.shape[0] / 20).sum())
    if other[:1].isdigit() and mine[:1].isdigit() and len(other) == count != len(mine):
        line.text = other


def _is_several(ink: Ink, em: int) -> bool:
    """Whether a tall line is lines that something joins, and not large characters."""
    pieces = ocr_image.boxes(ink)
    tall = pieces[:, 3] - pieces[:, 1]
    return bool((tall > 0.5 * em).sum() >= 4 and np.percentile(tall[tall > 0.5 * em], 75) < 1.4 * em)


def _table(grid: ocr_tables.Grid, level: Grey, ink: Ink, em: int, dpi: int) -> Table:
    cells = [["" for _ in range(grid.columns)] for _ in range(grid.rows)]
    lines: list[Line] = []
    spans = []
    for cell in grid.cells:
        read = _cell(cell.box, level, ink, em, dpi)
        lines += read
        text = ocr_text.joined([line.text for line in read])
        for row in range(cell.row, cell.row + cell.rows):
            for column in range(cell.column, cell.column + cell.columns):
                cells[row][column] = text
        if cell.rows * cell.columns > 1:
            spans.append([cell.row, cell.column, cell.rows, cell.columns])
    return Table(grid.box, cells, spans, lines)


def _cell(box: Box, level: Grey, ink: Ink, em: int, dpi: int) -> list[Line]:
    edge = max(2, em // 12)
    inner = (box[0] + edge, box[1] + edge, box[2] - edge, box[3] - edge)
    part = _part(level, ink, inner, False)
    rows, columns = np.flatnonzero(part.ink.any(axis=1)), np.flatnonzero(part.ink.any(axis=0))
    if len(rows) < 3 or len(columns) < 2 or part.ink.sum() < em * em / 40:
        return []
    tall, wide = int(rows[-1] - rows[0]), int(columns[-1] - columns[0])
    # A narrow stack of characters, or a tall cell whose characters hang together downwards.
    part.vertical = tall > 2.2 * em and (wide < 1.3 * em or (tall > 2 * wide and ocr_layout.is_vertical(part.ink, em)))
    return _lines(part, em, dpi, 0, in_table=True)
