"""The worker dies at random moments: nothing is lost and nothing is there twice."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

BENCH = Path(__file__).parents[2] / "bench" / "kill_ingestion.py"


@pytest.mark.req("J1")
def test_twelve_documents_are_indexed_once_each_though_the_worker_is_killed_six_times():
    done = subprocess.run(
        [sys.executable, str(BENCH), "--documents", "12", "--kills", "6"], capture_output=True, text=True, timeout=280
    )
    found = json.loads(done.stdout)
    assert found["whole"], (found, done.stderr[-2000:])
    assert found["interrupted"] > 0, found
