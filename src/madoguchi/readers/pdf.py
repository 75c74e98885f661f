"""PDF -> blocks: lines by PDFium, tables, figures, form fields and notes, headings and 条項号; what nobody sees is told
apart, and pages whose characters say nothing are read by eye."""

import mmap
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import pypdfium2_raw as pdfium

from madoguchi.readers import (
    pdf_borderless,
    pdf_cells,
    pdf_figures,
    pdf_headings,
    pdf_notes,
    pdf_objects,
    pdf_outline,
    pdf_ruby,
    pdf_ruled,
    pdf_running,
    pdf_scan,
    pdf_tables,
    pdf_text,
    pdf_vertical,
    structure,
)
from madoguchi.readers.blocks import Block, Page, Reading
from madoguchi.readers.limits import Limits
from madoguchi.readers.pdf_document import Document
from madoguchi.readers.pdf_layout import Paragraph, Ready, Sheet, Table, Unit
from madoguchi.readers.pdf_text import Frame, Line
from madoguchi.readers.problems import Problem

TINY = "極端に小さい文字"
# Of the size of the page's body; and in points, on a page of an ordinary size.
_TINY_SHARE, _TINY_POINTS, _ORDINARY_PAGE = 0.1, 1.0, 300.0
_READABLE = 4.0
# Part of a page by an image that is worth reading by eye.
_IMAGE_SHARE = 0.04


def read(data: bytes | mmap.mmap, limits: Limits, password: str = "") -> Reading:
    """Return the blocks and pages of a PDF. Problem `password`, `wrong-password`, `broken`, `no-text` or
    `broken-text`."""
    with Document(data, password) as document:
        opened = Opened(document, pdf_scan.Eye(limits), pdf_notes.Form(document))
        count, total = min(document.count, limits.max_pages), document.count
        try:
            sheets = [_sheet(opened, number) for number in range(count)]
        finally:
            opened.form.close()
        bookmarks = list(document.bookmarks())
    pages = [_page(sheet) for sheet in sheets]
    silent = [page.number for page in pages if not page.lines and page.number not in opened.broken]
    if not any(page.lines for page in pages) and not any(one.block.text for sheet in sheets for one in sheet.ready):
        raise Problem("broken-text" if opened.broken else "no-text")
    pdf_running.drop(sheets)
    blocks = list(_blocks(sheets, opened.eye.read_pages))
    pdf_outline.apply(blocks, bookmarks)
    notice = f"{total:,}ページのうち、はじめの{count:,}ページを読み取りました（上限）。" if total > count else ""
    return Reading(blocks, pages, notice + "".join(_notices(silent, opened.broken, opened.eye)))


@dataclass
class Opened:
    """A document being read: its form, the eye for its pictures, and the pages whose characters are broken."""

    document: Document
    eye: pdf_scan.Eye
    form: pdf_notes.Form
    broken: list[int] = field(default_factory=list)


def _notices(silent: list[int], broken: list[int], eye: pdf_scan.Eye) -> Iterator[str]:
    if eye.read_pages:
        yield f"画像のページ（{_listed(eye.read_pages)}）は文字認識で読み取りました。誤りがあるかもしれません。"
    if eye.late_pages:
        yield (
            f"画像のページ（{_listed(eye.late_pages)}）は、時間の上限のため読み取っていません。"
            "ファイルを分けて登録してください。"
        )
    silent = [number for number in silent if number not in eye.late_pages]
    if silent:
        yield f"文字のないページ（{_listed(silent)}）は読み取っていません。"
    broken = [number for number in broken if number not in eye.late_pages]
    if broken:
        yield f"文字の情報が壊れているページ（{_listed(broken)}）は読み取っていません。"


def _listed(numbers: Sequence[int]) -> str:
    return "、".join(str(number) for number in numbers[:10]) + ("ほか" if len(numbers) > 10 else "")


def _sheet(opened: Opened, index: int) -> Sheet:
    page = pdfium.FPDF_LoadPage(opened.document.handle, index)
    if not page:
        return Sheet(index + 1, 595, 842, [], [], [])
    try:
        frame = Frame(page)
        sheet = Sheet(index + 1, frame.width, frame.height, [], [], [], label=opened.document.label(index))
        textpage = pdfium.FPDFText_LoadPage(page)
        if not textpage:
            return sheet
        try:
            _fill(opened, sheet, page, textpage, frame)
        finally:
            pdfium.FPDFText_ClosePage(textpage)
        sheet.ready += pdf_notes.read(page, frame, sheet.number, opened.form)
        return sheet
    finally:
        pdfium.FPDF_ClosePage(page)


def _fill(opened: Opened, sheet: Sheet, page: Any, textpage: Any, frame: Frame) -> None:
    eye = opened.eye
    drawn = pdf_objects.drawn(page, frame)
    pdf_objects.judge_forms(opened.document.handle, page, frame, drawn)
    unseen = drawn.unseen
    if pdf_scan.has_eye_layer(drawn, frame):
        # The invisible text under a scan is what some OCR read of it.
        unseen = {handle: reason for handle, reason in unseen.items() if reason != pdf_objects.INVISIBLE}
        sheet.origin = "ocr"
    cells = pdf_ruled.Cells(pdf_tables.rules(drawn))
    regions = pdf_text.Regions(cells.region_of, cells.grids) if cells.grids else None
    lines = pdf_text.runs(textpage, frame, regions, unseen)
    _mark_unseen(lines, frame)
    sheet.unseen = [line for line in lines if line.hidden]
    lines = [line for line in lines if not line.hidden]
    bad = pdf_scan.is_broken(textpage, lines)
    poor = sheet.origin == "ocr" and not bad and eye.distrusts(page, frame, sheet.number, drawn, lines)
    if bad or poor or pdf_scan.needs_eye(drawn, frame, lines):
        read = eye.page(page, frame, sheet.number, drawn)
        if read is not None:
            sheet.ready += [Ready(*_place(block, frame), block) for block in read[0]]
            sheet.seen += read[1]
            lines = [] if bad or poor else lines
        elif bad:
            opened.broken.append(sheet.number)
            for line in lines:
                line.hidden = pdf_scan.BROKEN
            sheet.unseen += lines
            lines = []
        sheet.lines = lines
        return
    ruby = pdf_ruby.find(lines)
    if ruby:
        small = [line for line in lines if id(line) in ruby]
        sheet.seen += [(*_box(line, sheet), line.text) for line in small]
        lines = [line for line in lines if id(line) not in ruby]
    free, sheet.tables, sheet.frames = cells.take(lines)
    words = None
    if drawn.images and eye.is_open():
        least = _IMAGE_SHARE * frame.width * frame.height

        def words(box: pdf_objects.Box) -> tuple[str, float] | None:
            large = (box[2] - box[0]) * (box[3] - box[1]) >= least
            return eye.words(page, frame, sheet.number, box, drawn) if large else None

    before = {id(line): line for line in free}
    sheet.lines, figures = pdf_figures.take(drawn, free, sheet.tables, frame, sheet.number, words)
    sheet.ready += figures
    for line in sheet.lines:
        before.pop(id(line), None)
    sheet.seen += [(*_box(line, sheet), line.text) for line in before.values()]
    sheet.lines = pdf_borderless.take_into(sheet.lines, sheet.tables, frame.width)


def _mark_unseen(lines: list[Line], frame: Frame) -> None:
    """Give lines off the page or too small to be read the reason why nobody sees them."""
    sizes: Counter[int] = Counter()
    for line in lines:
        # Whoever hides a text may write more of it than stands on the page.
        if line.size >= _READABLE:
            sizes[round(line.size)] += len(line.text)
    body = sizes.most_common(1)[0][0] if sizes else 0
    ordinary = min(frame.width, frame.height) >= _ORDINARY_PAGE
    least = max(_TINY_SHARE * body, _TINY_POINTS if ordinary else 0.0)
    for line in lines:
        if line.hidden:
            continue
        if line.x1 <= 0 or line.bottom <= 0 or line.x0 >= frame.width or line.top >= frame.height:
            line.hidden = pdf_objects.OUTSIDE
        elif line.size < least:
            line.hidden = TINY


def _place(block: Block, frame: Frame) -> pdf_objects.Box:
    boxes = block.locator.get("boxes") or [[0.0, 0.0, 1.0, 1.0]]
    return (
        min(box[0] for box in boxes) * frame.width,
        min(box[1] for box in boxes) * frame.height,
        max(box[2] for box in boxes) * frame.width,
        max(box[3] for box in boxes) * frame.height,
    )


def _page(sheet: Sheet) -> Page:
    page = Page(sheet.number, round(sheet.width, 2), round(sheet.height, 2), label=sheet.label)
    every = [*sheet.lines, *(line for frame in sheet.frames for line in frame.lines)]
    every += [line for table in sheet.tables for line in table.lines]
    page.lines = [(*_box(line, sheet), line.text) for line in sorted(every, key=lambda line: (line.top, line.x0))]
    page.lines += sheet.seen
    return page


def _box(place: Line | Table, sheet: Sheet) -> tuple[float, float, float, float]:
    x0, top, x1, bottom = shares = (
        place.x0 / sheet.width,
        place.top / sheet.height,
        place.x1 / sheet.width,
        place.bottom / sheet.height,
    )
    if x0 < 0 or top < 0 or x1 > 1 or bottom > 1:
        x0, top, x1, bottom = (min(1.0, max(0.0, share)) for share in shares)
    return round(x0, 5), round(top, 5), round(x1, 5), round(bottom, 5)


def _blocks(sheets: list[Sheet], read_by_eye: list[int]) -> Iterator[Block]:
    parts: list[tuple[Sheet, Paragraph | Table]] = []
    ready: list[tuple[int, Block]] = []
    for sheet in sheets:
        placed = sorted(sheet.ready, key=lambda one: one.top) if not sheet.lines and not sheet.tables else []
        if sheet.number in read_by_eye:
            # They stand in the order of reading already: from the right in vertical writing, column by column.
            placed = sheet.ready
        units: list[Unit] = [*sheet.lines, *sheet.tables, *sheet.frames, *([] if placed else sheet.ready)]
        for part in [*placed, *pdf_vertical.arranged(units, sheet.width)]:
            if isinstance(part, Ready):
                ready.append((len(parts), part.block))
            else:
                parts.append((sheet, part))
        ready += [(len(parts), block) for block in _unseen(sheet)]
    parts = _joined_over_pages(parts)
    by_eye = {sheet.number for sheet in sheets if sheet.origin == "ocr"}
    for block in pdf_headings.blocks(parts, _box, ready):
        if block.locator.get("page") in by_eye and block.origin == "file":
            block.origin = "ocr"
        yield block


def _unseen(sheet: Sheet) -> Iterator[Block]:
    """The lines of a page nobody sees, those of one reason together."""
    reasons: dict[str, list[Line]] = {}
    for line in sheet.unseen:
        reasons.setdefault(line.hidden, []).append(line)
    for reason, lines in reasons.items():
        text = ""
        before: Line | None = None
        for line in lines:
            same = before is not None and abs(line.middle - before.middle) < 2.5 * line.size
            text = structure.join(text, line.text) if same else f"{text}\n{line.text}".strip()
            before = line
        boxes = [list(_box(line, sheet)) for line in lines]
        yield Block("paragraph", text, {"page": sheet.number, "boxes": boxes}, hidden=reason)


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
