"""Fiscal years (4月–3月) as a city office writes, reads and types them: 「令和8年度」 is 2026, the year it begins."""

import re
import unicodedata
from datetime import date

from django.utils.translation import get_language

# The western year before the first of each era, newest first. A fiscal year bears the era its end falls in:
# that of 1989 is 平成元年度, that of 2019 令和元年度.
ERAS = {"令和": 2018, "平成": 1988, "昭和": 1925, "大正": 1911, "明治": 1867}
_LETTERS = {"r": "令和", "h": "平成", "s": "昭和", "t": "大正", "m": "明治"}
_TYPED = re.compile(
    rf"(?:({'|'.join([*ERAS, *_LETTERS])})\s*(元|\d{{1,2}})|(?:西暦|fy)?\s*(\d{{4}}))\s*(?:年度?|度)?", re.IGNORECASE
)


def fiscal_year(on: date) -> int:
    """Return the western year in which the fiscal year of a day began."""
    return on.year if on.month >= 4 else on.year - 1


def named(year: int) -> str:
    """Return a fiscal year as documents write it: 「令和7年度」."""
    for era, before in ERAS.items():
        if year > before:
            number = year - before
            return f"{era}{'元' if number == 1 else number}年度"
    return f"{year}年度"


def shown(year: int) -> str:
    """Return a fiscal year in the language of the screen: 「令和7年度」, `FY2025`."""
    return named(year) if (get_language() or "ja").startswith("ja") else f"FY{year}"


def typed(text: str) -> int:
    """Return the western year of a fiscal year as a person types it: 令和8年度, 令和8, R8, ２０２６, 2026年度, FY2026.

    Raises ValueError for anything else.
    """
    found = _TYPED.fullmatch(unicodedata.normalize("NFKC", text).strip())
    if found is None:
        raise ValueError(text)
    era, number, western = found.groups()
    if western:
        return int(western)
    return ERAS[_LETTERS.get(era.lower(), era)] + (1 if number == "元" else int(number))
