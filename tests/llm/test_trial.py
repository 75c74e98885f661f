"""Trying an endpoint: what it can, what its server says of itself, and taking that over into its settings."""

import json

import pytest

from madoguchi.audit.models import Event
from madoguchi.llm import trial
from madoguchi.llm.trial import adopt, found_out, try_out
from madoguchi.people.access import scope_of_operator
from madoguchi.scripted import rules
from madoguchi.scripted.asked import Answer, Asked
from madoguchi.scripted.faults import Fault
from madoguchi.scripted.server import serving
from tests.llm.made import endpoint_at

pytestmark = pytest.mark.django_db
ABLE = {"keeps_schema": True, "calls_tools": True, "sees_pictures": True}


def answers(asked: Asked) -> Answer:
    """What a model with eyes, tools and a schema says."""
    return rules.says("青です。") if asked.pictures else rules.rules(asked)


def plain(asked: Asked) -> Answer:
    """What a model says that can write and nothing else."""
    return rules.says(
        "きれいな図です。" if asked.pictures else "接続を確認しました。窓口では市民の手続きを受け付けます。"
    )


@pytest.mark.parametrize(
    ("provider", "path"), [("openai-compatible", "/v1"), ("openai", "/v1"), ("anthropic", ""), ("google", "")]
)
def test_a_trial_shows_what_each_provider_can_and_it_is_taken_over(office, provider, path):
    with serving(answers) as server:
        # The library knows by its name whether a model of Anthropic keeps to a schema.
        made = endpoint_at(office, f"{server.url}{path}", provider=provider, model="claude-haiku-4-5", key="k")
        shown = try_out(made, scope_of_operator(office))
        assert shown.works and shown.stream and shown.tokens_per_second
        assert shown.first_ms is not None and shown.total_ms is not None and shown.first_ms <= shown.total_ms
        assert (shown.json, shown.tools, shown.vision, shown.reason) == (True, True, True, "")
        assert found_out(shown, made) == ABLE
        adopt(made, found_out(shown, made), "user:7")
        made.refresh_from_db()
        assert found_out(shown, made) == {} and made.sees_pictures and made.keeps_schema and made.calls_tools
        assert Event.objects.filter(action="settings.changed", actor="user:7", target=f"endpoint:{made.pk}").exists()


def test_what_a_model_cannot_is_shown_and_taken_back(office):
    with serving(plain) as server:
        made = endpoint_at(office, f"{server.url}/v1", **ABLE)
        shown = try_out(made, scope_of_operator(office))
        assert shown.works and (shown.json, shown.tools, shown.vision) == (False, False, False)
        assert found_out(shown, made) == dict.fromkeys(ABLE, False)


def test_what_could_not_be_asked_for_lack_of_time_or_room_changes_no_setting(office):
    """The text comes; then the server is busy."""
    with serving(answers) as server:
        made = endpoint_at(office, f"{server.url}/v1", **ABLE)

        def then_busy(asked: Asked) -> Answer:
            server.faults = [Fault("status", status=429)]
            return answers(asked)

        server.rules = then_busy
        shown = try_out(made, scope_of_operator(office))
        assert shown.chat and (shown.json, shown.tools, shown.vision) == (None, None, None)
        assert found_out(shown, made) == {}


@pytest.mark.parametrize(
    ("status", "said"), [(401, "キーが受け付けられませんでした"), (404, "モデルが見つかりません"), (500, "エラー")]
)
def test_a_trial_that_fails_says_why_and_has_nothing_to_take_over(office, status, said):
    with serving(answers, [Fault("status", status=status, path="/chat")]) as server:
        made = endpoint_at(office, f"{server.url}/v1", model="typo", **ABLE)
        shown = try_out(made, scope_of_operator(office))
        assert not shown.works and said in shown.reason and found_out(shown, made) == {}
        # The server knows its own names: one of them was meant.
        assert "このサーバーにあるモデル: scripted" in shown.reason


def test_a_trial_sends_nothing_of_the_office_and_stands_on_the_record(office):
    with serving(answers) as server:
        made = endpoint_at(office, f"{server.url}/v1")
        try_out(made, scope_of_operator(office))
        sent = [request for request in server.requests if request.method == "POST"]
        fixed = (trial._PROMPT, trial._SCHEMA_PROMPT, trial._TOOL_PROMPT, trial._PICTURE_PROMPT)
        assert [request.asked.ask for request in sent if request.asked] == list(fixed)
        events = Event.objects.filter(action="model.called", target=f"endpoint:{made.pk}")
        assert events.count() == 4 and {event.detail["purpose"] for event in events} == {"test"}
        assert trial._PROMPT not in json.dumps(list(events.values("detail")), ensure_ascii=False)
