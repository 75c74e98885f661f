"""Keys are changed while the product runs, and whatever dies on the way leaves everything open."""

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from django.db import connection

from madoguchi import sealing
from madoguchi.audit.models import Event
from madoguchi.llm.models import Endpoint
from madoguchi.people import rotation, sealed
from madoguchi.people.models import DataKey, Tenant
from madoguchi.people.rotation import rotate, rotate_master, standing
from madoguchi.people.sealed import opened, put
from madoguchi.sealing import CannotOpen, NoMasterKey
from tests.people.test_sealing import holding, master

__all__ = ["master"]
NAMES = ("一", "二", "三")


class Killed(BaseException):
    """The process ends here."""


@pytest.fixture
def secrets(office, master):
    """Three rows with a secret each, which is their name."""
    return [holding(office, name, name) for name in NAMES]


def all_open() -> bool:
    return [opened(row, "sealed_key") for row in Endpoint.objects.order_by("pk")] == [*NAMES]


def dying_at(monkeypatch, module, name: str, call: int) -> None:
    """Have the process end just before a function is called for the nth time."""
    real, calls = getattr(module, name), iter(range(1, 1000))

    def dying(*arguments, **named):
        if next(calls) == call:
            raise Killed
        return real(*arguments, **named)

    monkeypatch.setattr(module, name, dying)


@pytest.mark.django_db
@pytest.mark.req("M2")
def test_a_rotation_seals_all_anew_and_the_old_key_is_gone(office, secrets):
    old_key, old_rows = sealed.data_key(office.pk, 1), [bytes(row.sealed_key) for row in secrets]
    assert old_key
    done = rotate(office.pk, "operator")
    assert done == rotation.Rotated(version=2, resealed=3, unreadable=0, continued=False)
    assert all_open() and [key.version for key in DataKey.objects.all()] == [2]
    for row, before in zip(Endpoint.objects.order_by("pk"), old_rows, strict=True):
        assert bytes(row.sealed_key) != before
        with pytest.raises(CannotOpen):
            sealed.unseal_under(old_key, row, "sealed_key", bytes(row.sealed_key))
        # What was kept of a row before opens no more.
        Endpoint.objects.filter(pk=row.pk).update(sealed_key=before)
        with pytest.raises(CannotOpen):
            opened(row, "sealed_key")


@pytest.mark.django_db
@pytest.mark.req("M2")
@pytest.mark.parametrize(
    ("name", "call"), [("_resealed", 1), ("_resealed", 2), ("_resealed", 3), ("_ended", 1), ("_resealed", 5)]
)
def test_killed_anywhere_all_opens_and_doing_it_again_finishes(office, secrets, monkeypatch, name, call):
    with monkeypatch.context() as patch:
        dying_at(patch, rotation, name, call)
        with pytest.raises(Killed):
            rotate(office.pk, "operator")
    assert all_open() and len(standing(office.pk).secrets) == 2
    put(secrets[0], "sealed_key", NAMES[0])
    done = rotate(office.pk, "operator")
    assert done and (done.version, done.continued, done.unreadable) == (2, True, 0)
    assert all_open() and standing(office.pk).secrets == {2: 3}


@pytest.mark.django_db
@pytest.mark.req("M2")
def test_the_next_rotation_after_one_that_ended_makes_another_key(office, secrets):
    assert [rotate(office.pk, "operator").version for _ in range(3)] == [2, 3, 4]  # type: ignore[union-attr]
    assert all_open()


@pytest.mark.django_db
@pytest.mark.req("M2")
def test_what_does_not_open_stays_with_its_key_until_it_is_put_in_again(office, secrets):
    Endpoint.objects.filter(name="二").update(sealed_key=secrets[0].sealed_key)
    done = rotate(office.pk, "operator")
    assert done and (done.resealed, done.unreadable) == (2, 1)
    assert standing(office.pk) == rotation.Standing({1: 1, 2: 2}, closed_keys=0, closed_secrets=1)
    put(secrets[1], "sealed_key", "二")
    assert rotate(office.pk, "operator") == rotation.Rotated(2, 0, 0, continued=True)
    assert all_open() and standing(office.pk).secrets == {2: 3}


@pytest.mark.django_db
@pytest.mark.req("M2")
def test_a_secret_opens_though_a_rotation_passes_between_the_reading_of_it_and_of_its_key(office, secrets, monkeypatch):
    real, passed = sealed.data_key, iter([True])

    def after_a_rotation(tenant_id, version):
        if next(passed, False):
            monkeypatch.setattr(sealed, "data_key", real)
            rotate(tenant_id, "operator")
            rotate_master("operator")
        return real(tenant_id, version)

    monkeypatch.setattr(sealed, "data_key", after_a_rotation)
    assert opened(secrets[0], "sealed_key") == "一" and next(passed, "used") == "used"


@pytest.mark.django_db
@pytest.mark.req("M2")
def test_what_is_sealed_under_the_old_key_at_the_last_moment_is_sealed_anew_too(office, secrets, monkeypatch):
    late, real = bytes(secrets[0].sealed_key), rotation._ended

    def ended(*arguments):
        Endpoint.objects.filter(pk=secrets[0].pk).update(sealed_key=late)
        return real(*arguments)

    monkeypatch.setattr(rotation, "_ended", ended)
    rotate(office.pk, "operator")
    assert all_open() and standing(office.pk).secrets == {2: 3}


@pytest.mark.django_db
def test_an_office_without_secrets_has_nothing_to_rotate(office):
    assert rotate(office.pk, "operator") is None and not DataKey.objects.exists() and not Event.objects.exists()


@pytest.mark.django_db
@pytest.mark.req("M2")
@pytest.mark.req("N1")
def test_the_keys_of_another_office_stay_as_they_are(office, secrets):
    neighbour = Tenant.objects.create(slug="other", name="隣市")
    theirs = holding(neighbour, "theirs")
    before = theirs.sealed_key
    rotate(office.pk, "operator")
    assert sealed.stored(theirs, "sealed_key") == before and opened(theirs, "sealed_key") == "theirs"


@pytest.mark.django_db
@pytest.mark.req("M2")
@pytest.mark.parametrize("where", ["begin_next", "unwrapped", "tell", "finish_next"])
def test_the_master_key_is_changed_wherever_it_is_killed_before(office, secrets, master, monkeypatch, where):
    old = master.read_text()
    with monkeypatch.context() as patch:
        dying_at(patch, sealing if "next" in where else rotation, where, 1)
        with pytest.raises(Killed):
            rotate_master("operator")
    assert all_open()
    rotate_master("operator")
    assert all_open() and master.read_text() != old and master.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in master.parent.iterdir()] == ["master"]
    master.write_text(old)
    with pytest.raises(CannotOpen):
        opened(secrets[0], "sealed_key")


@pytest.mark.django_db
@pytest.mark.req("M2")
def test_while_the_master_key_changes_new_secrets_are_sealed_under_the_next_one(office, secrets, master, monkeypatch):
    neighbour = Tenant.objects.create(slug="other", name="隣市")
    with monkeypatch.context() as patch:
        dying_at(patch, sealing, "finish_next", 1)
        with pytest.raises(Killed):
            rotate_master("operator")
    late = holding(neighbour, "late")
    sealing.finish_next()
    assert opened(late, "sealed_key") == "late"


@pytest.mark.django_db
@pytest.mark.req("M2")
def test_a_master_key_is_not_changed_when_a_data_key_does_not_open(office, secrets, master):
    kept = master.read_text()
    master.write_text("ab" * 32)
    with pytest.raises(NoMasterKey, match="替えませんでした"):
        rotate_master("operator")
    assert [path.name for path in master.parent.iterdir()] == ["master"]
    master.write_text(kept)
    assert all_open()


@pytest.mark.django_db
@pytest.mark.req("M2")
def test_a_master_key_of_the_environment_is_changed_by_giving_the_next_one_too(office, monkeypatch):
    monkeypatch.setitem(sealing._given, "MADOGUCHI_MASTER_KEY", "aa" * 32)
    made = holding(office, "一")
    with pytest.raises(NoMasterKey, match="MADOGUCHI_MASTER_KEY_NEXT"):
        rotate_master("operator")
    monkeypatch.setitem(sealing._given, "MADOGUCHI_MASTER_KEY_NEXT", "bb" * 32)
    assert opened(made, "sealed_key") == "一"
    assert rotate_master("operator") == 1 and opened(made, "sealed_key") == "一"
    monkeypatch.setitem(sealing._given, "MADOGUCHI_MASTER_KEY_NEXT", "")
    with pytest.raises(CannotOpen):
        opened(made, "sealed_key")
    monkeypatch.setitem(sealing._given, "MADOGUCHI_MASTER_KEY", "bb" * 32)
    assert opened(made, "sealed_key") == "一"


@pytest.mark.django_db
@pytest.mark.req("L1")
def test_rotations_are_on_the_record_in_numbers(office, secrets):
    rotate(office.pk, "operator")
    rotate_master("operator")
    assert [(event.action, event.detail) for event in Event.objects.order_by("number")] == [
        ("secrets.rotation-begun", {"version": 2}),
        ("secrets.rotated", {"version": 2, "resealed": 3, "data_keys_deleted": 1, "unreadable": 0}),
        ("secrets.master-changed", {"data_keys": 1}),
    ]


@pytest.mark.django_db(transaction=True)
@pytest.mark.req("M2")
def test_secrets_open_and_are_put_in_while_keys_are_changed(office, secrets, master):
    """Another thread reads and writes all the while: it never meets one that does not open."""
    stop, met = threading.Event(), list[str]()

    def work() -> None:
        try:
            while not stop.is_set():
                met.extend(opened(row, "sealed_key") for row in secrets)
                put(secrets[0], "sealed_key", NAMES[0])
        except Exception as error:
            met.append(repr(error))
        finally:
            connection.close()

    thread = threading.Thread(target=work)
    thread.start()
    for _ in range(3):
        rotate(office.pk, "operator")
        rotate_master("operator")
    stop.set()
    thread.join(60)
    assert len(met) >= 3 and set(met) == {*NAMES}
    assert all_open() and standing(office.pk).secrets == {4: 3}


@pytest.mark.django_db(transaction=True)
@pytest.mark.req("M2")
def test_one_change_of_the_master_key_waits_for_another(office, secrets, master):
    def change() -> None:
        rotate_master("operator")
        connection.close()

    thread = threading.Thread(target=change)
    with sealing.one_change_at_a_time():
        thread.start()
        thread.join(0.3)
        assert thread.is_alive() and [path.name for path in master.parent.iterdir()] == ["master"]
    thread.join(30)
    assert not thread.is_alive() and all_open()


@pytest.mark.django_db(transaction=True)
@pytest.mark.req("M2")
@pytest.mark.skipif(connection.vendor != "sqlite", reason="looks into SQLite's files")
def test_nothing_of_the_old_key_stays_in_the_file_of_the_database(office, secrets, master):
    file = Path(connection.settings_dict["NAME"])

    def kept() -> bytes:
        return b"".join(path.read_bytes() for path in file.parent.glob(f"{file.name}*"))

    before = [bytes(DataKey.objects.get().wrapped), *(bytes(row.sealed_key) for row in secrets)]
    assert all(one in kept() for one in before)
    rotate(office.pk, "operator")
    assert not any(one in kept() for one in before)
    wrapped = bytes(DataKey.objects.get().wrapped)
    assert wrapped in kept()
    rotate_master("operator")
    assert wrapped not in kept()


ROTATES = """
import tests.audit.same_database
import django; django.setup()
from madoguchi.people import rotation
real = rotation._resealed
def slowly(*arguments):
    outcome = real(*arguments)
    print(outcome, flush=True)
    input()
    return outcome
rotation._resealed = slowly
rotation.rotate({tenant}, "operator")
"""


@pytest.mark.django_db(transaction=True)
@pytest.mark.req("M2")
def test_a_process_killed_between_two_rows_leaves_all_open_and_the_next_one_finishes(office):
    rows = [holding(office, name, name) for name in NAMES]
    environment = os.environ | {"MADOGUCHI_TEST_DATABASE": str(connection.settings_dict["NAME"])}
    command = [sys.executable, "-c", ROTATES.format(tenant=office.pk)]
    with subprocess.Popen(command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout and process.stdout.readline() == b"resealed\n"
        process.send_signal(signal.SIGKILL)
    assert process.returncode == -signal.SIGKILL
    assert standing(office.pk) == rotation.Standing({1: 2, 2: 1}, 0, 0) and all_open()
    done = rotate(office.pk, "operator")
    assert done == rotation.Rotated(version=2, resealed=2, unreadable=0, continued=True)
    assert [opened(row, "sealed_key") for row in rows] == [*NAMES] and len(DataKey.objects.all()) == 1
