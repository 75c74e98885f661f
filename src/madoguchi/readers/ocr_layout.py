"""Where text stands on a page of pixels: regions in reading order, which way each is written, and its lines."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from madoguchi.readers.ocr_image import Box, Ink, boxes, spread

# Sizes in characters.
_GUTTER, _COLUMN, _RAGGED = 1.4, 10.0, 2.0
_PARTS_OF_A_CHARACTER = 8
# Between two pages on one sheet, and the fewest rows that each has.
_FOLD, _ROWS_OF_A_PAGE = 4.0, 10
# A line of ruby is this small beside the line it belongs to.
_RUBY = 0.62


@dataclass
class Region:
    """A part of the page that is read from its first line to its last, in pixels."""

    box: Box
    vertical: bool


def regions(ink: Ink, em: int) -> list[Region]:
    """Return the regions of a page in reading order. `em` is the size of a character in pixels."""
    unit = max(1, em // _PARTS_OF_A_CHARACTER)
    small = _reduced(ink, unit)
    found = []
    for box, vertical in _leaves(small, em / unit):
        for x0, top, x1, bottom in _in_order(small, box, vertical, em / unit):
            whole = (x0 * unit, top * unit, min(ink.shape[1], x1 * unit), min(ink.shape[0], bottom * unit))
            found.append(Region(whole, vertical))
    return found


def _leaves(small: Ink, em: float) -> list[tuple[Box, bool]]:
    """Split a sheet on which two pages lie side by side, then each where horizontal and vertical writing meet."""
    height, width = small.shape
    whole = (0, 0, width, height)
    if width > 1.2 * height:
        for start, end in _gaps(along(small, 0), round(_FOLD * em)):
            halves = [(0, 0, (start + end) // 2, height), ((start + end) // 2, 0, width, height)]
            rows = [len(strips(along(small[:, x0:x1], 1))) for x0, _, x1, _ in halves]
            if 0.42 * width < (start + end) / 2 < 0.58 * width and min(rows) >= _ROWS_OF_A_PAGE:
                vertical = _leaning(small) > 1.15
                return [found for half in halves[:: -1 if vertical else 1] for found in _apart(small, half, em, None)]
    return _apart(small, whole, em, None)


def along(ink: Ink, axis: int) -> NDArray[np.bool_]:
    """Return where there is ink anywhere along an axis."""
    return np.asarray(ink.any(axis=axis), dtype=np.bool_)


def _reduced(ink: Ink, unit: int) -> Ink:
    height, width = -(-ink.shape[0] // unit), -(-ink.shape[1] // unit)
    padded = np.zeros((height * unit, width * unit), bool)
    padded[: ink.shape[0], : ink.shape[1]] = ink
    return np.asarray(padded.reshape(height, unit, width, unit).any(axis=(1, 3)), dtype=np.bool_)


def _leaning(ink: Ink) -> float:
    """How much longer the chains of characters are down than across: over 1 is vertical writing."""
    if not ink.any():
        return 0.0
    lengths = []
    for size, axis in (((4, 1), 0), ((1, 4), 1)):
        found = boxes(spread(ink, *size)).astype(np.float64)
        spans = found[:, axis + 2] - found[:, axis]
        weights = (found[:, 2] - found[:, 0]) * (found[:, 3] - found[:, 1])
        lengths.append(float((spans * weights).sum() / max(1.0, weights.sum())))
    return lengths[1] / max(1.0, lengths[0])


def is_vertical(ink: Ink, em: int) -> bool:
    """Return whether the characters of a part hang together downwards. `em` is their size in pixels."""
    return _leaning(_reduced(ink, max(1, em // _PARTS_OF_A_CHARACTER))) > 1.15


def _apart(small: Ink, box: Box, em: float, leaning: float | None) -> list[tuple[Box, bool]]:
    """Split a page where horizontal and vertical writing meet."""
    part = small[box[1] : box[3], box[0] : box[2]]
    if leaning is None:
        leaning = _leaning(part)
    vertical = leaning > 1.15
    for axis in (1, 0):
        for start, end in _gaps(along(part, axis), round(1.2 * em)):
            middle = (start + end) // 2
            if axis:
                halves = [(box[0], box[1], box[2], box[1] + middle), (box[0], box[1] + middle, box[2], box[3])]
            else:
                halves = [(box[0], box[1], box[0] + middle, box[3]), (box[0] + middle, box[1], box[2], box[3])]
            leanings = [_leaning(small[half[1] : half[3], half[0] : half[2]]) for half in halves]
            if min(leanings) < 0.4 and max(leanings) > 2.5:
                # Of two halves side by side, the one that vertical writing has on the right comes first.
                order = [1, 0] if not axis and vertical else [0, 1]
                return [found for at in order for found in _apart(small, halves[at], em, leanings[at])]
    return [(box, vertical)]


def _gaps(filled: NDArray[np.bool_], least: int) -> list[tuple[int, int]]:
    """The empty stretches between what is filled, at least so long, the longest first."""
    places = np.flatnonzero(filled)
    found = [(a + 1, b) for a, b in pairwise(places.tolist()) if b - a - 1 >= least]
    return sorted(found, key=lambda gap: gap[0] - gap[1])


def _in_order(small: Ink, box: Box, vertical: bool, em: float) -> list[Box]:
    part = small[box[1] : box[3], box[0] : box[2]]
    # A page of vertical writing, turned, is one of horizontal writing.
    lying = np.rot90(part) if vertical else part
    found = _columns(lying, (0, 0, lying.shape[1], lying.shape[0]), em)
    if vertical:
        found = [upright(one, part.shape[1]) for one in found]
    return [(x0 + box[0], top + box[1], x1 + box[0], bottom + box[1]) for x0, top, x1, bottom in found]


def upright(box: Box, width: int) -> Box:
    """Return where a box on a page turned a quarter to the left stood before, on a page of that width."""
    x0, top, x1, bottom = box
    return width - bottom, x0, width - top, x1


def strips(filled: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Return the filled stretches (start, end) that empty places part."""
    places = np.flatnonzero(filled)
    if not len(places):
        return []
    cuts = np.flatnonzero(np.diff(places) > 1)
    starts, ends = [places[0], *places[cuts + 1]], [*places[cuts], places[-1]]
    return [(int(start), int(end) + 1) for start, end in zip(starts, ends, strict=True)]


def _columns(page: Ink, box: Box, em: float, depth: int = 0) -> list[Box]:
    """Split a stretch of horizontal writing into its columns, from the top."""
    part = page[box[1] : box[3], box[0] : box[2]]
    rows = strips(along(part, 1))
    found: list[Box] = []
    plain: list[tuple[int, int]] = []

    def end_plain() -> None:
        if plain:
            found.append(_trimmed(page, (box[0], box[1] + plain[0][0], box[2], box[1] + plain[-1][1])))
            plain.clear()

    at = 0
    while at < len(rows):
        gutter, end = _gutter(part, rows, at, em) if depth < 6 else (None, at)
        if not gutter:
            plain.append(rows[at])
            at += 1
            continue
        end_plain()
        top, bottom = box[1] + rows[at][0], box[1] + rows[end - 1][1]
        left = (box[0], top, box[0] + gutter[0], bottom)
        right = (box[0] + gutter[1], top, box[2], bottom)
        found += _columns(page, left, em, depth + 1) + _columns(page, right, em, depth + 1)
        at = end
    end_plain()
    return found


def _gutter(part: Ink, rows: list[tuple[int, int]], at: int, em: float) -> tuple[tuple[int, int] | None, int]:
    """The empty stretch between two columns that begin with row `at`, and the row after their last."""
    filled = np.zeros(part.shape[1], bool)
    best: tuple[tuple[int, int] | None, int] = (None, at)
    for end in range(at, len(rows)):
        filled |= part[rows[end][0] : rows[end][1]].any(axis=0)
        gaps = _gaps(filled, round(_GUTTER * em))
        if not gaps and end > at + 1:
            break
        tall = rows[end][1] - rows[at][0] >= 4 * em
        last = end + 1 == len(rows)
        following = filled | part[rows[end + 1][0] : rows[end + 1][1]].any(axis=0) if not last else filled
        if tall and gaps and (last or not _gaps(following, round(_GUTTER * em))):
            block = part[rows[at][0] : rows[end][1]]
            for gap in gaps:
                if _parts_columns(block, gap, em):
                    return gap, end + 1
    return best


def _parts_columns(block: Ink, gap: tuple[int, int], em: float) -> bool:
    """Whether running text stands on both sides of a gap: not labels and their values, nor columns of figures."""
    left, right = block[:, : gap[0]], block[:, gap[1] :]
    lines = []
    for side in (left, right):
        places = np.flatnonzero(along(side, 0))
        if not len(places) or places[-1] - places[0] < _COLUMN * em:
            return False
        rows = [row for row in strips(along(side, 1)) if row[1] - row[0] > 0.4 * em]
        if len(rows) < 4:
            return False
        lines.append(rows)
    reach = [int(np.flatnonzero(along(left[top:bottom], 0))[-1]) for top, bottom in lines[0]]
    full = sum(max(reach) - end <= _RAGGED * em for end in reach)
    # Values go on over lines that have no label.
    covered = [sum(bottom - top for top, bottom in rows) for rows in lines]
    return full >= 0.5 * len(reach) and min(covered) > 0.35 * max(covered)


def _trimmed(page: Ink, box: Box) -> Box:
    part = page[box[1] : box[3], box[0] : box[2]]
    rows, columns = np.flatnonzero(along(part, 1)), np.flatnonzero(along(part, 0))
    return (
        box[0] + int(columns[0]),
        box[1] + int(rows[0]),
        box[0] + int(columns[-1]) + 1,
        box[1] + int(rows[-1]) + 1,
    )


def gaps(line: Ink, least: int) -> list[tuple[int, int]]:
    """Return the empty stretches along a line, at least so long, in order."""
    return sorted(_gaps(along(line, 0), least))


def lines(ink: Ink, em: int) -> list[Box]:
    """Return the lines of a region of horizontal writing, from its top; ruby is left out."""
    found = [strip for strip in strips(ink.sum(axis=1) > 1) if strip[1] - strip[0] > 1]
    whole: list[tuple[int, int]] = []
    for start, end in found:
        if whole:
            before_start, before_end = whole[-1]
            small = min(end - start, before_end - before_start) < 0.6 * em
            # 「三」 alone on its line comes in three pieces.
            if small and start - before_end < 0.4 * em and end - before_start <= 1.2 * em:
                whole[-1] = (before_start, end)
                continue
        whole.append((start, end))
    kept: list[Box] = []
    for at, (start, end) in enumerate(whole):
        following = whole[at + 1] if at + 1 < len(whole) else None
        is_ruby = (
            following is not None
            and end - start < _RUBY * (following[1] - following[0])
            and following[0] - end < 0.35 * em
            and end - start < 0.75 * em
        )
        if is_ruby or end - start < 0.12 * em:
            continue
        columns = np.flatnonzero(along(ink[start:end], 0))
        kept.append((int(columns[0]), start, int(columns[-1]) + 1, end))
    return kept
