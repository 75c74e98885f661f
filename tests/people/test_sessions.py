"""When a session ends: by time, by a change of the account, by its person."""

import re

import pytest
from django.test import Client

from madoguchi.people import passwords, sessions
from madoguchi.people.models import OpenSession, Tenant, User
from tests.conftest import PASSWORD

pytestmark = [pytest.mark.django_db, pytest.mark.req("B7")]
NEW = "さざなみ-らくだ-七輪-ゆうだち-93"


@pytest.fixture(autouse=True)
def set_up_is_done(administrator):
    return administrator


def is_in(client: Client) -> bool:
    return client.get("/sessions/").status_code == 200


@pytest.mark.parametrize(("role", "idle", "absolute"), [({}, 30, 12), ({"is_administrator": True}, 15, 8)])
def test_a_session_ends_when_unused_and_after_a_day_of_work(make_user, type_in, clock, role, idle, absolute):
    make_user("tanaka", **role)
    client = type_in("tanaka")
    clock.forward(minutes=idle - 1)
    assert is_in(client)
    clock.forward(minutes=idle)
    assert not is_in(client)
    clock.forward(minutes=-idle)
    assert not is_in(client), "what has ended does not come back"

    client = type_in("tanaka")
    for _ in range(absolute * 60 // 10 - 1):
        clock.forward(minutes=10)
        assert is_in(client)
    clock.forward(minutes=10)
    assert not is_in(client)


def test_use_is_written_down_once_a_minute_and_keeps_the_session(make_user, type_in, clock):
    make_user("tanaka")
    client = type_in("tanaka")
    began = OpenSession.objects.get().seen_at
    clock.forward(seconds=30)
    is_in(client)
    assert OpenSession.objects.get().seen_at == began
    clock.forward(seconds=31)
    is_in(client)
    assert OpenSession.objects.get().seen_at == clock.now


def test_the_sign_in_page_says_why_a_session_ended(make_user, type_in, clock):
    make_user("tanaka")
    client = type_in("tanaka")
    clock.forward(minutes=31)
    page = client.get("/sessions/", follow=True).content.decode()
    assert "しばらく操作がなかったため" in page


@pytest.mark.parametrize(
    "change",
    [
        {"is_active": False},
        {"is_administrator": True},
        {"is_auditor": True},
        {"clearance": 1},
        {"session_epoch": 9},
        {"valid_to": "2001-01-01"},
        {"valid_from": "2999-01-01"},
    ],
)
def test_all_sessions_end_when_the_account_changes_by_whatever_way(make_user, type_in, change):
    user = make_user("tanaka")
    clients = [type_in("tanaka"), type_in("tanaka", source="10.0.0.10")]
    assert all(map(is_in, clients))
    User.objects.filter(pk=user.pk).update(**change)
    assert not any(map(is_in, clients))


def test_a_session_without_its_row_is_over_whatever_the_store_holds(make_user, type_in):
    make_user("tanaka")
    client = type_in("tanaka")
    OpenSession.objects.all().delete()
    assert client.session.get("_auth_user_id")
    assert not is_in(client)


def test_a_session_is_no_good_at_another_office(make_user, type_in):
    user = make_user("tanaka")
    client = type_in("tanaka")
    elsewhere = Tenant.objects.create(slug="elsewhere", name="隣市", hosts=["elsewhere.example"])
    Tenant.objects.filter(pk=user.tenant_id).update(hosts=["testserver"])
    assert is_in(client)
    User.objects.filter(pk=user.pk).update(tenant=elsewhere)
    assert not is_in(client)


def test_changing_the_password_ends_all_other_sessions_and_renews_this_one(make_user, type_in):
    make_user("tanaka")
    here, there = type_in("tanaka"), type_in("tanaka", source="10.0.0.10")
    former = here.cookies["session"].value
    answer = here.post("/password/", {"old_password": PASSWORD, "new_password": NEW, "new_password_again": NEW})
    assert answer.status_code == 302
    assert here.cookies["session"].value != former
    assert is_in(here)
    assert not is_in(there)
    stale = Client()
    stale.cookies["session"] = former
    assert not is_in(stale)
    assert is_in(type_in("tanaka", NEW))
    assert not is_in(type_in("tanaka", PASSWORD))


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"old_password": "not mine not mine"}, "今のパスワードが違います"),
        ({"new_password": "みじかい"}, "15文字以上"),
        ({"new_password_again": "another another"}, "確認のパスワードが違います"),
        ({"new_password": PASSWORD, "new_password_again": PASSWORD}, "今と同じパスワード"),
    ],
)
def test_a_password_change_that_fails_says_why_and_changes_nothing(make_user, type_in, fields, message):
    make_user("tanaka")
    client = type_in("tanaka")
    data = {"old_password": PASSWORD, "new_password": NEW, "new_password_again": NEW} | fields
    assert message in client.post("/password/", data).content.decode()
    assert is_in(type_in("tanaka"))


def test_guessing_the_present_password_is_throttled_too(make_user, type_in):
    make_user("tanaka")
    client = type_in("tanaka")
    data = {"old_password": "guess guess guess", "new_password": NEW, "new_password_again": NEW}
    for _ in range(5):
        client.post("/password/", data)
    assert "受付を止めています" in client.post("/password/", data | {"old_password": PASSWORD}).content.decode()


def test_a_temporary_password_leads_to_the_change_of_it_only(make_user, type_in):
    user = make_user("tanaka")
    temporary = passwords.issue_temporary(user)
    client = type_in("tanaka", temporary)
    for address in ("/sessions/", "/", "/people/"):
        assert client.get(address)["Location"] == "/password/"
    assert "仮パスワード" in client.get("/password/").content.decode()
    client.post("/password/", {"old_password": temporary, "new_password": NEW, "new_password_again": NEW})
    assert is_in(client)


def test_a_temporary_password_runs_out(make_user, type_in, clock):
    temporary = passwords.issue_temporary(make_user("tanaka"))
    clock.forward(hours=73)
    assert type_in("tanaka", temporary).get("/password/").status_code == 302


def test_one_lists_and_ends_ones_own_sessions(make_user, type_in):
    make_user("tanaka")
    here, there = type_in("tanaka"), type_in("tanaka", source="10.0.0.10")
    page = here.get("/sessions/").content.decode()
    assert "10.0.0.10" in page
    assert "この端末" in page
    other = OpenSession.objects.get(address="10.0.0.10")
    here.post("/sessions/", {"session": str(other.public_id)})
    assert is_in(here)
    assert not is_in(there)


def test_all_others_end_at_once(make_user, type_in):
    make_user("tanaka")
    here, there, third = (type_in("tanaka", source=f"10.0.0.{number}") for number in (1, 2, 3))
    here.post("/sessions/", {"session": "others"})
    assert [is_in(each) for each in (here, there, third)] == [True, False, False]


@pytest.mark.parametrize("session", ["theirs", "nonsense", "00000000-0000-0000-0000-000000000000"])
def test_another_persons_session_is_not_there_to_end(make_user, type_in, session):
    make_user("tanaka")
    make_user("suzuki")
    mine, theirs = type_in("tanaka"), type_in("suzuki", source="10.0.0.10")
    if session == "theirs":
        session = str(OpenSession.objects.get(user__login="suzuki").public_id)
    assert mine.post("/sessions/", {"session": session}).status_code == 404
    assert is_in(theirs)


def test_cookies_keep_to_this_host_and_away_from_scripts(make_user, type_in):
    make_user("tanaka")
    cookie = type_in("tanaka").cookies["session"]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"
    assert cookie["path"] == "/"
    assert not cookie["domain"]


def test_behind_tls_cookies_are_secure_and_host_bound(tmp_path):
    import json
    import os
    import subprocess
    import sys

    program = (
        "import json; from madoguchi.conf import settings as s;"
        "print(json.dumps([s.SESSION_COOKIE_NAME, s.CSRF_COOKIE_NAME, s.SESSION_COOKIE_SECURE,"
        " s.CSRF_COOKIE_SECURE, s.SESSION_COOKIE_HTTPONLY, s.SECURE_HSTS_SECONDS > 0]))"
    )
    environment = os.environ | {"MADOGUCHI_HTTPS": "1", "MADOGUCHI_HOME": str(tmp_path)}
    out = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, check=True).stdout
    assert json.loads(out) == ["__Host-session", "__Host-csrf", True, True, True, True]


def test_an_agent_is_named_in_words_and_the_header_is_not_kept():
    chrome = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/140.0 Safari/537.36"
    assert sessions.agent_in_words(chrome) == "Chrome（Windows）"
    assert sessions.agent_in_words(f"{chrome} Edg/140.0") == "Edge（Windows）"
    assert sessions.agent_in_words("<script>") == "その他のブラウザー"
    assert not re.search("[<>]", sessions.agent_in_words("<b>Chrome</b>"))
