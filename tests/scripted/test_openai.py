# Bodies of the protocols are written as they go over the wire.
# mypy: ignore-errors
"""OpenAI's own client, and Azure's, against the scripted endpoint."""

import base64
import io
import json

import openai
import pytest

from madoguchi.scripted.asked import Answer, Call
from madoguchi.scripted.faults import Fault
from madoguchi.scripted.server import serving
from madoguchi.scripted.transcriptions import WORDS
from madoguchi.scripted.vectors import vector

PIXEL = base64.b64encode(b"\x89PNG pixel").decode()
SCHEMA = {"type": "object", "properties": {"fee": {"type": "integer"}}, "required": ["fee"]}
TOOL = {
    "name": "search",
    "description": "探す",
    "parameters": {"type": "object", "properties": {"q": {"type": "string"}}},
}
SAID = [{"role": "system", "content": "指示です。"}, {"role": "user", "content": "手数料は300円ですか。"}]


@pytest.fixture
def server():
    with serving() as server:
        yield server


@pytest.fixture
def client(server):
    with openai.OpenAI(base_url=f"{server.url}/v1", api_key="none", max_retries=0) as client:
        yield client


def test_a_chat_comes_at_once_with_its_usage(server, client):
    answer = client.chat.completions.create(model="m", messages=SAID)
    assert answer.choices[0].message.content == "「手数料は300円ですか。」について承りました。"
    assert answer.choices[0].finish_reason == "stop"
    assert answer.usage.total_tokens == answer.usage.prompt_tokens + answer.usage.completion_tokens
    assert answer.usage.prompt_tokens == 15
    [request] = server.requests
    assert request.asked.system == "指示です。"
    assert json.loads(request.raw) == request.body
    assert request.headers["authorization"] == "Bearer none"


@pytest.mark.parametrize("wants_usage", [True, False])
def test_a_chat_comes_as_a_stream_and_its_usage_only_when_asked_for(client, wants_usage):
    options = {"stream_options": {"include_usage": True}} if wants_usage else {}
    chunks = list(client.chat.completions.create(model="m", messages=SAID, stream=True, **options))
    text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
    assert text == "「手数料は300円ですか。」について承りました。"
    assert [chunk.choices[0].finish_reason for chunk in chunks if chunk.choices][-1] == "stop"
    assert sum(chunk.usage is not None for chunk in chunks) == wants_usage


def test_an_answer_stops_at_the_limit_of_tokens(client):
    answer = client.chat.completions.create(model="m", messages=SAID, max_completion_tokens=5)
    assert answer.choices[0].message.content == "「手数料は"
    assert answer.choices[0].finish_reason == "length"
    assert answer.usage.completion_tokens == 5


def test_a_tool_that_must_be_called_is_called_and_its_result_answered(server, client):
    tools = [{"type": "function", "function": TOOL}]
    answer = client.chat.completions.create(model="m", messages=SAID, tools=tools, tool_choice="required")
    [call] = answer.choices[0].message.tool_calls
    assert answer.choices[0].finish_reason == "tool_calls"
    assert json.loads(call.function.arguments) == {"q": "手数料は300円ですか。"}
    result = {"role": "tool", "tool_call_id": call.id, "content": "300円です。"}
    made = answer.choices[0].message.model_dump(exclude_none=True)
    said = client.chat.completions.create(model="m", messages=[*SAID, made, result], tools=tools)
    assert said.choices[0].message.content == "調べた結果は「300円です。」です。"
    assert server.requests[-1].asked.messages[-2].calls == (Call("search", {"q": "手数料は300円ですか。"}),)


def test_a_tool_that_the_person_names_is_called_in_pieces_of_its_arguments(client):
    said = [{"role": "user", "content": "search で休館日を"}]
    tools = [{"type": "function", "function": TOOL}]
    with client.chat.completions.stream(model="m", messages=said, tools=tools) as stream:
        choice = stream.get_final_completion().choices[0]
    assert choice.message.tool_calls[0].function.name == "search"
    assert json.loads(choice.message.tool_calls[0].function.arguments) == {"q": "search で休館日を"}


def test_a_schema_is_kept_to(client):
    form = {"type": "json_schema", "json_schema": {"name": "fee", "schema": SCHEMA, "strict": True}}
    answer = client.chat.completions.create(model="m", messages=SAID, response_format=form)
    assert json.loads(answer.choices[0].message.content) == {"fee": 300}


def test_a_picture_is_taken(server, client):
    parts = [
        {"type": "text", "text": "何の図ですか。"},
        {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PIXEL}"}},
    ]
    answer = client.chat.completions.create(model="m", messages=[{"role": "user", "content": parts}])
    assert "画像を1枚受け取りました。" in answer.choices[0].message.content
    assert server.requests[0].asked.pictures == [("image/png", b"\x89PNG pixel")]


def test_the_beginning_of_a_long_prompt_is_kept_for_the_next_call(client):
    long = [{"role": "system", "content": "長い前置き。" * 300}, {"role": "user", "content": "一"}]
    first = client.chat.completions.create(model="m", messages=long).usage
    second = client.chat.completions.create(model="m", messages=[long[0], {"role": "user", "content": "二"}]).usage
    assert first.prompt_tokens_details.cached_tokens == 0
    assert second.prompt_tokens_details.cached_tokens == 1800
    assert second.prompt_tokens == 1801


def test_responses_come_at_once_and_as_a_stream(server, client):
    whole = client.responses.create(model="m", instructions="指示です。", input="手数料は300円ですか。")
    assert whole.output_text == "「手数料は300円ですか。」について承りました。"
    assert (whole.status, whole.usage.input_tokens) == ("completed", 15)
    with client.responses.stream(model="m", instructions="指示です。", input="手数料は300円ですか。") as stream:
        deltas = [event.delta for event in stream if event.type == "response.output_text.delta"]
        final = stream.get_final_response()
    assert "".join(deltas) == final.output_text == whole.output_text
    assert len(deltas) > 1
    assert final.usage == whole.usage
    assert server.requests[0].asked == server.requests[1].asked.__class__(
        **{**server.requests[1].asked.__dict__, "is_stream": False}
    )


def test_responses_call_tools_and_take_their_results(client):
    tools = [{"type": "function", "strict": False, **TOOL}]
    with client.responses.stream(model="m", input="探して", tools=tools, tool_choice="required") as stream:
        [call] = stream.get_final_response().output
    assert (call.type, call.name, json.loads(call.arguments)) == ("function_call", "search", {"q": "探して"})
    items = [{"role": "user", "content": "探して"}, call.model_dump(exclude_none=True)]
    items.append({"type": "function_call_output", "call_id": call.call_id, "output": "見つけた"})
    assert client.responses.create(model="m", input=items, tools=tools).output_text == "調べた結果は「見つけた」です。"


def test_responses_keep_to_a_schema_and_to_the_limit_of_tokens(client):
    form = {"format": {"type": "json_schema", "name": "fee", "schema": SCHEMA}}
    assert json.loads(client.responses.create(model="m", input="300円", text=form).output_text) == {"fee": 300}
    short = client.responses.create(model="m", input="300円", max_output_tokens=3)
    assert (short.status, short.incomplete_details.reason) == ("incomplete", "max_output_tokens")


def test_a_text_may_come_before_a_call():
    with (
        serving(
            lambda asked: Answer(["調べます。"], (Call("search", {"q": "a"}), Call("search", {"q": "b"})))
        ) as server,
        openai.OpenAI(base_url=f"{server.url}/v1", api_key="none") as client,
    ):
        message = client.chat.completions.create(model="m", messages=SAID).choices[0].message
        assert (message.content, len(message.tool_calls)) == ("調べます。", 2)
        with client.responses.stream(model="m", input="調べて") as stream:
            kinds = [item.type for item in stream.get_final_response().output]
        assert kinds == ["message", "function_call", "function_call"]


@pytest.mark.parametrize("is_packed", [True, False])
def test_vectors_are_those_of_the_words(server, client, is_packed):
    form = {} if is_packed else {"encoding_format": "float"}
    answer = client.embeddings.create(model="m", input=["住民票", "保育"], dimensions=32, **form)
    assert [len(row.embedding) for row in answer.data] == [32, 32]
    assert answer.data[0].embedding == pytest.approx(vector("住民票", 32))
    assert answer.usage.prompt_tokens == 5
    assert server.requests[0].body.get("encoding_format") == ("base64" if is_packed else "float")


@pytest.mark.parametrize("form", ["json", "text", "verbose_json"])
def test_a_recording_is_heard_as_always_the_same(client, form):
    heard = client.audio.transcriptions.create(model="m", file=("a.wav", io.BytesIO(b"RIFF")), response_format=form)
    assert (heard if isinstance(heard, str) else heard.text).strip() == WORDS
    if form == "verbose_json":
        assert "".join(segment.text for segment in heard.segments) == WORDS


def test_models_are_listed(client):
    assert [model.id for model in client.models.list()] == ["scripted"]


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, openai.BadRequestError),
        (401, openai.AuthenticationError),
        (404, openai.NotFoundError),
        (429, openai.RateLimitError),
        (500, openai.InternalServerError),
    ],
)
def test_errors_are_those_of_the_client(server, client, status, kind):
    server.faults.append(Fault("status", status=status, retry_after="7"))
    with pytest.raises(kind) as raised:
        client.chat.completions.create(model="m", messages=SAID)
    assert raised.value.body["message"] == "scripted"
    assert raised.value.response.headers["retry-after"] == "7"


def test_a_client_that_tries_again_gets_through(server):
    server.faults.append(Fault("status", status=503, retry_after="0", times=2))
    with openai.OpenAI(base_url=f"{server.url}/v1", api_key="none", max_retries=2) as client:
        assert client.chat.completions.create(model="m", messages=SAID).choices
    assert len(server.requests) == 3


@pytest.mark.parametrize("way", ["deployments", "v1"])
def test_azure_is_spoken_in_both_forms(server, way):
    if way == "deployments":
        client: openai.OpenAI = openai.AzureOpenAI(azure_endpoint=server.url, api_key="none", api_version="2024-10-21")
    else:
        client = openai.OpenAI(base_url=f"{server.url}/openai/v1", api_key="none")
    with client:
        chunks = list(client.chat.completions.create(model="gpt", messages=SAID, stream=True))
        assert client.chat.completions.create(model="gpt", messages=SAID).choices[0].message.content
        assert client.embeddings.create(model="gpt", input="文").data
        assert client.responses.create(model="gpt", input="文").output_text
        server.faults.append(Fault("refusal"))
        with pytest.raises(openai.BadRequestError) as raised:
            client.chat.completions.create(model="gpt", messages=SAID)
    assert raised.value.code == "content_filter"
    assert chunks[0].choices == []
    assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
    assert server.requests[0].asked.model == "gpt"
    deployments = "/openai/deployments/gpt/chat/completions?api-version=2024-10-21"
    assert server.requests[0].path == (deployments if way == "deployments" else "/openai/v1/chat/completions")


def test_a_refusal_and_a_filter_are_said_as_openai_says_them(server, client):
    server.faults.append(Fault("refusal", times=3))
    assert client.chat.completions.create(model="m", messages=SAID).choices[0].message.refusal
    chunks = list(client.chat.completions.create(model="m", messages=SAID, stream=True))
    assert "".join(chunk.choices[0].delta.refusal or "" for chunk in chunks)
    with client.responses.stream(model="m", input="文") as stream:
        assert stream.get_final_response().output[0].content[0].type == "refusal"
    server.faults = [Fault("filter", after=1)]
    choice = client.chat.completions.create(model="m", messages=SAID).choices[0]
    assert (choice.finish_reason, choice.message.content) == ("content_filter", "「手数料")
    whole = client.responses.create(model="m", input="手数料は")
    assert (whole.status, whole.incomplete_details.reason) == ("incomplete", "content_filter")
