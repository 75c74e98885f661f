"""The boxes of squared paper: cells and merged cells with what they say."""

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

_FIGURE = re.compile(
    r"[△▲\-+−－¥￥(（]?\s*[0-9０-９][0-9０-９,，]*(?:[.．][0-9０-９]+)?\s*[%％)）]?|[-－‐―ー*＊…]|\*+|＊+|皆[増減]|[0-9]{1,4}[./][0-9]{1,2}[./][0-9]{1,2}"
)
UNITS = frozenset(
    [
        "人",
        "％",
        "%",
        "‰",
        "円",
        "千円",
        "百万円",
        "億円",
        "件",
        "世帯",
        "戸",
        "台",
        "箇所",
        "か所",
        "回",
        "校",
        "歳",
        "年",
        "月",
        "日",
        "時",
        "分",
        "㎡",
        "k㎡",
        "km²",
        "㎢",
        "km",
        "ｍ",
        "m",
        "t",
        "トン",
        "kg",
        "ha",
        "名",
        "個",
        "枚",
        "本",
        "点",
        "％）",
    ]
)


@dataclass(eq=False)
class Box:
    """One cell or merged cell, from 0 and inclusive, in the rows and columns of a view."""

    top: int
    left: int
    bottom: int
    right: int
    text: str
    figure: bool


@dataclass
class Panel:
    """One table found on squared paper."""

    cells: list[list[str]]
    header_rows: int
    caption: str
    unit: str
    box: Box


@dataclass
class Line:
    """One line of text found on squared paper."""

    text: str
    box: Box


def is_figure(text: str) -> bool:
    """Return whether a text is a number as tables write it: 「1,234」「△5.6」「-」."""
    return bool(_FIGURE.fullmatch(text))


def by_row(boxes: Iterable[Box]) -> dict[int, list[Box]]:
    """Return the boxes that cover each row, from left to right."""
    rows: dict[int, list[Box]] = defaultdict(list)
    for box in boxes:
        for row in range(box.top, min(box.bottom, box.top + 200) + 1):
            rows[row].append(box)
    return {row: sorted(rows[row], key=lambda box: box.left) for row in sorted(rows)}


def bare(text: str) -> str:
    """Return a label without what ends it."""
    return text.replace("\n", "").rstrip("：:").strip()


def around(boxes: list[Box]) -> Box:
    """Return the smallest box around some."""
    return Box(
        min(box.top for box in boxes),
        min(box.left for box in boxes),
        max(box.bottom for box in boxes),
        max(box.right for box in boxes),
        "",
        False,
    )
