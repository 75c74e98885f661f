"""Memory of an idle `serve` (web and worker, index open, embedding ready): PSS summed over its processes.

Usage: memory.py [HOME]; without HOME the sample city is loaded into a temporary one first.
"""

import http.client
import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from urllib.parse import quote

import psutil

from bench.machine import machine

MADOGUCHI = str(Path(sys.executable).with_name("madoguchi"))
SETTLE_SECONDS = 20


def pss_megabytes(process: psutil.Process) -> float:
    """Return the proportional set size of a process and its children."""
    return float(sum(one.memory_full_info().pss for one in [process, *process.children(recursive=True)])) / 1_048_576


def main() -> int:
    """Start, ask once so that all is loaded, wait until nothing works, print."""
    home = sys.argv[1] if len(sys.argv) > 1 else tempfile.mkdtemp(prefix="madoguchi-memory-")
    environment = os.environ | {"MADOGUCHI_HOME": home}
    command = [MADOGUCHI, "demo", "--no-browser", "--port", "8719"]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout
            address = re.search(r"http://\S+", server.stdout.readline())
            assert address
            print(machine())
            print(f"ready: {pss_megabytes(psutil.Process(server.pid)):.0f} MB")
            ask_once()
            wait_until_idle(psutil.Process(server.pid))
            print(f"idle, index open, embedding ready: {pss_megabytes(psutil.Process(server.pid)):.0f} MB (limit 900)")
        finally:
            server.terminate()
    return 0


def ask_once() -> None:
    """Sign in as a demo person and search, so that tokenizer, index and embedding are loaded."""
    connection = http.client.HTTPConnection("127.0.0.1", 8719, timeout=120)
    connection.request("GET", "/sign-in/")
    response = connection.getresponse()
    page = response.read().decode()
    cookie = "; ".join(value.split(";")[0] for name, value in response.getheaders() if name.lower() == "set-cookie")
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
    assert token
    body = f"csrfmiddlewaretoken={token[1]}&login=tanaka&password=kazami-demo-2026"
    headers = {"Cookie": cookie, "Content-Type": "application/x-www-form-urlencoded"}
    connection.request("POST", "/sign-in/", body, headers)
    response = connection.getresponse()
    response.read()
    assert response.status == 302, response.status
    cookie = "; ".join(value.split(";")[0] for name, value in response.getheaders() if name.lower() == "set-cookie")
    connection.request("GET", f"/search/?q={quote('住民票の写しの手数料')}", headers={"Cookie": cookie})
    response = connection.getresponse()
    response.read()
    assert response.status == 200, response.status


def wait_until_idle(process: psutil.Process) -> None:
    """Wait until the server and its children have used under 10 % of a core for SETTLE_SECONDS (at most 30 minutes)."""
    quiet_since, end = time.monotonic(), time.monotonic() + 1800
    while time.monotonic() < end and time.monotonic() - quiet_since < SETTLE_SECONDS:
        if process.cpu_percent(interval=2) > 10 or process.children():
            quiet_since = time.monotonic()


if __name__ == "__main__":
    raise SystemExit(main())
