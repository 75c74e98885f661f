# Bodies of the protocols are written as they go over the wire.
# mypy: ignore-errors
"""What our own door to a model makes of each fault, in each protocol: a named kind, soon, and no more text."""

import asyncio
import json

import pytest

from madoguchi.llm.clients import http_client
from madoguchi.llm.faults import Fault as Said
from madoguchi.llm.faults import fault_of, message
from madoguchi.llm.models import Endpoint
from madoguchi.llm.wire import Asked, model_of, pieces
from madoguchi.scripted.faults import Fault
from madoguchi.scripted.server import serving

PROVIDERS = ["openai-compatible", "azure", "anthropic", "google"]
# Seconds that a call is given, and the limit beyond which a test says that it hung.
SECONDS, HANGS = 1.0, 20.0
TEXT = "「質問です。」について承りました。"


def endpoint_at(provider, url):
    base = f"{url}/v1" if provider == "openai-compatible" else url
    return Endpoint(name="庁内", provider=provider, model="scripted", base_url=base, zone=Endpoint.Zone.INTERNAL)


def outcome(provider, url, max_tokens=200):
    """Return the text that came, the kind of the fault ("" for none), and what the server said it used."""
    endpoint, got = endpoint_at(provider, url), list[str]()
    asked = Asked("指示です。", "質問です。", max_tokens=max_tokens, seconds=SECONDS, first_seconds=SECONDS)

    async def asking():
        http = http_client(endpoint, SECONDS)
        async for piece in pieces(model_of(endpoint, "none", http), http, asked):
            got.append(piece)

    async def bounded():
        # As `Pump` bounds a call: all of it together.
        await asyncio.wait_for(asking(), SECONDS * 2)

    try:
        asyncio.run(asyncio.wait_for(bounded(), HANGS))
    except Exception as error:
        said = fault_of(error)
        assert isinstance(said, Said)
        assert message(endpoint, said.kind)
        return "".join(got), said.kind, asked.usage
    return "".join(got), "", asked.usage


def of(provider, fault, **given):
    with serving(faults=[fault]) as server:
        return outcome(provider, server.url, **given)


@pytest.fixture(autouse=True)
def no_unknown_fault(monkeypatch):
    """An exception that `fault_of` has no name for fails the test."""

    class Log:
        def warning(self, event, **fields):
            raise AssertionError(f"{event} {fields}")

    monkeypatch.setattr("madoguchi.llm.faults.log", Log())


@pytest.mark.parametrize("provider", PROVIDERS)
def test_without_a_fault_the_text_and_its_usage_come(provider):
    with serving() as server:
        text, kind, usage = outcome(provider, server.url)
    assert (text, kind) == (TEXT, "")
    assert (usage.tokens_in, usage.tokens_out) == (10, 17)


@pytest.mark.parametrize("provider", PROVIDERS)
@pytest.mark.parametrize(
    ("status", "kind"),
    [
        *((400, "refused"), (401, "key"), (403, "key"), (404, "model"), (413, "refused"), (422, "refused")),
        *((429, "busy"), (500, "server"), (502, "server"), (503, "busy"), (529, "busy"), (418, "server")),
    ],
)
def test_a_status_is_named(provider, status, kind):
    got = of(provider, Fault("status", status=status))
    assert got[:2] in (("", kind), ("", "server"), ("", "refused"), ("", "busy"))
    if status in (401, 403, 404, 429, 500, 503):
        assert got[1] == kind


@pytest.mark.parametrize("provider", PROVIDERS)
@pytest.mark.parametrize("given", ["7", "Wed, 21 Oct 2099 07:28:00 GMT", "soon", "-1", "1e400", "nan"])
def test_a_time_to_wait_never_breaks_a_call(provider, given):
    assert of(provider, Fault("status", status=429, retry_after=given))[:2] == ("", "busy")


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_closed_port_and_a_reset_are_unreachable(provider):
    with serving() as server:
        pass
    assert outcome(provider, server.url)[:2] == ("", "unreachable")
    assert of(provider, Fault("hang-up"))[:2] == ("", "unreachable")


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_redirect_is_not_followed(provider):
    with serving() as elsewhere:
        _text, kind, _usage = of(provider, Fault("redirect", location=f"{elsewhere.url}/v1/chat/completions"))
        assert kind in ("server", "unreachable", "unreadable", "cut", "empty")
        assert not elsewhere.requests


@pytest.mark.parametrize("provider", PROVIDERS)
@pytest.mark.parametrize("after", [0, 2])
def test_a_stall_is_a_timeout(provider, after):
    text, kind, _usage = of(provider, Fault("stall", after=after))
    assert (text, kind) == (TEXT[: after * 4], "timeout")


@pytest.mark.parametrize("provider", PROVIDERS)
@pytest.mark.parametrize("after", [1, 2])
def test_a_broken_stream_is_never_taken_for_a_whole_one(provider, after):
    kinds = {
        "cut": ("cut", "unreachable", "server"),
        "quiet-end": ("cut", "server"),
        "malformed": ("unreadable", "server", "cut"),
        "error": ("server", "busy", "refused"),
    }
    for fault, allowed in kinds.items():
        text, kind, _usage = of(provider, Fault(fault, after=after))
        assert kind in allowed, (fault, kind)
        assert TEXT.startswith(text)


@pytest.mark.parametrize("provider", PROVIDERS)
def test_output_without_end_is_cut_at_the_limit(provider):
    text, kind, _usage = of(provider, Fault("huge"), max_tokens=50)
    assert kind == ""
    assert len(text) <= 50 * 8 + 1000


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_line_of_many_megabytes_ends_in_a_fault(provider):
    _text, kind, _usage = of(provider, Fault("endless-line", size=8_000_000))
    assert kind in ("unreadable", "cut", "server", "timeout", "empty")


@pytest.mark.parametrize("provider", PROVIDERS)
@pytest.mark.parametrize("wrong", ["negative", "absurd", "words", "absent"])
def test_wrong_figures_of_usage_are_not_believed(provider, wrong):
    text, kind, usage = of(provider, Fault("usage", wrong=wrong))
    assert kind in ("", "unreadable")
    assert TEXT.startswith(text)
    assert usage.tokens_in is None or 0 < usage.tokens_in <= 100_000_000
    assert usage.tokens_out is None or 0 < usage.tokens_out <= 100_000_000


@pytest.mark.parametrize("provider", PROVIDERS)
@pytest.mark.parametrize("after", [0, 1])
def test_a_filter_is_said_to_be_one(provider, after):
    text, kind, _usage = of(provider, Fault("filter", after=after))
    assert (text, kind) == (TEXT[: 4 * after], "filtered")


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_refusal_gives_no_text(provider):
    text, kind, _usage = of(provider, Fault("refusal"))
    assert text == ""
    assert kind in ("filtered", "refused", "empty")


@pytest.mark.parametrize("provider", PROVIDERS)
def test_strange_events_add_nothing_to_the_text(provider):
    text, kind, _usage = of(provider, Fault("strange"))
    assert "script" not in text
    assert TEXT.startswith(text)
    assert text == TEXT or kind in ("unreadable", "server", "cut")


@pytest.mark.parametrize("provider", PROVIDERS)
def test_letters_that_come_byte_by_byte_are_whole_and_slow_ones_end_in_time(provider):
    assert of(provider, Fault("drip"))[:2] == (TEXT, "")
    assert of(provider, Fault("drip", pause=0.05))[1] == "timeout"


def test_a_body_that_comes_at_once_fails_in_the_same_ways():
    import httpx2

    body = {"model": "m", "messages": [{"role": "user", "content": "質問です。"}]}
    for kind in ("cut", "malformed", "error", "filter"):
        with serving(faults=[Fault(kind, after=1)]) as server:
            try:
                answer = httpx2.post(f"{server.url}/v1/chat/completions", json=body)
            except httpx2.RemoteProtocolError:
                assert kind == "cut"
                continue
            if kind == "malformed":
                with pytest.raises(json.JSONDecodeError):
                    answer.json()
            else:
                assert answer.status_code == (500 if kind == "error" else 200)
