"""Home shows what is one's own and what one may see, and the first steps when there is nothing."""

import io
import re
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from madoguchi.answers.models import Answer
from madoguchi.faq.models import Entry
from madoguchi.library.models import Document, Folder, Version
from madoguchi.library.store import add_file
from madoguchi.people.models import Department
from madoguchi.search.models import Notice, SavedSearch
from tests.conftest import department

pytestmark = pytest.mark.django_db
CANARY = "山吹色の回覧板"


def html(response: Any) -> str:
    assert response.status_code == 200
    return str(response.content.decode())


@pytest.fixture
def folder(office):
    """Return a function that makes a folder read by some keys."""

    def make(name, *readers):
        return Folder.objects.create(tenant=office, name=name, readers=list(readers))

    return make


@pytest.fixture
def document(office):
    """Return a function that puts a document into a folder, read or in a state."""

    def make(where, title, status=Version.Status.READY, user=None, **fields):
        version = add_file(office, where, io.BytesIO(title.encode()), f"{title}.txt", title=title)
        Version.objects.filter(pk=version.pk).update(status=status, uploaded_by=user, **fields)
        if status == Version.Status.READY:
            Document.objects.filter(pk=version.document_id).update(current=version)
        return Document.objects.get(pk=version.document_id)

    return make


def test_who_is_not_signed_in_is_asked_to_and_comes_back(office):
    response = Client().get("/")
    assert response.status_code == 302
    assert response.headers["Location"] == "/sign-in/?next=/"


@pytest.mark.req("C10")
def test_new_documents_are_those_one_may_see(folder, document, make_user, signed_in):
    mine = Department.objects.get(name="高齢福祉課")
    document(folder("高齢", f"dept:{mine.pk}"), "見守りの手引")
    document(folder("人事", f"dept:{department(mine.tenant, '総務部/人事課').pk}"), CANARY)
    page = html(signed_in(make_user("sato")).get("/"))
    assert "見守りの手引" in page
    assert CANARY not in page
    other = html(signed_in(make_user("ito", "総務部/人事課")).get("/"))
    assert "見守りの手引" not in other
    assert CANARY in other


@pytest.mark.req("C10")
def test_a_hidden_document_changes_no_byte(folder, document, make_user, signed_in, office):
    client = signed_in(make_user("sato"))

    def stable(page: str) -> str:
        return re.sub(r'(nonce|value)="[^"]+"', "", page)

    before = stable(html(client.get("/")))
    document(folder("人事", f"dept:{department(office, '総務部/人事課').pk}"), CANARY)
    assert stable(html(client.get("/"))) == before


def test_the_last_questions_are_ones_own(make_user, signed_in, office):
    sato, ito = make_user("sato"), make_user("ito")
    Answer.objects.create(tenant=office, user=sato, question="休暇の日数は", mode=Answer.Mode.QUOTED)
    Answer.objects.create(tenant=office, user=ito, question=CANARY, mode=Answer.Mode.QUOTED)
    page = html(signed_in(sato).get("/"))
    assert "休暇の日数は" in page
    assert CANARY not in page


def test_a_question_asked_again_is_listed_once_with_its_newest_answer(make_user, signed_in, office):
    ito = make_user("ito")
    for question in ("手数料は", "休暇の日数は", "休暇の日数は"):
        last = Answer.objects.create(tenant=office, user=ito, question=question, mode=Answer.Mode.QUOTED)
    page = html(signed_in(ito).get("/"))
    assert page.count("休暇の日数は") == 1
    assert f"/ask/{last.pk}/" in page
    assert "手数料は" in page


def test_the_answers_of_ones_department_come_before_others(make_user, signed_in, office):
    released = {"status": Entry.Status.RELEASED, "released_at": timezone.now(), "tenant": office, "answer": "はい"}
    own = department(office, "福祉部/高齢福祉課")
    Entry.objects.create(question="見守り機器は借りられますか", department=own, **released)
    Entry.objects.create(question="年末調整はいつですか", department=department(office, "総務部/人事課"), **released)
    page = html(signed_in(make_user("sato")).get("/"))
    assert "見守り機器は借りられますか" in page
    assert "年末調整はいつですか" not in page
    assert "年末調整はいつですか" in html(signed_in(make_user("abe", "福祉部/こども家庭課")).get("/"))


def test_what_waits_is_what_one_put_in_and_may_release(folder, document, make_user, signed_in, office):
    sato, ito = make_user("sato"), make_user("ito")
    shared = folder("共通", "staff")
    document(shared, "読み取り中の通知", Version.Status.READING, sato)
    document(shared, "壊れた通知", Version.Status.FAILED, sato, reason="暗号化されています。")
    document(shared, "ほかの人の通知", Version.Status.READING, ito)
    own = department(office, "福祉部/高齢福祉課")
    Entry.objects.create(tenant=office, question="下書きの質問", answer="未定", department=own)
    page = html(signed_in(sato).get("/"))
    for words in ("読み取り中の通知", "壊れた通知", "暗号化されています。", "下書きの質問"):
        assert words in page
    assert "ほかの人の通知" not in page


def test_in_an_empty_office_an_administrator_sees_the_first_steps(make_user, signed_in):
    page = html(signed_in(make_user("admin", is_administrator=True)).get("/"))
    assert "職員と所属を取り込む" in page
    assert "接続先モデルを登録する" in page


def test_without_documents_one_is_told_where_to_put_or_whom_to_ask(folder, make_user, signed_in):
    client = signed_in(make_user("sato"))
    assert "その資料を持つ課に相談してください" in html(client.get("/"))
    shared = folder("共通", "staff")
    page = html(client.get("/"))
    assert f"/library/folder/{shared.pk}/" in page
    assert "文書を入れる" in page


def test_the_question_box_leads_to_the_answer_page_without_a_script(make_user, signed_in):
    page = html(signed_in(make_user("sato")).get("/"))
    assert '<form class="ask-box" method="get" action="/ask/">' in page


@pytest.mark.req("C3")
def test_what_came_for_a_kept_search_is_told_and_counted_as_far_as_one_may_see_it(
    folder, document, make_user, signed_in, office
):
    sato = make_user("sato")
    client = signed_in(sato)
    assert "保存した検索の新着" not in html(client.get("/"))
    search = SavedSearch.objects.create(tenant=office, user=sato, question="見守り", looked_at=timezone.now())
    hidden = folder("人事", f"dept:{department(office, '総務部/人事課').pk}")
    for where, title in ((folder("共通", "staff"), "見守りの手引"), (hidden, CANARY)):
        found = document(where, title)
        Notice.objects.create(tenant=office, search=search, document=found, version=found.current)
    page = html(client.get("/"))
    card = page.split('id="home-news"')[1].split("</section>")[0]
    assert "見守りの手引" in card
    assert ">1件<" in card
    assert CANARY not in page
    assert "保存した検索の新着" not in html(signed_in(make_user("ito", "総務部/人事課")).get("/"))


def test_of_many_that_came_for_kept_searches_the_newest_are_listed_and_all_counted(
    folder, document, make_user, signed_in, office
):
    sato = make_user("sato")
    search = SavedSearch.objects.create(tenant=office, user=sato, question="見守り", looked_at=timezone.now())
    shared = folder("共通", "staff")
    for number in range(7):
        found = document(shared, f"見守り便り第{number}号")
        Notice.objects.create(tenant=office, search=search, document=found, version=found.current)
    card = html(signed_in(sato).get("/")).split('id="home-news"')[1].split("</section>")[0]
    assert re.findall("第(.)号", card) == ["6", "5", "4", "3", "2"]
    assert ">7件<" in card
