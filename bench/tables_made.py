"""The workbooks `bench/tables.py` prints: copies of real sheets, and tables as a city prints them, made with openpyxl.

Each case is one sheet in a file of its own, with the ranges of its tables and how many rows at their top are headers.
"""

import random
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import openpyxl
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet

_THIN = Side(style="thin")
_NONE = Border()
# Prefecture -> whether the reader was tuned on its card.
_CARDS = {"青森県": True, "東京都": True, "静岡県": False, "香川県": False, "沖縄県": False}


@dataclass
class Case:
    """A sheet to print. `group`: ruled, ruled-columns (lines between columns only), pages
    (ruled, over several pages), borderless (figures), borderless-words."""

    name: str
    group: str
    # Whether the reader was tuned on it: then it is not in the figures reported.
    tuned: bool
    path: Path
    # Ranges like B3:H20 and how many header rows each has.
    tables: list[tuple[str, int]]
    # Ranges whose rows are one cell each to who reads (an indent of narrow columns, a figure and its unit), except
    # merged cells over several of their rows.
    together: list[str] = field(default_factory=list)
    # Ranges that are one cell to who reads, though the sheet has some in them and draws no line between.
    one: list[str] = field(default_factory=list)
    # Ranges within the tables that are boxes of their own.
    apart: list[str] = field(default_factory=list)


def cases(shared: Path | None, folder: Path) -> Iterator[Case]:
    """Write the workbooks of all cases into `folder`; those of real sheets when `shared` is there."""
    yield from _made(folder)
    if shared and shared.exists():
        yield from _models(shared / "digital_agency_gif/xlsx/438_コアデータモデル_DMD.xlsx", folder)
        cards = folder.parent / "cards.xlsx"
        if not cards.exists():
            # Of its 48 sheets only those needed: it takes long to open.
            book = _open(shared / "municipal_files/soumu_xlsx/FY2016-settlementcard.xlsx")
            for sheet in book.worksheets:
                if sheet.title not in _CARDS:
                    book.remove(sheet)
            book.save(cards)
        yield from _cards(cards, folder)
        yield from _cards_open(cards, folder)
        yield from _lists(shared / "takamatsu_opendata/xlsx", folder)


def _save(book: openpyxl.Workbook, sheet: Worksheet, folder: Path, name: str, landscape: bool = True) -> Path:
    for other in book.worksheets:
        if other is not sheet:
            book.remove(other)
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.page_setup.orientation = "landscape" if landscape else "portrait"
    sheet.page_setup.paperSize = 9
    path = folder / f"{name}.xlsx"
    book.save(path)
    return path


def _open(path: Path) -> openpyxl.Workbook:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return openpyxl.load_workbook(path, data_only=True)


def _rule(sheet: Worksheet, area: str, border: Border | None = None) -> None:
    border = border or Border(left=_THIN, right=_THIN, top=_THIN, bottom=_THIN)
    for row in sheet[area]:
        for cell in row:
            cell.border = border


# --- real sheets


def _models(path: Path, folder: Path) -> Iterator[Case]:
    """The data models of the Digital Agency: wide tables of words, wrapped, two on some sheets."""
    long = {"個人", "住所", "イベント"}
    for number, name in enumerate(_open(path).sheetnames):
        for borderless in (False, True):
            book = _open(path)
            sheet = book[name]
            tables = _areas(sheet)
            if not tables:
                continue
            sheet.print_area = None
            if borderless:
                _rule(sheet, sheet.dimensions, _NONE)
            group = "borderless-words" if borderless else "pages" if name in long else "ruled"
            stem = f"model-{number:02}{'-open' if borderless else ''}"
            copy = _save(book, sheet, folder, stem)
            yield Case(f"{stem} {name}", group, number % 3 == 0, copy, tables)


def _areas(sheet: Worksheet) -> list[tuple[str, int]]:
    """The bordered blocks of a sheet that begin with 「No.」; one row of header each."""
    found = []
    for row in range(1, sheet.max_row + 1):
        if str(sheet.cell(row, 1).value).strip() != "No.":
            continue
        last = row
        while last < sheet.max_row and sheet.cell(last + 1, 3).border.left.style:
            last += 1
        right = max(c for c in range(1, sheet.max_column + 1) if sheet.cell(row, c).value is not None)
        found.append((f"A{row}:{get_column_letter(right)}{last}", 1))
    return found


def _cards(path: Path, folder: Path) -> Iterator[Case]:
    """The settlement cards of prefectures: ten tables that hang together, their rows not ruled, most of them ruled
    between labels and figures only."""
    tables = [
        ("U2:AO6", 0),
        ("AP2:BO6", 2),
        ("BX4:DJ14", 1),
        ("B9:AO40", 1),
        ("AP9:BV40", 1),
        ("BX15:DJ24", 1),
        ("BX25:DJ32", 1),
        ("CC33:DJ56", 1),
        ("B43:AT69", 1),
        ("AU43:CB69", 1),
    ]
    together = ["U2:AG6", "AH2:AO6", "AP2:AV6", "AW2:BE6", "BF2:BO6", "B9:L40", "AP9:BC40", "B43:L69", "AU43:BC69"]
    together += ["BX4:CP14", "BX15:CP24", "BX25:CP32", "CC33:CP56"]
    # The words of these headers stand between two narrow columns that their figures begin and end in.
    together += ["M9:T40", "BD9:BJ40", "BP9:BV40", "M43:T69", "BD43:BJ69"]
    # Headers in two rows of cells, and labels beside the rows of a ruled box that are merged over fewer of them.
    one = ["DB15:DJ16", "DB25:DJ26", "BX5:CA14", "BX17:CA23", "BX27:CA32", "AP14:AP20"]
    for name, tuned in _CARDS.items():
        book = _open(path)
        sheet = book[name]
        copy = _save(book, sheet, folder, f"card-{sheet.title}")
        yield Case(f"card {name}", "ruled-columns", tuned, copy, tables, together, one, ["AH62:AT69"])


def _cards_open(path: Path, folder: Path) -> Iterator[Case]:
    """The figures of those cards in plain sheets without lines, as a report would show them."""
    parts = {
        "revenue": (range(9, 41), ("B:L", "M", "U", "Z", "AH")),
        "purpose": (range(43, 70), ("AU:BC", "BD", "BK", "BO", "BV")),
    }
    for name, tuned in _CARDS.items():
        source = _open(path)[name]
        for part, (rows, columns) in parts.items():
            book = openpyxl.Workbook()
            sheet = book.worksheets[0]
            for at, row in enumerate((row for row in rows if row not in (10, 44)), 1):
                for column, letters in enumerate(columns, 1):
                    first, _, last = letters.partition(":")
                    cells = source[f"{first}{row}:{last or first}{row}"][0]
                    # What the header says stands a few narrow columns on.
                    cells = cells if row not in (9, 43) else source[row][cells[0].column - 1 : cells[0].column + 9]
                    said = [cell for cell in cells if cell.value is not None and len(str(cell.value).strip()) > 1]
                    said = said or [cell for cell in cells if cell.value is not None]
                    if not said:
                        continue
                    cell = sheet.cell(at, column, said[0].value)
                    cell.number_format = said[0].number_format
                    side = "center" if at == 1 else "left" if column == 1 else "right"
                    cell.alignment = Alignment(horizontal=side, wrap_text=at == 1, vertical="center")
            _widths(sheet, [28, 16, 10, 16, 16])
            sheet.row_dimensions[1].height = 30
            area = f"A1:E{sheet.max_row}"
            copy = _save(book, sheet, folder, f"card-{name}-{part}-open", landscape=False)
            yield Case(f"card-open {name} {part}", "borderless", tuned, copy, [(area, 1)])


def _lists(folder_in: Path, folder: Path) -> Iterator[Case]:
    """Open data of Takamatsu: lists of places, as they are (no borders) and with borders."""
    for number, path in enumerate(sorted(folder_in.glob("*.xlsx"))):
        for ruled in (True, False):
            book = _open(path)
            sheet = book.worksheets[0]
            _shape(sheet)
            if not sheet.max_row > 2:
                continue
            area = sheet.dimensions
            if ruled:
                _rule(sheet, area)
            many = sheet.max_row > 100
            group = ("pages" if many else "ruled") if ruled else "borderless-words"
            stem = f"list-{number}{'' if ruled else '-open'}"
            yield Case(
                f"{stem} {path.stem[:24]}",
                group,
                number % 2 == 0 and not many,
                _save(book, sheet, folder, stem),
                [(area, 1)],
            )


def _shape(sheet: Worksheet) -> None:
    """Columns as wide as what is in them, up to a bound, and wrapped beyond it."""
    for column in range(1, sheet.max_column + 1):
        texts = [str(sheet.cell(row, column).value or "") for row in range(1, sheet.max_row + 1)]
        width = max(sum(1 if c < "\u0400" else 2 for c in text) for text in texts)
        sheet.column_dimensions[get_column_letter(column)].width = min(38, width + 3)
        for row in range(1, sheet.max_row + 1):
            sheet.cell(row, column).alignment = Alignment(wrap_text=True, vertical="center")
    for number, values in enumerate(sheet.iter_rows(values_only=True), 1):
        _heighten(sheet, number, list(values))


# --- tables as a city prints them

_KAN = (
    "市税",
    "地方譲与税",
    "地方交付税",
    "分担金及び負担金",
    "使用料及び手数料",
    "国庫支出金",
    "県支出金",
    "繰入金",
    "市債",
)
_KO = ("市民税", "固定資産税", "軽自動車税", "市たばこ税", "都市計画税", "負担金", "使用料", "手数料", "国庫補助金")
_MOKU = (
    "個人",
    "法人",
    "滞納繰越分",
    "現年課税分",
    "民生費負担金",
    "総務使用料",
    "衛生手数料",
    "土木使用料",
    "教育費補助金",
)
_TOWNS = (
    "風見町",
    "中央町",
    "港町",
    "本町一丁目",
    "本町二丁目",
    "桜台",
    "緑が丘",
    "北原",
    "南浜",
    "東山",
    "西の宮",
    "大字上野",
)
_WORK = (
    "会計年度任用職員報酬",
    "消耗品費及び印刷製本費",
    "庁舎清掃業務委託料",
    "電算システム保守委託料",
    "自動車借上料",
    "施設整備工事請負費",
    "備品購入費",
    "市民団体への補助金",
)


def _made(folder: Path) -> Iterator[Case]:
    makers: tuple[tuple[str, Callable[[Worksheet, random.Random, bool], tuple[str, int]], tuple[str, ...]], ...] = (
        ("budget", _budget, ("ruled", "borderless")),
        ("detail", _detail, ("ruled",)),
        ("people", _people, ("ruled", "borderless")),
        ("fees", _fees, ("ruled",)),
        ("years", _years, ("ruled", "borderless")),
        ("long-budget", _long_budget, ("pages",)),
        ("long-people", _long_people, ("pages", "borderless")),
    )
    for name, make, groups in makers:
        for group in groups:
            for seed in range(4):
                book = openpyxl.Workbook()
                sheet = book.active
                assert sheet is not None
                random_ = random.Random(f"{name}{seed}")
                area, headers = make(sheet, random_, group != "borderless")
                stem = f"{name}-{group}-{seed}"
                path = _save(book, sheet, folder, stem, landscape=name in ("detail", "budget"))
                yield Case(stem, group, seed < 2, path, [(area, headers)])
    for name, make, labels in (("people", _people, 1), ("budget", _budget, 3), ("years", _years, 1)):
        for seed in range(4):
            book = openpyxl.Workbook()
            plain = book.worksheets[0]
            area, headers = make(plain, random.Random(f"{name} columns {seed}"), False)
            _open_rows(plain, area, headers, labels if seed % 2 else None)
            path = _save(book, plain, folder, f"{name}-columns-{seed}", landscape=name == "budget")
            yield Case(f"{name}-columns-{seed}", "ruled-columns", seed < 2, path, [(area, headers)])


def _open_rows(sheet: Worksheet, area: str, headers: int, labels: int | None) -> None:
    """Rule the header wholly, and of the body the columns (all, or those of the first `labels`, its figures in one box)
    and the last row."""
    rows = list(sheet[area])
    for at, row in enumerate(rows):
        head, last = at < headers, at == len(rows) - 1
        for column, cell in enumerate(row):
            inner = head or labels is None or column < labels
            cell.border = Border(
                left=_THIN if inner or column == labels else None,
                right=_THIN if inner or column == len(row) - 1 else None,
                top=_THIN if head or at == headers or last else None,
                bottom=_THIN if head or last else None,
            )


def _write(sheet: Worksheet, rows: list[list[Any]], top: int, merges: list[str], ruled: bool, headers: int) -> str:
    for r, row in enumerate(rows, top):
        for c, value in enumerate(row, 1):
            cell = sheet.cell(r, c, value)
            if isinstance(value, int):
                cell.number_format = '#,##0;"△ "#,##0;"-"'
            elif isinstance(value, float):
                cell.number_format = '0.0;"△"0.0'
            cell.alignment = Alignment(
                horizontal="center" if r < top + headers else None, vertical="center", wrap_text=True
            )
        _heighten(sheet, r, row)
    for area in merges:
        sheet.merge_cells(area)
    area = f"A{top}:{get_column_letter(len(rows[0]))}{top + len(rows) - 1}"
    if ruled:
        _rule(sheet, area)
    return area


def _heighten(sheet: Worksheet, number: int, row: list[object]) -> None:
    """A row as high as its wrapped text: LibreOffice leaves rows beside merged cells too low for it."""
    lines = 1
    for column, value in enumerate(row, 1):
        width = (sheet.column_dimensions[get_column_letter(column)].width or 10) * 0.82
        lines = max(lines, -(-sum(1 if c < "\u0400" else 2 for c in str(value or "")) // int(width)))
    sheet.row_dimensions[number].height = 15.0 * lines


def _title(sheet: Worksheet, title: str, unit: str, columns: int) -> None:
    sheet["A1"] = title
    sheet["A1"].font = Font(size=14, bold=True)
    if unit:
        sheet.cell(2, columns, f"（単位：{unit}）").alignment = Alignment(horizontal="right")


def _widths(sheet: Worksheet, widths: list[int]) -> None:
    for column, width in enumerate(widths, 1):
        sheet.column_dimensions[get_column_letter(column)].width = width


def _figure(random_: random.Random) -> int:
    if random_.random() < 0.08:
        return 0
    return random_.choice((1, 1, 1, -1)) * random_.randint(1, 10 ** random_.randint(2, 7))


def _budget(sheet: Worksheet, random_: random.Random, ruled: bool, kinds: int = 4) -> tuple[str, int]:
    """款・項・目 with merged labels, a header of two rows."""
    _title(sheet, "第１表　歳入歳出予算", "千円", 7)
    rows: list[list[object]] = [
        ["款", "項", "目", "本年度予算額", "前年度予算額", "比較", None],
        [None, None, None, None, None, "増減額", "増減率(%)"],
    ]
    merges = ["A4:A5", "B4:B5", "C4:C5", "D4:D5", "E4:E5", "F4:G4"]
    at = 6
    for kan in range(kinds):
        first = at
        for _ in range(random_.randint(1, 3)):
            begin = at
            ko = random_.choice(_KO)
            for _ in range(random_.randint(1, 3)):
                new, old = abs(_figure(random_)) + 10, abs(_figure(random_)) + 10
                row = [f"{kan % 20 + 1} {_KAN[kan % 9]}", ko, random_.choice(_MOKU), new, old, new - old]
                row.append(round((new - old) / old * 100 % 50, 1))
                rows.append(
                    [None if (i == 0 and at > first) or (i == 1 and at > begin) else v for i, v in enumerate(row)]
                )
                at += 1
            if ruled and at - begin > 1:
                merges.append(f"B{begin}:B{at - 1}")
        if ruled and at - first > 1:
            merges.append(f"A{first}:A{at - 1}")
    _widths(sheet, [20, 18, 18, 15, 15, 13, 11])
    return _write(sheet, rows, 4, merges, ruled, 2), 2


def _long_budget(sheet: Worksheet, random_: random.Random, ruled: bool) -> tuple[str, int]:
    """The same over some pages; on half of them the header is printed on each page."""
    made = _budget(sheet, random_, ruled, 24)
    if random_.random() < 0.5:
        sheet.print_title_rows = "4:5"
    return made


def _detail(sheet: Worksheet, random_: random.Random, ruled: bool) -> tuple[str, int]:
    """事項別明細書: a header of three rows, sources of money, words that wrap, empty cells."""
    _title(sheet, "歳出　２款　総務費　１項　総務管理費", "千円", 11)
    rows: list[list[object]] = [
        ["目", "本年度", "前年度", "比較", "本年度の財源内訳", None, None, None, "節", None, "説明"],
        [None, None, None, None, "特定財源", None, None, "一般財源", "区分", "金額", None],
        [None, None, None, None, "国県支出金", "地方債", "その他", None, None, None, None],
    ]
    merges = ["A4:A6", "B4:B6", "C4:C6", "D4:D6", "E4:H4", "E5:G5", "H5:H6", "I4:J4", "I5:I6", "J5:J6", "K4:K6"]
    at = 7
    for number in range(random_.randint(3, 5)):
        first = at
        lines = random_.randint(1, 4)
        for line in range(lines):
            head: list[object] = [None] * 8
            if line == 0:
                head = [f"{number + 1} {random_.choice(_MOKU)}管理費"] + [_figure(random_) for _ in range(3)]
                head += [_figure(random_) if random_.random() < 0.5 else None for _ in range(3)] + [_figure(random_)]
            text = "、".join(random_.sample(_WORK, random_.randint(1, 2)))
            rows.append(
                [*head, f"{line + 1} {random_.choice(('報酬', '需用費', '委託料', '補助金'))}", _figure(random_), text]
            )
            at += 1
        if lines > 1:
            merges += [f"{letter}{first}:{letter}{at - 1}" for letter in "ABCDEFGH"]
    _widths(sheet, [18, 12, 12, 12, 12, 12, 12, 12, 14, 12, 34])
    return _write(sheet, rows, 4, merges, ruled, 3), 3


def _people(sheet: Worksheet, random_: random.Random, ruled: bool, count: int = 12) -> tuple[str, int]:
    """Households and people of each town, two dates beside each other; shaded header, dotted rows."""
    _title(sheet, "町別世帯数及び人口", "人", 9)
    rows: list[list[object]] = [
        ["町名", "令和７年４月１日", None, None, None, "令和６年４月１日", None, None, None],
        [None, "世帯数", "男", "女", "計", "世帯数", "男", "女", "計"],
    ]
    for number in range(count):
        row: list[object] = [_TOWNS[number % 12] + ("" if number < 12 else f"{number // 12 + 1}区")]
        for _ in range(2):
            men, women = random_.randint(5, 3000), random_.randint(5, 3000)
            row += [random_.randint(5, 2500), men, women, men + women]
        rows.append(row)
    _widths(sheet, [16] + [10] * 8)
    area = _write(sheet, rows, 4, ["A4:A5", "B4:E4", "F4:I4"], ruled, 2)
    shade = PatternFill("solid", fgColor="DDDDDD")
    for cells in sheet["A4:I5"]:
        for cell in cells:
            cell.fill = shade if ruled else PatternFill()
    if ruled:
        dotted = Side(style="dotted")
        double = Side(style="double")
        for cells in sheet[f"A6:I{len(rows) + 3}"]:
            for cell in cells:
                cell.border = Border(left=_THIN, right=_THIN, top=dotted, bottom=dotted)
        for cell in sheet[5]:
            cell.border = Border(left=_THIN, right=_THIN, top=_THIN, bottom=double)
        for cell in sheet[len(rows) + 3]:
            cell.border = Border(left=_THIN, right=_THIN, top=dotted, bottom=_THIN)
        for cell in sheet[6]:
            cell.border = Border(left=_THIN, right=_THIN, top=double, bottom=dotted)
    return area, 2


def _long_people(sheet: Worksheet, random_: random.Random, ruled: bool) -> tuple[str, int]:
    """The same over some pages."""
    made = _people(sheet, random_, ruled, random_.randint(90, 140))
    if random_.random() < 0.5:
        sheet.print_title_rows = "4:5"
    return made


def _fees(sheet: Worksheet, random_: random.Random, ruled: bool) -> tuple[str, int]:
    """Fees with merged kinds and words that wrap; no lines at the left and right sides."""
    _title(sheet, "別表第１　手数料の額", "", 4)
    rows: list[list[object]] = [["区分", "手数料の種類", "単位", "金額"]]
    merges = []
    at = 5
    for kind in ("住民票", "印鑑登録", "税務証明", "戸籍"):
        first = at
        for _ in range(random_.randint(2, 4)):
            words = "、".join(random_.sample(_WORK, random_.randint(1, 3)))
            rows.append(
                [
                    kind if at == first else None,
                    f"{words}に関する証明書の交付",
                    "１通につき",
                    f"{random_.randint(1, 9)}00円",
                ]
            )
            at += 1
        merges.append(f"A{first}:A{at - 1}")
    _widths(sheet, [14, 44, 14, 12])
    area = _write(sheet, rows, 4, merges, ruled, 1)
    for number, cells in enumerate(sheet[area]):
        for column, cell in enumerate(cells):
            cell.border = Border(
                left=_THIN if column else None, right=_THIN if column < 3 else None, top=_THIN, bottom=_THIN
            )
            if number == 0:
                cell.font = Font(bold=True)
    return area, 1


def _years(sheet: Worksheet, random_: random.Random, ruled: bool) -> tuple[str, int]:
    """A row a year; horizontal lines only."""
    _title(sheet, "表３　年度別施設利用者数", "人", 6)
    rows: list[list[object]] = [["年度", "図書館", "公民館", "体育館", "プール", "計"]]
    for year in range(random_.randint(6, 12)):
        counts = [random_.randint(100, 90000) for _ in range(4)]
        rows.append([f"令和{year + 1}年度" if year else "令和元年度", *counts, sum(counts)])
    _widths(sheet, [16, 12, 12, 12, 12, 12])
    area = _write(sheet, rows, 4, [], ruled, 1)
    if ruled:
        _rule(sheet, area, Border(top=_THIN, bottom=_THIN))
    return area, 1
