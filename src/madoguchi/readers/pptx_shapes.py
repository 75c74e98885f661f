"""The shapes of a slide: where each stands on it, and in which order one reads them."""

from dataclasses import dataclass, field
from typing import Any

from madoguchi.readers.drawing_parts import number

A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
P = "{http://schemas.openxmlformats.org/presentationml/2006/main}"
MC = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
_MAX_DEPTH = 20
# How much of the width a shape covers that parts a slide.
_WIDE = 0.6
TITLES = ("title", "ctrTitle")
# Left, top, right, bottom in the slide's units (EMU).
Box = tuple[float, float, float, float]


@dataclass
class Shape:
    """One shape; a group has its members in `inside`."""

    element: Any
    box: Box | None
    # Of a placeholder: 「title」「body」… and its number; empty for another shape.
    place: str = ""
    number: str = ""
    inside: list["Shape"] = field(default_factory=list)

    @property
    def name(self) -> str:
        """The tag without its namespace: 「sp」「pic」「graphicFrame」「grpSp」."""
        return str(self.element.tag).rpartition("}")[2]


@dataclass(frozen=True)
class _Scale:
    """From a group's own measure to the slide's."""

    x: float = 0
    y: float = 0
    width: float = 1
    height: float = 1

    def of(self, box: Box) -> Box:
        left, top, right, bottom = box
        return (
            self.x + left * self.width,
            self.y + top * self.height,
            self.x + right * self.width,
            self.y + bottom * self.height,
        )


def shapes_of(root: Any, above: list[Any]) -> list[Shape]:
    """Return the shapes of a slide as they lie on each other. `above` are the roots of its layout and its master, which
    say where a placeholder stands that does not say so itself."""
    tree = root.find(f"{P}cSld/{P}spTree") if root is not None else None
    places = [place for each in above for place in _placeholders(each)]
    return _shapes(tree, _Scale(), places, 0) if tree is not None else []


def in_order(shapes: list[Shape]) -> list[Shape]:
    """Return shapes in reading order: the title, then from the top, columns one after the other where they are columns.
    Groups stay together, and their members are in order too."""
    for shape in shapes:
        shape.inside = in_order(shape.inside)
    titles = [shape for shape in shapes if shape.place in TITLES]
    placed = [shape for shape in shapes if shape.box and shape.place not in TITLES]
    loose = [shape for shape in shapes if not shape.box and shape.place not in TITLES]
    return [*titles, *_cut(placed, 0), *loose]


def _cut(shapes: list[Shape], depth: int) -> list[Shape]:
    """Cut along the gaps between shapes: first where one stands across all, then into columns, then into rows."""
    if len(shapes) < 2 or depth > _MAX_DEPTH:
        return sorted(shapes, key=_corner)
    rows = _split(shapes, 1)
    bands = _bands(rows, shapes)
    columns = _split(shapes, 0)
    # Columns of several shapes each are read one by one; cards side by side are read along their row.
    is_columns = 1 < len(columns) <= 4 and all(len(column) > 1 for column in columns) and not _is_grid(rows, columns)
    parts = bands if len(bands) > 1 else columns if is_columns or len(rows) < 2 else rows
    if len(parts) < 2:
        return sorted(shapes, key=_corner)
    return [shape for part in parts for shape in _cut(part, depth + 1)]


def _bands(rows: list[list[Shape]], shapes: list[Shape]) -> list[list[Shape]]:
    """Return rows joined to bands: a shape across most of the width parts what is above from what is below it."""
    spans = [_span(shape, 0) for shape in shapes]
    width = max(stop for _, stop in spans) - min(start for start, _ in spans)
    bands: list[list[Shape]] = []
    goes_on = False
    for row in rows:
        is_wide = any(stop - start > width * _WIDE for start, stop in (_span(shape, 0) for shape in row))
        if goes_on and not is_wide:
            bands[-1] = bands[-1] + row
        else:
            bands.append(row)
        goes_on = not is_wide
    return bands


def _is_grid(rows: list[list[Shape]], columns: list[list[Shape]]) -> bool:
    """Whether shapes stand in rows as they do in columns, with as many in each: then they are read along the rows."""
    return len(rows) > 1 and all(len(row) == len(columns) for row in rows) and len(rows[0]) > 2


def _split(shapes: list[Shape], axis: int) -> list[list[Shape]]:
    """Return the shapes parted where nothing stands, along x (0) or y (1)."""
    parts: list[list[Shape]] = []
    end = float("-inf")
    for shape in sorted(shapes, key=lambda each: _span(each, axis)):
        start, stop = _span(shape, axis)
        # Neighbours may overlap by a hair.
        if parts and start < end - (stop - start) * 0.1:
            parts[-1].append(shape)
        else:
            parts.append([shape])
        end = max(end, stop)
    return parts


def _span(shape: Shape, axis: int) -> tuple[float, float]:
    box = shape.box or (0, 0, 0, 0)
    return box[axis], box[axis + 2]


def _corner(shape: Shape) -> tuple[float, float]:
    box = shape.box or (0, 0, 0, 0)
    return box[1], box[0]


def _shapes(tree: Any, scale: _Scale, places: list[Shape], depth: int) -> list[Shape]:
    found: list[Shape] = []
    if depth > _MAX_DEPTH:
        return found
    for child in tree:
        name = str(child.tag).rpartition("}")[2]
        if child.tag == f"{MC}AlternateContent":
            for branch in list(child.iterfind(f"{MC}Choice"))[:1]:
                found += _shapes(branch, scale, places, depth + 1)
        elif name in ("sp", "pic", "graphicFrame", "cxnSp"):
            found.append(_shape(child, scale, places))
        elif name == "grpSp":
            frame = child.find(f"{P}grpSpPr/{A}xfrm")
            inner = _inner(frame, scale)
            group = Shape(child, scale.of(own) if (own := _box(frame)) else None)
            group.inside = _shapes(child, inner, places, depth + 1)
            boxes = [shape.box for shape in group.inside if shape.box]
            if boxes and not group.box:
                group.box = (
                    *(min(box[at] for box in boxes) for at in (0, 1)),
                    *(max(box[at] for box in boxes) for at in (2, 3)),
                )  # type: ignore[assignment]
            found.append(group)
    return found


def _shape(element: Any, scale: _Scale, places: list[Shape]) -> Shape:
    frame = element.find(f"{P}xfrm")
    if frame is None:
        frame = element.find(f"{P}spPr/{A}xfrm")
    box = _box(frame)
    held = element.find(f"./*/{P}nvPr/{P}ph")
    shape = Shape(element, scale.of(box) if box else None)
    if held is None:
        return shape
    shape.place, shape.number = held.get("type", "obj"), held.get("idx", "0")
    if not shape.box:
        same = [place for place in places if place.box and place.number == shape.number and shape.number != "0"]
        same += [place for place in places if place.box and place.place == shape.place]
        shape.box = same[0].box if same else None
    return shape


def _placeholders(root: Any) -> list[Shape]:
    return [shape for shape in shapes_of(root, []) if shape.place]


def _box(frame: Any | None) -> Box | None:
    offset = frame.find(f"{A}off") if frame is not None else None
    size = frame.find(f"{A}ext") if frame is not None else None
    if offset is None or size is None:
        return None
    left, top = number(offset.get("x")), number(offset.get("y"))
    return left, top, left + number(size.get("cx")), top + number(size.get("cy"))


def _inner(frame: Any | None, scale: _Scale) -> _Scale:
    box = _box(frame)
    if frame is None or box is None:
        return scale
    offset, size = frame.find(f"{A}chOff"), frame.find(f"{A}chExt")
    if offset is None or size is None:
        return scale
    across = (box[2] - box[0]) / (number(size.get("cx")) or 1) * scale.width
    down = (box[3] - box[1]) / (number(size.get("cy")) or 1) * scale.height
    left, top, _, _ = scale.of(box)
    return _Scale(left - number(offset.get("x")) * across, top - number(offset.get("y")) * down, across, down)
