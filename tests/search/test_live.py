"""Results while a person types, why each is there, and its page beside it."""

import re

import pytest

from madoguchi.audit.models import Event

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("without_meaning")]
LIVE = "/search/results/"


@pytest.fixture
def client(make_user, signed_in):
    return signed_in(make_user("tanaka"))


def seal_of(page: str) -> str:
    found = re.search(r'data-shown="([^"]*)"', page)
    assert found
    return found[1]


def why(page: str) -> list[tuple[str, str]]:
    return re.findall(r"<dt>(.*?)</dt><dd>(.*?)</dd>", page)


# --- while typing


def test_while_typing_the_results_come_alone_with_their_count(client, shelf, add):
    add(shelf, "# 手数料\n\n手数料は300円。\n")
    page = client.get(f"{LIVE}?q=手数料").content.decode()
    assert "<mark>手数料</mark>" in page
    assert 'data-found="1件を' in page
    assert "<html" not in page
    assert "<form" not in page


def test_without_a_question_the_results_say_what_to_do(client):
    assert "ひとつの欄で、まとめて探せます" in client.get(LIVE).content.decode()


@pytest.mark.req("L1")
def test_what_is_typed_on_the_way_is_no_question_but_passages_given_are_on_the_record(client, shelf, add):
    version = add(shelf, "# 手数料\n\n手数料は300円。\n")
    client.get(f"{LIVE}?q=手数料のひみつ")
    (event,) = Event.objects.filter(action__in=["question", "passages.given"])
    assert event.action == "passages.given"
    assert event.detail["passages"] == [str(version.passages.get().pk)]
    assert "ひみつ" not in str(event.detail)


@pytest.mark.req("L1")
def test_the_same_results_shown_again_are_recorded_once(client, shelf, add):
    add(shelf, "# 手数料\n\n手数料は300円。\n")
    seal = seal_of(client.get("/search/?q=手数料").content.decode())
    given = Event.objects.filter(action="passages.given")
    assert given.count() == 1
    again = client.get(f"{LIVE}?q=手数料は", headers={"X-Shown": seal}).content.decode()
    assert seal_of(again) == seal
    assert given.count() == 1
    add(shelf, "# 手数料の減免\n\n手数料の減免。\n", "b.md")
    client.get(f"{LIVE}?q=手数料は", headers={"X-Shown": seal})
    assert given.count() == 2


@pytest.mark.req("L1")
def test_nobody_gets_passages_off_the_record_by_another_ones_seal(client, make_user, signed_in, shelf, add):
    add(shelf, "# 手数料\n\n手数料は300円。\n")
    other = signed_in(make_user("suzuki"))
    seal = seal_of(other.get("/search/?q=手数料").content.decode())
    client.get(f"{LIVE}?q=手数料", headers={"X-Shown": seal})
    client.get(f"{LIVE}?q=手数料", headers={"X-Shown": seal[:-1]})
    assert Event.objects.filter(action="passages.given").count() == 3


def test_what_a_person_may_not_see_does_not_come_while_typing_either(client, closed, add):
    add(closed, "# 内示\n\n異動の内示は3月。\n", title="人事のひみつ")
    page = client.get(f"{LIVE}?q=内示").content.decode()
    assert "閲覧できる文書には見つかりませんでした" in page
    assert "ひみつ" not in page


# --- why


def test_a_result_says_which_words_stand_where(client, shelf, add):
    add(shelf, "# 証明書の交付\n\n住民票の写しは300円です。\n", title="手数料の手引き")
    said = why(client.get("/search/?q=住民票の手数料").content.decode())
    assert ("題名にある語", "手数料") in said
    assert ("本文にある語", "住民票") in said
    assert not any(name == "見出しにある語" for name, _ in said)


def test_a_result_names_the_synonym_that_brought_it(client, shelf, add):
    add(shelf, "# 届出\n\n国民健康保険の届出は14日以内です。\n", title="届出の手引き")
    said = dict(why(client.get("/search/?q=国保").content.decode()))
    assert said["同じ意味・関連する語"].startswith("国保 → 国民健康保険")


def test_a_result_names_the_year_it_was_asked_for(client, shelf, add):
    add(shelf, "# 予算\n\n福祉の予算。\n", fiscal_year=2025)
    said = dict(why(client.get("/search/?q=令和7年度の予算").content.decode()))
    assert said["年度"] == "質問にある令和7年度の文書です。"


def test_a_result_names_the_department_it_was_asked_for(client, shelf, add):
    add(shelf, "# 手数料\n\n手数料は300円。\n", department_name="福祉部 高齢福祉課")
    said = dict(why(client.get("/search/?q=高齢福祉課の手数料").content.decode()))
    assert said["所属"] == "質問にある所属（福祉部 高齢福祉課）の文書です。"


@pytest.mark.req("C10")
def test_the_reasons_stay_the_same_when_hidden_documents_come(client, shelf, closed, add):
    add(shelf, "# 手数料\n\n手数料は300円。\n")
    before = why(client.get("/search/?q=手数料").content.decode())
    add(closed, "# 手数料\n\n手数料と手数料。\n", "b.md")
    assert why(client.get("/search/?q=手数料").content.decode()) == before != []
    assert not re.search(r"\d\.\d", str(before))


# --- the page beside


def test_only_a_result_with_a_page_asks_for_its_picture_and_not_while_typing(client, shelf, add):
    version = add(shelf, "# 手数料\n\n手数料は300円。\n")
    assert "page-thumbnail" not in client.get("/search/?q=手数料").content.decode()
    version.pages = 3
    version.save()
    version.passages.update(locator={"page": 2, "boxes": []})
    address = f"/library/document/{version.document_id}/version/1/page/2.png"
    assert address in client.get("/search/?q=手数料").content.decode()
    assert address not in client.get(f"{LIVE}?q=手数料").content.decode()


def test_filters_count_classifications_within_the_scope_and_narrow_by_them(client, shelf, closed, add):
    add(shelf, "# 手数料\n\n手数料は300円。\n", "a.md", title="公開の手引き", classification=1)
    add(shelf, "# 手数料\n\n手数料は400円。\n", "b.md", title="内部の手引き", classification=2)
    add(closed, "# 手数料\n\n手数料は500円。\n", "c.md", classification=2)
    page = client.get("/search/?q=手数料&classification=2").content.decode()
    assert "機密性2 (1)" in page
    assert "内部の手引き" in page
    assert "公開の手引き" not in page
