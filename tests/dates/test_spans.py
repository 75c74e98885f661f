"""The days of which a text speaks."""

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from madoguchi.spans import fiscal_years_in, spans_in
from tests.soak import size

FULL = str.maketrans("0123456789/-.", "０１２３４５６７８９／－．")
ON = date(2024, 6, 1)


def said(text: str, on: date | None = None, fiscal_year: int | None = None) -> list[str]:
    """Return what was found as `text first last`, days shortened to what is needed."""
    return [f"{text[one.start : one.end]} {one.first_day} {one.last_day}" for one in spans_in(text, on, fiscal_year)]


@settings(max_examples=size(150, 4000), deadline=None)
@given(st.dates(date(1890, 1, 1), date(2100, 12, 31)))
def test_a_western_day_is_one_day_in_every_writing(day):
    writings = [
        f"{day.year}年{day.month}月{day.day}日",
        f"西暦{day.year}年{day.month}月{day.day}日",
        f"{day.year}/{day.month}/{day.day}",
        f"{day.year}.{day.month:02}.{day.day:02}",
        day.isoformat(),
    ]
    for writing in [*writings, *(one.translate(FULL) for one in writings)]:
        found = spans_in(f"期限は{writing}です。")
        assert [(one.start, one.end) for one in found] == [(3, 3 + len(writing))], writing
        assert {(one.first_day, one.last_day) for one in found} == {(day, day)}


PIECES = st.sampled_from(
    [
        *("令和", "平成", "昭和", "明治", "R", "H", "S", "㍻", "令", "元", "6", "６", "31", "十二", "2024", "二〇二四"),
        *("’24", "FY", "年", "年度", "月", "日", "4月", "1日", "第1四半期", "上半期", "前年度", "昨年", "同年", "翌年"),
        *(
            "同",
            "同月",
            "翌月10日",
            "今月",
            "至",
            "末",
            "9時30分",
            "条例第3号",
            "会計年度",
            "次年度",
            "6.30",
            "前年同月",
        ),
        *("毎年", "から", "～", "ー", "-", "/", ".", "（", "）", "、", "。", " ", "\n", "①", "の", "葛\U000e0100"),
    ]
)


@settings(max_examples=size(300, 20_000), deadline=None)
@given(st.lists(PIECES, max_size=25).map("".join), st.none() | st.dates(), st.none() | st.integers(1900, 2100))
def test_spans_stand_in_the_text_in_order_and_never_cross(text, on, fiscal_year):
    place = 0
    for one in spans_in(text, on, fiscal_year):
        assert place <= one.start < one.end <= len(text)
        assert one.first_day <= one.last_day
        place = one.end


@settings(max_examples=size(100, 4000), deadline=None)
@given(st.dates(date(1990, 1, 1), date(2060, 12, 31)), st.integers(0, 4000))
def test_a_span_of_days_is_from_the_first_to_the_last(first, days):
    last = first + timedelta(days)
    for joint in ("から", "～", " ～ ", "－", "（月）から"):
        text = f"{first.year}年{first.month}月{first.day}日{joint}{last.year}年{last.month}月{last.day}日まで"
        assert [(one.first_day, one.last_day) for one in spans_in(text)] == [(first, last)], text


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("令和六年四月一日", "2024-04-01", "2024-04-01"),
        ("平成二十三年三月", "2011-03-01", "2011-03-31"),
        ("R6.4.1", "2024-04-01", "2024-04-01"),
        ("Ｒ６．４", "2024-04-01", "2024-04-30"),
        ("㋿6年4月1日", "2024-04-01", "2024-04-01"),
        ("㍾45年7月29日", "1912-07-29", "1912-07-29"),
        ("㍽15年", "1926-01-01", "1926-12-31"),
        ("㍼64年1月7日", "1989-01-07", "1989-01-07"),
        ("㍻元年", "1989-01-01", "1989-12-31"),
        ("令６.4.1", "2024-04-01", "2024-04-01"),
        ("令\U000e0100和6年4月1日", "2024-04-01", "2024-04-01"),
        ("平成31（令和元）年度", "2019-04-01", "2020-03-31"),
        ("平成31/令和元年度", "2019-04-01", "2020-03-31"),
        ("平成31年度（令和元年度）", "2019-04-01", "2020-03-31"),
        ("2024年（令和6年）4月1日", "2024-04-01", "2024-04-01"),
        ("令和6（2024）年", "2024-01-01", "2024-12-31"),
        ("二〇二四年四月", "2024-04-01", "2024-04-30"),
        ("2024/4", "2024-04-01", "2024-04-30"),
        ("’24", "2024-01-01", "2024-12-31"),
        ("’98年度", "1998-04-01", "1999-03-31"),
        ("FY2024", "2024-04-01", "2025-03-31"),
        ("2024年度", "2024-04-01", "2025-03-31"),
        ("令和6年2月", "2024-02-01", "2024-02-29"),
        ("令和6年度第1四半期", "2024-04-01", "2024-06-30"),
        ("令和6年度の第４四半期", "2025-01-01", "2025-03-31"),
        ("令和6年度下半期", "2024-10-01", "2025-03-31"),
        ("令和6年4月1日から7年3月31日", "2024-04-01", "2025-03-31"),
        ("令和6年4月1日（月）から4月5日", "2024-04-01", "2024-04-05"),
        ("令和6年12月28日～1月3日", "2024-12-28", "2025-01-03"),
        ("令和6年4月1日～30日", "2024-04-01", "2024-04-30"),
        ("令和6年4月～9月", "2024-04-01", "2024-09-30"),
        ("平成28年度～令和2年度", "2016-04-01", "2021-03-31"),
        ("令和5～7年度", "2023-04-01", "2026-03-31"),
        ("2024～2026年度", "2024-04-01", "2027-03-31"),
        # By the moon, exact to the year.
        ("明治3年4月1日", "1870-01-01", "1870-12-31"),
        ("明治6年1月1日", "1873-01-01", "1873-01-01"),
        # The day of the change bore both names.
        ("明治45年7月30日", "1912-07-30", "1912-07-30"),
        ("大正15年12月25日", "1926-12-25", "1926-12-25"),
    ],
)
def test_a_writing_means_these_days(text, first, last):
    found = spans_in(text)
    assert [(str(one.first_day), str(one.last_day), one.outside) for one in found] == [(first, last, False)]
    assert (found[0].start, found[0].end) == (0, len(text))


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("平成35年度", "2023-04-01", "2024-03-31"),
        ("平成31年10月1日", "2019-10-01", "2019-10-01"),
        ("平成32年", "2020-01-01", "2020-12-31"),
        ("令和元年4月1日", "2019-04-01", "2019-04-01"),
        ("昭和64年2月", "1989-02-01", "1989-02-28"),
    ],
)
def test_a_date_by_an_era_that_did_not_run_then_is_read_and_said_to_be_so(text, first, last):
    assert [(str(one.first_day), str(one.last_day), one.outside) for one in spans_in(text)] == [(first, last, True)]


@pytest.mark.parametrize(
    "text",
    [
        "令和6年2月30日",
        "令和6年13月",
        "昭和70年",
        "令和0年",
        "平成99年度",
        "2023年2月29日",
        "昭和50年代",
        "1990年代",
        "2024年間",
        "12,2024年",
        "日本年金機構",
        "大正大学",
        "東大2年生",
        "M7.3の地震",
        "1234-5-6",
        "3年6月の懲役",
        "6年度",
        "4月1日",
        "昨年",
        "前年度",
        "①年",
        "",
    ],
)
def test_what_cannot_be_or_is_not_certain_is_no_date(text):
    assert spans_in(text) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("前年度", ["前年度 2023-04-01 2024-03-31"]),
        ("一昨年度", ["一昨年度 2022-04-01 2023-03-31"]),
        ("本年度", ["本年度 2024-04-01 2025-03-31"]),
        ("翌年度への繰越", ["翌年度 2025-04-01 2026-03-31"]),
        ("昨年4月", ["昨年4月 2023-04-01 2023-04-30"]),
        ("本年４月１日", ["本年４月１日 2024-04-01 2024-04-01"]),
        ("前年同期", ["前年 2023-01-01 2023-12-31"]),
        ("30年度", ["30年度 2018-04-01 2019-03-31"]),
        ("6年度", ["6年度 2024-04-01 2025-03-31"]),
        ("4月～9月", ["4月～9月 2024-04-01 2024-09-30"]),
        ("3月31日", ["3月31日 2025-03-31 2025-03-31"]),
        ("第3四半期", ["第3四半期 2024-10-01 2024-12-31"]),
        ("前年度予算と前年度決算", ["前年度 2023-04-01 2024-03-31"] * 2),
        ("3月議会", []),
        ("毎年4月1日", []),
        ("同年", []),
        ("翌年", []),
    ],
)
def test_words_that_count_from_the_document_are_counted_from_its_day_and_fiscal_year(text, expected):
    assert said(text, ON, 2024) == expected


def test_last_fiscal_year_of_a_day_in_march_is_the_one_before_the_running_one():
    assert said("昨年度", date(2024, 3, 31)) == ["昨年度 2022-04-01 2023-03-31"]
    assert said("昨年度", date(2024, 4, 1)) == ["昨年度 2023-04-01 2024-03-31"]


def test_a_year_that_its_sentence_names_is_counted_from_before_the_documents_own():
    assert said("令和2年度は前年度より増えた。", ON, 2024)[1] == "前年度 2019-04-01 2020-03-31"
    assert said("令和2年3月に可決し、同年4月1日に施行した。")[1] == "同年4月1日 2020-04-01 2020-04-01"
    assert said("令和2年3月に可決し、翌年4月に施行した。")[1] == "翌年4月 2021-04-01 2021-04-30"
    # Of two years nobody knows which, and another sentence is another matter.
    assert len(said("令和2年と令和4年に行い、同年に終えた。", ON, 2024)) == 2
    assert said("令和2年度を見た。前年度より増えた。", ON, 2024)[1] == "前年度 2023-04-01 2024-03-31"


def test_a_year_without_its_era_is_of_the_era_near_the_year_named_before():
    assert said("平成30年度、元年度及び2年度")[1:] == [
        "元年度 2019-04-01 2020-03-31",
        "2年度 2020-04-01 2021-03-31",
    ]


def test_what_leads_back_is_two_dates():
    assert said("令和7年4月1日から令和6年3月31日") == [
        "令和7年4月1日 2025-04-01 2025-04-01",
        "令和6年3月31日 2024-03-31 2024-03-31",
    ]


@pytest.mark.parametrize(
    ("text", "years"),
    [
        ("令和5年度から令和7年度まで", [2023, 2024, 2025]),
        ("R7年度の計画", [2025]),
        ("令和7年4月の会議", []),
        ("2025年度と令和7年度", [2025]),
        ("令和8度", [2026]),
    ],
)
def test_fiscal_years_are_told_from_other_dates(text, years):
    assert fiscal_years_in(text) == years
