"""The look and the language are kept where the person chose them."""

from typing import Any

import pytest
from django.test import Client


def html(response: Any) -> str:
    return str(response.content.decode())


@pytest.mark.django_db
def test_the_look_is_kept_in_this_browser(make_user, signed_in):
    client = signed_in(make_user("sato"))
    assert 'data-theme="' not in html(client.get("/"))
    response = client.post("/theme/", {"theme": "dark", "next": "/tour/"})
    assert response.headers["Location"] == "/tour/"
    assert '<html lang="ja" data-theme="dark">' in html(client.get("/"))
    client.post("/theme/", {"theme": "auto"})
    assert 'data-theme="' not in html(client.get("/"))


@pytest.mark.django_db
def test_the_language_goes_with_the_person_to_another_browser(make_user, signed_in):
    user = make_user("sato")
    client = signed_in(user)
    assert '<html lang="ja"' in html(client.get("/"))
    client.post("/language/", {"language": "en"})
    assert '<html lang="en"' in html(signed_in(user).get("/"))
    assert client.get("/").headers["Content-Language"] == "en"


@pytest.mark.django_db
def test_who_is_not_signed_in_keeps_a_language_by_cookie_and_others_see_japanese(office):
    client = Client()
    client.post("/language/", {"language": "en"})
    assert '<html lang="en"' in html(client.get("/no-such-page"))
    assert '<html lang="ja"' in html(Client(headers={"accept-language": "en"}).get("/no-such-page"))


@pytest.mark.django_db
@pytest.mark.parametrize(
    "target", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)", ""]
)
def test_a_form_leads_back_into_this_product_only(target, office):
    assert Client().post("/theme/", {"theme": "dark", "next": target}).headers["Location"] == "/"


@pytest.mark.django_db
def test_a_cookie_with_any_other_word_changes_nothing(make_user, signed_in):
    client = signed_in(make_user("sato"))
    client.cookies["theme"] = '"><script>alert(1)</script>'
    client.cookies["language"] = "../../etc"
    assert 'data-theme="' not in html(client.get("/"))
    assert "alert(1)" not in html(client.get("/"))


@pytest.mark.django_db
def test_the_monitor_hears_that_it_lives_and_can_serve(office):
    assert Client().get("/healthz").json() == {"status": "ok"}
    assert Client().get("/readyz").json()["status"] == "ok"


@pytest.mark.django_db
def test_administration_is_shown_to_administrators(make_user, signed_in):
    assert 'id="places-administration"' not in html(signed_in(make_user("sato")).get("/"))
    assert 'id="places-administration"' in html(signed_in(make_user("admin", is_administrator=True)).get("/"))
