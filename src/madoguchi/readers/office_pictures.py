"""Pictures in Office files -> figures: what is written in them by OCR, as in a PDF's figures and within the same share
of time. Small ones (logos, icons) are left; a drawing in vectors (EMF, WMF) is not read, and the notice says so."""

import re
import time
from dataclasses import dataclass
from typing import Any

from madoguchi.readers.blocks import Block
from madoguchi.readers.drawing_parts import A, number
from madoguchi.readers.limits import Limits
from madoguchi.readers.problems import Problem
from madoguchi.readers.xmlparts import Package

# Left, top, right, bottom: what is cut off, as shares of the picture.
Crop = tuple[float, float, float, float]
# A point in the units of drawings.
EMU = 12_700
_R = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
_VML_SIZE = re.compile(r"(?:^|;)\s*(width|height)\s*:\s*([0-9.]{1,9})(pt|in|cm|mm|px)?")
_POINTS = {"pt": 1.0, "in": 72.0, "cm": 28.35, "mm": 2.835, "px": 0.75, "": 0.75}
A4 = 595.0 * 842.0
_SMALLEST_WIDTH, _SMALLEST_HEIGHT = 70.0, 45.0
# Of a page: the least that is a figure, and the least in which something is written.
_LEAST, _LEAST_READ = 0.008, 0.04
_MAX_PICTURES = 500
# Of the limit of CPU time, what pictures may use, and what one takes until one has been read (seconds).
_OF_TIME, _GUESS = 0.2, 3.0
_DPI, _LEAST_DPI = 300, 50
_VECTORS = (b"\x01\0\0\0", b"\xd7\xcd\xc6\x9a", b"\x01\0\x09\0", b"\x02\0\x09\0")


@dataclass(frozen=True)
class Placed:
    """A picture as a file shows it: its relation or part, its size in points, what is cut off."""

    key: str
    width: float
    height: float
    crop: Crop = (0.0, 0.0, 0.0, 0.0)


def placed(picture: Any, size: tuple[float, float] | None = None) -> Placed | None:
    """Return where the `pic` element of a document, slide or sheet has its picture; None for one outside the file.
    `size` is in points, where the element's own is not what one sees."""
    blip = picture.find(f".//{A}blip")
    key = blip.get(f"{_R}embed", "") if blip is not None else ""
    extent = picture.find(f"{{*}}spPr/{A}xfrm/{A}ext")
    if size is None and extent is not None:
        size = (number(extent.get("cx")) / EMU, number(extent.get("cy")) / EMU)
    if not key or size is None:
        return None
    cut = picture.find(f".//{A}srcRect")
    sides = [number(cut.get(side)) / 100_000 for side in "ltrb"] if cut is not None else [0.0] * 4
    return Placed(key, *size, (sides[0], sides[1], sides[2], sides[3]))


def placed_in_vml(data: Any, shape: Any) -> Placed | None:
    """Return where the `imagedata` of an older document's shape has its picture."""
    size = {name: float(value) * _POINTS[unit or ""] for name, value, unit in _VML_SIZE.findall(shape.get("style", ""))}
    key = data.get(f"{_R}id", "")
    if not key or len(size) < 2:
        return None
    sides = [_share(data.get(f"crop{side}", "")) for side in ("left", "top", "right", "bottom")]
    return Placed(key, size["width"], size["height"], (sides[0], sides[1], sides[2], sides[3]))


def _share(text: str) -> float:
    """A share as VML writes it: 0.25, or 16384f of 65536."""
    return number(text.removesuffix("f")) / 65536 if text.endswith("f") else number(text)


class Pictures:
    """Reads the pictures of one file, each once, and keeps account of those it could not."""

    def __init__(self, package: Package, limits: Limits, page: float = A4) -> None:
        self._package, self._limits = package, limits
        # Of a page or slide, in square points.
        self.page = page
        self._seen: set[str] = set()
        self._spent = 0.0
        self._vectors = self._late = self._closed = 0
        self._lacking = False

    def figure(self, part: str, placed: Placed) -> Block | None:
        """Return the figure that a picture part makes; None for a small one and for one that came before."""
        area = placed.width * placed.height
        if placed.width < _SMALLEST_WIDTH or placed.height < _SMALLEST_HEIGHT or area < _LEAST * self.page:
            return None
        content = self._package.content(part)
        if not content or part in self._seen or len(self._seen) >= _MAX_PICTURES:
            return None
        self._seen.add(part)
        block = Block("figure", "", {})
        if area >= _LEAST_READ * self.page:
            found = self._words(content, placed)
            if found:
                block.text, block.confidence = found
                block.origin = "ocr"
        return block

    def notice(self) -> str:
        """Return what a person should know of pictures that were not read."""
        said = []
        if self._lacking:
            said.append("図の中の文字は、読み取る仕組み（Tesseract）がこのサーバーにないため読み取っていません。")
        if self._vectors:
            said.append(f"EMF・WMF形式の図{self._vectors:,}件の中の文字は読み取っていません。")
        if self._late:
            said.append(f"計算時間の上限のため、図{self._late:,}件の中の文字は読み取っていません。")
        if self._closed:
            said.append(f"大きすぎるか壊れている図{self._closed:,}件の中の文字は読み取っていません。")
        return "".join(said)

    def _words(self, content: bytes, placed: Placed) -> tuple[str, float] | None:
        if content.startswith(_VECTORS):
            self._vectors += 1
            return None
        # They take longer to load than most files to read.
        from madoguchi.readers import image, ocr

        if not ocr.available():
            self._lacking = True
            return None
        if self._limits.cpu_seconds * _OF_TIME - self._spent < _GUESS or not ocr.has_time(self._limits, _GUESS):
            self._late += 1
            return None
        begun = time.process_time()
        try:
            grey = image.grey(content, self._limits, placed.crop)
            dpi = grey.width * 72 / placed.width
            if dpi > _DPI:
                grey = grey.resize((round(grey.width * _DPI / dpi), round(grey.height * _DPI / dpi)), reducing_gap=2.0)
                dpi = _DPI
            dpi = max(_LEAST_DPI, round(dpi))
            blocks = ocr.read_page(grey.tobytes(), grey.width, grey.height, dpi, 1, self._limits)[0]
        except Problem:
            self._closed += 1
            return None
        finally:
            self._spent += time.process_time() - begun
        return ocr.words(blocks)
