"""Fiscal years on a screen: 「令和8年度」, or `FY2026` in English. What they are, `madoguchi.eras` knows."""

from django.utils.translation import get_language

from madoguchi.eras import fiscal_year_of as fiscal_year
from madoguchi.eras import named, typed

__all__ = ["fiscal_year", "named", "shown", "typed"]


def shown(year: int) -> str:
    """Return a fiscal year in the language of the screen: 「令和7年度」, `FY2025`."""
    return named(year) if (get_language() or "ja").startswith("ja") else f"FY{year}"
