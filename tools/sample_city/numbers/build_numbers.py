"""Build the numbers half of the sample city. Run: python build_numbers.py (needs Chromium and the IPAex fonts)."""

# ruff: noqa: E501 - full-width text counts twice; a table row stays one line

import books
import knowledge
import ledger
import lists
import organisation
import questions_data
import reports
import scan
import settlement
import special
import supplements
from common import CITY, FILES, write_csv
from pdf import page_texts, radicals_in

import sheets

# path suffix: classification, valid_from, department, fiscal_year
OTHERS = {
    "公開/計画/年齢別人口.xlsx": ("1", "2026-04-01", "市民部/市民課", ""),
    "企画財政部/財政課/令和8年度 事業別予算一覧（福祉）.xlsx": ("3C", "2026-04-01", "企画財政部/財政課", "令和8年度"),
    "危機管理部/防災課/避難所一覧.xlsx": ("2", "2026-05-01", "危機管理部/防災課", "令和8年度"),
    "総務部/人事課/時間外勤務集計.xlsx": ("3B", "2026-04-30", "総務部/人事課", "令和7年度"),
    "福祉部/高齢福祉課/相談件数集計.xlsx": ("3C", "2026-10-10", "福祉部/高齢福祉課", "令和8年度"),
    lists.WASTE: ("1", "2026-04-01", "市民部/環境課", "令和8年度"),
    lists.CALENDAR: ("1", "2026-04-01", "市民部/環境課", "令和8年度"),
    lists.PLACES: ("1", "2026-10-01", "総務部/総務課", "令和8年度"),
    scan.PATH: ("1", "2026-11-16", "教育委員会事務局/生涯学習課", "令和8年度"),
}
DATES = {
    "令和7年度一般会計予算書": "2025-04-01", "令和8年度一般会計予算書": "2026-04-01", "令和7年度一般会計補正予算書（第1号）": "2025-06-20",
    "令和7年度一般会計補正予算書（第2号）": "2025-08-04", "令和7年度一般会計補正予算書（第3号）": "2025-09-18", "令和7年度一般会計補正予算書（第4号）": "2026-03-19",
    "令和8年度一般会計補正予算書（第1号）": "2026-06-19", "令和6年度決算書・主要施策の成果説明書": "2025-09-02", "令和7年度一般会計歳入歳出決算書": "2026-09-01",
    "令和7年度決算審査意見書": "2026-08-21", "令和8年度予算の概要": "2026-02-24", "令和8年度国民健康保険特別会計予算書": "2026-04-01",
    "令和8年度介護保険特別会計予算書": "2026-04-01", "財政状況の公表（令和8年度上半期）": "2026-11-02",
}  # fmt: skip


def manifest(paths: list[str]) -> None:
    """Write manifest_numbers.csv; every file must be described."""
    rows = []
    for path in sorted(paths):
        folder, _, name = path.rpartition("/")
        title = name.rsplit(".", 1)[0]
        if path in OTHERS:
            classification, start, department, year = OTHERS[path]
        else:
            classification, start, department, year = "1", DATES[title], "企画財政部/財政課", "令和8年度"
            if title[:5] in {"令和6年度", "令和7年度"}:
                year = title[:5]
        rows.append([path, title, folder, classification, start, "", department, year])
    header = ["path", "title", "folder", "classification", "valid_from", "valid_to", "department", "fiscal_year"]
    write_csv(CITY / "manifest_numbers.csv", header, rows)


def radicals(paths: list[str]) -> None:
    """Stop where a text layer holds CJK radicals instead of kanji, or a page has no text."""
    for path in paths:
        if path.endswith(".pdf") and path != scan.PATH:
            assert all(page_texts(FILES / path)), path
            assert not radicals_in(FILES / path), path


def main() -> None:
    organisation.build()
    ledgers = {year: ledger.load(year) for year in (6, 7, 8)}
    paths = []
    later = sum(c.bond for s in supplements.SUPPLEMENTS if s.year == 7 for c in s.changes)
    opening8 = (
        books.DEBT_END_R6 + ledgers[7].get("in", "市債") + later - ledgers[7].get("out", "公債費", "公債費", "元金")
    )
    paths.append(books.build(ledgers[7], ledgers[6], books.DEBT_END_R6))
    paths.append(books.build(ledgers[8], ledgers[7], opening8))
    more, states = supplements.build(ledgers)
    paths += more
    more, six, seven = settlement.build(ledgers, states[7].out, states[7].income)
    paths += more
    paths += [reports.overview(ledgers[8], ledgers[7]), reports.status(states, seven)]
    paths += special.build()
    paths += sheets.build(ledgers)
    paths += lists.build()
    paths.append(scan.build())
    manifest(paths)
    radicals(paths)
    debt = books.DEBT_END_R6 + seven.sums("in", "市債")[2] // 1000 - seven.out[("公債費", "公債費", "元金")][1] // 1000
    knowledge.faq({"DEBT": f"{debt:,}", "DEBTPER": str(debt // 82_400)})
    knowledge.tour()
    knowledge.questions(questions_data.items(ledgers, states, six, seven))
    size = sum((FILES / p).stat().st_size for p in paths)
    pages = sum(len(page_texts(FILES / p)) for p in paths if p.endswith(".pdf"))
    print(f"{len(paths)} files, {pages} PDF pages, {size / 1e6:.2f} MB")


if __name__ == "__main__":
    main()
