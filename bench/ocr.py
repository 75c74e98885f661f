"""How well scans are read, beside the plain `tesseract` command on the same images: `python bench/ocr.py [--json]`.

The character error rate (edits over length, after NFKC and without spaces) of pages set from the sample city's texts:
300 dpi horizontal, 300 dpi vertical, 150 dpi horizontal with noise, specks, shade and 2° of skew, JPEG pages of 100
to 400 dpi inside a PDF, which the command is handed as the images they are, and bands of white on dark. Documents
at even places were looked at while the reader was made; the figures are of those at odd places.
"""

import argparse
import io
import json
import os
import re
import subprocess
import tempfile
import unicodedata
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_THREAD_LIMIT", "1")

import numpy as np
from PIL import Image

from bench import ocr_pages
from bench.machine import machine
from madoguchi.readers import ocr, pdf
from madoguchi.readers.limits import Limits

# Kind: what is owed.
KINDS = {"horizontal 300": 0.03, "vertical 300": 0.06, "noisy askew 150": 0.08}
KINDS |= {f"pdf {dpi}": 0.0 for dpi in (100, 150, 200, 300, 400)} | {"white on dark 300": 0.0}


def plain(text: str) -> str:
    """Return text as it is compared."""
    return re.sub(r"\s", "", unicodedata.normalize("NFKC", text))


def distance(truth: str, found: str) -> int:
    """Return how many characters must be put in, left out or changed, by Myers' bit vectors."""
    if not truth:
        return len(found)
    mask, top = (1 << len(truth)) - 1, 1 << (len(truth) - 1)
    places: dict[str, int] = {}
    for at, character in enumerate(truth):
        places[character] = places.get(character, 0) | 1 << at
    plus, minus, score = mask, 0, len(truth)
    for character in found:
        equal = places.get(character, 0)
        across = (((equal & plus) + plus) ^ plus) | equal
        more, less = minus | (~(across | plus) & mask), plus & across
        score += bool(more & top) - bool(less & top)
        more, less = (more << 1 | 1) & mask, (less << 1) & mask
        down = equal | minus
        plus, minus = less | (~(down | more) & mask), more & down
    return score


def pages(kind: str, count: int, first: int) -> list[tuple[Image.Image, str, int]]:
    """Return `count` pages of a kind, their text and their dots an inch, from every second document."""
    texts = ocr_pages.texts()[first::2]
    dpi = int(kind.split()[-1])
    made = []
    for number in range(count):
        paragraphs = texts[number % len(texts)]
        # Not the same page twice.
        start = (number // len(texts)) * 7 % len(paragraphs)
        image, text = ocr_pages.page(paragraphs[start:], number, kind.startswith("vertical"), dpi)
        if "askew" in kind:
            image = ocr_pages.scanned(image, number, 2.0 if number % 2 else -2.0)
        if "dark" in kind:
            image = ocr_pages.with_bands(image, number)
        made.append((image, text, dpi))
    return made


def ours(image: Image.Image, dpi: int, in_pdf: bool = False) -> str:
    """Read an image as the product does, by itself or as the page of a PDF."""
    if in_pdf:
        file = io.BytesIO()
        image.save(file, "PDF", resolution=dpi, quality=75)
        blocks = pdf.read(file.getvalue(), Limits()).blocks
    else:
        blocks, _ = ocr.read_page(np.asarray(image).tobytes(), image.width, image.height, dpi, 1, Limits())
    return "\n".join(block.text for block in blocks)


def command(image: Image.Image, dpi: int, language: str) -> str:
    """Read an image as the `tesseract` command does by itself."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "page.png")
        image.save(path, dpi=(dpi, dpi))
        argv = ["tesseract", str(path), "stdout", "-l", language]
        # One thread, as ours: its threads wait for each other on a busy machine.
        environment = {"PATH": os.environ["PATH"], "OMP_THREAD_LIMIT": "1"}
        run = subprocess.run(argv, capture_output=True, text=True, check=True, env=environment)
    return run.stdout


def _cpu() -> float:
    """The CPU seconds of this process and of those it ran."""
    used = os.times()
    return used.user + used.system + used.children_user + used.children_system


def measure(kind: str, count: int, first: int) -> dict[str, Any]:
    """Return the error rates and the CPU seconds a page of a kind, ours and the command's."""
    language = "jpn_vert" if kind.startswith("vertical") else "jpn"
    wrong = {"ours": 0, "command": 0}
    seconds = {"ours": 0.0, "command": 0.0}
    worst, length = 0.0, 0
    for image, text, dpi in pages(kind, count, first):
        truth = plain(text)
        length += len(truth)
        for who in ("ours", "command"):
            begun = _cpu()
            found = ours(image, dpi, kind.startswith("pdf")) if who == "ours" else command(image, dpi, language)
            seconds[who] += _cpu() - begun
            off = distance(truth, plain(found))
            wrong[who] += off
            if who == "ours":
                worst = max(worst, off / len(truth))
    return {
        "kind": kind,
        "pages": count,
        "characters": length,
        "limit": KINDS[kind],
        "cer": round(wrong["ours"] / length, 4),
        "worst_page": round(worst, 4),
        "cer_command": round(wrong["command"] / length, 4),
        "seconds_a_page": round(seconds["ours"] / count, 2),
        "seconds_a_page_command": round(seconds["command"] / count, 2),
    }


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pages", type=int, default=12, help="pages of each kind")
    parser.add_argument("--tuning", action="store_true", help="the documents the reader was made with")
    parser.add_argument("--kinds", nargs="+", default=list(KINDS), choices=list(KINDS))
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    found = [measure(kind, options.pages, 0 if options.tuning else 1) for kind in options.kinds]
    if options.json:
        print(json.dumps({"machine": machine(), "ocr": found}, ensure_ascii=False))
        return
    print(machine())
    for row in found:
        owed = f", owed {row['limit']:.0%}" if row["limit"] else ""
        print(
            f"{row['kind']:16} CER {row['cer']:.2%} (worst page {row['worst_page']:.2%}{owed}), "
            f"tesseract alone {row['cer_command']:.2%}; {row['seconds_a_page']} CPU s a page, "
            f"alone {row['seconds_a_page_command']} s; {row['pages']} pages, {row['characters']:,} characters"
        )


if __name__ == "__main__":
    main()
