"""An error says what happened, what is kept and what to do, and nothing of the inside."""

from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import OperationalError, connection
from django.http import Http404
from django.test import Client, RequestFactory

from madoguchi.web import errors

INSIDE = ("Traceback", "madoguchi.", "sqlite", "Exception", "site-packages", "秘密の文")


def page(response: Any) -> str:
    return str(response.content.decode())


@pytest.fixture
def broken_home(monkeypatch):
    """Make the home page fail with an error of one's choice."""

    def break_with(error):
        def fail(*_args, **_kwargs):
            raise error

        monkeypatch.setattr("madoguchi.home.views.render", fail)

    return break_with


@pytest.mark.req("G8")
@pytest.mark.django_db
@pytest.mark.parametrize(
    "error",
    [ValueError("秘密の文"), OperationalError("no such table: 秘密の文"), OSError(28, "No space left on device")],
)
def test_a_fault_shows_a_number_and_help_and_nothing_inner(error, broken_home, make_user, signed_in):
    client = signed_in(make_user("sato"))
    client.raise_request_exception = False
    broken_home(error)
    response = client.get("/")
    assert response.status_code == 500
    assert response.headers["X-Request-Id"] in page(response)
    for words in ("画面を表示できませんでした", "保存されているもの", "次にすること"):
        assert words in page(response)
    assert not any(inner in page(response) for inner in INSIDE)


@pytest.mark.req("G8")
@pytest.mark.django_db
def test_a_fault_of_the_template_layer_is_answered_too(monkeypatch, make_user, signed_in, broken_home):
    client = signed_in(make_user("sato"))
    client.raise_request_exception = False
    broken_home(ValueError("秘密の文"))
    monkeypatch.setattr(errors, "render_to_string", lambda *_: 1 / 0)
    response = client.get("/")
    assert response.status_code == 500
    assert response.headers["X-Request-Id"] in page(response)


@pytest.mark.req("G8")
@pytest.mark.django_db
def test_a_database_that_does_not_answer_is_said_to_the_monitor(office):
    def refuse(*_args):
        raise OperationalError("down")

    with connection.execute_wrapper(refuse):
        response = Client().get("/readyz")
    assert response.status_code == 503
    assert response.headers["Retry-After"]
    assert "down" not in page(response).replace('"down"', "")


@pytest.mark.django_db
def test_what_may_not_be_done_says_whom_to_ask(broken_home, make_user, signed_in):
    broken_home(PermissionDenied("秘密の文"))
    response = signed_in(make_user("sato")).get("/")
    assert response.status_code == 403
    assert "この操作はできません" in page(response)
    assert "秘密の文" not in page(response)


@pytest.mark.req("C6")
@pytest.mark.django_db
def test_denied_and_missing_are_the_same_bytes(broken_home, make_user, signed_in):
    client = signed_in(make_user("sato"))
    missing = client.get("/no-such-page")
    broken_home(Http404("秘密の文"))
    denied = client.get("/")
    assert missing.status_code == denied.status_code == 404
    assert missing.content == denied.content
    assert "ページが見つかりません" in page(missing)


@pytest.mark.django_db
def test_an_old_form_says_how_to_keep_what_was_typed(make_user):
    client = Client(enforce_csrf_checks=True)
    client.force_login(make_user("sato"))
    response = client.post("/theme/", {"theme": "dark"})
    assert response.status_code == 403
    assert "画面の有効期限が切れました" in page(response)
    assert "戻る" in page(response)


@pytest.mark.django_db
def test_a_body_that_makes_no_sense_is_a_400_with_help(office):
    response = Client().post("/language/", {"language": "xx"})
    assert response.status_code == 400
    assert "受け付けられない内容でした" in page(response)


@pytest.mark.django_db
def test_an_error_before_any_session_is_a_page_of_ours(office):
    response = errors.not_found(RequestFactory().get("/"))
    assert "ページが見つかりません" in page(response)
