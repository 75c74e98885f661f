"""heic, the photographs of a telephone -> as any other image. Apart, because its decoder starts a thread (libde265)."""

import mmap

import pi_heif

from madoguchi.readers import image
from madoguchi.readers.blocks import Reading
from madoguchi.readers.limits import Limits
from madoguchi.readers.problems import Problem


def read(data: bytes | mmap.mmap, limits: Limits) -> Reading:
    """Return the blocks and the page of its main picture. Problems as of `image.read`; `broken-heic` for `broken`."""
    _teach()
    try:
        return image.read(data, limits)
    except Problem as problem:
        raise _own(problem) from None


def png(data: bytes | mmap.mmap, number: int, dpi: int, limits: Limits) -> bytes:
    """Return its main picture as `image.png` does."""
    _teach()
    try:
        return image.png(data, number, dpi, limits)
    except Problem as problem:
        raise _own(problem) from None


def _teach() -> None:
    """Let Pillow open it: the main picture only, its tiles one after the other."""
    pi_heif.register_heif_opener(decode_threads=0, thumbnails=False, depth_images=False, aux_images=False)


def _own(problem: Problem) -> Problem:
    return Problem("broken-heic") if problem.key == "broken" else problem
