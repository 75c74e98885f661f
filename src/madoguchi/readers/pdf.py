"""PDF with a text layer -> blocks: lines by PDFium, ruled tables, running heads dropped, headings and 条項号."""

import ctypes
import mmap
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import pypdfium2_raw as pdfium

from madoguchi.readers import pdf_cells, pdf_headings, pdf_layout, pdf_tables, pdf_text, structure
from madoguchi.readers.blocks import Block, Page, Reading
from madoguchi.readers.limits import Limits
from madoguchi.readers.pdf_layout import Paragraph, Table
from madoguchi.readers.pdf_text import Line
from madoguchi.readers.problems import Problem

# Share of the page's height at its top and bottom where running heads and page numbers stand.
_MARGIN = 0.09
_NUMBERS = 0.13
_PAGE_NUMBER = re.compile(
    r"[\s\-－‐–—・(（\[]*(?:p\.?|P\.?|頁)?\s*([0-9０-９]{1,4})\s*(?:[/／]\s*[0-9０-９]{1,4}|ページ|頁)?[\s\-－‐–—・)）\]]*"
)
_DIGITS = re.compile(r"[0-9０-９]+")


@dataclass
class Sheet:
    """One page as extracted, before anything is dropped."""

    number: int
    width: float
    height: float
    lines: list[Line]
    tables: list[Table]
    frames: list[pdf_layout.Frame]


def read(data: bytes | mmap.mmap, limits: Limits) -> Reading:
    """Return the blocks and pages of a PDF. Problem `password`, `broken` or `no-text`."""
    with Document(data) as document:
        count = min(document.count, limits.max_pages)
        sheets = [_sheet(document, number) for number in range(count)]
        total = document.count
    notices = []
    if total > count:
        notices.append(f"{total:,}ページのうち、はじめの{count:,}ページを読み取りました（上限）。")
    pages = [_page(sheet) for sheet in sheets]
    silent = [page.number for page in pages if not page.lines]
    if len(silent) == len(pages):
        raise Problem("no-text")
    if silent:
        shown = "、".join(str(number) for number in silent[:10]) + ("ほか" if len(silent) > 10 else "")
        notices.append(f"文字のないページ（{shown}）は読み取っていません。")
    _drop_running(sheets)
    return Reading(list(_blocks(sheets)), pages, "".join(notices))


class Document:
    """An open PDF, mapped into memory for as long as it is open. Problem `password` or `broken`."""

    def __init__(self, data: bytes | mmap.mmap) -> None:
        config = pdfium.FPDF_LIBRARY_CONFIG(version=2, m_pUserFontPaths=None, m_pIsolate=None, m_v8EmbedderSlot=0)
        pdfium.FPDF_InitLibraryWithConfig(ctypes.byref(config))
        if not data:
            raise Problem("empty")
        self._data = data
        self._buffer = (
            ctypes.c_char_p(data) if isinstance(data, bytes) else (ctypes.c_char * len(data)).from_buffer(data)
        )
        self.handle = pdfium.FPDF_LoadMemDocument64(self._buffer, len(data), None)
        if not self.handle:
            locked = pdfium.FPDF_GetLastError() in (pdfium.FPDF_ERR_PASSWORD, pdfium.FPDF_ERR_SECURITY)
            raise Problem("password" if locked else "broken")
        self.count = int(pdfium.FPDF_GetPageCount(self.handle))
        if self.count <= 0:
            self.close()
            raise Problem("broken")

    def __enter__(self) -> "Document":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close it and let go of the memory."""
        if self.handle:
            pdfium.FPDF_CloseDocument(self.handle)
            self.handle = None


def _sheet(document: Document, index: int) -> Sheet:
    page = pdfium.FPDF_LoadPage(document.handle, index)
    if not page:
        return Sheet(index + 1, 595, 842, [], [], [])
    try:
        frame = pdf_text.Frame(page)
        textpage = pdfium.FPDFText_LoadPage(page)
        if not textpage:
            return Sheet(index + 1, frame.width, frame.height, [], [], [])
        try:
            cells = pdf_cells.Cells(pdf_tables.rules(page, frame))
            lines = pdf_text.runs(textpage, frame, cells.region_of if cells.grids else None)
        finally:
            pdfium.FPDFText_ClosePage(textpage)
    finally:
        pdfium.FPDF_ClosePage(page)
    on_page = [
        line for line in lines if line.x1 > 0 and line.bottom > 0 and line.x0 < frame.width and line.top < frame.height
    ]
    free, tables, frames = cells.take(on_page)
    return Sheet(index + 1, frame.width, frame.height, free, tables, frames)


def _page(sheet: Sheet) -> Page:
    page = Page(sheet.number, round(sheet.width, 2), round(sheet.height, 2))
    every = [*sheet.lines, *(line for frame in sheet.frames for line in frame.lines)]
    every += [line for table in sheet.tables for line in table.lines]
    page.lines = [(*_box(line, sheet), line.text) for line in sorted(every, key=lambda line: (line.top, line.x0))]
    return page


def _box(place: Line | Table, sheet: Sheet) -> tuple[float, float, float, float]:
    return (
        round(min(1.0, max(0.0, place.x0 / sheet.width)), 5),
        round(min(1.0, max(0.0, place.top / sheet.height)), 5),
        round(min(1.0, max(0.0, place.x1 / sheet.width)), 5),
        round(min(1.0, max(0.0, place.bottom / sheet.height)), 5),
    )


def _drop_running(sheets: list[Sheet]) -> None:
    """Drop what is repeated in the margins of pages: running heads and feet, page numbers."""
    seen: Counter[tuple[bool, str, int]] = Counter()
    offsets: Counter[int] = Counter()
    places: list[tuple[Sheet, Line, tuple[bool, str, int], int | None]] = []
    for sheet in sheets:
        for line in [*sheet.lines, *(line for frame in sheet.frames for line in frame.lines)]:
            head = line.middle < sheet.height / 2
            share = line.middle / sheet.height
            number = _PAGE_NUMBER.fullmatch(line.text) if share < _NUMBERS or share > 1 - _NUMBERS else None
            if not number and _MARGIN < share < 1 - _MARGIN:
                continue
            if structure.unit_of(line.text):
                continue
            key = (head, _DIGITS.sub("#", line.text.replace(" ", "").replace("　", "")), round(line.middle / 12))
            offset = int(number[1]) - sheet.number if number else None
            seen[key] += 1
            if offset is not None:
                offsets[offset] += 1
            places.append((sheet, line, key, offset))
    # In a document of two to five pages: on every page.
    enough = max(2, len(sheets)) if len(sheets) < 6 else max(3, min(8, len(sheets) // 6))
    dropped: dict[int, list[tuple[Line, bool]]] = {}
    running = {id(line) for _, line, key, _ in places if seen[key] >= enough}
    for sheet, line, key, offset in places:
        is_number = (
            offset is not None and (offsets[offset] >= 2 or offset == 0) and not _ends_a_row(line, sheet, running)
        )
        if is_number or seen[key] >= enough:
            dropped.setdefault(sheet.number, []).append((line, is_number))
    for sheet in sheets:
        lines = dropped.get(sheet.number, [])
        # A page of nothing else (slides with one line each) keeps its words.
        count = len(sheet.lines) + sum(len(frame.lines) for frame in sheet.frames)
        bare = len(lines) == count and not sheet.tables
        gone = {id(line) for line, is_number in lines if is_number or not bare}
        sheet.lines = [line for line in sheet.lines if id(line) not in gone]
        for frame in sheet.frames:
            frame.lines = [line for line in frame.lines if id(line) not in gone]
        sheet.frames = [frame for frame in sheet.frames if frame.lines]


def _ends_a_row(number: Line, sheet: Sheet, running: set[int]) -> bool:
    """Whether words stand before a number, as in a table of contents that reaches down to the foot of the page."""
    return any(
        abs(line.middle - number.middle) < 0.4 * number.size
        and line.x1 <= number.x0
        and id(line) not in running
        and any(character.isalpha() for character in line.text)
        for line in sheet.lines
    )


def _blocks(sheets: list[Sheet]) -> Iterator[Block]:
    parts: list[tuple[Sheet, Paragraph | Table]] = []
    for sheet in sheets:
        units: list[pdf_layout.Unit] = [*sheet.lines, *sheet.tables, *sheet.frames]
        for group in pdf_layout.order(units):
            parts += [(sheet, part) for part in pdf_layout.paragraphs(group)]
    parts = _joined_over_pages(parts)
    yield from pdf_headings.blocks(parts, _box)


def _joined_over_pages(parts: list[tuple[Sheet, Paragraph | Table]]) -> list[tuple[Sheet, Paragraph | Table]]:
    """Repeat the header of a table on the pages it goes on over."""
    before: Table | None = None
    before_page = 0
    for sheet, part in parts:
        if isinstance(part, Table):
            if before and sheet.number == before_page + 1 and part.top < 0.25 * sheet.height:
                pdf_cells.repeat_header(before, part)
            before, before_page = part, sheet.number
        elif before and sheet.number == before_page and part.top > before.bottom:
            # Text after it on its page: the next page's table is another.
            before = None
    return parts
