"""Pages a second of reading text PDFs, beside PDFium's bare text extraction: `python bench/reading.py FOLDER [--json]`.

`bare` loads each page and takes its text, nothing more; `read` is the whole reader in this process; `child` is what
ingestion does: a limited child for each file, its start and its answer included.
"""

import argparse
import json
import os
import time
from collections.abc import Callable
from pathlib import Path

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "madoguchi.conf.settings")

import django
import pypdfium2

from madoguchi.readers import pdf
from madoguchi.readers.limits import Limits


def bare(path: Path) -> int:
    """Extract the text of each page and return how many there are."""
    document = pypdfium2.PdfDocument(path.read_bytes())
    for page in document:
        page.get_textpage().get_text_range()
    return len(document)


def in_process(path: Path) -> int:
    """Read in this process and return the count of pages."""
    return len(pdf.read(path.read_bytes(), Limits()).pages)


def in_child(path: Path) -> int:
    """Read as ingestion does and return the count of pages."""
    from madoguchi.readers.read import read_file

    return len(read_file(path, path.name).pages)


def measured(way: Callable[[Path], int], paths: list[Path], rounds: int) -> tuple[int, float]:
    """Return pages and seconds of the fastest of some rounds over all files."""
    best = float("inf")
    pages = 0
    for _ in range(rounds):
        start = time.perf_counter()
        pages = sum(way(path) for path in paths)
        best = min(best, time.perf_counter() - start)
    return pages, best


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    django.setup()
    paths = sorted(options.folder.glob("*.pdf"))
    figures = {}
    for name, way in (("bare", bare), ("read", in_process), ("child", in_child)):
        pages, seconds = measured(way, paths, options.rounds)
        figures[name] = {"pages": pages, "seconds": round(seconds, 3), "pages_per_second": round(pages / seconds, 1)}
    for name in ("read", "child"):
        figures[name]["times_bare"] = round(figures[name]["seconds"] / figures["bare"]["seconds"], 2)
    if options.json:
        print(json.dumps({"files": len(paths), **figures}))
        return
    print(f"{len(paths)} files")
    for name, row in figures.items():
        print(f"{name:6} {row['pages_per_second']:8} pages/s   {row.get('times_bare', 1):5} x bare")


if __name__ == "__main__":
    main()
