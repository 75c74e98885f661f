"""The pages of rules, routes and destinations: who sees them, what they say, that nothing typed is lost."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from madoguchi.cli.main import main
from madoguchi.llm import rules, stops
from madoguchi.llm.destinations import add, line_at
from madoguchi.llm.models import Cell, Destination, Endpoint, Purpose, Route, RuleChange, Rules
from madoguchi.llm.routing import decide, usual
from madoguchi.people.access import scope_of
from madoguchi.people.models import Classification, Tenant
from tests.llm.made import endpoint_at

pytestmark = pytest.mark.django_db

PAGES = ("endpoint-rules", "endpoint-routes", "destinations", "stops")


@pytest.fixture
def sato(make_user):
    return make_user("sato", name="佐藤 花子", is_administrator=True)


@pytest.fixture
def administrator(sato, signed_in) -> Client:
    return signed_in(sato)


@pytest.fixture
def suzuki(make_user, signed_in) -> Client:
    return signed_in(make_user("suzuki", name="鈴木 一郎", is_administrator=True))


def page(client: Client, name: str, query: str = "", **kwargs) -> str:
    answer = client.get(reverse(name, kwargs=kwargs) + query)
    assert answer.status_code == 200
    return answer.content.decode()


def test_staff_find_nothing_here(make_user, signed_in, office):
    client = signed_in(make_user("tanaka"))
    waiting = rules.ask(office, {"profile": "", "cells": [["internal", 3, "any"]]}, "operator", "業務")
    assert waiting
    for name in (*PAGES, "rules-profile"):
        assert client.get(reverse(name)).status_code == 404
    assert client.get(reverse("endpoint-order", kwargs={"purpose": "chat"})).status_code == 404
    assert client.post(reverse("rules-profile"), {"profile": "closed"}).status_code == 404
    assert client.post(reverse("rule-change-accept", kwargs={"pk": waiting.pk})).status_code == 404
    assert not Rules.objects.exists() and not Cell.objects.exists()


# --- rules


@pytest.mark.req("A7")
def test_closed_operation_is_shown_as_a_difference_and_set_by_one_click(administrator, office):
    shown = page(administrator, "rules-profile", "?profile=closed")
    assert "庁内、LGWAN、インターネット" in shown
    assert "適用する" in shown and "承認を申請する" not in shown
    said = administrator.post(reverse("rules-profile"), {"profile": "closed"}, follow=True).content.decode()
    assert "変えました" in said
    assert Rules.objects.get().profile == "closed"


@pytest.mark.req("A5")
def test_a_wider_model_is_asked_for_and_let_in_by_another_administrator(administrator, suzuki, office):
    rules.ask(office, {"profile": "alpha"}, "operator")
    assert "承認を申請する" in page(administrator, "rules-profile", "?profile=beta")
    answer = administrator.post(reverse("rules-profile"), {"profile": "beta"})
    assert answer.status_code == 422 and "理由を入力" in answer.content.decode()
    administrator.post(reverse("rules-profile"), {"profile": "beta", "reason": "端末の移設のため"})
    waiting = RuleChange.objects.get()
    own, others = page(administrator, "endpoint-rules"), page(suzuki, "endpoint-rules")
    assert "取り下げる" in own and "承認する</button>" not in own
    assert "承認する</button>" in others and "端末の移設のため" in others and "佐藤 花子" in others
    accept = reverse("rule-change-accept", kwargs={"pk": waiting.pk})
    assert "申請した人は承認できません" in administrator.post(accept, follow=True).content.decode()
    assert Rules.objects.get().profile == "alpha"
    assert "承認しました" in suzuki.post(accept, follow=True).content.decode()
    assert Rules.objects.get().profile == "beta"


def test_a_cell_that_closes_is_saved_and_one_that_opens_keeps_what_was_typed_without_its_reason(administrator, office):
    form = {"need-lgwan-2": "none"}
    assert "変えました" in administrator.post(reverse("rules-cells"), form, follow=True).content.decode()
    assert Cell.objects.get().need == "none"
    answer = administrator.post(reverse("rules-cells"), {"need-lgwan-2": "", "need-internal-3": "contract"})
    assert answer.status_code == 422
    select = re.search(r'<select id="need-internal-3".*?</select>', answer.content.decode(), re.DOTALL)
    assert select and '<option value="contract" selected>' in select[0]
    assert Cell.objects.get().need == "none"
    form = {"need-lgwan-2": "", "need-internal-3": "contract", "reason": "契約を結んだため"}
    assert "申請しました" in administrator.post(reverse("rules-cells"), form, follow=True).content.decode()
    assert RuleChange.objects.get().change["cells"] == [["internal", 3, "contract"], ["lgwan", 2, ""]]


def test_no_list_offers_to_let_3b_and_3a_out(administrator):
    shown = page(administrator, "endpoint-rules")
    for classification in (4, 5):
        select = re.search(rf'<select id="need-internet-{classification}".*?</select>', shown, re.DOTALL)
        assert select and re.findall(r'value="(\w*)"', select[0]) == ["", "inside", "none"]
    answer = administrator.post(reverse("rules-cells"), {"need-internet-5": "any", "reason": "業務"})
    assert answer.status_code == 422
    assert not RuleChange.objects.exists()


def test_words_and_days_are_saved_and_an_error_loses_nothing(administrator, office):
    form = {"forbidden_words": "極秘計画\n合併", "yen_per_dollar": "150", "texts_days": "30", "calls_days": "400"}
    assert "保存しました" in administrator.post(reverse("rules-others"), form, follow=True).content.decode()
    assert Rules.objects.get().forbidden_words == ["極秘計画", "合併"]
    assert "極秘計画\n合併" in page(administrator, "endpoint-rules")
    answer = administrator.post(reverse("rules-others"), form | {"texts_days": "0", "forbidden_words": "新しい語"})
    assert answer.status_code == 422
    assert "新しい語" in answer.content.decode()
    assert Rules.objects.get().texts_days == 30


# --- routes


@pytest.mark.req("A5")
def test_the_table_says_what_the_choice_itself_decides_in_every_cell(administrator, sato, office):
    endpoint_at(office, "http://10.0.0.5/v1", name="庁内の大", order=1, max_classification=Classification.C2)
    endpoint_at(office, "http://10.0.0.6/v1", name="庁内の小", order=2)
    endpoint_at(office, "https://model.example/v1", name="契約のない先", order=0, zone="internet", max_classification=2)
    for zone in ("internal", "lgwan", "internet"):
        shown = page(administrator, "endpoint-routes", f"?zone={zone}")
        rows = re.findall(r'<tr>\s*<th scope="row">(.*?)<br>.*?</tr>', shown, re.DOTALL)
        assert rows == [str(purpose.label) for purpose in Purpose]
        summaries = re.findall(r"<summary>.*?</span>(.*?)</summary>", shown, re.DOTALL)
        expected = [
            next((one.name for one in decide(usual(purpose, scope_of(sato, zone), one_class)).endpoints), "なし")
            for purpose in Purpose
            for one_class in Classification
        ]
        assert [re.sub(r"<[^>]*>", "", one) for one in summaries] == expected
    assert "契約の記録が足りません" in page(administrator, "endpoint-routes")
    assert administrator.get(reverse("endpoint-routes") + "?zone=mynumber").status_code == 404


def test_the_table_takes_as_many_queries_with_many_endpoints_as_with_one(administrator, office):
    def queries() -> int:
        stops.forget()
        with CaptureQueriesContext(
            connection,
        ) as captured:
            page(administrator, "endpoint-routes")
        return len(captured)

    endpoint_at(office, "http://10.0.0.5/v1", name="一")
    queries()
    with_one = queries()
    for number in range(30):
        endpoint_at(office, f"http://10.0.1.{number}/v1", name=f"E{number}", use=Endpoint.Use.values[number % 5])
    assert queries() == with_one
    assert with_one < 40


def test_a_purpose_gets_an_order_of_its_own_and_loses_it_again(administrator, office):
    one, two, three = (endpoint_at(office, "http://10.0.0.5/v1", name=name) for name in ("一", "二", "三"))
    address = reverse("endpoint-order", kwargs={"purpose": "summarise"})
    form = {f"place-{one.pk}": "2", f"place-{two.pk}": "", f"place-{three.pk}": "1"}
    assert administrator.post(address, form).status_code == 302
    routes = Route.objects.filter(purpose="summarise").values_list("endpoint", flat=True)
    assert list(routes) == [three.pk, one.pk]
    assert "順を変える（独自の順）" in page(administrator, "endpoint-routes")
    answer = administrator.post(address, form | {f"place-{two.pk}": "三番"})
    assert answer.status_code == 422 and 'value="三番"' in answer.content.decode()
    assert Route.objects.count() == 2
    administrator.post(address, form | {"reset": "1"})
    assert not Route.objects.exists()
    assert administrator.get(reverse("endpoint-order", kwargs={"purpose": "nothing"})).status_code == 404


def test_an_endpoint_of_another_office_gets_into_no_order(administrator, office):
    Tenant.objects.filter(pk=office.pk).update(hosts=["testserver"])
    other = Tenant.objects.create(slug="other", name="隣市", hosts=["other.example"])
    foreign = endpoint_at(other, "http://10.0.0.5/v1", name="隣のモデル")
    own = endpoint_at(office, "http://10.0.0.5/v1", name="自分のモデル")
    form = {f"place-{foreign.pk}": "1", f"place-{own.pk}": "2"}
    administrator.post(reverse("endpoint-order", kwargs={"purpose": "chat"}), form)
    assert [route.endpoint for route in Route.objects.all()] == [own]
    assert "隣のモデル" not in page(administrator, "endpoint-order", purpose="chat")


# --- destinations


@pytest.mark.req("A3")
def test_the_list_shows_what_ends_soon_what_nobody_uses_and_what_it_shuts_out(administrator, office):
    today = timezone.localdate()
    endpoint_at(office, "https://used.example/v1", name="使う先", zone="internet", max_classification=1)
    endpoint_at(office, "https://lacking.example/v1", name="載せ忘れ", zone="internet", max_classification=1)
    add(
        line_at(office, "https://used.example", purpose="回答", owner="課", until=today + timedelta(days=5)), "operator"
    )
    add(line_at(office, "https://unused.example", purpose="試験", owner="課"), "operator")
    shown = page(administrator, "destinations")
    rows = dict(re.findall(r'<tr>\s*<th scope="row">(\S+?)</th>(.*?)</tr>', shown, re.DOTALL))
    assert "まもなく期限" in rows["https://used.example"] and "使う先" in rows["https://used.example"]
    assert "使われていません" in rows["https://unused.example"]
    assert re.search(r"使えない接続先.*?https://lacking\.example（載せ忘れ）", shown, re.DOTALL)
    Destination.objects.filter(host="used.example").update(until=today - timedelta(days=1))
    assert "期限切れ" in page(administrator, "destinations")


def test_a_line_is_added_an_error_keeps_what_was_typed_and_the_last_one_stays(administrator, office):
    form = {"address": "https://model.example", "purpose": "回答", "owner": "情報政策課", "until": ""}
    answer = administrator.post(reverse("destinations"), form | {"address": "https://model.example/v1"})
    assert answer.status_code == 422 and 'value="情報政策課"' in answer.content.decode()
    administrator.post(reverse("destinations"), form)
    line = Destination.objects.get()
    gone = administrator.post(reverse("destination-remove", kwargs={"pk": line.pk}), follow=True)
    assert "最後の1件" in gone.content.decode()
    answer = administrator.post(reverse("destinations-off"), {"off-reason": "試験のため"}, follow=True)
    assert "申請しました" in answer.content.decode()
    assert Destination.objects.exists()
    assert RuleChange.objects.get().change["list"] == ""


def test_the_endpoints_in_use_are_put_on_the_list_at_once_with_where_their_tokens_come_from(administrator, office):
    outside = {"zone": "internet", "max_classification": 1}
    endpoint_at(office, "https://city.openai.azure.com", name="Azure", provider="azure-entra", **outside)
    endpoint_at(office, "http://127.0.0.1:8080/v1", name="この機械のモデル")
    endpoint_at(office, "https://off.example/v1", name="使わない", is_enabled=False, **outside)
    administrator.post(reverse("destinations-of-endpoints"), {"all-owner": "情報政策課"})
    assert set(Destination.objects.values_list("host", flat=True)) == {
        "city.openai.azure.com",
        "login.microsoftonline.com",
    }


# --- the command


@pytest.mark.req("A5")
def test_the_operator_changes_the_model_and_is_the_second_one(office, sato, capsys):
    assert main(["rules", "profile", "closed"]) == 0
    assert "変えました" in capsys.readouterr().out
    assert main(["rules", "profile", "none"]) == 1
    assert "理由" in capsys.readouterr().err
    assert main(["rules", "profile", "none", "--reason", "試験のため"]) == 0
    assert main(["rules", "accept", str(RuleChange.objects.get().pk)]) == 1
    assert Rules.objects.get().profile == "closed"
    assert main(["rules", "withdraw", str(RuleChange.objects.get().pk)]) == 0
    waiting = rules.ask(office, {"profile": "alpha"}, f"user:{sato.pk}", "業務のため")
    assert waiting
    capsys.readouterr()
    assert main(["rules", "show"]) == 0
    assert f"承認待ち {waiting.pk}" in capsys.readouterr().out
    assert main(["rules", "accept", str(waiting.pk)]) == 0
    assert Rules.objects.get().profile == "alpha"
    assert main(["rules", "profile", "gamma"]) == 1
    assert main(["rules", "accept", "999999"]) == 1


def test_a_dry_run_shows_the_difference_and_changes_nothing(office, capsys):
    assert main(["rules", "profile", "closed", "--dry-run"]) == 0
    assert "→ 庁内" in capsys.readouterr().out
    assert not Rules.objects.exists()
