"""Workbooks with merged headers of several rows."""

# ruff: noqa: E501 - full-width text counts twice; a table row stays one line

import csv
import datetime as dt
import re
import zipfile
from pathlib import Path

from common import FILES, HERE, split
from ledger import Ledger, wobble
from openpyxl import Workbook
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

THIN = Side(style="thin", color="555555")
BOX = Border(left=THIN, right=THIN, top=THIN, bottom=THIN)
HEAD = PatternFill("solid", fgColor="DDE6F0")
STAMP = dt.datetime(2026, 4, 1, 9, 0)


def sheet(
    ws: Worksheet,
    title: str,
    unit: str,
    merges: list[tuple[str, str]],
    first: int,
    rows: list[list[object]],
    note: str = "",
) -> None:
    """Write a title, merged header cells, rows and a note; `merges` is (range, text)."""
    last = max(len(r) for r in rows)
    ws["A1"] = title
    ws["A1"].font = Font(name="游ゴシック", size=14, bold=True)
    ws.merge_cells(start_row=1, start_column=1, end_row=1, end_column=last)
    ws.cell(2, last, unit).alignment = Alignment(horizontal="right")
    for place, text in merges:
        cell = ws[place.split(":")[0]]
        cell.value = text
        if ":" in place:
            ws.merge_cells(place)
    for row in ws.iter_rows(min_row=3, max_row=first - 1, max_col=last):
        for cell in row:
            cell.fill, cell.border = HEAD, BOX
            cell.alignment = Alignment(horizontal="center", vertical="center", wrap_text=True)
    for r, row in enumerate(rows, first):
        for c, value in enumerate(row, 1):
            cell = ws.cell(r, c, value)
            cell.border = BOX
            if isinstance(value, int) or (isinstance(value, str) and value.startswith("=")):
                cell.number_format = "#,##0;△#,##0"
            elif isinstance(value, float):
                cell.number_format = "#,##0.0"
            if str(row[0]) in {"合計", "計"} or str(row[0]).endswith("計"):
                cell.font = Font(name="游ゴシック", bold=True)
    if note:
        ws.cell(first + len(rows) + 1, 1, note)
    ws.freeze_panes = ws.cell(first, 2)
    ws.print_title_rows = f"3:{first - 1}"
    for c in range(1, last + 1):
        longest = max(
            (sum(2 if ord(ch) > 255 else 1 for ch in str(row[c - 1])) for row in rows if c <= len(row)), default=8
        )
        ws.column_dimensions[get_column_letter(c)].width = min(46, max(9, longest + 2))


def save(book: Workbook, relative: str) -> str:
    """Save with fixed dates inside the package."""
    target = FILES / relative
    target.parent.mkdir(parents=True, exist_ok=True)
    book.properties.creator, book.properties.created, book.properties.modified = "風見市", STAMP, STAMP
    book.save(target)
    _fix(target)
    return relative


def _fix(target: Path) -> None:
    with zipfile.ZipFile(target) as old:
        items = [(i.filename, old.read(i.filename)) for i in old.infolist()]
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        for name, data in items:
            if name == "docProps/core.xml":
                data = re.sub(rb"(<dcterms:modified[^>]*>)[^<]*", rb"\g<1>2026-04-01T09:00:00Z", data)
            new.writestr(zipfile.ZipInfo(name, (2026, 4, 1, 9, 0, 0)), data, zipfile.ZIP_DEFLATED)


OFFICES = {
    "社会福祉総務費": "福祉総務課", "障がい者福祉費": "障がい福祉課", "老人福祉費": "高齢福祉課", "国民年金費": "保険年金課", "福祉施設費": "福祉総務課",
    "児童福祉総務費": "こども家庭課", "児童手当費": "こども家庭課", "保育所費": "こども家庭課", "児童扶養手当費": "こども家庭課", "生活保護総務費": "福祉総務課",
    "扶助費": "福祉総務課", "災害救助費": "福祉総務課",
}  # fmt: skip


def budget(now: Ledger, past: Ledger) -> str:
    """令和8年度 事業別予算一覧 of 民生費."""
    before = {(m.name, p.name): p.amount for _, _, m, p in past.projects()}
    rows: list[list[object]] = []
    for kan, kou, moku, p in now.projects():
        if kan.name == "民生費":
            old = before.get((moku.name, p.name), 0)
            rows.append(
                [
                    kou.name,
                    moku.name,
                    p.name,
                    OFFICES[moku.name],
                    p.amount,
                    old,
                    p.amount - old,
                    p.state,
                    p.prefecture,
                    p.bond,
                    p.other,
                    p.amount - p.state - p.prefecture - p.bond - p.other,
                ]
            )
    assert sum(int(str(r[4])) for r in rows) == now.get("out", "民生費")
    # Values, not formulas: a workbook that Excel has never opened holds no results of its formulas.
    rows.append(["合計", "", "", "", *[sum(int(str(row[column])) for row in rows) for column in range(4, 12)]])
    book = Workbook()
    ws = book.active
    ws.title = "事業別予算（福祉）"
    sheet(ws, "令和8年度　事業別予算一覧（民生費）", "（単位：千円）", [
        ("A3:B3", "予算科目"), ("A4:A5", "項"), ("B4:B5", "目"), ("C3:C5", "事業名"), ("D3:D5", "担当課"), ("E3:G3", "予算額"), ("E4:E5", "令和8年度"),
        ("F4:F5", "令和7年度\n当初"), ("G4:G5", "増減"), ("H3:L3", "令和8年度の財源内訳"), ("H4:I4", "国県支出金"), ("H5", "国"), ("I5", "県"),
        ("J4:J5", "地方債"), ("K4:K5", "その他"), ("L4:L5", "一般財源")], 6, rows, "※ 査定後の額。内部資料のため、公表の際は予算の概要によること。")  # fmt: skip
    return save(book, "企画財政部/財政課/令和8年度 事業別予算一覧（福祉）.xlsx")


AREAS = ["中央地区", "港町地区", "南浜地区", "西地区", "北地区", "丘の上地区"]


def population() -> str:
    """年齢別人口 of two years, five-year classes, by sex; and by area."""
    totals = {7: (83_020, 9_700, 47_900, 25_420), 8: (82_400, 9_540, 47_480, 25_380)}
    weights = [2.7, 3.2, 3.7, 4.0, 4.3, 4.2, 4.3, 4.7, 5.4, 6.2, 7.4, 7.1, 6.5, 6.4, 7.3, 7.6, 5.4, 3.9, 2.6]
    book = Workbook()
    book.remove(book.active)
    for year, (total, young, middle, old) in totals.items():
        assert young + middle + old == total
        parts = split(young, weights[:3]) + split(middle, weights[3:13]) + split(old, weights[13:])
        rows: list[list[object]] = []
        for i, people in enumerate(parts):
            share = 0.512 if i < 8 else (0.497 if i < 13 else 0.46 - 0.022 * (i - 13))
            men = int(people * share)
            label = f"{i * 5}～{i * 5 + 4}歳" if i < 18 else "90歳以上"
            rows.append([label, people, men, people - men, f"{people / total * 100:.1f}％"])
        rows.append(["合計", total, sum(int(str(r[2])) for r in rows), sum(int(str(r[3])) for r in rows), "100.0％"])
        rows += [["年少人口（0～14歳）計", young, sum(int(str(r[2])) for r in rows[:3]), sum(int(str(r[3])) for r in rows[:3]), f"{young / total * 100:.1f}％"],
                 ["生産年齢人口（15～64歳）計", middle, sum(int(str(r[2])) for r in rows[3:13]), sum(int(str(r[3])) for r in rows[3:13]), f"{middle / total * 100:.1f}％"],
                 ["老年人口（65歳以上）計", old, sum(int(str(r[2])) for r in rows[13:19]), sum(int(str(r[3])) for r in rows[13:19]), f"{old / total * 100:.1f}％"]]  # fmt: skip
        assert (
            sum(int(str(r[1])) for r in rows[:19]) == total == sum(int(str(r[2])) + int(str(r[3])) for r in rows[:19])
        )
        ws = book.create_sheet(f"令和{year}年4月1日")
        sheet(
            ws,
            f"年齢（5歳階級）別人口　令和{year}年4月1日現在",
            "（単位：人）",
            [("A3:A4", "年齢"), ("B3:D3", "人口"), ("B4", "総数"), ("C4", "男"), ("D4", "女"), ("E3:E4", "構成比")],
            5,
            rows,
            "資料：住民基本台帳（市民課）。外国人住民を含む。",
        )
    ws = book.create_sheet("地区別")
    people = {year: split(t[0], [24.1, 13.2, 17.6, 19.4, 14.9, 10.8]) for year, t in totals.items()}
    homes = {
        7: split(36_840, [25.6, 13.8, 17.1, 18.9, 14.2, 10.4]),
        8: split(37_020, [25.7, 13.8, 17.1, 18.9, 14.2, 10.3]),
    }
    area_rows: list[list[object]] = [
        [
            a,
            people[7][i],
            homes[7][i],
            people[8][i],
            homes[8][i],
            people[8][i] - people[7][i],
            homes[8][i] - homes[7][i],
        ]
        for i, a in enumerate(AREAS)
    ]
    area_rows.append(["合計", *[sum(int(str(r[c])) for r in area_rows) for c in range(1, 7)]])
    sheet(
        ws,
        "地区別の人口と世帯数（各年4月1日現在）",
        "（単位：人、世帯）",
        [
            ("A3:A4", "地区"),
            ("B3:C3", "令和7年"),
            ("D3:E3", "令和8年"),
            ("F3:G3", "増減"),
            *[(f"{c}4", t) for c, t in zip("BCDEFG", ["人口", "世帯数"] * 3, strict=True)],
        ],
        5,
        area_rows,
    )
    return save(book, "公開/計画/年齢別人口.xlsx")


THIS_YEAR = {"丘の上小学校", "松原小学校", "丘の上中学校", "北中学校"}


def shelters() -> str:
    """避難所一覧: the 32 places of the 地域防災計画, 11 with cooling, 18 with 90 manhole toilets."""
    with (HERE / "data" / "shelters.csv").open(encoding="utf-8", newline="") as source:
        places = list(csv.DictReader(source))
    assert len(places) == 32
    rows: list[list[object]] = []
    for i, place in enumerate(places):
        people = int(place["収容人数"])
        cool = {"有": "有", "無": "無"}[place["空調"]]
        cool = "令和8年度整備" if place["施設名"] in THIS_YEAR else cool
        first = "第1開設" if place["施設名"].endswith(("公民館", "体育館", "センター")) else ""
        toilets = 5 if i % 16 < 9 else 0
        rows.append(
            [
                int(place["番号"]),
                place["施設名"],
                f"風見市{place['所在地']}",
                f"0999-00-{3001 + i}",
                round(people * 3.5, 1),
                people,
                float(place["標高"]),
                place["洪水"],
                place["土砂"],
                place["津波"],
                cool,
                toilets,
                3,
                first,
            ]
        )
    assert [r[10] for r in rows].count("有") == 11 and [r[10] for r in rows].count("令和8年度整備") == 4
    assert sum(int(str(r[11])) for r in rows) == 90 and sum(1 for r in rows if r[11]) == 18
    assert sum(1 for r in rows if r[13]) == 8
    area, people = sum(float(str(r[4])) for r in rows), sum(int(str(r[5])) for r in rows)
    rows.append(["合計", "32か所", "", "", area, people, "", "", "", "", "有11か所", 90, 96, "8か所"])
    book = Workbook()
    ws = book.active
    ws.title = "指定避難所"
    merges = [
        ("A3:A5", "番号"),
        ("B3:B5", "施設名"),
        ("C3:D3", "連絡"),
        ("C4:C5", "所在地"),
        ("D4:D5", "電話"),
        ("E3:G3", "規模"),
        ("E4:E5", "居住面積（㎡）"),
    ]
    merges += [
        ("F4:F5", "収容人数（人）"),
        ("G4:G5", "標高（m）"),
        ("H3:J3", "災害の種別ごとの適否"),
        ("H4:I4", "風水害"),
        ("H5", "洪水"),
        ("I5", "土砂"),
        ("J4:J5", "津波"),
    ]
    merges += [
        ("K3:L3", "設備（令和8年5月）"),
        ("K4:K5", "空調"),
        ("L4:L5", "マンホールトイレ（基）"),
        ("M3:N3", "開設"),
        ("M4:M5", "担当職員（人）"),
        ("N4:N5", "第1開設避難所"),
    ]
    sheet(
        ws,
        "指定避難所一覧（令和8年5月修正）",
        "",
        merges,
        6,
        rows,
        "※ 収容人数は1人当たり3.5㎡で算定。電話は災害時の連絡用で公表しない。担当職員は1か所につき3人。",
    )
    return save(book, "危機管理部/防災課/避難所一覧.xlsx")


def overtime() -> str:
    """時間外勤務集計 of 令和7年度 by 部 and half-year."""
    staff = {
        "総務部": 68,
        "企画財政部": 64,
        "市民部": 92,
        "福祉部": 148,
        "都市建設部": 104,
        "危機管理部": 18,
        "教育委員会事務局": 112,
        "議会事務局": 12,
    }
    base = {
        "総務部": 15.2,
        "企画財政部": 18.6,
        "市民部": 13.4,
        "福祉部": 16.9,
        "都市建設部": 12.1,
        "危機管理部": 21.4,
        "教育委員会事務局": 11.8,
        "議会事務局": 9.7,
    }
    assert sum(staff.values()) == 618
    months = [4, 5, 6, 7, 8, 9, 10, 11, 12, 1, 2, 3]
    season = {
        4: 1.15,
        5: 0.92,
        6: 0.95,
        7: 1.08,
        8: 0.86,
        9: 0.98,
        10: 1.04,
        11: 0.97,
        12: 0.9,
        1: 0.95,
        2: 1.16,
        3: 1.28,
    }
    rows: list[list[object]] = []
    for name, people in staff.items():
        hours = [int(people * base[name] * season[m] * wobble(f"{name}{m}", 0.05) * 0.94) for m in months]
        over = [max(0, int(h / 620 * wobble(f"{name}o{i}", 0.5))) for i, h in enumerate(hours)]
        total = sum(hours)
        rows.append(
            [
                name,
                people,
                *hours[:6],
                sum(hours[:6]),
                *hours[6:],
                sum(hours[6:]),
                total,
                round(total / people / 12, 1),
                sum(over),
            ]
        )
    sums = [sum(int(str(r[c])) for r in rows) for c in range(1, 17)]
    rows.append(["合計", *sums, round(sums[15] / sums[0] / 12, 1), sum(int(str(r[18])) for r in rows)])
    book = Workbook()
    ws = book.active
    ws.title = "令和7年度"
    letters = [get_column_letter(c) for c in range(3, 17)]
    labels = [f"{m}月" for m in months[:6]] + ["小計"] + [f"{m}月" for m in months[6:]] + ["小計"]
    sheet(ws, "令和7年度　時間外勤務集計（部別・月別）", "（単位：時間）", [("A3:A5", "部"), ("B3:B5", "職員数（人）"), ("C3:P3", "時間外勤務時間数"), ("C4:I4", "上半期"), ("J4:P4", "下半期"),
        *[(f"{c}5", t) for c, t in zip(letters, labels, strict=True)], ("Q3:Q5", "年間合計"), ("R3:R5", "1人当たり\n月平均"), ("S3:S5", "月45時間超\n（延べ人数）")], 6, rows, "※ 管理職を除く。災害対応に従事した時間を含む。")  # fmt: skip
    return save(book, "総務部/人事課/時間外勤務集計.xlsx")


def consultations() -> str:
    """相談件数集計 of the four 地域包括支援センター and the division, two years."""
    places = [
        "東部地域包括支援センター",
        "西部地域包括支援センター",
        "南部地域包括支援センター",
        "丘の上地域包括支援センター",
        "高齢福祉課窓口",
    ]
    kinds = ["介護保険", "見守り・配食", "認知症", "権利擁護・虐待", "医療・退院", "その他"]
    book = Workbook()
    book.remove(book.active)
    for year, whole in ((7, 12_480), (8, 7_260)):
        rows: list[list[object]] = []
        for place, total in zip(places, split(whole, [27, 24, 22, 15, 12]), strict=True):
            parts = split(total, [38, 17, 16, 6, 13, 10])
            phone = [int(p * 0.58) for p in parts]
            cells: list[object] = [place]
            for a, p in zip(parts, phone, strict=True):
                cells += [p, a - p]
            rows.append([*cells, total])
        rows.append(["合計", *[sum(int(str(r[c])) for r in rows) for c in range(1, 14)]])
        assert rows[-1][-1] == whole
        ws = book.create_sheet(f"令和{year}年度" + ("（9月末）" if year == 8 else ""))
        merges = [("A3:A5", "窓口"), ("B3:M3", "相談の内容と方法"), ("N3:N5", "合計")]
        for i, kind in enumerate(kinds):
            a, b = get_column_letter(2 + 2 * i), get_column_letter(3 + 2 * i)
            merges += [(f"{a}4:{b}4", kind), (f"{a}5", "電話"), (f"{b}5", "来所・訪問")]
        sheet(
            ws,
            f"令和{year}年度　高齢者相談件数集計" + ("（4月から9月まで）" if year == 8 else ""),
            "（単位：件）",
            merges,
            6,
            rows,
            "※ 同じ人から同じ日に複数の相談があったときは、主な内容の1件とする。",
        )
    return save(book, "福祉部/高齢福祉課/相談件数集計.xlsx")


def build(ledgers: dict[int, Ledger]) -> list[str]:
    return [budget(ledgers[8], ledgers[7]), population(), shelters(), overtime(), consultations()]
