"""Scans and images: what is on the picture is read in its place, and what cannot be read says so."""

import io
import struct
from difflib import SequenceMatcher
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from madoguchi.readers import ocr, ocr_text
from madoguchi.readers.blocks import Unreadable, Unsupported
from madoguchi.readers.limits import Limits
from madoguchi.readers.pages import page_image
from madoguchi.readers.read import media_type, read_file

FONT = "/usr/share/fonts/opentype/ipaexfont-mincho/ipaexm.ttf"
LINES = [
    "　図書館の利用者カードは、市内に住所を有する者に交付する。",
    "交付を受けようとする者は、申請書を窓口に提出しなければならない。",
    "教育委員会は、前項の申請があったときは、内容を審査する。",
]
needs_tesseract = pytest.mark.skipif(not ocr.available(), reason="apt-get install tesseract-ocr-jpn")


def sheet(width=1700, height=1000) -> tuple[Image.Image, ImageDraw.ImageDraw, ImageFont.FreeTypeFont]:
    image = Image.new("L", (width, height), 255)
    return image, ImageDraw.Draw(image), ImageFont.truetype(FONT, 46)


def horizontal() -> Image.Image:
    image, draw, font = sheet()
    for at, line in enumerate(LINES):
        draw.text((150, 200 + 85 * at), line, fill=0, font=font)
    return image


def vertical() -> Image.Image:
    image, draw, font = sheet(1000, 1700)
    for at, line in enumerate(LINES):
        draw.text((750 - 90 * at, 120), line, fill=0, font=font, direction="ttb", features=["vert"], language="ja")
    return image


def read(image: Image.Image, dpi=300):
    grey = np.asarray(image.convert("L"))
    return ocr.read_page(grey.tobytes(), image.width, image.height, dpi, 1, Limits())


def said(blocks) -> str:
    return "".join(block.text for block in blocks).replace("　", "")


def alike(found: str, share=0.93) -> bool:
    truth = "".join(LINES).replace("　", "")
    return SequenceMatcher(None, found, truth, autojunk=False).ratio() >= share


@needs_tesseract
def test_a_page_is_read_in_order_with_its_places_and_how_sure_each_is():
    blocks, lines = read(horizontal())
    assert alike(said(blocks))
    assert all(block.origin == "ocr" and block.confidence > 0.8 for block in blocks)
    assert len(lines) == 3
    x0, top, x1, bottom, text = lines[1]
    assert text.startswith("交付を受け")
    assert (x0, top) == (pytest.approx(150 / 1700, abs=0.01), pytest.approx(287 / 1000, abs=0.02))
    assert x1 > 0.9
    assert bottom - top < 0.06
    assert blocks[0].locator["boxes"][0] == list(lines[0][:4])


@needs_tesseract
def test_vertical_writing_is_read_from_the_right():
    blocks, lines = read(vertical())
    assert alike(said(blocks))
    assert [line[0] for line in lines] == sorted((line[0] for line in lines), reverse=True)


@needs_tesseract
@pytest.mark.parametrize("degrees", [90, 180, 270, 4])
def test_a_page_that_lies_wrong_is_read_and_its_boxes_stand_on_the_page_as_it_lies(degrees):
    turned = horizontal().rotate(degrees, expand=True, fillcolor=255, resample=Image.Resampling.BICUBIC)
    blocks, lines = read(turned)
    assert alike(said(blocks), 0.9)
    dark = np.asarray(turned) < 128
    x0, top, x1, bottom, _ = lines[0]
    height, width = dark.shape
    part = dark[round(top * height) : round(bottom * height), round(x0 * width) : round(x1 * width)]
    # A third of the ink stands in the box of one of three lines.
    assert 0.2 < part.sum() / dark.sum() < 0.65


@needs_tesseract
def test_a_ruled_table_is_cut_into_its_cells_and_merged_ones_are_one():
    image, draw, font = sheet()
    xs, ys = [150, 600, 1050, 1500], [200, 300, 400, 500, 600]
    for y in ys:
        draw.line((600 if y == 300 else 150, y, 1500, y), fill=0, width=4)
    for x in xs:
        draw.line((x, 300 if x == 1050 else 200, x, 600), fill=0, width=4)
    rows = [["区分", "予算額", ""], ["", "令和7年度", "令和8年度"], ["市税", "4,812,345", "3,905,000"]]
    rows.append(["諸収入", "45,210", "△1,234"])
    for row, cells in enumerate(rows):
        for column, text in enumerate(cells):
            draw.text((xs[column] + 30, ys[row] + 27), text, fill=0, font=font)
    draw.text((1100, 120), "（単位：千円）", fill=0, font=font)
    blocks, _ = read(image)
    [table] = [block for block in blocks if block.kind == "table"]
    assert table.cells[0] == ["区分", "予算額", "予算額"]
    assert table.cells[1] == ["区分", "令和7年度", "令和8年度"]
    assert table.cells[2] == ["市税", "4,812,345", "3,905,000"]
    assert table.cells[3][0] == "諸収入"
    assert table.cells[3][2].startswith("△1")
    assert sorted(table.spans) == [[0, 0, 2, 1], [0, 1, 1, 2]]
    assert (table.header_rows, table.unit, table.origin) == (2, "千円", "ocr")


@needs_tesseract
def test_two_columns_are_read_one_after_the_other():
    image, draw, font = sheet(1900, 1100)
    left, right = "市長は申請を受けたとき速やかに審査し", "委員会の会議は公開とし傍聴を希望する"
    for column, text in enumerate((left, right)):
        for row in range(6):
            draw.text((120 + 900 * column, 150 + 80 * row + 9 * column), text[row:] + text[:row], fill=0, font=font)
    found = said(read(image)[0])
    assert 0 < found.find("市長は申請") + 1 < found.find("委員会の会議")
    assert found.rfind("審査") < found.find("傍聴")


@needs_tesseract
def test_an_empty_page_has_nothing_and_says_nothing():
    assert read(Image.new("L", (800, 1000), 255)) == ([], [])


@needs_tesseract
@pytest.mark.parametrize("kind", ["PNG", "JPEG", "TIFF", "WEBP", "BMP", "GIF", "AVIF"])
def test_each_kind_of_image_is_read_in_the_shut_in_child(tmp_path, kind):
    path = tmp_path / "stored"
    horizontal().convert("RGB").save(path, kind, dpi=(300, 300))
    name = f"通知.{kind.lower()}"
    assert media_type(path, name) == f"image/{kind.lower()}"
    reading = read_file(path, name)
    assert alike(said(reading.blocks))
    assert reading.pages[0].lines


@needs_tesseract
def test_every_page_of_a_tiff_is_read_until_the_time_is_used(tmp_path, settings):
    pages = [horizontal(), vertical()]
    path = tmp_path / "fax.tiff"
    pages[0].save(path, "TIFF", save_all=True, append_images=pages[1:], dpi=(300, 300), compression="tiff_lzw")
    reading = read_file(path, path.name)
    assert [page.number for page in reading.pages] == [1, 2]
    assert {block.locator["page"] for block in reading.blocks} == {1, 2}
    assert not reading.notice
    settings.READER_CPU_SECONDS = 11
    reading = read_file(path, path.name)
    assert len(reading.pages) == 1
    assert "2ページのうち、はじめの1ページ" in reading.notice


@pytest.mark.req("E2")
def test_an_image_of_too_many_pixels_is_refused_before_it_is_unpacked(tmp_path):
    path = tmp_path / "bomb.png"
    Image.new("1", (20_000, 20_000)).save(path)
    assert path.stat().st_size < 200_000
    if ocr.available():
        with pytest.raises(Unreadable, match="20,000×20,000画素"):
            read_file(path, path.name)
    with pytest.raises(Unreadable, match="20,000×20,000画素"):
        page_image(path, 1, 120)


@pytest.mark.req("E3")
def test_the_image_of_a_photograph_is_turned_as_it_says_and_keeps_nothing_else(tmp_path):
    photograph = Image.new("RGB", (400, 200), "white")
    exif = photograph.getexif()
    exif[0x0112], exif[0x010F] = 6, "秘密のカメラ"
    path = tmp_path / "photo.jpg"
    photograph.save(path, exif=exif, comment=b"secret", dpi=(120, 120))
    drawn = page_image(path, 1, 120)
    image = Image.open(io.BytesIO(drawn))
    assert image.size == (200, 400)
    assert not image.info
    assert not image.getexif()
    assert b"secret" not in drawn


# A page of two lines as a telephone keeps it: HEVC, lying on its side, with Exif that names its camera.
PHOTOGRAPH = Path(__file__).with_name("photo.heic")


@needs_tesseract
def test_a_photograph_of_a_telephone_is_read_in_the_shut_in_child():
    assert media_type(PHOTOGRAPH, "IMG_0001.HEIC") == "image/heic"
    reading = read_file(PHOTOGRAPH, "IMG_0001.HEIC")
    assert "市内に住所を有する者に交付する" in said(reading.blocks)
    assert reading.pages[0].width > reading.pages[0].height


@pytest.mark.req("E3")
def test_the_image_of_a_telephones_photograph_stands_upright_and_keeps_nothing_else():
    assert b"Secret Camera" in PHOTOGRAPH.read_bytes()
    drawn = page_image(PHOTOGRAPH, 1, 120)
    image = Image.open(io.BytesIO(drawn))
    assert image.size == (1000, 400)
    assert not image.info
    assert b"Secret" not in drawn


@pytest.mark.req("E2")
@pytest.mark.parametrize(
    ("size", "why"),
    [((20_000, 20_000), "20,000×20,000画素"), ((64, 64), "HEIC形式の画像を開けませんでした"), (None, "JPEGかPNGで")],
)
def test_a_photograph_of_a_telephone_that_lies_of_its_size_or_is_cut_says_so(tmp_path, size, why):
    content = PHOTOGRAPH.read_bytes()
    at = content.index(b"ispe") + 8
    path = tmp_path / "stored"
    path.write_bytes(content[:at] + struct.pack(">II", *size) + content[at + 8 :] if size else content[:5000])
    with pytest.raises(Unreadable, match=why):
        page_image(path, 1, 120)


@pytest.mark.parametrize(
    ("brands", "media"),
    [
        (b"heic....", "image/heic"),
        (b"hevc....", "image/heic"),
        (b"mif1....miafheix", "image/heic"),
        (b"mif1....avifmif1", "image/avif"),
        (b"msf1....msf1", "image/heic"),
        (b"avif....", "image/avif"),
        (b"M4A ....", "audio/mp4"),
        (b"isom....", "video/mp4"),
    ],
)
def test_a_file_of_boxes_is_what_its_brands_say(tmp_path, brands, media):
    path = tmp_path / "stored"
    path.write_bytes(struct.pack(">I", 8 + len(brands)) + b"ftyp" + brands + bytes(60))
    assert media_type(path, "stored") == media


def test_a_broken_image_says_so(tmp_path):
    path = tmp_path / "a.png"
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(60))
    with pytest.raises(Unreadable, match=r"壊れている|Tesseract"):
        read_file(path, path.name)


def test_without_tesseract_an_image_is_kept_and_says_what_an_administrator_does(monkeypatch):
    from madoguchi.readers import image
    from madoguchi.readers.problems import Problem, message

    monkeypatch.setattr(ocr, "available", lambda: False)
    with pytest.raises(Problem) as refused:
        image.read(b"", Limits())
    said = message(refused.value.key, refused.value.detail)
    assert "本文は未対応" in said
    assert "apt-get install tesseract-ocr tesseract-ocr-jpn tesseract-ocr-jpn-vert" in said
    assert len(said) < 300


def test_the_message_of_a_missing_engine_is_one_of_an_unread_kind():
    from madoguchi.readers import read as door

    answer = b'{"problem": "unsupported-image", "detail": "x"}'
    assert isinstance(door._unreadable(answer, Limits()), Unsupported)


@pytest.mark.parametrize(
    ("read_", "meant"),
    [
        ("サ一ビスとセンタ一", "サービスとセンタ一"),
        ("第ー条", "第一条"),
        ("人ロ減少", "人口減少"),
        ("データ一覧と三ヶ月", "データ一覧と三ヶ月"),
        ("第3条一第8条", "第3条―第8条"),
        ("一カ月とニュース", "一カ月とニュース"),
        ("ヘルパーへの連絡", "ヘルパーへの連絡"),
    ],
)
def test_only_likenesses_that_can_be_one_thing_are_undone(read_, meant):
    assert ocr_text.corrected(read_) == meant


@pytest.mark.parametrize(
    ("japanese", "western", "figure"),
    [
        ("4.812.345", "4,812,345", ("4,812,345", True)),
        ("31.2", "31.2", ("31.2", True)),
        ("ム45,000", "45,000", ("△45,000", True)),
        ("4.612", "4,812", ("4.612", False)),
        ("12.5%", "12.5%", ("12.5%", True)),
    ],
)
def test_a_figure_takes_its_points_from_a_second_reading_only_when_the_digits_agree(japanese, western, figure):
    assert ocr_text.figure(japanese, western) == figure
