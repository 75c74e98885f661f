"""What is done to a page's pixels before it is read: contrast, skew, ruled lines, specks. By Leptonica's C library,
which Tesseract brings with it."""

import ctypes
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from madoguchi.readers.ocr_engine import Grey

# True is ink.
Ink = NDArray[np.bool_]
Box = tuple[int, int, int, int]

# Beyond this a page is not askew but drawn so, degrees.
MAX_SKEW = 10.0
_LITTLEST_SKEW = 0.05
_COPY = 2


@dataclass
class Rule:
    """A ruled line in pixels; its thickness is left out."""

    x0: int
    top: int
    x1: int
    bottom: int


@cache
def library() -> ctypes.CDLL | None:
    """Return Leptonica's C library; None when it is not installed."""
    for name in ("liblept.so.5", "libleptonica.so.6"):
        try:
            found = ctypes.CDLL(name)
        except OSError:
            continue
        handle, number, real = ctypes.c_void_p, ctypes.c_int, ctypes.c_float
        numbers, reals = [ctypes.POINTER(number)] * 4, ctypes.POINTER(real)
        for call, result, arguments in (
            ("setMsgSeverity", number, [number]),
            ("pixCreateNoInit", handle, [number, number, number]),
            ("pixGetData", handle, [handle]),
            ("pixGetWpl", number, [handle]),
            ("pixGetWidth", number, [handle]),
            ("pixGetHeight", number, [handle]),
            ("pixDestroy", None, [ctypes.POINTER(handle)]),
            ("pixBackgroundNormSimple", handle, [handle, handle, handle]),
            ("pixConnCompBB", handle, [handle, number]),
            ("pixFindSkewSweepAndSearchScore", number, [handle, reals, reals, reals, number, number, *[real] * 4]),
            ("pixOpenBrick", handle, [handle, handle, number, number]),
            ("pixDilateBrick", handle, [handle, handle, number, number]),
            ("boxaGetCount", number, [handle]),
            ("boxaGetBoxGeometry", number, [handle, number, *numbers]),
            ("boxaDestroy", None, [ctypes.POINTER(handle)]),
        ):
            function = getattr(found, call)
            function.restype, function.argtypes = result, arguments
        # Nothing is said on stderr.
        found.setMsgSeverity(6)
        return found
    return None


class _Pix:
    """An image in Leptonica's hands."""

    def __init__(self, handle: int | None) -> None:
        if not handle:
            raise MemoryError
        self.handle = ctypes.c_void_p(handle)

    def __enter__(self) -> ctypes.c_void_p:
        return self.handle

    def __exit__(self, *_: object) -> None:
        _lept().pixDestroy(ctypes.byref(self.handle))


def _lept() -> ctypes.CDLL:
    found = library()
    if not found:
        raise OSError("leptonica")
    return found


def _of_ink(ink: Ink) -> _Pix:
    height, width = ink.shape
    pix = _Pix(_lept().pixCreateNoInit(width, height, 1))
    step = _lept().pixGetWpl(pix.handle) * 4
    packed = np.zeros((height, step), np.uint8)
    packed[:, : (width + 7) // 8] = np.packbits(ink, axis=1)
    _fill(pix.handle, packed)
    return pix


def _of_grey(grey: Grey) -> _Pix:
    height, width = grey.shape
    pix = _Pix(_lept().pixCreateNoInit(width, height, 8))
    padded = np.zeros((height, _lept().pixGetWpl(pix.handle) * 4), np.uint8)
    padded[:, :width] = grey
    _fill(pix.handle, padded)
    return pix


def _fill(pix: ctypes.c_void_p, rows: NDArray[np.uint8]) -> None:
    # Leptonica's words hold the leftmost pixel in their highest byte.
    words = rows.view(">u4").astype("=u4")
    ctypes.memmove(_lept().pixGetData(pix), words.ctypes.data, words.nbytes)


def _bytes(pix: ctypes.c_void_p) -> NDArray[np.uint8]:
    height, step = _lept().pixGetHeight(pix), _lept().pixGetWpl(pix)
    raw = ctypes.string_at(_lept().pixGetData(pix), height * step * 4)
    return np.frombuffer(raw, "=u4").astype(">u4").view(np.uint8).reshape(height, step * 4)


def _to_ink(pix: ctypes.c_void_p) -> Ink:
    width = _lept().pixGetWidth(pix)
    return np.unpackbits(_bytes(pix), axis=1)[:, :width].astype(bool)


def level(grey: Grey) -> Grey:
    """Return the page with an even white ground and black ink."""
    if min(grey.shape) < 64:
        return grey
    with _of_grey(grey) as pix:
        handle = _lept().pixBackgroundNormSimple(pix, None, None)
        if handle:
            with _Pix(handle) as even:
                grey = _bytes(even)[:, : grey.shape[1]]
    counts = np.bincount(grey.ravel(), minlength=256)
    total = np.cumsum(counts)
    # What nearly all of the page is lighter than is ink; a page without ink keeps its greys.
    dark = int(np.searchsorted(total, 0.005 * total[-1]))
    light = int(np.searchsorted(total, 0.5 * total[-1])) - 12
    if light - dark < 40:
        return np.ascontiguousarray(grey)
    table = np.clip((np.arange(256) - dark) * 255.0 / (light - dark), 0, 255).astype(np.uint8)
    return np.ascontiguousarray(table[grey])


def ink_of(grey: Grey) -> Ink:
    """Return where the ink of a levelled page is, by Otsu's threshold kept within reason."""
    counts = np.bincount(grey.ravel(), minlength=256).astype(np.float64)
    below, sums = np.cumsum(counts), np.cumsum(counts * np.arange(256))
    above = below[-1] - below
    with np.errstate(divide="ignore", invalid="ignore"):
        between = below * above * (sums / below - (sums[-1] - sums) / above) ** 2
    threshold = int(np.argmax(np.nan_to_num(between)))
    return grey <= min(200, max(90, threshold))


def boxes(ink: Ink) -> NDArray[np.int32]:
    """Return the box of each connected piece of ink as rows of x0, top, x1, bottom."""
    with _of_ink(ink) as pix:
        handle = _lept().pixConnCompBB(pix, 8)
        if not handle:
            return np.zeros((0, 4), np.int32)
        boxa = ctypes.c_void_p(handle)
        count = _lept().boxaGetCount(boxa)
        found = np.zeros((count, 4), np.int32)
        numbers = [ctypes.c_int() for _ in range(4)]
        references = [ctypes.byref(number) for number in numbers]
        for at in range(count):
            _lept().boxaGetBoxGeometry(boxa, at, *references)
            found[at] = [number.value for number in numbers]
        _lept().boxaDestroy(ctypes.byref(boxa))
    found[:, 2:] += found[:, :2]
    return found


def skew(ink: Ink) -> float:
    """Return by how many degrees clockwise the page must be turned to stand straight; 0 when nothing says so."""
    best, best_score = 0.0, 0.0
    # Lines of vertical writing tell it when the page is looked at from its side.
    for turned in (ink, np.rot90(ink)):
        angle, sure, score = ctypes.c_float(), ctypes.c_float(), ctypes.c_float()
        with _of_ink(np.ascontiguousarray(turned)) as pix:
            failed = _lept().pixFindSkewSweepAndSearchScore(
                pix, ctypes.byref(angle), ctypes.byref(sure), ctypes.byref(score), 4, 2, 0.0, MAX_SKEW, 0.5, 0.01
            )
        if not failed and sure.value >= 2.0 and score.value > best_score:
            best, best_score = angle.value, score.value
    return best if _LITTLEST_SKEW <= abs(best) <= MAX_SKEW else 0.0


def turned(grey: Grey, degrees: float) -> Grey:
    """Return the page turned clockwise about its middle, in the same frame, white where nothing was."""
    image = Image.fromarray(grey).rotate(-degrees, resample=Image.Resampling.BICUBIC, fillcolor=255)
    return np.asarray(image)


def opened(ink: Ink, width: int, height: int) -> Ink:
    """Return the ink in which a bar of that size finds room: with long thin bars, the ruled lines."""
    with _of_ink(ink) as pix, _Pix(_lept().pixOpenBrick(None, pix, width, height)) as result:
        return _to_ink(result)


def spread(ink: Ink, width: int, height: int) -> Ink:
    """Return the ink grown by a bar of that size."""
    with _of_ink(ink) as pix, _Pix(_lept().pixDilateBrick(None, pix, width, height)) as result:
        return _to_ink(result)


def rules(ink: Ink, em: int) -> tuple[list[Rule], list[Rule], Ink]:
    """Return the ruled lines across and down that are longer than two characters, and their ink."""
    long = max(12, round(2.2 * em))
    thick = max(3, em // 3)
    across, down = opened(ink, long, 1), opened(ink, 1, long)
    found: list[list[Rule]] = []
    kept = np.zeros_like(ink)
    for lines, is_across in ((across, True), (down, False)):
        rows = []
        for x0, top, x1, bottom in boxes(lines).tolist():
            # A thick piece is a bar, a photograph or a shaded field.
            if (bottom - top if is_across else x1 - x0) <= thick:
                rows.append(Rule(x0, top, x1, bottom))
                kept[top:bottom, x0:x1] |= lines[top:bottom, x0:x1]
        found.append(rows)
    return found[0], found[1], kept


def pictures(pieces: NDArray[np.int32], em: int) -> list[Box]:
    """Return the boxes of what is too large for a character: drawings, photographs, seals."""
    wide, tall = pieces[:, 2] - pieces[:, 0], pieces[:, 3] - pieces[:, 1]
    large = (np.minimum(wide, tall) > 4.5 * em) | (np.maximum(wide, tall) > 20 * em)
    return [(x0, top, x1, bottom) for x0, top, x1, bottom in pieces[large].tolist()]


def em_of(pieces: NDArray[np.int32], dpi: int) -> int:
    """Return the usual size of a character in pixels, from the boxes of the ink."""
    heights = np.maximum(pieces[:, 3] - pieces[:, 1], pieces[:, 2] - pieces[:, 0])
    least, most = dpi * 5 / 72, dpi * 40 / 72
    plausible = heights[(heights >= least) & (heights <= most)]
    if len(plausible) < 8:
        return round(dpi * 10.5 / 72)
    # Kanji fill their square; kana and pieces of kanji are smaller.
    return max(8, round(float(np.percentile(plausible, 75)) * 1.08))


def specks(pieces: NDArray[np.int32], em: int, shape: tuple[int, int]) -> Iterator[Box]:
    """Yield the boxes of dirt: small pieces that stand by no character."""
    size = np.maximum(pieces[:, 2] - pieces[:, 0], pieces[:, 3] - pieces[:, 1])
    letters = pieces[(size >= 0.3 * em) & (size <= 3 * em)]
    near = np.zeros((shape[0] // 4 + 2, shape[1] // 4 + 2), bool)
    reach = round(0.6 * em)
    for x0, top, x1, bottom in letters.tolist():
        rows = slice(max(0, top - reach) // 4, (bottom + reach) // 4 + 1)
        near[rows, max(0, x0 - reach) // 4 : (x1 + reach) // 4 + 1] = True
    for (x0, top, x1, bottom), long in zip(pieces.tolist(), size.tolist(), strict=True):
        if long < 0.3 * em and not near[(top + bottom) // 8, (x0 + x1) // 8]:
            yield x0, top, x1, bottom
