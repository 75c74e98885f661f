"""Which quotes answer: of the year, the thing and the place that are asked for, and nothing when there are none."""

from dataclasses import replace
from datetime import date

import pytest

from madoguchi.answers.ask import answer_of
from madoguchi.answers.quote import quotes
from madoguchi.answers.rows import readable
from madoguchi.answers.words import places
from madoguchi.people.access import scope_of
from madoguchi.search.query import Hit
from tests.answers.office import document, folder

pytestmark = pytest.mark.django_db
ON = date(2026, 11, 24)


@pytest.fixture
def scope(make_user):
    return replace(scope_of(make_user("tanaka"), "internal"), on=ON)


def hits(*documents) -> list[Hit]:
    passages = [passage for one in documents for passage in one.current.passages.all()]
    return [Hit(passage, 1 - place / 50) for place, passage in enumerate(passages)]


def first(question: str, *documents) -> str:
    found = quotes(question, hits(*documents), ON)
    return found[0].text if found else ""


@pytest.fixture
def budgets(office, empty_index):
    public = folder(office, "公開", ["public"])
    row = "表:単位：千円\n事業：配食サービス事業　予算額：{}\n事業：見守り機器貸与事業　予算額：{}"
    return [
        document(public, "令和7年度予算書", row.format("42,600", "33,800"), fiscal_year=2025),
        document(public, "令和8年度予算書", row.format("84,300", "54,300"), fiscal_year=2026),
    ]


@pytest.mark.parametrize(("year", "amount"), [("令和7年度", "42,600千円"), ("令和8年度", "84,300千円")])
def test_the_document_of_the_year_that_is_asked_for_leads(budgets, year, amount):
    assert amount in first(f"{year}の配食サービス事業の予算額はいくらですか", *budgets)


def test_the_newer_document_leads_when_no_year_is_asked_for(budgets):
    assert "84,300千円" in first("配食サービス事業の予算額はいくらですか", *budgets)


def test_last_year_is_that_of_the_day_of_asking(budgets, scope):
    assert "42,600千円" in answer_of(scope, "昨年度の配食サービス事業の予算額はいくらですか")["sentences"][0]["text"]


def test_documents_of_other_years_only_are_no_answer(budgets, scope):
    assert answer_of(scope, "令和3年度の配食サービス事業の予算額はいくらですか")["mode"] == "none"


def test_a_document_in_force_answers_for_its_years_and_not_for_years_to_come(office, empty_index):
    rule = document(
        folder(office, "公開", ["public"]),
        "手数料条例",
        "犬の登録の手数料は、1頭につき3,000円とする。",
        valid_from=date(2024, 4, 1),
    )
    assert first("令和7年度の犬の登録の手数料はいくらですか", rule)
    assert not first("令和5年度の犬の登録の手数料はいくらですか", rule)
    assert not first("令和15年度の犬の登録の手数料はいくらですか", rule)


def test_what_is_out_of_date_comes_after_what_is_in_force(office, empty_index):
    public = folder(office, "公開", ["public"])
    old = document(public, "粗大ごみ（旧）", "粗大ごみの手数料は、1点400円です。", valid_to=date(2026, 3, 31))
    new = document(public, "粗大ごみ", "粗大ごみの手数料は、1点500円です。")
    assert "500円" in first("粗大ごみの手数料はいくらですか", old, new)


def test_the_row_of_the_day_and_the_district_leads(office, empty_index):
    calendar = document(
        folder(office, "公開", ["public"]),
        "収集日カレンダー",
        "表:収集日：令和8年4月1日　地区：北地区　収集するもの：燃やすごみ\n"
        "収集日：令和8年4月6日　地区：北地区　収集するもの：資源物\n"
        "収集日：令和8年4月6日　地区：南浜地区　収集するもの：有害ごみ",
    )
    assert "資源物" in first("4月6日の北地区の収集は何ですか", calendar)


def test_what_only_asks_does_not_lead(office, empty_index):
    minutes = document(
        folder(office, "公開", ["public"]),
        "会議録",
        "小学校の統合の時期はいつか、検討の状況を伺います。\n小学校の統合は、令和11年4月を目標とします。",
    )
    assert "令和11年4月" in first("小学校の統合の時期はいつですか", minutes)


def test_another_city_is_not_answered_from_our_documents(library, scope):
    assert answer_of(scope, "住民票の写しの手数料はいくらですか")["mode"] == "quoted"
    assert answer_of(scope, "札幌市の住民票の写しの手数料はいくらですか")["mode"] == "none"


def test_the_department_is_that_of_what_is_quoted(library, scope):
    assert answer_of(scope, "年次有給休暇は何日とれますか")["department"] == "総務部 人事課"


@pytest.mark.parametrize(
    ("question", "named"),
    [
        ("札幌市の手数料は", ["札幌市"]),
        ("世田谷区では何日ですか", ["世田谷区"]),
        ("札幌市から転入するとき", []),
        ("手数料はいくらですか", []),
    ],
)
def test_a_place_is_a_topic_only_when_the_question_is_of_it(question, named):
    assert places(question) == named


def test_a_row_bears_the_unit_of_its_table_where_it_is_one_of_amounts():
    row = "区分：市債　本年度末現在高：24,436　構成比：6.6　人数：3　面積（㎡）：12"
    assert readable(row, "千円") == "市債　本年度末現在高：24,436千円　構成比：6.6　人数：3　面積（㎡）：12"
