"""The search page."""

import json
import os
import subprocess
import sys

import pytest

from madoguchi.audit.models import Event
from madoguchi.faq.index import row_of
from madoguchi.faq.models import Entry
from madoguchi.search.indexing import put_faq

pytestmark = pytest.mark.django_db


@pytest.fixture
def client(make_user, signed_in):
    return signed_in(make_user("tanaka"))


def test_before_a_question_the_page_tells_what_to_do(client):
    page = client.get("/search/").content.decode()
    assert "ひとつの欄で、まとめて探せます" in page


def test_a_result_opens_the_marked_page_and_its_text_is_escaped(client, shelf, add):
    version = add(shelf, "# 手数料\n\n手数料は<script>alert(1)</script>300円とする。\n")
    page = client.get("/search/?q=手数料").content.decode()
    assert "<mark>手数料</mark>" in page
    assert "<script>alert" not in page
    assert f"/library/document/{version.document_id}/?version=1" in page
    assert "意味での検索は準備中" in page


def test_nothing_found_is_said_with_what_to_do(client):
    page = client.get("/search/?q=qwrtzplk").content.decode()
    assert "閲覧できる文書には見つかりませんでした" in page
    assert "同じことを質問する" in page


def test_filters_offer_and_count_what_the_person_sees(client, shelf, closed, add):
    add(shelf, "# 手数料\n\n手数料は300円。\n", "a.md", fiscal_year=2026)
    add(closed, "# 手数料\n\n手数料は300円。\n", "b.md", fiscal_year=2025)
    page = client.get("/search/?q=手数料&year=2026").content.decode()
    assert "令和8年度 (1)" in page
    assert "令和7年度" not in page
    assert "人事" not in page
    assert "絞り込みをやめる" in page


def test_results_come_in_pages_and_other_groups_on_the_first(client, shelf, add):
    add(shelf, "\n\n".join(f"# 手数料{n}\n\n手数料の{n}番目です。" for n in range(13)), title="手数料の一覧")
    first = client.get("/search/?q=手数料").content.decode()
    second = client.get("/search/?q=手数料&page=2").content.decode()
    assert first.count("list-title") == 10
    assert second.count("list-title") == 3
    assert "ファイル・フォルダー名" in first
    assert "ファイル・フォルダー名" not in second


def test_a_number_of_results_is_said_only_where_it_is_one(client, shelf, add, settings):
    settings.SEARCH_MAX_RESULTS = 3
    add(shelf, "\n\n".join(f"# 手数料{n}\n\n手数料の{n}番目です。" for n in range(2)))
    assert "2件を、質問に近い順に示しています。" in client.get("/search/?q=手数料").content.decode()
    add(shelf, "\n\n".join(f"# 手数料{n}\n\n手数料の{n}番目です。" for n in range(2, 6)), "b.md")
    page = client.get("/search/?q=手数料").content.decode()
    assert "質問に近い順に、3件まで示しています。" in page
    assert "3件を、" not in page


@pytest.mark.parametrize("query", ["folder=x", "folder=99999999999999999999", "year=abcd", "page=x"])
def test_a_parameter_that_is_none_is_left_out(client, query):
    assert client.get(f"/search/?q=手数料&{query}").status_code == 200


def test_a_question_too_long_is_cut_and_said(client):
    page = client.get("/search/", {"q": "あ" * 2001}).content.decode()
    assert "2000文字まで" in page


def test_who_is_not_signed_in_is_asked_to(signed_in, office):
    from django.test import Client

    response = Client().get("/search/?q=手数料")
    assert response.status_code == 302


def test_the_record_names_the_passages_and_not_the_question(client, shelf, add):
    add(shelf, "# 手数料\n\n手数料は300円。\n")
    client.get("/search/?q=手数料のひみつ")
    events = Event.objects.filter(action__in=["question", "passages.given"])
    assert {event.action for event in events} == {"question", "passages.given"}
    assert "ひみつ" not in json.dumps([event.detail for event in events], ensure_ascii=False)


def test_the_command_prints_what_the_design_says(home, tmp_path):
    """On a home of its own, as the operator, with the weights of this test process."""
    (home / "models").mkdir(exist_ok=True)
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "models").symlink_to(home / "models")
    (tmp_path / "手数料.md").write_text("# 手数料\n\n住民票の写しの手数料は300円とする。\n")
    run = "import sys; from madoguchi.cli.main import main; sys.exit(main(sys.argv[1:]))"
    program = [sys.executable, "-c", run]
    environment = {**os.environ, "MADOGUCHI_HOME": str(tmp_path / "home")}

    def madoguchi(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run([*program, *arguments], env=environment, capture_output=True, text=True, check=False)

    assert madoguchi("ingest", str(tmp_path / "手数料.md"), "--json").returncode == 0
    found = json.loads(madoguchi("search", "住民票の手数料", "-k", "3", "--json").stdout)
    assert set(found) == {"results", "took_ms"}
    shape = {"document", "title", "path", "locator", "text", "score", "confidence", "by_model", "others"}
    assert set(found["results"][0]) == shape
    assert "300円" in found["results"][0]["text"]
    missing = madoguchi("search", "手数料", "--as", "nobody")
    assert missing.returncode == 1
    assert "nobody" in missing.stderr


def test_verified_answers_stand_on_top_within_the_scope(client, office, shelf, add):
    inner = Entry.objects.create(
        tenant=office,
        question="住民票の手数料はいくらですか",
        answer="1通300円です。",
        access_key="staff",
        status="released",
    )
    other = Entry.objects.create(
        tenant=office,
        question="住民票の手数料の内部運用",
        answer="ひみつのかなりあ",
        access_key="dept:999",
        status="released",
    )
    put_faq([row_of(inner), row_of(other)])
    add(shelf, "# 手数料\n\n住民票の手数料は300円。\n")
    page = client.get("/search/?q=住民票の手数料はいくらですか").content.decode()
    assert page.index("確認済みの回答") < page.index(f"/faq/{inner.pk}/") < page.index("書庫の文書")
    assert str(other.pk) not in page
    assert "かなりあ" not in page
