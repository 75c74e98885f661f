"""PDF pages whose characters say nothing: pictures of text, and text layers that are broken. They are read by eye."""

import importlib
import math
import re
import time
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import pypdfium2_raw as pdfium

from madoguchi.readers import pdf_objects, pdfium_calls
from madoguchi.readers.blocks import Block
from madoguchi.readers.limits import Limits
from madoguchi.readers.pdf_objects import Box, Drawn
from madoguchi.readers.pdf_text import Frame, Line

BROKEN = "文字の情報が壊れている部分"
# Dots an inch a page is drawn with, and the fewest of a scan that is taken as it is.
_DPI, _LEAST_DPI = 300, 50
# What a scan may have beside its images: a frame, a stamp of the date.
_BESIDE_A_SCAN = 12
# Share of a page that images cover where the page is a picture.
_PICTURE = 0.6
# Fewest characters that say a page has text of its own beside its pictures.
_WRITTEN = 30
_OUTLINES = 150
# What no text of an office holds: replacement, private use, controls, halves, places without a character.
_GARBAGE = re.compile(r"[\ufffd\ue000-\uf8ff\x00-\x1f\x7f-\x9f\ufff0-\uffff\U000f0000-\U0010ffff]")
# Letters that a Japanese text in the wrong code turns into: 「‚±‚Ì」, 「ã\x81“」.
_ACCENTED = re.compile(r"[\u0080-\u024f\u02b0-\u02ff\u201a-\u201e\u2020-\u2022\u2030-\u203a]")
_SHARE = 0.25
_ACCENTED_SHARE = 0.4
_FEWEST = 12
_SAMPLES = 100
# Share of the limits of time that reading by eye may use, and what a page takes until one has been measured (seconds).
_OF_TIME = 0.75
_FIRST_GUESS = 6.0
# Fewest characters of a layer that is compared, the share of pairs of characters it must have in common with what we
# read, and how sure that must be.
_COMPARED, _ALIKE, _SURE = 100, 0.75, 0.6
# Of the limit of CPU time, what the images on pages with text of their own may use, and what one takes at first.
_OF_TIME_FOR_FIGURES = 0.2
_FIGURE_GUESS = 3.0

Read = tuple[list[Block], list[tuple[float, float, float, float, str]]]


@dataclass
class Eye:
    """Reads pictures as long as there is time, and keeps account of what it read and what it could not."""

    limits: Limits
    begun: float = field(default_factory=time.monotonic)
    longest: float = _FIRST_GUESS
    on_figures: float = 0.0
    read_pages: list[int] = field(default_factory=list)
    late_pages: list[int] = field(default_factory=list)
    # Whether the text that another engine laid under the scans is poor; None until a page of it was looked at.
    poor_layer: bool | None = None
    _looked_at: tuple[int, Read | None] = (0, None)
    _ocr: Any = None

    def __post_init__(self) -> None:
        try:
            self._ocr = importlib.import_module("madoguchi.readers.ocr")
        except ImportError:
            self._ocr = None

    def is_open(self) -> bool:
        """Return whether there is an engine to read with."""
        return self._ocr is not None and bool(self._ocr.available())

    def has_time(self) -> bool:
        """Return whether another page would end within the limits."""
        cpu = self.limits.cpu_seconds * _OF_TIME - self.limits.cpu_used()
        wall = self.limits.wall_seconds * _OF_TIME - (time.monotonic() - self.begun)
        return min(cpu, wall) > self.longest

    def page(self, page: object, frame: Frame, number: int, drawn: Drawn) -> Read | None:
        """Return what a page shows as blocks and lines; None when it cannot be looked at."""
        if not self.is_open():
            return None
        if not self.has_time():
            self.late_pages.append(number)
            return None
        found = self._whole(page, frame, number, drawn)
        if found is not None:
            self.read_pages.append(number)
        return found

    def distrusts(self, page: object, frame: Frame, number: int, drawn: Drawn, lines: Sequence[Line]) -> bool:
        """Return whether the text laid under a scan is to be read anew: on the first page with enough of it, it says
        otherwise than we read, and we are sure. One page speaks for its file."""
        if not self.is_open() or not self.has_time():
            return False
        text = _plain("".join(line.text for line in lines))
        if self.poor_layer is None and len(text) >= _COMPARED:
            found = self._whole(page, frame, number, drawn)
            blocks = found[0] if found else []
            sure = sum((block.confidence or 0.0) * len(_said(block)) for block in blocks)
            said = "".join(map(_said, blocks))
            self.poor_layer = sure >= _SURE * max(1, len(said)) and _in_common(text, _plain(said)) < _ALIKE
        return bool(self.poor_layer)

    def _whole(self, page: object, frame: Frame, number: int, drawn: Drawn) -> Read | None:
        """What a whole page shows; a page that was looked at before is not read twice."""
        if self._looked_at[0] != number:
            self._looked_at = number, self._look(page, frame, number, None, drawn)
        return self._looked_at[1]

    def words(self, page: object, frame: Frame, number: int, box: Box, drawn: Drawn) -> tuple[str, float] | None:
        """Return the words in a part of a page and how sure they are; None when there are none or no time."""
        room = self.limits.cpu_seconds * _OF_TIME_FOR_FIGURES - self.on_figures
        if not self.is_open() or room < _FIGURE_GUESS or not self.has_time():
            return None
        begun = time.process_time()
        found = self._look(page, frame, number, box, drawn)
        self.on_figures += time.process_time() - begun
        blocks = found[0] if found else []
        text = "\n".join(_said(block) for block in blocks if _said(block))
        if sum(character.isalnum() for character in text) < 2:
            return None
        return text, min((block.confidence for block in blocks if block.confidence is not None), default=1.0)

    def _look(self, page: object, frame: Frame, number: int, box: Box | None, drawn: Drawn) -> Read | None:
        dpi = resolution(drawn, frame, box)
        picture = pdf_objects.grey(page, frame, dpi / 72, box)
        if picture is None:
            return None
        pixels, width, height = picture
        begun = time.process_time()
        found: Read = self._ocr.read_page(pixels, width, height, round(dpi), number, self.limits)
        self.longest = max(1.0, time.process_time() - begun) if box is None else self.longest
        return found


def _said(block: Block) -> str:
    rows = [" ".join(cell.strip() for cell in row if cell.strip()) for row in block.cells]
    return "\n".join(part for part in (block.text.strip(), *rows) if part)


def _plain(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).split())


def _in_common(one: str, other: str) -> float:
    """The share of pairs of neighbouring characters that two texts have in common, whatever their order (0–1)."""
    pairs = [Counter(pairwise(text)) for text in (one, other)]
    return 2 * (pairs[0] & pairs[1]).total() / max(1, pairs[0].total() + pairs[1].total())


def is_picture(drawn: Drawn, frame: Frame) -> bool:
    """Return whether images cover most of a page."""
    return _covered(drawn.images, frame) >= _PICTURE


def resolution(drawn: Drawn, frame: Frame, box: Box | None = None) -> float:
    """Return with how many dots an inch a page, or the part of it in `box`, is drawn to be read: where one image is all
    there is, with its own. Its letters blur when they are redrawn, larger ones more than smaller ones."""
    x0, top, x1, bottom = place = box or (0.0, 0.0, frame.width, frame.height)
    area = max(1.0, (x1 - x0) * (bottom - top))
    most = 72 * math.sqrt(0.99 * pdf_objects.MAX_DOTS / max(1.0, frame.width * frame.height))
    images = set(drawn.images)
    beside = [shape.box for shape in drawn.shapes if shape.box not in images]
    beside += [text.box for text in drawn.texts if text.handle not in drawn.unseen]
    if sum(_touch(one, place) for one in beside) > _BESIDE_A_SCAN:
        return min(_DPI, most)
    own = 0.0
    for image, pixels in zip(drawn.images, drawn.pixels, strict=True):
        wide, high = image[2] - image[0], image[3] - image[1]
        if _overlap(image, place) < 0.02 * area or min(wide, high) < 1:
            continue
        # A page may be shown on its side.
        scales = min(
            ((across * 72 / wide, down * 72 / high) for across, down in (pixels, pixels[::-1])),
            key=lambda pair: abs(pair[0] - pair[1]),
        )
        if min(scales) < _LEAST_DPI or max(scales) > 1.1 * min(scales):
            return min(_DPI, most)
        own = max(own, sum(scales) / 2)
    return min(own or _DPI, _DPI, most)


def _touch(one: Box, other: Box) -> bool:
    return one[0] <= other[2] and one[2] >= other[0] and one[1] <= other[3] and one[3] >= other[1]


def _overlap(one: Box, other: Box) -> float:
    wide = min(one[2], other[2]) - max(one[0], other[0])
    high = min(one[3], other[3]) - max(one[1], other[1])
    return wide * high if wide > 0 < high else 0.0


def has_eye_layer(drawn: Drawn, frame: Frame) -> bool:
    """Return whether a page is a scan with the text some OCR laid under it: invisible by nature, and its only text."""
    return drawn.invisible > 0 and drawn.invisible >= 0.8 * len(drawn.texts) and is_picture(drawn, frame)


def needs_eye(drawn: Drawn, frame: Frame, lines: Sequence[Line]) -> bool:
    """Return whether a page shows more than its characters say: no text over images or outlines, or hardly any over
    a picture of a whole page."""
    written = sum(len(line.text) for line in lines)
    if written == 0:
        return bool(drawn.images) or len(drawn.shapes) >= _OUTLINES
    return written < _WRITTEN and is_picture(drawn, frame)


def is_broken(textpage: object, lines: Sequence[Line]) -> bool:
    """Return whether a page's text layer is garbage: glyphs without a character, or characters nobody writes."""
    text = "".join(line.text for line in lines)
    if len(text) < _FEWEST:
        return False
    if len(_GARBAGE.findall(text)) >= _SHARE * len(text):
        return True
    if len(_ACCENTED.findall(text)) >= _ACCENTED_SHARE * len(text):
        return True
    count = pdfium.FPDFText_CountChars(textpage)
    handle, wrong, asked = pdfium_calls.address(textpage), pdfium_calls.has_map_error, 0
    errors = 0
    for index in range(0, count, max(1, count // _SAMPLES)):
        asked += 1
        errors += wrong(handle, index) == 1
    return errors >= _SHARE * asked


def _covered(boxes: Sequence[Box], frame: Frame) -> float:
    """The share of a page that boxes cover, on a coarse net: strips of one scan do not overlap, repeated images do."""
    if not boxes:
        return 0.0
    steps = 20
    hit: set[tuple[int, int]] = set()
    for x0, top, x1, bottom in boxes[:500]:
        for column in range(steps):
            x = (column + 0.5) / steps * frame.width
            if x0 <= x <= x1:
                hit.update((column, row) for row in range(steps) if top <= (row + 0.5) / steps * frame.height <= bottom)
    return len(hit) / steps**2
