"""Every response has its headers, whatever it is."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

import madoguchi
from madoguchi.people.guard import routes
from madoguchi.web.headers import POLICY

FIXED = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
SAMPLES = {
    "uuid": "00000000-0000-4000-8000-000000000000",
    "int": "1",
    "str": "x",
    "slug": "x",
    "path": "x",
}


def addresses() -> Iterator[str]:
    """One address for each route of the product, its variables filled with what leads nowhere."""
    for path, _pattern in routes():
        if not path.startswith("^"):
            yield "/" + re.sub(r"<(?:(\w+):)?\w+>", lambda match: SAMPLES[str(match[1] or "str")], path)


def assert_headers(response: Any) -> str:
    for name, value in FIXED.items():
        assert response.headers[name] == value
    [nonce] = re.findall(r"'nonce-([\w-]+)'", response.headers["Content-Security-Policy"])
    assert response.headers["Content-Security-Policy"] == POLICY.format(nonce=nonce)
    assert "microphone=()" in response.headers["Permissions-Policy"]
    return str(nonce)


@pytest.mark.req("G4")
@pytest.mark.req("C8")
@pytest.mark.django_db
@pytest.mark.parametrize("method", ["get", "post"])
def test_every_route_answers_with_the_headers_and_is_kept_by_nobody(method, make_user, signed_in):
    people = [Client(), signed_in(make_user("sato")), signed_in(make_user("admin", is_administrator=True))]
    checked = 0
    for client in people:
        client.raise_request_exception = False
        for address in addresses():
            response = getattr(client, method)(address)
            assert_headers(response)
            assert response.headers["Cache-Control"] == "no-store, private", address
            checked += 1
    assert checked > 20


@pytest.mark.req("G4")
def test_the_policy_allows_no_inline_script_no_eval_and_no_other_host():
    assert "default-src 'none'" in POLICY
    assert "require-trusted-types-for 'script'" in POLICY
    assert "frame-ancestors 'none'" in POLICY
    for hole in ("unsafe-inline", "unsafe-eval", "http:", "https:", "data:", "*"):
        assert hole not in POLICY


@pytest.mark.req("G4")
@pytest.mark.django_db
def test_each_response_has_a_nonce_of_its_own_and_pages_use_it(make_user, signed_in):
    client = signed_in(make_user("sato"))
    first, second = client.get("/"), client.get("/")
    nonces = {assert_headers(first), assert_headers(second)}
    assert len(nonces) == 2
    used = set(re.findall(r'nonce="([\w-]+)"', first.content.decode()))
    assert len(used) == 1
    assert used < nonces


@pytest.mark.req("G4")
@pytest.mark.django_db
def test_errors_of_the_outer_layers_have_the_headers(office):
    assert_headers(Client().get("/", headers={"host": "evil.example"}))
    assert_headers(Client(enforce_csrf_checks=True).post("/theme/", {"theme": "dark"}))


@pytest.mark.django_db
def test_the_files_of_the_product_may_be_kept_and_asked_for_again(office):
    first = Client().get("/static/web/base.css")
    assert first.status_code == 200
    assert "max-age" in first.headers["Cache-Control"]
    assert_headers(first)
    again = Client().get("/static/web/base.css", headers={"if-none-match": first.headers["ETag"]})
    assert again.status_code == 304


@pytest.mark.django_db
def test_transport_security_is_told_when_the_office_runs_behind_tls(office, settings):
    settings.SECURE_HSTS_SECONDS = 31_536_000
    assert "Strict-Transport-Security" in Client().get("/healthz", secure=True).headers
    assert "Strict-Transport-Security" not in Client().get("/healthz").headers


# Files that people save: no page of ours, under a policy of their own that lets nothing run and nothing load.
SAVED = {"copy.html"}


@pytest.mark.req("G4")
def test_no_template_holds_inline_script_style_or_another_host():
    for template in Path(madoguchi.__file__).parent.glob("*/templates/**/*.html"):
        if template.name in SAVED:
            continue
        text = template.read_text()
        assert not re.search(r"<script(?![^>]*\bnonce=)", text), template
        assert not re.search(r"<script[^>]*>\s*\S", text.replace("</script>", "")) or "</script>" in text, template
        assert not re.search(r"<script[^>]*>[^<]*\S[^<]*</script>", text), template
        assert not re.search(r"\s(style|on[a-z]+)=\"", text), template
        assert "<style" not in text, template
        assert not re.search(r"(src|href|action)=\"(https?:)?//", text), template
