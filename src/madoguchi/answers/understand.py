"""What a question means on the day it is asked: 「昨年」 is a fiscal year."""

import re
from datetime import date

from django.utils.translation import gettext as _

# Longer words first. The office counts in fiscal years (4月–3月), so 「昨年の予算」 is that of the year before.
_YEARS = {
    "一昨年度": -2,
    "一昨年": -2,
    "おととし": -2,
    "昨年度": -1,
    "昨年": -1,
    "去年": -1,
    "前年度": -1,
    "今年度": 0,
    "本年度": 0,
    "今年": 0,
    "来年度": 1,
    "来年": 1,
}
_WORD = re.compile("|".join(_YEARS))
_REIWA_BEGINS = 2019


def fiscal_year(on: date) -> int:
    """Return the western year in which the fiscal year of a day began."""
    return on.year if on.month >= 4 else on.year - 1


def named(year: int) -> str:
    """Return a fiscal year as documents write it: 「令和7年度」."""
    number = year - _REIWA_BEGINS + 1
    if number < 1:
        return f"平成{year - 1988}年度"
    return f"令和{'元' if number == 1 else number}年度"


def understood(question: str, on: date) -> tuple[str, str]:
    """Return a question with its relative years named, and what to tell the person of it (empty when nothing)."""
    notes: list[str] = []

    def name(match: re.Match[str]) -> str:
        year = named(fiscal_year(on) + _YEARS[match[0]])
        notes.append(_("「%(word)s」を%(year)sとして探しました。") % {"word": match[0], "year": year})
        return year

    plain = _WORD.sub(name, question)
    return plain, " ".join(dict.fromkeys(notes))
