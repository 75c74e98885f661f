"""Prompts are their writer's: seen as far as they are shared, changed in editions, on the record."""

import pytest

from madoguchi.audit.models import Event
from madoguchi.library.refused import Refused as KeysRefused
from madoguchi.people.access import scope_of
from madoguchi.prompts import editing
from madoguchi.prompts.editing import Draft, Outdated, Refused
from madoguchi.prompts.models import Prompt

pytestmark = pytest.mark.django_db


def draft(text: str = "要約してください。\n〔資料〕", classification: int = 2) -> Draft:
    return Draft("要約", "資料を読む", text, "", classification)


@pytest.fixture
def tanaka(make_user):
    return scope_of(make_user("tanaka"), "internal")


@pytest.fixture
def suzuki(make_user):
    return scope_of(make_user("suzuki", "総務部/人事課"), "internal")


def seen(scope) -> int:
    return Prompt.objects.within(scope).count()


def test_nobody_sees_anothers_prompt_until_it_is_shared_with_them(tanaka, suzuki, make_user):
    colleague = scope_of(make_user("sato"), "internal")
    made = editing.create(tanaka, draft())
    assert (seen(tanaka), seen(colleague), seen(suzuki)) == (1, 0, 0)
    department = next(
        key for key in tanaka.keys if key.startswith("dept:") and "+" not in key and key not in suzuki.keys
    )
    editing.share(tanaka, made, [department])
    assert (seen(colleague), seen(suzuki)) == (1, 0)
    editing.share(tanaka, made, [])
    assert seen(colleague) == 0


def test_a_prompt_above_the_classification_of_a_request_is_not_seen(tanaka, make_user):
    editing.create(tanaka, draft(classification=2))
    outside = scope_of(make_user("soto"), "internet")
    assert outside.classification == 1 and seen(outside) == 0


def test_a_prompt_is_shared_with_people_of_the_office_and_with_nobody_else(tanaka, suzuki, make_user):
    colleague, made = scope_of(make_user("sato"), "internal"), editing.create(tanaka, draft())
    editing.share(tanaka, made, [f"user:{suzuki.user_id}"])
    assert (seen(suzuki), seen(colleague)) == (1, 0)
    with pytest.raises(Refused, match="住民"):
        editing.share(tanaka, made, ["public"])
    with pytest.raises(KeysRefused):
        editing.share(tanaka, made, ["user:999999999"])
    assert seen(suzuki) == 1


def test_no_more_keys_than_the_setting_lets(tanaka, suzuki, settings):
    settings.PROMPT_SHARES_MAX = 1
    with pytest.raises(Refused, match="1件まで"):
        editing.share(tanaka, editing.create(tanaka, draft()), ["staff", f"user:{suzuki.user_id}"])


def test_only_who_wrote_it_changes_shares_and_deletes(tanaka, suzuki):
    made = editing.create(tanaka, draft())
    editing.share(tanaka, made, ["staff"])
    for act in (
        lambda: editing.save(suzuki, made, draft("別の文"), 1),
        lambda: editing.share(suzuki, made, []),
        lambda: editing.delete(suzuki, made),
    ):
        with pytest.raises(Prompt.DoesNotExist):
            act()


def test_every_change_is_an_edition_and_an_older_one_comes_back_as_a_new_one(tanaka):
    made = editing.create(tanaka, draft("一"))
    editing.save(tanaka, made, draft("二"), 1)
    restored = editing.restore(tanaka, made, 1, 2)
    assert [one.text for one in restored.editions.all()] == ["一", "二", "一"]
    actions = list(Event.objects.filter(target=f"prompt:{made.pk}").order_by("number").values_list("action", flat=True))
    assert actions == ["prompt.created", "prompt.saved", "prompt.restored"]
    with pytest.raises(TypeError):
        restored.newest.save()


def test_who_saves_over_an_edition_they_have_not_seen_is_told(tanaka):
    made = editing.create(tanaka, draft("一"))
    editing.save(tanaka, made, draft("二"), 1)
    with pytest.raises(Outdated) as outdated:
        editing.save(tanaka, made, draft("三"), 1)
    assert outdated.value.newest.text == "二"


def test_a_change_takes_the_official_mark_away(tanaka, make_user):
    made = editing.create(tanaka, draft("一"))
    administrator = scope_of(make_user("kanri", is_administrator=True), "internal")
    editing.share(tanaka, made, ["staff"])
    editing.mark(administrator, made, 1, True)
    assert Prompt.objects.get().is_official
    editing.save(tanaka, made, draft("二"), 1)
    assert not Prompt.objects.get().is_official


@pytest.mark.parametrize(("text", "why"), [(" ", "本文"), ("個人番号は123456789018です", "個人番号"), ("〔", "閉じて")])
def test_what_cannot_be_kept_is_refused_in_words(tanaka, text, why):
    with pytest.raises(Refused, match=why):
        editing.create(tanaka, draft(text))
    assert not Prompt.objects.exists()
