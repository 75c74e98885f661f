"""A scan of many pages as an office feeds it in: `python -m bench.ocr_book [--pages 30]`.

Pages of 300 dpi, every tenth in vertical writing, as one PDF, read as ingestion does, with the limits of the settings;
the error rate over all of them, and `tesseract` on the same images one by one.
"""

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "madoguchi.conf.settings")

import django

from bench import ocr
from bench.machine import machine


def kinds(count: int) -> list[str]:
    """Return of each page what it is."""
    return ["vertical 300" if number % 10 == 9 else "horizontal 300" for number in range(count)]


def make(folder: Path, count: int) -> None:
    """Write the PDF, its pages as images and their text."""
    pages = {kind: ocr.pages(kind, count, 1) for kind in set(kinds(count))}
    images = []
    for number, kind in enumerate(kinds(count)):
        image, text, dpi = pages[kind][number]
        image.save(folder / f"{number:03}.png", dpi=(dpi, dpi))
        (folder / f"{number:03}.txt").write_text(text)
        images.append(image)
    images[0].save(folder / "scan.pdf", resolution=300, quality=75, save_all=True, append_images=images[1:])


def main() -> None:
    """Print time, memory, pages and errors."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pages", type=int, default=30)
    parser.add_argument("--make", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.make:
        make(options.make, options.pages)
        return
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        # In a process of its own: what a child once held counts for those that come after it from the same parent.
        subprocess.run(
            [sys.executable, "-m", "bench.ocr_book", "--make", name, "--pages", str(options.pages)], check=True
        )
        os.environ["MADOGUCHI_HOME"] = name
        django.setup()
        from madoguchi.readers.read import read_file

        before, begun = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
        reading = read_file(folder / "scan.pdf", "scan.pdf")
        wall, after = time.monotonic() - begun, resource.getrusage(resource.RUSAGE_CHILDREN)
        cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        wrong = length = 0
        for number in range(options.pages):
            truth = ocr.plain((folder / f"{number:03}.txt").read_text())
            said = "".join(block.text for block in reading.blocks if block.locator["page"] == number + 1)
            wrong, length = wrong + ocr.distance(truth, ocr.plain(said)), length + len(truth)
        read = len({block.locator["page"] for block in reading.blocks})
        begun, before = time.monotonic(), after
        environment = {"PATH": os.environ["PATH"], "OMP_THREAD_LIMIT": "1"}
        for number, kind in enumerate(kinds(options.pages)):
            language = "jpn_vert" if kind.startswith("vertical") else "jpn"
            argv = ["tesseract", str(folder / f"{number:03}.png"), "stdout", "-l", language]
            subprocess.run(argv, capture_output=True, check=True, env=environment)
        alone = resource.getrusage(resource.RUSAGE_CHILDREN)
        print(machine())
        print(f"{read} of {options.pages} pages read, CER {wrong / length:.2%}, {wall:.0f} s, {cpu:.0f} s of CPU")
        print(f"notice: {reading.notice}")
        print(
            f"tesseract alone, a process a page: {time.monotonic() - begun:.0f} s, "
            f"{alone.ru_utime + alone.ru_stime - before.ru_utime - before.ru_stime:.0f} s of CPU"
        )


if __name__ == "__main__":
    main()
