"""The pages of prompts: a prompt is found, filled in and written; nobody reaches another's."""

import pytest
from django.urls import reverse

from madoguchi.prompts.models import Prompt, Use

pytestmark = pytest.mark.django_db
FORM = {"title": "要約", "summary": "", "text": "〔資料〕", "classification": "2", "note": "", "based_on": ""}


def test_one_that_ships_is_found_and_filled_in(make_user, signed_in):
    client = signed_in(make_user("tanaka"))
    assert "資料の要約" in client.get(reverse("prompts"), {"q": "要約"}).content.decode()
    path = reverse("prompt-standard", args=["plain-japanese"])
    page = client.post(path, {"value_0": "〔元の文〕<b>"}).content.decode()
    assert "〔元の文〕&lt;b&gt;" in page and Use.objects.get().standard == "plain-japanese"
    assert client.post(path, {"value_0": ""}).status_code == 422
    assert client.get(reverse("prompt-standard", args=["none"])).status_code == 404


def test_ones_own_is_written_and_changed_and_missing_for_others(make_user, signed_in):
    client, other = signed_in(make_user("tanaka")), signed_in(make_user("suzuki"))
    assert client.post(reverse("prompt-new"), FORM).status_code == 302
    made = Prompt.objects.get()
    edit = reverse("prompt-edit", args=[made.pk])
    assert client.get(reverse("prompt", args=[made.pk])).status_code == client.get(edit).status_code == 200
    assert other.get(reverse("prompt", args=[made.pk])).status_code == other.get(edit).status_code == 404
    assert client.post(edit, {**FORM, "text": "〔別〕", "based_on": "1"}).status_code == 302
    late = client.post(edit, {**FORM, "text": "遅い文", "based_on": "1"})
    assert late.status_code == 409 and "遅い文" in late.content.decode() and "〔別〕" in late.content.decode()


def test_what_is_refused_stays_in_the_box(make_user, signed_in):
    response = signed_in(make_user("tanaka")).post(reverse("prompt-new"), {**FORM, "text": "書きかけ〔"})
    assert response.status_code == 422 and "書きかけ〔" in response.content.decode()
