"""Tesseract by its C library, inside the reading child: no process is started, nothing is written."""

import ctypes
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import TracebackType

import numpy as np
from numpy.typing import NDArray

# Where Debian and Ubuntu keep Tesseract 5's data; the child may read these places (`landlock.py`).
DATA = ("/usr/share/tesseract-ocr/5/tessdata", "/usr/share/tesseract-ocr/4.00/tessdata", "/usr/share/tessdata")
HORIZONTAL, VERTICAL, WESTERN, TURNS = "jpn", "jpn_vert", "eng", "osd"
# Page segmentation: orientation only, one block of vertical text, one block, one line.
_ORIENTATION, VERTICAL_BLOCK, BLOCK, LINE = 0, 5, 6, 7
_BLOCK, _PARAGRAPH, _LINE, _WORD, _SYMBOL = range(5)

Grey = NDArray[np.uint8]


@dataclass
class Symbol:
    """One character as read: its text, where it stands in pixels of the image, and how sure it is (0–1)."""

    text: str
    x0: int
    top: int
    x1: int
    bottom: int
    confidence: float
    # Whether the engine saw a gap before it.
    gap: bool = False


@dataclass
class Row:
    """One line as read, in pixels of the image."""

    x0: int
    top: int
    x1: int
    bottom: int
    symbols: list[Symbol]
    # Which block and which paragraph of the page the engine put it in.
    block: int = 0
    paragraph: int = 0

    @property
    def text(self) -> str:
        """Its characters, a space where the engine saw a gap."""
        return "".join((" " if symbol.gap else "") + symbol.text for symbol in self.symbols).strip()

    @property
    def confidence(self) -> float:
        """The mean of its characters', 0–1."""
        return sum(symbol.confidence for symbol in self.symbols) / max(1, len(self.symbols))

    @property
    def weakest(self) -> float:
        """That of its least sure character, 0–1."""
        return min((symbol.confidence for symbol in self.symbols), default=0.0)


@cache
def data_path() -> str:
    """Return the folder of Tesseract's data that has Japanese; empty when there is none."""
    return next((path for path in DATA if Path(path, f"{HORIZONTAL}.traineddata").exists()), "")


@cache
def has(language: str) -> bool:
    """Return whether the data of a language are there."""
    return Path(data_path(), f"{language}.traineddata").exists()


@cache
def library() -> ctypes.CDLL | None:
    """Return Tesseract's C library; None when it is not installed."""
    try:
        found = ctypes.CDLL("libtesseract.so.5")
    except OSError:
        return None
    handle, text, number = ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int
    numbers = [ctypes.POINTER(number)] * 4
    for name, result, arguments in (
        ("TessBaseAPICreate", handle, []),
        ("TessBaseAPIDelete", None, [handle]),
        ("TessBaseAPIInit3", number, [handle, text, text]),
        ("TessBaseAPISetVariable", number, [handle, text, text]),
        ("TessBaseAPISetPageSegMode", None, [handle, number]),
        ("TessBaseAPISetImage", None, [handle, handle, number, number, number, number]),
        ("TessBaseAPISetSourceResolution", None, [handle, number]),
        ("TessBaseAPIRecognize", number, [handle, handle]),
        ("TessBaseAPIGetIterator", handle, [handle]),
        (
            "TessBaseAPIDetectOrientationScript",
            number,
            [handle, *[ctypes.POINTER(kind) for kind in (number, ctypes.c_float, text, ctypes.c_float)]],
        ),
        ("TessResultIteratorGetPageIterator", handle, [handle]),
        ("TessResultIteratorDelete", None, [handle]),
        ("TessResultIteratorNext", number, [handle, number]),
        ("TessResultIteratorGetUTF8Text", handle, [handle, number]),
        ("TessResultIteratorConfidence", ctypes.c_float, [handle, number]),
        ("TessPageIteratorIsAtBeginningOf", number, [handle, number]),
        ("TessPageIteratorBoundingBox", number, [handle, number, *numbers]),
        ("TessDeleteText", None, [handle]),
    ):
        function = getattr(found, name)
        function.restype, function.argtypes = result, arguments
    return found


class Engine:
    """One language of Tesseract, loaded once; `OSError` when library or data are missing."""

    def __init__(self, language: str, variables: dict[str, str] | None = None, path: str = "") -> None:
        tesseract = library()
        path = path or data_path()
        if not tesseract or not path:
            raise OSError("tesseract")
        self._library = tesseract
        self._handle = tesseract.TessBaseAPICreate()
        if tesseract.TessBaseAPIInit3(self._handle, path.encode(), language.encode()):
            tesseract.TessBaseAPIDelete(self._handle)
            raise OSError(language)
        for name, value in {"debug_file": "/dev/null", **(variables or {})}.items():
            tesseract.TessBaseAPISetVariable(self._handle, name.encode(), value.encode())

    def __enter__(self) -> "Engine":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._library.TessBaseAPIDelete(self._handle)

    def rows(self, image: Grey, dpi: int, mode: int) -> list[Row]:
        """Read an image (8-bit grey, dark on light) as what `mode` says it is."""
        self._show(image, dpi, mode)
        if self._library.TessBaseAPIRecognize(self._handle, None):
            return []
        iterator = self._library.TessBaseAPIGetIterator(self._handle)
        if not iterator:
            return []
        try:
            return self._collect(iterator)
        finally:
            self._library.TessResultIteratorDelete(iterator)

    def orientation(self, image: Grey, dpi: int) -> tuple[int, float]:
        """Return by how many degrees to the left the page must be turned to stand upright (0, 90, 180, 270), and how
        sure that is (over 4 is good). Only of an engine of the language `osd`."""
        self._show(image, dpi, _ORIENTATION)
        degrees, sure = ctypes.c_int(), ctypes.c_float()
        script, sure_of_script = ctypes.c_char_p(), ctypes.c_float()
        outcomes = [ctypes.byref(value) for value in (degrees, sure, script, sure_of_script)]
        if not self._library.TessBaseAPIDetectOrientationScript(self._handle, *outcomes):
            return 0, 0.0
        return degrees.value, sure.value

    def _show(self, image: Grey, dpi: int, mode: int) -> None:
        # It is copied there. A part of a larger image is handed over cut out: with Tesseract's own rectangle its LSTM
        # looks elsewhere.
        pixels = np.ascontiguousarray(image)
        height, width = pixels.shape
        self._library.TessBaseAPISetPageSegMode(self._handle, mode)
        self._library.TessBaseAPISetImage(self._handle, pixels.ctypes.data, width, height, 1, width)
        self._library.TessBaseAPISetSourceResolution(self._handle, dpi)

    def _collect(self, iterator: int) -> list[Row]:
        library = self._library
        page = library.TessResultIteratorGetPageIterator(iterator)
        found: list[Row] = []
        block = paragraph = 0
        while True:
            text = self._text(iterator)
            if library.TessPageIteratorIsAtBeginningOf(page, _BLOCK):
                block += 1
            if library.TessPageIteratorIsAtBeginningOf(page, _PARAGRAPH):
                paragraph += 1
            if library.TessPageIteratorIsAtBeginningOf(page, _LINE):
                found.append(Row(*self._box(page, _LINE), [], block, paragraph))
            if text.strip() and found:
                gap = bool(library.TessPageIteratorIsAtBeginningOf(page, _WORD)) and bool(found[-1].symbols)
                sure = library.TessResultIteratorConfidence(iterator, _SYMBOL) / 100
                found[-1].symbols.append(Symbol(text, *self._box(page, _SYMBOL), min(1.0, max(0.0, sure)), gap))
            if not library.TessResultIteratorNext(iterator, _SYMBOL):
                return [row for row in found if row.symbols]

    def _text(self, iterator: int) -> str:
        pointer = self._library.TessResultIteratorGetUTF8Text(iterator, _SYMBOL)
        if not pointer:
            return ""
        text = ctypes.string_at(pointer).decode("utf-8", "replace")
        self._library.TessDeleteText(pointer)
        return text

    def _box(self, page: int, level: int) -> tuple[int, int, int, int]:
        numbers = [ctypes.c_int() for _ in range(4)]
        self._library.TessPageIteratorBoundingBox(page, level, *[ctypes.byref(number) for number in numbers])
        x0, top, x1, bottom = (number.value for number in numbers)
        return x0, top, x1, bottom
