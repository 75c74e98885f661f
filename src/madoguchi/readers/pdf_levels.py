"""Levels of a PDF's headings: the bigger outside, one level for each numbering, unnumbered ones by where they stand."""

import re
import unicodedata
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Sequence

# A heading's style: rank of 編章節条 (0: none), its size in half points, and the depth of another numbering.
Style = tuple[int, int, int]
_Key = tuple[int, int, int, int]
MAX_LEVEL = 9
# Where headings that are not 編章節条 stand beside those of the same size: inside 編章節款目, outside 条.
_OTHER = 55
# 「第１　審査の期間」: one level whatever its size, between 款 and 目.
FIRST_RANK = 45
_NUMBER = re.compile(r"[0-9]+|[一二三四五六七八九十]+")
_KANJI = {character: value for value, character in enumerate("〇一二三四五六七八九")}


def levels(headings: Sequence[tuple[Style, str]], body: int) -> dict[Style, int]:
    """Return the level (1 is the outermost) of each style, given the headings in order and the size of the body."""
    used = {style for style, _ in headings}
    size_of = _rounded({size for _, size, _ in used})
    by_rank: dict[int, list[int]] = defaultdict(list)
    for rank, size, _ in used:
        if rank:
            by_rank[rank].append(size_of[size])
    # A numbering has one level whatever its sizes, and never a deeper one than the numberings inside it.
    biggest = {rank: max(sizes) for rank, sizes in by_rank.items()}
    inside = 0
    for rank in sorted(biggest, reverse=True):
        inside = biggest[rank] = max(biggest[rank], inside)
    keys: dict[Style, _Key] = {}
    loose: list[Style] = []
    for style in used:
        rank, size, depth = style
        size = size_of[size]
        beside = [other for other, its in biggest.items() if its == size and other < FIRST_RANK]
        if rank:
            keys[style] = (-biggest[rank], rank, 0, 0)
        elif not depth and not beside and biggest.get(FIRST_RANK) == size:
            keys[style] = (-size, FIRST_RANK - 1, 0, 0)
        elif not depth and beside and size > body:
            # 「資料編」 in the size of 「第１編」 is one of its kind.
            keys[style] = (-size, min(beside), 0, 0)
        else:
            keys[style] = (-size, _OTHER, depth, 0)
            if not depth:
                loose.append(style)
    _put_inside(headings, keys, loose)
    place_of = _places([keys[style] for style, _ in headings])
    return {style: min(MAX_LEVEL, place_of[keys[style]]) for style in used}


def _places(keys: list[_Key]) -> dict[_Key, int]:
    """Number the keys of the headings in order: outer before inner, with no more levels than stand above each other."""
    parents: dict[_Key, set[_Key]] = defaultdict(set)
    above: list[_Key] = []
    for key in keys:
        while above and above[-1] >= key:
            above.pop()
        parents[key].update(above[-1:])
        above.append(key)
    places: dict[_Key, int] = {}
    least = 1
    for key in sorted(parents):
        # Never less than the ones outside it: it must not end them, nor they stay above it.
        least = places[key] = max([least, *(places[parent] + 1 for parent in parents[key])])
    return places


def _put_inside(headings: Sequence[tuple[Style, str]], keys: dict[Style, _Key], loose: list[Style]) -> None:
    """Move an unnumbered style into a numbering that goes on across it: between 「１」 and 「２」 is in 「１」.
    One that is bigger and occurs again is trusted to be outside."""
    at: dict[Style, list[int]] = defaultdict(list)
    for position, (style, _) in enumerate(headings):
        at[style].append(position)
    moved: dict[Style, _Key] = {}
    for style in loose:
        for numbering in keys:
            if not (numbering[0] or numbering[2]) or keys[numbering] <= keys[style]:
                continue
            if len(at[style]) > 1 and keys[numbering][0] != keys[style][0]:
                continue
            going_on = 0
            for position in at[style]:
                after = bisect_left(at[numbering], position)
                if 0 < after < len(at[numbering]):
                    before, behind = (number_of(headings[at[numbering][n]][1]) for n in (after - 1, after))
                    going_on += behind == before + 1 if before else 0
                    going_on -= behind == 1
            if going_on > 0:
                moved[style] = max(moved.get(style, keys[style]), (*keys[numbering][:3], 1))
    keys.update(moved)


def number_of(text: str) -> int:
    """Return the first number near the beginning of a heading, 0 without one."""
    found = _NUMBER.search(unicodedata.normalize("NFKC", text[:8]))
    if not found:
        return 0
    digits = found[0]
    if digits.isdecimal():
        return int(digits)
    tens, ten, ones = digits.rpartition("十")
    return (_KANJI.get(tens, 1) * 10 if ten else 0) + _KANJI.get(ones, 0)


def _rounded(sizes: set[int]) -> dict[int, int]:
    """Sizes within a tenth of each other are one."""
    rounded: dict[int, int] = {}
    biggest = 0
    for size in sorted(sizes, reverse=True):
        if size < biggest * 0.9 or not biggest:
            biggest = size
        rounded[size] = biggest
    return rounded
