"""Pages with known text for `bench/ocr.py`: words of the sample city, set with Pillow in four Japanese fonts."""

import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from madoguchi.readers import docx, html
from madoguchi.readers.blocks import Reading
from madoguchi.readers.limits import Limits

FILES = Path(__file__).resolve().parents[1] / "src/madoguchi/sample_city/files"
_NOTO = "/usr/share/fonts/opentype/noto"
# Path, number in its collection.
FONTS = [
    ("/usr/share/fonts/opentype/ipaexfont-mincho/ipaexm.ttf", 0),
    ("/usr/share/fonts/opentype/ipaexfont-gothic/ipaexg.ttf", 0),
    (f"{_NOTO}/NotoSerifCJK-Regular.ttc", 0),
    (f"{_NOTO}/NotoSansCJK-Regular.ttc", 0),
]
_NOT_FIRST, _NOT_LAST = "、。，．）」』】〕・ー々？！ゃゅょっァィゥェォャュョッぁぃぅぇぉ%％", "（「『【〔"
_KANJI = "〇一二三四五六七八九"


def texts() -> list[list[str]]:
    """Return the paragraphs of each prose document of the sample city."""
    found = []
    for path in sorted([*FILES.rglob("*.docx"), *FILES.rglob("*.html")]):
        reader = docx if path.suffix == ".docx" else html
        reading: Reading = reader.read(path.read_bytes(), Limits())
        paragraphs = [re.sub(r"\s+", "　", block.text.strip()) for block in reading.blocks if block.kind != "table"]
        if sum(map(len, paragraphs)) > 900:
            found.append([paragraph for paragraph in paragraphs if paragraph])
    return found


def upright(text: str) -> str:
    """Return text as vertical writing has it: kanji numerals, full-width letters."""

    def numeral(match: re.Match[str]) -> str:
        digits = match[0].translate(str.maketrans("０１２３４５６７８９", "0123456789"))
        if len(digits) == 2 and digits[0] != "0":
            tens = "" if digits[0] == "1" else _KANJI[int(digits[0])]
            return tens + "十" + ("" if digits[1] == "0" else _KANJI[int(digits[1])])
        return "".join(_KANJI[int(digit)] for digit in digits)

    text = re.sub(r"[0-9０-９]+", numeral, text)
    return "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in text)


def page(paragraphs: list[str], number: int, vertical: bool, dpi: int = 300) -> tuple[Image.Image, str]:
    """Set an A4 page from `paragraphs` and return it with the text that found room on it."""
    width, height = round(8.27 * dpi), round(11.69 * dpi)
    size = round((10.5, 12, 11, 10.5)[number % 4] * dpi / 72)
    path, index = FONTS[number % len(FONTS)]
    font = ImageFont.truetype(path, size, index=index)
    margin, pitch = round(0.95 * dpi), round(size * 1.75)
    image = Image.new("L", (width, height), 255)
    draw = ImageDraw.Draw(image)
    room, lines = (height, width) if vertical else (width, height)
    place = margin
    out: list[str] = []
    for paragraph in paragraphs:
        set_ = upright(paragraph) if vertical else paragraph
        for line in _broken(f"　{set_}", (room - 2 * margin) // size, font, size):
            if place + pitch > lines - margin:
                return image, "\n".join(out)
            if vertical:
                x = width - place - size
                draw.text((x, margin), line, fill=0, font=font, direction="ttb", features=["vert"], language="ja")
            else:
                draw.text((margin, place), line, fill=0, font=font, language="ja")
            out.append(line)
            place += pitch
        place += size // 3
    return image, "\n".join(out)


def _broken(text: str, count: int, font: ImageFont.FreeTypeFont, size: int) -> Iterator[str]:
    line, used = "", 0.0
    for at, character in enumerate(text):
        advance = font.getlength(character) / size
        following = text[at + 1 : at + 2]
        full = used + advance > count - 1 and character not in _NOT_FIRST
        pushed = used + advance > count - 2 and (character in _NOT_LAST or following in _NOT_FIRST) and following
        if line and (full or pushed) and character not in _NOT_FIRST:
            yield line
            line, used = "", 0.0
        line += character
        used += advance
    if line:
        yield line


def scanned(image: Image.Image, seed: int, degrees: float = 2.0, noise: float = 12.0) -> Image.Image:
    """Return the page as a careless scanner sees it: askew, shaded, with noise, specks and JPEG's blur of edges."""
    random = np.random.default_rng(seed)
    turned = image.rotate(degrees, resample=Image.Resampling.BICUBIC, fillcolor=255)
    pixels = np.asarray(turned, dtype=np.float32) * (225 / 255) + 20
    pixels += random.normal(0, noise, pixels.shape) - np.linspace(0, 14, pixels.shape[1])[None, :]
    for _ in range(200):
        y, x = int(random.integers(0, pixels.shape[0] - 3)), int(random.integers(0, pixels.shape[1] - 3))
        pixels[y : y + 2, x : x + 2] = random.integers(40, 160)
    return Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))


def with_bands(image: Image.Image, number: int) -> Image.Image:
    """Return the page with two bands of it white on a dark ground, as banners are."""
    pixels = np.asarray(image).copy()
    empty = np.flatnonzero((pixels < 128).sum(axis=1) == 0)
    edge = image.width // 12
    ground = (0, 60, 110, 150)[number % 4]
    for start, end in ((0.15, 0.3), (0.45, 0.6)):
        # A band begins and ends between two lines.
        top, bottom = (int(empty[np.abs(empty - share * image.height).argmin()]) for share in (start, end))
        band = pixels[top:bottom, edge:-edge].astype(np.float32)
        pixels[top:bottom, edge:-edge] = (255 - band * (255 - ground) / 255).astype(np.uint8)
    return Image.fromarray(pixels)
