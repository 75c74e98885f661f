"""Every file under a folder, read as an upload is: what came, what a plain program finds, what was not understood.

`python -m bench.every_file FOLDER [--json]`. None may crash, and none may end without text and without a word. Beside
what we read stands what a plain program finds in the same file (pypdfium2, openpyxl, python-docx, the text itself);
`kept` is the share of its characters that our blocks hold, however they are ordered. Exit 1 when a file broke a rule.
"""

import argparse
import csv
import io
import json
import os
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from pathlib import Path

# Under this share of the characters of a file, its line says so: something was left out that somebody should look at.
KEPT = 0.97


@dataclass
class Read:
    """What came of one file."""

    file: str
    # `read`, `unsupported`, `unreadable`, or `crash`.
    ending: str
    blocks: dict[str, int] = field(default_factory=dict)
    pages: int = 0
    characters: int = 0
    kept: float | None = None
    # What was not understood, in words a person can look up.
    not_understood: list[str] = field(default_factory=list)

    @property
    def wrong(self) -> bool:
        """Return whether it ended as no file may."""
        return self.ending == "crash" or (self.ending == "read" and not self.characters)


def letters(text: str) -> Counter[str]:
    """Return how often each character stands in a text, spaces and compatibility forms left out."""
    import unicodedata

    return Counter("".join(unicodedata.normalize("NFKC", text).split()))


def plain(path: Path) -> str | None:
    """Return what a plain program finds in a file; None for a kind that has none."""
    suffix = path.suffix.lower()
    if suffix == ".pdf":
        import pypdfium2

        with pypdfium2.PdfDocument(path) as document:
            return "\n".join(page.get_textpage().get_text_range() for page in document)
    if suffix == ".xlsx":
        import openpyxl

        book = openpyxl.load_workbook(path, data_only=True)
        # Numbers and dates are shown in another form than they are stored in: words are compared.
        return "\n".join(
            value
            for sheet in book
            for row in sheet.iter_rows(values_only=True)
            for value in row
            if isinstance(value, str)
        )
    if suffix == ".docx":
        import docx

        document = docx.Document(str(path))
        cells = [cell.text for table in document.tables for row in table.rows for cell in dict.fromkeys(row.cells)]
        return "\n".join([*(paragraph.text for paragraph in document.paragraphs), *cells])
    if suffix in {".csv", ".tsv", ".txt", ".md"}:
        content = path.read_bytes()
        for encoding in ("utf-8-sig", "cp932"):
            try:
                text = content.decode(encoding)
            except UnicodeDecodeError:
                continue
            delimiter = {".csv": ",", ".tsv": "\t"}.get(suffix)
            rows = csv.reader(io.StringIO(text), delimiter=delimiter) if delimiter else [[text]]
            return "".join(cell for row in rows for cell in row)
    return None


def read(path: Path, name: str) -> Read:
    """Read one file and say what was not understood of it."""
    from madoguchi.readers.blocks import Unreadable, Unsupported
    from madoguchi.readers.read import read_file

    try:
        reading = read_file(path, path.name)
    except Unsupported as reason:
        return Read(name, "unsupported", not_understood=[str(reason)])
    except Unreadable as reason:
        return Read(name, "unreadable", not_understood=[str(reason)])
    except Exception as error:
        return Read(name, "crash", not_understood=[f"{type(error).__name__}: {error}"])
    texts = [block.text + block.unit + "".join(cell for row in block.cells for cell in row) for block in reading.blocks]
    found = Read(name, "read", dict(Counter(block.kind for block in reading.blocks)), len(reading.pages))
    found.characters = sum(len(text) for text in texts)
    other = plain(path)
    if other is not None and (theirs := letters(other)):
        ours = letters("\n".join(texts))
        found.kept = round((theirs & ours).total() / theirs.total(), 4)
        if found.kept < KEPT:
            lost = "".join(character for character, _ in (theirs - ours).most_common(12))
            found.not_understood.append(f"{1 - found.kept:.1%} of the characters left out, most of all {lost!r}")
    if reading.notice:
        found.not_understood.append(reading.notice)
    with_blocks = {block.locator.get("page") for block in reading.blocks}
    empty = [page.number for page in reading.pages if page.number not in with_blocks]
    if empty:
        found.not_understood.append(f"no block on page {', '.join(map(str, empty))}")
    silent = [
        block.locator.get("page") for block in reading.blocks if block.kind == "figure" and not block.text.strip()
    ]
    if silent:
        found.not_understood.append(f"{len(silent)} figures without a word, on page {sorted(set(silent), key=str)}")
    hidden = Counter(block.hidden for block in reading.blocks if block.hidden)
    found.not_understood += [f"hidden: {reason} ×{number}" for reason, number in hidden.items()]
    unsure = [block for block in reading.blocks if block.confidence is not None and block.confidence < 0.8]
    if unsure:
        found.not_understood.append(f"{len(unsure)} blocks read by eye with confidence under .80")
    return found


def main() -> int:
    """Read all and print; exit 1 when one ended as none may."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "madoguchi.conf.settings")
    import django

    django.setup()
    from bench.machine import machine

    paths = sorted(path for path in options.folder.rglob("*") if path.is_file())
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        every = list(pool.map(lambda path: read(path, str(path.relative_to(options.folder))), paths))
    wrong = [one for one in every if one.wrong]
    if options.json:
        print(json.dumps([asdict(one) for one in every], ensure_ascii=False, indent=1))
        return 1 if wrong else 0
    print(machine())
    for one in every:
        blocks = "  ".join(f"{kind} {number:,}" for kind, number in sorted(one.blocks.items()))
        kept = "" if one.kept is None else f"  kept {one.kept:.4f}"
        print(f"{one.ending:<11} {one.file}  {one.pages or ''}  {blocks}{kept}")
        print(
            *(f"            - {line}" for line in one.not_understood), sep="\n", end="\n" if one.not_understood else ""
        )
    endings = Counter(one.ending for one in every)
    print(f"{len(every)} files: {dict(endings)}, {len(wrong)} ended as none may")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
