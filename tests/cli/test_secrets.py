"""`madoguchi secrets`: versions and counts, rotation; and a process that serves shows no secret."""

import http.client
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from madoguchi import sealing
from madoguchi.cli.main import main
from madoguchi.people import sealed
from madoguchi.people.models import DataKey
from madoguchi.people.sealed import opened
from tests.people.test_sealing import holding, master

__all__ = ["master"]
CANARY = "sk-himitsu-canary-0123456789"


def run(capsys, *arguments: str) -> tuple[int, str, str]:
    status = main(["secrets", *arguments])
    printed = capsys.readouterr()
    return status, printed.out, printed.err


@pytest.mark.django_db
def test_the_status_tells_versions_and_counts(office, master, capsys):
    assert "まだありません" in run(capsys, "status")[1]
    holding(office, CANARY)
    status, out, _ = run(capsys, "status", "--json")
    assert status == 0 and json.loads(out) == {
        "master": {"place": str(master), "there": True, "changing": False},
        "offices": [
            {
                "office": "test",
                "versions": [{"version": 1, "secrets": 1}],
                "closed_data_keys": 0,
                "closed_secrets": 0,
            }
        ],
    }
    said = run(capsys, "status")[1]
    assert "第1版、暗号化した値 1件" in said and "himitsu" not in said


@pytest.mark.django_db
def test_rotating_says_what_was_done(office, master, capsys):
    assert "まだありません" in run(capsys, "rotate")[1]
    made = holding(office, CANARY)
    assert "1件を暗号化し直しました。データの鍵は第2版です" in run(capsys, "rotate")[1]
    row = json.loads(run(capsys, "rotate", "--json")[1])["offices"][0]
    assert row == {
        "office": "test", "rotated": True, "version": 3, "resealed": 1, "unreadable": 0, "continued": False,
    }  # fmt: skip
    before = master.read_text()
    assert "控えを" in run(capsys, "rotate", "--master")[1] and master.read_text() != before
    assert json.loads(run(capsys, "rotate", "--master", "--json")[1]) == {"data_keys": 1}
    assert opened(made, "sealed_key") == CANARY


@pytest.mark.django_db
@pytest.mark.req("M2")
def test_a_lost_master_key_is_said_with_what_to_do(office, master, capsys):
    made = holding(office, CANARY)
    master.unlink()
    status, out, _ = run(capsys, "status")
    assert status == 1 and "開けない値 1件" in out and "控えから戻す" in out
    status, out, err = run(capsys, "rotate", "--master")
    assert (status, out) == (1, "") and "替えませんでした" in err
    status, out, _ = run(capsys, "rotate")
    assert status == 1 and "1件は開けないため、そのまま残しました" in out
    sealed.put(made, "sealed_key", CANARY)
    assert run(capsys, "rotate")[0] == 0 and run(capsys, "status")[0] == 0
    assert DataKey.objects.count() == 1


@pytest.mark.django_db
def test_a_master_key_that_cannot_be_read_is_said(office, master, capsys):
    holding(office, CANARY)
    master.write_text("nonsense")
    status, out, err = run(capsys, "rotate")
    assert (status, out) == (1, "") and "16進数64桁" in err


@pytest.mark.django_db
def test_with_the_master_key_in_the_environment_the_office_moves_the_value_itself(office, capsys, monkeypatch):
    monkeypatch.setitem(sealing._given, "MADOGUCHI_MASTER_KEY", "aa" * 32)
    holding(office, CANARY)
    status, _, err = run(capsys, "rotate", "--master")
    assert status == 1 and "MADOGUCHI_MASTER_KEY_NEXT" in err
    monkeypatch.setitem(sealing._given, "MADOGUCHI_MASTER_KEY_NEXT", "bb" * 32)
    assert "MADOGUCHI_MASTER_KEY に移して" in run(capsys, "rotate", "--master")[1]
    assert "aaaa" not in run(capsys, "status")[1]


FILLS = """
import sys
from madoguchi.cli.start import start
start()
from madoguchi.people.models import Tenant
Tenant.objects.create(slug="test", name="試験市")
from madoguchi.cli.main import main
sys.exit(main(["endpoints", "add", "外", "--provider", "openai", "--model", "m", "--key-file", "-"]))
"""
SERVES = "import sys; from madoguchi.cli.main import main; sys.exit(main(['serve', '--port', '0']))"
MASTER = "c0ffee" * 10 + "c0ff"


def shown_by(process: int) -> bytes:
    """What the system tells of a process and its children."""
    children = Path(f"/proc/{process}/task/{process}/children").read_text().split()
    told = [
        Path(f"/proc/{pid}/{name}").read_bytes() for pid in [str(process), *children] for name in ("environ", "cmdline")
    ]
    return b"\n".join(told)


@pytest.mark.req("M3")
@pytest.mark.parametrize("given", [{}, {"MADOGUCHI_MASTER_KEY": MASTER}])
def test_a_process_that_serves_shows_no_secret(tmp_path, home, given):
    """Neither the key of an endpoint nor the master key: in the home, the log, and what the system tells of it."""
    place, log = tmp_path / "home", tmp_path / "log"
    place.mkdir()
    (home / "models").mkdir(exist_ok=True)
    (place / "models").symlink_to(home / "models")
    environment = os.environ | {"MADOGUCHI_HOME": str(place), "MADOGUCHI_DATABASE_URL": "", "PYTHONPATH": "."} | given
    with log.open("w+b") as said:
        command = [sys.executable, "-c", FILLS]
        filled = subprocess.run(command, env=environment, input=CANARY.encode(), stdout=said, stderr=said, timeout=120)
        assert filled.returncode == 0, log.read_text()
        with subprocess.Popen(
            [sys.executable, "-c", SERVES], env=environment, stdout=subprocess.PIPE, stderr=said
        ) as server:
            try:
                assert server.stdout
                address = re.search(r"//([\d.:]+)/", server.stdout.readline().decode())
                assert address, log.read_text()
                connection = http.client.HTTPConnection(address[1], timeout=60)
                for path in ("/readyz", "/sign-in/", "/endpoints/"):
                    connection.request("GET", path)
                    assert b"himitsu" not in connection.getresponse().read()
                told = shown_by(server.pid)
                kept = b"\n".join(path.read_bytes() for path in place.rglob("*") if path.is_file())
            finally:
                server.terminate()
    assert b"MADOGUCHI_HOME" in told and b"SQLite format 3" in kept
    master_key = given.get("MADOGUCHI_MASTER_KEY") or (place / "secrets" / "master").read_text()
    for secret in (CANARY, master_key, bytes.fromhex(master_key).hex().upper()):
        assert secret.encode() not in told + log.read_bytes()
    assert CANARY.encode() not in kept
    outside = b"\n".join(
        path.read_bytes() for path in place.rglob("*") if path.is_file() and path.parent.name != "secrets"
    )
    assert master_key.encode() not in outside and bytes.fromhex(master_key) not in outside
