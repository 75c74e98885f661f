"""Fiscal years as a city office writes and types them."""

from datetime import date

import pytest
from django.utils.translation import override
from hypothesis import given
from hypothesis import strategies as st

from madoguchi.web.fiscal_years import fiscal_year, named, shown, typed


@pytest.mark.parametrize(
    ("text", "year"),
    [
        ("令和8年度", 2026),
        ("令和 8 年度", 2026),
        ("令和8年", 2026),
        ("令和８", 2026),
        ("R8", 2026),
        ("ｒ８年度", 2026),
        ("令和元年度", 2019),
        ("平成31", 2019),
        ("H30年度", 2018),
        ("昭和63年度", 1988),
        ("2026", 2026),
        ("２０２６年度", 2026),
        ("西暦2026年度", 2026),
        ("FY2026", 2026),
        ("㋿8年度", 2026),
    ],
)
def test_every_way_of_typing_a_fiscal_year_is_read(text, year):
    assert typed(text) == year


@pytest.mark.parametrize("text", ["", "8", "26", "来年度", "令和", "令和100", "2026-2027", "20261", "R8a", "年度"])
def test_what_names_no_fiscal_year_is_refused(text):
    with pytest.raises(ValueError, match=r".*"):
        typed(text)


@given(st.integers(1868, 2099))
def test_what_is_shown_can_be_typed_again(year):
    for language in ("ja", "en"):
        with override(language):
            assert typed(shown(year)) == year


def test_a_fiscal_year_is_named_by_its_era_and_in_english_by_its_number():
    assert [named(year) for year in (1988, 1989, 2018, 2019, 2026)] == [
        "昭和63年度",
        "平成元年度",
        "平成30年度",
        "令和元年度",
        "令和8年度",
    ]
    with override("en"):
        assert shown(2026) == "FY2026"


def test_a_fiscal_year_begins_in_april():
    assert fiscal_year(date(2026, 3, 31)) == 2025
    assert fiscal_year(date(2026, 4, 1)) == 2026
