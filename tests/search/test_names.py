"""Documents and folders by their names."""

import pytest

from madoguchi.library import folders
from madoguchi.library.models import Document
from madoguchi.people.access import scope_of
from madoguchi.search import names
from madoguchi.search.query import Filters

pytestmark = pytest.mark.django_db


@pytest.fixture
def put(office):
    """Put a document there, unread."""

    def put(folder, title: str, file_name: str = "", **fields) -> Document:
        document = Document(tenant=office, folder=folder, title=title, file_name=file_name or f"{title}.pdf", **fields)
        document.save()
        return document

    return put


@pytest.fixture
def found(make_user):
    user = make_user("tanaka")

    def found(question: str, most: int = 10, **filters) -> list[str]:
        places = names.find(scope_of(user, "internal"), question, most, Filters(**filters))
        return [place.title for place in places]

    return found


def test_the_name_as_it_was_typed_comes_first_then_what_begins_with_it(put, shelf, found):
    for title in ("改正手数料条例", "手数料条例施行規則", "手数料条例", "条例と手数料"):
        put(shelf, title)
    assert found("手数料条例") == ["手数料条例", "手数料条例施行規則", "改正手数料条例", "条例と手数料"]


def test_the_words_of_a_sentence_find_a_name_that_holds_most_of_them(put, shelf, found):
    put(shelf, "育児休業規程")
    put(shelf, "予算書")
    assert found("育児休業は何日とれますか") == ["育児休業規程"]


def test_a_file_is_found_by_its_own_name_too_and_one_that_was_not_read(put, shelf, found):
    put(shelf, "新しい題", "kyoka_2026.zip")
    assert found("kyoka_2026.zip") == found("KYOKA_2026") == found("kyoka") == ["新しい題"]


@pytest.mark.parametrize(
    ("title", "question"),
    [
        ("髙橋家文書", "高橋家文書"),
        ("高橋家文書", "髙橋家文書"),
        ("ＡＢＣ計画", "abc計画"),
        ("國史編さん", "国史編さん"),
    ],
)
def test_width_and_forms_of_letters_make_no_difference(put, shelf, found, title, question):
    put(shelf, title)
    assert found(question) == [title]


def test_signs_of_the_database_are_letters_like_others(put, shelf, found):
    put(shelf, "達成率100%")
    put(shelf, "達成率1000件")
    assert found("100%")[0] == "達成率100%"
    assert found("%%") == found("__") == []


def test_what_is_quoted_must_stand_and_what_is_left_out_must_not(put, shelf, found):
    put(shelf, "年金免除の手引き")
    put(shelf, "年金の手引き")
    assert found("年金 -免除") == ["年金の手引き"]
    assert found("“年金の手引き”") == ["年金の手引き"]
    assert found("-免除") == []


def test_a_folder_is_found_with_where_it_lies(shelf, office, make_user):
    folders.folder_of_path(office, "庁内/育児休業", create=True)
    (place,) = names.find(scope_of(make_user("tanaka"), "internal"), "育児休業", 3)
    assert (place.title, place.text) == ("育児休業", "庁内/育児休業")


def test_filters_narrow_names_and_leave_folders_out(put, office, shelf, found):
    inner = folders.folder_of_path(office, "庁内/手数料", create=True)
    put(inner, "手数料の表", "a.xlsx", fiscal_year=2026, department_name="市民課", classification=1)
    put(shelf, "手数料の案", "b.docx", fiscal_year=2025, department_name="人事課", classification=2)
    assert set(found("手数料")) == {"手数料", "手数料の表", "手数料の案"}
    assert found("手数料", folder=inner.pk) == ["手数料の表"]
    assert found("手数料", folder=shelf.pk) == ["手数料の案", "手数料の表"]
    assert found("手数料", fiscal_year=2025) == ["手数料の案"]
    assert found("手数料", file_type="xlsx") == ["手数料の表"]
    assert found("手数料", department="市民課") == ["手数料の表"]
    assert found("手数料", classification=2) == ["手数料の案"]


@pytest.mark.req("C3")
@pytest.mark.req("C10")
def test_names_that_a_person_may_not_see_are_not_found_and_push_nothing_out(put, shelf, closed, office, found):
    put(shelf, "異動の手引き")
    for number in range(150):
        put(closed, "異動", f"{number}.pdf")
    folders.folder_of_path(office, "人事/異動", create=True)
    put(shelf, "異動").delete()
    assert found("異動", 1) == found("異動") == ["異動の手引き"]


def test_the_name_as_it_was_typed_is_among_the_first_of_very_many(put, shelf, found):
    for number in range(150):
        put(shelf, f"手数料の通知 {number}")
    put(shelf, "手数料")
    assert found("手数料", 1) == ["手数料"]


def test_a_very_long_question_is_looked_for_too(put, shelf, found):
    put(shelf, "育児休業規程")
    assert found("㌀" * 1999) == []
    assert found("育児休業規程" + "ア" * 1990) == ["育児休業規程"]
