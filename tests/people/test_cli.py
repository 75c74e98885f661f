"""`madoguchi people import|export` on a fresh home of their own, as a person types them."""

import json
import os
import subprocess
import sys

import pytest

CSV = "login,name,department,position,rank,concurrent,groups\n"


@pytest.fixture
def run(tmp_path):
    def call(*arguments: object) -> subprocess.CompletedProcess[bytes]:
        program = "import sys; from madoguchi.cli.main import main; sys.exit(main(sys.argv[1:]))"
        environment = os.environ | {"MADOGUCHI_HOME": str(tmp_path / "home"), "MADOGUCHI_DATABASE_URL": ""}
        command = [sys.executable, "-c", program, "people", *map(str, arguments)]
        return subprocess.run(command, env=environment, capture_output=True, timeout=120)

    return call


def test_import_and_export_work_on_a_fresh_home(run, tmp_path):
    file = tmp_path / "people.csv"
    file.write_text(CSV + "tanaka,田中,福祉部/高齢福祉課,課長,3,,防災\n")
    assert run("export").returncode == 1

    tried = run("import", file, "--dry-run", "--json")
    assert json.loads(tried.stdout)["applied"] is False
    assert run("export").returncode == 1, "a trial makes not even the office"

    done = json.loads(run("import", file, "--json").stdout)
    assert done["applied"] is True
    assert {change["kind"] for change in done["changes"]} == {
        "department", "position", "group", "person", "post", "join",
    }  # fmt: skip
    exported = run("export").stdout.decode("utf-8-sig")
    assert "tanaka,田中,福祉部/高齢福祉課,課長,3,,防災" in exported
    assert json.loads(run("import", file, "--json", "--on", "2030-04-01").stdout)["changes"] == []


def test_errors_are_printed_by_line_and_nothing_is_applied(run, tmp_path):
    file = tmp_path / "people.csv"
    file.write_text(CSV + "tanaka,田中,福祉部,課長,3,,\nbad,,福祉部,課長,3,,\n")
    failed = run("import", file, "--json")
    assert failed.returncode == 1
    assert "3行目: 氏名" in failed.stderr.decode()
    assert json.loads(failed.stdout)["applied"] is False
    assert run("export").returncode == 1

    missing = run("import", tmp_path / "none.csv")
    assert missing.returncode == 1
    assert "開けません" in missing.stderr.decode()
    assert run("import", file, "--on", "yesterday").returncode == 2
