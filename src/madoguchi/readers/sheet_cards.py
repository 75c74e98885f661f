"""Cards (決算カード): many tables side by side on squared paper, told apart by labels, figures, headers."""

from collections import Counter, defaultdict
from dataclasses import dataclass

from madoguchi.readers import structure
from madoguchi.readers.sheet_boxes import UNITS, Box, Line, Panel, around, bare, by_row

# Rows.
_NEAR = 3


@dataclass(eq=False)
class _Group:
    """Labels and the figures to their right, in one row."""

    row: int
    labels: list[Box]
    figures: list[tuple[Box, str]]


def read(boxes: list[Box]) -> list[Panel | Line]:
    """Return the tables and lines of a card, from top to bottom. `boxes` are those that say something."""
    groups, units = _groups(boxes)
    labels = {id(box) for group in groups for box in group.labels}
    words = [box for box in boxes if not box.figure and id(box) not in labels and box not in units]
    headers = [box for box in words if not structure.unit_of(box.text)]
    over = {id(figure): _header(figure, headers) for group in groups for figure, _ in group.figures}
    used = Counter(id(header) for header in over.values() if header)
    found: list[Panel | Line] = []
    claimed: set[int] = set(labels) | {id(box) for box in units}
    for group in groups:
        kept = []
        for figure, text in group.figures:
            header = over[id(figure)]
            # A title right above one figure is its label; the labels of the row are another table's.
            if (
                header
                and used[id(header)] == 1
                and header.bottom == figure.top - 1
                and header.left == figure.left
                and len(groups) > 3
            ):
                found.append(Line(f"{bare(header.text)}：{text}", around([header, figure])))
                claimed |= {id(header), id(figure)}
            else:
                kept.append((figure, text))
        group.figures = kept
    for members in _panels([group for group in groups if group.figures], over):
        found.append(_panel(members, over, headers, words, claimed))
    claimed |= {id(figure) for group in groups for figure, _ in group.figures}
    found += [Line(box.text, box) for box in boxes if id(box) not in claimed]
    return sorted(found, key=lambda item: (item.box.top, item.box.left))


def _groups(boxes: list[Box]) -> tuple[list[_Group], list[Box]]:
    """Labels and figures of each row, and the boxes that only say the unit of a figure before them."""
    groups: list[_Group] = []
    units: list[Box] = []
    for row, covering in by_row(boxes).items():
        labels: list[Box] = []
        figures: list[tuple[Box, str]] = []
        for box in covering:
            if box.figure:
                if box.top == row:
                    figures.append((box, box.text))
            elif figures and box.text.strip() in UNITS and figures[-1][0].right >= box.left - 2:
                figures[-1] = (figures[-1][0], figures[-1][1] + box.text.strip().rstrip("）"))
                units.append(box)
            else:
                if figures:
                    groups.append(_Group(row, labels, figures))
                    labels, figures = [], []
                labels.append(box)
        if figures:
            groups.append(_Group(row, labels, figures))
    _without_strays(groups, boxes)
    return groups, units


def _without_strays(groups: list[_Group], boxes: list[Box]) -> None:
    """A text with figures right below it heads a column of another table: it and what is left of it label nothing to
    the right."""
    below: dict[int, list[Box]] = defaultdict(list)
    for box in boxes:
        if box.figure:
            for row in range(box.top - _NEAR, box.top):
                below[row].append(box)
    for group in groups:
        for at in range(len(group.labels) - 1, -1, -1):
            label = group.labels[at]
            if any(box.left <= label.right and box.right >= label.left for box in below[label.bottom]):
                group.labels = group.labels[at + 1 :]
                break


def _header(figure: Box, headers: list[Box]) -> Box | None:
    best = None
    for box in headers:
        if box.bottom >= figure.top or (best and box.bottom <= best.bottom):
            continue
        shared = min(box.right, figure.right) - max(box.left, figure.left) + 1
        if shared * 2 >= max(box.right - box.left, figure.right - figure.left) + 1:
            best = box
    return best


def _panels(groups: list[_Group], over: dict[int, Box | None]) -> list[list[_Group]]:
    """Groups whose figures stand below the same headers."""
    parents: dict[int, int] = {}

    def root(key: int) -> int:
        while parents.setdefault(key, key) != key:
            key = parents[key]
        return key

    def key(figure: Box) -> int:
        header = over[id(figure)]
        return id(header) if header else -figure.left - 1

    for group in groups:
        first = root(key(group.figures[0][0]))
        for figure, _ in group.figures[1:]:
            parents[root(key(figure))] = first
    panels: dict[int, list[_Group]] = defaultdict(list)
    for group in groups:
        panels[root(key(group.figures[0][0]))].append(group)
    return list(panels.values())


def _panel(
    groups: list[_Group], over: dict[int, Box | None], headers: list[Box], words: list[Box], claimed: set[int]
) -> Panel:
    columns: dict[int, list[Box]] = {}
    places: dict[int, int] = {}
    for group in groups:
        for figure, _ in group.figures:
            header = over[id(figure)]
            key = id(header) if header else figure.left
            places[key] = min(places.get(key, figure.left), figure.left)
            columns.setdefault(key, _path(header, headers) if header else [])
    order = sorted(columns, key=lambda key: places[key])
    # What stands over all columns is no header but the title.
    tops = {id(columns[key][0]) if len(columns[key]) > 1 else 0 for key in order}
    labelled = min((box.left for group in groups for box in group.labels), default=-1)
    if len(tops) == 1 and 0 not in tops and (len(order) > 1 or columns[order[0]][0].left <= labelled):
        for key in order:
            columns[key] = columns[key][1:]
    path_boxes = [box for key in order for box in columns[key]]
    claimed |= {id(box) for box in path_boxes}
    first = min([box.top for box in path_boxes] + [group.row for group in groups])
    left = min([box.left for group in groups for box in group.labels] + [places[key] for key in order])
    right = max(figure.right for group in groups for figure, _ in group.figures)
    depth = max((len(columns[key]) for key in order), default=0)
    corner_box = next(
        (box for box in words if id(box) not in claimed and _beside(box, path_boxes, left, places[order[0]])), None
    )
    width = max(1, min(4, max(len(group.labels) for group in groups)))
    corner = corner_box.text.replace("\n", "") if corner_box else ""
    claimed |= {id(corner_box)} if corner_box else set()
    cells = []
    for row in range(depth):
        paths = [[box.text.replace("\n", "") for box in columns[key]] or [""] for key in order]
        cells.append([corner] * width + [path[min(len(path) - 1, max(0, len(path) - depth + row))] for path in paths])
    for group in groups:
        texts = [box.text.replace("\n", "") for box in group.labels]
        said = (
            [*texts[: width - 1], "／".join(texts[width - 1 :])]
            if len(texts) > width
            else texts + [""] * (width - len(texts))
        )
        values: dict[object, list[str]] = defaultdict(list)
        for figure, text in group.figures:
            header = over[id(figure)]
            values[id(header) if header else figure.left].append(text)
        cells.append(said + ["　".join(values[key]) for key in order])
    caption, unit = "", ""
    for box in words:
        near = first - 4 <= box.top and box.bottom < first and box.left <= right and box.right >= left
        if near and id(box) not in claimed and box.left >= left - 2:
            found = structure.unit_of(box.text)
            if found:
                unit = unit or found
            elif not caption:
                caption = box.text.replace("\n", "")
            else:
                continue
            claimed.add(id(box))
    place = around(
        [*path_boxes, *(box for group in groups for box in [*group.labels, *(figure for figure, _ in group.figures)])]
    )
    return Panel(cells, min(depth, len(cells) - 1), caption, unit, place)


def _beside(box: Box, headers: list[Box], left: int, first: int) -> bool:
    """Whether a box stands left of the headers, above the labels: 「区分」."""
    if not headers or not left <= box.right < first:
        return False
    return box.top >= min(each.top for each in headers) and box.bottom <= max(each.bottom for each in headers)


def _path(header: Box, headers: list[Box]) -> list[Box]:
    """A header and those it stands below, outermost first."""
    path = [header]
    while len(path) < 5:
        low = path[0]
        above = [
            box
            for box in headers
            if box.bottom == low.top - 1
            and box.left <= low.left
            and box.right >= low.right
            and box.left in {each.left for each in headers if each.bottom == low.bottom}
            and box.right in {each.right for each in headers if each.bottom == low.bottom}
        ]
        if not above:
            break
        path.insert(0, above[0])
    return path
