# Bodies of the protocols are written as they go over the wire.
# mypy: ignore-errors
"""Anthropic's own client against the scripted endpoint."""

import base64

import anthropic
import pytest

from madoguchi.scripted.asked import Answer, Call
from madoguchi.scripted.faults import Fault
from madoguchi.scripted.server import serving

PIXEL = base64.b64encode(b"\x89PNG pixel").decode()
TOOL = {
    "name": "search",
    "description": "探す",
    "input_schema": {"type": "object", "properties": {"q": {"type": "string"}}},
}
ASKED = {
    "model": "m",
    "max_tokens": 100,
    "system": "指示です。",
    "messages": [{"role": "user", "content": "何時からですか。"}],
}
SAID = "「何時からですか。」について承りました。"


@pytest.fixture
def server():
    with serving() as server:
        yield server


@pytest.fixture
def client(server):
    with anthropic.Anthropic(base_url=server.url, api_key="none", max_retries=0) as client:
        yield client


def test_a_message_comes_at_once_with_its_usage(server, client):
    answer = client.messages.create(**ASKED)
    assert [block.text for block in answer.content] == [SAID]
    assert answer.stop_reason == "end_turn"
    assert (answer.usage.input_tokens, answer.usage.output_tokens) == (13, 20)
    assert server.requests[0].asked.system == "指示です。"
    assert server.requests[0].path == "/v1/messages"


def test_a_message_comes_as_a_stream_to_the_same_end(client):
    with client.messages.stream(**ASKED) as stream:
        pieces = list(stream.text_stream)
        final = stream.get_final_message()
    assert "".join(pieces) == final.content[0].text == SAID
    assert len(pieces) > 1
    whole = client.messages.create(**ASKED)
    assert (final.usage.output_tokens, final.stop_reason) == (whole.usage.output_tokens, "end_turn")


@pytest.mark.parametrize("choice", [{"type": "any"}, {"type": "tool", "name": "search"}])
def test_a_tool_that_must_be_called_is_called_and_its_result_answered(server, client, choice):
    with client.messages.stream(**ASKED, tools=[TOOL], tool_choice=choice) as stream:
        final = stream.get_final_message()
    [call] = final.content
    assert (call.name, call.input, final.stop_reason) == ("search", {"q": "何時からですか。"}, "tool_use")
    whole = client.messages.create(**ASKED, tools=[TOOL], tool_choice=choice)
    assert whole.content[0].input == call.input
    made = {"role": "assistant", "content": [call.model_dump(include={"type", "id", "name", "input"})]}
    result = {"type": "tool_result", "tool_use_id": call.id, "content": [{"type": "text", "text": "九時"}]}
    messages = [*ASKED["messages"], made, {"role": "user", "content": [result]}]
    assert client.messages.create(**{**ASKED, "messages": messages}, tools=[TOOL]).content[0].text == (
        "調べた結果は「九時」です。"
    )
    assert [message.role for message in server.requests[-1].asked.messages] == ["system", "user", "assistant", "tool"]


def test_text_stands_before_the_calls():
    with (
        serving(lambda asked: Answer(["調べ", "ます。"], (Call("search", {"q": "a"}),))) as server,
        anthropic.Anthropic(base_url=server.url, api_key="none") as client,
        client.messages.stream(**ASKED) as stream,
    ):
        assert [block.type for block in stream.get_final_message().content] == ["text", "tool_use"]


def test_pictures_and_documents_are_taken(server, client):
    content = [
        {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": PIXEL}},
        {"type": "document", "source": {"type": "text", "media_type": "text/plain", "data": "文書の文。"}},
        {"type": "text", "text": "何ですか。"},
    ]
    client.messages.create(**{**ASKED, "messages": [{"role": "user", "content": content}]})
    assert server.requests[0].asked.pictures == [("image/png", b"\x89PNG pixel")]
    assert server.requests[0].asked.ask == "文書の文。何ですか。"


def test_what_is_marked_to_be_kept_is_counted_apart(client):
    long = {"type": "text", "text": "長い前置き。" * 300, "cache_control": {"type": "ephemeral"}}
    first = client.messages.create(**{**ASKED, "system": [long]}).usage
    second = client.messages.create(**{**ASKED, "system": [long]}).usage
    unmarked = client.messages.create(**{**ASKED, "system": long["text"]}).usage
    assert (first.cache_creation_input_tokens, first.cache_read_input_tokens, first.input_tokens) == (1800, 0, 8)
    assert (second.cache_creation_input_tokens, second.cache_read_input_tokens, second.input_tokens) == (0, 1800, 8)
    assert (unmarked.cache_creation_input_tokens, unmarked.cache_read_input_tokens) == (0, 0)


def test_an_answer_stops_at_the_limit_of_tokens(client):
    answer = client.messages.create(**{**ASKED, "max_tokens": 3})
    assert (answer.content[0].text, answer.stop_reason, answer.usage.output_tokens) == ("「何時", "max_tokens", 3)


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, anthropic.BadRequestError),
        (401, anthropic.AuthenticationError),
        (404, anthropic.NotFoundError),
        (429, anthropic.RateLimitError),
        (529, anthropic.InternalServerError),
    ],
)
def test_errors_are_those_of_the_client(server, client, status, kind):
    server.faults.append(Fault("status", status=status, retry_after="7"))
    with pytest.raises(kind) as raised:
        client.messages.create(**ASKED)
    assert raised.value.body["error"]["message"] == "scripted"


def test_an_error_inside_of_a_stream_is_raised(server, client):
    server.faults.append(Fault("error", after=1))
    with pytest.raises(anthropic.APIStatusError, match="scripted"), client.messages.stream(**ASKED) as stream:
        list(stream.text_stream)


@pytest.mark.parametrize(("kind", "text"), [("refusal", ""), ("filter", "「何時か")])
def test_a_refusal_is_the_reason_why_it_stops(server, client, kind, text):
    server.faults.append(Fault(kind, after=1))
    answer = client.messages.create(**ASKED)
    assert ("".join(block.text for block in answer.content), answer.stop_reason) == (text, "refusal")


def test_models_are_listed(client):
    assert [model.id for model in client.models.list()] == ["scripted"]
