"""What is written in a picture of a Word, PowerPoint or Excel file is read, with what the document calls the figure."""

import io
import re
import zipfile
from pathlib import Path

import openpyxl
import pytest
from docx import Document
from docx.shared import Pt
from openpyxl.drawing.image import Image as SheetImage
from PIL import Image, ImageDraw, ImageFont

from madoguchi.readers import docx, ocr, pptx, xlsx
from madoguchi.readers.blocks import Block, Reading
from madoguchi.readers.limits import Limits
from tests.readers.decks import deck, frame, slide, title
from tests.readers.test_ocr import FONT, needs_tesseract

SAID = "申請書は平日に受け付けます"


def picture(*lines: str, size: tuple[int, int] = (900, 450)) -> bytes:
    image = Image.new("L", size, 255)
    font = ImageFont.truetype(FONT, 46)
    for at, line in enumerate(lines):
        ImageDraw.Draw(image).text((60, 60 + at * 120), line, fill=0, font=font)
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


def word(*parts: str | bytes, width: float = 220, height: float = 110) -> bytes:
    """A Word file of paragraphs and pictures, each shown in so many points."""
    made = Document()
    for part in parts:
        if isinstance(part, str):
            made.add_paragraph(part)
        else:
            made.add_picture(io.BytesIO(part), Pt(width), Pt(height))
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


def figures(reading: Reading) -> list[Block]:
    return [block for block in reading.blocks if block.kind == "figure"]


def drawn(path: Path, content: bytes, *more: str, box=(10, 30, 60, 50), crop: str = "", part: str = "p.png") -> bytes:
    """A slide with a title, a picture and `more` shapes."""
    shape = (
        '<p:pic><p:nvPicPr><p:cNvPr id="3" name="p"/><p:cNvPicPr/><p:nvPr/></p:nvPicPr>'
        f'<p:blipFill><a:blip r:embed="i"/>{crop}</p:blipFill><p:spPr>{frame(*box)}</p:spPr></p:pic>'
    )
    deck(path, slide(title("手続"), shape, *more), of_first={"i": ("image", f"../media/{part}")})
    with zipfile.ZipFile(path, "a") as made:
        made.writestr(f"ppt/media/{part}", content)
    return path.read_bytes()


@needs_tesseract
def test_a_picture_of_a_word_file_is_a_figure_with_its_caption_and_its_words():
    reading = docx.read(word("次のとおりとする。", picture(SAID, "月曜日から金曜日まで"), "図1　手続の流れ"), Limits())
    (figure,) = figures(reading)
    assert figure.text == f"図1　手続の流れ\n{SAID}月曜日から金曜日まで"
    assert figure.origin == "ocr"
    assert figure.confidence is not None and figure.confidence > 0.7
    assert [block.text for block in reading.blocks if block.kind != "figure"] == ["次のとおりとする。"]


@needs_tesseract
def test_captions_above_their_figures_stay_with_them():
    one, two = picture("福祉課のご案内"), picture("税務課のご案内")
    reading = docx.read(word("図1　福祉", one, "図2　税", two, "以上"), Limits())
    assert [figure.text for figure in figures(reading)] == ["図1　福祉\n福祉課のご案内", "図2　税\n税務課のご案内"]


@needs_tesseract
def test_a_picture_in_a_cell_is_read():
    made = Document()
    cell = made.add_table(1, 2).cell(0, 1)
    cell.paragraphs[0].add_run().add_picture(io.BytesIO(picture(SAID)), Pt(220), Pt(110))
    made.tables[0].cell(0, 0).text = "案内"
    out = io.BytesIO()
    made.save(out)
    assert [figure.text for figure in figures(docx.read(out.getvalue(), Limits()))] == [SAID]


@needs_tesseract
def test_a_picture_of_a_slide_is_read_in_its_place(tmp_path):
    reading = pptx.read(drawn(tmp_path / "a.pptx", picture(SAID)), Limits())
    (figure,) = figures(reading)
    assert (figure.text, figure.locator) == (SAID, {"heading": ["スライド 1", "手続"]})


@needs_tesseract
def test_a_picture_of_a_sheet_is_read_with_its_range():
    book = openpyxl.Workbook()
    assert book.active is not None
    book.active["A1"] = "一覧"
    book.active.add_image(SheetImage(io.BytesIO(picture(SAID))), "C3")
    out = io.BytesIO()
    book.save(out)
    (figure,) = figures(xlsx.read(out.getvalue(), Limits()))
    assert figure.text == SAID
    assert figure.locator["range"].startswith("C3")
    assert figure.locator["sheet"] == "Sheet"


@needs_tesseract
@pytest.mark.req("E7")
def test_what_is_cut_off_a_picture_or_hidden_with_it_is_not_read(tmp_path):
    upper = '<a:srcRect b="50000"/>'
    (figure,) = figures(pptx.read(drawn(tmp_path / "a.pptx", picture(SAID, "", "裏の指示"), crop=upper), Limits()))
    assert figure.text == SAID
    for hiding in ('<wp:docPr hidden="1" ', "<w:r><w:rPr><w:vanish/></w:rPr><w:drawing>"):
        content = io.BytesIO(word("本文", picture(SAID)))
        with zipfile.ZipFile(content) as made:
            parts = {name: made.read(name) for name in made.namelist()}
        main = parts["word/document.xml"].decode()
        start = "<wp:docPr " if "docPr" in hiding else "<w:r>\n        <w:drawing>"
        main = re.sub(r"<w:r>\s*<w:drawing>", hiding, main) if "vanish" in hiding else main.replace(start, hiding)
        assert hiding in main
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w") as made:
            for name, part in (parts | {"word/document.xml": main.encode()}).items():
                made.writestr(name, part)
        assert figures(docx.read(out.getvalue(), Limits())) == []


def test_small_pictures_and_pictures_that_say_nothing_are_left():
    small = word("本文", picture("市章"), width=60, height=40)
    assert [block.text for block in docx.read(small, Limits()).blocks] == ["本文"]
    blank = word("本文", picture())
    assert [block.text for block in docx.read(blank, Limits()).blocks] == ["本文"]


def test_without_tesseract_a_figure_keeps_its_caption_and_it_is_said_once(monkeypatch):
    monkeypatch.setattr(ocr, "available", lambda: False)
    reading = docx.read(word(picture("一"), "図1　流れ", picture("二"), "図2　窓口"), Limits())
    assert [(figure.text, figure.origin) for figure in figures(reading)] == [
        ("図1　流れ", "file"),
        ("図2　窓口", "file"),
    ]
    assert reading.notice.count("Tesseract") == 1


def test_drawings_in_vectors_are_left_and_counted(tmp_path):
    reading = pptx.read(drawn(tmp_path / "a.pptx", b"\x01\0\0\0" + bytes(200), part="p.emf"), Limits())
    assert figures(reading) == []
    assert "EMF・WMF形式の図1件" in reading.notice


@needs_tesseract
@pytest.mark.req("E2")
def test_a_picture_over_the_limits_is_left_and_the_rest_is_read(tmp_path):
    made = drawn(tmp_path / "a.pptx", picture(SAID))
    reading = pptx.read(made, Limits(max_image_megapixels=0))
    assert [block.text for block in reading.blocks] == ["手続"]
    assert "大きすぎるか壊れている図1件" in reading.notice
    assert "計算時間の上限のため、図1件" in pptx.read(made, Limits(cpu_seconds=1)).notice
    assert "壊れている図1件" in pptx.read(drawn(tmp_path / "b.pptx", b"\x89PNG\r\n\x1a\nbroken"), Limits()).notice
