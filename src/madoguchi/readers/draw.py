"""A PDF page, or a part of it -> PNG, drawn anew: nothing of the file but what it looks like."""

import ctypes
import io
import math
import mmap
from collections.abc import Sequence

import pypdfium2_raw as pdfium
from PIL import Image

from madoguchi.readers.limits import Limits
from madoguchi.readers.pdf_document import Document
from madoguchi.readers.problems import Problem

# A box of fractions of a page that is all of it.
WHOLE = (0.0, 0.0, 1.0, 1.0)


def png(data: bytes | mmap.mmap, number: int, dpi: int, limits: Limits, box: Sequence[float] = WHOLE) -> bytes:
    """Return what a box [x0, top, x1, bottom] (fractions) of page `number` (from 1) shows, as a PNG without metadata.

    Problem `page` when there is none of that number, `image-size` when it would be over the limit of pixels.
    """
    with Document(data) as document:
        if not 1 <= number <= document.count:
            raise Problem("page", f"{number}ページ")
        page = pdfium.FPDF_LoadPage(document.handle, number - 1)
        if not page:
            raise Problem("broken")
        try:
            width = max(1, round(pdfium.FPDF_GetPageWidthF(page) * dpi / 72))
            height = max(1, round(pdfium.FPDF_GetPageHeightF(page) * dpi / 72))
            part = pixels_of(box, width, height)
            across, down = part[2] - part[0], part[3] - part[1]
            if across * down > limits.max_image_megapixels * 1_000_000:
                raise Problem("image-size", f"{across:,}×{down:,}画素")
            return _draw(page, width, height, part)
        finally:
            pdfium.FPDF_ClosePage(page)


def pixels_of(box: Sequence[float], width: int, height: int) -> tuple[int, int, int, int]:
    """Return a box of fractions as pixels (x0, top, x1, bottom) of a page, at least one of them."""
    x0, top = min(width - 1, int(max(0.0, box[0]) * width)), min(height - 1, int(max(0.0, box[1]) * height))
    x1, bottom = math.ceil(min(1.0, box[2]) * width), math.ceil(min(1.0, box[3]) * height)
    return x0, top, max(x0 + 1, x1), max(top + 1, bottom)


def _draw(page: object, page_width: int, page_height: int, part: tuple[int, int, int, int]) -> bytes:
    x0, top = part[:2]
    width, height = part[2] - x0, part[3] - top
    bitmap = pdfium.FPDFBitmap_CreateEx(width, height, pdfium.FPDFBitmap_BGRx, None, 0)
    if not bitmap:
        raise MemoryError
    try:
        pdfium.FPDFBitmap_FillRect(bitmap, 0, 0, width, height, 0xFFFFFFFF)
        pdfium.FPDF_RenderPageBitmap(bitmap, page, -x0, -top, page_width, page_height, 0, pdfium.FPDF_ANNOT)
        stride = pdfium.FPDFBitmap_GetStride(bitmap)
        pixels = ctypes.string_at(pdfium.FPDFBitmap_GetBuffer(bitmap), stride * height)
    finally:
        pdfium.FPDFBitmap_Destroy(bitmap)
    image = Image.frombuffer("RGB", (width, height), pixels, "raw", "BGRX", stride, 1)
    out = io.BytesIO()
    # The strongest compression takes ten times as long for a tenth less.
    image.save(out, "PNG", compress_level=3)
    return out.getvalue()
