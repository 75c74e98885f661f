"""Objects that a model answers with: read by their schema, bounded, or none."""

import asyncio
from typing import Any

import pytest
from pydantic import BaseModel, Field

from madoguchi.llm.clients import http_client
from madoguchi.llm.faults import Fault as Failed
from madoguchi.llm.structured import fitting, structured
from madoguchi.llm.wire import Asked, model_of
from madoguchi.scripted import rules
from madoguchi.scripted.server import serving
from tests.llm.made import endpoint_at

pytestmark = pytest.mark.django_db


class Fee(BaseModel):
    procedure: str = Field(max_length=20)
    yen: int


def asked_for(office, say: str, by_server: bool = True) -> tuple[Fee, dict[str, Any]]:
    with serving(lambda asked: rules.says(say)) as server:
        endpoint = endpoint_at(office, f"{server.url}/v1", name=f"接続先{by_server}")
        http = http_client(endpoint, 20)
        fee = asyncio.run(structured(model_of(endpoint, "", http), http, Asked("指示", "質問"), Fee, by_server))
        return fee, server.requests[0].body


def test_the_server_is_held_to_the_schema_or_told_it_in_words(office):
    fee, body = asked_for(office, '{"procedure": "住民票の写し", "yen": 300}')
    assert fee == Fee(procedure="住民票の写し", yen=300)
    assert body["response_format"]["type"] == "json_schema"
    fee, body = asked_for(office, '```json\n{"procedure": "住民票の写し", "yen": 300}\n```', by_server=False)
    assert fee.yen == 300
    assert "response_format" not in body and "procedure" in body["messages"][0]["content"]


@pytest.mark.req("H11")
@pytest.mark.parametrize(
    "said",
    [
        "",
        "300円です。",
        '{"procedure": "住民票"}',
        '{"procedure": "住民票", "yen": "三百"}',
        '{"procedure": "' + "あ" * 21 + '", "yen": 1}',
        '{"procedure": "住民票", "yen": 1} そして',
        "[" * 3_000,
        "null",
    ],
)
def test_what_does_not_fit_is_no_answer(said):
    with pytest.raises(Failed, match="unreadable"):
        fitting(said, Fee)


@pytest.mark.req("H11")
def test_an_answer_without_end_is_left(office, settings):
    settings.STRUCTURED_MAX_CHARACTERS = 50
    with pytest.raises(Failed, match="unreadable"):
        asked_for(office, "あ" * 500)
