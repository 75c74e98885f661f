"""What built-in purposes say to the model: an office's own text, set back, kept in editions, on the record."""

import pytest
from django.utils.translation import gettext_lazy

from madoguchi.audit.models import Event
from madoguchi.llm import system_prompts
from madoguchi.llm.models import SystemPrompt
from madoguchi.people.models import Tenant
from madoguchi.web.line_diff import lines_changed

pytestmark = pytest.mark.django_db
NAME = "test-purpose"
TEXT = "一行目です。\n根拠の番号 [1] を付ける。\n三行目です。"


@pytest.fixture(autouse=True)
def registered(monkeypatch):
    monkeypatch.setattr(system_prompts, "_registered", dict(system_prompts._registered))
    system_prompts.register(NAME, gettext_lazy("試験の指示文"), TEXT, [("[1]", "番号が付かなくなります。")])


def test_the_built_in_text_is_said_until_the_office_changes_it_and_again_after_a_reset(office):
    assert (system_prompts.text_of(office.pk, NAME), system_prompts.edition_of(office.pk, NAME)) == (TEXT, 0)
    system_prompts.edit(office, NAME, "  別の文 [1]。\r\n", "user:1", 0)
    assert (system_prompts.text_of(office.pk, NAME), system_prompts.edition_of(office.pk, NAME)) == ("別の文 [1]。", 1)
    system_prompts.reset(office, NAME, "user:1", 1)
    assert (system_prompts.text_of(office.pk, NAME), system_prompts.edition_of(office.pk, NAME)) == (TEXT, 0)
    assert [one.text for one in system_prompts.editions(office.pk, NAME)] == ["", "別の文 [1]。"]


def test_another_office_says_its_own(office):
    other = Tenant.objects.create(slug="other", name="他市")
    system_prompts.edit(other, NAME, "他市の文 [1]", "user:1", 0)
    assert system_prompts.text_of(office.pk, NAME) == TEXT


def test_the_record_names_a_text_by_its_digest_and_never_holds_it(office):
    system_prompts.edit(office, NAME, "秘密でない文 [1]", "user:5", 0)
    event = Event.objects.filter(action="prompt.edited").get()
    assert (event.actor, event.target, event.detail["number"]) == ("user:5", f"system-prompt:{NAME}", 1)
    assert "秘密でない文" not in str(event.detail)


def test_who_saves_over_an_edition_they_have_not_seen_is_told_and_nothing_is_lost(office):
    system_prompts.edit(office, NAME, "先の文", "user:1", 0)
    with pytest.raises(system_prompts.Outdated) as outdated:
        system_prompts.edit(office, NAME, "後の文", "user:2", 0)
    assert outdated.value.newest.text == "先の文"
    assert system_prompts.text_of(office.pk, NAME) == "先の文"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("  \n", "空です"),
        ("長" * 51, "50文字まで"),
        ("個人番号は123456789018です。", "個人番号"),
        (TEXT + "\n", "同じです"),
    ],
)
def test_what_cannot_be_a_prompt_is_refused_in_words(office, settings, text, why):
    settings.SYSTEM_PROMPT_MAX_CHARACTERS = 50
    with pytest.raises(system_prompts.Refused, match=why):
        system_prompts.edit(office, NAME, text, "user:1", 0)
    assert not SystemPrompt.objects.exists()


def test_typing_the_built_in_text_is_a_reset(office):
    """So that a better text that ships later is said, and the list does not call it changed."""
    system_prompts.edit(office, NAME, "別の文", "user:1", 0)
    assert system_prompts.edit(office, NAME, TEXT, "user:1", 1).text == ""


def test_what_a_text_lacks_and_a_key_in_it_are_warned_about():
    prompt = system_prompts.built_in(NAME)
    assert prompt
    assert system_prompts.lacking(prompt, TEXT) == []
    assert system_prompts.lacking(prompt, "番号なし") == ["番号が付かなくなります。"]
    assert "APIキー" in system_prompts.lacking(prompt, "[1] sk-abcdefghijklmnop1234")[0]


def test_every_text_that_ships_has_what_its_code_needs():
    for prompt in system_prompts.registered():
        assert system_prompts.lacking(prompt, prompt.text) == [], prompt.name


def test_a_difference_shows_lines_and_the_letters_that_changed():
    lines = lines_changed("\n".join("一二三四五六七八九"), "\n".join("一二三四五六七八十"))
    assert [(line.kind, line.count) for line in lines[:1]] == [("gap", 5)]
    assert [line.kind for line in lines[1:]] == ["same"] * 3 + ["removed", "added"]
    [removed, added] = lines_changed("期限は3月です", "期限は4月です")
    assert [(part.text, part.changed) for part in removed.parts] == [("期限は", False), ("3", True), ("月です", False)]
    assert [part.text for part in added.parts if part.changed] == ["4"]
    assert lines_changed("同じ\n", "同じ") == []
