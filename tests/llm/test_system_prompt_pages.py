"""The pages of system prompts: for administrators; nothing typed is lost, nothing is overwritten unseen."""

import pytest
from django.test import Client
from django.urls import reverse

from madoguchi.llm import system_prompts
from madoguchi.llm.models import SystemPrompt

pytestmark = pytest.mark.django_db
NAME = "test-purpose"
TEXT = "一行目です。\n根拠の番号 [1] を付ける。\n三行目です。"


@pytest.fixture(autouse=True)
def registered(monkeypatch):
    monkeypatch.setattr(system_prompts, "_registered", dict(system_prompts._registered))
    system_prompts.register(NAME, "試験の指示文", TEXT, [("[1]", "番号が付かなくなります。")])


@pytest.fixture
def sato(make_user):
    return make_user("sato", name="佐藤 花子", is_administrator=True)


@pytest.fixture
def administrator(sato, signed_in) -> Client:
    return signed_in(sato)


def address(name: str = "system-prompt") -> str:
    return reverse(name, args=[NAME])


def save(client: Client, text: str, based_on: int = 0, **more: str):
    return client.post(address(), {"text": text, "based_on": str(based_on), **more})


def test_staff_find_nothing_here(make_user, signed_in):
    client = signed_in(make_user("tanaka"))
    for path in (reverse("system-prompts"), address(), address("system-prompt-editions")):
        assert client.get(path).status_code == 404
    assert save(client, "[1] 変えた文").status_code == 404
    assert client.post(address("system-prompt-reset")).status_code == 404
    assert not SystemPrompt.objects.exists()


def test_every_built_in_prompt_is_listed_with_whether_it_was_changed(administrator, office, sato):
    page = administrator.get(reverse("system-prompts")).content.decode()
    assert all(str(prompt.title) in page for prompt in system_prompts.registered())
    assert "変更あり" not in page
    system_prompts.edit(office, NAME, "番号のない文", f"user:{sato.pk}", 0)
    page = administrator.get(reverse("system-prompts")).content.decode()
    assert "変更あり" in page and "佐藤 花子" in page and "確認が必要です" in page


def test_a_text_is_saved_and_shown_beside_the_built_in_one_with_the_difference(administrator, office):
    assert save(administrator, TEXT.replace("三", "四")).status_code == 302
    page = administrator.get(address()).content.decode()
    assert system_prompts.text_of(office.pk, NAME).endswith("四行目です。")
    assert "標準との違い" in page and '<tr class="line-removed">' in page and "佐藤 花子" in page


def test_what_lacks_is_said_before_it_is_saved_and_saved_when_it_was_seen(administrator, office):
    response = save(administrator, "番号のない文")
    page = response.content.decode()
    assert response.status_code == 422 and "まだ保存していません" in page and "番号が付かなくなります。" in page
    assert "番号のない文" in page and not SystemPrompt.objects.exists()
    assert save(administrator, "番号のない文", seen="番号が付かなくなります。").status_code == 302
    assert system_prompts.text_of(office.pk, NAME) == "番号のない文"


def test_what_is_refused_stays_in_the_box(administrator):
    response = save(administrator, "[1] 個人番号は123456789018です。")
    page = response.content.decode()
    assert response.status_code == 422 and "個人番号" in page and "[1] 個人番号は123456789018です。" in page


def test_a_conflict_keeps_what_was_typed_and_shows_the_others_text(administrator, office, make_user):
    other = make_user("suzuki", name="鈴木 一郎", is_administrator=True)
    system_prompts.edit(office, NAME, "鈴木の文 [1]", f"user:{other.pk}", 0)
    response = save(administrator, "佐藤の文 [1]")
    page = response.content.decode()
    assert response.status_code == 409
    assert "佐藤の文 [1]" in page and "鈴木の文 [1]" in page and "鈴木 一郎" in page
    assert 'name="based_on" value="1"' in page
    assert save(administrator, "二人の文 [1]", based_on=1).status_code == 302


def test_a_reset_is_refused_when_another_edition_came_in_between(administrator, office):
    system_prompts.edit(office, NAME, "先 [1]", "user:1", 0)
    system_prompts.edit(office, NAME, "後 [1]", "user:1", 1)
    page = administrator.post(address("system-prompt-reset"), {"based_on": "1"}, follow=True).content.decode()
    assert "戻していません" in page and system_prompts.text_of(office.pk, NAME) == "後 [1]"
    administrator.post(address("system-prompt-reset"), {"based_on": "2"})
    assert system_prompts.text_of(office.pk, NAME) == TEXT


def test_any_two_editions_are_compared_and_an_old_one_is_taken_up(administrator, office):
    for number, text in enumerate(("一 [1]", "二 [1]", "三 [1]")):
        system_prompts.edit(office, NAME, text, "user:1", number)
    path = address("system-prompt-editions")
    shown = administrator.get(path, {"from": "1", "to": "3"})
    assert [line.kind for line in shown.context["lines"]] == ["removed", "added"]
    assert administrator.get(path, {"from": "0", "to": "x"}).context["after"].number == 3
    page = administrator.get(address(), {"edition": "1"}).content.decode()
    assert "一 [1]</textarea>" in page and 'name="based_on" value="3"' in page


def test_a_text_is_shown_and_never_becomes_markup(administrator, office):
    system_prompts.edit(office, NAME, "<b>太い</b> [1] <script>x</script>", "user:1", 0)
    page = administrator.get(address()).content.decode()
    assert "<script>x" not in page and "&lt;script&gt;x" in page


def test_nothing_is_changed_without_the_token_of_the_form(sato):
    client = Client(enforce_csrf_checks=True)
    client.force_login(sato)
    assert save(client, "[1] 変えた文").status_code == 403
    assert not SystemPrompt.objects.exists()
