"""White letters on a dark ground are read as those on white are, and nothing else is turned."""

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from madoguchi.readers import ocr, ocr_dark
from tests.readers.test_ocr import horizontal, read

GOTHIC = "/usr/share/fonts/opentype/ipaexfont-gothic/ipaexg.ttf"
BANNER = "令和八年度　介護保険料のお知らせ"
ROWS = [["区分", "令和七年度", "増減額"], ["市税", "4,812,345", "3,905"], ["諸収入", "45,210", "1,234"]]
needs_tesseract = pytest.mark.skipif(not ocr.available(), reason="apt-get install tesseract-ocr-jpn")


def page(ground: int, between: int) -> Image.Image:
    """A banner and a table whose head has that ground, its cells parted by lines of that brightness."""
    image = Image.new("L", (1700, 700), 255)
    draw, font = ImageDraw.Draw(image), ImageFont.truetype(GOTHIC, 46)
    draw.rectangle((150, 60, 1500, 150), fill=ground)
    draw.text((180, 80), BANNER, fill=255, font=font)
    xs, ys = [150, 600, 1050, 1500], [250, 340, 430, 520]
    draw.rectangle((150, 250, 1500, 340), fill=ground)
    for y in ys:
        draw.line((150, y, 1500, y), fill=0, width=4)
    for x in xs:
        draw.line((x, 340, x, 520), fill=0, width=4)
        draw.line((x, 252, x, 340), fill=between, width=4)
    for row, cells in enumerate(ROWS):
        for column, text in enumerate(cells):
            draw.text((xs[column] + 30, ys[row] + 22), text, fill=0 if row else 255, font=font)
    return image


@needs_tesseract
@pytest.mark.parametrize(("ground", "between", "degrees"), [(60, 255, 0), (110, 0, 0), (170, 255, 0), (110, 0, 2)])
def test_a_banner_and_the_head_of_a_table_are_read(ground, between, degrees):
    image = page(ground, between).rotate(degrees, Image.Resampling.BICUBIC, expand=True, fillcolor=255)
    blocks, _ = read(image)
    assert blocks[0].text == BANNER
    [table] = [block for block in blocks if block.kind == "table"]
    assert table.cells == ROWS


def pixels(image: Image.Image) -> np.ndarray:
    return np.asarray(image.convert("L"))


def test_a_plain_page_a_title_and_a_photograph_stay_as_they_are():
    title = Image.new("L", (2400, 500), 255)
    ImageDraw.Draw(title).text((100, 100), "国民健康保険の図面目次", fill=0, font=ImageFont.truetype(GOTHIC, 200))
    random = np.random.default_rng(1).integers(0, 255, (20, 30)).astype(np.uint8)
    photograph = Image.new("L", (1400, 900), 255)
    photograph.paste(Image.fromarray(random).resize((900, 600), Image.Resampling.BICUBIC), (100, 100))
    for image in (horizontal(), title, photograph):
        assert (ocr_dark.lit(pixels(image), 300) == pixels(image)).all()


def test_black_letters_on_grey_stay_black():
    image = Image.new("L", (1700, 400), 255)
    draw = ImageDraw.Draw(image)
    draw.rectangle((100, 100, 1500, 200), fill=180)
    draw.text((150, 120), BANNER, fill=0, font=ImageFont.truetype(GOTHIC, 46))
    assert (ocr_dark.lit(pixels(image), 300) == pixels(image)).all()
