"""The first start: a code from the console, once, and then nothing there."""

import re
import stat

import pytest
from django.test import Client

from madoguchi import paths
from madoguchi.people import set_up
from madoguchi.people.models import Tenant, User
from tests.conftest import PASSWORD

pytestmark = [pytest.mark.django_db, pytest.mark.req("B10")]
GOOD = "さざなみ-らくだ-七輪-ゆうだち-93"


@pytest.fixture(autouse=True)
def no_code_left():
    yield
    (paths.folder("secrets") / "set-up").unlink(missing_ok=True)


def printed() -> str:
    """The code as the console shows it."""
    code = set_up.code()
    assert code
    return code


def fields(code: str | None, **more: str) -> dict[str, str]:
    return {
        "code": code or "",
        "office": "風見市",
        "login": "Kanri",
        "name": "管理 花子",
        "new_password": GOOD,
        "new_password_again": GOOD,
    } | more


@pytest.mark.parametrize("address", ["/", "/sign-in/", "/people/", "/ask/", "/nowhere"])
def test_without_an_office_every_page_leads_to_set_up(address):
    response = Client().get(address)
    assert (response.status_code, response["Location"]) == (302, "/set-up/")


def test_without_an_office_a_monitor_gets_its_answer():
    assert Client().get("/healthz").status_code == 200
    assert Client().get("/set-up/").status_code == 200


def test_the_code_makes_the_office_and_its_administrator_and_signs_in():
    client = Client()
    response = client.post("/set-up/", fields(set_up.code()))
    assert response.status_code == 302
    user = User.objects.get()
    assert (user.login, user.is_administrator, user.tenant.name) == ("kanri", True, "風見市")
    assert client.get("/people/").status_code == 200


def test_afterwards_the_page_is_not_there_and_tells_nothing():
    code = set_up.code()
    Client().post("/set-up/", fields(code))
    for response in (Client().get("/set-up/"), Client().post("/set-up/", fields(code, login="second"))):
        assert response.status_code == 404
    missing = Client().get("/nowhere").content
    token = re.compile(rb'value="[^"]{64}"|nonce="[^"]+"|value="/[a-z-]+"')
    assert token.sub(b"", Client().get("/set-up/").content) == token.sub(b"", missing)
    assert User.objects.count() == 1
    assert set_up.code() is None


@pytest.mark.parametrize("code", ["", "wrong", "AAAAA-BBBBB-CCCCC-DDDDD-EEEEE"])
def test_another_code_makes_nothing(code):
    set_up.code()
    response = Client().post("/set-up/", fields(code))
    assert response.status_code == 200
    assert "初期設定コード" in response.content.decode()
    assert not Tenant.objects.exists()
    assert not User.objects.exists()


def test_without_a_printed_code_none_fits():
    (paths.folder("secrets") / "set-up").unlink(missing_ok=True)
    Client().post("/set-up/", fields("AAAAA-BBBBB-CCCCC-DDDDD-EEEEE"))
    assert not User.objects.exists()


def test_the_code_is_long_kept_as_a_hash_and_voided_by_the_next_one():
    first, second = printed(), printed()
    assert len(first.replace("-", "")) == 25
    assert not set_up.is_code(first)
    assert set_up.is_code(f" {second.lower().replace('-', ' ')} ")
    file = paths.folder("secrets") / "set-up"
    assert second not in file.read_text()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_weak_password_is_refused_and_the_code_stays_good():
    code = printed()
    page = Client().post("/set-up/", fields(code, new_password="風見市のやくしょ2026ねん", new_password_again="x"))
    assert "推測されやすい" in page.content.decode()
    assert set_up.is_code(code)


def test_the_page_names_no_setting_and_no_office(office):
    Tenant.objects.update(name="ひみつ市")
    page = Client().get("/set-up/").content.decode()
    assert 'value="ひみつ市"' not in page


def test_people_loaded_before_are_kept_and_the_same_login_becomes_the_administrator(office, make_user):
    make_user("kanri")
    make_user("tanaka")
    assert Client().get("/sign-in/")["Location"] == "/set-up/"
    Client().post("/set-up/", fields(set_up.code()))
    assert User.objects.count() == 2
    assert User.objects.get(login="kanri").check_password(GOOD)
    office.refresh_from_db()
    assert office.name == "風見市"


def test_two_at_once_make_one_administrator(office):
    code = printed()
    assert set_up.is_code(code)
    set_up.make_first_administrator(office, "市", User(login="first", name="一"), PASSWORD)
    with pytest.raises(PermissionError):
        set_up.make_first_administrator(office, "市", User(login="second", name="二"), PASSWORD)
    assert User.objects.count() == 1


def test_when_the_code_was_used_meanwhile_nothing_is_stored(office):
    set_up.code()
    (paths.folder("secrets") / "set-up").unlink()
    with pytest.raises(PermissionError):
        set_up.make_first_administrator(office, "市", User(login="first", name="一"), PASSWORD)
    assert not User.objects.exists()
