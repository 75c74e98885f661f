"""PowerPoint (pptx) -> blocks: slide by slide its title, its shapes in reading order, tables, charts' figures, notes.

A slide has no page image here, so a block's place is its heading path: 「スライド 3」, then the title.
"""

import mmap
from typing import Any

from madoguchi.readers import office_members
from madoguchi.readers.blocks import Block, Reading
from madoguchi.readers.drawing_parts import C, D, chart_tables, diagram_items, number
from madoguchi.readers.flow import Flow, merged
from madoguchi.readers.limits import Limits
from madoguchi.readers.office_pictures import A4, EMU, Pictures, placed
from madoguchi.readers.pptx_shapes import TITLES, A, Box, P, Shape, in_order, shapes_of
from madoguchi.readers.pptx_text import Line, lines_of
from madoguchi.readers.problems import Problem
from madoguchi.readers.xmlparts import Package

R = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
_MAIN = "ppt/presentation.xml"
# Dates and numbers of slides say nothing of their own; a footer is said once.
_EMPTY_PLACES = ("dt", "sldNum", "hdr")
# With more shapes than these nobody can say what lies behind what.
_MAX_BACKS = 300
_COMMENTS = ("comments", "comment")


def read(data: bytes | mmap.mmap, limits: Limits) -> Reading:
    """Return the blocks of a pptx. Problem `broken`, `password`, `zip-bomb` or `xml`."""
    package = Package(data, limits)
    main = next((part for kind, part in package.related("").values() if kind == "officeDocument"), _MAIN)
    presentation = package.part(main)
    if presentation is None:
        raise Problem("broken")
    related = package.related(main)
    size = presentation.find(f"{P}sldSz")
    frame = (0.0, 0.0, *(number(size.get(name)) if size is not None else 0.0 for name in ("cx", "cy")))
    deck = _Deck(package, limits, frame)
    slides = [each.get(f"{R}id", "") for each in presentation.iterfind(f"{P}sldIdLst/{P}sldId")]
    for count, key in enumerate(slides[: limits.max_pages], 1):
        part = related.get(key, ("", ""))[1]
        root = package.part(part)
        if root is not None:
            deck.slide(count, part, root)
    notices = []
    if len(slides) > limits.max_pages:
        notices.append(f"{limits.max_pages:,}枚で打ち切りました（全{len(slides):,}枚）。")
    if deck.cells_left <= 0:
        notices.append(f"{limits.max_cells:,}セルで打ち切りました（上限）。")
    notices.append(deck.pictures.notice())
    return office_members.add(Reading(deck.blocks, [], "".join(notices)), package, limits)


def member(data: bytes | mmap.mmap, number: int, limits: Limits) -> bytes:
    """Return the bytes of one file inside. Problem `broken`, `zip-bomb`, `xml`."""
    return office_members.member(Package(data, limits), number, limits)


class _Deck:
    def __init__(self, package: Package, limits: Limits, frame: Any) -> None:
        self.package = package
        self.cells_left = limits.max_cells
        self.frame: Box = frame
        self.blocks: list[Block] = []
        self.footers: set[str] = set()
        self.pictures = Pictures(package, limits, frame[2] * frame[3] / EMU**2 or A4)
        # Part -> (its root, what it refers to): many slides share a layout.
        self._layouts: dict[str, tuple[Any, dict[str, tuple[str, str]]]] = {}

    def slide(self, count: int, part: str, root: Any) -> None:
        """Add the blocks of the slide that is the `count`-th."""
        related = self.package.related(part)
        above = self._above(related)
        shapes = shapes_of(root, above)
        slide = _Slide(self, related, _is_white(root, above), _backs(shapes, above))
        slide.number = str(count)
        ordered = in_order(shapes)
        titles = [shape for shape in ordered if shape.place in TITLES]
        title = " ".join(line.text for shape in titles[:1] for line in slide.lines(shape) if not line.hidden)
        called = " ".join(title.split())
        slide.flow.heading(called or f"スライド {count}", 1)
        for shape in ordered:
            if shape not in titles[:1]:
                slide.add(shape)
        for shape in titles[:1]:
            slide.unseen(shape)
        for kind, name in related.values():
            if kind == "notesSlide":
                slide.notes(self.package.part(name))
            elif kind in _COMMENTS:
                slide.comments(self.package.part(name))
        hidden = root.get("show", "1") in ("0", "false")
        for block in slide.flow.blocks():
            if block.kind == "heading" and block.level > 1 and hidden:
                block.kind, block.level = "paragraph", 0
            path = block.locator.get("heading", [])
            block.locator = {"heading": [f"スライド {count}", *(path if called else path[1:])]}
            if hidden and not block.hidden:
                block.hidden = "非表示のスライド"
            self.blocks.append(block)

    def _above(self, related: dict[str, tuple[str, str]]) -> list[Any]:
        """The roots of a slide's layout and of its master."""
        found = []
        for kind in ("slideLayout", "slideMaster"):
            part = next((name for each, name in related.values() if each == kind), "")
            if not part:
                break
            if part not in self._layouts:
                self._layouts[part] = (self.package.part(part), self.package.related(part))
            root, related = self._layouts[part]
            if root is not None:
                found.append(root)
        return found


class _Slide:
    def __init__(
        self, deck: _Deck, related: dict[str, tuple[str, str]], is_white: bool, backs: list[tuple[Any, Box]]
    ) -> None:
        self.deck, self.related = deck, related
        self.is_white, self.backs = is_white, backs
        self.number = ""
        self.flow = Flow()

    def lines(self, shape: Shape) -> list[Line]:
        body = shape.element.find(f"{P}txBody")
        return lines_of(body, shape.place, self.is_white and not self._lies_on(shape))

    def add(self, shape: Shape, reason: str = "") -> None:
        """Add what a shape says, and what it says unseen."""
        if shape.place in _EMPTY_PLACES:
            return
        reason = reason or self._reason(shape)
        if shape.name == "grpSp":
            for each in shape.inside:
                self.add(each, reason)
        elif shape.name == "graphicFrame":
            self._frame(shape.element, reason)
        elif shape.name == "pic":
            if not reason:
                self._picture(shape)
        else:
            for line in self.lines(shape):
                self._line(line, shape.place, reason)
        self.unseen(shape)

    def _line(self, line: Line, place: str, reason: str) -> None:
        if reason or line.hidden:
            self.flow.hidden(line.text, reason or line.hidden)
        elif line.text == self.number and not place:
            # Its own number, typed or drawn.
            return
        elif place == "ftr":
            if line.text not in self.deck.footers:
                self.deck.footers.add(line.text)
                self.flow.note(line.text)
        else:
            self.flow.paragraph(line.text, line.depth)

    def unseen(self, shape: Shape) -> None:
        """Add what a shape says of itself, which a screen reader would read."""
        properties = shape.element.find(f"./*/{P}cNvPr")
        if properties is not None:
            self.flow.hidden(properties.get("descr", ""), "代替テキスト")

    def _frame(self, element: Any, reason: str) -> None:
        for table in element.iter(f"{A}tbl"):
            self._table(table, reason)
        for chart in element.iter(f"{C}chart"):
            part = self._part(chart.get(f"{R}id", ""))
            for title, cells in chart_tables(part) if part is not None else ():
                self._add_table(cells, [], 1, title, reason)
        for diagram in element.iter(f"{D}relIds"):
            part = self._part(diagram.get(f"{R}dm", ""))
            for text, depth in diagram_items(part) if part is not None else ():
                self._line(Line(text, depth), "", reason)

    def _picture(self, shape: Shape) -> None:
        left, top, right, bottom = shape.box or (0, 0, 0, 0)
        found = placed(shape.element, ((right - left) / EMU, (bottom - top) / EMU))
        figure = self.deck.pictures.figure(self.related.get(found.key, ("", ""))[1], found) if found else None
        if figure:
            self.flow.figure(figure)

    def _part(self, key: str) -> Any | None:
        return self.deck.package.part(self.related.get(key, ("", ""))[1])

    def _table(self, table: Any, reason: str) -> None:
        cells: list[list[str]] = []
        numbers: list[list[int]] = []
        unseen: list[Line] = []
        count = 0
        for row in table.iterfind(f"{A}tr"):
            texts: list[str] = []
            own: list[int] = []
            for cell in row.iterfind(f"{A}tc"):
                column = len(texts)
                above = cells and column < len(cells[-1])
                if _is_on(cell, "hMerge") and texts:
                    texts.append(texts[-1])
                    own.append(own[-1])
                elif _is_on(cell, "vMerge") and above:
                    texts.append(cells[-1][column])
                    own.append(numbers[-1][column])
                else:
                    count += 1
                    lines = lines_of(cell.find(f"{A}txBody"))
                    unseen += [line for line in lines if line.hidden]
                    texts.append("\n".join(line.text for line in lines if not line.hidden))
                    own.append(count)
            cells.append(texts)
            numbers.append(own)
        width = max((len(row) for row in cells), default=0)
        for texts, own in zip(cells, numbers, strict=True):
            own += [-1 - at - 1000 * len(numbers) for at in range(width - len(own))]
            texts += [""] * (width - len(texts))
        properties = table.find(f"{A}tblPr")
        head = 1 if properties is not None and _is_on(properties, "firstRow") else 0
        if head and numbers:
            # A header cell that reaches down takes its rows along.
            depths = [sum(row[column] == first for row in numbers) for column, first in enumerate(numbers[0])]
            head = max(depths) if max(depths) < len(cells) else 1
        self._add_table(cells, merged(numbers), head, "", reason)
        for line in unseen:
            self.flow.hidden(line.text, line.hidden)

    def _add_table(self, cells: list[list[str]], spans: list[list[int]], head: int, title: str, reason: str) -> None:
        self.deck.cells_left -= sum(map(len, cells))
        if self.deck.cells_left <= 0 or not any(any(row) for row in cells):
            return
        if reason:
            self.flow.hidden("\n".join(" ".join(row) for row in cells), reason)
        elif len(cells) == 1 and len(cells[0]) == 1:
            self.flow.paragraph(cells[0][0])
        else:
            self.flow.table(cells, min(head, max(0, len(cells) - 1)), " ".join(title.split()), spans)

    def notes(self, root: Any | None) -> None:
        """Add the speaker's notes, one block."""
        said = [
            line.text
            for shape in shapes_of(root, [])
            if shape.place == "body"
            for line in lines_of(shape.element.find(f"{P}txBody"))
            if not line.hidden
        ]
        if said:
            self.flow.note("【発表者ノート】" + "\n".join(said))

    def comments(self, root: Any | None) -> None:
        """Add comments as what nobody sees on the slide."""
        if root is None:
            return
        for each in root.iter():
            name = str(each.tag).rpartition("}")[2]
            if name == "text" and each.text:
                self.flow.hidden(each.text, "コメント")
            elif name == "txBody":
                self.flow.hidden("\n".join(line.text for line in lines_of(each)), "コメント")

    def _reason(self, shape: Shape) -> str:
        properties = shape.element.find(f"./*/{P}cNvPr")
        if properties is not None and properties.get("hidden", "0") in ("1", "true"):
            return "非表示の図形"
        _, _, width, height = self.deck.frame
        if shape.box and width and height and shape.name != "grpSp":
            left, top, right, bottom = shape.box
            if right <= 0 or bottom <= 0 or left >= width or top >= height:
                return "スライドの外"
        return ""

    def _lies_on(self, shape: Shape) -> bool:
        """Whether something else than white may lie behind a shape's text: its own filling, or another shape."""
        box = shape.box
        if box is None or len(self.backs) > _MAX_BACKS:
            return True
        return any(
            back is shape.element or (left < box[2] and right > box[0] and top < box[3] and bottom > box[1])
            for back, (left, top, right, bottom) in self.backs
        )


def _is_on(element: Any, name: str) -> bool:
    return element.get(name, "0") in ("1", "true")


def _is_white(root: Any, above: list[Any]) -> bool:
    """Whether the background of a slide is white for all that is said: none that has a filling of another colour."""
    for each in (root, *above):
        background = each.find(f"{P}cSld/{P}bg")
        if background is None:
            continue
        colors = [color.get("val", "") for color in background.iter(f"{A}srgbClr", f"{A}schemeClr")]
        return bool(colors) and all(color in ("FFFFFF", "bg1", "lt1") for color in colors)
    return True


def _backs(shapes: list[Shape], above: list[Any]) -> list[tuple[Any, Box]]:
    """What may lie behind a text: pictures, tables, and shapes that have, or take from a style, a filling."""
    found: list[tuple[Any, Box]] = []
    waiting = [*shapes, *(shape for each in above for shape in shapes_of(each, []))]
    while waiting:
        shape = waiting.pop()
        waiting += shape.inside
        properties = shape.element.find(f"{P}spPr")
        fills = [str(each.tag).rpartition("}")[2] for each in properties] if properties is not None else []
        own = any(fill in ("solidFill", "gradFill", "pattFill", "blipFill", "grpFill") for fill in fills)
        styled = shape.element.find(f"{P}style") is not None and "noFill" not in fills
        if shape.box and (own or styled or shape.name in ("pic", "graphicFrame")):
            found.append((shape.element, shape.box))
    return found
