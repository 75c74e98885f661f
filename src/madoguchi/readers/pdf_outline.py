"""Bookmarks (しおり) -> levels of the headings they name."""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Sequence

from madoguchi.readers import contents
from madoguchi.readers.blocks import Block

_SPACES = re.compile(r"\s+")
# Fewest bookmarks that are found again as headings for them to be believed, and their share of all.
_FEWEST = 2
_SHARE = 0.4
_LONGEST = 90
_MAX_LEVEL = 9


def apply(blocks: Sequence[Block], bookmarks: Sequence[tuple[int, str, int]]) -> None:
    """Give the blocks that bookmarks (depth, title, page) name the level of these; the headings between them keep
    their distance from the named one above. Bookmarks that are found nowhere change nothing."""
    named = _named(blocks, bookmarks)
    if len(named) < max(_FEWEST, _SHARE * len(bookmarks)):
        return
    least = min(named.values())
    was, now = 0, 0
    for number, block in enumerate(blocks):
        if number in named:
            was = block.level or named[number]
            now = named[number] - least + 1
            block.kind, block.level = "heading", min(_MAX_LEVEL, now)
        elif block.kind == "heading" and now:
            # What nobody named stands inside what is named, unless it stood beside or outside it.
            block.level = max(1, min(_MAX_LEVEL, now + block.level - was))


def _named(blocks: Sequence[Block], bookmarks: Sequence[tuple[int, str, int]]) -> dict[int, int]:
    """Block -> depth of the bookmark that names it: on its page by its words."""
    on_page: dict[int, list[int]] = defaultdict(list)
    for number, block in enumerate(blocks):
        if block.kind in ("heading", "paragraph", "list_item") and not block.hidden and len(block.text) <= _LONGEST:
            on_page[block.locator.get("page", 0)].append(number)
    named: dict[int, int] = {}
    for depth, title, page in bookmarks:
        name = _plain(title)
        if not name:
            continue
        for number in on_page.get(page, ()):
            if number not in named and _plain(blocks[number].text) == name:
                named[number] = depth
                break
    return named


def _plain(text: str) -> str:
    return _SPACES.sub("", unicodedata.normalize("NFKC", contents.name_of(text)))
