"""一般会計予算書: articles, tables 1 to 3, 事項別明細書, 給与費明細書 and the statements of debt."""

# ruff: noqa: E501 - full-width text counts twice; a table row stays one line

from common import BUDGET, split, yen
from ledger import SETSU, TOTALS, YEARS, Kan, Kou, Ledger, Moku
from pdf import esc, page, table, write_pdf

BOND_METHOD = [
    "証書借入又は証券発行",
    "5.0％以内",
    "借入先の融資条件による。ただし、市財政の都合により繰上償還し、又は低利に借り換えることができる。",
]
PURPOSES = {
    "民生費": "児童福祉施設整備事業", "農林水産業費": "農林水産施設整備事業", "土木費": "道路・河川・公園・住宅整備事業", "消防費": "消防・防災施設整備事業",
    "教育費": "学校教育施設整備事業", "災害復旧費": "災害復旧事業",
}  # fmt: skip
COMMITMENTS = {
    7: [("「広報かざみ」印刷製本業務", "令和7年度から令和9年度まで", 96_000), ("学習者用端末賃貸借", "令和7年度から令和12年度まで", 684_000),
        ("図書館システム賃貸借", "令和7年度から令和12年度まで", 72_400), ("コミュニティバス「かざまる」運行業務", "令和7年度から令和9年度まで", 284_200),
        ("総合福祉センター「なぎさ館」指定管理料", "令和7年度から令和11年度まで", 491_000)],
    8: [("本庁舎清掃・設備管理業務", "令和8年度から令和10年度まで", 218_700), ("学校給食調理等業務", "令和8年度から令和10年度まで", 468_300),
        ("ごみ収集運搬業務", "令和8年度から令和12年度まで", 1_974_000), ("防災行政無線屋外拡声子局更新工事", "令和8年度から令和9年度まで", 174_000),
        ("生成AI利用基盤賃貸借", "令和8年度から令和10年度まで", 38_400)],
}  # fmt: skip
DEBT_SHARES = [
    ("総務債", 4),
    ("民生債", 5),
    ("衛生債", 7),
    ("農林水産業債", 4),
    ("商工債", 2),
    ("土木債", 31),
    ("消防債", 6),
    ("教育債", 18),
    ("災害復旧債", 1),
    ("臨時財政対策債", 22),
]
DEBT_END_R6 = 26_134_800


def cover(title: str, sub: str = "") -> str:
    return f'<section class="cover"><h1>{title}</h1><p class="sub">{esc(sub)}</p><p class="city">風見市</p></section>'


def first_table(kans: list[Kan], heading: str) -> str:
    """第1表: 款 and 項 with amounts."""
    rows: list[list[object]] = []
    for kan in kans:
        rows.append([f"{kan.no} {kan.name}", "", kan.amount])
        rows += [["", f"{kou.no} {kou.name}", kou.amount] for kou in kan.kous]
    label = "歳入合計" if heading == "歳入" else "歳出合計"
    rows.append([label, "", sum(k.amount for k in kans)])
    return f'<h2>{heading}</h2><p class="unit">（単位：千円）</p>' + table([["款", "項", "金額"]], rows, total=True)


def summary_out(ledger: Ledger, before: Ledger) -> str:
    rows: list[list[object]] = []
    sums = [0] * 7
    for kan in ledger.out:
        funds = [sum(m.funds()[i] for m in kan.mokus()) for i in range(4)]
        old = before.get("out", kan.name)
        values = [kan.amount, old, kan.amount - old, *funds]
        sums = [a + b for a, b in zip(sums, values, strict=True)]
        rows.append([f"{kan.no} {kan.name}", *values])
    rows.append(["歳出合計", *sums])
    assert sums[0] == TOTALS[ledger.year]
    head = [[("款", 1, 3), ("本年度予算額", 1, 3), ("前年度予算額", 1, 3), ("比較", 1, 3), ("本年度予算額の財源内訳", 4, 1)],
            [("特定財源", 3, 1), ("一般財源", 1, 2)], ["国県支出金", "地方債", "その他"]]  # fmt: skip
    return '<h2>（歳出）</h2><p class="unit">（単位：千円）</p>' + table(head, rows, total=True)


def summary_in(ledger: Ledger, before: Ledger) -> str:
    rows: list[list[object]] = [
        [f"{k.no} {k.name}", k.amount, before.get("in", k.name), k.amount - before.get("in", k.name)]
        for k in ledger.income
    ]
    total, old = TOTALS[ledger.year], TOTALS[before.year]
    rows.append(["歳入合計", total, old, total - old])
    return '<h2>（歳入）</h2><p class="unit">（単位：千円）</p>' + table(
        [["款", "本年度予算額", "前年度予算額", "比較"]], rows, total=True
    )


def place(kan: Kan, kou: Kou, side: str, wide: int) -> str:
    return (
        f'<tr><th class="place" colspan="{wide - 2}">（{side}）　{kan.no}款　{esc(kan.name)}　　{kou.no}項　{esc(kou.name)}</th>'
        '<th class="unit" colspan="2">単位：千円</th></tr>'
    )


def number(value: int, attributes: str = "") -> str:
    return f'<td class="n"{attributes}>{yen(value)}</td>'


def inner(value: int | str) -> str:
    return f'<td class="in n">{yen(value)}</td>' if isinstance(value, int) else f'<td class="in">{esc(value)}</td>'


def moku_out(moku: Moku, old: int) -> str:
    setsu = list(moku.setsu().items())
    lines = max(len(setsu), len(moku.projects))
    out = ["<tbody>"]
    for i in range(lines):
        marks = ("first " if i == 0 else "") + ("last" if i == lines - 1 else "")
        out.append(f'<tr class="{marks}">')
        if i == 0:
            span = f' rowspan="{lines}"'
            out.append(f"<td{span}>{moku.no} {esc(moku.name)}</td>")
            out += [number(v, span) for v in (moku.amount, old, moku.amount - old, *moku.funds())]
        code, amount = setsu[i] if i < len(setsu) else (None, None)
        out.append(inner(f"{code} {SETSU[code]}" if code else "") + inner(amount if amount is not None else ""))
        project = moku.projects[i] if i < len(moku.projects) else None
        out.append(inner(f"（{i + 1}）{project.name}" if project else "") + inner(project.amount if project else ""))
        out.append("</tr>")
    return "".join(out) + "</tbody>"


def kou_out(kan: Kan, kou: Kou, before: Ledger) -> str:
    columns = '<col style="width:9.5%">' + '<col style="width:7%">' * 3 + '<col style="width:6.6%">' * 4 + (
        '<col style="width:11%"><col style="width:6.6%"><col style="width:19%"><col style="width:6.5%">')  # fmt: skip
    head = place(kan, kou, "歳出", 12) + (
        '<tr><th rowspan="3">目</th><th rowspan="3">本年度<br>予算額</th><th rowspan="3">前年度<br>予算額</th><th rowspan="3">比較</th>'
        '<th colspan="4">本年度予算額の財源内訳</th><th colspan="2" rowspan="2">節</th><th colspan="2" rowspan="2">説明</th></tr>'
        '<tr><th colspan="3">特定財源</th><th rowspan="2">一般財源</th></tr>'
        "<tr><th>国県支出金</th><th>地方債</th><th>その他</th><th>区分</th><th>金額</th><th>事業名</th><th>事業費</th></tr>"
    )
    body = [moku_out(m, before.get("out", kan.name, kou.name, m.name)) for m in kou.mokus]
    old = before.get("out", kan.name, kou.name)
    funds = [sum(m.funds()[i] for m in kou.mokus) for i in range(4)]
    total = "".join(number(v) for v in (kou.amount, old, kou.amount - old, *funds))
    foot = f'<tbody><tr class="sum"><td class="c">計</td>{total}<td></td><td></td><td></td><td></td></tr></tbody>'
    return f'<table class="detail"><colgroup>{columns}</colgroup><thead>{head}</thead>{"".join(body)}{foot}</table>'


def kou_in(kan: Kan, kou: Kou, before: Ledger) -> str:
    columns = (
        '<col style="width:20%">' + '<col style="width:11%">' * 3 + '<col style="width:35%"><col style="width:12%">'
    )
    head = place(kan, kou, "歳入", 6) + (
        '<tr><th rowspan="2">目</th><th rowspan="2">本年度予算額</th><th rowspan="2">前年度予算額</th><th rowspan="2">比較</th>'
        '<th colspan="2">節</th></tr><tr><th>区分</th><th>金額</th></tr>'
    )
    body = []
    for moku in kou.mokus:
        old = before.get("in", kan.name, kou.name, moku.name)
        rows = []
        for i, (name, amount) in enumerate(moku.lines):
            marks = ("first " if i == 0 else "") + ("last" if i == len(moku.lines) - 1 else "")
            span = f' rowspan="{len(moku.lines)}"'
            left = ""
            if i == 0:
                left = f"<td{span}>{moku.no} {esc(moku.name)}</td>" + "".join(
                    number(v, span) for v in (moku.amount, old, moku.amount - old)
                )
            rows.append(f'<tr class="{marks}">{left}{inner(f"{i + 1} {name}")}{inner(amount)}</tr>')
        body.append(f"<tbody>{''.join(rows)}</tbody>")
    old = before.get("in", kan.name, kou.name)
    total = "".join(number(v) for v in (kou.amount, old, kou.amount - old))
    foot = f'<tbody><tr class="sum"><td class="c">計</td>{total}<td></td><td></td></tr></tbody>'
    return f'<table class="detail"><colgroup>{columns}</colgroup><thead>{head}</thead>{"".join(body)}{foot}</table>'


def staff_cost(ledger: Ledger) -> dict[str, int]:
    """Return 給料, 職員手当等 and 共済費 of the regular staff (人件費 projects less the three heads)."""
    found = {2: 0, 3: 0, 4: 0}
    for *_, project in ledger.projects():
        if "人件費" in project.name:
            for code in found:
                found[code] += project.setsu.get(code, 0)
    return {"給料": found[2] - 30_600, "手当": found[3] - 12_900, "共済": found[4] - 7_800}


def salaries(ledger: Ledger, before: Ledger) -> str:
    councillors = next(p for *_, p in ledger.projects() if p.name == "議員報酬等")
    pay, allowance, mutual = (councillors.setsu[c] for c in (1, 3, 4))
    special: list[list[object]] = [
        ["長等（市長・副市長・教育長）", 3, 0, 30_600, 12_900, 43_500, 7_800, 51_300],
        ["議員", 22, pay, 0, allowance, pay + allowance, mutual, pay + allowance + mutual],
    ]
    special.append(["計", *[sum(int(str(r[i])) for r in special) for i in range(1, 8)]])
    heads = {6: 614, 7: 618, 8: 623}
    rows: list[list[object]] = []
    for label, book in (("本年度", ledger), ("前年度", before)):
        cost = staff_cost(book)
        both = cost["給料"] + cost["手当"]
        rows.append([label, heads[book.year], cost["給料"], cost["手当"], both, cost["共済"], both + cost["共済"]])
    rows.append(["比較", *[int(str(rows[0][i])) - int(str(rows[1][i])) for i in range(1, 7)]])
    kinds = [
        "扶養手当",
        "地域手当",
        "住居手当",
        "通勤手当",
        "時間外勤務手当",
        "管理職手当",
        "期末手当",
        "勤勉手当",
        "退職手当",
    ]
    total = staff_cost(ledger)["手当"]
    parts = split(total, [3, 4, 2.5, 3, 9, 4.5, 33, 27, 14])
    kinds_rows: list[list[object]] = [[k, p] for k, p in zip(kinds, parts, strict=True)] + [["計", total]]
    return (
        '<section><h1>給与費明細書</h1><h2>1 特別職</h2><p class="unit">（単位：人、千円）</p>'
        + table([["区分", "人数", "報酬", "給料", "期末手当等", "計", "共済費", "合計"]], special, total=True)
        + '<h2>2 一般職</h2><h3>（1）総括</h3><p class="unit">（単位：人、千円）</p>'
        + table([["区分", "職員数", "給料", "職員手当等", "計", "共済費", "合計"]], rows)
        + '<h3>（2）職員手当等の内訳</h3><p class="unit">（単位：千円）</p>'
        + table([["手当の種類", "本年度予算額"]], kinds_rows, total=True)
        + "</section>"
    )


def debt_rows(opening: int, issued: dict[str, int], repaid: int) -> list[list[object]]:
    """Return the 地方債 statement: opening, issued, repaid and closing by kind, with totals."""
    weights = [w for _, w in DEBT_SHARES]
    start, back = split(opening, weights), split(repaid, weights)
    rows: list[list[object]] = []
    for (name, _), a, b in zip(DEBT_SHARES, start, back, strict=True):
        new = issued.get(name, 0)
        rows.append([name, a, new, b, a + new - b])
    rows.append(["合計", *[sum(int(str(r[i])) for r in rows) for i in range(1, 5)]])
    assert rows[-1][1:4] == [opening, sum(issued.values()), repaid]
    return rows


def build(ledger: Ledger, before: Ledger, opening: int) -> str:
    """Write the budget book of a year; `opening` is the debt at the end of the year before. Returns the path."""
    name = YEARS[ledger.year]
    title = f"{name}風見市一般会計予算書"
    bonds = next(k for k in ledger.income if k.name == "市債").mokus()
    total = yen(TOTALS[ledger.year])
    bond_rows: list[list[object]] = []
    for kan in ledger.out:
        amount = sum(m.funds()[1] for m in kan.mokus())
        if amount:
            bond_rows.append([PURPOSES[kan.name], amount, *BOND_METHOD])
    bond_rows.append(["計", sum(int(str(r[1])) for r in bond_rows), "", "", ""])
    paren = [("歳入歳出予算", f"歳入歳出予算の総額は、歳入歳出それぞれ{total}千円と定める。"),
             ("債務負担行為", "地方自治法（昭和22年法律第67号。以下「法」という。）第214条の規定により債務を負担する行為をすることができる事項、期間及び限度額は、「第2表　債務負担行為」による。"),
             ("地方債", "法第230条第1項の規定により起こすことができる地方債の起債の目的、限度額、起債の方法、利率及び償還の方法は、「第3表　地方債」による。"),
             ("一時借入金", "法第235条の3第2項の規定による一時借入金の借入れの最高額は、2,500,000千円と定める。"),
             ("歳出予算の流用", "法第220条第2項ただし書の規定により歳出予算の各項の経費の金額を流用することができる場合は、各項に計上した給料、職員手当等及び共済費（会計年度任用職員に係るものを除く。）に係る予算額に過不足を生じた場合における同一款内でのこれらの経費の各項の間の流用と定める。")]  # fmt: skip
    articles = "".join(
        f'<p class="paren">（{head}）</p><p class="article">第{i}条　{text}</p>'
        + (
            '<p class="article">２　歳入歳出予算の款項の区分及び当該区分ごとの金額は、「第1表　歳入歳出予算」による。</p>'
            if i == 1
            else ""
        )
        for i, (head, text) in enumerate(paren, 1)
    )
    contents = ["予算", "第1表　歳入歳出予算", "第2表　債務負担行為", "第3表　地方債", "歳入歳出予算事項別明細書　1　総括",
                "歳入歳出予算事項別明細書　2　歳入", "歳入歳出予算事項別明細書　3　歳出", "給与費明細書",
                "債務負担行為に関する調書", "地方債に関する調書"]  # fmt: skip
    commitments: list[list[object]] = [list(row) for row in COMMITMENTS[ledger.year]]
    issued = {m.name: m.amount for m in bonds}
    repaid = ledger.get("out", "公債費", "公債費", "元金")
    year_no = ledger.year
    body = cover(f"{name}<br>風見市一般会計予算書", "及び予算に関する説明書")
    body += (
        "<section><h1>目　次</h1>"
        + "".join(f'<p class="flush">{i}　{c}</p>' for i, c in enumerate(contents, 1))
        + "</section>"
    )
    body += (
        f"<section><h1>{name}風見市一般会計予算</h1><p>{name}風見市の一般会計の予算は、次に定めるところによる。</p>{articles}"
        f'<p class="right" style="margin-top:12mm">令和{year_no}年3月{3 if year_no == 8 else 4}日提出</p>'
        '<p class="right">風見市長　風間　誠一</p></section>'
    )
    body += "<section><h1>第1表　歳入歳出予算</h1>" + first_table(ledger.income, "歳入") + "</section>"
    body += "<section>" + first_table(ledger.out, "歳出") + "</section>"
    body += '<section><h1>第2表　債務負担行為</h1><p class="unit">（単位：千円）</p>' + table(
        [["事項", "期間", "限度額"]], commitments
    )
    body += '<h1 style="margin-top:14mm">第3表　地方債</h1><p class="unit">（単位：千円）</p>' + table(
        [["起債の目的", "限度額", "起債の方法", "利率", "償還の方法"]], bond_rows, total=True) + "</section>"  # fmt: skip
    body += f"<section><h1>歳入歳出予算事項別明細書</h1><h2>1　総括</h2>{summary_in(ledger, before)}</section>"
    body += f'<section class="wide">{summary_out(ledger, before)}</section>'
    body += (
        '<section class="wide"><h2>2　歳入</h2>'
        + "".join(kou_in(n, k, before) for n in ledger.income for k in n.kous)
        + "</section>"
    )
    body += (
        '<section class="wide"><h2>3　歳出</h2>'
        + "".join(kou_out(n, k, before) for n in ledger.out for k in n.kous)
        + "</section>"
    )
    body += salaries(ledger, before)
    spent = [[item, period, limit, *split(limit, [1, 3])] for item, period, limit in COMMITMENTS[ledger.year]]
    body += '<section><h1>債務負担行為に関する調書</h1><p class="unit">（単位：千円）</p>' + table(
        [["事項", "期間", "限度額", "当該年度支出予定額", "翌年度以降支出予定額"]], [list(r) for r in spent])  # fmt: skip
    body += '<h1 style="margin-top:14mm">地方債に関する調書</h1><p class="unit">（単位：千円）</p>' + table(
        [["区分", "前年度末現在高見込額", "当該年度中起債見込額", "当該年度中元金償還見込額", "当該年度末現在高見込額"]],
        debt_rows(opening, issued, repaid), total=True) + "</section>"  # fmt: skip
    path = f"{BUDGET}/{name}一般会計予算書.pdf"
    write_pdf(path, page(title, body))
    return path
