# Bodies of the protocols are written as they go over the wire.
# mypy: ignore-errors
"""Google's own client against the scripted endpoint."""

import json

import pytest
from google import genai
from google.genai import errors, types

from madoguchi.scripted.asked import Answer, Call
from madoguchi.scripted.faults import Fault
from madoguchi.scripted.server import serving
from madoguchi.scripted.vectors import vector

SAID = "「何時からですか。」について承りました。"
TOOL = types.Tool(
    function_declarations=[
        types.FunctionDeclaration(
            name="search",
            description="探す",
            parameters=types.Schema(type="OBJECT", properties={"q": types.Schema(type="STRING")}),
        )
    ]
)
MUST = types.ToolConfig(function_calling_config=types.FunctionCallingConfig(mode="ANY"))


@pytest.fixture
def server():
    with serving() as server:
        yield server


@pytest.fixture
def models(server):
    client = genai.Client(api_key="none", http_options=types.HttpOptions(base_url=server.url))
    yield client.models
    client.close()


def asked(models, contents="何時からですか。", **config):
    return models.generate_content(model="gemini", contents=contents, config=types.GenerateContentConfig(**config))


def streamed(models, contents="何時からですか。", **config):
    return list(
        models.generate_content_stream(model="gemini", contents=contents, config=types.GenerateContentConfig(**config))
    )


def test_an_answer_comes_at_once_with_its_usage(server, models):
    answer = asked(models, system_instruction="指示です。")
    assert answer.text == SAID
    assert answer.candidates[0].finish_reason == "STOP"
    assert (answer.usage_metadata.prompt_token_count, answer.usage_metadata.candidates_token_count) == (13, 20)
    assert answer.model_version == "gemini"
    assert server.requests[0].path == "/v1beta/models/gemini:generateContent"
    assert server.requests[0].asked.system == "指示です。"


def test_an_answer_comes_as_a_stream_to_the_same_end(server, models):
    chunks = streamed(models)
    assert "".join(chunk.text or "" for chunk in chunks) == SAID
    assert chunks[-1].candidates[0].finish_reason == "STOP"
    assert chunks[-1].usage_metadata.candidates_token_count == 20
    assert server.requests[0].path == "/v1beta/models/gemini:streamGenerateContent?alt=sse"


@pytest.mark.parametrize("way", [asked, lambda *given, **config: streamed(*given, **config)[-1]])
def test_a_function_that_must_be_called_is_called_and_its_result_answered(models, way):
    answer = way(models, tools=[TOOL], tool_config=MUST)
    [call] = answer.function_calls
    assert (call.name, call.args) == ("search", {"q": "何時からですか。"})
    contents = [
        types.Content(role="user", parts=[types.Part(text="何時からですか。")]),
        answer.candidates[0].content,
        types.Content(
            role="user", parts=[types.Part.from_function_response(name="search", response={"output": "九時"})]
        ),
    ]
    assert asked(models, contents, tools=[TOOL]).text == "調べた結果は「九時」です。"


def test_text_stands_before_the_calls():
    with serving(lambda asked: Answer(["調べます。"], (Call("search", {"q": "a"}),))) as server:
        client = genai.Client(api_key="none", http_options=types.HttpOptions(base_url=server.url))
        parts = asked(client.models).candidates[0].content.parts
        assert (parts[0].text, parts[1].function_call.name) == ("調べます。", "search")
        client.close()


def test_a_schema_is_kept_to_in_both_of_its_forms(models):
    large = types.Schema(type="OBJECT", properties={"fee": types.Schema(type="INTEGER")}, required=["fee"])
    small = {"type": "object", "properties": {"fee": {"type": "integer"}}, "required": ["fee"]}
    for form in ({"response_schema": large}, {"response_json_schema": small}):
        answer = asked(models, "300円", response_mime_type="application/json", **form)
        assert json.loads(answer.text) == {"fee": 300}


def test_a_picture_is_taken(server, models):
    asked(models, [types.Part.from_bytes(data=b"\x89PNG \xff\xfe\xfb pixel", mime_type="image/png"), "何の図ですか。"])
    assert server.requests[0].asked.pictures == [("image/png", b"\x89PNG \xff\xfe\xfb pixel")]


def test_the_beginning_of_a_long_prompt_is_kept_for_the_next_call(models):
    long = "長い前置き。" * 300
    assert not asked(models, "一", system_instruction=long).usage_metadata.cached_content_token_count
    assert asked(models, "二", system_instruction=long).usage_metadata.cached_content_token_count == 1800


def test_an_answer_stops_at_the_limit_of_tokens(models):
    answer = asked(models, max_output_tokens=3)
    assert (answer.text, answer.candidates[0].finish_reason) == ("「何時", "MAX_TOKENS")


@pytest.mark.parametrize("model", ["gemini-embedding-001", "gemini-embedding-2"])
def test_vectors_are_those_of_the_words(models, model):
    config = types.EmbedContentConfig(output_dimensionality=32)
    answer = models.embed_content(model=model, contents=["住民票"], config=config)
    assert answer.embeddings[0].values == pytest.approx(vector("住民票", 32))


def test_errors_are_those_of_the_client(server, models):
    for status, kind in ((400, errors.ClientError), (429, errors.ClientError), (503, errors.ServerError)):
        server.faults = [Fault("status", status=status)]
        with pytest.raises(kind, match="scripted"):
            asked(models)


def test_a_filter_and_a_blocked_prompt_are_said_as_google_says_them(server, models):
    server.faults.append(Fault("filter", after=1))
    answer = asked(models)
    assert (answer.candidates[0].finish_reason, answer.text) == ("SAFETY", "「何時か")
    server.faults = [Fault("refusal")]
    for answer in (asked(models), streamed(models)[0]):
        assert answer.prompt_feedback.block_reason == "PROHIBITED_CONTENT"
        assert not answer.candidates


def test_models_are_listed(models):
    assert [model.name for model in models.list()] == ["models/scripted"]
