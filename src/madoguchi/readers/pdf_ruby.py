"""Ruby (ふりがな): small kana beside the characters they tell the sound of. They are no part of the text."""

import re
from collections.abc import Sequence

from madoguchi.readers.pdf_text import Line

_KANA = re.compile(r"[\u3040-\u30ffｦ-ﾟー・\s　]+")
_KANJI = re.compile(r"[\u3400-\u9fff\uf900-\ufaff々〆\U00020000-\U0003ffff]")
# How much smaller than its base it is at least.
_SMALLER = 0.66


def find(lines: Sequence[Line]) -> set[int]:
    """Return the ids of the lines of a page that are ruby."""
    biggest = max((line.size for line in lines), default=0.0)
    small = [line for line in lines if line.size <= biggest * _SMALLER and _KANA.fullmatch(line.text)]
    if not small:
        return set()
    bases = [line for line in lines if _KANJI.search(line.text)]
    return {id(line) for line in small if any(_is_beside(line, base) for base in bases)}


def _is_beside(ruby: Line, base: Line) -> bool:
    size = base.size
    if ruby.size > size * _SMALLER:
        return False
    if base.vertical:
        along, start, end = (ruby.top + ruby.bottom) / 2, base.top, base.bottom
        # On the right of its column.
        distance = (ruby.x0 + ruby.x1 - base.x0 - base.x1) / 2
        aside = ruby.vertical or len(ruby.text) == 1
    else:
        along, start, end = (ruby.x0 + ruby.x1) / 2, base.x0, base.x1
        distance = base.middle - ruby.middle
        aside = not ruby.vertical
    return aside and start - size <= along <= end + size and 0.45 * size < distance < 1.15 * size
