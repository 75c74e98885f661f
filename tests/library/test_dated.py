"""The days of which a passage speaks, counted from the day of its document."""

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from madoguchi.library import dated, ingest, store
from madoguchi.library.dated import Written, dates_of, written
from madoguchi.library.models import Passage
from madoguchi.people.access import scope_of_operator
from madoguchi.readers.blocks import Block
from tests.soak import size

BUDGET = "# 予算\n\n福祉の予算は前年度より1億円増えた。\n\n令和6年10月1日から始める。\n"


def page(*texts: str, number: int = 1) -> list[Block]:
    return [Block("paragraph", text, {"page": number, "boxes": []}) for text in texts]


@pytest.mark.parametrize(
    ("title", "texts", "on"),
    [
        ("令和6年3月定例会会議録", [], date(2024, 3, 1)),
        ("広報かざみ 令和6年4月号", [], date(2024, 4, 1)),
        ("通知（R6.4.15）", [], date(2024, 4, 15)),
        ("手続きの案内", ["市民課長", "令和６年４月15日", "手続きについて（令和5年1月1日の件）"], date(2024, 4, 15)),
        ("人口", ["（令和6年4月1日現在）", "平成2年から数える。"], date(2024, 4, 1)),
        ("要綱", ["施行日：2024年4月1日"], date(2024, 4, 1)),
        ("要綱", ["この要綱は、令和6年4月1日から施行する。"], date(2024, 4, 1)),
        ("手数料条例", ["平成12年3月24日条例第5号"], date(2000, 3, 24)),
        ("会議録", ["令和6年第1回市議会 令和6年3月定例会"], date(2024, 3, 1)),
        ("会議録", ["作成日 令和6年3月8日"], date(2024, 3, 8)),
        # Nothing, or nothing certain.
        ("案内", ["令和6年4月1日に転入した方は、窓口へ。"], None),
        ("要綱", ["令和5年4月1日から施行する。令和6年4月1日から施行する。"], None),
        ("令和5年4月と令和6年4月", [], None),
        ("案内", [], None),
    ],
)
def test_a_document_was_written_on_the_day_its_title_or_first_page_says(title, texts, on):
    assert written(title, None, page(*texts)).on == on


def test_a_date_on_a_later_page_or_hidden_or_told_by_a_model_does_not_date_the_document():
    hidden, told = page("令和6年4月1日", "令和6年4月1日")
    hidden.hidden, told.origin = "非表示の行", "model"
    assert written("案内", None, [hidden, told, *page("令和6年4月1日", number=2)]).on is None


@pytest.mark.parametrize(
    ("title", "given_year", "heading", "year"),
    [
        ("令和5年度決算", 2024, "", 2024),
        ("令和5年度決算", None, "", 2023),
        ("r5_kessan", None, "令和5年度　決算の概要", 2023),
        ("令和6年3月定例会", None, "", 2023),
        ("令和5年度と令和6年度", None, "", None),
        ("決算", None, "", None),
    ],
)
def test_the_fiscal_year_is_the_one_given_or_what_the_document_says(title, given_year, heading, year):
    blocks = [Block("heading", heading, {"page": 1}, level=1)] if heading else []
    assert written(title, given_year, blocks).fiscal_year == year


def test_words_that_count_are_counted_from_the_document_or_from_the_heading_above():
    last, this = ["2023-04-01", "2024-03-31"], ["2024-04-01", "2025-03-31"]
    assert dates_of([], "前年度より増えた。", Written(None, 2024)) == [last]
    assert dates_of(["令和6年度の予算", "民生費"], "前年度より増えた。", Written()) == [this, last]
    assert dates_of([], "前年度より増えた。", Written(date(2024, 6, 1), None)) == [last]
    assert dates_of([], "前年度より増えた。", Written()) == []


def test_headers_of_a_table_are_among_what_is_said():
    assert dates_of(["歳入"], "単位：千円\n令和5年度／市税：100　令和6年度／市税：120", Written()) == [
        ["2023-04-01", "2024-03-31"],
        ["2024-04-01", "2025-03-31"],
    ]


def test_equal_dates_are_one_and_a_register_of_dates_is_capped():
    assert len(dates_of([], "令和6年4月1日、R6.4.1、2024/4/1", Written())) == 1
    assert len(dates_of([], "、".join(f"令和6年1月{day}日" for day in range(1, 32)) * 3, Written())) == 31
    days = "、".join(f"令和{year}年{month}月1日" for year in range(1, 9) for month in range(1, 13))
    assert len(dates_of([], days, Written())) == dated.MOST_DATES


@settings(max_examples=size(100, 3000), deadline=None)
@given(st.text(), st.lists(st.text(max_size=30), max_size=4))
def test_any_text_has_dates_in_iso_form_first_to_last(text, heading):
    for first, last in dates_of(heading, text, Written(date(2024, 4, 1), 2024)):
        assert date.fromisoformat(first) <= date.fromisoformat(last)


@pytest.mark.django_db
def test_a_passage_keeps_the_days_it_speaks_of(staff_folder, add_document):
    version = add_document(staff_folder, BUDGET, fiscal_year=2024)
    passage = Passage.objects.get(version=version)
    assert passage.dates == [["2023-04-01", "2024-03-31"], ["2024-10-01", "2024-10-01"]]
    # Cut again, it keeps them.
    Passage.objects.filter(pk=passage.pk).update(dates=[])
    ingest.cut(str(version.pk))
    passage.refresh_from_db()
    assert len(passage.dates) == 2


@pytest.mark.django_db
def test_another_fiscal_year_of_a_document_dates_its_passages_anew(
    office, staff_folder, add_document, django_capture_on_commit_callbacks
):
    document = add_document(staff_folder, BUDGET, fiscal_year=2024).document
    scope = scope_of_operator(office)
    with django_capture_on_commit_callbacks() as begun:
        store.change(scope, None, document, title=document.title, readers=[], classification=2, fiscal_year=2020)
    # One tells the index, one dates the passages anew.
    assert len(begun) == 2
    assert ingest.date_again(str(document.pk)) == 1
    assert ingest.date_again(str(document.pk)) == 0
    dates = Passage.objects.get(version=document.current).dates
    assert dates == [["2019-04-01", "2020-03-31"], ["2024-10-01", "2024-10-01"]]
