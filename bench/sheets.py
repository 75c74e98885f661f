"""Header paths of sheets against a truth, and a 50 MB workbook against calamine's bare read: `python -m bench.sheets`.

Truth of real sheets: the figures of the prefectures' 決算カード as `municipal_files/soumu_xlsx` gives them in json; a
path is right when the figure is found below the labels and headers it belongs to. Half of the prefectures was looked
at while writing the reader. Made sheets: tables whose headers are known, over one to three rows, merged or not,
one or two on a sheet, with title, unit and notes; seeds below 100 were looked at, the others are reported.
"""

import argparse
import gc
import io
import json
import random
import tempfile
import time
import zipfile
from pathlib import Path
from typing import Any

import openpyxl
from python_calamine import CalamineWorkbook

from bench.machine import machine
from madoguchi.readers import xlsx
from madoguchi.readers.blocks import Block
from madoguchi.readers.limits import Limits

DATA = Path(__file__).resolve().parents[2] / "shared" / "data" / "municipal_files" / "soumu_xlsx"
# Key of the json -> the words that must stand in the path of the figure.
CARD = {
    "total_revenue": ("歳入総額", "平成２８年度"),
    "total_expenditure": ("歳出総額", "平成２８年度"),
    "local_tax": ("地方税", "決算額"),
    "local_allocation_tax": ("地方交付税", "決算額"),
    "personnel_expenses": ("人件費", "決算額"),
    "assistance_expenses": ("扶助費", "決算額"),
    "public_debt_expenses": ("公債費", "決算額"),
    "ordinary_construction_expenses": ("普通建設事業費", "決算額"),
    "area": ("面",),
    "real_balance": ("実質収支", "平成２８年度"),
    "single_year_balance": ("単年度収支", "平成２８年度"),
    "real_debt_service_ratio": ("実質公債費比率", "平成２８年度"),
    "future_burden_ratio": ("将来負担比率", "平成２８年度"),
    "current_account_ratio": ("経常収支比率",),
    "local_consumption_tax": ("地方消費税", "収入済額"),
}
GROUPS = {
    "歳入": {"市税": ["個人", "法人"], "交付税": ["普通", "特別"]},
    "歳出": {"民生費": ["扶助", "その他"], "土木費": ["道路", "河川"]},
}


def paths(block: Block) -> list[tuple[str, str]]:
    """Return (figure, all labels and headers it stands under) of each cell of a table."""
    found = []
    head = block.cells[: block.header_rows]
    for row in block.cells[block.header_rows :]:
        labels = [cell for cell in row if cell and not _bare(cell).replace(".", "").lstrip("-").isdigit()]
        for column, cell in enumerate(row):
            if cell:
                found.append((_bare(cell), " > ".join([*(line[column] for line in head), *labels])))
    return found


def _bare(text: str) -> str:
    return text.replace(",", "").replace("△", "-").replace(" ", "").rstrip("％k㎡人")


def cards(path: Path, truth: list[dict[str, Any]]) -> list[bool]:
    """Return for each figure of the truth whether it stands under its words."""
    blocks = xlsx.read(path.read_bytes(), Limits()).blocks
    right = []
    for record in truth:
        said: list[tuple[str, str]] = []
        for block in blocks:
            if block.locator.get("sheet") == record["prefecture"]:
                said += paths(block) if block.kind == "table" else [(_bare(block.text.rpartition("：")[2]), block.text)]
        for key, words in CARD.items():
            if record.get(key) is None:
                continue
            value = float(record[key])
            right.append(
                any(_number(figure) == value and all(word in where for word in words) for figure, where in said)
            )
    return right


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def made(seed: int) -> tuple[bytes, dict[str, tuple[str, ...]]]:
    """Return a workbook and its truth: each figure (all differ) -> its headers from the top, then its row's label."""
    chance = random.Random(seed)
    book = openpyxl.Workbook()
    sheet: Any = book.active
    truth: dict[str, tuple[str, ...]] = {}
    at_row, figure = 1 + chance.randint(0, 2), 10_001
    for _ in range(chance.randint(1, 3)):
        left, depth = 1 + chance.randint(0, 1), chance.randint(1, 3)
        merged, note = chance.random() < 0.8, chance.random() < 0.5
        leaves = [
            (top, middle, leaf) for top, middles in GROUPS.items() for middle, ends in middles.items() for leaf in ends
        ]
        leaves = leaves[: chance.choice((2, 4, 8))]
        headers = [leaf[3 - depth :] for leaf in leaves] if depth > 1 else [(f"{leaf[1]}{leaf[2]}",) for leaf in leaves]
        if chance.random() < 0.7:
            sheet.cell(at_row, left, f"第{chance.randint(1, 9)}表　決算の状況")
            at_row += 1
        if chance.random() < 0.5:
            sheet.cell(at_row, left + len(leaves), "（単位：千円）")
            at_row += 1
        for line in range(depth):
            for column, header in enumerate(headers, left + 1):
                again = merged and column > left + 1 and headers[column - left - 2][: line + 1] == header[: line + 1]
                if not again or line == depth - 1:
                    sheet.cell(at_row + line, column, header[line])
            if merged and line < depth - 1:
                start = 0
                for end in range(1, len(headers) + 1):
                    if end == len(headers) or headers[end][: line + 1] != headers[start][: line + 1]:
                        if end - start > 1:
                            place = at_row + line, left + 1 + start, at_row + line, left + end
                            sheet.merge_cells(
                                start_row=place[0], start_column=place[1], end_row=place[2], end_column=place[3]
                            )
                        start = end
        sheet.cell(at_row, left, "年度")
        if depth > 1 and merged:
            sheet.merge_cells(start_row=at_row, end_row=at_row + depth - 1, start_column=left, end_column=left)
        at_row += depth
        for year in range(1, chance.randint(3, 7)):
            sheet.cell(at_row, left, f"令和{year}年度")
            for column, header in enumerate(headers, left + 1):
                if chance.random() < 0.9:
                    cell = sheet.cell(at_row, column, figure)
                    cell.number_format = "#,##0"
                    truth[str(figure)] = (*header, f"令和{year}年度")
                    figure += 1
            at_row += 1
        if note:
            sheet.cell(at_row, left, "※ 四捨五入のため合計が合わないことがある。")
            at_row += 1
        at_row += 1
    out = io.BytesIO()
    book.save(out)
    return out.getvalue(), truth


def made_right(seed: int) -> list[bool]:
    """Return for each figure of a made workbook whether it stands under exactly its headers, in their order."""
    data, truth = made(seed)
    found: dict[str, tuple[str, ...]] = {}
    for block in xlsx.read(data, Limits()).blocks:
        head = block.cells[: block.header_rows]
        for row in block.cells[block.header_rows :]:
            for column, cell in enumerate(row[1:], 1):
                path = dict.fromkeys(line[column] for line in head if line[column])
                found[_bare(cell)] = (*path, row[0])
    return [found.get(figure) == path for figure, path in truth.items()]


def large(path: Path, megabytes: int) -> None:
    """Write a workbook of about this size: names, addresses, figures and days in a table of twelve columns."""
    small = io.BytesIO()
    book = openpyxl.Workbook()
    sheet: Any = book.active
    sheet.append(["番号"])
    sheet["A2"].number_format, sheet["A3"].number_format = "#,##0", '[$-411]ggge"年"m"月"d"日"'
    sheet["A2"], sheet["A3"] = 1, 2
    book.save(small)
    chance = random.Random(7)
    letters = [chr(code) for code in range(0x4E00, 0x6000)]

    def said() -> str:
        return "".join(chance.choices(letters, k=14))

    head = '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
    with zipfile.ZipFile(small) as source, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            if name != "xl/worksheets/sheet1.xml":
                target.writestr(name, source.read(name))
        with target.open("xl/worksheets/sheet1.xml", "w", force_zip64=False) as part:
            part.write(head.encode())
            row = 0
            while path.stat().st_size < megabytes * 1_000_000 and row < 160_000:
                lines = []
                for _ in range(1000):
                    row += 1
                    cells = "".join(
                        f'<c r="{column}{row}" t="inlineStr"><is><t>{said()}</t></is></c>' for column in "ABCDEFGH"
                    )
                    cells += "".join(
                        f'<c r="{column}{row}" s="1"><v>{chance.randint(1, 10**9)}</v></c>' for column in "IJK"
                    )
                    lines.append(
                        f'<row r="{row}">{cells}<c r="L{row}" s="2"><v>{chance.randint(30000, 46000)}</v></c></row>'
                    )
                part.write("".join(lines).encode())
            part.write(b"</sheetData></worksheet>")


def speed(megabytes: int) -> dict[str, float]:
    """Return seconds of processor (others may be at work) that calamine's bare read and the reader take."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "large.xlsx"
        large(path, megabytes)
        start = time.process_time()
        book = CalamineWorkbook.from_path(path)
        rows = [book.get_sheet_by_name(name).to_python() for name in book.sheet_names]
        bare = time.process_time() - start
        cells = sum(len(row) for sheet in rows for row in sheet)
        del rows, book
        data = path.read_bytes()
        # As the reading child does.
        gc.disable()
        start = time.process_time()
        xlsx.read(data, Limits())
        ours = time.process_time() - start
        return {"megabytes": len(data) / 1e6, "cells": cells, "bare": bare, "read": ours, "times": ours / bare}


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--megabytes", type=int, default=50)
    parser.add_argument("--no-speed", action="store_true")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    figures: dict[str, Any] = {"machine": machine()}
    for path in sorted(DATA.glob("*.xlsx")) if DATA.exists() else []:
        truth = json.loads(path.with_suffix(".json").read_text())
        for name, part in (("looked at", truth[0::2]), ("reported", truth[1::2])):
            right = cards(path, part)
            figures[f"{path.name}, {name}"] = {"paths": len(right), "right": round(sum(right) / len(right), 4)}
    for name, seeds in (("looked at", range(40)), ("reported", range(100, 200))):
        right = [each for seed in seeds for each in made_right(seed)]
        figures[f"made sheets, {name}"] = {"paths": len(right), "right": round(sum(right) / len(right), 4)}
    if not options.no_speed:
        figures["speed"] = {name: round(value, 2) for name, value in speed(options.megabytes).items()}
    print(
        json.dumps(figures, ensure_ascii=False) if options.json else "\n".join(f"{k}: {v}" for k, v in figures.items())
    )


if __name__ == "__main__":
    main()
