"""Setting an endpoint up on its page: presets, groups, the models of a server, what lacks, taking over, removing."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from madoguchi.audit.models import Event
from madoguchi.llm.endpoints import key_of
from madoguchi.llm.models import Call, Endpoint
from madoguchi.llm.presets import PRESETS
from madoguchi.scripted import rules
from madoguchi.scripted.server import serving
from tests.llm.made import endpoint_at
from tests.llm.test_endpoint_keys import CANARY
from tests.llm.test_pages import FORM

pytestmark = pytest.mark.django_db
# What a browser sends of the fields that FORM leaves out, filled in.
RECORD = {
    "contract": "individual",
    "trains_on_input": "no",
    "region": "japan",
    "retention_days": "0",
    "sub_processors": "なし",
    "checked_on": timezone.localdate().isoformat(),
    "currency": "USD",
    "price_in": "0.25",
    "price_out": "2",
    "price_cached": "",
    "valid_from": "2026-04-01",
    "valid_to": "2099-03-31",
    "grade": "fast",
    "context_tokens": "128000",
    "max_output_tokens": "8000",
    "masks_always": "on",
    "keeps_schema": "on",
}


@pytest.fixture
def administrator(make_user, signed_in):
    return signed_in(make_user("sato", is_administrator=True))


def test_a_preset_and_a_model_is_all_that_an_endpoint_inside_needs(administrator):
    """The steps of one who adds the first endpoint: a preset, the model, save, try."""
    with serving() as server:
        page = administrator.get(reverse("endpoint-new"), {"preset": "ollama"}).content.decode()
        sent = fields_of(page) | {"base_url": f"{server.url}/v1", "model": "scripted"}
        assert administrator.post(reverse("endpoint-new"), sent).status_code == 302
        made = Endpoint.objects.get()
        assert (made.name, made.zone, made.is_enabled, made.grade, made.currency) == (
            "Ollama",
            "internal",
            True,
            "standard",
            "JPY",
        )
        page = administrator.post(reverse("endpoint-test", args=[made.pk])).content.decode()
        assert "「Ollama」を試しました" in page


def fields_of(page: str) -> dict[str, str]:
    """Return what a browser would send of a form as it stands."""
    found = dict[str, str]()
    for tag in re.findall(r"<input[^>]*>", page):
        attributes = dict(re.findall(r'(\w+)="([^"]*)"', tag))
        if attributes.get("type") in ("text", "url", "number", "date", "password"):
            found[attributes["name"]] = attributes.get("value", "")
        elif attributes.get("type") == "checkbox" and " checked" in tag:
            found[attributes["name"]] = "on"
    for name, options in re.findall(r'<select name="(\w+)".*?>(.*?)</select>', page, re.DOTALL):
        chosen = re.search(r'value="([^"]*)" selected', options)
        found[name] = chosen[1] if chosen else ""
    return found


@pytest.mark.parametrize("preset", PRESETS, ids=lambda preset: preset.key)
def test_each_preset_can_be_saved_once_the_places_in_it_are_filled_in(administrator, preset):
    page = administrator.get(reverse("endpoint-new"), {"preset": preset.key}).content.decode()
    sent = fields_of(page)
    assert (sent["provider"], sent["use"], sent["zone"]) == (preset.provider, preset.use, preset.zone)
    assert not any(sent[name] for name in ("price_in", "price_out", "contract", "checked_on")), "nothing is invented"
    sent["base_url"] = re.sub(r"&lt;\w+&gt;", "x", sent["base_url"])
    sent |= {"model": sent["model"] or "m", "key_token": "k"}
    if preset.key in ("azure-entra",):
        sent |= {"tenant_id": "t-1", "client_id": "c-1"}
    if preset.key == "vertex":
        response = administrator.post(reverse("endpoint-new"), sent)
        assert response.status_code == 422 and "サービスアカウントキー" in response.content.decode()
        return
    response = administrator.post(reverse("endpoint-new"), sent)
    assert response.status_code == 302, re.findall(r"<li>.*?</li>", response.content.decode())


def test_all_that_is_recorded_of_an_endpoint_is_saved_and_shown_again(administrator):
    assert administrator.post(reverse("endpoint-new"), FORM | RECORD).status_code == 302
    made = Endpoint.objects.get()
    assert (made.trains_on_input, made.retention_days, made.region, made.grade) == (False, 0, "japan", "fast")
    assert (str(made.price_in), made.price_cached, made.masks_always) == ("0.2500", None, True)
    shown = fields_of(administrator.get(reverse("endpoint", args=[made.pk])).content.decode())
    assert {name: shown[name] for name in ("valid_from", "trains_on_input", "sub_processors")} == {
        "valid_from": "2026-04-01",
        "trains_on_input": "no",
        "sub_processors": "なし",
    }


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("base_url", "http://model :8000/v1", ""),
        ("base_url", "http://user:pass@model/v1", "利用者名・パスワード"),
        ("base_url", "file:///etc/passwd", "https://"),
        ("base_url", "http://model:99999/v1", "URL"),
        ("base_url", "http://169.254.169.254/v1", "接続先にできません"),
        ("model", "two words", "モデル名"),
        ("price_in", "-1", "単価は0以上"),
        ("price_out", "1e30", ""),
        ("price_in", "NaN", ""),
        ("valid_to", "2026-03-31", "最後の日は"),
        ("valid_from", "きょう", ""),
        ("checked_on", "2099-01-01", "今日までの日付"),
        ("retention_days", "-1", ""),
        ("sub_processors", "甲" * 201, ""),
        ("context_tokens", "0", ""),
        ("max_output_tokens", "999999", "扱える長さより"),
        ("order", "99999999999", ""),
        ("grade", "best", ""),
        ("key_token", "two\nlines", "半角の英数字と記号"),
    ],
)
def test_what_cannot_be_is_said_at_its_field_and_all_that_was_typed_stands(administrator, name, value, said):
    sent = FORM | RECORD | {"key_token": CANARY, name: value}
    response = administrator.post(reverse("endpoint-new"), sent)
    page = response.content.decode()
    assert response.status_code == 422 and not Endpoint.objects.exists()
    assert f"id_{name}_error" in page and said in page
    assert (CANARY not in page and "もう一度入力してください" in page) or name == "key_token"
    shown = fields_of(page)
    kept = {"name": "庁内", "sub_processors": "なし", "price_out": "2", "valid_to": "2099-03-31", "region": "japan"}
    assert {key: shown[key] for key in kept if key != name} == {key: kept[key] for key in kept if key != name}


@pytest.mark.parametrize("part", ["", "?part=models"])
def test_the_models_of_a_server_are_offered_and_nothing_is_saved(administrator, part):
    with serving() as server:
        sent = FORM | {"base_url": f"{server.url}/v1", "name": "", "model": "", "key_token": CANARY, "look": "1"}
        response = administrator.post(reverse("endpoint-new") + part, sent)
        page = response.content.decode()
        assert response.status_code == 200 and "scripted" in page
        if part:
            assert response.json()["names"] == ["scripted"]
        else:
            assert '<option value="scripted">' in page and "1件のモデル" in page
        assert server.requests[0].headers["authorization"] == f"Bearer {CANARY}"
        assert CANARY not in page and not Endpoint.objects.exists()
        if not part:
            assert fields_of(page)["order"] == "10" and "errors" not in re.findall(r'id="(\w+)"', page)


def test_a_stored_key_is_asked_with_at_its_own_address_alone(administrator, office):
    with serving() as own, serving() as other:
        made = endpoint_at(office, f"{own.url}/v1", key=CANARY)
        sent = FORM | {"base_url": f"{own.url}/v1", "look": "1"}
        assert "scripted" in administrator.post(reverse("endpoint", args=[made.pk]), sent).content.decode()
        assert own.requests[0].headers["authorization"] == f"Bearer {CANARY}"
        page = administrator.post(
            reverse("endpoint", args=[made.pk]), sent | {"base_url": f"{other.url}/v1"}
        ).content.decode()
        assert "キーも入力し直してください" in page and other.requests == []


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"base_url": "http://127.0.0.1:1/v1"}, "接続できませんでした"),
        ({"base_url": "gopher://x"}, "https://"),
        ({"base_url": "http://169.254.169.254/"}, "接続先にできません"),
        ({"provider": "nobody"}, "提供元を選んでください"),
        ({"provider": "azure", "base_url": "https://x.openai.azure.com", "key_token": "k"}, "一覧がありません"),
    ],
)
def test_what_no_server_can_be_asked_is_said(administrator, changes, said):
    zone = {"zone": "internet"} if "azure" in str(changes) else {}
    page = administrator.post(reverse("endpoint-new"), FORM | {"look": "1"} | changes | zone).content.decode()
    assert said in page


def test_what_lacks_for_class_2_is_said_in_words_until_it_is_recorded(administrator, office):
    made = endpoint_at(office, "https://models.example/v1", zone="internet", max_classification=2)
    for address in (reverse("endpoints"), reverse("endpoint", args=[made.pk])):
        page = administrator.get(address).content.decode()
        assert "データの保存先、契約の種類、学習への利用" in page and "機密性1" in page
    old = (timezone.localdate() - timedelta(days=400)).isoformat()
    sent = FORM | RECORD | {"base_url": "https://models.example/v1", "zone": "internet", "max_classification": "2"}
    administrator.post(reverse("endpoint", args=[made.pk]), sent | {"checked_on": old})
    assert "12か月以内の確認" in administrator.get(reverse("endpoints")).content.decode()
    administrator.post(reverse("endpoint", args=[made.pk]), sent)
    assert "契約の記録が足りません" not in administrator.get(reverse("endpoints")).content.decode()


def test_what_a_trial_found_is_taken_over_by_a_button(administrator, office):
    with serving(lambda asked: rules.says("青です。") if asked.pictures else rules.rules(asked)) as server:
        made = endpoint_at(office, f"{server.url}/v1")
        page = administrator.post(reverse("endpoint-test", args=[made.pk])).content.decode()
        [found] = re.findall(r'name="found" value="([^"]+)"', page)
        assert "画像を渡せる: はい" in page
        take = reverse("endpoint-take-over", args=[made.pk])
        assert administrator.post(take, {"found": found + "x"}, follow=True).context["messages"]
        made.refresh_from_db()
        assert not made.sees_pictures, "what was not found here is not taken over"
        administrator.post(take, {"found": found})
        made.refresh_from_db()
        assert made.sees_pictures and made.keeps_schema and made.calls_tools
        Endpoint.objects.update(model="another", sees_pictures=False)
        page = administrator.post(take, {"found": found}, follow=True).content.decode()
        made.refresh_from_db()
        assert "もう一度「試す」" in page and not made.sees_pictures


def test_an_endpoint_is_taken_away_with_its_key_and_its_calls_stay(administrator, office):
    made = endpoint_at(office, "http://model/v1", key=CANARY)
    as_then = {"endpoint_name": "庁内", "model": "m", "zone": "internal", "classification": 1, "outcome": "done"}
    called = Call.objects.create(
        tenant=office, at=timezone.now(), actor="system", purpose="chat", endpoint=made, **as_then
    )
    page = administrator.post(reverse("endpoint-delete", args=[made.pk]), follow=True).content.decode()
    assert "削除しました" in page and not Endpoint.objects.exists()
    called.refresh_from_db()
    assert called.endpoint is None and called.endpoint_name == "庁内"
    actions = Event.objects.filter(target=f"endpoint:{made.pk}").values_list("action", flat=True)
    assert set(actions) == {"settings.changed", "secret.deleted"}


def test_an_endpoint_by_which_search_goes_is_not_taken_away(administrator, office):
    from madoguchi.search.models import Space

    made = endpoint_at(office, "http://model/v1", use="embedding")
    Space.objects.create(tenant=office, endpoint=made, dimensions=8, max_classification=1)
    page = administrator.post(reverse("endpoint-delete", args=[made.pk]), follow=True).content.decode()
    assert "意味での検索" in page and Endpoint.objects.exists()


def test_ids_beside_a_key_are_sealed_with_it_and_not_kept_alone(administrator):
    entra = FORM | {
        "provider": "azure-entra",
        "base_url": "https://x.openai.azure.com",
        "zone": "internet",
        "max_classification": "1",
        "tenant_id": "tenant-1",
        "client_id": "client-1",
    }
    response = administrator.post(reverse("endpoint-new"), entra)
    assert response.status_code == 422 and not Endpoint.objects.exists()
    assert administrator.post(reverse("endpoint-new"), entra | {"key_token": CANARY}).status_code == 302
    made = Endpoint.objects.get()
    assert CANARY in key_of(made) and "tenant-1" in key_of(made)
    page = administrator.get(reverse("endpoint", args=[made.pk])).content.decode()
    assert CANARY not in page and "tenant-1" not in page
