"""決算書 of 令和6年度 and 令和7年度 (in 円), the 成果説明書 and the 決算審査意見書."""

# ruff: noqa: E501 - full-width text counts twice; a table row stays one line

from dataclasses import dataclass

from books import cover
from common import BUDGET, yen
from ledger import YEARS, Ledger, wobble
from pdf import esc, page, table, write_pdf
from supplement_data import SUPPLEMENTS

Key = tuple[str, str, str]
HEAD_OUT = ["予算現額", "支出済額", "翌年度繰越額", "不用額"]
HEAD_IN = ["予算現額", "調定額", "収入済額", "不納欠損額", "収入未済額"]

# 令和6年度の補正（千円）
EXTRA_R6_OUT: dict[Key, int] = {
    ("民生費", "社会福祉費", "社会福祉総務費"): 286_400, ("総務費", "総務管理費", "財産管理費"): 310_000,
    ("土木費", "道路橋りょう費", "道路維持費"): 62_000, ("商工費", "商工費", "商工業振興費"): 48_000,
    ("教育費", "保健体育費", "学校給食費"): 24_600,
}  # fmt: skip
EXTRA_R6_IN: dict[Key, int] = {
    ("国庫支出金", "国庫補助金", "民生費国庫補助金"): 334_400, ("地方交付税", "地方交付税", "地方交付税"): 196_600,
    ("繰越金", "繰越金", "繰越金"): 200_000,
}  # fmt: skip
ROAD, STREET = ("土木費", "道路橋りょう費", "道路新設改良費"), ("土木費", "都市計画費", "街路事業費")
# 繰越明許費（千円）: by the year that hands over
CARRY_OUT: dict[int, dict[Key, int]] = {
    6: {ROAD: 128_400, STREET: 41_700, ("教育費", "小学校費", "学校建設費"): 44_700},
    7: {ROAD: 96_200, STREET: 52_400, ("総務費", "総務管理費", "情報管理費"): 31_200},
}
STATE, BOND, OWN = (
    ("国庫支出金", "国庫補助金", "土木費国庫補助金"),
    ("市債", "市債", "土木債"),
    ("繰越金", "繰越金", "繰越金"),
)
CARRY_IN: dict[int, dict[Key, int]] = {
    6: {STATE: 96_300, BOND: 71_900, OWN: 46_600},
    7: {STATE: 84_600, BOND: 46_800, OWN: 48_400},
}
SURPLUS = {6: 812_347_516, 7: 764_218_903}
RESERVE_KEY = ("繰入金", "基金繰入金", "財政調整基金繰入金")
FUNDS_R6 = {
    "財政調整基金": 4_286_400_000,
    "減債基金": 742_600_000,
    "公共施設整備基金": 1_918_300_000,
    "地域福祉基金": 386_200_000,
    "ふるさと風見応援基金": 274_900_000,
}


@dataclass
class Settlement:
    year: int
    initial_out: dict[Key, int]
    extra_out: dict[Key, int]
    brought: dict[Key, int]
    out: dict[Key, list[int]]
    income: dict[Key, list[int]]
    ledger: Ledger

    def sums(self, side: str, *path: str) -> list[int]:
        rows = [v for k, v in (self.out if side == "out" else self.income).items() if k[: len(path)] == path]
        return [sum(column) for column in zip(*rows, strict=True)]

    @property
    def formal(self) -> int:
        return self.sums("in")[2] - self.sums("out")[1]

    @property
    def handed(self) -> int:
        return CARRY_IN[self.year][OWN] * 1000

    @property
    def real(self) -> int:
        return self.formal - self.handed


def rate(key: Key) -> float:
    base = {"公債費": 1, "予備費": 0, "災害復旧費": 0.88, "民生費": 0.978, "土木費": 0.952}.get(key[0], 0.966)
    return base if base in (0, 1) else min(0.998, base * wobble("/".join(key), 0.016))


def settle(
    ledger: Ledger, out: dict[Key, int], income: dict[Key, int], initial: dict[Key, int], carried: int | None
) -> Settlement:
    """Make the figures of a year from its final budget (千円), in 円; the 財政調整基金繰入金 closes the account."""
    year = ledger.year
    brought = CARRY_OUT.get(year - 1, {})
    rows_out: dict[Key, list[int]] = {}
    for key, amount in out.items():
        now, later = (amount + brought.get(key, 0)) * 1000, CARRY_OUT[year].get(key, 0) * 1000
        paid = int((now - later) * rate(key))
        rows_out[key] = [now, paid, later, now - paid - later]
    rows_in: dict[Key, list[int]] = {}
    for key, amount in income.items():
        now = (amount + CARRY_IN.get(year - 1, {}).get(key, 0)) * 1000
        due = now - (CARRY_IN[year].get(key, 0) * 1000 if key != OWN else 0)
        text = "/".join(key) + str(year)
        lost = left = 0
        if key[0] == "市税":
            got = int(now * (1.012 + 0.004 * (wobble(text, 1) - 1)))
            lost, left = (
                (int(got * 0.0011), int(got * 0.0128))
                if key[1] in {"市民税", "固定資産税", "都市計画税", "軽自動車税"}
                else (0, 0)
            )
        elif key[0] == "市債":
            got = due
        elif key[0] in {"国庫支出金", "県支出金"}:
            got = int(due * 0.974 * wobble(text, 0.012))
        elif key == OWN:
            got = now if carried is None else carried
        else:
            got = int(due * 1.004 * wobble(text, 0.008))
            left = int(got * 0.021) if key[0] in {"分担金及び負担金", "使用料及び手数料", "諸収入"} else 0
        rows_in[key] = [now, got + lost + left, got, lost, left]
    need = SURPLUS[year] - (
        sum(r[2] for r in rows_in.values()) - rows_in[RESERVE_KEY][2] - sum(r[1] for r in rows_out.values())
    )
    budget = rows_in[RESERVE_KEY][0]
    assert 0 <= need <= budget, (year, need, budget)
    rows_in[RESERVE_KEY] = [budget, need, need, 0, 0]
    extra = {k: v - initial.get(k, 0) for k, v in out.items()}
    done = Settlement(year, initial, extra, brought, rows_out, rows_in, ledger)
    assert done.sums("in")[0] == done.sums("out")[0] and done.formal == SURPLUS[year]
    assert all(min(r) >= 0 for r in [*rows_out.values(), *rows_in.values()])
    return done


def keyed(ledger: Ledger, side: str) -> dict[Key, int]:
    return {
        (n.name, k.name, m.name): m.amount
        for n in (ledger.out if side == "out" else ledger.income)
        for k in n.kous
        for m in k.mokus
    }


def both(ledgers: dict[int, Ledger], out7: dict[Key, int], income7: dict[Key, int]) -> tuple[Settlement, Settlement]:
    initial6 = keyed(ledgers[6], "out")
    out6 = {k: v + EXTRA_R6_OUT.get(k, 0) for k, v in initial6.items()}
    income6 = {k: v + EXTRA_R6_IN.get(k, 0) for k, v in keyed(ledgers[6], "in").items()}
    six = settle(ledgers[6], out6, income6, initial6, None)
    seven = settle(ledgers[7], out7, income7, keyed(ledgers[7], "out"), six.formal)
    return six, seven


def level_table(done: Settlement, side: str) -> str:
    """款 and 項 with sums, as the 決算書 proper has them."""
    rows: list[list[object]] = []
    kans = done.ledger.out if side == "out" else done.ledger.income
    keys = list(done.out if side == "out" else done.income)
    for kan in kans:
        rows.append([f"{kan.no} {kan.name}", "", *done.sums(side, kan.name)])
        for no, kou in enumerate(dict.fromkeys(k[1] for k in keys if k[0] == kan.name), 1):
            rows.append(["", f"{no} {kou}", *done.sums(side, kan.name, kou)])
    rows.append(["歳出合計" if side == "out" else "歳入合計", "", *done.sums(side)])
    return '<p class="unit">（単位：円）</p>' + table(
        [["款", "項", *(HEAD_OUT if side == "out" else HEAD_IN)]], rows, total=True
    )


def moku_tables(done: Settlement, side: str) -> str:
    out = []
    keys = list(done.out if side == "out" else done.income)
    for kan in done.ledger.out if side == "out" else done.ledger.income:
        rows: list[list[object]] = []
        for no, kou in enumerate(dict.fromkeys(k[1] for k in keys if k[0] == kan.name), 1):
            for key in [k for k in keys if k[:2] == (kan.name, kou)]:
                if side == "out":
                    row = [
                        done.initial_out.get(key, 0) * 1000,
                        done.extra_out.get(key, 0) * 1000,
                        done.brought.get(key, 0) * 1000,
                        *done.out[key],
                    ]
                    assert sum(row[:3]) == row[3]
                else:
                    row = list(done.income[key])
                rows.append([f"{no} {kou}", key[2], *row])
        sums = [sum(int(str(r[i])) for r in rows) for i in range(2, len(rows[0]))]
        rows.append(["計", "", *sums])
        head = (
            ["項", "目", "当初予算額", "補正予算額", "繰越額", *HEAD_OUT] if side == "out" else ["項", "目", *HEAD_IN]
        )
        word = "歳出" if side == "out" else "歳入"
        caption = (f'<tr><th class="place" colspan="{len(head) - 2}">（{word}）　{kan.no}款　{esc(kan.name)}</th><th class="unit" colspan="2">単位：円</th></tr>')  # fmt: skip
        out.append(table([list(head)], rows, cls="detail auto", total=True).replace("<thead>", f"<thead>{caption}", 1))
    return "".join(out)


def fund_rows(seven: Settlement) -> list[list[object]]:
    """基金: balance, in, out, balance of 令和7年度."""
    paid_in = {
        "財政調整基金": 288_600_000,
        "公共施設整備基金": 120_000_000,
        "減債基金": 0,
        "地域福祉基金": 2_000_000,
        "ふるさと風見応援基金": 148_300_000,
    }
    rows: list[list[object]] = []
    for name, start in FUNDS_R6.items():
        used = seven.income[("繰入金", "基金繰入金", f"{name}繰入金")][2]
        rows.append([name, start, paid_in[name], used, start + paid_in[name] - used])
    rows.append(["計", *[sum(int(str(r[i])) for r in rows) for i in range(1, 5)]])
    return rows


RESULTS = [
    (
        "配食サービス事業",
        "ひとり暮らしの高齢者等に、安否確認を兼ねて夕食を届けた。",
        "配食数 69,800食、登録者 538人（令和7年4月末）",
    ),
    (
        "見守り機器貸与事業",
        "緊急通報装置等を貸与し、急病時の通報に対応した。",
        "貸与台数 670台（緊急通報装置412台、人感センサー198台、GPS端末60台）",
    ),
    (
        "障がい福祉サービス給付費",
        "障がい福祉サービス及び障がい児通所支援の費用を給付した。",
        "就労継続支援B型 286人、放課後等デイサービス 412人",
    ),
    ("児童手当給付費", "高校生年代までの児童を養育する者に児童手当を支給した。", "延べ支給児童数 124,860人"),
    ("こども医療費助成事業", "中学校卒業までの医療費の自己負担を助成した。", "助成件数 132,400件"),
    ("放課後児童クラブ運営事業", "放課後の児童に遊びと生活の場を提供した。", "登録児童数 1,086人"),
    (
        "コミュニティバス「かざまる」運行事業",
        "交通空白地域の移動手段を確保した。",
        "利用者数 186,000人（うち丘の上線 41,300人）",
    ),
    ("ふるさと納税推進事業", "返礼品の充実と広報により寄附を募った。", "寄附件数 16,240件"),
    ("マイナンバーカード交付事業", "休日窓口と出張申請により交付を進めた。", "交付枚数 7,918枚、保有率 80.6％"),
    ("ごみ収集運搬事業", "家庭ごみの収集及び運搬を行った。", "収集量 20,914トン、1人1日当たり 861グラム"),
    ("がん検診・健康診査事業", "5つのがん検診を集団及び個別で実施した。", "受診者数 延べ14,372人"),
    ("橋りょう長寿命化事業", "橋りょうの定期点検と補修を行った。", "点検 42橋、補修 6橋"),
    ("消防団運営事業", "消防団の訓練及び出動に要する経費を支出した。", "団員数 447人（定員520人）"),
    ("図書館管理運営事業", "図書の貸出し及び読書活動の推進を行った。", "貸出冊数 386,200冊、来館者 184,600人"),
]


def results(ledger: Ledger) -> str:
    """主要施策の成果説明書 (千円)."""
    projects = {p.name: p for *_, p in ledger.projects()}
    out = [
        "<section><h1>令和6年度　主要施策の成果説明書</h1><p>地方自治法第233条第5項の規定により、令和6年度における主要な施策の成果を次のとおり報告する。</p>"
    ]
    for no, (name, what, outcome) in enumerate(RESULTS, 1):
        project = projects[name]
        spent = int(project.amount * 0.972 * wobble(name, 0.012))
        grant = int((project.state + project.prefecture) * spent / project.amount)
        bond = int(project.bond * spent / project.amount)
        other = int(project.other * spent / project.amount)
        rows: list[list[object]] = [[project.amount, spent, grant, bond, other, spent - grant - bond - other]]
        out.append(
            f'<div style="break-inside:avoid"><h2>{no}　{esc(name)}</h2><p class="unit">（単位：千円）</p>'
            + table([["予算額", "決算額", "国県支出金", "地方債", "その他", "一般財源"]], rows)
            + f"<p>〔内容〕{esc(what)}</p><p>〔成果〕{esc(outcome)}</p></div>"
        )
    return "".join(out) + "</section>"


def build_book(done: Settlement, extra: str, name: str) -> str:
    year = YEARS[done.year]
    title = f"{year}風見市一般会計歳入歳出決算書"
    total_in, total_out = done.sums("in"), done.sums("out")
    real: list[list[object]] = [
        ["1 歳入総額", total_in[2]], ["2 歳出総額", total_out[1]], ["3 歳入歳出差引額", done.formal],
        ["4 翌年度へ繰り越すべき財源（繰越明許費繰越額）", done.handed], ["5 実質収支額", done.real],
    ]  # fmt: skip
    body = cover(
        f"{year}<br>風見市一般会計<br>歳入歳出決算書",
        "主要施策の成果説明書" if done.year == 6 else "及び附属書類",
    )
    body += (
        f"<section><h1>{title}</h1><p>{year}風見市一般会計の歳入歳出決算は、次のとおりである。</p>"
        f'<p class="flush">　歳入決算額　　{yen(total_in[2])}円</p><p class="flush">　歳出決算額　　{yen(total_out[1])}円</p>'
        f'<p class="flush">　歳入歳出差引残額　{yen(done.formal)}円（翌年度へ繰越し）</p>'
        f'<h2>実質収支に関する調書</h2><p class="unit">（単位：円）</p>{table([["区分", "金額"]], real)}'
        f'<h2>繰越明許費の内訳</h2><p class="unit">（単位：千円）</p>'
        + table(
            [["款", "項", "目", "翌年度繰越額"]],
            [[*k, v] for k, v in CARRY_OUT[done.year].items()] + [["計", "", "", sum(CARRY_OUT[done.year].values())]],
            total=True,
        )
        + "</section>"
    )
    body += f'<section class="wide"><h1>歳入決算</h1>{level_table(done, "in")}</section>'
    body += f'<section class="wide"><h1>歳出決算</h1>{level_table(done, "out")}</section>'
    body += f'<section class="wide"><h1>歳入歳出決算事項別明細書　歳入</h1>{moku_tables(done, "in")}</section>'
    body += f'<section class="wide"><h1>歳入歳出決算事項別明細書　歳出</h1>{moku_tables(done, "out")}</section>'
    if done.year == 7:
        body += '<section><h1>財産に関する調書（基金）</h1><p class="unit">（単位：円）</p>' + table(
            [["基金の名称", "前年度末現在高", "積立額", "取崩し額", "決算年度末現在高"]], fund_rows(done), total=True) + "</section>"  # fmt: skip
    path = f"{BUDGET}/{name}.pdf"
    write_pdf(path, page(title, body + extra, css="table.detail.auto{table-layout:auto}"))
    return path


def percent(part: int, whole: int) -> str:
    return f"{part / whole * 100:.1f}％"


def opinion(six: Settlement, seven: Settlement) -> str:
    """令和7年度決算審査意見書."""
    a, b = seven.sums("in"), seven.sums("out")
    c, d = six.sums("in"), six.sums("out")
    tax, tax6 = seven.sums("in", "市税"), six.sums("in", "市税")
    welfare = seven.sums("out", "民生費")
    up = f"{(tax[2] - tax6[2]) / 10000:,.0f}"
    compare: list[list[object]] = [["歳入総額", a[2], c[2], a[2] - c[2]], ["歳出総額", b[1], d[1], b[1] - d[1]],
        ["形式収支", seven.formal, six.formal, seven.formal - six.formal], ["翌年度繰越財源", seven.handed, six.handed, seven.handed - six.handed],
        ["実質収支", seven.real, six.real, seven.real - six.real]]  # fmt: skip
    taxes: list[list[object]] = []
    for kou in dict.fromkeys(k[1] for k in seven.income if k[0] == "市税"):
        row = seven.sums("in", "市税", kou)
        taxes.append([kou, *row[1:], percent(row[2], row[1])])
    taxes.append(["計", *tax[1:], percent(tax[2], tax[1])])
    kinds: list[list[object]] = []
    for kan in seven.ledger.out:
        row = seven.sums("out", kan.name)
        kinds.append([kan.name, row[0], row[1], row[3], percent(row[1], row[0])])
    kinds.append(["合計", b[0], b[1], b[3], percent(b[1], b[0])])
    ratios: list[list[object]] = [
        ["実質赤字比率", "－", "12.71％"],
        ["連結実質赤字比率", "－", "17.71％"],
        ["実質公債費比率", "6.6％", "25.0％"],
        ["将来負担比率", "28.4％", "350.0％"],
    ]
    body = cover("令和7年度<br>風見市一般会計<br>歳入歳出決算審査意見書", "風見市監査委員")
    body += (
        '<section><p class="right">風監第47号<br>令和8年8月21日</p><p class="flush">風見市長　風間　誠一　様</p><p class="right">風見市監査委員　岸　和夫</p>'
        "<h1>令和7年度風見市一般会計歳入歳出決算の審査意見について</h1><p>地方自治法第233条第2項の規定により審査に付された令和7年度風見市一般会計歳入歳出決算及び関係書類を審査したので、次のとおり意見を提出する。</p>"
        "<h2>第1　審査の期間</h2><p>令和8年7月6日から令和8年8月14日まで</p><h2>第2　審査の方法</h2><p>決算書及び附属書類について、関係法令に準拠して作成されているか、計数は正確か、予算の執行は適正かつ効率的に行われているかを主眼として、関係帳簿及び証書類と照合し、関係職員から説明を聴取した。</p>"
        "<h2>第3　審査の結果</h2><p>審査に付された決算書及び附属書類は、関係法令に準拠して作成されており、その計数は正確であるものと認めた。予算の執行は、おおむね適正であると認めた。</p></section>"
    )
    body += (
        '<section><h1>第4　決算の概要</h1><h2>1　決算収支</h2><p class="unit">（単位：円）</p>'
        + table([["区分", "令和7年度", "令和6年度", "増減"]], compare)
        + f"<p>実質収支は{yen(seven.real)}円の黒字である。予算現額に対する歳出の執行率は{percent(b[1], b[0])}、不用額は{yen(b[3])}円である。</p>"
        + f'<h2>2　市税</h2><p>市税の収入済額は{yen(tax[2])}円で、前年度に比べ{up}万円の増である。調定額に対する収納率は{percent(tax[2], tax[1])}である。</p><p class="unit">（単位：円）</p>'
        + table([["税目", "調定額", "収入済額", "不納欠損額", "収入未済額", "収納率"]], taxes, total=True)
        + '</section><section><h2>3　歳出（款別）</h2><p class="unit">（単位：円）</p>'
        + table([["款", "予算現額", "支出済額", "不用額", "執行率"]], kinds, total=True)
        + f"<p>民生費の支出済額は{yen(welfare[1])}円で、歳出総額の{percent(welfare[1], b[1])}を占める。補正予算第3号により追加された障がい福祉サービス給付費、児童手当、高齢者福祉及び保育所等の物価高騰対策に係る事業は、いずれも年度内に執行された。</p></section>"
    )
    body += (
        "<section><h2>4　財政の健全性に関する比率</h2>"
        + table([["指標", "令和7年度", "早期健全化基準"]], ratios)
        + "<h1 style='margin-top:10mm'>第5　意見</h1>"
        "<h3>（1）収入未済額の縮減について</h3><p>市税の収入未済額は、前年度と同程度で推移している。納期内納付の促進と、早期の財産調査に努められたい。</p>"
        "<h3>（2）不用額について</h3><p>扶助費の不用額が大きい事業が見受けられる。補正予算の要求に当たっては、実績に基づく見込みの精度を高められたい。</p>"
        "<h3>（3）時間外勤務の縮減について</h3><p>特定の部署及び時期に時間外勤務が集中している。業務の平準化と、生成AIなどの活用による定型業務の効率化を求める。</p>"
        "<h3>（4）契約事務について</h3><p>随意契約の理由が具体的に記載されていないものが14件あった。財務規則に基づき、理由を明確に記録されたい。</p></section>"
    )
    path = f"{BUDGET}/令和7年度決算審査意見書.pdf"
    write_pdf(path, page("令和7年度風見市一般会計歳入歳出決算審査意見書", body))
    return path


def build(
    ledgers: dict[int, Ledger], out7: dict[Key, int], income7: dict[Key, int]
) -> tuple[list[str], Settlement, Settlement]:
    assert SUPPLEMENTS
    six, seven = both(ledgers, out7, income7)
    paths = [
        build_book(six, results(ledgers[6]), "令和6年度決算書・主要施策の成果説明書"),
        build_book(seven, "", "令和7年度一般会計歳入歳出決算書"),
        opinion(six, seven),
    ]
    return paths, six, seven
