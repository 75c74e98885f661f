"""Keys of endpoints: typed in, sealed, used, changed and deleted; shown nowhere."""

import importlib
import json
import logging
import os
from pathlib import Path

import pytest
from django.apps import apps
from django.core import signing
from django.db import connection
from django.test import Client
from django.urls import reverse

from madoguchi import sealing
from madoguchi.audit.models import Event
from madoguchi.cli.main import main
from madoguchi.llm.clients import identity
from madoguchi.llm.endpoints import KEY_FIELD, Invalid, NoEndpoint, check, key_of, save
from madoguchi.llm.models import Endpoint
from madoguchi.people.kept import keep
from madoguchi.people.models import DataKey
from madoguchi.people.sealed import opened, put, stored
from tests.llm.made import with_key
from tests.llm.scripted import Script, serving

CANARY = "sk-himitsu-canary-0123456789"
FORM = {
    "use": "chat",
    "name": "外",
    "provider": "openai",
    "model": "m",
    "base_url": "",
    "key_token": CANARY,
    "zone": "internet",
    "max_classification": "1",
    "order": "10",
    "is_enabled": "on",
}
TYPED_AGAIN = {**FORM, "key_token": ""}


@pytest.fixture
def administrator(make_user, signed_in) -> Client:
    return signed_in(make_user("sato", is_administrator=True))


@pytest.fixture
def added(administrator) -> Endpoint:
    """An endpoint with a key that was typed on the page."""
    assert administrator.post(reverse("endpoint-new"), FORM).status_code == 302
    return Endpoint.objects.get()


def page_of(client: Client, made: Endpoint) -> str:
    return client.get(reverse("endpoint", args=[made.pk])).content.decode()


@pytest.mark.django_db
def test_a_key_is_typed_kept_changed_and_deleted(administrator, added):
    address = reverse("endpoint", args=[added.pk])
    assert key_of(added) == CANARY
    administrator.post(address, {**TYPED_AGAIN, "model": "n"})
    assert key_of(added) == CANARY and Endpoint.objects.get().model == "n"
    administrator.post(address, {**FORM, "key_token": "  another\n"})
    assert key_of(added) == "another"
    # In use it needs one; out of use it may be without.
    response = administrator.post(address, {**TYPED_AGAIN, "remove_key": "on"})
    assert response.status_code == 422 and "キーが必要です" in response.content.decode()
    stopped = {name: value for name, value in TYPED_AGAIN.items() if name != "is_enabled"}
    assert administrator.post(address, {**stopped, "remove_key": "on"}).status_code == 302
    added.refresh_from_db()
    assert not added.sealed_key and added.key_changed_at is None
    with pytest.raises(NoEndpoint, match="キーがありません"):
        key_of(added)


@pytest.mark.django_db
@pytest.mark.req("M3")
def test_the_form_says_that_there_is_a_key_and_since_when_and_nothing_of_it(administrator, added):
    page = page_of(administrator, added)
    assert "登録済み（表示はできません）。変えるときだけ入力してください。" in page and "最終変更 20" in page
    [field] = [tag for tag in page.split("<") if 'name="key_token"' in tag]
    assert 'type="password"' in field and 'autocomplete="new-password"' in field and "value" not in field
    assert "登録済みのキーを消す" in page
    fresh = administrator.get(reverse("endpoint-new")).content.decode()
    assert "登録済み" not in fresh and 'name="remove_key"' not in fresh


@pytest.mark.django_db
@pytest.mark.req("M3")
def test_what_is_wrong_elsewhere_does_not_give_the_typed_key_back(administrator, added):
    for address in (reverse("endpoint-new"), reverse("endpoint", args=[added.pk])):
        response = administrator.post(address, {**FORM, "model": ""})
        page = response.content.decode()
        assert response.status_code == 422 and CANARY not in page and "もう一度入力してください" in page


@pytest.mark.django_db
@pytest.mark.parametrize("key", ["全角", "two words", "a" * 4097, "tab\tinside"])
def test_a_key_that_no_header_can_carry_is_refused(administrator, office, key):
    response = administrator.post(reverse("endpoint-new"), {**FORM, "key_token": key})
    assert response.status_code == 422 and "半角の英数字と記号" in response.content.decode()
    assert not Endpoint.objects.exists() and not DataKey.objects.exists()


@pytest.mark.django_db
def test_typing_a_key_and_deleting_it_at_once_is_asked_about(administrator, added):
    response = administrator.post(reverse("endpoint", args=[added.pk]), {**FORM, "remove_key": "on"})
    assert response.status_code == 422 and "どちらか一方" in response.content.decode()
    assert key_of(added) == CANARY


@pytest.mark.django_db
@pytest.mark.req("M3")
@pytest.mark.parametrize(
    "changes",
    [
        {"base_url": "https://elsewhere.example/v1"},
        {"base_url": "https://api.openai.com:8443/v1"},
        {"base_url": "http://api.openai.com/v1", "zone": "lgwan"},
        {"provider": "anthropic"},
    ],
)
def test_a_key_is_not_sent_to_an_address_that_it_was_not_given_for(administrator, added, changes):
    address = reverse("endpoint", args=[added.pk])
    response = administrator.post(address, {**TYPED_AGAIN, **changes})
    assert response.status_code == 422 and "キーも入力し直してください" in response.content.decode()
    assert administrator.post(address, {**FORM, **changes}).status_code == 302
    # Another path of the same server is the same address.
    same = {**changes, "base_url": changes["base_url"] + "/x"} if "base_url" in changes else changes
    assert administrator.post(address, {**TYPED_AGAIN, **same}).status_code == 302


@pytest.mark.django_db
def test_another_key_makes_another_identity_and_a_change_of_name_does_not(added):
    first = identity(added)
    added.name = "改名"
    save(added, "operator")
    assert identity(Endpoint.objects.get()) == first
    save(added, "operator", "another")
    second = identity(Endpoint.objects.get())
    assert second != first and "another" not in repr(second)


@pytest.mark.django_db
@pytest.mark.req("L1")
def test_setting_and_deleting_a_key_is_on_the_record(office):
    made = Endpoint(tenant=office, name="外", provider="openai", model="m", base_url="https://a.example/v1")
    for key in (CANARY, None, ""):
        save(made, "operator", key)
    events = Event.objects.filter(action__startswith="secret.").order_by("number")
    assert [(event.action, event.target, event.detail) for event in events] == [
        ("secret.changed", f"endpoint:{made.pk}", {}),
        ("secret.deleted", f"endpoint:{made.pk}", {}),
    ]


@pytest.mark.django_db
def test_a_key_that_does_not_open_is_said_and_typing_it_again_mends_it(administrator, added):
    DataKey.objects.all().delete()
    with pytest.raises(NoEndpoint, match="入力し直してください"):
        key_of(added)
    assert "キーが必要です" in administrator.get(reverse("endpoints")).content.decode()
    assert "キーを入力し直してください" in page_of(administrator, added)
    assert administrator.post(reverse("endpoint", args=[added.pk]), FORM).status_code == 302
    assert key_of(added) == CANARY
    assert "キーが必要です" not in administrator.get(reverse("endpoints")).content.decode()


@pytest.mark.django_db
def test_without_a_master_key_that_can_be_read_nothing_is_saved(administrator, office, tmp_path, monkeypatch):
    monkeypatch.setenv("MADOGUCHI_MASTER_KEY_FILE", str(tmp_path / "none"))
    response = administrator.post(reverse("endpoint-new"), FORM)
    page = response.content.decode()
    assert response.status_code == 422 and "madoguchi doctor" in page and str(tmp_path) not in page
    assert not Endpoint.objects.exists() and CANARY not in page
    with pytest.raises(Invalid):
        save(Endpoint(tenant=office, name="外", provider="openai", model="m", zone="internet"), "operator", CANARY)


@pytest.mark.django_db
def test_an_endpoint_without_its_key_can_be_stopped(administrator, office):
    made = Endpoint.objects.create(tenant=office, name="外", provider="openai", model="m", zone="internet")
    assert "key_token" in check(made)
    administrator.post(reverse("endpoint-switch", args=[made.pk]))
    made.refresh_from_db()
    assert not made.is_enabled


@pytest.mark.req("M3")
def test_a_key_typed_when_the_session_had_ended_is_not_kept_in_the_page(rf):
    kept = keep(rf.post("/endpoints/new/", {**FORM, KEY_FIELD: CANARY}))
    assert kept
    fields = dict(signing.loads(kept, salt="madoguchi.people.kept")["fields"])
    assert fields["model"] == "m" and CANARY not in str(fields)


def bytes_of(folder: Path) -> bytes:
    return b"\0".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


@pytest.mark.django_db(transaction=True)
@pytest.mark.req("M3")
def test_the_canary_shows_nowhere(administrator, office, home, capsys, caplog):
    """Pages, commands, record, logs, database, and every file of the home."""
    caplog.set_level(logging.DEBUG)
    with serving(Script(answer=lambda prompt: ["接続を", "確認しました。"])) as server:
        inside = {**FORM, "provider": "openai-compatible", "base_url": f"{server.url}/v1", "zone": "internal"}
        shown = [administrator.post(reverse("endpoint-new"), inside).content.decode()]
        made = Endpoint.objects.get()
        test = reverse("endpoint-test", args=[made.pk])
        shown.append(administrator.post(test).content.decode())
        sent = {name.lower(): value for name, value in server.requests[-1][1].items()}
        assert sent["authorization"] == f"Bearer {CANARY}", "it is used"
        server.status = 401
        shown.append(administrator.post(test).content.decode())
        assert "キーが受け付けられませんでした" in shown[-1]
        shown.append(administrator.post(reverse("endpoint", args=[made.pk]), inside | {"model": ""}).content.decode())
    shown += [page_of(administrator, made), administrator.get(reverse("endpoints")).content.decode()]
    shown.append(administrator.post(reverse("endpoint-switch", args=[made.pk]), follow=True).content.decode())
    for command in (
        ["endpoints", "list", "--json"],
        ["endpoints", "test", "外", "--json"],
        ["audit", "export"],
        ["doctor", "--json"],
        ["secrets", "status", "--json"],
        ["secrets", "rotate"],
        ["secrets", "rotate", "--master", "--json"],
        ["endpoints", "list"],
    ):
        main(command)
    printed = capsys.readouterr()
    assert key_of(made) == CANARY
    logs = "\n".join(f"{record.getMessage()} {vars(record)}" for record in caplog.records)
    for told in (*shown, printed.out, printed.err, logs, repr(vars(made)), str(dict(os.environ))):
        assert "himitsu" not in told
    if connection.vendor == "sqlite":
        assert stored(made, "sealed_key") in bytes_of(home), "the database is among what is searched"
    assert b"himitsu" not in bytes_of(home)
    assert sealing.masters()[0].key.hex() not in "".join([*shown, printed.out, printed.err, logs])


@pytest.mark.django_db
@pytest.mark.req("M3")
def test_the_doctor_says_whether_keys_open_and_who_may_read_the_master_key(added, capsys, tmp_path, monkeypatch):
    def keys() -> dict[str, object]:
        from madoguchi.cli.doctor import keys

        return vars(keys())

    assert keys()["ok"] and "データの鍵 1個、暗号化した値 1件" in str(keys()["detail"])
    sealing.master_file().chmod(0o644)
    assert not keys()["ok"] and "chmod 600" in str(keys()["detail"])
    sealing.master_file().chmod(0o600)
    assert keys()["ok"]
    with monkeypatch.context() as patch:
        patch.setenv("MADOGUCHI_MASTER_KEY_FILE", str(tmp_path / "named"))
        assert not keys()["ok"] and "named がありません" in str(keys()["detail"])
    monkeypatch.setattr(sealing, "master_file", lambda: tmp_path / "master")
    assert not keys()["ok"] and "控えから戻す" in str(keys()["detail"])
    (tmp_path / "master").write_text("nonsense")
    assert not keys()["ok"] and "16進数64桁" in str(keys()["detail"])


@pytest.mark.django_db
def test_what_the_variables_held_is_sealed_by_the_migration(office, monkeypatch):
    """The migration's own step, on rows as they were."""
    migration = importlib.import_module("madoguchi.llm.migrations.0004_sealed_keys")
    made = [Endpoint.objects.create(tenant=office, name=name, provider="openai", model="m") for name in ("一", "二")]
    monkeypatch.setenv("ONE_KEY", f"{CANARY}\n")

    class Former:
        """`apps` as the migration sees it: the rows with the names of variables they had."""

        def get_model(self, app: str, name: str) -> object:
            return self if name == "Endpoint" else apps.get_model(app, name)

        @property
        def objects(self) -> "Former":
            return self

        def exclude(self, key_variable: str) -> list[Endpoint]:
            for row, variable in zip(made, ("ONE_KEY", "NOT_SET_KEY"), strict=True):
                row.key_variable = variable  # type: ignore[attr-defined]
            return made

        filter = staticmethod(Endpoint.objects.filter)

    migration.forward(Former(), None)
    assert opened(made[0], "sealed_key") == CANARY and opened(made[1], "sealed_key") == ""
    made[0].refresh_from_db()
    assert made[0].key_changed_at


@pytest.mark.django_db
def test_a_key_of_a_provider_behind_an_address_of_ones_own_is_not_asked_for(office):
    made = Endpoint.objects.create(tenant=office, name="内", provider="openai", model="m", base_url="http://10.0.0.1")
    assert key_of(made) == ""
    assert json.dumps(key_of(with_key(made, "k"))) == '"k"'
    put(made, "sealed_key", "")
    assert key_of(made) == ""
