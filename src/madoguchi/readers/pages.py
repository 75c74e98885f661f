"""Page images, drawn in the reading child."""

from dataclasses import replace
from pathlib import Path

from django.conf import settings

from madoguchi.readers import kinds
from madoguchi.readers.blocks import Unreadable
from madoguchi.readers.problems import message
from madoguchi.readers.read import ask_child, limits, media_type

_PNG = b"\x89PNG\r\n\x1a\n"


def page_image(path: Path, page: int, dpi: int) -> bytes:
    """Return page `page` (from 1) of the PDF at `path` as a PNG of `dpi` dots an inch.

    Raises `Unreadable` with a Japanese message: not a PDF, no such page, too large to draw, broken.
    """
    if media_type(path, "") != kinds.PDF:
        raise Unreadable(message("no-image"))
    seconds = settings.PAGE_IMAGE_SECONDS
    allowed = replace(limits(), cpu_seconds=seconds, wall_seconds=seconds)
    with path.open("rb") as file:
        image = ask_child(file.fileno(), {"do": "image", "page": page, "dpi": dpi}, allowed)
    if not image.startswith(_PNG):
        raise Unreadable(message("crash"))
    return image
