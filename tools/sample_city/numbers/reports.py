"""予算の概要 令和8年度 (two columns) and 財政状況の公表 (令和8年11月)."""

# ruff: noqa: E501 - full-width text counts twice; a table row stays one line

from books import DEBT_END_R6
from common import BUDGET, yen
from ledger import TOTALS, Ledger, wobble
from pdf import esc, page, table, write_pdf
from settlement import Settlement, fund_rows, percent
from supplement_data import SUPPLEMENTS
from supplements import State

NATURE = {
    "人件費": {1, 2, 3, 4}, "扶助費": {19}, "公債費": {22}, "物件費": {7, 8, 10, 11, 12, 13, 15, 17}, "補助費等": {18},
    "投資的経費": {14, 16}, "積立金": {24}, "貸付金": {20}, "繰出金": {27}, "予備費": {0},
}  # fmt: skip
FOCUS = [
    ("こどもが健やかに育つまち", [("子育て世代支援センター整備事業", "丘の上地区に令和8年10月に開設する。"), ("こども医療費助成事業", "高校生年代までの医療費を助成する。"),
                    ("放課後児童クラブ運営事業", "市内16か所の児童クラブを運営する。")]),
    ("安心して老いることのできるまち", [("配食サービス事業", "週5食までの配食を1年を通じて実施する。"), ("見守り機器貸与事業", "対象を65歳以上とし、機器を貸与する。")]),
    ("災害に強いまち", [("防災行政無線屋外拡声子局更新事業", "沿岸部の46局を2か年で高性能スピーカーに更新する。"), ("トイレトレーラー導入事業", "1台を導入し、相互支援の仕組みに参加する。"),
               ("小学校屋内運動場空調設備整備事業", "小学校2校に空調設備を整備する。"), ("中学校屋内運動場空調設備整備事業", "中学校2校に空調設備を整備する。")]),
    ("働きやすく、便利な市役所", [("生成AI利活用推進事業", "市が管理するサーバーで動く生成AIを4月から全庁で利用する。"), ("書かない窓口推進事業", "4課の窓口で10月から開始する。")]),
]  # fmt: skip


def overview(now: Ledger, past: Ledger) -> str:
    """令和8年度予算の概要."""
    projects = {p.name: p.amount for *_, p in now.projects()}
    assert projects["配食サービス事業"] + projects["見守り機器貸与事業"] == 138_600
    accounts: list[list[object]] = [["一般会計", TOTALS[8], TOTALS[7]], ["国民健康保険特別会計", 8_046_000, 7_839_400], ["後期高齢者医療特別会計", 1_486_300, 1_452_700], ["介護保険特別会計", 7_271_000, 7_128_600],
        ["水道事業会計", 2_684_500, 2_612_900], ["下水道事業会計", 3_127_400, 3_184_600]]  # fmt: skip
    for row in accounts:
        row.append(int(str(row[1])) - int(str(row[2])))
    accounts.append(["合計", *[sum(int(str(r[i])) for r in accounts) for i in (1, 2, 3)]])
    income: list[list[object]] = []
    for kan in now.income:
        if kan.amount >= 250_000:
            income.append([kan.name, kan.amount, percent(kan.amount, TOTALS[8])])
    rest = TOTALS[8] - sum(int(str(r[1])) for r in income)
    income += [["その他", rest, percent(rest, TOTALS[8])], ["合計", TOTALS[8], "100.0％"]]
    purpose: list[list[object]] = [
        [k.name, k.amount, past.get("out", k.name), k.amount - past.get("out", k.name)] for k in now.out
    ]
    purpose.append(["合計", TOTALS[8], TOTALS[7], TOTALS[8] - TOTALS[7]])
    nature: list[list[object]] = []
    for name, codes in NATURE.items():
        values = []
        for book in (now, past):
            values.append(
                sum(
                    a
                    for kan, _, _, p in book.projects()
                    for c, a in p.setsu.items()
                    if (18 if c == 22 and kan.name != "公債費" else c) in codes
                )
            )
        nature.append([name, values[0], values[1], values[0] - values[1]])
    nature.append(["合計", *[sum(int(str(r[i])) for r in nature) for i in (1, 2, 3)]])
    assert nature[-1][1:3] == [TOTALS[8], TOTALS[7]]
    focus = ""
    for no, (head, items) in enumerate(FOCUS, 1):
        rows: list[list[object]] = [[n, projects[n]] for n, _ in items]
        focus += f'<div class="keep"><h3>（{no}）{esc(head)}</h3>' + "".join(
            f"<p>{esc(n)}（{yen(projects[n])}千円）　{esc(t)}</p>" for n, t in items) + table([["事業名", "予算額（千円）"]], rows) + "</div>"  # fmt: skip
    tax, old_tax = now.get("in", "市税"), past.get("in", "市税")
    bond = now.get("in", "市債")
    body = (
        '<h1 class="bar">令和8年度　風見市予算の概要</h1><p class="right">令和8年2月　企画財政部財政課</p><div class="two">'
        "<h2>1　予算編成の基本方針</h2><p>令和8年度予算は、第6次総合計画の2年目として、計画に掲げた施策を着実に進めるとともに、市制施行60周年に向けた助走の年と位置付けて編成した。扶助費の増加が続く中、41事業の見直しにより1億9,400万円を縮減し、重点施策に財源を配分した。</p>"
        "<h2>2　予算の規模</h2><p>一般会計の総額は331億2,000万円で、前年度当初予算324億5,000万円に比べ6億7,000万円、2.1％の増となり、当初予算としては過去最大である。</p>"
        f'<p class="unit">（単位：千円）</p>{table([["会計", "令和8年度", "令和7年度", "増減"]], accounts, total=True)}'
        f"<h2>3　歳入の特徴</h2><p>市税は、個人市民税の増により{yen(tax - old_tax)}千円増の{yen(tax)}千円を見込んだ。市債は、防災行政無線の更新や子育て世代支援センターの整備により{yen(bond)}千円とした。財政調整基金からの繰入れは{yen(now.get('in', '繰入金', '基金繰入金', '財政調整基金繰入金'))}千円である。</p>"
        f'<p class="unit">（単位：千円）</p>{table([["款", "予算額", "構成比"]], income, total=True)}'
        f'<h2>4　歳出（目的別）</h2><p class="unit">（単位：千円）</p>{table([["款", "令和8年度", "令和7年度", "増減"]], purpose, total=True)}'
        "<p>民生費は、障がい福祉サービス給付費や児童手当などの扶助費の増と、子育て世代支援センターの整備により増加した。歳出全体の4割以上を民生費が占める。</p>"
        f'<h2>5　歳出（性質別）</h2><p class="unit">（単位：千円）</p>{table([["区分", "令和8年度", "令和7年度", "増減"]], nature, total=True)}'
        f"<h2>6　重点施策</h2>{focus}"
        "<p>昨年10月に拡充した配食サービスと見守り機器の貸与には、合わせて138,600千円を計上した。</p>"
        "<h2>7　用語の説明</h2><p>「扶助費」とは、児童手当、障がい福祉サービス給付費、生活保護費など、法令等に基づき住民の福祉のために支出する経費をいう。「投資的経費」とは、道路、学校などの建設や改修に要する経費をいう。「繰出金」とは、一般会計から特別会計に支出する経費をいう。</p>"
        "<h2>8　お問合せ</h2><p>企画財政部財政課財政係　電話0999-00-1310　zaisei@city.kazami.example</p></div>"
    )
    css = (
        "body{font-size:9.3pt;line-height:1.6}.two{columns:2;column-gap:9mm;column-rule:.4pt solid #999}h1.bar{font:17pt IPAexGothic;border-bottom:2.5pt solid #1f4e79;"
        "padding-bottom:2mm}h2{font-size:11pt;border-left:4pt solid #1f4e79;padding-left:2mm;margin-top:4mm}table{font-size:8pt;margin-bottom:2mm}th,td{padding:.6mm 1mm}.keep{break-inside:avoid}"
    )
    path = f"{BUDGET}/令和8年度予算の概要.pdf"
    write_pdf(path, page("令和8年度風見市予算の概要", body, css=css))
    return path


def execution(state: State, side: str) -> tuple[list[list[object]], int]:
    """Return 款, budget, done by 30 September, and the rate."""
    kans = state.ledger.out if side == "out" else state.ledger.income
    done_rates = {
        "国庫支出金": 0.34,
        "県支出金": 0.21,
        "市債": 0,
        "繰入金": 0,
        "地方交付税": 0.68,
        "市税": 0.563,
        "寄附金": 0.29,
        "予備費": 0,
        "土木費": 0.247,
        "教育費": 0.391,
        "公債費": 0.484,
        "消防費": 0.448,
        "災害復旧費": 0.05,
    }
    rows: list[list[object]] = []
    for kan in kans:
        budget = state.level(side, kan.name)
        done = int(budget * done_rates.get(kan.name, 0.432) * wobble(kan.name, 0.02))
        rows.append([kan.name, budget, done, percent(done, budget)])
    total, all_done = state.total, sum(int(str(r[2])) for r in rows)
    rows.append(["合計", total, all_done, percent(all_done, total)])
    return rows, all_done


def status(states: dict[int, State], seven: Settlement) -> str:
    """財政状況の公表 of the half year to the end of September 令和8年."""
    now, past = states[8], states[7]
    income, got = execution(now, "in")
    out, paid = execution(now, "out")
    supplements: list[list[object]] = []
    total = TOTALS[7]
    supplements.append(["当初予算", "令和7年3月定例会", total, total])
    reasons = {
        1: "物価高騰対策、情報システム標準化等",
        2: "豪雨災害の復旧、路面下空洞対策",
        3: "児童手当、高齢者福祉、障がい福祉等（民生費）",
        4: "事業費の確定、財政調整基金への積立て",
    }
    for s in SUPPLEMENTS:
        if s.year == 7:
            total += s.total
            supplements.append([f"補正予算（第{s.no}号）　{reasons[s.no]}", s.meeting, s.total, total])
    assert total == past.total
    funds = fund_rows(seven)
    bonds = seven.sums("in", "市債")[2] // 1000
    repaid = seven.out[("公債費", "公債費", "元金")][1] // 1000
    debt = DEBT_END_R6 + bonds - repaid
    people = 82_400
    plus, minus = got - paid, 0
    kan_rows: list[list[object]] = []
    for kan in past.ledger.out:
        change = [sum(c.amount for c in s.changes if c.place[0] == kan.name) for s in SUPPLEMENTS if s.year == 7]
        if any(change):
            kan_rows.append([kan.name, kan.amount, *change, kan.amount + sum(change)])
    body = (
        '<h1>風見市財政状況の公表</h1><p class="center">（令和8年度上半期　令和8年9月30日現在）</p><p class="right">令和8年11月2日　風見市長　風間　誠一</p>'
        "<p>地方自治法第243条の3第1項及び風見市財政状況の公表に関する条例第2条の規定により、令和8年度上半期の財政状況を公表する。</p>"
        f"<h2>1　一般会計の執行状況</h2><p>予算現額は{yen(now.total)}千円である。9月30日現在の収入済額は{yen(got)}千円、支出済額は{yen(paid)}千円であり、差引きは{yen(plus)}千円である。</p>"
        f'<h3>（1）歳入</h3><p class="unit">（単位：千円）</p>{table([["款", "予算現額", "収入済額", "収入率"]], income, total=True)}'
        f'</section><section><h3>（2）歳出</h3><p class="unit">（単位：千円）</p>{table([["款", "予算現額", "支出済額", "執行率"]], out, total=True)}</section>'
        f'<section><h2>2　令和7年度予算の補正の経過</h2><p class="unit">（単位：千円）</p>{table([["区分", "議決", "予算額・補正額", "補正後の額"]], supplements)}'
        "<p>民生費の補正は第3号によるもののみで、384,600千円の増額である。</p>"
        f'<h3>款別の補正額</h3><p class="unit">（単位：千円）</p>{table([["款", "当初予算額", "第1号", "第2号", "第3号", "第4号", "最終予算額"]], kan_rows)}'
        "<h2>3　令和7年度決算の概要</h2>"
        f"<p>歳入総額は{yen(seven.sums('in')[2])}円、歳出総額は{yen(seven.sums('out')[1])}円、実質収支は{yen(seven.real)}円の黒字であった。</p></section>"
        f'<section><h2>4　基金の現在高（令和8年3月31日現在）</h2><p class="unit">（単位：円）</p>{table([["基金の名称", "前年度末現在高", "積立額", "取崩し額", "現在高"]], funds, total=True)}'
        f"<h2>5　市債の現在高（令和8年3月31日現在）</h2><p>令和7年度中に{yen(bonds)}千円を借り入れ、{yen(repaid)}千円の元金を償還した。年度末の現在高は{yen(debt)}千円で、市民1人当たりでは{debt // people}千円である（人口{yen(people)}人、令和8年4月1日現在）。</p>"
        f'<p class="unit">（単位：千円）</p>{table([["区分", "前年度末現在高", "借入額", "元金償還額", "年度末現在高"]], [["一般会計市債", DEBT_END_R6, bonds, repaid, debt]])}'
        f"<h2>6　一時借入金の現在高</h2><p>9月30日現在の一時借入金の現在高は{minus}円である。</p>"
        "<h2>7　市民の負担の状況</h2>"
        f"<p>令和8年度当初予算の市税{yen(now.ledger.get('in', '市税'))}千円を人口で割ると、市民1人当たりの負担は{now.ledger.get('in', '市税') * 1000 // people:,}円である。一般会計の歳出予算額は、市民1人当たり{TOTALS[8] * 1000 // people:,}円である。</p></section>"
    )
    path = f"{BUDGET}/財政状況の公表（令和8年度上半期）.pdf"
    write_pdf(path, page("風見市財政状況の公表（令和8年度上半期）", f"<section style='break-before:auto'>{body}"))
    return path
