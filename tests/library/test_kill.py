"""The worker dies at random moments: nothing is lost and nothing is there twice."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.soak import size

BENCH = Path(__file__).parents[2] / "bench" / "kill_ingestion.py"


@pytest.fixture
def models(home):
    """The folder of weights that this test process shares with the commands it starts."""
    folder = home / "models"
    folder.mkdir(exist_ok=True)
    return folder


@pytest.mark.req("J1")
def test_documents_are_indexed_once_each_though_the_worker_dies_at_steps_and_at_random_moments(models):
    # Other borders at each run, named when it fails; all of them in a long one.
    documents, kills, borders = size(8, 200), size(2, 200), size(3, 14)
    many = ["--documents", str(documents), "--kills", str(kills), "--borders", str(borders)]
    done = subprocess.run(
        [sys.executable, str(BENCH), *many, "--models", str(models)],
        capture_output=True,
        text=True,
        timeout=size(600, 7200),
    )
    found = json.loads(done.stdout)
    assert found["whole"], (found, done.stderr[-2000:])
    assert len(found["borders"]) == borders, found
