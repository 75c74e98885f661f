"""Pictures described by a model, over real sockets: who is asked, what is sent, what is taken of what comes back."""

import threading

import pytest
from django.urls import reverse

from madoguchi.audit.models import Event
from madoguchi.llm.chat import EndpointFailed
from madoguchi.llm.endpoints import NoEndpoint
from madoguchi.llm.models import Endpoint, PictureRule
from madoguchi.llm.trial import try_out
from madoguchi.llm.vision import cleaned, describe, limit_of, set_limit
from madoguchi.people.access import scope_of_operator
from madoguchi.people.models import Classification, Tenant
from tests.llm.made import endpoint_at, full_record
from tests.llm.scripted import Script, serving

pytestmark = pytest.mark.django_db
SAID = "棒グラフです。人口は年ごとに減っています。"
PICTURE = b"\x89PNG\r\n\x1a\n and what follows, canary-picture"
C1, C2, C3C, C3B, C3A = Classification


def endpoint(office, server: Script, **fields) -> Endpoint:
    return endpoint_at(office, f"{server.url}/v1", **({"sees_pictures": True} | fields))


@pytest.fixture
def server():
    with serving(Script(answer=lambda prompt: [SAID])) as script:
        yield script


@pytest.fixture
def allowed(office):
    """The office has figures described up to class 2."""
    set_limit(office, C2, "operator")


@pytest.mark.parametrize(
    ("provider", "base", "path"),
    [
        ("openai-compatible", "/v1", "/v1/chat/completions"),
        ("openai", "/v1", "/v1/chat/completions"),
        ("azure", "", "/openai/v1/chat/completions"),
        ("anthropic", "", "/v1/messages"),
        ("google", "", "/v1beta/models/scripted:streamGenerateContent?alt=sse"),
    ],
)
def test_each_provider_gets_the_picture_in_its_own_tongue(office, server, allowed, provider, base, path):
    endpoint(office, server, provider=provider, base_url=server.url + base, key="himitsu-canary")
    described = describe(office, PICTURE, C1)
    assert (described.text, described.model) == (SAID, f"{provider}:scripted")
    assert server.requests[0][0] == path
    assert server.pictures == [("image/png", PICTURE)]


def test_the_bounds_of_a_description_are_its_own(office, server, allowed, settings):
    settings.FIGURE_MAX_TOKENS = 77
    endpoint(office, server)
    describe(office, PICTURE, C1)
    [(_path, _headers, body)] = server.requests
    assert 77 in (body.get("max_tokens"), body.get("max_completion_tokens"))
    assert "tools" not in body


@pytest.mark.req("A4")
@pytest.mark.parametrize("limit", [None, *Classification])
@pytest.mark.parametrize("classification", [*Classification])
@pytest.mark.parametrize(("zone", "highest"), [("internal", C3A), ("lgwan", C2), ("internet", C2)])
def test_a_picture_goes_where_rule_class_and_zone_allow_and_nowhere_else(
    office, server, limit, classification, zone, highest
):
    set_limit(office, limit, "operator")
    endpoint(office, server, zone=zone, max_classification=highest, **full_record())
    if limit is not None and classification <= limit and classification <= highest:
        assert describe(office, PICTURE, classification).text == SAID
    else:
        with pytest.raises(NoEndpoint):
            describe(office, PICTURE, classification)
        assert not server.requests


def test_an_endpoint_that_sees_no_pictures_gets_none(office, server, allowed):
    endpoint(office, server, sees_pictures=False)
    endpoint(office, server, name="停止中", is_enabled=False)
    with pytest.raises(NoEndpoint):
        describe(office, PICTURE, C1)
    assert not server.requests


@pytest.mark.req("N1")
def test_the_rule_and_the_endpoints_are_of_one_office(office, server, allowed):
    endpoint(office, server)
    other = Tenant.objects.create(slug="other", name="隣市", hosts=["other.example"])
    assert limit_of(other.pk) is None
    with pytest.raises(NoEndpoint):
        describe(other, PICTURE, C1)
    set_limit(other, C2, "operator")
    with pytest.raises(NoEndpoint):
        describe(other, PICTURE, C1)
    assert not server.requests


@pytest.mark.parametrize(
    "fault",
    [
        {"status": 500},
        {"status": 401},
        {"garbage": b"data: {nonsense\n\n"},
        {"cut_after": 1},
        {"answer": lambda prompt: []},
        {"answer": lambda prompt: ["説明できません。"]},
        {"answer": lambda prompt: ["I cannot help with that picture. Sorry about this."]},
        {"answer": lambda prompt: ["%%%%\x00\x01\x02\x03 ﷽﷽﷽ 。。。"]},
        {"answer": lambda prompt: ["あ" * 5000]},
    ],
)
def test_what_is_no_description_goes_to_the_next_endpoint_and_else_is_a_failure(office, server, allowed, fault):
    with serving(Script(**fault)) as broken:
        endpoint(office, broken, name="先", order=1)
        with pytest.raises(EndpointFailed, match="接続先「先」"):
            describe(office, PICTURE, C1)
        endpoint(office, server, name="後", order=2, model="second")
        assert describe(office, PICTURE, C1).model == "openai-compatible:second"


def test_a_server_that_never_begins_is_left(office, allowed, settings):
    settings.ENDPOINT_FIRST_TOKEN_SECONDS = 0.2
    gate = threading.Event()
    with serving(Script(gate=gate)) as slow:
        endpoint(office, slow)
        with pytest.raises(EndpointFailed, match="時間内に応答がありませんでした"):
            describe(office, PICTURE, C1)
        gate.set()


def test_a_long_text_is_cut_at_a_sentence_and_a_flood_is_left(office, server, allowed, settings):
    settings.FIGURE_MAX_CHARACTERS = 60
    sentence = "折れ線グラフです。"
    server.answer = lambda prompt: [sentence] * 100
    endpoint(office, server)
    text = describe(office, PICTURE, C1).text
    assert text == sentence * 6
    assert Event.objects.get(action="model.called").detail["characters_out"] < 200


def test_marks_hidden_letters_and_half_a_sentence_are_taken_off():
    said = "## 説明\n**棒グラフ**です。\u202e人口\u200bは減っています。\n令和7年は1,2"
    assert cleaned(said) == "説明 棒グラフです。人口は減っています。"


@pytest.mark.req("L1")
def test_a_call_and_the_rule_are_on_the_record_without_text_or_picture(office, server, allowed):
    made = endpoint(office, server)
    describe(office, PICTURE, C1)
    event = Event.objects.get(action="model.called")
    assert (event.actor, event.target) == ("system", f"endpoint:{made.pk}")
    assert (event.detail["purpose"], event.detail["bytes_in"]) == ("vision", len(PICTURE))
    assert Event.objects.get(target="pictures").detail == {"max_classification": C2}
    assert "棒グラフ" not in str(list(Event.objects.values()))


def test_an_administrator_sets_the_rule_on_the_page(office, server, make_user, signed_in):
    endpoint(office, server, max_classification=C2)
    client = signed_in(make_user("sato", is_administrator=True))
    assert "文書の図の説明" in client.get(reverse("endpoints")).content.decode()
    assert client.post(reverse("picture-rule"), {"max_classification": "1"}).status_code == 302
    assert limit_of(office.pk) == C1
    assert "いま使う接続先: 庁内" in client.get(reverse("endpoints")).content.decode()
    assert client.post(reverse("picture-rule"), {"max_classification": "9"}).status_code == 422
    client.post(reverse("picture-rule"), {"max_classification": "4"})
    assert "図を渡せる接続先がいまありません" in client.get(reverse("endpoints")).content.decode()
    client.post(reverse("picture-rule"), {"max_classification": ""})
    assert not PictureRule.objects.exists()
    actor = Event.objects.filter(target="pictures").values_list("actor", flat=True)
    assert set(actor) == {f"user:{client.session['_auth_user_id']}"}


def test_staff_cannot_set_the_rule(office, make_user, signed_in):
    assert signed_in(make_user("tanaka")).post(reverse("picture-rule"), {"max_classification": "5"}).status_code == 404
    assert limit_of(office.pk) is None


def test_trying_an_endpoint_says_whether_it_sees_what_is_in_a_picture(office, server):
    made = endpoint(office, server, sees_pictures=False)
    server.answer = lambda prompt: ["青色です。"] if "何色" in prompt else ["はい。"]
    assert try_out(made, scope_of_operator(office)).vision is True
    assert server.pictures[0][1].startswith(b"\x89PNG")
    # A server without eyes takes the picture and makes something up.
    server.answer = lambda prompt: ["とてもきれいな図です。"]
    assert try_out(made, scope_of_operator(office)).vision is False
