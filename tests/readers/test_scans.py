"""Scans inside a PDF: read as the pictures they are, whole, within the limits, and told apart from what is set."""

import io

import numpy as np
import pikepdf
import pypdfium2_raw as pdfium
import pytest
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from madoguchi.readers import ocr, ocr_engine, ocr_image, ocr_text, pdf, pdf_objects, pdf_scan
from madoguchi.readers.limits import Limits
from madoguchi.readers.pdf_document import Document
from madoguchi.readers.pdf_text import Frame
from madoguchi.readers.read import read_file
from tests.readers import pdf_files
from tests.readers.test_ocr import FONT, LINES, alike, horizontal, read, said

needs_tesseract = pytest.mark.skipif(not ocr.available(), reason="apt-get install tesseract-ocr-jpn")


def scan(image: Image.Image, dpi: int) -> bytes:
    """A PDF of one page that is all picture."""
    out = io.BytesIO()
    image.convert("L").save(out, "PDF", resolution=dpi, quality=75)
    return out.getvalue()


def changed(content: bytes, change) -> bytes:
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(content)) as document:
        change(document, document.pages[0])
        document.save(out)
    return out.getvalue()


def resolution(content: bytes) -> float:
    with Document(content) as document:
        page = pdfium.FPDF_LoadPage(document.handle, 0)
        try:
            frame = Frame(page)
            return pdf_scan.resolution(pdf_objects.drawn(page, frame), frame)
        finally:
            pdfium.FPDF_ClosePage(page)


@needs_tesseract
@pytest.mark.parametrize("dpi", [100, 150])
def test_a_coarse_scan_is_read_in_its_own_dots(dpi):
    image = horizontal()
    small = image.resize((image.width * dpi // 300, image.height * dpi // 300), Image.Resampling.LANCZOS)
    reading = pdf.read(scan(small, dpi), Limits())
    assert alike(said(reading.blocks), 0.97)
    assert all(block.origin == "ocr" for block in reading.blocks)


@pytest.mark.parametrize("dpi", [100, 200, 300])
def test_a_page_that_is_one_picture_is_drawn_in_the_dots_it_has(dpi):
    assert resolution(scan(Image.new("L", (dpi * 8, dpi * 11), 200), dpi)) == pytest.approx(dpi, rel=0.01)


def test_a_page_shown_on_its_side_is_drawn_in_the_dots_it_has():
    lying = changed(scan(Image.new("L", (1200, 1650), 200), 150), lambda _, page: page.rotate(90, relative=False))
    assert resolution(lying) == pytest.approx(150, rel=0.01)


def test_finer_scans_are_drawn_with_300_dots_and_large_sheets_with_as_many_as_there_is_room_for():
    assert resolution(scan(Image.new("1", (600 * 8, 600 * 11), 1), 600)) == 300
    sheet = Image.new("1", (round(300 * 33.1), round(300 * 46.8)), 1)
    assert 100 < resolution(scan(sheet, 300)) < 150


def test_a_picture_under_what_is_set_is_no_scan():
    def over(document, page):
        lines = "".join(f"0 0 m {at} 700 l S\n" for at in range(0, 400, 10))
        page.contents_add(document.make_stream(lines.encode()))

    assert resolution(changed(scan(Image.new("L", (800, 1100), 200), 100), over)) == 300


def test_a_full_stop_is_not_taken_for_dirt():
    # 「い」 is two strokes, and the nearer one ends above the full stop.
    image = Image.new("L", (1000, 400), 255)
    font = ImageFont.truetype("/usr/share/fonts/opentype/ipaexfont-gothic/ipaexg.ttf", 46)
    ImageDraw.Draw(image).text((100, 100), "ならない。", fill=0, font=font)
    ink = ocr_image.ink_of(np.asarray(image))
    assert list(ocr_image.specks(ocr_image.boxes(ink), 46, ink.shape)) == []


@needs_tesseract
def test_what_is_hard_to_read_is_told_from_what_is_not():
    clear = horizontal()
    blocks, _ = read(clear)
    assert all(block.confidence > 0.7 for block in blocks)
    smudged = clear.copy()
    smudged.paste(clear.crop((0, 360, 1700, 440)).filter(ImageFilter.GaussianBlur(1.5)), (0, 360))
    found, _ = read(smudged)
    assert found[0].confidence > 0.7
    assert LINES[2] not in said(found)
    assert found[-1].confidence < 0.5


def row(*sure: float) -> ocr_engine.Row:
    return ocr_engine.Row(0, 0, 100, 40, [ocr_engine.Symbol("字", 0, 0, 40, 40, one) for one in sure])


def test_a_line_is_as_sure_as_its_weakest_character():
    assert ocr_text.sureness(row(*[0.99] * 40)) > 0.9
    assert ocr_text.sureness(row(*[0.99] * 40, 0.85)) < 0.5
    assert ocr_text.sureness(row()) == 0


def scanned_with_layer(path, layer: list[str]):
    """A scanned page of six lines with the text under it that another engine read."""
    paper = Image.new("L", (1654, 2339), 255)
    draw, font = ImageDraw.Draw(paper), ImageFont.truetype(FONT, 38)
    page = pdf_files.Page().image(0, 0, 595, 842)
    for at, (shown, said_) in enumerate(zip(LINES * 2, layer, strict=True)):
        draw.text((150, 200 + 70 * at), shown, fill=0, font=font)
        page.written(54, 72 + 25.2 * at, said_, size=13.7, before="3 Tr")

    def put(document):
        image = document.make_stream(paper.tobytes())
        image.Type, image.Subtype = pikepdf.Name.XObject, pikepdf.Name.Image
        image.Width, image.Height = paper.size
        image.ColorSpace, image.BitsPerComponent = pikepdf.Name.DeviceGray, 8
        document.pages[0].Resources.XObject = pikepdf.Dictionary(I0=image)

    return pdf_files.pdf(path, [page], put).read_bytes()


@needs_tesseract
def test_the_text_another_engine_laid_under_a_scan_is_kept_when_it_says_what_is_there(tmp_path):
    layer = [line.replace("図書館", "回書館") for line in LINES * 2]
    reading = pdf.read(scanned_with_layer(tmp_path / "a.pdf", layer), Limits())
    assert said(reading.blocks).count("回書館") == 2
    assert {block.origin for block in reading.blocks} == {"ocr"}


@needs_tesseract
def test_a_poor_layer_under_a_scan_is_read_anew(tmp_path):
    layer = ["".join(c if at % 3 else "仮" for at, c in enumerate(line)) for line in LINES * 2]
    reading = pdf.read(scanned_with_layer(tmp_path / "a.pdf", layer), Limits())
    assert "仮" not in said(reading.blocks)
    assert said(reading.blocks).count("市内に住所を有する者に交付する") == 2
    assert {block.origin for block in reading.blocks} == {"ocr"}
    assert "1" in reading.notice


@needs_tesseract
def test_a_photograph_of_48_million_pixels_is_read_within_the_memory_of_a_child(tmp_path):
    large = Image.new("L", (6048, 8064), 255)
    ImageDraw.Draw(large).text((400, 300), LINES[0], fill=0, font=ImageFont.truetype(FONT, 120))
    path = tmp_path / "photo.jpg"
    large.convert("RGB").save(path)
    assert LINES[0].strip("　") in said(read_file(path, path.name).blocks)


@needs_tesseract
def test_two_pages_on_one_sheet_are_read_one_after_the_other():
    sheet = Image.new("L", (2200, 1400), 255)
    draw, font = ImageDraw.Draw(sheet), ImageFont.truetype(FONT, 36)
    pages = ["左の紙には申請の手続を定める。", "右の紙には審査の基準を定める。"]
    for column, text in enumerate(pages):
        # Lines of many lengths, as rules have them: no column stands out.
        for row in range(12):
            draw.text((120 + 1150 * column + 36 * (row % 3), 120 + 90 * row), text[: 15 - row % 5], fill=0, font=font)
    found = said(read(sheet)[0])
    assert found.rfind("左の紙") < found.find("右の紙")
    assert found.count("左の紙には") == found.count("右の紙には") == 12


@needs_tesseract
def test_a_scanned_page_of_a_pdf_stands_in_the_order_it_is_read_in():
    paper = Image.new("L", (1300, 1700), 255)
    draw, font = ImageDraw.Draw(paper), ImageFont.truetype(FONT, 46)
    # From the right, each paragraph beginning higher than the one before.
    for at, line in enumerate(LINES):
        draw.text((1000 - 250 * at, 300 - 90 * at), line, fill=0, font=font, direction="ttb", features=["vert"])
    found = said(pdf.read(scan(paper, 300), Limits()).blocks)
    assert 0 <= found.find("利用者カード") < found.find("申請書を窓口") < found.find("教育委員会")
