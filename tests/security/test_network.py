"""Nothing outside is needed, and nothing goes out."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.soak import size

ROOT = Path(__file__).parents[2]
PROBE = """
import socket
with open("/proc/net/dev") as interfaces:
    print(sorted(line.split(":")[0].strip() for line in interfaces if ":" in line))
try:
    socket.create_connection(("192.0.2.1", 80), 2)
except OSError as refusal:
    print(refusal.errno)
"""
WATCHED_SECONDS = size(20, 600)


@pytest.mark.req("A1")
def test_every_test_of_make_test_runs_where_there_is_loopback_only():
    """What `make test` starts pytest with leaves no interface but loopback, and no way out."""
    planned = subprocess.run(["make", "-n", "-o", ".venv/.setup-dev", "test"], cwd=ROOT, capture_output=True, text=True)
    runs = [line for line in planned.stdout.splitlines() if "pytest" in line]
    assert runs
    assert all("loopback_only.py" in line for line in runs)
    probe = subprocess.run(
        [sys.executable, ROOT / "tools" / "loopback_only.py", sys.executable, "-c", PROBE],
        capture_output=True,
        text=True,
    )
    assert probe.stdout.splitlines() == ["['lo']", "101"], probe.stderr


@pytest.mark.req("A2")
def test_a_default_install_sends_no_packet(tmp_path):
    """People, ingestion, search, answers and pages, with a default route to a wire that counts."""
    here = Path(__file__).parent
    run = subprocess.run(
        [
            *(sys.executable, here / "watched.py", str(WATCHED_SECONDS + 240)),
            *(sys.executable, here / "a_day.py", str(WATCHED_SECONDS), tmp_path),
        ],
        capture_output=True,
        text=True,
        timeout=WATCHED_SECONDS + 380,
    )
    assert run.returncode == 0, run.stderr
    assert "Traceback" not in run.stderr, run.stderr
    assert run.stdout.strip() == "0"


@pytest.mark.req("A2")
def test_no_page_and_no_style_names_another_host():
    """Templates, scripts and styles hold same-origin addresses only."""
    outside = re.compile(r"""(?:src|href|action|url\(|import|from)\s*=?\s*["'(]\s*(?:https?:)?//""")
    found = [
        str(path.relative_to(ROOT))
        for path in (ROOT / "src" / "madoguchi").rglob("*")
        if path.suffix in {".html", ".css", ".js", ".svg"} and "sample_city" not in path.parts
        if outside.search(path.read_text())
    ]
    assert found == []
