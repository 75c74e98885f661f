"""Pages of kept searches: what a person sees of her own, without a script, and nobody else's."""

import html
import re
import uuid

import pytest

from madoguchi.library import store
from madoguchi.library.models import Document, Folder
from madoguchi.llm import stops
from madoguchi.people.access import scope_of, scope_of_operator
from madoguchi.people.keys import parse
from madoguchi.search import saved
from madoguchi.search.models import Notice, SavedSearch
from madoguchi.search.query import Filters

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("without_meaning")]
QUESTION = "補助金 交付要綱 改正"
ANSWER = "# 改正\n\n補助金交付要綱の一部を改正する。\n"
CANARY = "山吹色の要綱"
LIST = "/search/saved/"


@pytest.fixture
def tanaka(make_user):
    return make_user("tanaka")


@pytest.fixture
def client(tanaka, signed_in):
    return signed_in(tanaka)


def text(response):
    assert response.status_code == 200
    return html.unescape(response.content.decode())


def stable(client, address):
    """Return a page without what is made anew for each request."""
    return re.sub(
        r'nonce="[^"]+"|name="csrfmiddlewaretoken" value="[^"]+"|data-shown="[^"]+"', "", text(client.get(address))
    )


def form_of(page, action):
    """Return the fields of the form that is sent to an address, as a browser without a script would send them."""
    (form,) = re.findall(rf'<form[^>]*action="{re.escape(action)}"[^>]*>(.*?)</form>', page, re.S)
    fields = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', form))
    assert fields.pop("csrfmiddlewaretoken")
    return fields


def keep(user, question=QUESTION, **chosen):
    return saved.save(scope_of(user, "internal"), question, Filters(**chosen))


# --- the search page


def test_a_question_is_kept_with_its_filters_by_a_plain_form(client, shelf, add):
    add(shelf, ANSWER, fiscal_year=2026)
    address = f"/search/?q={QUESTION}&year=2026&type="
    sent = form_of(text(client.get(address)), "/search/save/")
    assert sent == {"q": QUESTION, "year": "2026"}
    response = client.post("/search/save/", sent, follow=True)
    page = text(response)
    assert "検索を保存しました" in page
    assert "保存済み" in page
    assert f'href="{LIST}"' in page
    kept = SavedSearch.objects.get()
    assert (kept.question, kept.filters) == (QUESTION, {"year": "2026"})


def test_it_says_kept_for_this_question_with_these_filters_alone(client, tanaka):
    keep(tanaka, fiscal_year=2026)
    assert "保存済み" in text(client.get(f"/search/?q={QUESTION}&year=2026"))
    assert "保存済み" not in text(client.get(f"/search/?q={QUESTION}"))
    assert "この検索を保存" in text(client.get(f"/search/?q={QUESTION}"))


def test_without_a_question_there_is_nothing_to_keep(client, tanaka):
    page = text(client.get("/search/"))
    assert "この検索を保存" not in page
    assert LIST not in page
    assert "言葉を入れて" in text(client.post("/search/save/", {"q": "　"}, follow=True))
    assert not SavedSearch.objects.exists()
    keep(tanaka)
    assert LIST in text(client.get("/search/"))


def test_an_over_long_question_is_kept_as_it_was_sought_and_that_is_said(client, settings):
    settings.QUESTION_MAX_CHARACTERS = 5
    page = text(client.post("/search/save/", {"q": "補助金交付要綱"}, follow=True))
    assert "5文字まで" in page
    assert SavedSearch.objects.get().question == "補助金交付"


def test_at_the_limit_it_says_what_to_do_and_the_question_stays(client, tanaka, settings):
    settings.SAVED_SEARCHES_MAX = 1
    keep(tanaka, "手数料")
    page = text(client.post("/search/save/", {"q": QUESTION}, follow=True))
    assert "1件まで" in page
    assert "削除してから" in page
    assert f'value="{QUESTION}"' in page
    assert SavedSearch.objects.count() == 1


@pytest.mark.parametrize("value", ["", "-1", "9" * 40, "x", "\x00", "٣", "<svg>", "' OR 1=1 --"])
def test_no_value_of_a_filter_breaks_it(client, value):
    names = ("folder", "department", "year", "type", "classification")
    text(client.post("/search/save/", {"q": f"{QUESTION}{value}", **dict.fromkeys(names, value)}, follow=True))
    text(client.get(LIST))
    search = SavedSearch.objects.get()
    assert "\0" not in f"{search.question}{search.filters}"
    text(client.post(f"{LIST}{search.pk}/open/", {"until": value}, follow=True))


# --- the list and the first page


def test_a_new_document_is_on_the_first_page_and_in_the_list_until_it_is_seen(client, tanaka, shelf, add):
    search = keep(tanaka)
    assert "保存した検索の新着" not in text(client.get("/"))
    version = add(shelf, ANSWER, title="新しい要綱")
    saved.look()
    for address in ("/", LIST):
        page = text(client.get(address))
        assert "新しい要綱" in page
        assert ">新着</span>" in page
        assert f"/library/document/{version.document_id}/" in page
        assert QUESTION in page
    assert "新着1件" in text(client.get("/search/"))
    # Looking changes nothing.
    sent = form_of(text(client.get(LIST)), f"{LIST}{search.pk}/seen/")
    page = text(client.post(f"{LIST}{search.pk}/seen/", sent, follow=True))
    assert "新しい要綱" not in page
    assert "新しい文書はありません" in page
    assert "保存した検索の新着" not in text(client.get("/"))


def test_opening_a_search_leads_to_its_results_and_marks_what_was_shown(client, tanaka, shelf, add):
    search = keep(tanaka, fiscal_year=2026)
    add(shelf, ANSWER, fiscal_year=2026)
    saved.look()
    sent = form_of(text(client.get(LIST)), f"{LIST}{search.pk}/open/")
    response = client.post(f"{LIST}{search.pk}/open/", sent, follow=True)
    assert response.redirect_chain[0][0].startswith("/search/?q=")
    assert "<mark>補助金交付要綱</mark>" in text(response)
    assert "保存済み" in text(response)
    assert Notice.objects.get(search=search).seen_at is not None


def test_deleting_takes_the_search_away_and_no_document(client, tanaka, shelf, add):
    search = keep(tanaka)
    add(shelf, ANSWER)
    saved.look()
    page = text(client.post(f"{LIST}{search.pk}/delete/", follow=True))
    assert "まだ保存した検索がありません" in page
    assert "この検索を保存" in page
    assert not Notice.objects.exists()
    assert Document.objects.count() == 1


def test_filters_are_said_in_words_and_a_folder_that_is_hidden_as_one_that_is_gone(client, tanaka, shelf, closed):
    keep(tanaka, "一", folder=shelf.pk, department="財政課", fiscal_year=2026, file_type="pdf", classification=2)
    keep(tanaka, "二", folder=closed.pk)
    keep(tanaka, "三", folder=999_999)
    page = text(client.get(LIST))
    assert "庁内、財政課、令和8年度、pdf、機密性2" in page
    assert page.count("今は見られないフォルダー") == 2
    assert "人事" not in page


def test_many_documents_of_one_search_are_said_by_number(client, tanaka, shelf, add, monkeypatch):
    monkeypatch.setattr("madoguchi.search.saved_views.SHOWN", 1)
    keep(tanaka)
    for number in range(2):
        add(shelf, f"{ANSWER}\n第{number}号\n", f"{number}.md", title=f"要綱{number}号")
    saved.look()
    page = text(client.get(LIST))
    assert len(re.findall("要綱[01]号", page)) == 1
    assert "全部で2件" in page


def test_a_question_is_escaped_wherever_it_stands(client, tanaka, shelf, add):
    keep(tanaka, "<script>alert(1)</script> 補助金 要綱")
    add(shelf, ANSWER)
    saved.look()
    for address in ("/", LIST):
        assert "<script>alert" not in client.get(address).content.decode()


# --- whose they are


@pytest.mark.req("C6")
@pytest.mark.parametrize("verb", ["open", "seen", "delete"])
def test_a_saved_search_of_another_person_is_not_there(tanaka, make_user, signed_in, verb):
    search = keep(tanaka)
    other = signed_in(make_user("suzuki"))
    assert QUESTION not in text(other.get(LIST))
    for pk in (search.pk, uuid.uuid4()):
        assert other.post(f"{LIST}{pk}/{verb}/").status_code == 404
    assert SavedSearch.objects.filter(pk=search.pk).exists()


@pytest.mark.parametrize("verb", ["open", "seen", "delete"])
def test_asking_for_it_changes_nothing(client, tanaka, verb):
    search = keep(tanaka)
    assert client.get(f"{LIST}{search.pk}/{verb}/").status_code == 405
    assert SavedSearch.objects.filter(pk=search.pk).exists()


@pytest.mark.req("C10")
def test_hidden_documents_change_no_byte_of_any_page(client, tanaka, shelf, closed, add):
    keep(tanaka)
    keep(tanaka, "要綱", folder=closed.pk)
    add(shelf, ANSWER, title="要綱")
    saved.look()
    pages = ("/", LIST, f"/search/?q={QUESTION}")
    before = [stable(client, address) for address in pages]
    add(closed, ANSWER + CANARY, "b.md", title=CANARY)
    saved.look()
    assert [stable(client, address) for address in pages] == before


@pytest.mark.req("C10")
def test_a_right_that_is_lost_leaves_the_pages_as_if_nothing_had_come(office, client, tanaka, shelf, add):
    keep(tanaka)
    add(shelf, "# 印鑑\n\n印鑑の登録。\n", "a.md")
    pages = ("/", LIST, "/search/?q=印鑑")
    before = [stable(client, address) for address in pages]
    version = add(shelf, ANSWER, "b.md", title=CANARY)
    saved.look()
    assert CANARY in text(client.get("/"))
    document = Document.objects.get(pk=version.document_id)
    only = [parse(office, "dept:総務部/人事課")]
    store.restrict(scope_of_operator(office), None, document, only, document.classification)
    assert [stable(client, address) for address in pages] == before


def test_the_name_of_a_folder_that_was_closed_meanwhile_is_not_told(office, client, tanaka):
    folder = Folder.objects.create(tenant=office, name=CANARY, readers=["staff"])
    keep(tanaka, folder=folder.pk)
    assert CANARY in text(client.get(LIST))
    Folder.objects.filter(pk=folder.pk).update(readers=[parse(office, "dept:総務部/人事課")])
    assert CANARY not in text(client.get(LIST))


# --- as many queries for many searches as for few


def test_the_queries_are_as_many_for_many_searches_as_for_few(
    client, tanaka, shelf, add, django_assert_max_num_queries
):
    def queries(address):
        # What a process remembers for a moment is asked anew each time.
        stops.forget()
        with django_assert_max_num_queries(200) as asked:
            text(client.get(address))
        return len(asked)

    keep(tanaka)
    for number in range(3):
        add(shelf, f"{ANSWER}\n{number}\n", f"{number}.md")
    saved.look()
    pages = ("/", LIST, f"/search/?q={QUESTION}")
    few = [queries(address) for address in pages]
    for number in range(4):
        keep(tanaka, f"補助金 要綱 {number}", folder=shelf.pk)
    # As if those had been kept before the documents came.
    assert Notice.objects.update(seen_at=None) == 15
    assert [queries(address) for address in pages] == few
