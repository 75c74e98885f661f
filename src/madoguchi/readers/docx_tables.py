"""A table of Word -> its cells, with merged ones repeated, and what of it stands apart: inner tables, notes, boxes."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from madoguchi.readers.docx_styles import fill, is_on, number
from madoguchi.readers.docx_text import Said, is_prompt

if TYPE_CHECKING:
    from madoguchi.readers.docx import _Reader

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
# What stands between a table and its rows, or between paragraphs, and says nothing itself.
HOLDERS = {f"{W}{name}" for name in ("sdt", "sdtContent", "ins", "moveTo", "customXml", "smartTag")}
# What stands in a cell for a table inside it, which follows as a table of its own.
INNER = "（次の表）"
_MAX_CAPTION = 60
_MAX_SPAN = 100


class Table:
    """`cells` and, place for place, `numbers`: the same number wherever one cell reaches."""

    def __init__(self, reader: "_Reader", element: Any) -> None:
        self.reader = reader
        self.cells: list[list[str]] = []
        self.numbers: list[list[int]] = []
        # How many rows at the top the file itself repeats on each page.
        self.header_rows = 0
        self.said = Said()
        # (what it is about, the table)
        self.inner: list[tuple[str, Any]] = []
        self._count = 0
        # Column -> (cell number, text) of the cell that a vertical merge goes on with.
        self._open: dict[int, tuple[int, str]] = {}
        heads = True
        for row in rows_of(element):
            texts, numbers = self._row(row)
            if is_hidden(row):
                self.said.hidden.append((" ".join(text for text in dict.fromkeys(texts) if text), "非表示の行"))
                continue
            reader.cells_left -= len(texts)
            if reader.cells_left <= 0:
                break
            heads = heads and is_on(row.find(f"{W}trPr/{W}tblHeader"))
            self.header_rows += heads
            self.cells.append(texts)
            self.numbers.append(numbers)
        width = max((len(row) for row in self.cells), default=0)
        for texts, numbers in zip(self.cells, self.numbers, strict=True):
            self._pad(texts, numbers, width - len(texts))

    def _row(self, row: Any) -> tuple[list[str], list[int]]:
        texts: list[str] = []
        numbers: list[int] = []
        self._pad(texts, numbers, _number(row.find(f"{W}trPr/{W}gridBefore")))
        for cell in cells_of(row):
            width = max(1, _number(cell.find(f"{W}tcPr/{W}gridSpan")))
            merge = cell.find(f"{W}tcPr/{W}vMerge")
            column = len(texts)
            if merge is not None and merge.get(f"{W}val") != "restart" and column in self._open:
                count, text = self._open[column]
            else:
                self._count += 1
                count, text = self._count, self._cell(cell, texts)
            if merge is not None:
                self._open[column] = (count, text)
            else:
                self._open.pop(column, None)
            texts += [text] * width
            numbers += [count] * width
        return texts, numbers

    def _pad(self, texts: list[str], numbers: list[int], count: int) -> None:
        for _ in range(min(count, _MAX_SPAN)):
            self._count += 1
            texts.append("")
            numbers.append(self._count)

    def _cell(self, cell: Any, before: list[str]) -> str:
        shaded = self.reader.texts.shaded
        self.reader.texts.shaded = shaded or fill(cell.find(f"{W}tcPr"))
        lines: list[str] = []
        tables: list[Any] = []
        self._lines(cell, lines, tables, 0)
        self.reader.texts.shaded = shaded
        text = "\n".join(lines)
        about = next((each for each in (text, *reversed(before)) if each and INNER not in each), "")
        self.inner += [(about if len(about) <= _MAX_CAPTION else "", table) for table in tables]
        return text or (INNER if tables else "")

    def _lines(self, holder: Any, lines: list[str], tables: list[Any], depth: int) -> None:
        for child in holder:
            if child.tag == f"{W}tbl":
                tables.append(child)
            elif child.tag == f"{W}p":
                self._line(child, lines)
            elif len(child) and depth < 12 and not is_prompt(child) and child.tag not in (f"{W}del", f"{W}tcPr"):
                self._lines(child, lines, tables, depth + 1)

    def _line(self, paragraph: Any, lines: list[str]) -> None:
        said = self.reader.texts.paragraph(paragraph)
        for name in ("hidden", "notes", "boxes", "drawings", "pictures"):
            getattr(self.said, name).extend(getattr(said, name))
        text = said.text.strip()
        style = paragraph.find(f"{W}pPr/{W}pStyle")
        key = style.get(f"{W}val", "") if style is not None else self.reader.styles.default
        # Rows are often numbered by a list, and an empty cell shows its number too.
        label, _ = self.reader.label(paragraph, key)
        if label in ("・", "●", "○", "■", "□", "◆"):
            text = label + text if text else ""
        elif label:
            text = f"{label} {text}".strip()
        if text:
            lines.append(text)


def rows_of(table: Any) -> Iterator[Any]:
    """Yield the rows of a table that its final text has."""
    for row in table:
        if row.tag == f"{W}tr":
            if row.find(f"{W}trPr/{W}del") is None:
                yield row
        elif row.tag in HOLDERS:
            yield from rows_of(row)


def cells_of(row: Any) -> Iterator[Any]:
    """Yield the cells of a row that its final text has."""
    for cell in row:
        if cell.tag == f"{W}tc":
            if cell.find(f"{W}tcPr/{W}cellDel") is None:
                yield cell
        elif cell.tag in HOLDERS:
            yield from cells_of(cell)


def is_hidden(row: Any) -> bool:
    """Return whether a row is hidden."""
    return is_on(row.find(f"{W}trPr/{W}hidden"))


def _number(element: Any | None) -> int:
    return min(_MAX_SPAN, number(element.get(f"{W}val"))) if element is not None else 0
