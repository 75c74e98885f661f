"""Vectors of texts, by the embedded multilingual-e5-small: nothing is downloaded, nothing leaves the machine.

The rewritten weights are made once in an installation (`prepare`), loaded when first needed and held once in a process.
"""

import fcntl
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from django.conf import settings

from madoguchi import paths
from madoguchi.letters import without_variations
from madoguchi.llm.e5 import DIMENSIONS, EDITION, SOURCE_SHA256, TOKENIZER_NAME

__all__ = ["DIMENSIONS", "EmbeddingUnavailable", "available", "embed_passages", "embed_query", "prepare"]

NAME = "e5-small-int8"
# Texts that go through the encoder together, by number and by tokens (more falls out of the processor's cache);
# they are sorted by length first, so little is padded.
BATCH = 16
BATCH_TOKENS = 2_500
# After a failure nobody tries to load again for so long: a question does not wait for what just failed.
RETRY_SECONDS = 60.0
# What the encoder takes at once, less the two marks around it. A longer text is read in windows, and averaged.
WINDOW_TOKENS = 510
_BEGIN, _END = 0, 2

Array = npt.NDArray[np.float32]


class EmbeddingUnavailable(Exception):
    """There are no vectors to be had now; who asked goes on without."""


@dataclass
class _Model:
    encoder: Any
    tokenizer: Any
    # Held by one batch of passages at a time: of the encoder's two workers, one stays free for questions.
    passages: threading.Lock = field(default_factory=threading.Lock)


_loading = threading.Lock()
_model: _Model | None = None
_failed_at = float("-inf")


def model_folder() -> Path:
    """Return the folder of the rewritten weights."""
    return paths.folder("models") / NAME


def is_prepared() -> bool:
    """Return whether the rewritten weights stand whole, made from the pinned source in this program's way."""
    folder = model_folder()
    try:
        manifest = json.loads((folder / "manifest.json").read_text())
        sizes: dict[str, int] = manifest["sizes"]
        whole = all((folder / name).stat().st_size == size for name, size in sizes.items())
    except (OSError, ValueError, KeyError):
        return False
    return whole and (manifest["source"], manifest.get("edition")) == (SOURCE_SHA256, EDITION)


def prepare() -> Path:
    """Make the rewritten weights unless they are there, and return their folder; raises EmbeddingUnavailable.

    Any number of processes may call it at once: one works (some seconds, about 1 GB in a child process), all wait.
    """
    if is_prepared():
        return model_folder()
    with _only_one_process():
        if not is_prepared():
            _make()
    return model_folder()


@contextmanager
def _only_one_process() -> Iterator[None]:
    with (paths.folder("models") / f".{NAME}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _make() -> None:
    # Beside its place, so that the rename is atomic: what bears the name is always whole.
    fresh = Path(tempfile.mkdtemp(prefix=f".{NAME}-", dir=paths.folder("models")))
    try:
        program = [sys.executable, "-m", "madoguchi.llm.e5", str(fresh)]
        outcome = subprocess.run(program, capture_output=True, text=True, check=False)
        if outcome.returncode != 0:
            raise EmbeddingUnavailable(outcome.stderr.strip().splitlines()[-1] if outcome.stderr.strip() else NAME)
        for file in fresh.iterdir():
            _sync(file)
        shutil.rmtree(model_folder(), ignore_errors=True)
        fresh.rename(model_folder())
    except OSError as error:
        raise EmbeddingUnavailable(f"埋め込みモデルを用意できません: {error.strerror}") from error
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def _sync(path: Path) -> None:
    with path.open("rb") as file:
        os.fsync(file.fileno())


def available() -> bool:
    """Return whether vectors can be had now; loads the model when it is not loaded."""
    try:
        _loaded()
    except EmbeddingUnavailable:
        return False
    return True


def _loaded() -> _Model:
    global _model, _failed_at
    if _model is not None:
        return _model
    with _loading:
        if _model is None:
            if time.monotonic() - _failed_at < RETRY_SECONDS:
                raise EmbeddingUnavailable("埋め込みモデルを読み込めませんでした。")
            try:
                folder = prepare()
                import ctranslate2
                from sentencepiece import SentencePieceProcessor

                encoder = ctranslate2.Encoder(
                    str(folder), compute_type="int8", inter_threads=2, intra_threads=settings.EMBEDDING_THREADS
                )
                _model = _Model(encoder, SentencePieceProcessor(model_file=str(folder / TOKENIZER_NAME)))
            except Exception as error:  # whatever the engine raises, search goes on with words
                _failed_at = time.monotonic()
                raise EmbeddingUnavailable(f"埋め込みモデルを読み込めません: {error}") from error
    return _model


def embed_passages(texts: list[str]) -> Array:
    """Return the vectors of passages, shape (n, 384), each of length 1; raises EmbeddingUnavailable."""
    return _embed("passage: ", texts, bulk=True)


def embed_query(text: str) -> Array:
    """Return the vector of a question, shape (384,), of length 1; raises EmbeddingUnavailable."""
    vector: Array = _embed("query: ", [text], bulk=False)[0]
    return vector


def _embed(prefix: str, texts: list[str], *, bulk: bool) -> Array:
    model = _loaded()
    windows: list[tuple[int, list[int]]] = []
    for row, text in enumerate(texts):
        ids: list[int] = model.tokenizer.encode(prefix + normalised(text))
        windows += [(row, ids[start : start + WINDOW_TOKENS]) for start in range(0, len(ids), WINDOW_TOKENS)]
    windows.sort(key=lambda window: len(window[1]))
    sums = np.zeros((len(texts), DIMENSIONS), np.float32)
    for batch in _batches(windows):
        try:
            if bulk:
                with model.passages:
                    states = _states(model, [ids for _, ids in batch])
            else:
                states = _states(model, [ids for _, ids in batch])
        except (RuntimeError, ValueError) as error:
            raise EmbeddingUnavailable(f"埋め込みの計算に失敗しました: {error}") from error
        for state, (row, ids) in zip(states, batch, strict=True):
            # The sum over tokens: windows of one text weigh by their length, and the length falls out below.
            sums[row] += state[: len(ids) + 2].sum(axis=0)
    norms = np.linalg.norm(sums, axis=1, keepdims=True)
    unit: Array = (sums / np.maximum(norms, 1e-12)).astype(np.float32)
    return unit


def _batches(windows: list[tuple[int, list[int]]]) -> Iterator[list[tuple[int, list[int]]]]:
    start = 0
    for end in range(1, len(windows) + 1):
        # Padding makes each as long as the longest, which is the last.
        full = end - start == BATCH or end == len(windows)
        if full or (end - start + 1) * len(windows[end][1]) > BATCH_TOKENS:
            yield windows[start:end]
            start = end


def normalised(text: str) -> str:
    """Return a text as the tokenizer was trained to see it: NFKC, any white space as one space, no variation selector
    (to the tokenizer, the unknown)."""
    return " ".join(unicodedata.normalize("NFKC", without_variations(text)).split())


def _states(model: _Model, batch: list[list[int]]) -> Array:
    output = model.encoder.forward_batch([[_BEGIN, *ids, _END] for ids in batch])
    return np.asarray(output.last_hidden_state, dtype=np.float32)
