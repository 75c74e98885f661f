"""Blocks -> slides: every # is a slide, lists and tables on it, '※' lines go to the notes."""

from __future__ import annotations

from pathlib import Path

from blocks import Block, Source
from pptx import Presentation
from pptx.dml.color import RGBColor
from pptx.util import Emu, Mm, Pt
from to_docx import FIXED, fix_zip

GOTHIC = "ＭＳ Ｐゴシック"


def _text(frame, lines: list[tuple[str, str]], size: float) -> None:
    frame.word_wrap = True
    for i, (kind, text) in enumerate(lines):
        paragraph = frame.paragraphs[0] if i == 0 else frame.add_paragraph()
        run = paragraph.add_run()
        run.text = ("・" if kind == "li" else "") + text
        run.font.size, run.font.name = Pt(size), GOTHIC
        run.font.bold = kind == "h2" or None
        paragraph.space_after = Pt(5)


def _table(slide, rows: list[list[str]], top: Emu) -> None:
    shape = slide.shapes.add_table(len(rows), len(rows[0]), Mm(15), top, Mm(224), Mm(9 * len(rows)))
    for r, row in enumerate(rows):
        for c, cell in enumerate(row):
            shape.table.cell(r, c).text = cell
            for paragraph in shape.table.cell(r, c).text_frame.paragraphs:
                for run in paragraph.runs:
                    run.font.size, run.font.name = Pt(13), GOTHIC


def _slide(deck, title: str, blocks: list[Block], number: int) -> None:
    slide = deck.slides.add_slide(deck.slide_layouts[5])
    head = slide.shapes.title
    head.left, head.top, head.width, head.height = Mm(12), Mm(8), Mm(230), Mm(20)
    head.text = title
    for run in head.text_frame.paragraphs[0].runs:
        run.font.size, run.font.name, run.font.bold = Pt(26), GOTHIC, True
        run.font.color.rgb = RGBColor(0x1F, 0x5F, 0x8B)
    lines = [(b.kind, b.text) for b in blocks if b.kind not in {"table", "note"}]
    top = Mm(32)
    if lines:
        height = Mm(10 * sum(1 + len(t) // 38 for _, t in lines))
        box = slide.shapes.add_textbox(Mm(15), top, Mm(224), height)
        _text(box.text_frame, lines, 18)
        top += height + Mm(4)
    for block in blocks:
        if block.kind == "table":
            _table(slide, block.rows, top)
            top += Mm(9 * len(block.rows) + 5)
    notes = [b.text for b in blocks if b.kind == "note"]
    if notes:
        slide.notes_slide.notes_text_frame.text = "\n".join(n.lstrip("※") for n in notes)
    foot = slide.shapes.add_textbox(Mm(225), Mm(180), Mm(25), Mm(8))
    _text(foot.text_frame, [("p", str(number))], 10)


def write(source: Source, target: Path) -> None:
    deck = Presentation()
    deck.slide_width, deck.slide_height = Mm(254), Mm(190.5)
    first = deck.slides.add_slide(deck.slide_layouts[0])
    first.shapes.title.text = source.meta["title"]
    first.placeholders[1].text = source.meta.get("subtitle", "")
    groups: list[tuple[str, list[Block]]] = []
    for block in source.blocks:
        if block.kind == "h1":
            groups.append((block.text, []))
        else:
            groups[-1][1].append(block)
    for number, (title, blocks) in enumerate(groups, start=2):
        _slide(deck, title, blocks, number)
    core = deck.core_properties
    core.author, core.last_modified_by, core.title = "風見市", "風見市", source.meta["title"]
    core.created = core.modified = FIXED
    core.revision = 1
    target.parent.mkdir(parents=True, exist_ok=True)
    deck.save(target)
    fix_zip(target)
