"""Eras and fiscal years, against a table of their own."""

from datetime import date, timedelta

import pytest

from madoguchi import eras
from madoguchi.spans import spans_in

# Era, first day, last day.
TABLE = [
    ("明治", date(1868, 1, 25), date(1912, 7, 29)),
    ("大正", date(1912, 7, 30), date(1926, 12, 24)),
    ("昭和", date(1926, 12, 25), date(1989, 1, 7)),
    ("平成", date(1989, 1, 8), date(2019, 4, 30)),
    ("令和", date(2019, 5, 1), date(2100, 12, 31)),
]
LETTERS = {"明治": "M", "大正": "T", "昭和": "S", "平成": "H", "令和": "R"}


def kanji(number: int) -> str:
    """Write a number below 100 in kanji, the slow way."""
    tens, ones = divmod(number, 10)
    return (
        ("" if tens < 2 else "一二三四五六七八九"[tens - 1])
        + ("十" if tens else "")
        + " 一二三四五六七八九"[ones].strip()
    )


def test_every_day_from_1873_to_2100_is_the_same_after_its_era_was_written_and_read():
    day = date(1873, 1, 1)
    while day <= date(2100, 12, 31):
        name, number = eras.to_era(day)
        assert next(era for era, first, last in TABLE if first <= day <= last) == name
        assert eras.western(name, number) == day.year
        found = spans_in(eras.written(day))
        assert [(one.first_day, one.last_day, one.kind, one.outside) for one in found] == [(day, day, "day", False)]
        day += timedelta(1)


def test_every_writing_of_a_year_by_its_era_is_the_same_year():
    for name, first, last in TABLE:
        for number in range(1, last.year - first.year + 2):
            year = first.year + number - 1
            said = ["元", "1", "１", "一"] if number == 1 else [str(number), kanji(number)]
            writings = [f"{name}{one}年度" for one in said] + [f"{name} {said[0]} 年度", f"{name[0]}{said[0]}年度"]
            if number > 1:
                writings.append(f"{LETTERS[name]}{number}年度")
            if year < 1886:
                continue
            for writing in writings:
                assert [(one.first_day, one.last_day) for one in spans_in(writing)] == [
                    (date(year, 4, 1), date(year + 1, 3, 31))
                ], writing


@pytest.mark.parametrize(("name", "first", "last"), TABLE[1:], ids=[name for name, *_ in TABLE[1:]])
def test_an_era_begins_on_its_first_day_and_the_one_before_ends_on_the_day_before(name, first, last):
    assert eras.to_era(first) == (name, 1)
    before = eras.NAMES[eras.to_era(first - timedelta(1))[0]]
    assert before.last == first - timedelta(1)


def test_before_meiji_6_no_day_is_told_by_its_era():
    with pytest.raises(ValueError, match="明治6年"):
        eras.to_era(date(1872, 12, 31))


def test_a_year_of_change_has_two_names():
    assert eras.era_year(2019) == ["令和元年", "平成31年"]
    assert eras.era_year(1989) == ["平成元年", "昭和64年"]
    assert eras.era_year(2024) == ["令和6年"]
    assert eras.era_year(1700) == []


def test_a_fiscal_year_is_its_days():
    for year in range(1886, 2100):
        first, last = eras.fiscal_days(year)
        assert (last - first).days in (364, 365)
        assert eras.fiscal_year_of(first) == eras.fiscal_year_of(last) == year
        assert eras.fiscal_year_of(first - timedelta(1)) == year - 1


@pytest.mark.parametrize("number", range(1, 100))
def test_numerals_in_kanji_and_digits_are_one_number(number):
    assert eras.numeral(kanji(number)) == eras.numeral(str(number)) == number


@pytest.mark.parametrize("text", ["", "甲", "6a", "十x"])
def test_what_is_no_numeral_is_refused(text):
    with pytest.raises(ValueError):
        eras.numeral(text)
