"""Japanese eras and fiscal years (4月–3月): the one place that knows them.

令和6年 is 2024; 「令和8年度」 is 2026, the year in which it begins.
"""

import re
import unicodedata
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class Era:
    """An era with its first and last day (None: it runs), and the highest year that documents write by it."""

    name: str
    letter: str
    first: date
    last: date | None
    most: int

    @property
    def before(self) -> int:
        """Return the western year before its first."""
        return self.first.year - 1


# Newest first. The day of a change belongs to the new era; on those of 1912 and 1926 the old one was written too.
# 明治 counted by the moon until the day before 明治6年1月1日: what is older is exact to the year only.
# Plans made before 2019 go on in 平成: 平成35年度 is 2023, and 40 years from 平成30 are none too long for a plan.
ERAS = (
    Era("令和", "R", date(2019, 5, 1), None, 99),
    Era("平成", "H", date(1989, 1, 8), date(2019, 4, 30), 70),
    Era("昭和", "S", date(1926, 12, 25), date(1989, 1, 7), 64),
    Era("大正", "T", date(1912, 7, 30), date(1926, 12, 24), 15),
    Era("明治", "M", date(1868, 1, 25), date(1912, 7, 29), 45),
)
SOLAR = date(1873, 1, 1)
_LAST_DAYS_SHARED = (date(1912, 7, 30), date(1926, 12, 25))
NAMES = {era.name: era for era in ERAS}
LETTERS = {era.letter: era for era in ERAS}
# Fiscal years run from April since 明治19年度.
FIRST_FISCAL_YEAR = 1886

# Years and months as they are said: from the day on which it is said, and from one that was said before.
# Longer words first.
FROM_NOW = {"一昨年": -2, "おととし": -2, "再来年": 2, "昨年": -1, "去年": -1, "今年": 0, "本年": 0, "来年": 1}
FISCAL_FROM_NOW = {"一昨年度": -2, "再来年度": 2, "昨年度": -1, "今年度": 0, "本年度": 0, "当年度": 0, "来年度": 1}
FROM_SAID = {"前々年": -2, "翌々年": 2, "前年": -1, "同年": 0, "翌年": 1}
FISCAL_FROM_SAID = {"前々年度": -2, "翌々年度": 2, "前年度": -1, "同年度": 0, "当該年度": 0, "翌年度": 1, "次年度": 1}
MONTH_FROM_NOW = {"再来月": 2, "先月": -1, "今月": 0, "来月": 1}
MONTH_FROM_SAID = {"翌々月": 2, "前月": -1, "同月": 0, "翌月": 1}

_DIGITS = {character: value for value, character in enumerate("〇一二三四五六七八九")}
_UNITS = {"十": 10, "百": 100, "千": 1000}
_TYPED = re.compile(
    rf"(?:({'|'.join([*NAMES, *LETTERS])})\s*(元|\d{{1,2}})|(?:西暦|fy)?\s*(\d{{4}}))\s*(?:年度?|度)?", re.IGNORECASE
)


def named_era(text: str) -> Era:
    """Return the era of a name (令和), a letter (R, r) or a first character (令); raises KeyError for others."""
    return NAMES.get(text) or LETTERS.get(text.upper()) or {name[0]: era for name, era in NAMES.items()}[text]


def western(era: str, number: int) -> int:
    """Return the western year of an era's year, whether or not the era had it."""
    return named_era(era).before + number


def numeral(text: str) -> int:
    """Return the value of 元, 12, 十二, 二〇二四 or 千九百; raises ValueError for others."""
    if text == "元":
        return 1
    if text.isascii() and text.isdecimal():
        return int(text)
    if not text or any(character not in _DIGITS and character not in _UNITS for character in text):
        raise ValueError(text)
    if all(character in _DIGITS for character in text):
        return int("".join(str(_DIGITS[character]) for character in text))
    total, digit = 0, 0
    for character in text:
        if character in _DIGITS:
            digit = digit * 10 + _DIGITS[character]
        else:
            total += (digit or 1) * _UNITS[character]
            digit = 0
    return total + digit


def to_era(day: date) -> tuple[str, int]:
    """Return the era and its year of a day: ("令和", 6); raises ValueError before 明治6年 (1873)."""
    if day < SOLAR:
        raise ValueError("明治6年より前は、日にちを西暦と対応させられません。")
    era = next(era for era in ERAS if day >= era.first)
    return era.name, day.year - era.before


def written(day: date) -> str:
    """Return a day as documents write it: 「令和6年4月1日」."""
    name, number = to_era(day)
    return f"{name}{_number(number)}年{day.month}月{day.day}日"


def era_year(year: int) -> list[str]:
    """Return the names of a western year, that of the newer era first: 2019 is 令和元年 and 平成31年."""
    running = [era for era in ERAS if era.before < year <= (era.last.year if era.last else year)]
    return [f"{era.name}{_number(year - era.before)}年" for era in running]


def ran(era: Era, first: date, last: date) -> bool:
    """Return whether an era ran from one day to another, or began or ended between: 平成35年度 is outside of it."""
    ended = era.last is not None and first > era.last and first not in _LAST_DAYS_SHARED
    return not ended and last >= era.first


def fiscal_year_of(day: date) -> int:
    """Return the western year in which the fiscal year of a day began."""
    return day.year if day.month >= 4 else day.year - 1


def fiscal_days(year: int) -> tuple[date, date]:
    """Return the first and the last day of the fiscal year that begins in a western year."""
    return date(year, 4, 1), date(year + 1, 3, 31)


def named(year: int) -> str:
    """Return a fiscal year as documents write it: 「令和7年度」. That of 2019 is 令和元年度 from its first day."""
    name = era_year(year)
    return f"{name[0] if name else f'{year}年'}度"


def typed(text: str) -> int:
    """Return the western year of a fiscal year as a person types it: 令和8年度, 令和8, R8, ２０２６, 2026年度, FY2026.

    Raises ValueError for anything else.
    """
    found = _TYPED.fullmatch(unicodedata.normalize("NFKC", text).strip())
    if found is None:
        raise ValueError(text)
    era, number, year = found.groups()
    return int(year) if year else western(era, numeral(number))


def _number(number: int) -> str:
    return "元" if number == 1 else str(number)
