"""A text on several endpoints at once, over real sockets: each by itself, kept for its person alone."""

import pytest
from django.urls import reverse

from madoguchi.people.access import scope_of
from madoguchi.prompts import trying
from madoguchi.prompts.models import Result, Trial
from madoguchi.prompts.trying import Asked, NotTried
from tests.llm.made import endpoint_at
from tests.llm.scripted import Script, serving

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def scope(make_user):
    return scope_of(make_user("tanaka"), "internal")


def test_answers_stand_beside_each_other_and_one_that_fails_spoils_no_other(office, scope, make_user):
    with serving(Script(answer=lambda prompt: ["はい", "。"])) as well, serving(Script(status=401)) as broken:
        one = endpoint_at(office, f"{well.url}/v1", name="甲")
        other = endpoint_at(office, f"{broken.url}/v1", name="乙")
        trial = trying.run(scope, Asked("要約してください。", 2, [one.pk, other.pk]))
    results = list(trial.results.all())
    assert [(each.endpoint_name, each.state, each.text) for each in results] == [
        ("甲", Result.State.DONE, "はい。"),
        ("乙", Result.State.FAILED, ""),
    ]
    assert "キー" in results[1].message and results[0].first_ms is not None
    assert Trial.objects.within(scope).count() == 1
    assert not Trial.objects.within(scope_of(make_user("sato", is_administrator=True), "internal")).exists()


def test_a_number_of_a_person_goes_nowhere_and_is_not_kept(office, scope):
    with serving(Script()) as server:
        made = endpoint_at(office, f"{server.url}/v1")
        with pytest.raises(NotTried, match="個人番号") as problem:
            trying.run(scope, Asked("個人番号は123456789018です", 2, [made.pk]))
        assert problem.value.places and server.requests == [] and not Trial.objects.exists()


def test_no_more_endpoints_than_the_setting_lets(office, scope, settings):
    settings.PROMPT_TRIAL_ENDPOINTS = 1
    with pytest.raises(NotTried, match="1件まで"):
        trying.run(scope, Asked("要約", 2, [1, 2]))


def test_on_its_pages_a_text_is_tried_kept_for_its_person_and_nothing_typed_is_lost(office, make_user, signed_in):
    client, path = signed_in(make_user("tanaka")), reverse("prompt-try")
    with serving(Script(answer=lambda prompt: ["**はい**"])) as server:
        made = endpoint_at(office, f"{server.url}/v1", name="甲")
        brought = client.post(path, {"text": "要約<b>", "classification": "2"})
        assert "要約&lt;b&gt;" in brought.content.decode() and server.requests == []
        lacking = client.post(path, {"text": "要約<b>", "classification": "2", "act": "run"})
        assert lacking.status_code == 422 and "要約&lt;b&gt;" in lacking.content.decode()
        done = client.post(path, {"text": "要約<b>", "classification": "2", "endpoints": made.pk, "act": "run"})
    page = client.get(done["Location"]).content.decode()
    assert "<strong>はい</strong>" in page and "甲" in page and "ミリ秒" in page
    assert "要約" in client.get(reverse("prompt-trials")).content.decode()
    other = signed_in(make_user("sato", is_administrator=True))
    assert other.get(done["Location"]).status_code == 404


def test_a_number_of_a_person_is_marked_on_the_page(office, make_user, signed_in):
    with serving(Script()) as server:
        made = endpoint_at(office, f"{server.url}/v1")
        asked = {"text": "個人番号は123456789018です", "classification": "2", "endpoints": made.pk, "act": "run"}
        response = signed_in(make_user("tanaka")).post(reverse("prompt-try"), asked)
    assert response.status_code == 422 and "<mark>123456789018</mark>" in response.content.decode()
    assert server.requests == []
