"""What is done with a prompt on its pages: nobody does it to another's, and nothing is lost by a late press."""

import pytest
from django.urls import reverse

from madoguchi.people.access import scope_of
from madoguchi.prompts import editing
from madoguchi.prompts.models import Favourite, Prompt

pytestmark = pytest.mark.django_db


@pytest.fixture
def writer(make_user):
    return make_user("tanaka")


@pytest.fixture
def made(writer):
    scope = scope_of(writer, "internal")
    made = editing.create(scope, editing.Draft("要約", "資料を読む", "一行目\n古い文", "", 2))
    return editing.save(scope, made, editing.Draft("要約", "資料を読む", "一行目\n新しい文", "直した", 2), 1)


def test_a_star_is_set_and_taken_away_by_each_person(writer, made, signed_in):
    client, path = signed_in(writer), reverse("prompt-favourite", args=[made.pk])
    client.post(path, {"on": "1"})
    client.post(reverse("prompt-standard-favourite", args=["summary"]), {"on": "1"})
    assert Favourite.objects.count() == 2
    assert 'aria-pressed="true"' in client.get(reverse("prompt", args=[made.pk])).content.decode()
    assert "資料の要約" in client.get(reverse("prompts"), {"view": "favourites"}).content.decode()
    client.post(path)
    assert Favourite.objects.get().standard == "summary"


def test_sharing_is_chosen_in_steps_and_kept_at_the_end(writer, made, make_user, signed_in):
    other = make_user("suzuki", "総務部/人事課")
    client, colleague = signed_in(writer), signed_in(other)
    path, page = reverse("prompt-share", args=[made.pk]), reverse("prompt", args=[made.pk])
    looked = client.post(path, {"readers-person": "suzuki", "act": "look"})
    assert looked.status_code == 200 and other.name in looked.content.decode()
    assert colleague.get(page).status_code == 404
    assert client.post(path, {"readers-keys": f"user:{other.pk}", "act": "save"}).status_code == 302
    assert colleague.get(page).status_code == 200
    assert client.post(path, {"readers-person": "daremo", "act": "save"}).status_code == 422


def test_an_older_edition_is_compared_and_comes_back(writer, made, signed_in):
    client, editions = signed_in(writer), reverse("prompt-editions", args=[made.pk])
    page = client.get(editions).content.decode()
    assert "line-removed" in page and "line-added" in page and "直した" in page
    restore = reverse("prompt-restore", args=[made.pk])
    late = client.post(restore, {"number": "1", "based_on": "1"}, follow=True)
    assert "戻していません" in late.content.decode() and Prompt.objects.get().number == 2
    client.post(restore, {"number": "1", "based_on": "2"})
    assert Prompt.objects.get().newest.text == "一行目\n古い文"
    assert client.post(restore, {"number": "9", "based_on": "3"}).status_code == 404


def test_who_a_prompt_is_shared_with_copies_it_and_sees_no_older_edition(writer, made, make_user, signed_in):
    editing.share(scope_of(writer, "internal"), made, ["staff"])
    client = signed_in(make_user("suzuki"))
    copied = client.get(reverse("prompt-new"), {"prompt": str(made.pk)}).content.decode()
    assert "新しい文" in copied and client.get(reverse("prompt-new"), {"prompt": "x"}).status_code == 200
    assert client.get(reverse("prompt-editions", args=[made.pk])).status_code == 404
    for name in ("prompt-restore", "prompt-delete", "prompt-share", "prompt-official"):
        assert client.post(reverse(name, args=[made.pk])).status_code == 404
    assert Prompt.objects.get().number == 2


def test_an_administrator_marks_the_edition_that_was_read(writer, made, make_user, signed_in):
    editing.share(scope_of(writer, "internal"), made, ["staff"])
    client = signed_in(make_user("kanri", is_administrator=True))
    path = reverse("prompt-official", args=[made.pk])
    late = client.post(path, {"on": "1", "number": "1"}, follow=True)
    assert "公式にしていません" in late.content.decode()
    client.post(path, {"on": "1", "number": "2"})
    assert Prompt.objects.get().is_official
    client.post(path, {"number": "2"})
    assert not Prompt.objects.get().is_official


def test_a_prompt_is_deleted_by_its_writer(writer, made, signed_in):
    response = signed_in(writer).post(reverse("prompt-delete", args=[made.pk]), follow=True)
    assert "「要約」を削除しました" in response.content.decode() and not Prompt.objects.exists()
