"""`madoguchi ingest`, `worker`, `serve` and `doctor`, each as a process of its own on a home of its own."""

import json
import os
import signal
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

COMMAND = str(Path(sys.executable).with_name("madoguchi"))
GUIDE = "# 手数料\n\n住民票の写しは300円です。\n\n# 窓口\n\n平日の9時から17時まで。\n"


@pytest.fixture(autouse=True)
def shared_weights(tmp_path, home):
    """Make the weights of the embedding once for all homes of this test process."""
    (home / "models").mkdir(exist_ok=True)
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "models").symlink_to(home / "models")


@pytest.fixture
def run(tmp_path):
    """Run a command on a fresh home; return exit status, what it said, and on stderr."""

    def run(*arguments: str) -> tuple[int, str, str]:
        done = subprocess.run([COMMAND, *arguments], env=env(tmp_path), capture_output=True, text=True, timeout=120)
        return done.returncode, done.stdout, done.stderr

    return run


def env(tmp_path: Path) -> dict[str, str]:
    return os.environ | {"MADOGUCHI_HOME": str(tmp_path / "home")}


@pytest.fixture
def papers(tmp_path):
    folder = tmp_path / "papers"
    (folder / "公開" / "例規").mkdir(parents=True)
    (folder / "公開" / "例規" / "手数料.md").write_text(GUIDE)
    (folder / "料金.csv").write_text("区分,金額\n一般,300\n")
    (folder / ".hidden.md").write_text("x")
    return folder


def test_a_folder_is_walked_and_each_file_is_read_to_the_end(run, papers):
    status, out, _ = run("ingest", str(papers), "--folder", "庁内", "--readers", "staff", "--json")
    found = json.loads(out)["documents"]
    assert status == 0
    assert {(Path(each["path"]).name, each["status"], each["passages"]) for each in found} == {
        ("手数料.md", "ready", 2),
        ("料金.csv", "ready", 1),
    }
    assert all(set(each) == {"id", "path", "status", "reason", "pages", "passages"} for each in found)
    again = json.loads(run("ingest", str(papers), "--folder", "庁内", "--json")[1])["documents"]
    assert again == found
    (papers / "料金.csv").write_text("区分,金額\n一般,350\n")
    status, out, _ = run("ingest", str(papers / "料金.csv"), "--folder", "庁内", "--json")
    assert (status, json.loads(out)["documents"][0]["id"]) == (1, None)
    status, out, _ = run("ingest", str(papers / "料金.csv"), "--folder", "庁内", "--replace", "--json")
    assert (status, json.loads(out)["documents"][0]["status"]) == (0, "ready")
    status, out, _ = run("doctor", "--json")
    checks = {each["name"]: each for each in json.loads(out)["checks"]}
    assert all(checks[name]["ok"] for name in ("データベース", "ファイル", "作業", "索引")), checks


def test_wrong_words_are_refused_in_japanese(run, papers):
    status, out, err = run("ingest", str(papers), "--classification", "9")
    assert (status, out) == (1, "")
    assert "機密性区分は" in err
    assert run("ingest", str(papers / "none.pdf"))[0] == 1
    assert "閲覧者の指定" in run("ingest", str(papers), "--readers", "nobody")[2]
    assert run("ingest")[0] == 2


def test_serve_prints_one_line_answers_and_stops_when_told(tmp_path, run, papers):
    server = subprocess.Popen([COMMAND, "serve", "--port", "0"], env=env(tmp_path), stdout=subprocess.PIPE, text=True)
    try:
        assert server.stdout
        address = server.stdout.readline().strip()
        with urllib.request.urlopen(f"{address}healthz", timeout=20) as answer:
            assert answer.status == 200
        # Beside a server the command only writes the work down, and the server does it.
        status, out, _ = run("ingest", str(papers), "--json")
        assert (status, {each["status"] for each in json.loads(out)["documents"]}) == (0, {"ready"})
    finally:
        server.send_signal(signal.SIGTERM)
        assert server.wait(timeout=30) == 0
    assert server.stdout.read() == ""
