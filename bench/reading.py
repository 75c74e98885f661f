"""Pages a second of reading text PDFs, beside PDFium's bare text extraction: `python bench/reading.py FOLDER [--json]`.

`bare` loads each page and takes its text, nothing more; `read` is the whole reader in this process, without reading
pictures by eye; `child` is what ingestion does: a limited child for each file, its start and its answer included, and
Tesseract where there is one (`--eye`).

`--book PAGES` measures the memory of a child that reads a budget book of so many pages instead.
"""

import argparse
import gc
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "madoguchi.conf.settings")

import django
import pypdfium2

from bench.machine import machine
from madoguchi.readers import pdf, pdf_scan
from madoguchi.readers.limits import Limits


def bare(path: Path) -> int:
    """Extract the text of each page and return how many there are."""
    document = pypdfium2.PdfDocument(path.read_bytes())
    for page in document:
        page.get_textpage().get_text_range()
    return len(document)


def in_process(path: Path) -> int:
    """Read in this process, without looking for rings as the child does, and return the count of pages."""
    gc.disable()
    return len(pdf.read(path.read_bytes(), Limits()).pages)


def in_child(path: Path) -> int:
    """Read as ingestion does and return the count of pages."""
    from madoguchi.readers.read import read_file

    return len(read_file(path, path.name).pages)


def budget_book(path: Path, pages: int) -> None:
    """Write a PDF of pages full of figures in ruled tables, 44 rows by 8 columns, as a budget book has them."""
    from tests.readers import files

    made = []
    for number in range(pages):
        page = files.Page().text(60, 30, "令和７年度　一般会計予算に関する説明書")
        page.text(60, 50, f"（款）{number % 14 + 1}　総務費").text(450, 50, "（単位：千円）")
        xs, ys = [40.0, 90, 150, 210, 270, 330, 400, 480, 560], [70.0 + 16 * row for row in range(45)]
        page.grid(xs, ys)
        for row in range(44):
            for column in range(8):
                figure = f"{(number * 37 + row * 11 + column * 7) % 99_999:,}"
                page.text(xs[column] + 2, ys[row] + 3, figure if column % 4 else "需用費修繕料", 8)
        made.append(page.text(290, 815, f"- {number + 1} -"))
    files.pdf(path, made)


def peak(path: Path) -> tuple[float, float]:
    """Read in a child and return its peak memory in MB and its seconds of CPU."""
    job = json.dumps({"do": "read", "reader": "pdf"})
    with path.open("rb") as file:
        argv = [sys.executable, "-I", "-X", "utf8", "-m", "madoguchi.readers.child", Limits().to_text(), job]
        child = subprocess.Popen([*argv, str(file.fileno())], stdout=subprocess.PIPE, pass_fds=(file.fileno(),))
        assert child.stdout
        while child.stdout.read(1 << 20):
            pass
        _, child.returncode, used = os.wait4(child.pid, 0)
    return used.ru_maxrss / 1024, used.ru_utime + used.ru_stime


def measured(way: Callable[[Path], int], paths: list[Path], rounds: int) -> tuple[int, float]:
    """Return pages and seconds of CPU (ours and our children's) of the fastest of some rounds over all files."""
    best = float("inf")
    pages = 0
    for _ in range(rounds):
        start = sum(os.times()[:4])
        pages = sum(way(path) for path in paths)
        best = min(best, sum(os.times()[:4]) - start)
    return pages, best


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, nargs="?")
    parser.add_argument("--book", type=int, metavar="PAGES")
    parser.add_argument("--eye", action="store_true", help="read pictures, too")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    django.setup()
    if options.book:
        with tempfile.TemporaryDirectory() as folder:
            budget_book(Path(folder, "book.pdf"), options.book)
            megabytes, seconds = peak(Path(folder, "book.pdf"))
        print(machine())
        print(f"a budget book of {options.book:,} pages: {megabytes:.0f} MB at most, {seconds:.1f} s of CPU")
        return
    if not options.folder:
        parser.error("FOLDER or --book")
    if not options.eye:
        pdf_scan.Eye.is_open = lambda _: False  # type: ignore[assignment,method-assign]
    ways = (("bare", bare), ("read", in_process), *((("child", in_child),) if options.eye else ()))
    paths = sorted(options.folder.glob("*.pdf"))
    figures = {}
    for name, way in ways:
        pages, seconds = measured(way, paths, options.rounds)
        figures[name] = {"pages": pages, "seconds": round(seconds, 3), "pages_per_second": round(pages / seconds, 1)}
    for name in list(figures)[1:]:
        figures[name]["times_bare"] = round(figures[name]["seconds"] / figures["bare"]["seconds"], 2)
    if options.json:
        print(json.dumps({"files": len(paths), **figures}))
        return
    print(f"{len(paths)} files")
    for name, row in figures.items():
        print(f"{name:6} {row['pages_per_second']:8} pages/s   {row.get('times_bare', 1):5} x bare")


if __name__ == "__main__":
    main()
