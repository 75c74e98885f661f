"""The worker dies while another model is prepared: it goes on, and what was made stays made."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.soak import size

ROOT = Path(__file__).parents[2]


@pytest.mark.req("J1")
def test_preparing_goes_on_after_the_worker_was_killed_and_asks_for_at_most_one_step_again(home):
    models = home / "models"
    models.mkdir(exist_ok=True)
    done = subprocess.run(
        [sys.executable, "-m", "bench.kill_preparing", "--kills", str(size(2, 40)), "--models", str(models)],
        capture_output=True,
        text=True,
        timeout=1200,
        check=False,
        cwd=ROOT,
    )
    found = json.loads(done.stdout or "{}")
    assert found.get("whole"), (found, done.stderr[-2000:])
