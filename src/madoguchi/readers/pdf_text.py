"""PDF page -> lines: characters with their boxes from PDFium, joined into runs and rows.

Everything is in points from the top left corner of the page as shown (its rotation applied).
"""

import ctypes
from array import array
from bisect import bisect_left
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from copy import copy
from itertools import repeat
from math import inf
from typing import Protocol

import pypdfium2_raw as pdfium

from madoguchi.readers import pdfium_calls
from madoguchi.readers.signs import CONTROLS, NO_SIGN, TAGS

# A run goes on over gaps of at most this share of the character height; a wider one is a tab, column or cell.
_GAP = 0.9
# What fonts draw for vertical lines -> the character it is.
_UPRIGHT = dict(
    zip(
        range(0xFE10, 0xFE1A),
        map(ord, "，、。：；！？〖〗…"),
        strict=True,
    )
) | dict(zip(range(0xFE30, 0xFE45), map(ord, "‥—–＿﹏（）｛｝〔〕【】《》〈〉「」『』"), strict=True))


# What the names of bold fonts have in them.
_BOLD = ("Bold", "Gothic", "ゴシック", "Heavy", "Black", "-W6", "Medium")


class Line:
    """A run of characters in one direction: box in points, text, character size, font, the region (table cell or
    frame; 0 the open page) it lies in, and why nobody sees it."""

    __slots__ = ("bold", "bottom", "font", "hidden", "region", "size", "text", "top", "vertical", "x0", "x1")

    def __init__(
        self, x0: float, top: float, x1: float, bottom: float, text: str, region: int = 0, hidden: str = ""
    ) -> None:
        self.x0, self.top, self.x1, self.bottom = x0, top, x1, bottom
        self.text = text
        self.size = bottom - top
        self.font = ""
        self.bold = False
        self.vertical = False
        self.region = region
        self.hidden = hidden

    @property
    def middle(self) -> float:
        return (self.top + self.bottom) / 2


class Frame:
    """How page coordinates become points from the shown page's top left corner."""

    def __init__(self, page: object) -> None:
        self.width = float(pdfium.FPDF_GetPageWidthF(page))
        self.height = float(pdfium.FPDF_GetPageHeightF(page))
        # Asked of PDFium in a million steps: crop box, rotation and user unit are all in it.
        steps, x, y = 1_000_000, ctypes.c_int(), ctypes.c_int()
        corners = []
        for px, py in ((0, 0), (1000, 0), (0, 1000)):
            pdfium.FPDF_PageToDevice(page, 0, 0, steps, steps, 0, px, py, ctypes.byref(x), ctypes.byref(y))
            corners.append((x.value / steps * self.width, y.value / steps * self.height))
        (self.e, self.f), (x1, y1), (x2, y2) = corners
        self.a, self.b = (x1 - self.e) / 1000, (y1 - self.f) / 1000
        self.c, self.d = (x2 - self.e) / 1000, (y2 - self.f) / 1000
        self.upright = abs(self.b) < 1e-3 and abs(self.c) < 1e-3

    def point(self, x: float, y: float) -> tuple[float, float]:
        """Return a point of the page's own space as shown."""
        return self.a * x + self.c * y + self.e, self.b * x + self.d * y + self.f


class Lined(Protocol):
    """A net of lines: the places of its columns and rows."""

    xs: list[float]
    ys: list[float]


class Regions:
    """Which region of a page (a table's cell, a box; 0 the open page) a point is in. Between two lines of its nets it
    is the same everywhere, so that hardly any character has to be looked up."""

    def __init__(self, region_of: Callable[[float, float], int], nets: Sequence[Lined]) -> None:
        self._region_of = region_of
        self._xs = [-inf, *sorted({x for net in nets for x in net.xs}), inf]
        self._ys = [-inf, *sorted({y for net in nets for y in net.ys}), inf]

    def at(self, x: float, y: float) -> tuple[int, float, float, float, float]:
        """Return the region at a point and the box (x0, top, x1, bottom) inside which it is the same."""
        column, row = bisect_left(self._xs, x), bisect_left(self._ys, y)
        return self._region_of(x, y), self._xs[column - 1], self._ys[row - 1], self._xs[column], self._ys[row]


def runs(
    textpage: object,
    frame: Frame,
    regions: Regions | None = None,
    unseen: Mapping[int, str] | None = None,
) -> list[Line]:
    """Return the page's runs in the order the file draws them. `regions` tells table cells and frames apart, `unseen`
    the text objects nobody sees, by their addresses."""
    count = pdfium.FPDFText_CountChars(textpage)
    if count <= 0:
        return []
    codes = _codes(textpage, count)
    boxes = _boxes(textpage, count, frame)
    found: list[Line] = []
    line: Line | None = None
    first = 0
    last = 0
    samples: list[int] = []
    gap_pending, written = False, ""
    seen: set[tuple[str, int, int]] = set()
    is_generated, handle = pdfium_calls.char_is_generated, pdfium_calls.address(textpage)
    object_of = pdfium_calls.text_object
    hidden = ""
    tags: list[str] = []
    region, from_x, from_y, to_x, to_y = 0, 0.0, 0.0, 0.0, 0.0

    def close() -> None:
        if line is None:
            return
        key = (line.text, round(line.x0 / 2), round(line.top / 2))
        # Bold made by drawing the same text twice.
        if key not in seen:
            seen.add(key)
            found.append(line)
            # Its middle character tells the style: a bold name often begins a plain line.
            middle = (first + last) // 2
            # A space that PDFium made up has neither size nor font.
            while middle < last and codes[middle] <= 32:
                middle += 1
            samples.append(middle)

    for index, (code, x0, top, x1, bottom) in enumerate(zip(codes, *boxes, strict=True)):
        if code <= 32 or code in (0xA0, 0x3000):
            gap_pending = True
            # Spaces that PDFium makes up from distance are no spaces between Japanese characters and figures.
            if not written and (code == 0x3000 or (code == 32 and not is_generated(handle, index))):
                written = chr(code)
            continue
        if code in CONTROLS:
            continue
        if code > 0xFE0F:
            code = _UPRIGHT.get(code, code)
            if code in TAGS:
                tags.append(chr(code - TAGS[0]))
                continue
        if regions is not None:
            x, y = (x0 + x1) / 2, (top + bottom) / 2
            if not (from_x < x < to_x and from_y < y < to_y):
                region, from_x, from_y, to_x, to_y = regions.at(x, y)
        character = chr(code) if code < 0xD800 or code >= 0xE000 else "\ufffd"
        if unseen:
            hidden = unseen.get(object_of(handle, index) or 0, "")
        if line is not None and line.region == region and line.hidden == hidden:
            height = line.bottom - line.top
            if line.vertical:
                # 「12」 side by side in a vertical line, wherever in its width.
                small = code < 0x3000 and line.x0 - 0.4 * line.size < (x0 + x1) / 2 < line.x1 + 0.4 * line.size
                beside = small and line.text[-1] < "\u3000" and top < line.bottom - 0.4 * line.size < bottom
                if (small or abs(x0 + x1 - line.x0 - line.x1) < line.size * 0.8) and (
                    beside or -0.3 < (top - line.bottom) / line.size < 0.6
                ):
                    line.text += character
                    last = index
                    line.bottom = max(line.bottom, bottom)
                    gap_pending, written = False, ""
                    continue
            elif abs(top + bottom - line.top - line.bottom) < height * 0.7:
                gap = x0 - line.x1
                if -0.6 * height < gap < _GAP * height or (gap_pending and gap < 1.2 * height and gap > -0.6 * height):
                    if (
                        gap_pending
                        and gap > 0.15 * height
                        and (written or gap > 0.5 * height or (code < 0x2E80 and line.text[-1] < "\u2e80"))
                    ):
                        line.text += written or " "
                    line.text += character
                    last = index
                    gap_pending, written = False, ""
                    if x1 > line.x1:
                        line.x1 = x1
                    if top < line.top:
                        line.top = top
                    if bottom > line.bottom:
                        line.bottom = bottom
                    continue
            elif (
                len(line.text) == 1
                # A letter that lies is as wide as the line, and less high.
                and abs(x0 + x1 - line.x0 - line.x1) < (cell := max(height, line.x1 - line.x0)) * 0.5
                and -0.2 < (top - line.bottom) / cell < 0.35
                and ((code > 0x3000 and line.text > "\u3000") or _lies(handle, first) or _lies(handle, index))
            ):
                line.vertical = True
                line.size = cell
                line.text += character
                line.bottom = bottom
                gap_pending, written = False, ""
                continue
        close()
        line = Line(x0, top, x1, bottom, character, region, hidden)
        first = last = index
        gap_pending, written = False, ""
    close()
    _style(textpage, found, samples)
    if tags:
        found.append(Line(0, 0, 1, 1, "".join(tags), 0, NO_SIGN))
    return found


def _lies(handle: int, index: int) -> bool:
    """Whether a character is turned a quarter to the right, as Latin letters in a vertical line are."""
    angle: float = pdfium_calls.char_angle(handle, index)
    return 1.5 < angle < 1.65


def _codes(textpage: object, count: int) -> list[int]:
    whole = (ctypes.c_ushort * (count + 1))()
    if pdfium.FPDFText_GetText(textpage, 0, count, whole) == count + 1:
        codes = list(whole)[:count]
        # One call for all, unless it would say a hyphen at the end of a line, or a character in two halves, otherwise.
        if not any(0xD800 <= code < 0xE000 or code == 0xFFFE for code in set(codes)):
            return codes
    codes = list(map(pdfium_calls.char_code, repeat(pdfium_calls.address(textpage)), range(count)))
    # Some builds give a character outside the BMP as two halves.
    halves = [index for index, code in enumerate(codes[:-1]) if 0xD800 <= code < 0xDC00]
    for index in halves:
        high, low = codes[index], codes[index + 1]
        if 0xDC00 <= low < 0xE000:
            codes[index] = 0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00)
            codes[index + 1] = 0xFFFF
    return codes


def _boxes(textpage: object, count: int, frame: Frame) -> "tuple[array[float], ...]":
    """x0, top, x1, bottom of each character as shown, each in an array of its own."""
    flat = array("f", bytes(16 * count))
    at, _ = flat.buffer_info()
    handle, places = pdfium_calls.address(textpage), range(at, at + 16 * count, 16)
    # In a loop of C: this is the call made most often.
    deque(map(pdfium_calls.char_box, repeat(handle), range(count), places), maxlen=0)
    # FS_RECTF is left, top, right, bottom with y upwards.
    left, upper, right, lower = (flat[side::4] for side in range(4))
    if frame.upright and frame.a > 0 and frame.d < 0:
        a, d, e, f = frame.a, frame.d, frame.e, frame.f
        return (
            array("f", [a * value + e for value in left]),
            array("f", [d * value + f for value in upper]),
            array("f", [a * value + e for value in right]),
            array("f", [d * value + f for value in lower]),
        )
    sides = [array("f") for _ in range(4)]
    for corners in zip(left, upper, right, lower, strict=True):
        (xa, ya), (xb, yb) = frame.point(*corners[:2]), frame.point(*corners[2:])
        for side, value in zip(sides, (min(xa, xb), min(ya, yb), max(xa, xb), max(ya, yb)), strict=True):
            side.append(value)
    return tuple(sides)


def _style(textpage: object, lines: list[Line], samples: list[int]) -> None:
    """Set size and font of each run by one of its characters."""
    name, flags, matrix = ctypes.create_string_buffer(128), ctypes.c_int(), pdfium.FS_MATRIX()
    name_at, flags_at, matrix_at = map(ctypes.addressof, (name, flags, matrix))
    size_of, matrix_of, font_of = pdfium_calls.font_size, pdfium_calls.char_matrix, pdfium_calls.font_info
    handle = pdfium_calls.address(textpage)
    fonts: dict[bytes, tuple[str, bool]] = {}
    for line, index in zip(lines, samples, strict=True):
        size = size_of(handle, index)
        if matrix_of(handle, index, matrix_at):
            size *= (matrix.c**2 + matrix.d**2) ** 0.5
        if 1 < size < 400:
            line.size = size
        if font_of(handle, index, name_at, 128, flags_at):
            said = name.value
            if said not in fonts:
                font = said.decode("utf-8", "replace").rpartition("+")[2]
                fonts[said] = font, any(word in font for word in _BOLD)
            line.font, line.bold = fonts[said]


def joined(row: list[Line], reach: float = 4.0) -> list[Line]:
    """Join the runs of one row, left to right, where at most `reach` characters stand between them: a tab,
    「氏　　名」, the number at the end of a line of contents. The runs themselves stay as they are."""
    if len(row) < 2:
        return row
    lines = [copy(row[0])]
    for line in row[1:]:
        last = lines[-1]
        gap = line.x0 - last.x1
        size = max(line.size, last.size)
        alike = 0.6 < line.size / last.size < 1.7 and not line.vertical and not last.vertical
        number = reach >= 4 and line is row[-1] and line.text.isdigit() and len(line.text) < 5 and len(row) == 2
        if not alike or (gap > reach * size and not number) or gap < -size:
            lines.append(copy(line))
            continue
        last.text += line.text if gap < 0.2 * size else f"　{line.text}" if gap > 0.9 * size else f" {line.text}"
        last.x1 = max(last.x1, line.x1)
        last.top, last.bottom = min(last.top, line.top), max(last.bottom, line.bottom)
        if len(line.text) > len(last.text) / 2:
            last.bold = line.bold
    return lines
