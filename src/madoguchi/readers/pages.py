"""Page images, drawn in the reading child."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from django.conf import settings

from madoguchi.readers import kinds
from madoguchi.readers.blocks import Unreadable
from madoguchi.readers.problems import message
from madoguchi.readers.read import ask_child, limits, media_type

_PNG = b"\x89PNG\r\n\x1a\n"


def page_image(path: Path, page: int, dpi: int, box: Sequence[float] = ()) -> bytes:
    """Return page `page` (from 1) of the PDF or image at `path` as a PNG of `dpi` dots an inch; of a PDF perhaps only
    a box of it, [x0, top, x1, bottom] in fractions of the page.

    Raises `Unreadable` with a Japanese message: neither of them, no such page, too large to draw, broken.
    """
    media = media_type(path, "")
    if media != kinds.PDF and kinds.READERS.get(media) not in kinds.IMAGE_READERS:
        raise Unreadable(message("no-image"))
    seconds = settings.PAGE_IMAGE_SECONDS
    allowed = replace(limits(), cpu_seconds=seconds, wall_seconds=seconds)
    with path.open("rb") as file:
        job = {"do": "image", "reader": kinds.READERS[media], "page": page, "dpi": dpi}
        if box:
            job["box"] = list(box)
        image = ask_child(file.fileno(), job, allowed)
    if not image.startswith(_PNG):
        raise Unreadable(message("crash"))
    return image
