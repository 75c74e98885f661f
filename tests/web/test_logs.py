"""A log line is one line of JSON with ids, and never what a person typed."""

import json
import logging

import pytest
import structlog
from django.conf import settings

from madoguchi.web import logs

NASTY = [
    "a\r\nlevel=error user=admin",
    "a\n{\"event\": \"sign-in\", \"user\": 1}",
    "a\u2028b\u2029c\u0085d",
    "a\x1b[2Jb\x00c\x07",
    "invoice\u202egpj.exe",
    "\u2066hidden\u2069\u200b\ufeff",
]  # fmt: skip


@pytest.fixture
def lines(capsys):
    """Set up logging on this test's stderr; return what was written there."""
    root = logging.getLogger()
    before, level = root.handlers, root.level
    logs.configure(settings.LOGGING)
    yield lambda: [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    root.handlers, root.level = before, level


@pytest.mark.req("G6")
@pytest.mark.parametrize("text", NASTY, ids=ascii)
def test_no_text_breaks_out_of_its_line(text, lines, capsys):
    structlog.get_logger("test").info("upload", name=text)
    logging.getLogger("test").warning("file %s", text)
    written = capsys.readouterr().err
    assert written.count("\n") == 2
    assert len(written.splitlines()) == 2
    assert not logs.UNSAFE.search(written.replace("\n", ""))
    assert json.loads(written.splitlines()[0])["name"] == text


@pytest.mark.req("G6")
def test_a_lone_surrogate_is_written_escaped(lines):
    """By structlog alone: pytest's own report of the standard logger would send it raw to xdist, which cannot."""
    structlog.get_logger("test").info("upload", name="\ud800")
    assert [line["name"] for line in lines()] == ["\ud800"]


@pytest.mark.req("G6")
@pytest.mark.django_db
def test_a_request_is_written_by_its_route_and_never_by_its_address(lines, make_user, signed_in):
    user = make_user("sato")
    signed_in(user).get("/?q=田中さんの生活保護")
    signed_in(user).get("/no-such/田中さんの生活保護")
    written = lines()
    assert next((line["method"], line["status"]) for line in written if line["event"] == "request") == ("GET", 200)
    assert "田中" not in json.dumps(written, ensure_ascii=False)
    assert "%E7%94%B0" not in json.dumps(written)


@pytest.mark.django_db
def test_a_fault_is_written_with_where_it_happened_and_without_its_message(lines, monkeypatch, make_user, signed_in):
    def fail(*_args):
        raise ValueError("田中さんの生活保護")

    monkeypatch.setattr("madoguchi.home.views.render", fail)
    client = signed_in(make_user("sato"))
    client.raise_request_exception = False
    response = client.get("/")
    [fault] = [line for line in lines() if line["event"] == "request.error"]
    assert fault["error"] == "ValueError"
    assert fault["request"] == response.headers["X-Request-Id"]
    assert any(frame.startswith("madoguchi/home/views.py") for frame in fault["frames"])
    assert "田中" not in json.dumps(fault, ensure_ascii=False)


def test_the_message_of_a_fault_is_written_while_one_searches_for_it(lines, settings):
    settings.LOG_EXCEPTION_TEXT = True
    try:
        raise ValueError("詳しい内容")
    except ValueError:
        logging.getLogger("test").exception("failed")
    assert lines()[0]["error_text"] == "詳しい内容"
