"""What a server says of its models, believed as far as it makes sense."""

import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from madoguchi.llm.faults import Fault
from madoguchi.llm.server_models import ServerModel, can_say, context_of, hint, models_of
from madoguchi.scripted.server import serving
from tests.llm.made import endpoint_at

pytestmark = pytest.mark.django_db


@contextmanager
def saying(body, status=200):
    """A server whose list of models is this."""
    data = body if isinstance(body, bytes) else json.dumps(body).encode()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, format: str, *args: object) -> None:
            """Be quiet."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


@pytest.mark.parametrize(
    ("provider", "path", "asked", "header", "value"),
    [
        ("openai-compatible", "/v1", "/v1/models", "authorization", "Bearer k"),
        ("openai", "/v1", "/v1/models", "authorization", "Bearer k"),
        ("anthropic", "", "/v1/models?limit=1000", "x-api-key", "k"),
        ("google", "", "/v1beta/models?pageSize=1000", "x-goog-api-key", "k"),
    ],
)
def test_each_provider_is_asked_in_its_own_tongue(office, provider, path, asked, header, value):
    with serving() as server:
        made = endpoint_at(office, f"{server.url}{path}", provider=provider)
        assert models_of(made, "k") == [ServerModel("scripted")]
        [request] = server.requests
        assert (request.path, request.headers[header]) == (asked, value)


@pytest.mark.parametrize(
    "row",
    [
        {"max_model_len": 8192},
        {"context_length": 8192},
        {"loaded_context_length": 8192, "max_context_length": 32768},
        {"meta": {"n_ctx_train": 8192}},
        {"inputTokenLimit": 8192},
    ],
)
def test_the_length_is_read_wherever_servers_write_it(office, row):
    with saying({"data": [{"id": "other", "max_model_len": 1}, {"id": "scripted", **row}]}) as url:
        assert context_of(endpoint_at(office, url)) == 8192


@pytest.mark.parametrize("length", [0, -1, "8192", True, 1e9, 10**12, None, [8192]])
def test_a_length_that_is_none_is_not_believed(office, length):
    with saying({"data": [{"id": "scripted", "max_model_len": length}]}) as url:
        assert context_of(endpoint_at(office, url)) is None


def test_names_that_no_call_could_use_are_left_out_and_the_list_has_an_end(office):
    names = ["", "<script>alert(1)</script>", "two words", "a" * 101, "行\n行", *(f"m{n}" for n in range(900))]
    with saying({"data": [{"id": name} for name in names] + ["text", None, {"id": ["x"]}]}) as url:
        made = endpoint_at(office, url)
        found = [one.name for one in models_of(made, "")]
        assert found[0] == "m0" and len(found) <= 500
        assert "script" not in hint(made) and "m0、m1" in hint(made)


def test_of_googles_models_those_of_the_use_are_offered(office):
    rows = [
        {"name": "models/writes", "supportedGenerationMethods": ["generateContent"], "inputTokenLimit": 1000},
        {"name": "models/embeds", "supportedGenerationMethods": ["embedContent"]},
    ]
    with saying({"models": rows}) as url:
        made = endpoint_at(office, url, provider="google")
        assert models_of(made, "k") == [ServerModel("writes", 1000)]
        made.use = "embedding"
        assert [one.name for one in models_of(made, "k")] == ["embeds"]


@pytest.mark.parametrize(
    ("body", "status", "kind"),
    [
        (b"<html>", 200, "unreadable"),
        (b"[" * 100_000, 200, "unreadable"),
        ([], 200, "unreadable"),
        ({"data": {}}, 200, "unreadable"),
        ({}, 404, "unreadable"),
        ({}, 401, "key"),
        ({}, 500, "server"),
    ],
)
def test_what_is_no_list_is_a_fault_and_a_trial_goes_on_without(office, body, status, kind):
    with saying(body, status) as url:
        made = endpoint_at(office, url)
        with pytest.raises(Fault, match=kind):
            models_of(made, "")
        assert context_of(made) is None and hint(made) == ""


def test_azure_is_not_asked_since_it_calls_deployments_by_names_of_the_office(office):
    made = endpoint_at(office, "https://x.openai.azure.com", provider="azure")
    assert not can_say(made)
    with pytest.raises(Fault, match="settings"):
        models_of(made, "k")
