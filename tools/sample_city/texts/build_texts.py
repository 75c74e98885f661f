"""Build the text documents of 風見市 into the package: `python build_texts.py [part of a path]`.

Needs python-docx, python-pptx, jinja2, pypdfium2, pikepdf, Chromium and the IPAex fonts (see README.md).
"""

from __future__ import annotations

import csv
import sys
from pathlib import Path

import to_docx
import to_html
import to_mail
import to_pdf
import to_pptx
from blocks import Source, load

HERE = Path(__file__).parent
PACKAGE = HERE.parents[2] / "src" / "madoguchi" / "sample_city"
FILES = PACKAGE / "files"
CLASSES = {
    "公開": "1",
    "庁内共通": "2",
    "福祉部": "3C",
    "総務部": "3B",
    "企画財政部": "3C",
    "管理職": "3C",
    "危機管理部": "2",
}
WRITERS = {
    ".pdf": to_pdf.write,
    ".docx": to_docx.write,
    ".pptx": to_pptx.write,
    ".eml": to_mail.write,
    ".html": to_html.write,
}


def plain(source: Source, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(source.body, encoding="utf-8")


def sources() -> list[Source]:
    found = [s for path in sorted((HERE / "src").rglob("*.md")) for s in load(path)]
    return sorted(found, key=lambda s: s.meta["path"])


def manifest(found: list[Source]) -> None:
    with (PACKAGE / "manifest_texts.csv").open("w", encoding="utf-8", newline="") as out:
        rows = csv.writer(out, lineterminator="\n")
        rows.writerow(
            ["path", "title", "folder", "classification", "valid_from", "valid_to", "department", "fiscal_year"]
        )
        for source in found:
            meta = source.meta
            path = meta["path"]
            rows.writerow(
                [
                    path,
                    meta["title"],
                    path.rsplit("/", 1)[0],
                    CLASSES[path.split("/")[0]],
                    meta.get("valid_from", ""),
                    meta.get("valid_to", ""),
                    meta.get("department", ""),
                    meta.get("fiscal_year", ""),
                ]
            )


def main() -> None:
    only = sys.argv[1] if len(sys.argv) > 1 else ""
    found = sources()
    for source in found:
        path = source.meta["path"]
        if only in path:
            WRITERS.get(Path(path).suffix, plain)(source, FILES / path)
            print(path, flush=True)
    manifest(found)


if __name__ == "__main__":
    main()
