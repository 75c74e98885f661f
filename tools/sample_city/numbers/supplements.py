"""補正予算書: articles, 第1表 and 事項別明細書; 第3号 of 令和7年度 also a plain summary."""

# ruff: noqa: E501 - full-width text counts twice; a table row stays one line

from books import cover, inner, number
from common import BUDGET, yen
from ledger import SETSU, TOTALS, YEARS, Ledger
from pdf import esc, page, table, write_pdf
from supplement_data import SUPPLEMENTS, Supplement, income_changes

Key = tuple[str, str, str]


class State:
    """What each 目 of a year stands at; supplements move it."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger
        self.out = {(n.name, k.name, m.name): m.amount for n in ledger.out for k in n.kous for m in k.mokus}
        self.income = {(n.name, k.name, m.name): m.amount for n in ledger.income for k in n.kous for m in k.mokus}
        self.applied: list[Supplement] = []

    def side(self, name: str) -> dict[Key, int]:
        return self.out if name == "out" else self.income

    def level(self, name: str, *path: str) -> int:
        return sum(v for k, v in self.side(name).items() if k[: len(path)] == path)

    @property
    def total(self) -> int:
        assert sum(self.out.values()) == sum(self.income.values())
        return sum(self.out.values())

    def apply(self, supplement: Supplement) -> None:
        for change in supplement.changes:
            self.out[change.place] = self.out.get(change.place, 0) + change.amount
        for *place, _, amount in income_changes(supplement):
            key = (place[0], place[1], place[2])
            self.income[key] = self.income.get(key, 0) + amount
        assert min(self.out.values()) >= 0 and min(self.income.values()) >= 0
        self.applied.append(supplement)


def moved(state: State, side: str, supplement: Supplement) -> dict[Key, int]:
    """Return the change of each 目, in the order of the book."""
    found: dict[Key, int] = {}
    rows = [(c.place, c.amount) for c in supplement.changes] if side == "out" else [
        ((a, b, c), amount) for a, b, c, _, amount in income_changes(supplement)]  # fmt: skip
    for key, amount in rows:
        found[key] = found.get(key, 0) + amount
    order = [k.name for k in (state.ledger.out if side == "out" else state.ledger.income)]
    return dict(sorted(found.items(), key=lambda item: order.index(item[0][0])))


def numbers(state: State, side: str) -> dict[str, int]:
    return {k.name: k.no for k in (state.ledger.out if side == "out" else state.ledger.income)}


def no_of(state: State, side: str, key: Key) -> tuple[int, int]:
    """Return the numbers of 項 and 目; a new one stands behind the last."""
    kan = next(k for k in (state.ledger.out if side == "out" else state.ledger.income) if k.name == key[0])
    kou = next((k for k in kan.kous if k.name == key[1]), None)
    if kou is None:
        return len(kan.kous) + 1, 1
    return kou.no, next((m.no for m in kou.mokus if m.name == key[2]), len(kou.mokus) + 1)


def first_table(state: State, side: str, supplement: Supplement) -> str:
    change, nos = moved(state, side, supplement), numbers(state, side)
    rows: list[list[object]] = []
    for kan in dict.fromkeys(k[0] for k in change):
        delta = sum(v for k, v in change.items() if k[0] == kan)
        before = state.level(side, kan)
        rows.append([f"{nos[kan]} {kan}", "", before, delta, before + delta])
        for kou in dict.fromkeys(k[1] for k in change if k[0] == kan):
            part = sum(v for k, v in change.items() if k[:2] == (kan, kou))
            before = state.level(side, kan, kou)
            key = next(k for k in change if k[:2] == (kan, kou))
            rows.append(["", f"{no_of(state, side, key)[0]} {kou}", before, part, before + part])
    word = "歳出合計" if side == "out" else "歳入合計"
    rest = state.total - sum(state.level(side, kan) for kan in dict.fromkeys(k[0] for k in change))
    rows.append(["補正されなかった款に係る額", "", rest, 0, rest])
    rows.append([word, "", state.total, supplement.total, state.total + supplement.total])
    return f'<h2>{word[:2]}</h2><p class="unit">（単位：千円）</p>' + table(
        [["款", "項", "補正前の額", "補正額", "計"]], rows, total=True
    )


def summary(state: State, side: str, supplement: Supplement) -> str:
    change = moved(state, side, supplement)
    rows: list[list[object]] = []
    for kan, no in numbers(state, side).items():
        delta = sum(v for k, v in change.items() if k[0] == kan)
        if not delta and side == "in":
            continue
        before = state.level(side, kan)
        row: list[object] = [f"{no} {kan}", before, delta, before + delta]
        if side == "out":
            own = [c for c in supplement.changes if c.place[0] == kan]
            grant, bond = sum(c.state + c.prefecture for c in own), sum(c.bond for c in own)
            row += [grant, bond, 0, delta - grant - bond]
        rows.append(row)
    if side == "out":
        rows.append(["歳出合計", *[sum(int(str(r[i])) for r in rows) for i in range(1, 8)]])
        head: list[list[object]] = [[("款", 1, 3), ("補正前の額", 1, 3), ("補正額", 1, 3), ("計", 1, 3), ("補正額の財源内訳", 4, 1)],
                                    [("特定財源", 3, 1), ("一般財源", 1, 2)], ["国県支出金", "地方債", "その他"]]  # fmt: skip
        assert rows[-1][1:3] == [state.total, supplement.total]
        return '<h2>（歳出）</h2><p class="unit">（単位：千円）</p>' + table(head, rows, total=True)
    rows.append(["補正のあった款の計", *[sum(int(str(r[i])) for r in rows) for i in range(1, 4)]])
    return '<h2>（歳入）</h2><p class="unit">（単位：千円）</p>' + table(
        [["款", "補正前の額", "補正額", "計"]], rows, total=True
    )


def place_row(state: State, side: str, key: Key, wide: int) -> str:
    kou = no_of(state, side, key)[0]
    word = "歳出" if side == "out" else "歳入"
    return (
        f'<tr><th class="place" colspan="{wide - 2}">（{word}）　{numbers(state, side)[key[0]]}款　{esc(key[0])}　　{kou}項　{esc(key[1])}</th>'
        '<th class="unit" colspan="2">単位：千円</th></tr>'
    )


def detail_in(state: State, supplement: Supplement) -> str:
    change = moved(state, "in", supplement)
    columns = (
        '<col style="width:20%">' + '<col style="width:11%">' * 3 + '<col style="width:35%"><col style="width:12%">'
    )
    head = ('<tr><th rowspan="2">目</th><th rowspan="2">補正前の額</th><th rowspan="2">補正額</th><th rowspan="2">計</th>'
            '<th colspan="2">節</th></tr><tr><th>区分</th><th>金額</th></tr>')  # fmt: skip
    out = []
    for group in dict.fromkeys(k[:2] for k in change):
        keys = [k for k in change if k[:2] == group]
        body = []
        for key in keys:
            lines = [(r[3], r[4]) for r in income_changes(supplement) if r[:3] == key]
            span = f' rowspan="{len(lines)}"'
            before = state.income.get(key, 0)
            left = f"<td{span}>{no_of(state, 'in', key)[1]} {esc(key[2])}</td>" + "".join(
                number(v, span) for v in (before, change[key], before + change[key])
            )
            rows = [
                f"<tr>{left if i == 0 else ''}{inner(f'{i + 1} {n}')}{inner(a)}</tr>" for i, (n, a) in enumerate(lines)
            ]
            body.append(f"<tbody>{''.join(rows)}</tbody>")
        before, delta = state.level("in", *group), sum(change[k] for k in keys)
        foot = f'<tbody><tr class="sum"><td class="c">計</td>{number(before)}{number(delta)}{number(before + delta)}<td></td><td></td></tr></tbody>'
        out.append(
            f'<table class="detail"><colgroup>{columns}</colgroup><thead>{place_row(state, "in", keys[0], 6)}{head}</thead>{"".join(body)}{foot}</table>'
        )
    return "".join(out)


def detail_out(state: State, supplement: Supplement) -> str:
    change = moved(state, "out", supplement)
    columns = '<col style="width:8.5%">' + '<col style="width:7%">' * 3 + '<col style="width:6.2%">' * 4 + (
        '<col style="width:10.5%"><col style="width:6.4%"><col style="width:22.4%"><col style="width:6.4%">')  # fmt: skip
    head = ('<tr><th rowspan="3">目</th><th rowspan="3">補正前の額</th><th rowspan="3">補正額</th><th rowspan="3">計</th>'
            '<th colspan="4">補正額の財源内訳</th><th colspan="2" rowspan="2">節</th><th colspan="2" rowspan="2">説明</th></tr>'
            '<tr><th colspan="3">特定財源</th><th rowspan="2">一般財源</th></tr><tr><th>国県支出金</th><th>地方債</th><th>その他</th>'
            "<th>区分</th><th>金額</th><th>事業名・内容</th><th>補正額</th></tr>")  # fmt: skip
    out = []
    for group in dict.fromkeys(k[:2] for k in change):
        keys = [k for k in change if k[:2] == group]
        body, sums = [], [0] * 7
        for key in keys:
            own = [c for c in supplement.changes if c.place == key]
            setsu: dict[int, int] = {}
            for c in own:
                for code, amount in c.setsu.items():
                    setsu[code] = setsu.get(code, 0) + amount
            codes = sorted(setsu.items())
            before, delta = state.out.get(key, 0), change[key]
            grant, bond = sum(c.state + c.prefecture for c in own), sum(c.bond for c in own)
            values = [before, delta, before + delta, grant, bond, 0, delta - grant - bond]
            sums = [a + b for a, b in zip(sums, values, strict=True)]
            lines = max(len(codes), len(own))
            span = f' rowspan="{lines}"'
            rows = []
            for i in range(lines):
                left = ""
                if i == 0:
                    left = f"<td{span}>{no_of(state, 'out', key)[1]} {esc(key[2])}</td>" + "".join(
                        number(v, span) for v in values
                    )
                code = (
                    inner(f"{codes[i][0]} {SETSU[codes[i][0]]}") + inner(codes[i][1])
                    if i < len(codes)
                    else inner("") + inner("")
                )
                text = (
                    inner(f"（{i + 1}）{own[i].name}　{own[i].note}") + inner(own[i].amount)
                    if i < len(own)
                    else inner("") + inner("")
                )
                rows.append(f"<tr>{left}{code}{text}</tr>")
            body.append(f"<tbody>{''.join(rows)}</tbody>")
        before = state.level("out", *group)
        sums[0], sums[2] = before, before + sums[1]
        foot = f'<tbody><tr class="sum"><td class="c">計</td>{"".join(number(v) for v in sums)}<td></td><td></td><td></td><td></td></tr></tbody>'
        out.append(
            f'<table class="detail"><colgroup>{columns}</colgroup><thead>{place_row(state, "out", keys[0], 12)}{head}</thead>{"".join(body)}{foot}</table>'
        )
    return "".join(out)


def welfare_summary(supplement: Supplement) -> str:
    """The plain summary that goes with 第3号 of 令和7年度."""
    rows: list[list[object]] = [
        [c.name, c.amount, c.state, c.prefecture, c.amount - c.state - c.prefecture] for c in supplement.changes
    ]
    rows.append(["民生費　計", *[sum(int(str(r[i])) for r in rows) for i in range(1, 5)]])
    assert rows[-1][1] == 384_600
    groups: list[list[object]] = [["児童手当（第3子以降加算の対象拡大）", 123_000, "こども家庭課"], ["高齢者福祉（配食サービス・見守り機器）", 48_500, "高齢福祉課"],
              ["障がい福祉サービス給付費", 167_200, "障がい福祉課"], ["保育所等物価高騰対策", 45_900, "こども家庭課"], ["合計", 384_600, ""]]  # fmt: skip
    text = [("1　補正の考え方", "今回の補正は、福祉の充実を柱として、民生費を3億8,460万円増額するものである。国及び県の支出金を活用し、不足する一般財源1億800万円には前年度繰越金を充てる。財政調整基金の取崩しは行わない。"),
            ("2　児童手当", "第3子以降加算の対象の拡大に伴い、加算の対象となる児童が月1,025人（10月分から翌年3月分までの6か月で延べ6,150人）増える見込みであり、1億2,300万円を追加する。新たな額による最初の支払は、令和7年12月10日である。"),
            ("3　高齢者福祉", "配食サービスは、10月1日から1週間の限度を3食から5食に引き上げ、2,130万円を追加する。見守り機器は400台を追加し、対象年齢を75歳以上から65歳以上に引き下げ、2,720万円を追加する。合わせて4,850万円である。"),
            ("4　障がい福祉サービス給付費", "利用者の増加に伴い、1億6,720万円を追加する。内訳は、就労継続支援B型が7,920万円、放課後等デイサービスが5,480万円、共同生活援助（グループホーム）が3,320万円である。"),
            ("5　保育所等物価高騰対策", "認可保育所14園、認定こども園9園及び小規模保育事業所7か所の計30施設に対し、給食の食材費及び光熱費の上昇分として、児童1人につき月額2,500円を6か月分支援し、4,590万円を追加する。")]  # fmt: skip
    return (
        "<section><h1>（参考）令和7年度一般会計補正予算（第3号）の概要</h1>"
        + "".join(f"<h2>{head}</h2><p>{body}</p>" for head, body in text)
        + '<h2>6　補正額の内訳（分野別）</h2><p class="unit">（単位：千円）</p>'
        + table([["分野", "補正額", "担当課"]], groups, total=True)
        + '<h2 style="break-before:page">7　補正額の内訳（事業別及び財源）</h2><p class="unit">（単位：千円）</p>'
        + table([["事業名", "補正額", "国庫支出金", "県支出金", "一般財源"]], rows, total=True)
        + "</section>"
    )


def build_one(state: State, supplement: Supplement) -> str:
    year = YEARS[supplement.year]
    title = f"{year}風見市一般会計補正予算（第{supplement.no}号）"
    sign = "追加する" if supplement.total > 0 else "減額する"
    bonds = sum(c.bond for c in supplement.changes)
    before_bond = state.level("in", "市債")
    articles = (
        '<p class="paren">（歳入歳出予算の補正）</p><p class="article">第1条　歳入歳出予算の総額に歳入歳出それぞれ'
        if supplement.total > 0
        else '<p class="paren">（歳入歳出予算の補正）</p><p class="article">第1条　歳入歳出予算の総額から歳入歳出それぞれ'
    ) + (
        f"{yen(abs(supplement.total))}千円を{sign.removesuffix('する')}し、歳入歳出予算の総額を歳入歳出それぞれ{yen(state.total + supplement.total)}千円とする。</p>"
        '<p class="article">２　歳入歳出予算の補正の款項の区分及び当該区分ごとの金額並びに補正後の歳入歳出予算の金額は、「第1表　歳入歳出予算補正」による。</p>'
    )
    if bonds:
        articles += '<p class="paren">（地方債の補正）</p><p class="article">第2条　地方債の変更は、「第2表　地方債補正」による。</p>'
    body = cover(
        f"{year}<br>風見市一般会計補正予算書<br>（第{supplement.no}号）", f"{supplement.meeting}提出　{supplement.bill}"
    )
    body += (
        f'<section><p class="right">{supplement.bill}</p><h1>{title}</h1><p>{year}風見市の一般会計補正予算（第{supplement.no}号）は、次に定めるところによる。</p>'
        f'{articles}<p class="right" style="margin-top:12mm">{supplement.submitted}提出</p><p class="right">風見市長　風間　誠一</p>'
        f"<h2>提案理由</h2>{''.join(f'<p>{r}である。</p>' for r in supplement.reasons)}</section>"
    )
    body += f"<section><h1>第1表　歳入歳出予算補正</h1>{first_table(state, 'in', supplement)}{first_table(state, 'out', supplement)}"
    if bonds:
        rows: list[list[object]] = [["地方債限度額の合計", before_bond, bonds, before_bond + bonds]]
        body += '<h1 style="margin-top:10mm">第2表　地方債補正</h1><p class="unit">（単位：千円）</p>' + table(
            [["区分", "補正前の限度額", "補正額", "補正後の限度額"]], rows)  # fmt: skip
    body += "</section>"
    body += (
        f"<section><h1>歳入歳出予算補正事項別明細書</h1><h2>1　総括</h2>{summary(state, 'in', supplement)}</section>"
    )
    body += f'<section class="wide">{summary(state, "out", supplement)}</section>'
    body += f'<section class="wide"><h2>2　歳入</h2>{detail_in(state, supplement)}</section>'
    body += f'<section class="wide"><h2>3　歳出</h2>{detail_out(state, supplement)}</section>'
    if (supplement.year, supplement.no) == (7, 3):
        body += welfare_summary(supplement)
    path = f"{BUDGET}/{year}一般会計補正予算書（第{supplement.no}号）.pdf"
    write_pdf(path, page(title, body))
    return path


def build(ledgers: dict[int, Ledger]) -> tuple[list[str], dict[int, State]]:
    """Write all supplements; returns the paths and where each year stands after them."""
    states = {year: State(ledger) for year, ledger in ledgers.items() if year > 6}
    paths = []
    for supplement in SUPPLEMENTS:
        state = states[supplement.year]
        paths.append(build_one(state, supplement))
        state.apply(supplement)
    assert states[7].total == TOTALS[7] + 186_400 + 94_200 + 384_600 - 212_300
    return paths, states
