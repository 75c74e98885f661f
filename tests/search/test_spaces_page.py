"""The page by which an administrator changes the model that search compares meanings by."""

import pytest

from madoguchi.llm.models import Endpoint
from madoguchi.people.access import scope_of_operator
from madoguchi.people.models import Classification, Tenant
from madoguchi.search import spaces, switching
from madoguchi.search.models import Space
from madoguchi.search.query import find

PAGE = "/search/meaning/"
FEES = "# 手数料\n\n住民票の写しの手数料は1通300円です。\n"


@pytest.fixture
def client(make_user, signed_in):
    return signed_in(make_user("sato", is_administrator=True))


def shown(client) -> str:
    return str(client.get(PAGE).content.decode())


def begin(client, endpoint: Endpoint | None) -> Space:
    assert client.post(PAGE, {"act": "begin", "model": endpoint.pk if endpoint else "embedded"}).status_code == 302
    return Space.objects.get(state=Space.State.BUILDING)


@pytest.mark.req("C6")
def test_only_administrators_come_to_the_page(make_user, signed_in, endpoint):
    staff = signed_in(make_user("tanaka"))
    assert staff.get(PAGE).status_code == 404
    assert staff.post(PAGE, {"act": "begin", "model": endpoint.pk}).status_code == 404
    assert not Space.objects.exists()


def test_without_any_endpoint_the_page_says_where_one_is_added(client):
    page = shown(client)
    assert "内蔵のモデル" in page and "ほかに使えるモデルはありません" in page
    assert 'href="/endpoints/new/"' in page


def test_before_beginning_the_page_says_how_much_goes_where_and_what_stays(client, shelf, add, endpoint):
    add(shelf, FEES)
    add(shelf, "# 休暇\n\n休暇は20日です。\n", "秘.md", classification=Classification.C3C)
    page = shown(client)
    assert "引用単位 1件（" in page and "確認済みの回答 0件を、「庁内の埋め込み」（庁内）に送ります" in page
    assert "機密性2より上の引用単位 1件は送りません" in page
    assert "職員が探すときの質問も送ります" in page


def test_an_administrator_begins_sees_progress_and_searches_by_the_model_when_it_is_done(
    client, office, shelf, add, endpoint
):
    add(shelf, FEES, meaning=True)
    row = begin(client, endpoint)
    page = shown(client)
    assert "「庁内の埋め込み」を準備しています" in page and "いまのモデルで検索できます" in page
    assert "このモデルの準備を始める" not in page
    switching.begin_round(row.pk)
    assert "引用単位 1件のうち 0件を確かめました" in shown(client)
    switching.build(row.pk)
    page = shown(client)
    assert "を準備しています" not in page and "庁内の埋め込み</a>" in page
    assert spaces.model_in_use(office.pk).endpoint == endpoint
    # And the way back.
    switching.build(begin(client, None).pk)
    assert spaces.model_in_use(office.pk).endpoint is None


def test_what_is_prepared_can_be_given_up_once(client, office, endpoint):
    row = begin(client, endpoint)
    page = client.post(PAGE, {"act": "give-up", "space": row.pk}, follow=True).content.decode()
    assert "準備を取りやめました" in page and "このモデルの準備を始める" in page
    page = client.post(PAGE, {"act": "give-up", "space": row.pk}, follow=True).content.decode()
    assert "もう終わっています" in page


def test_an_endpoint_that_fails_at_the_beginning_says_so_in_place(client, server, endpoint):
    server.status = 500
    answer = client.post(PAGE, {"act": "begin", "model": endpoint.pk})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "準備を始められませんでした" in page and "庁内の埋め込み" in page
    assert "このモデルの準備を始める" in page
    assert not Space.objects.exists()
    # Mended, it is tried again at once.
    server.status = 200
    assert begin(client, endpoint).endpoint == endpoint


def test_a_model_that_cannot_be_searched_by_is_refused_with_its_figures(client, server, endpoint, monkeypatch):
    monkeypatch.setattr(spaces, "LEAST_RIGHT", 1.1)
    page = client.post(PAGE, {"act": "begin", "model": endpoint.pk}).content.decode()
    assert "日本語の質問40問のうち" in page and "検索には使えません" in page


def test_why_it_stands_still_is_said_and_it_can_go_on_at_once(client, shelf, add, server, endpoint, monkeypatch):
    add(shelf, FEES, meaning=True)
    row = begin(client, endpoint)
    server.status = 500
    with pytest.raises(Exception, match="庁内の埋め込み"):
        switching.build(row.pk)
    page = shown(client)
    assert "準備が止まっています" in page and "10分以内に自動で続けます" in page and "いますぐ続ける" in page
    started = []
    monkeypatch.setattr(switching, "go_on", lambda row: started.append(row.pk))
    client.post(PAGE, {"act": "go-on", "space": row.pk})
    assert started == [row.pk]


def test_a_disabled_endpoint_in_use_leaves_words_and_the_page_says_so(client, office, shelf, add, endpoint):
    add(shelf, FEES, meaning=True)
    switching.build(begin(client, endpoint).pk)
    Endpoint.objects.filter(pk=endpoint.pk).update(is_enabled=False)
    results = find(scope_of_operator(office), "住民票の手数料")
    assert results.hits and not results.by_meaning
    page = shown(client)
    assert "いまは言葉の一致だけで探しています" in page and "接続先の使用が止められています" in page


def test_an_endpoint_changed_since_offers_to_prepare_anew(client, office, shelf, add, endpoint):
    add(shelf, FEES, meaning=True)
    switching.build(begin(client, endpoint).pk)
    Endpoint.objects.filter(pk=endpoint.pk).update(model="other-model")
    page = shown(client)
    assert "準備したときから変わっています" in page and "準備をやり直す" in page
    switching.build(begin(client, endpoint).pk)
    assert find(scope_of_operator(office), "住民票の手数料").by_meaning
    assert "いまは言葉の一致だけで" not in shown(client)


def test_another_offices_preparing_cannot_be_touched(client, office, endpoint):
    # With two offices it is the host that tells them apart.
    Tenant.objects.filter(pk=office.pk).update(hosts=["testserver"])
    other = Tenant.objects.create(slug="other", name="隣市", hosts=["other.example"])
    row = Space.objects.create(tenant=other, dimensions=384, max_classification=Classification.C3A)
    assert client.post(PAGE, {"act": "give-up", "space": row.pk}).status_code == 404
    assert client.post(PAGE, {"act": "go-on", "space": row.pk}).status_code == 404
    theirs = Endpoint.objects.create(tenant=other, name="隣の", use=Endpoint.Use.EMBEDDING, model="m")
    answer = client.post(PAGE, {"act": "begin", "model": theirs.pk})
    assert answer.status_code == 422 and "いまは使えません" in answer.content.decode()
    assert client.post(PAGE, {"act": "give-up", "space": "x"}).status_code == 404
    assert client.post(PAGE, {"act": "nonsense"}).status_code == 404
