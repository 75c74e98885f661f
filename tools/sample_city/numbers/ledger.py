"""The general account: reads data/*.txt, fills balances, derives 国県支出金 and 市債, and checks every sum.

Amounts are 千円. A ledger is one fiscal year: 款 > 項 > 目, expenditure with projects and 節, revenue with 節.
"""

# ruff: noqa: E501 - full-width text counts twice; a table row stays one line

import hashlib
from dataclasses import dataclass, field

from common import HERE, split

YEARS = {6: "令和6年度", 7: "令和7年度", 8: "令和8年度"}
TOTALS = {6: 31_980_000, 7: 32_450_000, 8: 33_120_000}

SETSU = {
    1: "報酬",
    2: "給料",
    3: "職員手当等",
    4: "共済費",
    7: "報償費",
    8: "旅費",
    10: "需用費",
    11: "役務費",
    12: "委託料",
    13: "使用料及び賃借料",
    14: "工事請負費",
    15: "原材料費",
    16: "公有財産購入費",
    17: "備品購入費",
    18: "負担金、補助及び交付金",
    19: "扶助費",
    20: "貸付金",
    22: "償還金、利子及び割引料",
    24: "積立金",
    27: "繰出金",
    0: "",
}
PROFILES = {
    "人件": {2: 5, 3: 3.1, 4: 1.9}, "議員": {1: 6.2, 3: 2.6, 4: 1.2}, "委託": {12: 1}, "扶助": {19: 1},
    "補助": {18: 1}, "工事": {14: 1}, "繰出": {27: 1}, "積立": {24: 1}, "償還": {22: 1}, "備品": {17: 1},
    "貸付": {20: 1}, "予備": {0: 1},
}  # fmt: skip


BASES = {
    "職員人件費": "県税賦課徴収", "国民健康保険特別会計繰出金": "国民健康保険基盤安定", "介護保険特別会計繰出金": "介護保険低所得者保険料軽減",
    "後期高齢者医療特別会計繰出金": "後期高齢者医療保険基盤安定",
}  # fmt: skip


@dataclass
class Project:
    name: str
    amount: int
    setsu: dict[int, int]
    state: int = 0
    prefecture: int = 0
    bond: int = 0
    other: int = 0
    rates: dict[str, int] = field(default_factory=dict)

    @property
    def general(self) -> int:
        return self.amount - self.state - self.prefecture - self.bond - self.other


@dataclass
class Moku:
    no: int
    name: str
    projects: list[Project] = field(default_factory=list)
    # Revenue: (節, amount)
    lines: list[tuple[str, int]] = field(default_factory=list)

    @property
    def amount(self) -> int:
        return sum(p.amount for p in self.projects) + sum(a for _, a in self.lines)

    def setsu(self) -> dict[int, int]:
        out: dict[int, int] = {}
        for project in self.projects:
            for code, amount in project.setsu.items():
                out[code] = out.get(code, 0) + amount
        return dict(sorted(out.items()))

    def funds(self) -> tuple[int, int, int, int]:
        """Return 国県支出金, 地方債, その他, 一般財源."""
        grant = sum(p.state + p.prefecture for p in self.projects)
        bond, other = sum(p.bond for p in self.projects), sum(p.other for p in self.projects)
        return grant, bond, other, self.amount - grant - bond - other


@dataclass
class Kou:
    no: int
    name: str
    mokus: list[Moku] = field(default_factory=list)

    @property
    def amount(self) -> int:
        return sum(m.amount for m in self.mokus)


@dataclass
class Kan:
    no: int
    name: str
    kous: list[Kou] = field(default_factory=list)

    @property
    def amount(self) -> int:
        return sum(k.amount for k in self.kous)

    def mokus(self) -> list[Moku]:
        return [m for k in self.kous for m in k.mokus]


@dataclass
class Ledger:
    year: int
    out: list[Kan]
    income: list[Kan]

    def get(self, side: str, *path: str) -> int:
        """Return the amount at 款, 項, 目; 0 where the year has no such row."""
        rows: list[Kan | Kou | Moku] = list(self.out if side == "out" else self.income)
        found: Kan | Kou | Moku | None = None
        for name in path:
            found = next((r for r in rows if r.name == name), None)
            if found is None:
                return 0
            rows = list(getattr(found, "kous", None) or getattr(found, "mokus", None) or [])
        return found.amount if found else 0

    def projects(self) -> list[tuple[Kan, Kou, Moku, Project]]:
        return [(n, k, m, p) for n in self.out for k in n.kous for m in k.mokus for p in m.projects]


def wobble(text: str, spread: float) -> float:
    """Return a factor near 1 that depends on the text alone."""
    return 1 + spread * (int(hashlib.sha256(text.encode()).hexdigest()[:8], 16) / 0xFFFFFFFF * 2 - 1)


def profile(text: str) -> dict[int, float]:
    if text in PROFILES:
        return dict(PROFILES[text])
    return {int(part.split(":")[0]): float(part.split(":")[1]) for part in text.split(",")}


def make_project(name: str, amount: int, shape: str, rates: dict[str, int]) -> Project:
    weights = profile(shape)
    parts = split(amount, list(weights.values()))
    # Bonds are issued in units of 100 千円.
    funds = {key: int(round(amount * rate / 100, -2 if key == "b" else 0)) for key, rate in rates.items()}
    return Project(
        name, amount, {c: a for c, a in zip(weights, parts, strict=True) if a}, funds.get("n", 0), funds.get("p", 0),
        funds.get("b", 0), funds.get("o", 0), rates,
    )  # fmt: skip


def _rows(name: str) -> list[list[str]]:
    out = []
    for line in (HERE / "data" / name).read_text(encoding="utf-8").splitlines():
        if line.strip() and not line.startswith("#"):
            kind, _, rest = line.partition(" ")
            out.append([kind, *[c.strip() for c in rest.split("|")]])
    return out


def _numbered(text: str) -> tuple[int, str]:
    no, _, name = text.partition(" ")
    return int(no), name


def load_out(year: int) -> list[Kan]:
    """Read the expenditure of a year; the starred project of a 款 takes what remains of its total."""
    kans: list[Kan] = []
    pending: list[tuple[Moku, str, int | None, str, dict[str, int]]] = []
    total = later = 0

    def close() -> None:
        fixed = [row for row in pending if row[2] is not None]
        stars = [row for row in pending if row[2] is None]
        assert len(stars) == 1, kans[-1].name
        rest = total - sum(row[2] or 0 for row in fixed)
        if year == 6 and fixed:
            # 令和6年度 has no figures of its own: a little under 令和7年度, up to its 款 total.
            rest = round((later - sum(row[2] or 0 for row in fixed)) * 0.985 / 100) * 100
            parts = split(total - rest, [(r[2] or 0) * wobble(r[1], 0.05) for r in fixed])
            parts = [int(round(part, -2)) for part in parts]
            parts[parts.index(max(parts))] += total - rest - sum(parts)
            shares = {id(r): part for r, part in zip(fixed, parts, strict=True)}
            pending[:] = [r if r[2] is None else (r[0], r[1], shares[id(r)], *r[3:]) for r in pending]
        assert rest > 0, (kans[-1].name, year, rest)
        for moku, name, amount, shape, rates in pending:
            value = rest if amount is None else amount
            if value:
                moku.projects.append(make_project(name, value, shape, rates))
        pending.clear()

    for kind, *cells in _rows("expenditure.txt"):
        if kind == "款":
            if kans:
                close()
            kans.append(Kan(*_numbered(cells[0])))
            total, later = int(cells[{6: 1, 7: 2, 8: 3}[year]]), int(cells[2])
        elif kind == "項":
            kans[-1].kous.append(Kou(*_numbered(cells[0])))
        elif kind == "目":
            kans[-1].kous[-1].mokus.append(Moku(*_numbered(cells[0])))
        else:
            name, seven, eight, shape, *rest = cells
            rates = {part[0]: int(part[1:]) for part in (rest[0].split() if rest else [])}
            amount = None if seven == "*" else int(eight if year == 8 else seven)
            pending.append((kans[-1].kous[-1].mokus[-1], name, amount, shape, rates))
    close()
    for kan in kans:
        for kou in kan.kous:
            kou.mokus = [m for m in kou.mokus if m.projects]
        kan.kous = [k for k in kan.kous if k.mokus]
    return kans


def grant_kind(project: Project, key: str) -> str:
    """Return which 項 a grant belongs to: all paid is 委託金, benefits are 負担金, others 補助金."""
    if project.rates.get(key) == 100:
        return "委託金"
    benefit = project.setsu.keys() <= {19, 27} or "給付" in project.name
    if project.setsu.keys() == {18} and not benefit:
        return "補助金"
    return "負担金" if benefit else "補助金"


def derived(out: list[Kan], key: str, kind: str) -> list[Moku]:
    """Return the revenue 目 that the expenditure's funds make: one for each 款, one 節 for each project."""
    mokus: list[Moku] = []
    attribute = {"n": "state", "p": "prefecture", "b": "bond"}[key]
    for kan in out:
        lines = []
        for moku in kan.mokus():
            for project in moku.projects:
                amount = getattr(project, attribute)
                if amount and (key == "b" or grant_kind(project, key) == kind):
                    suffix = {"b": "債"}.get(key, kind)
                    base = BASES.get(project.name, project.name.removesuffix("補助金"))
                    lines.append((f"{base}{suffix}", amount))
        if lines:
            title = (
                f"{kan.name.removesuffix('費')}債"
                if key == "b"
                else f"{kan.name}{'国庫' if key == 'n' else '県'}{kind}"
            )
            mokus.append(Moku(len(mokus) + 1, title, lines=lines))
    return mokus


def load(year: int) -> Ledger:
    """Return the initial budget of a year, balanced by the 財政調整基金繰入金 and checked."""
    out, income = load_out(year), []
    star: Moku | None = None
    for kind, *cells in _rows("revenue.txt"):
        if kind == "款":
            income.append(Kan(*_numbered(cells[0])))
        elif kind == "項":
            income[-1].kous.append(Kou(*_numbered(cells[0])))
        elif kind == "目":
            income[-1].kous[-1].mokus.append(Moku(*_numbered(cells[0])))
        elif kind == "節":
            amount = cells[year - 5]
            moku = income[-1].kous[-1].mokus[-1]
            if amount == "*":
                star = moku
            else:
                moku.lines.append((cells[0], int(amount)))
        else:
            income[-1].kous[-1].mokus += derived(out, {"*国": "n", "*県": "p", "*債": "b"}[kind], cells[0])
    for kan in income:
        kan.kous = [k for k in kan.kous if k.mokus]
        for no, kou in enumerate(kan.kous, 1):
            kou.no = no
    assert star is not None
    rest = TOTALS[year] - sum(k.amount for k in income)
    assert 300_000 < rest < 1_500_000, (year, rest)
    star.lines.append(("財政調整基金繰入金", rest))
    ledger = Ledger(year, out, income)
    check(ledger)
    return ledger


def check(ledger: Ledger) -> None:
    """Raise AssertionError where a sum does not hold."""
    total = TOTALS[ledger.year]
    assert sum(k.amount for k in ledger.out) == total
    assert sum(k.amount for k in ledger.income) == total
    for _, _, moku, project in ledger.projects():
        assert sum(project.setsu.values()) == project.amount > 0
        assert project.general >= 0, project
        assert sum(moku.setsu().values()) == moku.amount == sum(moku.funds())
    grants = sum(p.state + p.prefecture for *_, p in ledger.projects())
    bonds = sum(p.bond for *_, p in ledger.projects())
    assert grants == ledger.get("in", "国庫支出金") + ledger.get("in", "県支出金")
    assert bonds == ledger.get("in", "市債")
