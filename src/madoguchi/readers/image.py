"""png, jpeg, tiff (every page), webp, bmp, gif, avif (their first picture) -> blocks by OCR, and each page drawn anew.

Heic comes through `heic.py`."""

import io
import math
import mmap
from collections.abc import Iterator

from PIL import AvifImagePlugin, Image, ImageOps

from madoguchi.readers import ocr
from madoguchi.readers.blocks import Page, Reading
from madoguchi.readers.limits import Limits
from madoguchi.readers.problems import Problem

_FORMATS = ("PNG", "JPEG", "TIFF", "WEBP", "BMP", "GIF", "AVIF", "HEIF")
# Dots an inch that a scanner writes; a camera's 72 says nothing.
_LEAST_DPI, _MOST_DPI = 90, 1300
# Inches: the longer side of A4, taken for a picture that does not say its size, and of the largest sheet believed.
_A4, _LARGEST = 11.69, 48.0
# Beyond these nothing is read better, and a photograph of 48 million pixels takes more memory than a child has.
_BEST_DPI, _MOST_DOTS = 300, 20_000_000


def read(data: bytes | mmap.mmap, limits: Limits) -> Reading:
    """Return the blocks and pages of an image. Problem `unsupported-image`, `broken`, `image-size` or `no-text`."""
    if not ocr.available():
        raise Problem("unsupported-image", "画像")
    reading, unread = Reading(), 0
    for number, (picture, dpi) in enumerate(_pictures(data, limits), start=1):
        if number > limits.max_pages or (number > 1 and not ocr.has_time(limits)):
            unread = _count(data) - number + 1
            break
        page = Page(number, round(picture.width * 72 / dpi, 2), round(picture.height * 72 / dpi, 2))
        grey, dpi = _fitted(_grey(picture), dpi)
        blocks, page.lines = ocr.read_page(grey.tobytes(), grey.width, grey.height, dpi, number, limits)
        reading.blocks += blocks
        reading.pages.append(page)
    if not reading.blocks:
        raise Problem("no-text")
    if unread > 0:
        read_ = len(reading.pages)
        reading.notice = (
            f"{read_ + unread:,}ページのうち、はじめの{read_:,}ページを読み取りました（計算時間かページ数の上限）。"
        )
    return reading


def png(data: bytes | mmap.mmap, number: int, dpi: int, limits: Limits) -> bytes:
    """Return page `number` (from 1) as a PNG of `dpi` dots an inch without any metadata.

    Problem `page` when there is none of that number, `image-size` when it would be over the limit of pixels.
    """
    for at, (picture, own) in enumerate(_pictures(data, limits), start=1):
        if at == number:
            scale = min(1.0, dpi / own)
            size = (max(1, round(picture.width * scale)), max(1, round(picture.height * scale)))
            # A new image: nothing of the file but what it looks like.
            drawn = Image.new("RGB", size, "white")
            drawn.paste(_flat(picture).resize(size, Image.Resampling.LANCZOS))
            out = io.BytesIO()
            drawn.save(out, "PNG", compress_level=3)
            return out.getvalue()
    raise Problem("page", f"{number}ページ")


def grey(data: bytes | mmap.mmap, limits: Limits, crop: tuple[float, float, float, float]) -> Image.Image:
    """Return an image's first picture in grey on white paper, without what is cut off on the left, at the top, on the
    right and at the bottom, as shares of it. Problem `broken`, `image-size`."""
    picture = _grey(next(_pictures(data, limits))[0])
    left, top, right, bottom = (min(0.99, max(0.0, share)) for share in crop)
    box = (left * picture.width, top * picture.height, (1 - right) * picture.width, (1 - bottom) * picture.height)
    x0, y0, x1, y1 = (round(edge) for edge in box)
    if x1 <= x0 or y1 <= y0:
        raise Problem("broken")
    return picture.crop((x0, y0, x1, y1))


def _open(data: bytes | mmap.mmap) -> Image.Image:
    if not data:
        raise Problem("empty")
    try:
        return Image.open(io.BytesIO(data), formats=_FORMATS)
    except (OSError, ValueError, SyntaxError, KeyError):
        # KeyError: of a format that only `heic` teaches Pillow.
        raise Problem("broken") from None


def _count(data: bytes | mmap.mmap) -> int:
    return int(getattr(_open(data), "n_frames", 1))


def _pictures(data: bytes | mmap.mmap, limits: Limits) -> Iterator[tuple[Image.Image, int]]:
    """Yield each page, turned as its EXIF says, with its dots an inch."""
    # The limit here is ours; Pillow's own would only warn.
    Image.MAX_IMAGE_PIXELS = None
    # No thread can be started in the child.
    AvifImagePlugin.DEFAULT_MAX_THREADS = 1
    image = _open(data)
    count = getattr(image, "n_frames", 1) if image.format == "TIFF" else 1
    for at in range(count):
        try:
            # The first of a HEIC is the one it calls its main picture, wherever that stands.
            if at:
                image.seek(at)
            if image.width * image.height > limits.max_image_megapixels * 1_000_000:
                raise Problem("image-size", f"{image.width:,}×{image.height:,}画素")
            image.load()
            picture = ImageOps.exif_transpose(image)
        except (OSError, ValueError, SyntaxError, EOFError, RuntimeError):
            # What stands before a broken page is still read.
            if at:
                return
            raise Problem("broken") from None
        yield picture, _dpi(picture)


def _dpi(picture: Image.Image) -> int:
    longest = max(picture.size)
    try:
        said = float(picture.info.get("dpi", (0, 0))[0])
    except (TypeError, ValueError, ZeroDivisionError):
        said = 0.0
    if _LEAST_DPI <= said <= _MOST_DPI and longest / said <= _LARGEST:
        return round(said)
    return min(600, max(72, round(longest / _A4)))


def _flat(picture: Image.Image) -> Image.Image:
    """The picture on white paper."""
    if picture.mode.startswith("I") or picture.mode == "F":
        low, high = picture.getextrema()
        span = max(1.0, float(high) - float(low))  # type: ignore[arg-type]
        return picture.convert("F").point(lambda value: (value - float(low)) * 255 / span).convert("L")  # type: ignore[arg-type]
    if picture.mode in ("RGBA", "LA", "PA", "La", "RGBa") or "transparency" in picture.info:
        clear = picture.convert("RGBA")
        paper = Image.new("RGBA", clear.size, "white")
        paper.alpha_composite(clear)
        return paper.convert("RGB")
    return picture.convert("RGB") if picture.mode not in ("L", "RGB") else picture


def _grey(picture: Image.Image) -> Image.Image:
    return _flat(picture).convert("L")


def _fitted(grey: Image.Image, dpi: int) -> tuple[Image.Image, int]:
    """The picture as it is read, with its dots an inch then: smaller when it is finer or larger than is of use."""
    share = min(1.0, _BEST_DPI / dpi, math.sqrt(_MOST_DOTS / (grey.width * grey.height)))
    if share == 1.0:
        return grey, dpi
    size = (max(1, round(grey.width * share)), max(1, round(grey.height * share)))
    return grey.resize(size, Image.Resampling.BICUBIC, reducing_gap=3.0), round(dpi * share)
