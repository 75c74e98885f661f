"""Everything a small start does, in one process tree: used to watch what it sends out.

Usage: a_day.py SECONDS HOME. Loads people, ingests a document, asks at the command line, serves, visits pages.
"""

import http.client
import os
import re
import subprocess
import sys
import time
from pathlib import Path

MADOGUCHI = str(Path(sys.executable).with_name("madoguchi"))
PEOPLE = "login,name,department,position,rank,concurrent,groups\ntanaka,田中 一,福祉部/高齢福祉課,主事,1,,\n"


def main() -> int:
    """Do it all within the time; exit 1 when one of it fails."""
    seconds, home = float(sys.argv[1]), Path(sys.argv[2])
    end = time.monotonic() + seconds
    people, note = home / "people.csv", home / "粗大ごみ.txt"
    people.write_text(PEOPLE)
    note.write_text("粗大ごみの手数料は1点500円です。申込みは電話で受け付けます。")
    for command in (
        ["people", "import", str(people)],
        ["ingest", str(note), "--folder", "公開", "--readers", "public", "--classification", "1"],
        ["search", "粗大ごみの手数料", "--as", "tanaka", "--json"],
        ["ask", "粗大ごみの手数料はいくらですか", "--as", "tanaka", "--json"],
    ):
        subprocess.run([MADOGUCHI, *command], check=True, env=os.environ | {"MADOGUCHI_HOME": str(home)})
    with subprocess.Popen(
        [MADOGUCHI, "serve", "--port", "0"],
        env=os.environ | {"MADOGUCHI_HOME": str(home)},
        stdout=subprocess.PIPE,
        text=True,
    ) as server:
        try:
            assert server.stdout
            address = re.search(r"//([\d.:]+)/", server.stdout.readline())
            assert address
            visit(address[1])
            while time.monotonic() < end:
                visit(address[1])
        finally:
            server.terminate()
    return 0


def visit(address: str) -> None:
    """Open what anybody may open, and what leads to sign-in."""
    connection = http.client.HTTPConnection(address, timeout=30)
    for path in ("/healthz", "/readyz", "/", "/sign-in/", "/ask/", "/api/openapi.json"):
        connection.request("GET", path)
        response = connection.getresponse()
        response.read()
        assert response.status < 500, (path, response.status)
    connection.close()


if __name__ == "__main__":
    raise SystemExit(main())
