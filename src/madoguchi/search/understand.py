"""What a question asks for besides its words: a fiscal year, named or relative to the day it is asked."""

import re
import unicodedata
from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _

from madoguchi.web.fiscal_years import ERAS, fiscal_year, named

# Longer words first. The office counts in fiscal years (4月–3月), so 「昨年の予算」 is that of the year before.
_RELATIVE = {
    "一昨年度": -2,
    "一昨年": -2,
    "おととし": -2,
    "昨年度": -1,
    "昨年": -1,
    "去年": -1,
    "前年度": -1,
    "前年": -1,
    "今年度": 0,
    "本年度": 0,
    "今年": 0,
    "来年度": 1,
    "来年": 1,
}
_RELATIVE_WORD = re.compile("|".join(_RELATIVE))
# The western year before each era's first.
_ERAS = {**ERAS, "r": ERAS["令和"], "h": ERAS["平成"]}
_NAMED = re.compile(r"(令和|平成|昭和|(?<![a-z])[rh])\s*(元|\d{1,2})\s*年?度|(\d{4})\s*年度")


@dataclass(frozen=True)
class Understood:
    """A question with its relative years named, the fiscal years it speaks of, and what to tell the person of it."""

    plain: str
    years: tuple[int, ...]
    note: str


def understood(question: str, on: date) -> Understood:
    """Return what a question means on a day."""
    notes: dict[str, str] = {}

    def name(match: re.Match[str]) -> str:
        year = named(fiscal_year(on) + _RELATIVE[match[0]])
        notes[match[0]] = _("%(word)s＝%(year)sとして") % {"word": match[0], "year": year}
        return year

    plain = _RELATIVE_WORD.sub(name, question)
    years = []
    for era, number, western in _NAMED.findall(unicodedata.normalize("NFKC", plain).lower()):
        years.append(int(western) if western else _ERAS[era] + (1 if number == "元" else int(number)))
    return Understood(plain, tuple(dict.fromkeys(years)), "、".join(notes.values()))
