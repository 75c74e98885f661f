"""What a question asks for besides its words."""

from datetime import date

import pytest

from madoguchi.people.access import scope_of, scope_of_operator
from madoguchi.people.models import Department
from madoguchi.search.articles import Article, asked_for
from madoguchi.search.favour import departments_in
from madoguchi.search.query import find
from madoguchi.search.understand import MOST_PARTS, understood

TODAY = date(2026, 11, 24)


def headings(office, question: str, **options) -> list[str]:
    hits = find(scope_of_operator(office, TODAY), question, **options).hits
    return [hit.passage.heading[-1] for hit in hits]


def files(office, question: str, **options) -> list[str]:
    hits = find(scope_of_operator(office, TODAY), question, **options).hits
    return [hit.passage.version.document.file_name for hit in hits]


# --- phrases and what is left out


@pytest.mark.parametrize(
    ("question", "plain", "phrases", "excluded"),
    [
        ("“住民票の写し”の手数料", "住民票の写しの手数料", ("住民票の写し",), ()),
        ('"住民票の写し" 手数料', "住民票の写し 手数料", ("住民票の写し",), ()),
        ("＂印鑑＂と“登録”", "印鑑と登録", ("印鑑", "登録"), ()),
        ("「住民票の写し」の手数料", "「住民票の写し」の手数料", (), ()),
        ("手数料 -廃車", "手数料", (), ("廃車",)),
        ("手数料　－廃車 －転出", "手数料", (), ("廃車", "転出")),
        ('-廃車 手数料 -"軽自動車税の減免"', "手数料", (), ("廃車", "軽自動車税の減免")),
        ("A-1の様式 0999-00-1234 1-2番地", "A-1の様式 0999-00-1234 1-2番地", (), ()),
        ("手数料 - 窓口", "手数料 - 窓口", (), ()),
        ('24"の画面', '24"の画面', (), ()),
        ("“昨年度”の予算", "昨年度の予算", ("昨年度",), ()),
        ("“、。”の使い方", "、。の使い方", (), ()),
    ],
)
def test_phrases_and_what_is_left_out_are_understood(question, plain, phrases, excluded):
    meant = understood(question, TODAY)
    assert (meant.plain, meant.phrases, meant.excluded) == (plain, phrases, excluded)


def test_only_the_first_few_phrases_and_exclusions_count():
    meant = understood(" ".join(f"-語{number} “句{number}”" for number in range(50)), TODAY)
    assert (len(meant.excluded), len(meant.phrases)) == (MOST_PARTS, MOST_PARTS)


def test_the_note_says_how_a_question_was_understood():
    meant = understood("昨年の“住民票の写し” -廃車 最新", TODAY)
    assert meant.note == (
        "昨年＝令和7年度として、“住民票の写し”をそのまま含むものを、『廃車』を含まないものを、新しいものを先に"
    )
    assert understood("住民票の手数料", TODAY).note == ""


@pytest.mark.django_db
def test_a_quoted_phrase_finds_only_what_has_it_as_it_is_written(office, shelf, add, without_meaning):
    add(
        shelf,
        "# 甲\n\n住民票の写しを交付する。\n\n# 乙\n\n写しの交付は、住民と票の順による。\n\n"
        "# 丙\n\n住民票と写しを交付する。\n\n# 丁\n\n住民票ノ寫シの話。\n",
    )
    assert set(headings(office, "住民票の写しの交付")) == {"甲", "乙", "丙", "丁"}
    assert headings(office, "“住民票の写し”の交付") == ["甲"]
    assert headings(office, '"住民票の写し"') == ["甲"]
    assert headings(office, "“交付する”“住民票と”") == ["丙"]
    assert headings(office, "“住民税の写し”") == []


@pytest.mark.django_db
def test_a_phrase_is_found_behind_any_number_of_rows_that_have_its_words_apart(office, shelf, add, without_meaning):
    apart = "".join(f"# 別{number}\n\n写し 住民票 写し 住民票 {number}\n\n" for number in range(160))
    add(shelf, f"{apart}# 甲\n\n{'長い説明が続く。' * 20}住民票の写しがある。\n")
    assert headings(office, "“住民票の写し”", k=1) == ["甲"]


@pytest.mark.django_db
def test_what_is_left_out_is_not_found_and_all_else_is(office, shelf, add, without_meaning):
    much = "".join(f"# 廃{number}\n\n軽自動車 軽自動車 廃車 {number}\n\n" for number in range(160))
    add(shelf, f"{much}# 甲\n\n軽自動車を登録する。\n")
    assert headings(office, "軽自動車 -廃車") == ["甲"]
    assert headings(office, "軽自動車　－“登録する” -廃車") == []
    assert len(headings(office, "軽自動車")) == 10


@pytest.mark.django_db
def test_a_question_that_only_leaves_out_finds_nothing_and_says_why(office, shelf, add, without_meaning):
    add(shelf, "# 甲\n\n軽自動車を登録する。\n")
    results = find(scope_of_operator(office, TODAY), "-廃車")
    assert results.hits == []
    assert "除く語だけでは探せません" in results.note


# --- articles


def article_of(question: str) -> Article:
    article = asked_for(question)
    assert article is not None
    return article


@pytest.mark.parametrize(
    ("question", "numbers", "law"),
    [
        ("手数料条例第3条", (3,), "手数料条例"),
        ("手数料条例の第三条の二を教えて", (3, 2), "手数料条例"),
        ("「印鑑条例施行規則」第１２条", (12,), "印鑑条例施行規則"),
        ("手数料条例（平成12年条例第3号）第3条", (3,), "手数料条例"),
        ("第3条の内容", (3,), ""),
    ],
)
def test_an_article_is_understood(question, numbers, law):
    article = article_of(question)
    assert (article.numbers, article.law) == (numbers, law)


def test_a_number_of_a_law_is_no_article():
    assert asked_for("平成12年条例第3号") is None


@pytest.mark.parametrize(
    ("title", "agrees"),
    [
        ("くらし市手数料条例", True),
        ("手数料条例（抄）", True),
        ("手数料条例施行規則", False),
        ("手数料条例の手引き", False),
        ("使用料条例", False),
        ("印鑑条例", False),
    ],
)
def test_a_title_is_that_of_the_law_or_of_another(title, agrees):
    assert bool(article_of("くらし市の手数料条例第3条").agreement(title)) is agrees


@pytest.mark.django_db
def test_an_article_comes_before_those_that_cite_it_and_those_of_other_laws(office, shelf, add, without_meaning):
    for name in ("使用料条例", "手数料条例", "手数料条例施行規則", "印鑑条例"):
        articles = "\n\n".join(
            f"第{number}条　{name}第3条に定める手数料は、手数料条例第3条の例による。第3条。" for number in range(4, 30)
        )
        text = f"# {name}\n\n第3条　市長は、これを減免する。\n\n第3条の2　なお従前の例による。\n\n{articles}\n"
        add(shelf, text, f"{name}.md", title=name)

    def first(question: str) -> tuple[str, str]:
        passage = find(scope_of_operator(office, TODAY), question).hits[0].passage
        return passage.version.document.title, passage.heading[-1]

    assert first("手数料条例第3条") == ("手数料条例", "第3条")
    assert first("手数料条例第三条の二は何を定めていますか") == ("手数料条例", "第3条の2")
    assert first("印鑑条例の第3条") == ("印鑑条例", "第3条")
    assert first("手数料条例施行規則 第3条") == ("手数料条例施行規則", "第3条")


@pytest.mark.django_db
@pytest.mark.req("C10")
def test_what_is_asked_for_is_found_alike_with_and_without_hidden_documents(
    office, shelf, closed, add, make_user, without_meaning
):
    text = "# 手数料条例\n\n第3条　住民票の写しは、令和6年4月1日から300円とする。\n\n第4条　第3条の例による。\n"
    add(shelf, text, "手数料条例.md", title="手数料条例", fiscal_year=2024)
    scope = scope_of(make_user("tanaka"), "internal", on=TODAY)
    asked = (
        "手数料条例第3条",
        "“住民票の写し” -減免",
        "人事課の2024年4月の手数料",
        "直近のじゅうみんひょう",
        "住民票ガード",
    )

    def seen() -> list[tuple[str, list[dict[str, object]]]]:
        found = [find(scope, question) for question in asked]
        return [(one.note, [hit.to_json() for hit in one.hits]) for one in found]

    alone = seen()
    for number in range(3):
        add(
            closed,
            f"{text}\n住民票ガード {number}",
            f"秘{number}.md",
            title="手数料条例",
            department_name="人事課",
            fiscal_year=2026,
        )
    assert seen() == alone
    assert [len(hits) for _note, hits in alone][:2] == [2, 1]


# --- departments


@pytest.fixture
def departments(office):
    """健康部 with 介護認定課 and 庶務係, 市民部 with 市民課 and 庶務係."""
    for part, below in {"健康部": ["介護認定課", "庶務係"], "市民部": ["市民課", "庶務係"]}.items():
        top = Department.objects.create(tenant=office, name=part)
        for name in below:
            Department.objects.create(tenant=office, name=name, parent=top)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("question", "found"),
    [
        ("介護認定課の窓口", ["介護認定課"]),
        ("介護認定の窓口", ["介護認定課"]),
        ("要介護認定の窓口", []),
        ("市民部庶務係はどこ", ["市民部", "庶務係"]),
        ("市民の声", []),
        ("国際市民課", []),
        ("庶務係", ["庶務係", "庶務係"]),
    ],
)
def test_departments_are_understood(office, departments, question, found):
    assert sorted(path[-1] for path in departments_in(question, office.pk)) == sorted(found)


@pytest.mark.django_db
def test_documents_of_a_named_department_come_first_and_others_still_come(
    office, shelf, add, departments, without_meaning
):
    text = "# 受付\n\n窓口の受付時間は9時からとする。\n"
    for name, department in (("A", "市民部 市民課"), ("B", "健康部 介護認定課"), ("C", "")):
        add(shelf, f"{text}\n{name}\n", f"{name}.md", title="受付", department_name=department)
    assert files(office, "介護認定課の窓口の受付時間")[0] == "B.md"
    assert files(office, "市民部の窓口の受付時間")[0] == "A.md"
    assert sorted(files(office, "市民部の窓口の受付時間")) == ["A.md", "B.md", "C.md"]


# --- days


def test_months_are_counted_from_the_day_of_the_question():
    assert understood("先月の会議", date(2026, 1, 5)).plain == "令和7年12月の会議"
    meant = understood("来月の会議", TODAY)
    assert meant.days == ((date(2026, 12, 1), date(2026, 12, 31)),)
    assert meant.note == "来月＝令和8年12月として"


@pytest.mark.django_db
def test_passages_that_speak_of_the_days_come_first(office, shelf, add, without_meaning):
    for name, when in (("A", "令和6年5月9日"), ("B", "令和6年4月9日"), ("C", "令和5年4月9日")):
        add(shelf, f"# 会議\n\n{when}に会議を開いた。\n", f"{name}.md", title="会議")
    assert files(office, "2024年4月の会議")[0] == "B.md"
    assert files(office, "2023年度の会議")[0] == "C.md"
    assert sorted(files(office, "2023年度の会議")) == ["A.md", "B.md", "C.md"]


@pytest.mark.django_db
def test_the_newest_comes_first_among_near_equals_only(office, shelf, add, without_meaning):
    for name, year in (("A", 2024), ("B", 2026), ("C", 2025)):
        add(shelf, f"# 会議\n\n会議の記録 {name}\n", f"{name}.md", title="記録", fiscal_year=year)
    add(shelf, "# 別\n\n直近のプールの休業日\n", "D.md", title="プール", fiscal_year=2020)
    assert files(office, "直近の会議の記録")[:3] == ["B.md", "C.md", "A.md"]
    assert files(office, "最新のプールの休業日")[0] == "D.md"
