"""`madoguchi embeddings`: the operator changes the model that search compares meanings by."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.llm.scripted_vectors import Vectors, serving

MADOGUCHI = str(Path(sys.executable).with_name("madoguchi"))


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """Run a command in a home of its own, with the weights of this test process."""
    place = tmp_path_factory.mktemp("home")
    models = Path(os.environ["MADOGUCHI_HOME"]) / "models"
    models.mkdir(exist_ok=True)
    (place / "models").symlink_to(models)
    environment = {**os.environ, "MADOGUCHI_HOME": str(place)}

    def call(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run([MADOGUCHI, *arguments], env=environment, capture_output=True, text=True, check=False)

    return call


def test_the_operator_prepares_a_model_waits_for_it_and_goes_back(run, tmp_path):
    assert run("embeddings", "status").returncode == 1
    (tmp_path / "手引き.md").write_text("# 手数料\n\n住民票の写しの手数料は1通300円です。\n")
    assert run("ingest", str(tmp_path / "手引き.md"), "--classification", "1").returncode == 0
    with serving(Vectors(dimensions=1024)) as server:
        added = run(
            *("endpoints", "add", "埋め込み", "--use", "embedding", "--provider", "openai-compatible"),
            *("--model", "ruri-v3-310m", "--base-url", f"{server.url}/v1"),
        )
        assert added.returncode == 0
        done = run("embeddings", "use", "埋め込み", "--wait", "--json")
        assert done.returncode == 0, done.stderr[-2000:]
        in_use = {"model": "埋め込み", "by_meaning": True, "reason": ""}
        assert json.loads(done.stdout) == {"in_use": in_use, "preparing": None}
        found = json.loads(run("search", "住民票の手数料", "--json").stdout)
        assert "300円" in found["results"][0]["text"]
        assert server.texts[-1] == "検索クエリ: 住民票の手数料"
        # What is in use already, what is not there, and what nobody knows.
        assert run("embeddings", "use", "埋め込み").returncode == 1
        assert "ありません" in run("embeddings", "use", "ない名前").stderr
        assert run("embeddings", "cancel").returncode == 1
        assert run("embeddings").returncode == 2
        assert json.loads(run("embeddings", "use", "embedded", "--json").stdout)["preparing"]["model"] == "embedded"
        assert run("embeddings", "cancel").returncode == 0
    assert json.loads(run("embeddings", "status", "--json").stdout)["in_use"] == in_use
    checks = {one["name"]: one for one in json.loads(run("doctor", "--json").stdout)["checks"]}
    assert checks["意味検索のモデル"]["ok"] and "埋め込み" in checks["意味検索のモデル"]["detail"]
