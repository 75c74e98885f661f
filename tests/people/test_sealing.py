"""Secrets at rest: what is sealed opens at its place alone, by keys that lie elsewhere."""

import os
import subprocess
import sys

import pytest
from django.apps import apps
from hypothesis import given
from hypothesis import strategies as st

from madoguchi import sealing
from madoguchi.llm.models import Endpoint
from madoguchi.people import sealed
from madoguchi.people.models import DataKey, Tenant, TenantModel
from madoguchi.people.sealed import SealedField, opened, put
from madoguchi.sealing import CannotOpen, NoMasterKey, seal, unseal

SECRET = "himitsu-canary"
KEYS = st.binary(min_size=32, max_size=32)
PLACES = st.lists(st.one_of(st.text(), st.integers()), max_size=5).map(tuple)


@pytest.fixture
def master(tmp_path, monkeypatch):
    """A master key of this test's own."""
    monkeypatch.setattr(sealing, "master_file", lambda: tmp_path / "secrets" / "master")
    return tmp_path / "secrets" / "master"


def endpoint(tenant: Tenant, name: str = "庁内") -> Endpoint:
    return Endpoint.objects.create(tenant=tenant, name=name, provider="openai", model="m")


def holding(tenant: Tenant, secret: str = SECRET, name: str = "庁内") -> Endpoint:
    made = endpoint(tenant, name)
    put(made, "sealed_key", secret)
    return made


@pytest.mark.req("M1")
@given(key=KEYS, place=PLACES, text=st.binary(max_size=300))
def test_what_is_sealed_opens_at_its_place(key, place, text):
    assert unseal(key, place, seal(key, place, text)) == text


@pytest.mark.req("M1")
@given(key=KEYS, place=PLACES, other=PLACES, text=st.binary(max_size=100))
def test_what_is_sealed_opens_at_no_other_place(key, place, other, text):
    if place != other:
        with pytest.raises(CannotOpen):
            unseal(key, other, seal(key, place, text))


def test_parts_of_a_place_do_not_run_together():
    for place, other in ((("ab", "c"), ("a", "bc")), ((1,), ("1",)), ((1, 23), (12, 3)), (("a",), ("a", ""))):
        with pytest.raises(CannotOpen):
            unseal(b"k" * 32, other, seal(b"k" * 32, place, b"text"))


@pytest.mark.req("M1")
@given(key=KEYS, data=st.data(), text=st.binary(max_size=50))
def test_a_flipped_bit_anywhere_is_found(key, data, text):
    changed = bytearray(seal(key, ("a",), text))
    bit = data.draw(st.integers(0, len(changed) * 8 - 1))
    changed[bit // 8] ^= 1 << bit % 8
    with pytest.raises(CannotOpen):
        unseal(key, ("a",), bytes(changed))


@pytest.mark.parametrize("length", range(30))
def test_bytes_that_are_too_short_do_not_open(length):
    with pytest.raises(CannotOpen):
        unseal(b"k" * 32, (), b"0" * length)


@pytest.mark.req("M1")
def test_no_nonce_is_used_twice():
    found = {seal(b"k" * 32, ("a",), b"the same")[: sealing.NONCE_BYTES] for _ in range(5000)}
    assert len(found) == 5000 and {len(nonce) for nonce in found} == {12}


@pytest.mark.req("M1")
def test_a_secret_moved_to_another_row_column_table_tenant_or_version_does_not_open(office, master):
    mine, other = holding(office), holding(office, "another", "別")
    key = sealed.data_key(office.pk, 1)
    assert key and sealed.unseal_under(key, mine, "sealed_key", mine.sealed_key) == SECRET.encode()
    Endpoint.objects.filter(pk=other.pk).update(sealed_key=mine.sealed_key)
    with pytest.raises(CannotOpen):
        opened(other, "sealed_key")
    with pytest.raises(CannotOpen):
        sealed.unseal_under(key, mine, "name", mine.sealed_key)
    with pytest.raises(CannotOpen):
        sealed.unseal_under(key, mine, "sealed_key", (2).to_bytes(4, "big") + mine.sealed_key[4:])
    elsewhere = DataKey(pk=mine.pk, tenant=office)
    with pytest.raises(CannotOpen):
        sealed.unseal_under(key, elsewhere, "sealed_key", mine.sealed_key)
    neighbour = Endpoint(pk=mine.pk, tenant=Tenant.objects.create(slug="other", name="隣市"))
    with pytest.raises(CannotOpen):
        sealed.unseal_under(key, neighbour, "sealed_key", mine.sealed_key)


@pytest.mark.req("M1")
@pytest.mark.req("N1")
def test_each_office_has_a_data_key_of_its_own_that_opens_nowhere_else(office, master):
    neighbour = Tenant.objects.create(slug="other", name="隣市")
    mine, theirs = holding(office), holding(neighbour)
    assert sealed.data_key(office.pk, 1) != sealed.data_key(neighbour.pk, 1)
    wrapped = DataKey.objects.get(tenant=office).wrapped
    DataKey.objects.filter(tenant=neighbour).update(wrapped=wrapped)
    with pytest.raises(CannotOpen):
        opened(theirs, "sealed_key")
    assert opened(mine, "sealed_key") == SECRET


def test_a_secret_is_replaced_and_taken_away(office, master):
    made = holding(office)
    before = made.sealed_key
    put(made, "sealed_key", SECRET)
    assert made.sealed_key != before and opened(made, "sealed_key") == SECRET
    put(made, "sealed_key", "")
    assert sealed.stored(made, "sealed_key") == b"" and opened(made, "sealed_key") == ""


@pytest.mark.req("M2")
def test_saving_a_row_that_was_loaded_earlier_brings_no_old_secret_back(office, master):
    made = holding(office)
    stale = Endpoint.objects.get()
    put(made, "sealed_key", "new")
    stale.name = "改名"
    stale.save()
    assert Endpoint.objects.get().name == "改名" and opened(made, "sealed_key") == "new"
    # Nor is one set by the way.
    Endpoint.objects.create(tenant=office, name="二", provider="openai", model="m", sealed_key=b"by the way")
    assert sealed.stored(Endpoint.objects.get(name="二"), "sealed_key") == b""


@pytest.mark.req("M2")
def test_the_master_key_lies_in_a_file_of_its_owner_and_nowhere_in_the_database(office, master):
    made = holding(office)
    written = master.read_text()
    assert len(bytes.fromhex(written)) == 32 and master.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in master.parent.iterdir()] == ["master"]
    row = DataKey.objects.get()
    kept = bytes(row.wrapped) + row.master.encode() + bytes(made.sealed_key)
    assert bytes.fromhex(written) not in kept and written.encode() not in kept
    assert sealed.data_key(office.pk, 1) not in kept  # type: ignore[operator]


@pytest.mark.req("M2")
def test_when_the_master_key_is_lost_nothing_opens_until_a_secret_is_put_in_again(office, master):
    first, second = holding(office), holding(office, name="別")
    kept = master.read_text()
    master.unlink()
    for made in (first, second):
        with pytest.raises(CannotOpen):
            opened(made, "sealed_key")
    assert not master.exists(), "looking makes no new master key"
    put(first, "sealed_key", "again")
    assert opened(first, "sealed_key") == "again" and master.read_text() != kept
    with pytest.raises(CannotOpen):
        opened(second, "sealed_key")


@pytest.mark.parametrize("written", ["", "0" * 63, "g" * 64, "0" * 65])
def test_a_master_key_that_is_none_is_said_and_not_replaced(office, master, written):
    made = holding(office)
    master.write_text(written)
    for act in (lambda: opened(made, "sealed_key"), lambda: put(made, "sealed_key", "x")):
        with pytest.raises(NoMasterKey, match="16進数64桁"):
            act()
    assert master.read_text() == written


def test_a_file_that_the_office_named_is_not_made(office, tmp_path, monkeypatch):
    monkeypatch.setenv("MADOGUCHI_MASTER_KEY_FILE", str(tmp_path / "master"))
    with pytest.raises(NoMasterKey, match="openssl rand -hex 32"):
        holding(office)
    (tmp_path / "master").write_text("ab" * 32 + "\n")
    assert opened(holding(office, name="二"), "sealed_key") == SECRET


GIVEN = "5e" * 32
CHILD = """
import os, subprocess, sys
from madoguchi import sealing
assert sealing.is_in_environment() and sealing.masters()[0].key.hex() == sys.argv[1][::-1]
shown = open("/proc/self/environ").read() + str(dict(os.environ)) + repr(sealing.masters())
shown += subprocess.run(["env"], capture_output=True, text=True).stdout
print(sys.argv[1][::-1] in shown)
"""


@pytest.mark.req("M3")
def test_a_master_key_from_the_environment_leaves_it_at_once(tmp_path):
    environment = os.environ | {"MADOGUCHI_MASTER_KEY": GIVEN, "MADOGUCHI_HOME": str(tmp_path)}
    # The argument is written backwards: otherwise it would be found there.
    command = [sys.executable, "-c", CHILD, GIVEN[::-1]]
    child = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60)
    assert (child.returncode, child.stdout) == (0, "False\n"), child.stderr


def test_a_key_does_not_show_in_what_is_printed_of_it():
    assert "5e5e" not in repr(sealing.MasterKey(bytes.fromhex(GIVEN)))


def test_every_sealed_field_is_one_that_rotation_finds():
    fields = {
        (model, field.attname)
        for model in apps.get_models(include_auto_created=True)
        for field in model._meta.concrete_fields
        if isinstance(field, SealedField)
    }
    assert (Endpoint, "sealed_key") in fields
    assert fields == set(sealed.columns())
    assert all(issubclass(model, TenantModel) for model, _ in fields)
