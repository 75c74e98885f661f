"""Signing in: who gets in, what others read, and who locks out whom."""

import re
import urllib.parse
from datetime import timedelta

import pytest
from django.contrib.auth import SESSION_KEY
from django.contrib.auth.hashers import Argon2PasswordHasher
from django.core import signing
from django.test import Client
from django.utils import timezone

from madoguchi.people.events import acted
from madoguchi.people.models import OpenSession, SignInFailure, Tenant, User
from tests.conftest import PASSWORD
from tests.people.conftest import first

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def set_up_is_done(administrator):
    return administrator


def is_in(client: Client) -> bool:
    return client.get("/sessions/").status_code == 200


def test_the_right_password_lets_in_and_goes_on_to_where_one_was_going(make_user, type_in):
    make_user("tanaka")
    client = type_in("tanaka", next="/sessions/?x=1")
    assert client.last.status_code == 302
    assert client.last["Location"] == "/sessions/?x=1"
    assert is_in(client)


def test_a_login_typed_full_width_or_large_is_the_same_login(make_user, type_in):
    make_user("tanaka")
    assert is_in(type_in("ＴＡＮＡＫＡ "))


@pytest.mark.parametrize(
    "target", ["https://evil.example/", "//evil.example/x", "/\\evil.example", "javascript:alert(1)", "", "sessions"]
)
def test_sign_in_goes_on_to_local_addresses_only(make_user, type_in, target):
    make_user("tanaka")
    assert type_in("tanaka", next=target).last["Location"] == "/"


def test_a_page_for_staff_asks_to_sign_in_and_remembers_itself(office):
    response = Client().get("/sessions/?a=b")
    assert response.status_code == 302
    assert response["Location"] == "/sign-in/?next=" + urllib.parse.quote("/sessions/?a=b", safe="/")
    page = Client().get(response["Location"]).content.decode()
    assert 'name="next" value="/sessions/?a=b"' in page


@pytest.mark.req("B7")
def test_the_session_gets_a_new_id_at_sign_in(make_user):
    make_user("tanaka")
    client = Client()
    session = client.session
    session["before"] = 1
    session.save()
    client.cookies["session"] = session.session_key or ""
    client.post("/sign-in/", {"login": "tanaka", "password": PASSWORD})
    assert client.cookies["session"].value != session.session_key or ""
    stale = Client()
    stale.cookies["session"] = session.session_key or ""
    assert not is_in(stale)


def without_what_changes(response) -> str:
    """The page without tokens and the login that was typed."""
    body = re.sub(r'value="[^"]{64}"|nonce="[^"]+"', "", response.content.decode())
    return re.sub(r'value="(nobody|tanaka)"', "", body)


def sign_in_page_after_failure() -> str:
    """What somebody else reads who fails."""
    client = Client(REMOTE_ADDR="10.0.0.77")
    return without_what_changes(client.post("/sign-in/", {"login": "nobody", "password": "wrong wrong"}))


@pytest.mark.req("B5")
@pytest.mark.parametrize("kind", ["unknown", "wrong", "suspended", "ended", "unusable", "other office"])
def test_every_failure_looks_the_same(make_user, type_in, kind, monkeypatch):
    user = make_user("tanaka")
    password = PASSWORD
    if kind == "wrong":
        password = "x" * 20
    elif kind == "suspended":
        User.objects.filter(pk=user.pk).update(is_active=False)
    elif kind == "ended":
        User.objects.filter(pk=user.pk).update(valid_to="2001-01-01")
    elif kind == "unusable":
        user.set_unusable_password()
        user.save()
    elif kind == "other office":
        elsewhere = Tenant.objects.create(slug="elsewhere", name="隣市", hosts=["elsewhere.example"])
        Tenant.objects.filter(slug="test").update(hosts=["testserver"])
        User.objects.filter(pk=user.pk).update(tenant=elsewhere)
    hashes = []

    def counted(method: str) -> None:
        original = getattr(Argon2PasswordHasher, method)

        def call(self, *args, **kwargs):
            hashes.append(method)
            return original(self, *args, **kwargs)

        monkeypatch.setattr(Argon2PasswordHasher, method, call)

    counted("encode")
    counted("verify")
    response = type_in("nobody" if kind == "unknown" else "tanaka", password).last
    body = without_what_changes(response)
    assert response.status_code == 200
    assert "ログイン名かパスワードが違うか" in body
    assert len(hashes) == 1, "every failure costs one hash"
    assert body == sign_in_page_after_failure()


@pytest.mark.req("B4")
def test_a_thousand_failures_from_elsewhere_do_not_lock_the_owner_out(make_user, type_in):
    make_user("tanaka")
    attacker = Client(REMOTE_ADDR="203.0.113.5")
    statuses = [
        attacker.post("/sign-in/", {"login": "tanaka", "password": f"guess {number}"}).status_code
        for number in range(1000)
    ]
    assert statuses[:5] == [200] * 5
    assert set(statuses[5:]) == {429}
    assert is_in(type_in("tanaka", source="10.0.0.9"))


@pytest.mark.req("B4")
def test_the_source_is_locked_with_a_time_to_come_back_and_opens_by_itself(make_user, type_in, clock, settings):
    make_user("tanaka")
    for _ in range(settings.SIGN_IN_FAILURES_PER_ACCOUNT_AND_SOURCE):
        type_in("tanaka", "wrong wrong wrong")
    refused = type_in("tanaka")
    assert refused.last.status_code == 429
    until = timezone.localtime(clock.now) + timedelta(minutes=15)
    assert f"{until:%H:%M}以降" in refused.last.content.decode()
    clock.forward(minutes=14)
    assert type_in("tanaka").last.status_code == 429
    clock.forward(minutes=1)
    assert is_in(type_in("tanaka"))


@pytest.mark.req("B4")
def test_a_source_that_tries_many_accounts_is_locked_for_all_of_them(make_user, type_in, settings):
    settings.SIGN_IN_FAILURES_PER_SOURCE = 10
    make_user("tanaka")
    for number in range(10):
        type_in(f"nobody{number}", "wrong wrong wrong", source="2001:db8::1")
    assert type_in("tanaka", source="2001:db8::ffff").last.status_code == 429, "one customer holds a whole /64"
    assert is_in(type_in("tanaka", source="2001:db8:0:1::1"))


def test_success_forgets_the_failures_of_the_account_there_only(make_user, type_in):
    make_user("tanaka")
    for _ in range(3):
        type_in("tanaka", "wrong wrong wrong")
        type_in("suzuki", "wrong wrong wrong")
    type_in("tanaka")
    assert SignInFailure.objects.count() == 3


def test_sign_in_and_its_failure_are_told_without_the_login_itself(make_user, type_in):
    user = make_user("tanaka")
    told = []

    def listen(**event):
        told.append((event["actor"], event["action"], event["detail"]))

    acted.connect(listen)
    type_in("tanaka", "wrong wrong wrong")
    type_in("tanaka")
    acted.disconnect(listen)
    assert [each[:2] for each in told] == [("anybody", "sign-in.failed"), (f"user:{user.pk}", "sign-in")]
    assert "tanaka" not in str(told)


def test_a_password_beyond_all_measure_is_refused_before_it_costs_anything(make_user, type_in):
    make_user("tanaka")
    assert type_in("tanaka", "x" * 1001).last.status_code == 200
    assert not SignInFailure.objects.exists()


def test_signing_out_ends_the_session_and_takes_a_post(make_user, type_in):
    make_user("tanaka")
    client = type_in("tanaka")
    assert client.get("/sign-out/").status_code == 405
    assert is_in(client)
    stolen = Client()
    stolen.cookies["session"] = client.cookies["session"].value
    client.post("/sign-out/")
    assert not is_in(client)
    assert not is_in(stolen)
    assert not OpenSession.objects.exists()


def test_what_was_typed_survives_the_end_of_the_session(make_user, type_in, clock):
    make_user("tanaka")
    client = type_in("tanaka")
    clock.forward(minutes=31)
    response = client.post("/sessions/", {"session": "others", "memo": "長い下書き", "old_password": "secret"})
    assert response.status_code == 401
    page = response.content.decode()
    assert "入力した内容は残っています" in page
    token = first(r'name="kept" value="([^"]+)"', page)
    assert "secret" not in str(signing.loads(token, salt="madoguchi.people.kept"))
    after = client.post("/sign-in/", {"login": "tanaka", "password": PASSWORD, "kept": token}).content.decode()
    assert 'action="/sessions/"' in after
    assert 'name="memo" value="長い下書き"' in after
    assert "secret" not in after


def test_what_was_typed_is_given_to_nobody_else(make_user, type_in, clock):
    make_user("tanaka")
    make_user("suzuki")
    client = type_in("tanaka")
    clock.forward(minutes=31)
    page = client.post("/sessions/", {"memo": "長い下書き"}).content.decode()
    token = first(r'name="kept" value="([^"]+)"', page)
    other = type_in("suzuki", kept=token).last
    assert other.status_code == 302
    forged = type_in("tanaka", kept=token[:-2] + "xx").last
    assert forged.status_code == 302


def test_a_script_without_a_session_gets_a_message_not_a_page(office):
    response = Client().post("/sessions/", {"a": "b"}, headers={"Sec-Fetch-Dest": "empty"})
    assert response.status_code == 401
    assert response.json()["sign_in"] == "/sign-in/"


def test_force_login_is_a_session_like_any(make_user, signed_in):
    client = signed_in(make_user("tanaka"))
    assert SESSION_KEY in client.session
    assert is_in(client)
