"""Stop buttons: of everything, an endpoint, an app, a desk; by page and by command; they hold for the next call."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse

from madoguchi.audit.models import Event
from madoguchi.cli.main import main
from madoguchi.llm import stops
from madoguchi.llm.chat import NoEndpoint, stream
from madoguchi.llm.embedding_endpoints import embed
from madoguchi.llm.embeddings import EmbeddingUnavailable
from madoguchi.llm.models import Endpoint, Stop
from madoguchi.llm.rerank import RerankFailed, rerank
from madoguchi.llm.trial import try_out
from madoguchi.people.models import Tenant
from madoguchi.scripted.server import serving
from tests.llm.made import endpoint_at

pytestmark = pytest.mark.django_db


@pytest.fixture
def administrator(make_user, signed_in) -> Client:
    return signed_in(make_user("sato", name="佐藤 花子", is_administrator=True))


@pytest.fixture
def server():
    with serving() as scripted:
        yield scripted


def asks(scope, **more) -> bool:
    """Whether a new call goes out."""
    try:
        return bool("".join(stream("chat", scope, "指示です。", "要約して。", 1, **more)))
    except NoEndpoint:
        return False


@pytest.mark.req("H8")
@pytest.mark.parametrize(
    ("what", "key", "stopped", "goes_on"),
    [
        ("all", "", [{}, {"app": "letter"}, {"desk": "gomi"}], []),
        ("app", "letter", [{"app": "letter"}], [{}, {"app": "minutes"}]),
        ("desk", "gomi", [{"desk": "gomi"}], [{}, {"desk": "hoken"}]),
    ],
)
def test_a_button_stops_the_next_call_of_what_it_names_alone(office, scope, server, what, key, stopped, goes_on):
    endpoint_at(office, f"{server.url}/v1")
    stops.press(office, what, key, "operator", "試験")
    stops.forget()
    assert [asks(scope, **more) for more in stopped] == [False] * len(stopped)
    assert not server.requests
    assert [asks(scope, **more) for more in goes_on] == [True] * len(goes_on)
    assert stops.lift(office, what, key, "operator")
    stops.forget()
    assert all(asks(scope, **more) for more in stopped)


@pytest.mark.req("H8")
def test_a_stopped_endpoint_is_passed_over_and_reached_by_no_other_way(office, scope, server):
    made = {
        use: endpoint_at(office, f"{server.url}/v1", name=use, use=use, order=1)
        for use in ("chat", "embedding", "rerank")
    }
    for endpoint in made.values():
        stops.press(office, Stop.What.ENDPOINT, str(endpoint.pk), "operator")
    stops.forget()
    assert not asks(scope)
    with pytest.raises(EmbeddingUnavailable):
        embed(made["embedding"], ["文"], kind="query", scope=scope)
    with pytest.raises(RerankFailed):
        rerank(made["rerank"], "問い", ["一", "二"], scope)
    assert not try_out(made["chat"], scope).works
    assert not server.requests
    endpoint_at(office, f"{server.url}/v1", name="もう一つ", order=2)
    assert asks(scope)


@pytest.mark.req("N1")
def test_a_button_of_another_office_stops_nothing_here(office, scope, server):
    endpoint_at(office, f"{server.url}/v1")
    stops.press(Tenant.objects.create(slug="other", name="隣市"), Stop.What.ALL, "", "operator")
    stops.forget()
    assert asks(scope)


@pytest.mark.req("H8")
def test_a_press_in_another_process_is_seen_within_half_a_second(settings):
    """Each process looks again after so long; streams are ended by the same look."""
    assert settings.STOPS_LOOKED_AT_MS <= 500


@pytest.mark.req("H8")
def test_the_page_stops_and_resumes_with_the_reason_on_the_record(
    office, administrator, scope, server, django_capture_on_commit_callbacks
):
    made = endpoint_at(office, f"{server.url}/v1", name="庁内 Qwen")
    form = {"what": "endpoint", "key": str(made.pk), "reason": "出力の誤り"}
    with django_capture_on_commit_callbacks(execute=True):
        page = administrator.post(reverse("stops"), form, follow=True).content.decode()
    assert "接続先「庁内 Qwen」を止めました" in page
    assert "出力の誤り" in page and "佐藤 花子" in page
    assert not asks(scope)
    with django_capture_on_commit_callbacks(execute=True):
        lifted = administrator.post(reverse("stops-lift"), {"what": "endpoint", "key": str(made.pk)}, follow=True)
    assert "再開しました" in lifted.content.decode()
    assert asks(scope)
    found = dict(
        Event.objects.filter(action__startswith="model.").exclude(action="model.called").values_list("action", "detail")
    )
    assert found["model.stopped"]["reason"] == "出力の誤り"
    assert "model.let_go_on" in found


@pytest.mark.parametrize(
    ("form", "kept"),
    [
        ({"what": "endpoint", "key": "", "reason": "誤り"}, "誤り"),
        ({"what": "endpoint", "key": "999999", "reason": "誤り"}, "誤り"),
        ({"what": "app", "key": " ", "reason": "誤り"}, "誤り"),
        ({"what": "desk", "key": "ごみ案内", "reason": "x" * 201}, "ごみ案内"),
    ],
)
def test_what_names_nothing_stops_nothing_and_keeps_what_was_typed(administrator, form, kept):
    answer = administrator.post(reverse("stops"), form)
    assert answer.status_code == 422
    assert f'value="{kept}"' in answer.content.decode()
    assert "まだ止めていません" in answer.content.decode()
    assert not Stop.objects.exists()


def test_an_endpoint_of_another_office_cannot_be_stopped(administrator, office):
    Tenant.objects.filter(pk=office.pk).update(hosts=["testserver"])
    other = Tenant.objects.create(slug="other", name="隣市", hosts=["other.example"])
    foreign = Endpoint.objects.create(tenant=other, name="隣のモデル", provider="openai-compatible", model="m")
    answer = administrator.post(reverse("stops"), {"what": "endpoint", "key": str(foreign.pk)})
    assert answer.status_code == 422
    assert "隣のモデル" not in answer.content.decode()


def test_staff_find_no_buttons(make_user, signed_in):
    client = signed_in(make_user("tanaka"))
    assert client.get(reverse("stops")).status_code == 404
    assert client.post(reverse("stops"), {"what": "all"}).status_code == 404
    assert client.post(reverse("stops-lift"), {"what": "all"}).status_code == 404
    assert not Stop.objects.exists()


@pytest.mark.req("H8")
def test_the_command_stops_lists_and_resumes(office, capsys, scope, server, django_capture_on_commit_callbacks):
    endpoint_at(office, f"{server.url}/v1")
    with django_capture_on_commit_callbacks(execute=True):
        assert main(["stop", "endpoint", "庁内", "--reason", "試験のため"]) == 0
    assert "接続先「庁内」を止めました" in capsys.readouterr().out
    assert not asks(scope)
    assert main(["stop", "list", "--json"]) == 0
    [row] = json.loads(capsys.readouterr().out)["stops"]
    assert (row["what"], row["title"], row["reason"], row["by"]) == (
        "endpoint",
        "接続先「庁内」",
        "試験のため",
        "operator",
    )
    with django_capture_on_commit_callbacks(execute=True):
        assert main(["resume", "endpoint", "庁内"]) == 0
    assert asks(scope)
    for wrong in (["stop", "endpoint", "ない"], ["stop", "all", "庁内"], ["stop", "app"], ["resume", "all"]):
        assert main(wrong) == 1
    assert not Stop.objects.filter(lifted_at=None).exists()


def test_a_usage_error_is_told_apart(tmp_path):
    """In a process of its own: 2 for what is no command, 1 in a home without an office."""
    madoguchi = str(Path(sys.executable).with_name("madoguchi"))
    environment = {"MADOGUCHI_HOME": str(tmp_path), "PATH": ""}
    codes = [
        subprocess.run([madoguchi, *words], env=environment, capture_output=True).returncode
        for words in (["stop", "everything"], ["stop", "all"])
    ]
    assert codes == [2, 1]
