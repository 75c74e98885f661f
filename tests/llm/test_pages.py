"""The endpoints page: for administrators; it takes keys and never shows one."""

import pytest
from django.urls import reverse

from madoguchi.llm.models import Endpoint
from madoguchi.llm.presets import PRESETS
from madoguchi.people.models import Tenant
from tests.llm.scripted import Script, serving
from tests.llm.scripted_vectors import Vectors
from tests.llm.scripted_vectors import serving as vectors

pytestmark = pytest.mark.django_db
FORM = {
    "use": "chat",
    "name": "庁内",
    "provider": "openai-compatible",
    "model": "m",
    "base_url": "http://model:8000/v1",
    "key_token": "",
    "zone": "internal",
    "max_classification": "4",
    "order": "10",
    "is_enabled": "on",
}


@pytest.fixture
def administrator(make_user, signed_in):
    return signed_in(make_user("sato", is_administrator=True))


def test_staff_find_nothing_here(make_user, signed_in, office):
    made = Endpoint.objects.create(tenant=office, name="一", provider="openai", model="m")
    client = signed_in(make_user("tanaka"))
    for name, args in (("endpoints", []), ("endpoint-new", []), ("endpoint", [made.pk])):
        assert client.get(reverse(name, args=args)).status_code == 404
    for name in ("endpoint-test", "endpoint-switch"):
        assert client.post(reverse(name, args=[made.pk])).status_code == 404
    made.refresh_from_db()
    assert made.is_enabled


def test_an_empty_page_offers_presets(administrator):
    page = administrator.get(reverse("endpoints")).content.decode()
    assert "?preset=azure" in page and "資料の引用" in page
    assert "openai.azure.com" in administrator.get(reverse("endpoint-new"), {"preset": "azure"}).content.decode()


def test_an_endpoint_is_added_changed_and_stopped(administrator, office):
    assert administrator.post(reverse("endpoint-new"), FORM).status_code == 302
    made = Endpoint.objects.get()
    assert made.tenant == office and made.base_url == "http://model:8000/v1"
    administrator.post(reverse("endpoint", args=[made.pk]), {**FORM, "model": "n"})
    administrator.post(reverse("endpoint-switch", args=[made.pk]))
    made.refresh_from_db()
    assert (made.model, made.is_enabled) == ("n", False)


def test_what_does_not_fit_is_said_at_the_field_and_on_top(administrator):
    response = administrator.post(reverse("endpoint-new"), {**FORM, "key_token": "全角のキー"})
    page = response.content.decode()
    assert response.status_code == 422 and not Endpoint.objects.exists()
    assert "#id_key_token" in page and "id_key_token_error" in page and "庁内" in page


def test_trying_says_what_works(administrator, office):
    with serving(Script(answer=lambda prompt: ["接続を", "確認しました。"])) as server:
        made = Endpoint.objects.create(
            tenant=office,
            name="庁内",
            provider="openai-compatible",
            model="m",
            base_url=f"{server.url}/v1",
            zone="internal",
        )
        page = administrator.post(reverse("endpoint-test", args=[made.pk])).content.decode()
        assert "「庁内」を試しました" in page and "逐次表示" in page and "最初の文字まで" in page
        server.status = 401
        page = administrator.post(reverse("endpoint-test", args=[made.pk])).content.decode()
        assert "キーが受け付けられませんでした" in page


EMBEDDING = {**FORM, "use": "embedding", "query_prefix": "問: ", "passage_prefix": "文: ", "dimensions": "256"}


def test_an_embedding_endpoint_keeps_the_space_at_the_end_of_its_words(administrator):
    assert administrator.post(reverse("endpoint-new"), EMBEDDING).status_code == 302
    made = Endpoint.objects.get()
    assert (made.use, made.query_prefix, made.passage_prefix, made.dimensions) == ("embedding", "問: ", "文: ", 256)
    assert 'value="問: "' in administrator.get(reverse("endpoint", args=[made.pk])).content.decode()


def test_fields_of_another_use_are_left_out_whatever_stands_in_them(administrator):
    strange = {"sees_pictures": "on", "dimensions": "many"}
    assert administrator.post(reverse("endpoint-new"), {**EMBEDDING, **strange, "use": "rerank"}).status_code == 302
    made = Endpoint.objects.get()
    assert (made.use, made.query_prefix, made.dimensions, made.sees_pictures) == ("rerank", "", None, False)


def test_what_does_not_fit_a_use_is_said_and_nothing_typed_is_lost(administrator):
    response = administrator.post(reverse("endpoint-new"), {**EMBEDDING, "dimensions": "5"})
    page = response.content.decode()
    assert response.status_code == 422 and not Endpoint.objects.exists()
    assert "8以上4096以下" in page and 'value="問: "' in page


def test_a_preset_is_offered_for_each_use(administrator):
    page = administrator.get(reverse("endpoint-new")).content.decode()
    assert all(f"?preset={preset.key}" in page for preset in PRESETS)
    for preset in PRESETS:
        page = administrator.get(reverse("endpoint-new"), {"preset": preset.key}).content.decode()
        assert f'<option value="{preset.use}" selected>' in page and preset.model in page


def served(office, url, **fields):
    return Endpoint.objects.create(
        tenant=office, **{"name": "庁内", "provider": "openai-compatible", "model": "m", "base_url": url, **fields}
    )


def test_trying_an_embedding_says_dimensions_and_whether_what_is_alike_is_near(administrator, office):
    with vectors(Vectors(dimensions=256)) as server:
        made = served(office, f"{server.url}/v1", use="embedding", model="ruri-v3-310m", is_enabled=False)
        page = administrator.post(reverse("endpoint-test", args=[made.pk])).content.decode()
        assert "256次元" in page and "関係する文を近くと判定しました" in page and "検索クエリ: " in page
        assert server.texts[-1].startswith("検索クエリ: ")
        server.fault = "alike"
        page = administrator.post(reverse("endpoint-test", args=[made.pk])).content.decode()
        assert "関係のない文のほうを近い" in page and "関係する文を近く" not in page and "notice-warning" in page
        server.fault = "nan"
        page = administrator.post(reverse("endpoint-test", args=[made.pk])).content.decode()
        assert "ベクトル: ×" in page and "読み取れませんでした" in page


def test_trying_a_reranker_says_whether_the_right_sentence_came_first(administrator, office):
    with vectors(Vectors(dialect="texts")) as server:
        made = served(office, server.url, use="rerank")
        page = administrator.post(reverse("endpoint-test", args=[made.pk])).content.decode()
        assert "並べ替え: ○" in page and "先頭にしました" in page
        server.fault = "twice"
        page = administrator.post(reverse("endpoint-test", args=[made.pk])).content.decode()
        assert "並べ替え: ×" in page and "読み取れませんでした" in page
    with serving(Script(answer=lambda prompt: ["[9, 1, 0]"])) as server:
        made = served(office, f"{server.url}/v1", use="rerank-chat", name="文章")
        page = administrator.post(reverse("endpoint-test", args=[made.pk])).content.decode()
        assert "並べ替え: ○" in page and "先頭に来ませんでした" in page


@pytest.mark.req("N1")
def test_anothers_offices_endpoint_is_not_there(administrator, office):
    office.hosts = ["testserver"]
    office.save()
    other = Tenant.objects.create(slug="other", name="隣市", hosts=["other.example"])
    theirs = Endpoint.objects.create(tenant=other, name="隣のモデル", provider="openai", model="m")
    assert administrator.get(reverse("endpoint", args=[theirs.pk])).status_code == 404
    assert "隣のモデル" not in administrator.get(reverse("endpoints")).content.decode()
