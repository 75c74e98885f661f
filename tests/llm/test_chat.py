"""Calls to models, over real sockets: what comes, what is sent, what happens when a server misbehaves."""

import threading

import pytest

from madoguchi.audit.models import Event
from madoguchi.llm.chat import EndpointFailed, stream
from madoguchi.llm.endpoints import NoEndpoint
from madoguchi.llm.models import Endpoint
from madoguchi.people.access import scope_of
from madoguchi.people.models import Classification, DataKey
from tests.llm.made import endpoint_at
from tests.llm.scripted import Script, serving

pytestmark = pytest.mark.django_db


def endpoint(office, server: Script, **fields) -> Endpoint:
    return endpoint_at(office, f"{server.url}/v1", **fields)


@pytest.fixture
def scope(make_user):
    return scope_of(make_user("tanaka"), "internal")


@pytest.fixture
def server():
    with serving(Script()) as script:
        yield script


def ask(scope, classification=Classification.C2):
    return stream("answer", scope, "指示です。", "質問です。", classification)


def test_pieces_come_in_order_and_the_endpoint_is_named(office, scope, server):
    server.answer = lambda prompt: ["手数料は", "300円", "です。"]
    made = endpoint(office, server)
    chat = ask(scope)
    assert list(chat) == ["手数料は", "300円", "です。"]
    assert chat.endpoint == made


def test_a_piece_is_there_before_the_answer_ends(office, scope):
    """The server holds its second piece back until the first was read."""
    gate = threading.Event()
    script = Script()

    def slow(prompt: str) -> list[str]:
        return _Lazy(gate)  # type: ignore[return-value]

    script.answer = slow
    with serving(script):
        endpoint(office, script)
        pieces = iter(ask(scope))
        assert next(pieces) == "一"
        gate.set()
        assert list(pieces) == ["二"]


class _Lazy:
    def __init__(self, gate: threading.Event) -> None:
        self.gate = gate

    def __iter__(self):
        yield "一"
        self.gate.wait(30)
        yield "二"


def test_system_and_prompt_are_sent_apart_with_the_limit_of_tokens(office, scope, server, settings):
    settings.ANSWER_MAX_TOKENS = 77
    endpoint(office, server)
    list(ask(scope))
    [(path, _headers, body)] = server.requests
    assert path == "/v1/chat/completions"
    assert [message["role"] for message in body["messages"]] == ["system", "user"]
    assert body["messages"][1]["content"] == "質問です。"
    assert 77 in (body.get("max_tokens"), body.get("max_completion_tokens"))
    assert "tools" not in body


@pytest.mark.parametrize(
    ("provider", "base", "header", "path"),
    [
        ("openai", "/v1", "Authorization", "/v1/chat/completions"),
        ("azure", "", "Authorization", "/openai/v1/chat/completions"),
        ("anthropic", "", "Authorization", "/v1/messages"),
        ("google", "", "X-Goog-Api-Key", "/v1beta/models/scripted:streamGenerateContent?alt=sse"),
    ],
)
def test_each_provider_speaks_its_own_tongue(office, scope, server, provider, base, header, path):
    server.answer = lambda prompt: ["はい", "。"]
    endpoint(office, server, provider=provider, base_url=server.url + base, key="himitsu-canary")
    assert "".join(ask(scope)) == "はい。"
    sent_path, headers, _body = server.requests[0]
    assert sent_path == path
    names = {name.lower(): value for name, value in headers.items()}
    assert "himitsu-canary" in names.get(header.lower(), "") + names.get("api-key", "")


@pytest.mark.parametrize("status", [400, 401, 404, 429, 500, 503])
def test_a_refusal_before_the_first_piece_goes_to_the_next_endpoint(office, scope, server, status):
    with serving(Script(status=status)) as broken:
        endpoint(office, broken, name="先", order=1)
        second = endpoint(office, server, name="後", order=2)
        chat = ask(scope)
        assert list(chat) == ["はい。"]
        assert chat.endpoint == second
        assert len(broken.requests) == 1


def test_all_that_failed_are_named_in_japanese_without_the_servers_words(office, scope):
    with serving(Script(status=500)) as broken:
        endpoint(office, broken)
        with pytest.raises(EndpointFailed, match="接続先「庁内」: 接続先でエラーが起きました") as failure:
            list(ask(scope))
    assert not failure.value.begun
    assert "scripted" not in str(failure.value)


@pytest.mark.parametrize("fault", [{"cut_after": 1}, {"quiet_end": True}])
def test_a_stream_that_breaks_off_says_so_and_calls_nobody_else(office, scope, server, fault):
    with serving(Script(answer=lambda prompt: ["一文目です。", "二文"], **fault)) as broken:
        endpoint(office, broken, name="先", order=1)
        endpoint(office, server, name="後", order=2)
        got = []
        with pytest.raises(EndpointFailed) as failure:
            for piece in ask(scope):
                got.append(piece)
        assert got[0] == "一文目です。"
        assert failure.value.begun
        assert not server.requests


def test_garbage_is_a_failure_not_an_answer(office, scope):
    with serving(Script(garbage=b"data: {nonsense\n\n")) as broken:
        endpoint(office, broken)
        with pytest.raises(EndpointFailed):
            list(ask(scope))


def test_a_server_that_never_begins_is_left(office, scope, settings):
    settings.ENDPOINT_FIRST_TOKEN_SECONDS = 0.2
    gate = threading.Event()
    with serving(Script(gate=gate)) as slow:
        endpoint(office, slow)
        with pytest.raises(EndpointFailed, match="時間内に応答がありませんでした"):
            list(ask(scope))
        gate.set()


def test_a_closed_port_is_unreachable(office, scope):
    with serving(Script()) as gone:
        pass
    endpoint(office, gone)
    with pytest.raises(EndpointFailed, match="接続できませんでした"):
        list(ask(scope))


@pytest.mark.req("L1")
def test_a_call_is_on_the_record_without_its_text(office, scope, server):
    made = endpoint(office, server)
    list(ask(scope))
    event = Event.objects.get(action="model.called")
    assert event.target == f"endpoint:{made.pk}"
    assert event.detail["outcome"] == "done"
    assert event.detail["characters_in"] == 10
    assert "質問" not in str(list(Event.objects.values()))


def test_a_key_that_does_not_open_is_said_with_what_to_do(office, scope, server):
    endpoint(office, server, key="himitsu-canary")
    DataKey.objects.all().delete()
    with pytest.raises(EndpointFailed, match="キーを入力し直してください"):
        list(ask(scope))
    assert not server.requests


def test_no_endpoint_for_a_class_is_said(office, scope, server):
    endpoint(office, server, max_classification=Classification.C1)
    with pytest.raises(NoEndpoint, match="機密性2"):
        list(ask(scope))
    assert not server.requests


def test_leaving_early_stops_the_call(office, scope):
    gate = threading.Event()
    script = Script(answer=lambda prompt: _Lazy(gate))  # type: ignore[return-value,arg-type]
    with serving(script):
        endpoint(office, script)
        pieces = iter(ask(scope))
        next(pieces)
        pieces.close()
        gate.set()
    assert Event.objects.get(action="model.called").detail["outcome"] == "stopped"
