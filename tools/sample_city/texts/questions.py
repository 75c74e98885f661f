"""questions.src.txt -> questions.csv: each anchor must stand on exactly one page of its file."""

from __future__ import annotations

import csv
import html
import re
import sys
from email import message_from_bytes, policy
from pathlib import Path

from blocks import flat
from build_texts import FILES
from docx import Document
from pptx import Presentation
from to_pdf import page_texts

HERE = Path(__file__).parent


def _docx(path: Path) -> list[str]:
    document = Document(path)
    parts: list[str] = []
    for child in document.element.body.iterchildren():
        parts += [node.text or "" for node in child.iter() if node.tag.endswith("}t")]
    return ["".join(parts)]


def _pptx(path: Path) -> list[str]:
    pages = []
    for slide in Presentation(path).slides:
        words = [s.text_frame.text for s in slide.shapes if s.has_text_frame]
        words += ["".join(c.text for c in row.cells) for s in slide.shapes if s.has_table for row in s.table.rows]
        if slide.has_notes_slide:
            words.append(slide.notes_slide.notes_text_frame.text)
        pages.append("\n".join(words))
    return pages


def pages(path: Path) -> list[str]:
    if path.suffix == ".pdf":
        return page_texts(path)
    if path.suffix == ".docx":
        return _docx(path)
    if path.suffix == ".pptx":
        return _pptx(path)
    if path.suffix == ".html":
        return [html.unescape(re.sub(r"<[^>]+>", "", path.read_text(encoding="utf-8")))]
    if path.suffix == ".eml":
        body = message_from_bytes(path.read_bytes(), policy=policy.default).get_body(("plain",))
        return [body.get_content()]
    return [path.read_text(encoding="utf-8")]


def main() -> int:
    faults, rows, cache = 0, [], {}
    for line in (HERE / "questions.src.txt").read_text(encoding="utf-8").splitlines():
        question, path, anchor, answer = line.split("|")
        if path not in cache:
            cache[path] = [flat(p) for p in pages(FILES / path)]
        found = [i for i, text in enumerate(cache[path], start=1) if flat(anchor) in text]
        if len(found) != 1:
            faults += 1
            print(f"{found} {question} [{anchor}] {path}", file=sys.stderr)
        page = found[0] if found and Path(path).suffix in {".pdf", ".pptx"} else ""
        rows.append([question, path, page, answer])
    with (HERE / "questions.csv").open("w", encoding="utf-8", newline="") as out:
        table = csv.writer(out, lineterminator="\n")
        table.writerow(["question", "path", "page", "answer"])
        table.writerows(rows)
    print(f"{len(rows)} questions, {faults} faults")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
