"""Vectors and marks that mean something: bigrams of letters, so that texts that share words are near."""

import base64
import math
import struct
import zlib
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from madoguchi.scripted.asked import JSON
from madoguchi.scripted.reply import Reply
from madoguchi.scripted.tokens import tokens

DIMENSIONS = 256


def vector(text: str, dimensions: int = DIMENSIONS) -> list[float]:
    """Return a vector of length 1 for a text: its bigrams, hashed."""
    sums = [0.0] * dimensions
    for pair in pairwise(text):
        place = zlib.crc32("".join(pair).encode())
        sums[place % dimensions] += 1.0 if place & 0x80000000 else -1.0
    length = math.sqrt(sum(value * value for value in sums))
    return [value / length for value in sums] if length else [1.0] + [0.0] * (dimensions - 1)


def mark(question: str, text: str) -> float:
    """Return how many of the bigrams of a question stand in a text, from 0 to 1."""
    pairs = {"".join(pair) for pair in pairwise(question)}
    return sum(pair in text for pair in pairs) / max(1, len(pairs))


def openai_embeddings(body: JSON, reply: Reply) -> JSON:
    """Return the vectors of an OpenAI request, as numbers or as base64 of float32."""
    given = body["input"]
    texts = given if isinstance(given, list) and not all(isinstance(one, int) for one in given) else [given]
    reply.usage.input = sum(tokens(str(text)) for text in texts)
    rows = [vector(str(text), body.get("dimensions") or DIMENSIONS) for text in texts]
    is_packed = body.get("encoding_format") == "base64"
    data = [
        {"object": "embedding", "index": index, "embedding": _packed(row) if is_packed else row}
        for index, row in enumerate(rows)
    ]
    figures = {"usage": {"prompt_tokens": reply.usage.input, "total_tokens": reply.usage.input}}
    return {"object": "list", "model": reply.asked.model, "data": data, **reply.figures(figures)}


def google_embeddings(body: JSON, reply: Reply) -> JSON:
    """Return the vectors of a Google request: many, or one."""
    asked = body.get("requests") or [body]
    reply.usage.input = sum(tokens(_google_text(one)) for one in asked)
    rows = [{"values": vector(_google_text(one), _google_size(one))} for one in asked]
    figures = reply.figures({"usageMetadata": {"promptTokenCount": reply.usage.input}})
    return {"embeddings": rows, **figures} if "requests" in body else {"embedding": rows[0], **figures}


def marks(body: JSON, reply: Reply) -> Any:
    """Return marks, the best first: of `texts` as TEI does, of `documents` as Cohere, Jina and vLLM do."""
    takes_texts = "texts" in body
    given: Sequence[Any] = body["texts"] if takes_texts else body["documents"]
    texts = [one if isinstance(one, str) else one["text"] for one in given]
    name = "score" if takes_texts else "relevance_score"
    rows = [{"index": index, name: mark(body["query"], text)} for index, text in enumerate(texts)]
    rows.sort(key=lambda row: -row[name])
    reply.usage.input = sum(map(tokens, texts)) + tokens(body["query"])
    figures = reply.figures({"usage": {"total_tokens": reply.usage.input}})
    return rows if takes_texts else {"id": "scripted", "results": rows[: body.get("top_n")], **figures}


def _packed(row: list[float]) -> str:
    return base64.b64encode(struct.pack(f"<{len(row)}f", *row)).decode()


def _google_text(one: JSON) -> str:
    return "".join(part.get("text") or "" for part in one["content"]["parts"])


def _google_size(one: JSON) -> int:
    config = one.get("embedContentConfig") or {}
    return one.get("outputDimensionality") or config.get("outputDimensionality") or DIMENSIONS
