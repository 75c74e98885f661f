"""What a question asks for besides its words: a fiscal year, named or relative to the day it is asked."""

import re
from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _

from madoguchi.eras import FISCAL_FROM_NOW, FROM_NOW, fiscal_year_of, named
from madoguchi.spans import fiscal_years_in

# The office counts in fiscal years (4月–3月): 「昨年の予算」 is that of the year before, and so is 「前年の予算」.
# Longer words first.
_RELATIVE = FISCAL_FROM_NOW | {"前年度": -1} | FROM_NOW | {"前年": -1}
# 日本年金機構, 以来年々, 従来年1回, 過去年間.
_RELATIVE_WORD = re.compile(rf"(?<![日以従過])(?:{'|'.join(_RELATIVE)})")


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
        year = named(fiscal_year_of(on) + _RELATIVE[match[0]])
        notes[match[0]] = _("%(word)s＝%(year)sとして") % {"word": match[0], "year": year}
        return year

    plain = _RELATIVE_WORD.sub(name, question)
    return Understood(plain, tuple(fiscal_years_in(plain)), "、".join(notes.values()))
