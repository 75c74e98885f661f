"""A text on several endpoints at once, over real sockets: each by itself, kept for its person alone."""

import pytest

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
