"""The worker dies at random moments: nothing is lost and nothing is there twice."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

BENCH = Path(__file__).parents[2] / "bench" / "kill_ingestion.py"


@pytest.fixture
def models(home):
    """The folder of weights that this test process shares with the commands it starts."""
    folder = home / "models"
    folder.mkdir(exist_ok=True)
    return folder


@pytest.mark.req("J1")
def test_documents_are_indexed_once_each_though_the_worker_dies_at_every_step_and_at_random_moments(models):
    done = subprocess.run(
        [sys.executable, str(BENCH), "--documents", "20", "--kills", "6", "--borders", "--models", str(models)],
        capture_output=True,
        text=True,
        timeout=600,
    )
    found = json.loads(done.stdout)
    assert found["whole"], (found, done.stderr[-2000:])
    assert found["interrupted"] > 0, found
    assert found["borders"] == 14, found
