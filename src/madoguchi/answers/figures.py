"""Numbers, amounts, dates and times in Japanese text, each as one value however it is written.

令和7年3月1日, R7.3.1 and 2025/3/1 are one date; 1億2,300万円 and 123,000千円 are one amount; 第十二条 is 第12条.
"""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from madoguchi import eras

Kind = Literal["date", "fiscal", "yen", "percent", "time", "fraction", "telephone", "number"]
Value = Fraction | str | tuple[int | None, ...]

_DIGITS = {character: value for value, character in enumerate("〇一二三四五六七八九")}
_SMALL = {"十": 10, "百": 100, "千": 1000}
_LARGE = {"万": 10**4, "億": 10**8, "兆": 10**12}
# Amounts are compared in yen: 千円, 百万円 and the like are numbers with a scale.
_MONEY = {"円": 1, "千円": 1000, "万円": 10**4, "百万円": 10**6, "億円": 10**8}
_SAME_UNIT = {
    **dict.fromkeys(("ヶ月", "カ月", "ヵ月", "箇月", "ケ月", "か月間"), "か月"),
    **dict.fromkeys(("ヶ所", "カ所", "ヵ所", "箇所", "ケ所"), "か所"),
    "名": "人",
    "才": "歳",
    "年間": "年",
    "日間": "日",
    "週間": "週",
    "分間": "分",
    "トン": "t",
    "リットル": "l",
    "キログラム": "kg",
    "メートル": "m",
    "キロメートル": "km",
    "平方メートル": "m2",
}
_COUNTERS = """
    年度 年間 年 か月間 か月 ヶ月 カ月 ヵ月 箇月 ケ月 月分 月 週間 週 日間 日 時間 分間 分 秒 人 名 世帯 団体 市町村
    件 回 枚 通 部 冊 台 個 本 歳 才 条 項 号 級 番 倍 点 度 階 校 戸 棟 か所 箇所 ヶ所 カ所 ヵ所 ケ所 種類 品目 区分
    段階 回目 期
    キロメートル 平方メートル メートル キログラム トン リットル km kg m2 ha m t l 泊 便 席 室 票 議席 区 袋 ポイント
"""
# After a numeral in kanji fewer counters are believed: 一部, 一度, 十分 and 一番 are words.
_KANJI_COUNTERS = frozenset(
    unit
    for unit in _COUNTERS.split()
    if unit not in {"部", "度", "分", "番", "点", "本", "台", "個", "階", "校", "区", "席"}
)


@dataclass(frozen=True)
class Figure:
    """One figure of a text: `value` is comparable within its `kind`; `start` and `end` lie in the original text."""

    kind: Kind
    value: Value
    unit: str
    text: str
    start: int
    end: int


_ARABIC = r"(?:\d{1,3}(?:,\d{3})+(?!\d)|\d+)(?:\.\d+)?"
_KANJI = r"[〇一二三四五六七八九十百千]+"
_PART = rf"(?:{_ARABIC}[百千]?|{_KANJI})"
_NUMBER = rf"(?:(?:{_PART}[万億兆])+(?:{_PART})?|{_PART})"
_SMALL_NUMBER = rf"(?:元|\d{{1,3}}|{_KANJI})"
_ERA = rf"(?:(?P<era>{'|'.join(eras.NAMES)})|(?<![A-Za-z])(?P<letter>[{''.join(eras.LETTERS)}])(?=\s?\d))"


def _alternatives(words: str) -> str:
    return "|".join(sorted(words.split(), key=len, reverse=True))


_PATTERNS: tuple[tuple[str, re.Pattern[str]], ...] = (
    (
        "telephone",
        re.compile(r"(?<![\d-])(?:0\d{1,4}-\d{1,4}-\d{3,4}|0\d{1,4}\(\d{1,4}\)\d{3,4}|\d{3}-\d{4})(?![\d-])"),
    ),
    ("fiscal", re.compile(rf"{_ERA}\s?(?P<y>{_SMALL_NUMBER})\s?年度")),
    ("fiscal", re.compile(r"(?<!\d)(?P<west>\d{4})\s?年度")),
    (
        "date",
        re.compile(
            rf"{_ERA}\s?(?P<y>{_SMALL_NUMBER})\s?年(?:\s?(?P<m>\d{{1,2}}|{_KANJI})\s?月(?!分)"
            rf"(?:\s?(?P<d>\d{{1,2}}|{_KANJI})\s?日)?)?"
        ),
    ),
    ("date", re.compile(rf"{_ERA}\s?(?P<y>\d{{1,2}})[./-](?P<m>\d{{1,2}})(?:[./-](?P<d>\d{{1,2}}))?(?!\d)")),
    (
        "date",
        re.compile(r"(?<!\d)(?P<west>[12]\d{3})\s?年(?!間|以上)(?:\s?(?P<m>\d{1,2})\s?月(?:\s?(?P<d>\d{1,2})\s?日)?)?"),
    ),
    (
        "date",
        re.compile(r"(?<![\d./-])(?P<west>[12]\d{3})(?P<sep>[./-])(?P<m>\d{1,2})(?P=sep)(?P<d>\d{1,2})(?![\d./-])"),
    ),
    ("date", re.compile(rf"(?P<m>(?<!\d)\d{{1,2}}|{_KANJI})\s?月\s?(?P<d>\d{{1,2}}|{_KANJI})\s?日")),
    (
        "time",
        re.compile(
            r"(?P<half>午前|午後)?\s?(?<!\d)(?P<h>\d{1,2})\s?時(?!間|点|期)(?:\s?(?P<min>\d{1,2})\s?分|(?P<thirty>半))?"
        ),
    ),
    ("time", re.compile(r"(?P<half>午前|午後)?\s?(?<![\d:])(?P<h>\d{1,2}):(?P<min>[0-5]\d)(?![\d:])")),
    ("fraction", re.compile(rf"(?P<below>{_NUMBER})\s?分の\s?(?P<above>{_NUMBER})")),
    ("percent", re.compile(rf"(?P<n>{_NUMBER})\s?(?:%|パーセント)")),
    ("percent", re.compile(rf"(?P<tenths>{_NUMBER})割(?!合)(?:(?P<hundredths>{_PART})分)?")),
    ("yen", re.compile(rf"(?P<n>{_NUMBER})\s?(?P<scale>千|百万)?円")),
    ("yen", re.compile(rf"[¥\\]\s?(?P<n>{_NUMBER})")),
    ("number", re.compile(rf"(?P<nth>第?)(?P<n>{_NUMBER})(?:\s?(?P<unit>{_alternatives(_COUNTERS)}))?")),
)


def number_of(text: str) -> Fraction:
    """Return the value of a numeral: `1,200`, `1億2300万`, `三十五`, `二〇二五`; raises ValueError for others."""
    total = Fraction(0)
    part = ""
    for character in text.replace(",", ""):
        if character in _LARGE:
            total += _part_of(part) * _LARGE[character]
            part = ""
        else:
            part += character
    return total + (_part_of(part) if part else 0)


def _part_of(text: str) -> Fraction:
    if not text:
        raise ValueError("数字がありません")
    if text[0].isascii():
        scale = 1
        if text[-1] in _SMALL:
            scale, text = _SMALL[text[-1]], text[:-1]
        return Fraction(text) * scale
    if all(character in _DIGITS for character in text):
        return Fraction(int("".join(str(_DIGITS[character]) for character in text)))
    total, digit = 0, 0
    for character in text:
        if character in _DIGITS:
            digit = digit * 10 + _DIGITS[character]
        else:
            total += (digit or 1) * _SMALL[character]
            digit = 0
    return Fraction(total + digit)


def figures(text: str) -> list[Figure]:
    """Return the figures of a text, in its order."""
    plain, places = _plain(text)
    found: list[Figure] = []
    for kind, pattern in _PATTERNS:
        taken: list[tuple[int, int]] = []
        for match in pattern.finditer(plain):
            read = _READERS[kind](match)
            if read is None:
                continue
            start, end = match.span()
            while plain[start].isspace():
                start += 1
            taken.append((start, end))
            actual, value, unit = read
            original = text[places[start] : places[end - 1] + 1]
            found.append(Figure(actual, value, unit, original, places[start], places[end - 1] + 1))
        # A stretch once read is not read again as something smaller.
        for start, end in taken:
            plain = plain[:start] + "\0" * (end - start) + plain[end:]
    return sorted(found, key=lambda figure: figure.start)


def _plain(text: str) -> tuple[str, list[int]]:
    """Return a text in its compatible forms (１→1, ％→%), and for each of its characters the place it came from."""
    characters: list[str] = []
    places: list[int] = []
    for place, character in enumerate(text):
        # Text out of a PDF often holds a space here: 「1,245 兆円」.
        if character in " \u3000" and characters and characters[-1].isdigit() and _counts(text[place + 1 : place + 2]):
            continue
        # ① is a mark of a list, not a number.
        plain = character if unicodedata.category(character) == "No" else unicodedata.normalize("NFKC", character)
        if plain in "‐‑‒–—―−ｰ":
            plain = "-"
        elif plain in "〜～~":
            plain = "~"
        for one in plain:
            characters.append(one)
            places.append(place)
    return "".join(characters), places


def _counts(character: str) -> bool:
    """Return whether a character may belong to a number before it: neither ASCII nor a digit."""
    return bool(character) and not character.isascii() and not unicodedata.normalize("NFKC", character)[0].isdigit()


_Read = tuple[Kind, Value, str] | None


def _year(match: re.Match[str]) -> int:
    named = match.groupdict()
    if named.get("west"):
        return int(named["west"])
    return eras.western(named.get("era") or named["letter"], eras.numeral(named["y"]))


def _read_date(match: re.Match[str]) -> _Read:
    named = match.groupdict()
    year = _year(match) if named.get("west") or named.get("y") else None
    month = int(number_of(named["m"])) if named.get("m") else None
    day = int(number_of(named["d"])) if named.get("d") else None
    if (month is not None and not 1 <= month <= 12) or (day is not None and not 1 <= day <= 31):
        return None
    return "date", (year, month, day), ""


def _read_fiscal(match: re.Match[str]) -> _Read:
    return "fiscal", (_year(match),), ""


def _read_time(match: re.Match[str]) -> _Read:
    hour = int(match["h"])
    named = match.groupdict()
    minute = 30 if named.get("thirty") else int(named.get("min") or 0)
    if hour > 24 or minute > 59:
        return None
    if match["half"] == "午後" and hour < 12:
        hour += 12
    return "time", (hour, minute), ""


def _read_telephone(match: re.Match[str]) -> _Read:
    return "telephone", re.sub(r"\D", "", match[0]), ""


def _read_fraction(match: re.Match[str]) -> _Read:
    below, above = number_of(match["below"]), number_of(match["above"])
    if not below:
        return None
    if below == 100:
        return "percent", above, "%"
    return "fraction", above / below, ""


def _read_percent(match: re.Match[str]) -> _Read:
    named = match.groupdict()
    if named.get("n"):
        return "percent", number_of(named["n"]), "%"
    return "percent", number_of(named["tenths"]) * 10 + number_of(named["hundredths"] or "0"), "%"


def _read_yen(match: re.Match[str]) -> _Read:
    before = match.string[: match.start()].rstrip()
    # 「単位：千円」 and 「（千円）」 say how to read a table; they are no amount.
    if match["n"] in ("千", "百", "十") and before.endswith(("単位:", "単位", "(")):
        return None
    scale = {"千": 1000, "百万": 10**6}.get(match.groupdict().get("scale") or "", 1)
    return "yen", number_of(match["n"]) * scale, "円"


def _read_number(match: re.Match[str]) -> _Read:
    raw, unit = match["n"], match["unit"] or ""
    if not any(character.isascii() for character in raw):
        following = match.string[match.end() : match.end() + 1]
        # 一人ひとり, 四日市, 十日町: words, not figures.
        if not match["nth"] and (unit not in _KANJI_COUNTERS or following in ("市", "町", "本", "ひ", "一")):
            return None
    return "number", number_of(raw), _SAME_UNIT.get(unit, unit)


_READERS: dict[str, Callable[[re.Match[str]], _Read]] = {
    "date": _read_date,
    "fiscal": _read_fiscal,
    "time": _read_time,
    "telephone": _read_telephone,
    "fraction": _read_fraction,
    "percent": _read_percent,
    "yen": _read_yen,
    "number": _read_number,
}
_DECLARED = re.compile(r"(?:単位\s*[:：]?\s*|[（(]\s*|^)(円|千円|万円|百万円|億円)\s*(?:[）)]|$|\s|、|,)", re.MULTILINE)


class Evidence:
    """The figures that stand in the cited material."""

    def __init__(self, texts: list[str]) -> None:
        self._all: list[Figure] = []
        self._scaled: set[Value] = set()
        for text in texts:
            found = figures(text)
            self._all.extend(found)
            # 「単位：千円」 over a table makes amounts of its bare numbers.
            for scale in {_MONEY[name] for name in _DECLARED.findall(unicodedata.normalize("NFKC", text))}:
                self._scaled.update(
                    figure.value * scale
                    for figure in found
                    if figure.kind == "number" and not figure.unit and isinstance(figure.value, Fraction)
                )

    def holds(self, figure: Figure) -> bool:
        """Return whether a figure stands in the material, in whatever writing."""
        if figure.kind == "yen" and figure.value in self._scaled:
            return True
        return any(_same(figure, other) for other in self._all)


def _same(figure: Figure, other: Figure) -> bool:
    if figure.kind == "date" and other.kind == "date":
        assert isinstance(figure.value, tuple) and isinstance(other.value, tuple)
        # What the sentence says must be in the material; the material may say more (the day to a month).
        return all(mine is None or mine == theirs for mine, theirs in zip(figure.value, other.value, strict=True))
    if figure.kind == "number" and other.kind in ("number", "yen", "percent"):
        if figure.value != other.value:
            return False
        return not figure.unit or not other.unit or figure.unit == other.unit
    return figure.kind == other.kind and figure.value == other.value
