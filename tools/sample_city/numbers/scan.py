"""A scanned notice: one bitmap page, a little askew, with noise and no text layer."""

# ruff: noqa: E501 - full-width text counts twice; a table row stays one line

import io

import numpy
import pikepdf
from common import FILES
from PIL import Image, ImageDraw, ImageFont

PATH = "公開/手続き案内/臨時休館のお知らせ.pdf"
FONT = "/usr/share/fonts/opentype/ipaexfont-mincho/ipaexm.ttf"
GOTHIC = "/usr/share/fonts/opentype/ipaexfont-gothic/ipaexg.ttf"
LINES = [
    (60, "right", "令和8年11月16日", FONT), (110, "right", "風見市立図書館", FONT), (230, "title", "臨時休館のお知らせ", GOTHIC),
    (350, "left", "　図書館システムの更新のため、次のとおり臨時休館します。", FONT),
    (395, "left", "御不便をおかけしますが、御理解と御協力をお願いします。", FONT), (480, "center", "記", FONT),
    (550, "left", "１　休館する施設　　風見市立図書館、図書館南浜分館", FONT), (605, "left", "２　休館する期間　　令和8年12月7日（月）から12月13日（日）まで", FONT),
    (660, "left", "３　本の返却　　　　返却ポストは、期間中も24時間使えます。", FONT), (705, "left", "　　　　　　　　　　CD、DVDは、12月14日以降に窓口へ返してください。", FONT),
    (760, "left", "４　貸出期間の延長　11月23日から12月6日までに借りた本の返却の", FONT), (805, "left", "　　　　　　　　　　期限は、12月27日（日）とします。", FONT),
    (860, "left", "５　予約した本　　　12月15日（火）から順次お渡しします。", FONT), (915, "left", "６　電子図書館　　　12月10日（木）の午前0時から午前6時までを除き、", FONT),
    (960, "left", "　　　　　　　　　　通常どおり利用できます。", FONT), (1060, "left", "　新しいシステムでは、スマートフォンの画面に表示したバーコードで", FONT),
    (1105, "left", "本を借りられるようになります。", FONT), (1230, "left", "　　　　　問合せ　風見市立図書館　電話 0999-00-2310", FONT), (1275, "left", "　　　　　　　　　受付時間　午前9時30分から午後5時まで", FONT),
]  # fmt: skip


def build() -> str:
    width, height = 1240, 1754  # A4 at 150 dpi
    image = Image.new("L", (width, height), 250)
    draw = ImageDraw.Draw(image)
    for y, place, text, font in LINES:
        face = ImageFont.truetype(font, 52 if place == "title" else 31)
        long = draw.textlength(text, font=face)
        x = {"right": width - 130 - long, "title": (width - long) / 2, "center": (width - long) / 2, "left": 120}[place]
        draw.text((x, y + 90), text, fill=25, font=face)
    draw.ellipse((930, 235, 1050, 355), outline=110, width=5)  # a seal
    draw.text((948, 262), "風見市\n図書館", fill=110, font=ImageFont.truetype(GOTHIC, 28), spacing=6)
    image = image.rotate(0.7, resample=Image.Resampling.BICUBIC, fillcolor=244)
    random = numpy.random.default_rng(811)
    pixels = numpy.asarray(image, dtype=numpy.float32)
    pixels = pixels + random.normal(0, 5, pixels.shape) - numpy.linspace(0, 10, width)[None, :]
    for _ in range(140):
        y, x = int(random.integers(0, height - 3)), int(random.integers(0, width - 3))
        pixels[y : y + 2, x : x + 2] = random.integers(60, 170)
    scan = Image.fromarray(numpy.clip(pixels, 0, 255).astype(numpy.uint8))
    buffer = io.BytesIO()
    scan.save(buffer, "JPEG", quality=42, dpi=(150, 150))
    pdf = pikepdf.new()
    page = pdf.add_blank_page(page_size=(595, 842))
    stream = pikepdf.Stream(pdf, buffer.getvalue())
    stream.Type, stream.Subtype = pikepdf.Name.XObject, pikepdf.Name.Image
    stream.Width, stream.Height, stream.BitsPerComponent = width, height, 8
    stream.ColorSpace, stream.Filter = pikepdf.Name.DeviceGray, pikepdf.Name.DCTDecode
    page.Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(Im0=stream))
    page.Contents = pikepdf.Stream(pdf, b"q 595 0 0 842 0 0 cm /Im0 Do Q")
    target = FILES / PATH
    target.parent.mkdir(parents=True, exist_ok=True)
    pdf.docinfo["/Producer"] = "SC-2400 Scanner"
    pdf.docinfo["/CreationDate"] = "D:20261116101500+09'00'"
    pdf.save(target, deterministic_id=True)
    return PATH
