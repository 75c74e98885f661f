"""The one box: groups of other domains beside the passages, screens by their names, more of one group."""

import json
import re

import pytest

from madoguchi.audit.models import Event
from madoguchi.search import finders
from madoguchi.search.finders import Finder, Place

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("without_meaning")]


@pytest.fixture
def client(make_user, signed_in):
    return signed_in(make_user("tanaka"))


@pytest.fixture
def register(monkeypatch):
    """Register finders for one test."""
    monkeypatch.setattr(finders, "_finders", dict(finders._finders))
    return finders.register


def minutes(count: int = 1, **fields) -> Finder:
    def find(scope, question, most):
        assert scope.user_id
        return (Place(f"{question}の会議 第{n}回", f"/minutes/{n}/", "決定 <b>1</b>", "11月3日") for n in range(count))

    return Finder("minutes", "会議録", "calendar", find, **fields)


def groups(page: str) -> list[str]:
    return re.findall(r'<h2[^>]* id="group-(\w+)"', page)


# --- what another domain registers


def test_what_a_domain_registers_is_found_in_a_group_of_its_own_after_the_known_ones(client, register, shelf, add):
    register(minutes())
    add(shelf, "# 手数料\n\n手数料は300円。\n", title="手数料の手引き")
    page = client.get("/search/?q=手数料").content.decode()
    assert groups(page) == ["documents", "names", "minutes"]
    assert 'href="/minutes/0/"' in page
    assert "手数料の会議 第0回" in page
    assert "決定 &lt;b&gt;1&lt;/b&gt;" in page
    assert "11月3日" in page


def test_a_group_without_anything_is_not_there_and_says_nothing_of_itself(client, register):
    register(minutes(0))
    page = client.get("/search/?q=qwrtzplk").content.decode()
    assert groups(page) == []
    assert "会議録" not in page
    assert "閲覧できる文書には見つかりませんでした" in page


def test_something_found_in_another_group_alone_is_no_empty_page(client, register):
    register(minutes())
    page = client.get("/search/?q=qwrtzplk").content.decode()
    assert groups(page) == ["minutes"]
    assert "文書の本文には見つかりませんでした。ほかに見つかったものを示しています。" in page
    assert "同じことを質問する" not in page


def test_a_group_is_short_and_leads_to_more_of_it_alone(client, register, shelf, add):
    register(minutes(60))
    add(shelf, "# 手数料\n\n手数料は300円。\n")
    page = client.get("/search/?q=手数料").content.decode()
    assert page.count('href="/minutes/') == 3
    address = re.search(r'href="(\?[^"]*in=minutes)"', page)
    assert address
    more = client.get("/search/" + address[1].replace("&amp;", "&")).content.decode()
    assert groups(more) == ["minutes"]
    assert more.count('href="/minutes/') == 50
    assert "質問に近い順に、50件まで示しています。" in more
    assert "すべての結果に戻る" in more
    assert 'value="手数料"' in more


def test_few_places_of_a_group_lead_to_no_more(client, register):
    register(minutes(3))
    assert "in=minutes" not in client.get("/search/?q=手数料").content.decode()


def test_a_group_that_is_none_is_the_whole_page(client, shelf, add):
    add(shelf, "# 手数料\n\n手数料は300円。\n")
    assert "documents" in groups(client.get("/search/?q=手数料&in=nothing").content.decode())


def test_a_group_that_fails_is_left_out_logged_without_the_question_and_the_others_stand(
    client, register, shelf, add, caplog
):
    def fail(scope, question, most):
        raise RuntimeError(question)

    register(Finder("minutes", "会議録", "calendar", fail))
    add(shelf, "# 手数料\n\n手数料は300円。\n", title="手数料の手引き")
    page = client.get("/search/?q=手数料のひみつ").content.decode()
    assert groups(page) == ["documents", "names"]
    assert "「会議録」は、いま探せません。" in page
    assert "search.finder_failed" in caplog.text


def test_a_group_that_fails_while_it_gives_is_left_out_too(client, register, shelf, add):
    def fail(scope, question, most):
        yield Place("一", "/minutes/1/")
        raise RuntimeError

    register(Finder("minutes", "会議録", "calendar", fail))
    add(shelf, "# 手数料\n\n手数料は300円。\n")
    assert groups(client.get("/search/?q=手数料").content.decode()) == ["documents"]


def test_where_something_narrows_only_who_can_narrow_is_asked(client, register, shelf, add):
    register(minutes())
    add(shelf, "# 手数料\n\n手数料は300円。\n", title="手数料の手引き", fiscal_year=2026)
    page = client.get("/search/?q=手数料&year=2026").content.decode()
    assert groups(page) == ["documents", "names"]


def test_while_typing_only_quick_ones_are_asked(client, register, shelf, add):
    register(minutes(while_typing=True))
    register(Finder("slow", "おそい", "calendar", minutes().find))
    add(shelf, "# 手数料\n\n手数料は300円。\n", title="手数料の手引き")
    page = client.get("/search/results/?q=手数料").content.decode()
    assert groups(page) == ["documents", "minutes"]
    assert "「探す」を押すと" in page


@pytest.mark.req("L1")
def test_the_record_says_that_more_was_asked_for_and_no_text(client, register):
    register(minutes(5))
    client.get("/search/?q=ひみつ&in=minutes")
    (event,) = Event.objects.filter(action__in=["question", "passages.given"])
    assert (event.action, event.detail["found"]) == ("question", 5)
    assert "ひみつ" not in json.dumps(event.detail, ensure_ascii=False)


# --- screens


def screens_for(client, question: str) -> list[str]:
    page = client.get("/search/", {"q": question}).content.decode()
    found = re.search(r'<section class="row" aria-labelledby="group-screens">(.*?)</section>', page, re.S)
    return re.findall(r'<a [^>]*href="([^"]+)"', found[1]) if found else []


@pytest.mark.parametrize("question", ["パスワード", "パスワードの変更", "パスワードを変えたい", "ﾊﾟｽﾜｰﾄﾞ", "パスワ"])
def test_a_screen_is_found_by_what_it_is_called(client, question):
    assert screens_for(client, question) == ["/password/"]


@pytest.mark.parametrize("question", ["住民票の手数料", "FAQの住民票", "変更", "画面", "パ"])
def test_a_question_about_something_else_leads_to_no_screen(client, question):
    assert screens_for(client, question) == []


@pytest.mark.req("C6")
def test_a_screen_for_administrators_is_found_by_them_alone(client, make_user, signed_in):
    administrator = signed_in(make_user("sato", is_administrator=True))
    assert screens_for(administrator, "接続先") == ["/endpoints/"]
    assert screens_for(client, "接続先") == []
