"""A PDF page -> PNG, drawn anew: nothing of the file but what it looks like."""

import ctypes
import io
import mmap

import pypdfium2_raw as pdfium
from PIL import Image

from madoguchi.readers.limits import Limits
from madoguchi.readers.pdf_document import Document
from madoguchi.readers.problems import Problem


def png(data: bytes | mmap.mmap, number: int, dpi: int, limits: Limits) -> bytes:
    """Return page `number` (from 1) as a PNG without any metadata.

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
            if width * height > limits.max_image_megapixels * 1_000_000:
                raise Problem("image-size", f"{width:,}×{height:,}画素")
            return _draw(page, width, height)
        finally:
            pdfium.FPDF_ClosePage(page)


def _draw(page: object, width: int, height: int) -> bytes:
    bitmap = pdfium.FPDFBitmap_CreateEx(width, height, pdfium.FPDFBitmap_BGRx, None, 0)
    if not bitmap:
        raise MemoryError
    try:
        pdfium.FPDFBitmap_FillRect(bitmap, 0, 0, width, height, 0xFFFFFFFF)
        pdfium.FPDF_RenderPageBitmap(bitmap, page, 0, 0, width, height, 0, pdfium.FPDF_ANNOT)
        stride = pdfium.FPDFBitmap_GetStride(bitmap)
        pixels = ctypes.string_at(pdfium.FPDFBitmap_GetBuffer(bitmap), stride * height)
    finally:
        pdfium.FPDFBitmap_Destroy(bitmap)
    image = Image.frombuffer("RGB", (width, height), pixels, "raw", "BGRX", stride, 1)
    out = io.BytesIO()
    # The strongest compression takes ten times as long for a tenth less.
    image.save(out, "PNG", compress_level=3)
    return out.getvalue()
