"""Figures are one value however they are written, against an oracle that builds the writings from the value."""

from datetime import date
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from madoguchi.answers.figures import Evidence, figures, number_of
from tests.soak import size

ERAS = [("令和", date(2019, 5, 1), 2018), ("平成", date(1989, 1, 8), 1988), ("昭和", date(1926, 12, 25), 1925)]
FULL = str.maketrans("0123456789,", "０１２３４５６７８９，")


def kanji(number: int) -> str:
    """Write a number below 100,000,000 in kanji, the slow way."""
    if number >= 10_000:
        rest = kanji(number % 10_000) if number % 10_000 else ""
        return f"{kanji(number // 10_000)}万{rest}"
    text = ""
    for name, unit in (("千", 1000), ("百", 100), ("十", 10), ("", 1)):
        digit = number // unit % 10
        if digit:
            text += ("" if digit == 1 and name else "一二三四五六七八九"[digit - 1]) + name
    return text


def mixed(number: int) -> str:
    """Write a number as budgets in prose do: 1億2,300万."""
    parts = ""
    for name, unit in (("億", 10**8), ("万", 10**4), ("", 1)):
        part = number // unit % 10**4
        if part:
            parts += f"{part:,}{name}"
    return parts


def era(day: date) -> tuple[str, int]:
    return next((name, day.year - before) for name, begins, before in ERAS if day >= begins)


def only(text: str):
    found = figures(text)
    assert len(found) == 1, found
    return found[0]


days = st.dates(date(1930, 1, 1), date(2060, 12, 31))


@settings(max_examples=size(100, 4000), deadline=None)
@given(days)
def test_a_date_is_one_value_in_every_writing(day):
    name, year = era(day)
    shown = "元" if year == 1 else str(year)
    writings = [
        f"{day.year}年{day.month}月{day.day}日",
        f"{day.year}/{day.month}/{day.day}",
        f"{day.year}-{day.month:02}-{day.day:02}",
        f"{name}{shown}年{day.month}月{day.day}日",
        f"{name}{shown}年{day.month}月{day.day}日".translate(FULL),
        f"{name}{'元' if year == 1 else kanji(year)}年{kanji(day.month)}月{kanji(day.day)}日",
        f"{ {'令和': 'R', '平成': 'H', '昭和': 'S'}[name] }{year}.{day.month}.{day.day}",
        f"{name} {shown} 年 {day.month} 月 {day.day} 日",
    ]
    for writing in writings:
        found = only(f"期限は{writing}です。")
        assert (found.kind, found.value) == ("date", (day.year, day.month, day.day)), writing
        assert Evidence([f"（{writings[0]}まで）"]).holds(found)


@settings(max_examples=size(100, 4000), deadline=None)
@given(days, days)
def test_another_date_is_not_confirmed(day, other):
    stated = only(f"{day.year}年{day.month}月{day.day}日")
    assert Evidence([f"{other.year}年{other.month}月{other.day}日"]).holds(stated) == (day == other)


@settings(max_examples=size(100, 4000), deadline=None)
@given(st.integers(1, 99_999_999))
def test_an_amount_is_one_value_in_every_writing(yen):
    writings = [f"{yen}円", f"{yen:,}円", f"{yen:,}円".translate(FULL), f"{mixed(yen)}円", f"{kanji(yen)}円"]
    if yen % 1000 == 0:
        writings.append(f"{yen // 1000:,}千円")
    if yen % 10_000 == 0:
        writings.append(f"{yen // 10_000:,}万円")
    for writing in writings:
        found = only(f"金額は{writing}")
        assert (found.kind, found.value) == ("yen", yen), writing


@settings(max_examples=size(100, 4000), deadline=None)
@given(st.integers(1, 999_999), st.integers(1, 999_999))
def test_an_amount_stands_in_a_table_by_its_unit(stated, cell):
    table = Evidence([f"歳出\n単位：千円\n民生費：{cell:,}"])
    assert table.holds(only(f"{stated:,}千円")) == (stated == cell)
    assert table.holds(only(f"{mixed(stated * 1000)}円")) == (stated == cell)


@settings(max_examples=size(100, 4000), deadline=None)
@given(st.integers(0, 99_999_999))
def test_kanji_and_digits_are_the_same_number(number):
    assert number_of(f"{number:,}") == number
    if number:
        assert number_of(kanji(number)) == number_of(mixed(number)) == number


@settings(max_examples=size(100, 4000), deadline=None)
@given(st.text(max_size=200))
def test_any_text_is_read_without_a_fault_and_figures_stand_where_they_say(text):
    for figure in figures(text):
        assert text[figure.start : figure.end] == figure.text


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("1億2,300万円", "123,000千円"),
        ("50％", "100分の50"),
        ("5割", "50パーセント"),
        ("午後5時15分", "17:15"),
        ("8時半", "午前8時30分"),
        ("第12条", "第十二条"),
        ("3か月", "３ヶ月"),
        ("20人", "20名"),
        ("2025年度", "令和7年度"),
        ("2分の1", "二分の一"),
        ("0123-45-6789", "０１２３－４５－６７８９"),
        ("1,245 兆円", "1245兆円"),
    ],
)
def test_two_writings_confirm_each_other(one, other):
    assert Evidence([other]).holds(only(one))
    assert Evidence([one]).holds(only(other))


@pytest.mark.parametrize(
    ("stated", "source"),
    [
        ("300円", "300人"),
        ("3日", "3か月"),
        ("令和7年度", "令和6年度"),
        ("令和7年3月1日", "3月1日"),
        ("午後5時", "午前5時"),
        ("第12条", "第12項"),
        ("50%", "50円"),
    ],
)
def test_a_figure_of_another_kind_confirms_nothing(stated, source):
    assert not Evidence([source]).holds(only(stated))


def test_a_month_is_confirmed_by_a_day_in_it():
    assert Evidence(["令和7年3月1日に施行する。"]).holds(only("令和7年3月"))


@pytest.mark.parametrize(
    "text", ["一部の地域", "一人ひとり", "四日市市", "十分に", "万一", "三重県", "単位：千円", "① ②"]
)
def test_words_are_not_figures(text):
    assert not figures(text)


def test_a_half_is_a_fraction():
    assert only("2分の1").value == Fraction(1, 2)
