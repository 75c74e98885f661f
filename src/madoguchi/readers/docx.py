"""Word (docx) -> blocks: the final text, headings by style and by 第N条, numbering as displayed, tables with merges.

Its XML is read directly: python-docx leaves out numbering, insertions and text boxes, and takes longer to import
than most documents take to read.
"""

import mmap
from collections.abc import Iterator
from typing import Any

from madoguchi.readers.blocks import Reading
from madoguchi.readers.docx_numbering import Numbering, style_chain
from madoguchi.readers.flow import Flow, header_rows
from madoguchi.readers.limits import Limits
from madoguchi.readers.problems import Problem
from madoguchi.readers.xmlparts import Package

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
# Deleted text, the reading above ruby, and what stands in a box beside the text.
_SKIP = {f"{W}del", f"{W}moveFrom", f"{W}rt", f"{W}txbxContent", f"{W}instrText", f"{W}delText", _FALLBACK}
_MAX_DEPTH = 12


def read(data: bytes | mmap.mmap, limits: Limits) -> Reading:
    """Return the blocks of a docx. Problem `broken`, `password`, `zip-bomb`, `xml` or `no-text`."""
    package = Package(data, limits)
    document = package.part("word/document.xml")
    if document is None:
        raise Problem("broken")
    body = document.find(f"{W}body")
    if body is None:
        raise Problem("broken")
    styles = _Styles(package.part("word/styles.xml"))
    numbering = Numbering(package.part("word/numbering.xml"))
    reader = _Reader(styles, numbering, limits)
    reader.blocks_of(body, 0)
    notice = f"{limits.max_cells:,}セルで打ち切りました（上限）。" if reader.cells_left <= 0 else ""
    return Reading(reader.flow.blocks(), [], notice)


class _Styles:
    """What the styles say: the heading level of each, and its numbering."""

    def __init__(self, part: Any | None) -> None:
        self.levels: dict[str, int] = {}
        self.numbering: dict[str, tuple[str, int]] = {}
        if part is None:
            return
        by_id = {style.get(f"{W}styleId", ""): style for style in part.iter(f"{W}style")}
        for key in by_id:
            chain = style_chain(by_id, key)
            self.levels[key] = next((level for style in chain if (level := _style_level(style))), 0)
            for style in chain:
                properties = style.find(f"{W}pPr/{W}numPr")
                number = properties.find(f"{W}numId") if properties is not None else None
                if number is not None:
                    depth = properties.find(f"{W}ilvl")
                    self.numbering[key] = (
                        number.get(f"{W}val", "0"),
                        _number(depth.get(f"{W}val")) if depth is not None else 0,
                    )
                    break


def _style_level(style: Any) -> int:
    """1–9 for a heading style by its outline level or name (「heading 1」「見出し 1」「表題」); 0 for another."""
    name = style.find(f"{W}name")
    label = (name.get(f"{W}val", "") if name is not None else "").lower()
    if label in ("title", "表題"):
        return 1
    for word in ("heading", "見出し"):
        if label.startswith(word) and label[len(word) :].strip().isdigit():
            return min(9, int(label[len(word) :].strip()) + 1)
    outline = style.find(f"{W}pPr/{W}outlineLvl")
    level = _number(outline.get(f"{W}val")) if outline is not None else 9
    return level + 2 if level < 8 else 0


def _number(text: str | None) -> int:
    try:
        return int(text or "0")
    except ValueError:
        return 0


class _Reader:
    def __init__(self, styles: _Styles, numbering: Numbering, limits: Limits) -> None:
        self.styles, self.numbering = styles, numbering
        self.cells_left = limits.max_cells
        self.flow = Flow()

    def blocks_of(self, holder: Any, depth: int) -> None:
        """Walk the paragraphs and tables of a body, a content control or a text box."""
        if depth > _MAX_DEPTH:
            raise Problem("nested")
        for child in holder:
            if child.tag == f"{W}p":
                self.paragraph(child, depth)
            elif child.tag == f"{W}tbl":
                self.table(child, depth)
            elif child.tag in (f"{W}sdt", f"{W}sdtContent", f"{W}ins", f"{W}customXml", f"{W}smartTag"):
                self.blocks_of(child, depth + 1)

    def paragraph(self, element: Any, depth: int) -> None:
        """Add one paragraph, then the text boxes that are anchored in it."""
        style = element.find(f"{W}pPr/{W}pStyle")
        key = style.get(f"{W}val", "") if style is not None else ""
        text = "".join(_texts(element)).strip()
        if text:
            label, level = self._label(element, key)
            if label:
                text = f"{label}　{text}" if not label.endswith(("・", "　")) else label + text
            own = element.find(f"{W}pPr/{W}outlineLvl")
            outline = self.styles.levels.get(key, 0)
            if own is not None and _number(own.get(f"{W}val")) < 9:
                outline = _number(own.get(f"{W}val")) + 2
            if outline and len(text) <= 200:
                self.flow.heading(text, outline)
            else:
                self.flow.paragraph(text, level + 1 if label else 0)
        for box in element.iter(f"{W}txbxContent"):
            if not any(parent.tag == _FALLBACK for parent in box.iterancestors()):
                self.blocks_of(box, depth + 1)

    def _label(self, element: Any, style: str) -> tuple[str, int]:
        properties = element.find(f"{W}pPr/{W}numPr")
        if properties is not None and properties.find(f"{W}numId") is not None:
            number = properties.find(f"{W}numId").get(f"{W}val", "0")
            depth = properties.find(f"{W}ilvl")
            level = _number(depth.get(f"{W}val")) if depth is not None else 0
        elif style in self.styles.numbering:
            number, level = self.styles.numbering[style]
        else:
            return "", 0
        return self.numbering.next(number, level), level

    def table(self, element: Any, depth: int) -> None:
        """Add a table with merged cells repeated; one of a single cell is a frame around text."""
        rows: list[list[str]] = []
        spans: list[list[int]] = []
        count = 0
        # Column -> (cell number, text) of the cell that a vertical merge goes on with.
        open_cells: dict[int, tuple[int, str]] = {}
        nested: list[Any] = []
        for row in _rows(element):
            texts: list[str] = []
            numbers: list[int] = []
            for cell in _cells(row):
                span = cell.find(f"{W}tcPr/{W}gridSpan")
                width = min(100, max(1, _number(span.get(f"{W}val")) if span is not None else 1))
                merge = cell.find(f"{W}tcPr/{W}vMerge")
                column = len(texts)
                if merge is not None and merge.get(f"{W}val") != "restart" and column in open_cells:
                    number, text = open_cells[column]
                else:
                    count += 1
                    number, text = count, self._cell(cell)
                    nested += [inner for inner in cell if inner.tag == f"{W}tbl"]
                if merge is not None:
                    open_cells[column] = (number, text)
                else:
                    open_cells.pop(column, None)
                texts += [text] * width
                numbers += [number] * width
            self.cells_left -= len(texts)
            if self.cells_left <= 0:
                break
            rows.append(texts)
            spans.append(numbers)
        if not rows:
            return
        if count <= 1 or max(len(row) for row in rows) == 1:
            for row in _rows(element):
                for cell in _cells(row):
                    self.blocks_of(cell, depth + 1)
            return
        width = max(len(row) for row in rows)
        for texts, numbers in zip(rows, spans, strict=True):
            numbers += [-1 - at for at in range(width - len(numbers))]
            texts += [""] * (width - len(texts))
        self.flow.table(rows, header_rows(spans))
        for inner in nested:
            if depth < _MAX_DEPTH:
                self.table(inner, depth + 1)

    def _cell(self, cell: Any) -> str:
        said = []
        for paragraph in cell.iterchildren(f"{W}p", f"{W}sdt"):
            text = "".join(_texts(paragraph)).strip()
            if paragraph.tag == f"{W}p" and text:
                label, _ = self._label(paragraph, "")
                text = f"{label} {text}" if label else text
            if text:
                said.append(text)
        return "\n".join(said)


def _rows(table: Any) -> Iterator[Any]:
    for row in table:
        if row.tag == f"{W}tr":
            yield row
        elif row.tag == f"{W}sdt":
            yield from row.iterfind(f"{W}sdtContent/{W}tr")


def _cells(row: Any) -> Iterator[Any]:
    for cell in row:
        if cell.tag == f"{W}tc":
            yield cell
        elif cell.tag == f"{W}sdt":
            yield from cell.iterfind(f"{W}sdtContent/{W}tc")


def _texts(element: Any) -> Iterator[str]:
    """The text as finally shown: insertions in, deletions, hidden runs and field codes out."""
    stack = [iter(element)]
    while stack:
        child = next(stack[-1], None)
        if child is None:
            stack.pop()
            continue
        tag = child.tag
        if tag == f"{W}t":
            yield child.text or ""
        elif tag == f"{W}tab":
            # A tab stop's definition in the paragraph's properties is not a tab.
            if child.getparent().tag != f"{W}tabs":
                yield "　"
        elif tag in (f"{W}br", f"{W}cr"):
            yield "\n"
        elif tag == f"{W}noBreakHyphen":
            yield "-"
        elif tag in _SKIP or (tag == f"{W}r" and child.find(f"{W}rPr/{W}vanish") is not None):
            continue
        elif len(child):
            stack.append(iter(child))
