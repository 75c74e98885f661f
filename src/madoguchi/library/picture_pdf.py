"""A PDF that is nothing but pictures, one a page, written page by page so that its length costs no memory."""

import io
import zlib
from collections.abc import Iterable
from typing import BinaryIO

from PIL import Image

from madoguchi.library.blobs import TooLarge
from madoguchi.readers.blocks import Unreadable

POINTS_AN_INCH = 72
JPEG_QUALITY = 85


def write(pictures: Iterable[bytes], dpi: int, out: BinaryIO, most_bytes: int) -> None:
    """Write pictures (PNG) of `dpi` dots an inch as the pages of a PDF; raises TooLarge past `most_bytes`.

    Each is decoded and packed anew, so that only its pixels go in; Unreadable when it is none.
    """
    offsets: list[int] = []
    pages: list[int] = []

    def add(body: bytes, stream: bytes | None = None, number: int = 0) -> int:
        number = number or len(offsets) + 3
        if number > 2:
            offsets.append(out.tell())
        out.write(b"%d 0 obj\n%s\n" % (number, body))
        if stream is not None:
            out.write(b"stream\n%s\nendstream\n" % stream)
        out.write(b"endobj\n")
        if out.tell() > most_bytes:
            raise TooLarge
        return number

    out.write(b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n")
    for picture in pictures:
        (width, height), entries, data = _packed(picture)
        image = add(
            b"<</Type/XObject/Subtype/Image/Width %d/Height %d/BitsPerComponent 8%s/Length %d>>"
            % (width, height, entries, len(data)),
            data,
        )
        right, top = (b"%.2f" % (side * POINTS_AN_INCH / dpi) for side in (width, height))
        drawing = b"%s 0 0 %s 0 0 cm /I Do" % (right, top)
        content = add(b"<</Length %d>>" % len(drawing), drawing)
        pages.append(
            add(
                b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 %s %s]/Resources<</XObject<</I %d 0 R>>>>/Contents %d 0 R>>"
                % (right, top, image, content)
            )
        )
    heads = [out.tell()]
    add(b"<</Type/Catalog/Pages 2 0 R>>", number=1)
    heads.append(out.tell())
    kids = b" ".join(b"%d 0 R" % page for page in pages)
    add(b"<</Type/Pages/Count %d/Kids[%s]>>" % (len(pages), kids), number=2)
    start = out.tell()
    count = len(offsets) + 3
    out.write(b"xref\n0 %d\n0000000000 65535 f \n" % count)
    out.writelines(b"%010d 00000 n \n" % offset for offset in (*heads, *offsets))
    out.write(b"trailer\n<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (count, start))


def _packed(picture: bytes) -> tuple[tuple[int, int], bytes, bytes]:
    """Return the size of a picture in pixels, how its data is packed in PDF's words, and the data: the smaller of
    lossless and JPEG."""
    try:
        with Image.open(io.BytesIO(picture), formats=["PNG"]) as image:
            pixels = image.convert("RGB")
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        raise Unreadable("ページの画像を読み取れません。") from None
    jpeg = io.BytesIO()
    pixels.save(jpeg, "JPEG", quality=JPEG_QUALITY)
    exact = zlib.compress(pixels.tobytes(), 6)
    if len(exact) <= len(jpeg.getvalue()):
        return pixels.size, b"/ColorSpace/DeviceRGB/Filter/FlateDecode", exact
    return pixels.size, b"/ColorSpace/DeviceRGB/Filter/DCTDecode", jpeg.getvalue()
