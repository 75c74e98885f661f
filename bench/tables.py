"""Tables of PDFs that LibreOffice prints from real and made sheets, against the sheets: `python -m bench.tables`.

    python -m bench.tables [SHARED] [--tuned] [--keep FOLDER] [--json] [--only WORD]

SHARED is the folder of real files (`…/shared/data`); without it only the made tables are measured. Files the reader was
tuned on are left out of the figures unless `--tuned` is given, which shows only them. `pdfplumber` is its own
`extract_tables()` as it comes, in the same measure.

What is compared. The truth of a table is the sheet's range: each text as the sheet shows it (by LibreOffice),
each merged cell once, at its first row and column; empty cells do not count; texts are compared in NFKC without spaces.
- **Cell F1**: rows found are aligned with the rows of the source in order (the alignment that shares most texts), then
  columns in order (a column found may be a part of a column of the source, never of two). A cell is right when the same
  text stands in the source in the aligned row and column. F1 of right cells over all cells of both; cells of tables
  that no table of the source matches count as wrong.
- **Header paths**: F1 of the pairs (texts of the header over the cell from top to bottom, text of the cell) of all
  cells under the header. Ours uses the header rows the reader says; pdfplumber knows none, and is given the true count.
- A table over several pages is one: ours are joined where the block says it goes on, without its repeated header;
  pdfplumber's are joined when the tables of successive pages have as many columns, without first rows that repeat.
"""

import argparse
import difflib
import json
import os
import subprocess
import tempfile
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "madoguchi.conf.settings")

import openpyxl
import pdfplumber
from openpyxl.utils import range_boundaries

from bench.machine import machine
from bench.tables_made import Case, cases
from madoguchi.readers import pdf
from madoguchi.readers.limits import Limits

_TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
_TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
# (row, column) -> text, of merged cells only the first place.
Cells = dict[tuple[int, int], str]


@dataclass
class Found:
    """A table as truth or as found: `headers` rows at its top are headers; `paths` of its columns."""

    cells: Cells
    headers: int
    paths: dict[int, tuple[str, ...]]

    def rows(self) -> list[list[tuple[int, str]]]:
        """Its rows that hold something, as (column, text)."""
        rows: dict[int, list[tuple[int, str]]] = defaultdict(list)
        for (row, column), text in sorted(self.cells.items()):
            rows[row].append((column, text))
        return [rows[row] for row in sorted(rows)]

    def pairs(self) -> Counter[tuple[tuple[str, ...], str]]:
        """(header path, text) of the cells under the header."""
        return Counter(
            (self.paths.get(column, ()), text) for (row, column), text in self.cells.items() if row >= self.headers
        )


def plain(text: str | None) -> str:
    """Return a text as it is compared."""
    return "".join(unicodedata.normalize("NFKC", text or "").split())


def printed(paths: Iterable[Path], folder: Path) -> None:
    """Print workbooks as PDF, and as XML with what their cells show, in one run of LibreOffice each."""
    names = [str(path) for path in paths]
    office = ["soffice", f"-env:UserInstallation=file://{folder}/profile", "--headless"]
    for kind in ("pdf", "fods"):
        subprocess.run(
            [*office, "--convert-to", kind, "--outdir", str(folder), *names],
            check=True,
            capture_output=True,
            timeout=1200,
        )


def truth(case: Case, folder: Path) -> list[Found]:
    """Return the tables of a case as its sheet shows them."""
    shown = _shown(folder / f"{case.path.stem}.fods")
    sheet = openpyxl.load_workbook(case.path).worksheets[0]
    merged = [_bounds(str(area)) for area in sheet.merged_cells.ranges]
    # Place in the sheet -> the place its text counts at; None for boxes of their own.
    counts_at: dict[tuple[int, int], tuple[int, int] | None] = {}
    tall = [area for area in merged + [_bounds(area) for area in case.one] if area[1] < area[3]]
    for x0, y0, x1, y1 in map(_bounds, case.together):
        # A label of several rows is a cell beside theirs; where there is none, theirs begin at the left.
        beside = [area for area in tall if x0 <= area[0] <= x1 and y0 <= area[1] and area[3] <= y1]
        for row in range(y0, y1 + 1):
            at = x1 if any(top <= row <= bottom for _, top, _, bottom in beside) else x0
            counts_at |= {(row, column): (row, at) for column in range(x0, x1 + 1)}
        counts_at |= {(top, left): (top, left) for left, top, _, _ in beside}
    for areas, alone in ((case.one, False), (case.apart, True)):
        for x0, y0, x1, y1 in map(_bounds, areas):
            places = [(row, column) for row in range(y0, y1 + 1) for column in range(x0, x1 + 1)]
            counts_at |= dict.fromkeys(places, None if alone else (y0, x0))
    tables = []
    for area, headers in case.tables:
        x0, y0, x1, y1 = _bounds(area)
        cells: Cells = {}
        for row in range(y0, y1 + 1):
            for column in range(x0, x1 + 1):
                text = plain(shown[row - 1][column - 1] if row <= len(shown) and column <= len(shown[row - 1]) else "")
                counted = counts_at.get((row, column), (row, column))
                if text and counted:
                    place = (counted[0] - y0, counted[1])
                    cells[place] = cells.get(place, "") + text
        grid = {place: text for place, text in cells.items() if place[0] < headers}
        for left, top, right, bottom in merged:
            for row in range(top, min(bottom, y0 + headers - 1) + 1):
                for column in range(left, right + 1):
                    if (top - y0, left) in grid:
                        grid[(row - y0, column)] = grid[(top - y0, left)]
        # The header of what is together is over all its columns.
        for left, top, right, _ in map(_bounds, case.together):
            if top == y0 and x0 <= left and right <= x1:
                said = [grid[place] for place in sorted(grid) if left <= place[1] <= right]
                grid |= {(0, column): said[0] for column in range(left, right + 1) if said}
        tables.append(Found(cells, headers, _paths(grid, headers)))
    return tables


def _bounds(area: str) -> tuple[int, int, int, int]:
    left, top, right, bottom = range_boundaries(area)
    assert left and top and right and bottom
    return left, top, right, bottom


def _shown(path: Path) -> list[list[str]]:
    """Rows of what the cells of the first sheet show."""
    table = ElementTree.parse(path).getroot().find(f".//{_TABLE}table")
    assert table is not None
    rows: list[list[str]] = []
    for row in table.iter(f"{_TABLE}table-row"):
        cells: list[str] = []
        for cell in row:
            if cell.tag in (f"{_TABLE}table-cell", f"{_TABLE}covered-table-cell"):
                # A comment in it is no text of the cell.
                text = "\n".join(_said(paragraph) for paragraph in cell.findall(f"{_TEXT}p"))
                cells += [text] * min(int(cell.get(f"{_TABLE}number-columns-repeated", 1)), 300)
        rows += [cells] * min(int(row.get(f"{_TABLE}number-rows-repeated", 1)), 300)
    return rows


def _said(paragraph: ElementTree.Element) -> str:
    text = paragraph.text or ""
    for inner in paragraph:
        text += " " if inner.tag == f"{_TEXT}s" else _said(inner)
        text += inner.tail or ""
    return text


def _paths(grid: Cells, headers: int) -> dict[int, tuple[str, ...]]:
    paths = {}
    for column in {column for _, column in grid}:
        path: list[str] = []
        for row in range(headers):
            text = grid.get((row, column), "")
            if text and (not path or path[-1] != text):
                path.append(text)
        paths[column] = tuple(path)
    return paths


def ours(path: Path) -> list[Found]:
    """Return the tables the product reads, those over several pages joined."""
    tables: list[Found] = []
    last = None
    rows: dict[int, int] = {}
    for block in pdf.read(path.read_bytes(), Limits()).blocks:
        if block.kind != "table":
            continue
        covered = {
            (r, c): (row, column)
            for row, column, height, width in block.spans
            for r in range(row, row + height)
            for c in range(column, column + width)
            if (r, c) != (row, column)
        }
        cells = {
            (r, c): plain(text)
            for r, row in enumerate(block.cells)
            for c, text in enumerate(row)
            if plain(text) and (r, c) not in covered
        }
        grid = {
            (r, c): plain(text) for r, row in enumerate(block.cells[: block.header_rows]) for c, text in enumerate(row)
        }
        if getattr(block, "continues", False) and last is not None:
            skip = block.header_rows
            for (r, c), text in cells.items():
                if r >= skip:
                    last.cells[(rows[id(last)] + r - skip, c)] = text
            rows[id(last)] += len(block.cells) - skip
            continue
        last = Found(cells, block.header_rows, _paths(grid, block.header_rows))
        rows[id(last)] = len(block.cells)
        tables.append(last)
    return tables


def theirs(path: Path, headers: int) -> list[Found]:
    """Return what pdfplumber finds by default."""
    joined: list[tuple[int, list[list[str]]]] = []
    with pdfplumber.open(path) as document:
        for number, page in enumerate(document.pages):
            for index, table in enumerate(page.extract_tables()):
                rows = [["\0" if text is None else plain(text) for text in row] for row in table]
                before = joined[-1] if joined else None
                if before and index == 0 and before[0] == number - 1 and len(before[1][0]) == len(rows[0]):
                    while rows and rows[0] in before[1][:headers]:
                        rows.pop(0)
                    joined[-1] = (number, before[1] + rows)
                else:
                    joined.append((number, rows))
    tables = []
    for _, rows in joined:
        cells = {(r, c): text for r, row in enumerate(rows) for c, text in enumerate(row) if text not in ("", "\0")}
        grid: Cells = {}
        for r, row in enumerate(rows[:headers]):
            for c, text in enumerate(row):
                # Its None is a place that a merged cell covers.
                grid[(r, c)] = text if text != "\0" else (grid.get((r, c - 1)) or grid.get((r - 1, c)) or "")
        tables.append(Found(cells, headers, _paths(grid, headers)))
    return tables


def right_cells(found: Found, source: Found) -> int:
    """Return how many cells of `found` are cells of `source`: rows aligned, then columns."""
    ours, theirs = found.rows(), source.rows()
    rows = _aligned([[text for _, text in row] for row in ours], [[text for _, text in row] for row in theirs])
    counts: dict[tuple[int, int], int] = defaultdict(int)
    for a, b in rows:
        for column, text in ours[a]:
            for other, same in theirs[b]:
                if text == same:
                    counts[(column, other)] += 1
    columns, others = sorted({c for _, c in found.cells}), sorted({c for _, c in source.cells})
    # Best ways, by how far the columns of the source are used.
    best: dict[int, tuple[int, dict[int, int]]] = {-1: (0, {})}
    for column in columns:
        new = dict(best)
        for at, (score, ways) in best.items():
            for index in range(max(at, 0), len(others)):
                gain = counts[(column, others[index])]
                if gain and (index not in new or new[index][0] < score + gain):
                    new[index] = (score + gain, {**ways, column: others[index]})
        best = new
    mapping = max(best.values(), key=lambda way: way[0])[1]
    right = 0
    for a, b in rows:
        left = Counter(theirs[b])
        for column, text in ours[a]:
            place = (mapping.get(column, -1), text)
            if left[place] > 0:
                left[place] -= 1
                right += 1
    return right


def _aligned(ours: list[list[str]], theirs: list[list[str]]) -> list[tuple[int, int]]:
    """Pairs of rows, in order, that share most texts."""
    bags, others = [Counter(row) for row in ours], [Counter(row) for row in theirs]
    score = [[0] * (len(others) + 1) for _ in range(len(bags) + 1)]
    for i in range(len(bags) - 1, -1, -1):
        for j in range(len(others) - 1, -1, -1):
            shared = (bags[i] & others[j]).total()
            score[i][j] = max(score[i + 1][j], score[i][j + 1], shared + score[i + 1][j + 1] if shared else 0)
    pairs = []
    i = j = 0
    while i < len(bags) and j < len(others):
        shared = (bags[i] & others[j]).total()
        if shared and score[i][j] == shared + score[i + 1][j + 1]:
            pairs.append((i, j))
            i, j = i + 1, j + 1
        elif score[i][j] == score[i + 1][j]:
            i += 1
        else:
            j += 1
    return pairs


@dataclass
class Score:
    """Right, found and true counts, of cells and of header paths."""

    right: int = 0
    found: int = 0
    true: int = 0
    paths_right: int = 0
    paths_found: int = 0
    paths_true: int = 0

    def add(self, other: "Score") -> None:
        """Add the counts of another."""
        for name in vars(self):
            setattr(self, name, getattr(self, name) + getattr(other, name))

    def figures(self) -> dict[str, float]:
        """Return the two F1."""
        return {
            "cells": round(2 * self.right / max(1, self.found + self.true), 4),
            "headers": round(2 * self.paths_right / max(1, self.paths_found + self.paths_true), 4),
        }


def score(found: list[Found], sources: list[Found]) -> Score:
    """Return the counts of one sheet: each table of the source takes the table found that shares most with it."""
    total = Score()
    taken: set[int] = set()
    for source in sources:
        ranked = sorted(
            ((right_cells(table, source), -i) for i, table in enumerate(found) if i not in taken), reverse=True
        )
        total.true += len(source.cells)
        total.paths_true += source.pairs().total()
        if not ranked or not ranked[0][0]:
            continue
        right, index = ranked[0][0], -ranked[0][1]
        taken.add(index)
        total.right += right
        total.found += len(found[index].cells)
        total.paths_right += (found[index].pairs() & source.pairs()).total()
        total.paths_found += found[index].pairs().total()
    for index, table in enumerate(found):
        if index not in taken:
            total.found += len(table.cells)
            total.paths_found += table.pairs().total()
    return total


def shown_difference(found: list[Found], sources: list[Found]) -> None:
    """Print where cells differ, for whoever tunes."""
    for source in sources:
        best = max(found, key=lambda table: right_cells(table, source), default=None)
        a = ["|".join(text for _, text in row) for row in (best.rows() if best else [])]
        b = ["|".join(text for _, text in row) for row in source.rows()]
        for line in list(difflib.unified_diff(b, a, "source", "found", n=0, lineterm=""))[:24]:
            print("   ", line[:200])
        if best:
            print("    headers", best.headers, "of", source.headers)
            for pair, count in list((source.pairs() - best.pairs()).items())[:3]:
                print("      missing", count, pair)
            for pair, count in list((best.pairs() - source.pairs()).items())[:3]:
                print("      false  ", count, pair)


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("shared", type=Path, nargs="?")
    parser.add_argument("--tuned", action="store_true", help="the files tuned on, instead of the others")
    parser.add_argument("--keep", type=Path, help="keep the PDFs there, and use those that are there already")
    parser.add_argument("--only", default="", help="cases whose name or group holds this")
    parser.add_argument("--show", action="store_true", help="print each case, and what differs")
    parser.add_argument("--no-pdfplumber", action="store_true")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.keep or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "sheets").mkdir(exist_ok=True)
        every = list(cases(options.shared, folder / "sheets"))
        missing = [
            case.path
            for case in every
            if not all((folder / f"{case.path.stem}{kind}").exists() for kind in (".pdf", ".fods"))
        ]
        if missing:
            printed(missing, folder)
        totals: dict[str, dict[str, Score]] = defaultdict(lambda: defaultdict(Score))
        count: Counter[str] = Counter()
        for case in every:
            if case.tuned != options.tuned or options.only not in f"{case.group} {case.name}":
                continue
            path = folder / f"{case.path.stem}.pdf"
            sources = truth(case, folder)
            count[case.group] += 1
            found = ours(path)
            mine = score(found, sources)
            totals[case.group]["madoguchi"].add(mine)
            if not options.no_pdfplumber:
                other = score(theirs(path, sources[0].headers), sources)
                totals[case.group]["pdfplumber"].add(other)
            if options.show:
                print(case.group, case.name, mine.figures(), f"{mine.right}/{mine.found}/{mine.true}")
                if min(mine.figures().values()) < 0.98:
                    shown_difference(found, sources)
    figures: dict[str, dict[str, Any]] = {
        group: {"files": count[group], **{name: total.figures() for name, total in rows.items()}}
        for group, rows in totals.items()
    }
    if options.json:
        print(json.dumps({"machine": machine(), "tuned": options.tuned, **figures}, ensure_ascii=False))
        return
    print(machine())
    for group, rows in figures.items():
        for name in totals[group]:
            row = rows[name]
            print(
                f"{group:17} {rows['files']:3} files  {name:10}  "
                f"cells {row['cells']:.4f}  header paths {row['headers']:.4f}"
            )


if __name__ == "__main__":
    main()
