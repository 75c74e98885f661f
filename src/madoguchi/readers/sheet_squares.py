"""Sheets used as squared paper (方眼紙): boxes of merged cells, read as label–value pairs or as many tables at once."""

from collections import Counter

from madoguchi.eras import NAMES
from madoguchi.readers import sheet_cards
from madoguchi.readers.sheet_boxes import UNITS, Box, Line, Panel, around, bare, by_row, is_figure

_ERAS = frozenset((*NAMES, "西暦"))
_LABEL_MOST = 24
_ENOUGH_BOXES = 6


def is_squared(boxes: list[Box]) -> bool:
    """Return whether boxes stand on squared paper: most are merged sideways, and their rows share no columns."""
    said = [box for box in boxes if box.text]
    if len(said) < _ENOUGH_BOXES or sum(box.right > box.left for box in said) * 2 < len(said):
        return False
    return _common(boxes)[0] < 0.55


def is_table(boxes: list[Box]) -> bool:
    """Return whether a region of squared paper is a plain table all the same: rows of three columns or more, alike,
    below a row of words."""
    rows = by_row(boxes)
    share, edges = _common(boxes)
    first, last = min(rows), max(rows)
    # 「申請者」 beside all rows: the rest of each row counts.
    columns = [
        left for left in edges if not any(box.left == left and (box.top, box.bottom) == (first, last) for box in boxes)
    ]
    return len(rows) >= 3 and len(columns) >= 3 and share >= 0.8 and all(_is_label(box) for box in rows[first])


def _common(boxes: list[Box]) -> tuple[float, tuple[int, ...]]:
    """How many of the rows have their boxes in the same columns, as a share; and those columns."""
    edges = Counter(tuple(box.left for box in row) for row in by_row(boxes).values() if len(row) > 1)
    if not edges:
        return 0.0, ()
    columns, count = edges.most_common(1)[0]
    return count / sum(edges.values()) if count > 1 else 0.0, columns


def read(boxes: list[Box]) -> list[Panel | Line]:
    """Return what squared paper says, from top to bottom: tables where it is full of figures, else pairs."""
    said = [box for box in boxes if box.text]
    figures = sum(box.figure for box in said)
    if figures * 4 >= len(said) and figures >= 8:
        return sheet_cards.read(said)
    return _form(boxes)


def _form(boxes: list[Box]) -> list[Panel | Line]:
    lines: list[Panel | Line] = []
    rows = by_row(boxes)
    # 「申請者」 beside three rows of its own: it stands before each label of theirs.
    above = {id(box) for box in boxes if box.text and box.bottom > box.top and _heads(box, rows)}
    for row, covering in rows.items():
        inner = [box for box in covering if box.top == row and id(box) not in above]
        heads = [box for box in covering if id(box) in above]
        while inner and not inner[-1].text and len([box for box in inner if box.text]) > 1 and len(inner) % 2:
            inner.pop()
        if any(box.text for box in inner):
            lines += _pairs(inner, heads)
    return lines


def _heads(box: Box, rows: dict[int, list[Box]]) -> bool:
    """Whether there are several rows of boxes to the right of a box, within its own."""
    return any(
        other.left > box.right and other.top > box.top and other.text
        for row in range(box.top + 1, box.bottom + 1)
        for other in rows.get(row, [])
        if other.top == row
    )


def _pairs(boxes: list[Box], above: list[Box]) -> list[Line]:
    lines: list[Line] = []
    waiting = [box for box in boxes if box.text or box.right > box.left]
    if len([box for box in waiting if box.text]) == 1 and (len(waiting) == 1 or not _is_label(waiting[0])):
        said = next(box for box in waiting if box.text)
        before = _before(said, above)
        return [Line("：".join([*(["／".join(before)] if before else []), said.text]), said)]
    at = 0
    while at < len(waiting):
        label = waiting[at]
        value = waiting[at + 1] if at + 1 < len(waiting) else None
        if not label.text:
            at += 1
            continue
        path = "／".join([*_before(label, above), bare(label.text)])
        if not _is_label(label) or value is None:
            lines.append(Line("：".join([*_before(label, above), label.text]), label))
            at += 1
            continue
        taken = [value]
        at += 2
        # 「09」「月」「01」「日」: what follows a value and is no label by itself belongs to it.
        while at < len(waiting) and waiting[at].text and _goes_on(waiting[at], taken[-1]):
            taken.append(waiting[at])
            at += 1
        text = "".join(box.text for box in taken)
        lines.append(Line(f"{path}：{text}", around([label, *taken])))
    return lines


def _goes_on(box: Box, before: Box) -> bool:
    if box.text in UNITS or box.text[0] in "□☐☑■✓":
        return True
    return is_figure(box.text) and (before.text in UNITS or before.text in _ERAS)


def _before(box: Box, above: list[Box]) -> list[str]:
    return [bare(each.text) for each in above if each.right < box.left]


def _is_label(box: Box) -> bool:
    text = bare(box.text)
    return bool(text) and len(text) <= _LABEL_MOST and not box.figure and text[0] not in "□☐☑■※" and "。" not in text
